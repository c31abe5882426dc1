"""Arithmetic of spans: exact hours, calendar months, roundings in the platform's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxwatch.timeline.span import add

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")


def tokyo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("start", "span", "rounding", "end"),
    [
        ("2026-03-02 10:30", "168 hours", None, "2026-03-09 10:30"),
        ("2025-12-28 23:59:59", "7 days", None, "2026-01-04 23:59:59"),
        ("2024-02-25 10:00", "7 days", None, "2024-03-03 10:00"),
        ("2023-02-25 10:00", "7 days", None, "2023-03-04 10:00"),
        ("2026-03-02 10:30", "7 days", "end_of_day", "2026-03-10 00:00"),
        ("2026-03-02 00:00", "7 days", "end_of_day", "2026-03-10 00:00"),
        ("2026-03-02 23:59:59", "7 days", "end_of_day", "2026-03-10 00:00"),
        ("2025-12-25 12:00", "7 days", "end_of_day", "2026-01-02 00:00"),
        ("2026-03-20 18:00", "6 days", "end_of_day", "2026-03-27 00:00"),
        ("2024-02-29 09:00", "1 year", None, "2025-02-28 09:00"),
        ("2023-03-01 09:00", "1 year", None, "2024-03-01 09:00"),
        ("2026-11-30 09:00", "3 months", None, "2027-02-28 09:00"),
        ("2026-12-31 09:00", "2 months", None, "2027-02-28 09:00"),
        ("2026-03-02 10:30", "48 hours", "next_full_hour", "2026-03-04 11:00"),
        ("2026-03-02 10:00", "48 hours", "next_full_hour", "2026-03-04 10:00"),
        ("2026-03-02 10:00:01", "48 hours", "next_full_hour", "2026-03-04 11:00"),
    ],
)
def test_a_span_ends_where_the_calendar_says(start: str, span: str, rounding: str | None, end: str) -> None:
    found = add(tokyo(start), span, TOKYO, rounding)  # type: ignore[arg-type]
    assert found == tokyo(end)
    assert found.tzinfo is UTC


@pytest.mark.parametrize("day", ["2026-03-07", "2026-10-31"])
def test_seven_days_are_168_hours_whatever_zone_the_start_is_written_in(day: str) -> None:
    there = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=NEW_YORK)
    for span in ("7 days", "168 hours"):
        assert add(there, span, TOKYO) - there.astimezone(UTC) == timedelta(hours=168)


def test_a_repeated_hour_is_not_skipped_when_rounding_to_the_full_hour() -> None:
    first_half_past_one = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 in New York, for the first time
    assert add(first_half_past_one, "0 hours", NEW_YORK, "next_full_hour") == datetime(2026, 11, 1, 6, 0, tzinfo=UTC)


@given(st.integers(0, 500_000_000), st.integers(1, 40))
def test_the_end_of_a_day_is_after_the_instant_and_a_day_after_it_at_most(seconds: int, days: int) -> None:
    instant = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    exact = add(instant, f"{days} days", TOKYO)
    end = add(instant, f"{days} days", TOKYO, "end_of_day")
    assert exact < end <= exact + timedelta(days=1)
    assert end.astimezone(TOKYO).time().isoformat() == "00:00:00"
