"""What hangs on her clock and on the watch itself: quiet hours, the daily gathering, repeats, sleep, long stops."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inboxwatch.alerts.decide import Habits
from inboxwatch.alerts.quiet import after_quiet_hours
from inboxwatch.views.standing import standings
from tests.clocks.kit import BERLIN, NEW_YORK, TOKYO, around, beside, days, funded, instant, moment, story
from tests.pipeline.story import HOUR, SECOND, a_mail, comment
from tests.pipeline.test_deciding import Watch

LAST, DUE = "2026-03-02T10:30:00+09:00", "2026-03-09T10:30:00+09:00"
NIGHT = (time(22, 0), time(7, 0))


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path)
    yield made
    made.store.close()


# -- quiet hours, by her clock


@pytest.mark.parametrize(
    ("zone", "now", "sent"),
    [
        (TOKYO, "2026-03-09T21:59:59+09:00", None),
        (TOKYO, "2026-03-09T22:00:00+09:00", "2026-03-10T07:00:00+09:00"),
        (TOKYO, "2026-03-10T06:59:59+09:00", "2026-03-10T07:00:00+09:00"),
        (TOKYO, "2026-03-10T07:00:00+09:00", None),
        (TOKYO, "2026-12-31T23:59:59+09:00", "2027-01-01T07:00:00+09:00"),
        (TOKYO, "2028-02-28T22:00:00+09:00", "2028-02-29T07:00:00+09:00"),
        # The night in which an hour is missing, or comes twice: still 07:00 by her clock.
        (NEW_YORK, "2026-03-07T22:00:00-05:00", "2026-03-08T07:00:00-04:00"),
        (NEW_YORK, "2026-03-08T01:59:59-05:00", "2026-03-08T07:00:00-04:00"),
        (NEW_YORK, "2026-10-31T22:00:00-04:00", "2026-11-01T07:00:00-05:00"),
        (NEW_YORK, "2026-11-01T01:30:00-05:00", "2026-11-01T07:00:00-05:00"),
        (BERLIN, "2027-03-28T03:00:00+02:00", "2027-03-28T07:00:00+02:00"),
        (BERLIN, "2026-10-24T22:00:00+02:00", "2026-10-25T07:00:00+01:00"),
    ],
)
def test_quiet_hours_end_at_their_second_by_her_clock(zone: ZoneInfo, now: str, sent: str | None) -> None:
    found = after_quiet_hours(instant(now).astimezone(UTC), NIGHT, zone)
    assert found.astimezone(UTC) == instant(sent or now).astimezone(UTC)


def test_they_hold_a_window_that_opens_in_the_night_and_no_deadline_against_her(tmp_path: Path) -> None:
    watch = Watch(tmp_path, quiet_hours=NIGHT)
    opened, morning = instant("2026-03-09T22:00:00+09:00"), instant("2026-03-10T07:00:00+09:00")

    def sent(now: datetime) -> list[str]:
        return [one.alert.kind for one in watch.store.due_deliveries(now, 9) if one.alert.project]

    watch.record("escrow_funded", opened - days(7))
    watch.decide(opened - HOUR)
    assert [alert.kind for alert in watch.decide(opened)] == ["reminder_available"]
    assert (sent(opened), sent(morning - SECOND), sent(morning)) == ([], [], ["reminder_available"])
    watch.record("reminder_filed", opened + SECOND)
    watch.decide(opened + SECOND)
    assert sent(opened + SECOND) == ["deadline_against"]
    watch.store.close()


# -- the daily gathering


@pytest.mark.parametrize(
    ("zone", "mail_at", "told"),
    [
        (TOKYO, "2026-03-09T08:59:59+09:00", "2026-03-09T09:00:00+09:00"),
        (TOKYO, "2026-03-09T09:00:00+09:00", "2026-03-09T09:00:00+09:00"),
        (TOKYO, "2026-03-09T09:00:01+09:00", "2026-03-10T09:00:00+09:00"),
        (TOKYO, "2026-12-31T09:00:01+09:00", "2027-01-01T09:00:00+09:00"),
        (TOKYO, "2028-02-28T12:00:00+09:00", "2028-02-29T09:00:00+09:00"),
        (NEW_YORK, "2026-03-07T09:00:01-05:00", "2026-03-08T09:00:00-04:00"),
        (NEW_YORK, "2026-10-31T09:00:01-04:00", "2026-11-01T09:00:00-05:00"),
        (BERLIN, "2027-03-27T09:00:01+01:00", "2027-03-28T09:00:00+02:00"),
        (BERLIN, "2026-10-24T09:00:01+02:00", "2026-10-25T09:00:00+01:00"),
    ],
)
def test_unrecognised_mails_are_gathered_at_nine_by_her_clock(zone: ZoneInfo, mail_at: str, told: str) -> None:
    found = story(zone).mail("見たことのないお知らせ", instant(mail_at), project=None)
    before, at, after = around(found, told)
    assert before.told("unrecognised_mail") == []
    assert at.told("unrecognised_mail") == after.told("unrecognised_mail") == [("unrecognised_mail", told)]


def test_one_that_presses_does_not_wait_for_nine() -> None:
    mail_at = "2026-03-09T09:00:01+09:00"
    found = story().mail("返金についての見たことのないお知らせ", instant(mail_at), project=None)
    assert moment(found, instant(mail_at)).told("unrecognised_mail") == [("unrecognised_mail", mail_at)]


# -- repeats


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_repeat_comes_at_its_second_and_at_most_three_times(number: int) -> None:
    habits = Habits(silence=(), repeat={"reminder_available": days(3)})
    told = funded(LAST, habits=habits)
    # 10:30 of March 12, 15, 18; there is none on the 21st.
    due = ("2026-03-12T10:30:00+09:00", "2026-03-15T10:30:00+09:00", "2026-03-18T10:30:00+09:00")[number - 1]
    before, at, after = around(told, due)
    assert [len(one.of("reminder_available")) for one in (before, at, after)] == [number, number + 1, number + 1]
    assert at.told("reminder_available")[-1] == ("reminder_available", due)
    assert len(moment(told, instant(DUE) + days(60)).of("reminder_available")) == 4


@pytest.mark.parametrize(("seconds", "count"), [(-1, 1), (0, 1), (1, 2)])
def test_contact_up_to_the_repeat_ends_it(seconds: int, count: int) -> None:
    habits = Habits(silence=(), repeat={"reminder_available": days(3)})
    told = funded(LAST, habits=habits).mail(comment(), beside("2026-03-12T10:30:00+09:00", seconds))
    assert len(moment(told, instant("2026-03-12T10:30:02+09:00")).of("reminder_available")) == count


# -- asleep, and long stops


@pytest.mark.parametrize(
    ("first_read", "dormant"),
    [
        # 90 days after March 2 10:30: March has 31 days, April 30, May 31, so May 31 10:30.
        ("2026-05-31T10:29:59+09:00", False),
        ("2026-05-31T10:30:00+09:00", True),
        ("2026-05-31T10:30:01+09:00", True),
    ],
)
def test_a_project_is_asleep_at_the_first_read_after_90_days_to_the_second(
    watch: Watch, first_read: str, dormant: bool
) -> None:
    now = instant(first_read)
    watch.take(now, a_mail(comment(), instant(LAST)), history=True)
    told = [alert.kind for alert in watch.decide(now)]
    assert told == (["summary"] if dormant else ["summary", "reminder_available"])
    (standing,) = standings(watch.pipeline, now)
    assert standing.dormant is dormant


def test_a_leap_day_is_one_of_the_90_days(watch: Watch) -> None:
    # From 2027-12-01: 31 + 31 + 28 = 90 days to 2028-02-29; in a common year that would be March 1.
    now = instant("2028-02-29T12:00:00+09:00")
    watch.take(now, a_mail(comment(), instant("2027-12-01T12:00:00+09:00")), history=True)
    assert [alert.kind for alert in watch.decide(now)] == ["summary"]


def test_what_is_asleep_wakes_with_the_second_of_a_new_fact(watch: Watch) -> None:
    now = instant("2026-05-31T10:30:00+09:00")
    watch.take(now, a_mail(comment(), instant(LAST)), history=True)
    watch.decide(now)
    watch.record("delivered", now + SECOND)
    assert [alert.kind for alert in watch.decide(now + SECOND)] == ["reminder_available"]


@pytest.mark.parametrize(
    ("back", "summary"),
    [
        ("2026-03-07T12:00:00+09:00", False),
        ("2026-03-07T12:00:01+09:00", True),
        # Exact hours, whatever a clock on her wall did in between.
        ("2026-03-07T11:59:59+09:00", False),
    ],
)
def test_a_stop_of_more_than_two_days_is_told_as_a_summary(watch: Watch, back: str, summary: bool) -> None:
    watch.decide(instant("2026-03-05T12:00:00+09:00"))
    told = [alert.kind for alert in watch.decide(instant(back))]
    assert told == (["summary"] if summary else [])


def test_what_fell_due_in_a_short_stop_is_told_and_in_a_long_one_only_what_is_open(watch: Watch) -> None:
    watch.record("escrow_funded", instant(LAST) - HOUR)
    watch.take(instant(LAST), a_mail(comment(), instant(LAST)), history=False)
    watch.decide(instant(LAST))
    for day in (1, 2, 3):
        watch.decide(instant(LAST) + days(day))
    stopped = instant(LAST) + days(3)
    assert [alert.kind for alert in watch.decide(stopped + days(2))] == ["silence"]
    told = [alert.kind for alert in watch.decide(stopped + days(4) + SECOND)]
    assert told == ["summary", "reminder_available"]
