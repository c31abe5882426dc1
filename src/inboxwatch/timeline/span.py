"""Arithmetic of spans: from an instant and "168 hours" or "1 year" to another instant."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from inboxwatch.platforms.profile import Rounding

#: An end beyond the calendar: some months before its last day, so that every zone can show it.
FAR = datetime(9999, 1, 1, tzinfo=UTC)


def add(start: datetime, span: str, zone: ZoneInfo, rounding: Rounding | None = None) -> datetime:
    """Given an aware instant and a span of a profile, return the instant at its end, in UTC.

    Hours and days are exact (a day is 24 hours); months and years go by the calendar of `zone`, a day that does not
    exist becomes the month's last. `end_of_day` is 24:00 of that date in `zone`; `next_full_hour` leaves :00 alone.
    An end beyond the year 9998 is `FAR`: a mail with an absurd date must not hide all else.
    """
    try:
        return min(_end(start, span, zone, rounding), FAR)
    except (OverflowError, ValueError):
        return FAR


def _end(start: datetime, span: str, zone: ZoneInfo, rounding: Rounding | None) -> datetime:
    number, unit = span.split(" ")
    count = int(number)
    if unit.startswith(("hour", "day")):
        # In UTC: arithmetic in a zone goes by the clock on the wall, and an hour of it may be missing.
        end = start.astimezone(UTC) + (timedelta(hours=count) if unit.startswith("hour") else timedelta(days=count))
    else:
        end = _add_months(start, count * (12 if unit.startswith("year") else 1), zone)
    return _round(end, zone, rounding).astimezone(UTC)


def _add_months(start: datetime, months: int, zone: ZoneInfo) -> datetime:
    local = start.astimezone(zone)
    years, month = divmod(local.month - 1 + months, 12)
    year = local.year + years
    return local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))


def _round(instant: datetime, zone: ZoneInfo, rounding: Rounding | None) -> datetime:
    local = instant.astimezone(zone)
    if rounding == "end_of_day":
        return datetime(local.year, local.month, local.day, tzinfo=zone) + timedelta(days=1)
    if rounding == "next_full_hour" and (local.minute or local.second or local.microsecond):
        # Rounded in UTC, so that an hour repeated by daylight saving is not skipped.
        utc = instant.astimezone(UTC)
        into_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return utc - into_hour + timedelta(hours=1)
    return instant
