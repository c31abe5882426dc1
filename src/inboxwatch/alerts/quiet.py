"""Quiet hours: until when what is not urgent waits."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

#: From when (inclusive) to when (exclusive), by the user's clock; the end may be on the next day.
QuietHours = tuple[time, time]


def after_quiet_hours(now: datetime, quiet_hours: QuietHours | None, zone: ZoneInfo) -> datetime:
    """Given an aware instant, return it, or the end of the quiet hours it falls in by the clock of `zone`."""
    if not quiet_hours:
        return now
    begin, end = quiet_hours
    local = now.astimezone(zone)
    clock = local.time()
    within = begin <= clock < end if begin < end else clock >= begin or clock < end
    if not within:
        return now
    until = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return until if until > local else until + timedelta(days=1)
