"""Dates as mail headers really write them, to instants in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
#: Hours east of Greenwich. Of the names that two countries use for different hours only those of RFC 5322 are known.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "jst": 9, "kst": 9, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "hkt": 8, "sgt": 8,
}  # fmt: skip
_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{1,2})(?:[.,][0-9]{1,9})?)?"
_ZONE = r"(?P<zone>[A-Za-z]{1,5}|(?:UTC|GMT|UT)?[+-][0-9]{1,2}:?(?:[0-9]{2})?)"
_AFTER = r"(?:\s+[A-Za-z]{1,5})?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?:[^\W\d]{{1,12}}\.?\s*,?\s*)?(?P<day>[0-9]{{1,2}})[\s-]+(?P<month>[a-z]{{3,9}})\.?,?[\s-]+"
        rf"(?P<year>[0-9]{{2,4}})\s+{_CLOCK}\s*(?:{_ZONE}{_AFTER})?",
        rf"(?:[a-z]{{3,9}},?\s+)?(?P<month>[a-z]{{3,9}})\s+(?P<day>[0-9]{{1,2}})\s+{_CLOCK}\s+"
        rf"(?:{_ZONE}\s+)?(?P<year>[0-9]{{4}})(?:\s+(?P<late_zone>[+-][0-9]{{4}}))?",
        rf"(?P<year>[0-9]{{4}})[-/](?P<month>[0-9]{{1,2}})[-/](?P<day>[0-9]{{1,2}})(?:T|\s+){_CLOCK}\s*(?:{_ZONE}{_AFTER})?",
    )
)
_LENGTH = 200


def read_date(text: str) -> datetime | None:
    """Given a date as text, return the instant in UTC, or None when it names none.

    Reads RFC 5322 with one-digit hours, two-digit years, comments and wrong weekdays, bare JST, `+09:00`,
    `GMT+0900` and ISO 8601. A date without a zone, or with one nobody knows, is no instant. Never raises.
    """
    text = " ".join(_without_comments(text[:_LENGTH]).split())
    for form in _FORMS:
        found = form.fullmatch(text)
        if found:
            return _instant(found.groupdict())
    return None


def _instant(parts: dict[str, str | None]) -> datetime | None:
    offset = _offset(parts["zone"] or parts.get("late_zone"))
    month = parts["month"] or ""
    number = int(month) if month.isdigit() else _MONTHS.get(month[:3].lower(), 0)
    year = _year(parts["year"] or "")
    second = min(int(parts["second"] or 0), 59)  # a leap second
    # A year that no mail was sent in leads out of the calendar, in another zone or seven days on.
    if offset is None or int(parts["second"] or 0) > 60 or not 1970 <= year <= 2200:
        return None
    try:
        local = datetime(
            year, number, int(parts["day"] or 0), int(parts["hour"] or 0), int(parts["minute"] or 0), second,
            tzinfo=timezone(offset),
        )  # fmt: skip
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _year(written: str) -> int:
    year = int(written)
    if len(written) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(written) == 3 else year


def _offset(zone: str | None) -> timedelta | None:
    if not zone:
        return None
    found = re.fullmatch(r"(?:UTC|GMT|UT)?([+-])([0-9]{1,2}):?([0-9]{2})?", zone, re.IGNORECASE)
    if not found:
        hours = _ZONES.get(zone.lower())
        return None if hours is None else timedelta(hours=hours)
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if offset > timedelta(hours=15) or int(found[3] or 0) > 59:
        return None
    return -offset if found[1] == "-" else offset


def _without_comments(text: str) -> str:
    out: list[str] = []
    depth = 0
    for character in text:
        depth += character == "("
        if not depth:
            out.append(character)
        elif character == ")":
            depth -= 1
            out.append(" ")
    return "".join(out)
