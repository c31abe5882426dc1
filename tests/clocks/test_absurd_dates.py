"""What lies at the calendar's end: it must not hide anything else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from inboxwatch.platforms.profile import Rounding
from inboxwatch.timeline.span import FAR, add
from inboxwatch.views.output import in_zone
from tests.clocks.kit import BERLIN, NEW_YORK, TOKYO, days, instant, moment, story
from tests.pipeline.story import PROJECT


@pytest.mark.parametrize("start", ["9999-12-31T23:00:00+00:00", "9998-12-31T23:59:59+00:00"])
@pytest.mark.parametrize("span", ["168 hours", "6 days", "3 months", "1 year", "9999 years"])
@pytest.mark.parametrize("rounding", [None, "end_of_day", "next_full_hour"])
def test_an_end_beyond_the_calendar_is_far_and_can_be_shown_in_any_zone(
    start: str, span: str, rounding: Rounding | None
) -> None:
    for platform in (TOKYO, NEW_YORK, BERLIN, UTC):
        found = add(instant(start), span, platform, rounding)  # type: ignore[arg-type]
        assert found == FAR
        for zone in (TOKYO, NEW_YORK, BERLIN):
            assert in_zone(found, zone)


def test_the_last_instant_before_it_is_exact() -> None:
    assert add(datetime(9998, 12, 24, 23, 59, 59, tzinfo=UTC), "168 hours", TOKYO) == instant(
        "9998-12-31T23:59:59+00:00"
    )
    assert add(datetime(9998, 12, 25, tzinfo=UTC), "168 hours", TOKYO) == FAR


def test_a_stated_end_of_the_calendar_hides_no_other_project() -> None:
    noted = instant("2026-03-02T10:30:00+09:00")
    told = story().note("escrow_funded", noted).note("escrow_funded", noted, "lancers/7")
    told.mail("取引期限のお知らせ", noted, project="7", body="取引期限：9998年12月31日")
    found = moment(told, noted + days(7))
    assert {one["project"] for one in found.of("reminder_available")} == {PROJECT, "lancers/7"}
    assert len(found.status["projects"]) == 2
