"""A deadline that a mail states itself: a date plainly beside a given word."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from inboxwatch.mail.text import normalised

_DATE = (
    r"(?P<year>\d{4})(?:年|/|-)(?P<month>\d{1,2})(?:月|/|-)(?P<day>\d{1,2})日?"
    r"(?: ?[(（][^()（）\n]{1,5}[)）])?"
    r"(?: {0,3}(?P<hour>\d{1,2})(?::|時)(?P<minute>\d{2})?)?"
)
# What may stand between the word and the date: a particle, a colon, brackets, one line end. Never another sentence.
_BETWEEN = r"[\s::はがを\[\](（)）【】「」■□・◆▼…=→\-]{0,12}"
# On one line only: the date of the line above belongs to something else.
_DATE_FIRST = r"[ )）】」]{0,2}(?:が|は|に|の|で|まで|までの)?[ (（【「]{0,2}"
_LONGEST_TEXT = 200_000


def stated_instant(word: str, text: str, zone: ZoneInfo) -> datetime | None:
    """Given a word such as 取引期限, return the instant (UTC) that stands beside it in `text`.

    Read are YYYY年M月D日 and YYYY/MM/DD, with HH:MM or without, in `zone`; a date alone means 24:00 of it. None when
    there is no such date, when it does not exist, and when different dates stand beside the word.
    """
    plain = normalised(text[:_LONGEST_TEXT])
    name = re.escape(normalised(word))
    after = re.finditer(name + _BETWEEN + _DATE, plain)
    before = re.finditer(_DATE + _DATE_FIRST + name, plain)
    found = {_instant(match, zone) for match in (*after, *before)}
    return found.pop() if len(found) == 1 else None


def _instant(match: re.Match[str], zone: ZoneInfo) -> datetime | None:
    try:
        day = datetime(int(match["year"]), int(match["month"]), int(match["day"]), tzinfo=zone)
        if match["hour"] is None:
            instant = day + timedelta(days=1)
        else:
            hour, minute = int(match["hour"]), int(match["minute"] or 0)
            if minute > 59 or hour > 24 or (hour == 24 and minute):
                return None
            instant = day + timedelta(hours=hour, minutes=minute)
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
