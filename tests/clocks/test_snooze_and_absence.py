"""Until when a snooze holds back, and from when a platform that sends nothing is told of: to the second."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inboxwatch.alerts.decide import Habits
from inboxwatch.alerts.model import Alert
from tests.clocks.eras import SILENCES, Silence, every_silence
from tests.clocks.kit import AROUND, NEW_YORK, TOKYO, around, beside, days, funded, instant, moment
from tests.pipeline.story import HOUR, SECOND, a_mail, comment
from tests.pipeline.test_deciding import Watch

ORDINARY = SILENCES[0]


def snoozed(watch: Watch, until: datetime) -> None:
    """Escrow and contact, and a snooze from an hour after the contact on."""
    last = instant(ORDINARY.contact)
    watch.decide(last - 2 * HOUR)
    watch.record("escrow_funded", last - HOUR)
    watch.take(last, a_mail(comment(), last), history=False)
    watch.decide(last + HOUR)
    (row,) = watch.store.projects()
    watch.pipeline.snooze(row, until, last + HOUR)


def lived(watch: Watch, *stops: str) -> list[tuple[str, datetime]]:
    """What a daemon tells that decides every 12 hours, and at each of these instants and a second beside it."""
    begin, end = instant(ORDINARY.contact) + 2 * HOUR, instant(stops[-1]) + SECOND
    ticks = {begin + n * timedelta(hours=12) for n in range(60)} | {beside(s, n) for s in stops for n in AROUND}
    told: list[Alert] = []
    for now in sorted(tick for tick in ticks if begin <= tick <= end):
        told += watch.decide(now)
    return [(alert.kind, alert.at) for alert in told]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    repeated = Habits(repeat={"reminder_available": days(3)})
    made = Watch(tmp_path, habits=repeated)
    yield made
    made.store.close()


@pytest.mark.parametrize(("seconds", "nudged"), [(-1, True), (0, True), (1, False)])
def test_a_nudge_that_falls_due_when_a_snooze_has_ended_is_told_and_a_second_before_it_is_gone(
    watch: Watch, seconds: int, nudged: bool
) -> None:
    snoozed(watch, beside(ORDINARY.three_days, seconds))
    found = lived(watch, ORDINARY.three_days, ORDINARY.five_days)
    three, five = ("silence", instant(ORDINARY.three_days)), ("silence", instant(ORDINARY.five_days))
    assert found == ([three, five] if nudged else [five])


@pytest.mark.parametrize(("seconds", "repeated"), [(0, True), (1, False)])
def test_so_it_is_with_a_repeat_and_the_window_itself_comes_through(watch: Watch, seconds: int, repeated: bool) -> None:
    # The window opens on March 9 at 10:30; its first repeat would be three days later.
    repeat = "2026-03-12T10:30:00+09:00"
    snoozed(watch, beside(repeat, seconds))
    window = ("reminder_available", instant(ORDINARY.due))
    again = [("reminder_available", instant(repeat))] if repeated else []
    assert lived(watch, ORDINARY.due, repeat) == [window, *again]


@every_silence
def test_a_platform_that_sends_nothing_is_told_of_at_its_second(era: Silence) -> None:
    # As long as the window itself takes: the same instants, reckoned by the same hand.
    told = funded(era.contact, era.zone, no_platform_mail=days(7))
    before, at, after = around(told, era.due)
    assert before.told("no_platform_mail") == []
    assert at.told("no_platform_mail") == after.told("no_platform_mail") == [("no_platform_mail", era.due)]


@pytest.mark.parametrize("seconds", AROUND)
@pytest.mark.parametrize("zone", [TOKYO, NEW_YORK])
def test_any_mail_up_to_that_second_is_a_sign_of_life(seconds: int, zone: ZoneInfo) -> None:
    told = funded(ORDINARY.contact, zone, no_platform_mail=days(7))
    told.mail("仕事の招待状が届きました", beside(ORDINARY.due, seconds), project=None)
    assert len(moment(told, beside(ORDINARY.due, 2)).of("no_platform_mail")) == (1 if seconds > 0 else 0)
