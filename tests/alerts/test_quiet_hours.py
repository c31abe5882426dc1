"""Quiet hours end when they should, also in the nights in which a zone's clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from inboxwatch.alerts.quiet import QuietHours, after_quiet_hours

#: The nights around the changes of 2026 in these zones, and an ordinary one.
NIGHTS = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 7), (3, 28), (10, 24), (10, 31), (7, 1))]
HOURS = [
    (time(22), time(7)),
    (time(22), time(2, 30)),
    (time(1), time(2, 15)),
    (time(2, 30), time(9)),
    (time(0), time(6)),
]


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("hours", HOURS)
def test_what_waits_waits_no_longer_than_a_night_and_its_end_is_not_quiet(zone: str, hours: QuietHours) -> None:
    place = ZoneInfo(zone)
    for night in NIGHTS:
        for quarter in range(4 * 48):
            at = night + timedelta(minutes=15 * quarter)
            until = after_quiet_hours(at, hours, place)
            assert timedelta(0) <= until - at <= timedelta(hours=25)
            assert after_quiet_hours(until, hours, place) == until
            assert (until > at) == _is_quiet(at.astimezone(place).time(), hours)


def test_in_the_night_of_the_change_the_end_is_what_the_clock_on_the_wall_shows() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    evening = datetime(2026, 3, 28, 23, tzinfo=berlin)
    assert after_quiet_hours(evening, (time(22), time(7)), berlin) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    # 2:30 is on no clock that night: it is 3:30.
    end = after_quiet_hours(evening, (time(22), time(2, 30)), berlin)
    assert end.astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def _is_quiet(clock: time, hours: QuietHours) -> bool:
    begin, end = hours
    return begin <= clock < end if begin < end else clock >= begin or clock < end
