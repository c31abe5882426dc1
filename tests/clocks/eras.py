"""The days on which every clock is tried: an ordinary one, a year's end, a leap day, both changes of other clocks.

Each row is reckoned by hand, in the zone of the user. "168 h" are exact hours, so that a clock on her wall shows
another time where her own daylight saving began or ended between; "00:00 JST" is 15:00 UTC of the day before.

America/New_York: -05:00, and -04:00 from 2026-03-08 07:00 UTC to 2026-11-01 06:00 UTC.
Europe/Berlin: +01:00, and +02:00 from 2027-03-28 01:00 UTC; it ends on 2026-10-25 01:00 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest

from tests.clocks.kit import BERLIN, NEW_YORK, TOKYO


@dataclass(frozen=True)
class Silence:
    """The client's last contact, and what follows from it."""

    name: str
    zone: ZoneInfo
    contact: str
    three_days: str
    five_days: str
    due: str
    certain: str


SILENCES = (
    # + 72 h, + 120 h, + 168 h; the day of contact is March 2, so that 00:00 of the eighth day after it is March 10.
    Silence(
        "ordinary", TOKYO, "2026-03-02T10:30:00+09:00",
        "2026-03-05T10:30:00+09:00", "2026-03-07T10:30:00+09:00",
        "2026-03-09T10:30:00+09:00", "2026-03-10T00:00:00+09:00",
    ),
    # December has 31 days: 28 + 7 = 35 = January 4; 28 + 8 = January 5.
    Silence(
        "year's end", TOKYO, "2026-12-28T23:59:59+09:00",
        "2026-12-31T23:59:59+09:00", "2027-01-02T23:59:59+09:00",
        "2027-01-04T23:59:59+09:00", "2027-01-05T00:00:00+09:00",
    ),
    # February of 2028 has 29 days: 25 + 5 = March 1, 25 + 7 = March 3. At 00:00:00 the day of contact is the 25th.
    Silence(
        "across a leap day", TOKYO, "2028-02-25T00:00:00+09:00",
        "2028-02-28T00:00:00+09:00", "2028-03-01T00:00:00+09:00",
        "2028-03-03T00:00:00+09:00", "2028-03-04T00:00:00+09:00",
    ),
    Silence(
        "on a leap day", TOKYO, "2028-02-29T12:00:00+09:00",
        "2028-03-03T12:00:00+09:00", "2028-03-05T12:00:00+09:00",
        "2028-03-07T12:00:00+09:00", "2028-03-08T00:00:00+09:00",
    ),
    # 07:30 UTC = 16:30 JST of March 5. + 72 h = March 8 07:30 UTC, half an hour into -04:00: 02:30 does not exist.
    # March 13 00:00 JST = March 12 15:00 UTC = 11:00 -04:00.
    Silence(
        "New York, spring", NEW_YORK, "2026-03-05T02:30:00-05:00",
        "2026-03-08T03:30:00-04:00", "2026-03-10T03:30:00-04:00",
        "2026-03-12T03:30:00-04:00", "2026-03-12T11:00:00-04:00",
    ),
    # 06:30 UTC = 15:30 JST of October 29. + 72 h = November 1 06:30 UTC: the second 01:30 of that night.
    # November 6 00:00 JST = November 5 15:00 UTC = 10:00 -05:00.
    Silence(
        "New York, autumn", NEW_YORK, "2026-10-29T02:30:00-04:00",
        "2026-11-01T01:30:00-05:00", "2026-11-03T01:30:00-05:00",
        "2026-11-05T01:30:00-05:00", "2026-11-05T10:00:00-05:00",
    ),
    # 05:30 UTC. + 72 h = November 1 05:30 UTC: the first 01:30 of that night.
    Silence(
        "New York, the first of two hours", NEW_YORK, "2026-10-29T01:30:00-04:00",
        "2026-11-01T01:30:00-04:00", "2026-11-03T00:30:00-05:00",
        "2026-11-05T00:30:00-05:00", "2026-11-05T10:00:00-05:00",
    ),
    # 01:30 UTC = 10:30 JST of March 22. March 30 00:00 JST = March 29 15:00 UTC = 17:00 +02:00.
    Silence(
        "Berlin, spring", BERLIN, "2027-03-22T02:30:00+01:00",
        "2027-03-25T02:30:00+01:00", "2027-03-27T02:30:00+01:00",
        "2027-03-29T03:30:00+02:00", "2027-03-29T17:00:00+02:00",
    ),
    # 21:59:59 UTC = 06:59:59 JST of October 23. October 31 00:00 JST = October 30 15:00 UTC = 16:00 +01:00.
    Silence(
        "Berlin, autumn", BERLIN, "2026-10-22T23:59:59+02:00",
        "2026-10-25T22:59:59+01:00", "2026-10-27T22:59:59+01:00",
        "2026-10-29T22:59:59+01:00", "2026-10-30T16:00:00+01:00",
    ),
    # The mail is dated in a third zone: 15:00:00 UTC = 00:00:00 JST of June 2.
    Silence(
        "dated elsewhere, 00:00:00 in Tokyo", TOKYO, "2026-06-01T07:00:00-08:00",
        "2026-06-05T00:00:00+09:00", "2026-06-07T00:00:00+09:00",
        "2026-06-09T00:00:00+09:00", "2026-06-10T00:00:00+09:00",
    ),
    # 14:59:59 UTC = 23:59:59 JST of June 1: a second earlier, and certain a whole day earlier.
    Silence(
        "dated elsewhere, 23:59:59 in Tokyo", TOKYO, "2026-06-01T16:59:59+02:00",
        "2026-06-04T23:59:59+09:00", "2026-06-06T23:59:59+09:00",
        "2026-06-08T23:59:59+09:00", "2026-06-09T00:00:00+09:00",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Week:
    """A reminder, hers or one aimed at her: 00:00 JST of its date + 7, the middle of the way there, + 168 h, + 240 h.

    Of one that is aimed at her the last two say nothing.
    """

    name: str
    zone: ZoneInfo
    at: str
    midnight: str
    half: str
    week: str
    result: str


WEEKS = (
    # 6 days 6 h are left: half is 75 h.
    Week(
        "ordinary", TOKYO, "2026-03-20T18:00:00+09:00",
        "2026-03-27T00:00:00+09:00", "2026-03-23T21:00:00+09:00",
        "2026-03-27T18:00:00+09:00", "2026-03-30T18:00:00+09:00",
    ),
    # At 23:59:59 6 days and 1 s are left: half is 3 days and half a second.
    Week(
        "year's end, 23:59:59", TOKYO, "2026-12-28T23:59:59+09:00",
        "2027-01-04T00:00:00+09:00", "2026-12-31T23:59:59.500000+09:00",
        "2027-01-04T23:59:59+09:00", "2027-01-07T23:59:59+09:00",
    ),
    # At 00:00:00 whole 7 days are left, both readings agree: 25 + 7 = 32 = March 3. Half is 84 h.
    Week(
        "across a leap day, 00:00:00", TOKYO, "2028-02-25T00:00:00+09:00",
        "2028-03-03T00:00:00+09:00", "2028-02-28T12:00:00+09:00",
        "2028-03-03T00:00:00+09:00", "2028-03-06T00:00:00+09:00",
    ),
    # 6 days 12 h are left: half is 78 h = 3 days 6 h; February 29 12:00 + 3 days 6 h = March 3 18:00.
    Week(
        "on a leap day", TOKYO, "2028-02-29T12:00:00+09:00",
        "2028-03-07T00:00:00+09:00", "2028-03-03T18:00:00+09:00",
        "2028-03-07T12:00:00+09:00", "2028-03-10T12:00:00+09:00",
    ),
    # 07:30 UTC = March 5 16:30 JST. March 12 00:00 JST = March 11 15:00 UTC. 151.5 h are left: half is 3 days 3:45.
    Week(
        "New York, spring", NEW_YORK, "2026-03-05T02:30:00-05:00",
        "2026-03-11T11:00:00-04:00", "2026-03-08T07:15:00-04:00",
        "2026-03-12T03:30:00-04:00", "2026-03-15T03:30:00-04:00",
    ),
    # 06:30 UTC = October 29 15:30 JST. November 5 00:00 JST = November 4 15:00 UTC. 152.5 h: half is 3 days 4:15.
    Week(
        "New York, autumn", NEW_YORK, "2026-10-29T02:30:00-04:00",
        "2026-11-04T10:00:00-05:00", "2026-11-01T05:45:00-05:00",
        "2026-11-05T01:30:00-05:00", "2026-11-08T01:30:00-05:00",
    ),
    # 01:30 UTC = March 22 10:30 JST. March 29 00:00 JST = March 28 15:00 UTC. 157.5 h: half is 3 days 6:45.
    Week(
        "Berlin, spring", BERLIN, "2027-03-22T02:30:00+01:00",
        "2027-03-28T17:00:00+02:00", "2027-03-25T09:15:00+01:00",
        "2027-03-29T03:30:00+02:00", "2027-04-01T03:30:00+02:00",
    ),
    # 21:59:59 UTC = October 23 06:59:59 JST: the next date in Tokyo. October 30 00:00 JST = October 29 15:00 UTC.
    # 6 days 17:00:01 are left: half is 3 days 8:30:00.5.
    Week(
        "Berlin, autumn", BERLIN, "2026-10-22T23:59:59+02:00",
        "2026-10-29T16:00:00+01:00", "2026-10-26T07:29:59.500000+01:00",
        "2026-10-29T22:59:59+01:00", "2026-11-01T22:59:59+01:00",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Deal:
    """The start of a deal, one year later by the calendar of Tokyo, 30 days (720 h) before that, and 15 days."""

    name: str
    zone: ZoneInfo
    begun: str
    due: str
    warned: str
    half: str


DEALS = (
    # March 2 - 30: February has 28 days, so January 31.
    Deal(
        "ordinary", TOKYO, "2026-03-02T10:30:00+09:00",
        "2027-03-02T10:30:00+09:00", "2027-01-31T10:30:00+09:00", "2027-02-15T10:30:00+09:00",
    ),
    Deal(
        "year's end", TOKYO, "2026-01-04T00:00:00+09:00",
        "2027-01-04T00:00:00+09:00", "2026-12-05T00:00:00+09:00", "2026-12-20T00:00:00+09:00",
    ),
    # March 15 - 15 = February 29; - 30 = February 14.
    Deal(
        "across a leap day", TOKYO, "2027-03-15T09:00:00+09:00",
        "2028-03-15T09:00:00+09:00", "2028-02-14T09:00:00+09:00", "2028-02-29T09:00:00+09:00",
    ),
    # There is no February 29 in 2029: the month's last day.
    Deal(
        "from a leap day", TOKYO, "2028-02-29T12:00:00+09:00",
        "2029-02-28T12:00:00+09:00", "2029-01-29T12:00:00+09:00", "2029-02-13T12:00:00+09:00",
    ),
    # Only in Tokyo it is the leap day, and not even by UTC: 15:30 UTC of February 28 = 00:30 JST of the 29th.
    # Due on February 28 2029 at 00:30 JST = February 27 15:30 UTC.
    Deal(
        "from a leap day in Tokyo alone", NEW_YORK, "2028-02-28T10:30:00-05:00",
        "2029-02-27T10:30:00-05:00", "2029-01-28T10:30:00-05:00", "2029-02-12T10:30:00-05:00",
    ),
    # 19:00 UTC = March 9 04:00 JST, in summer time; a year later it begins on March 14 only: 19:00 UTC = 14:00 -05:00.
    Deal(
        "New York, spring", NEW_YORK, "2026-03-08T15:00:00-04:00",
        "2027-03-08T14:00:00-05:00", "2027-02-06T14:00:00-05:00", "2027-02-21T14:00:00-05:00",
    ),
    # 16:00 UTC = November 4 01:00 JST; 2027 summer time ends on November 7: 16:00 UTC = 12:00 -04:00.
    # November 3 - 30 = October 4, - 15 = October 19.
    Deal(
        "New York, autumn", NEW_YORK, "2026-11-03T11:00:00-05:00",
        "2027-11-03T12:00:00-04:00", "2027-10-04T12:00:00-04:00", "2027-10-19T12:00:00-04:00",
    ),
    # 11:00 UTC = 20:00 JST; in 2027 summer time begins that very morning: 11:00 UTC = 13:00 +02:00.
    # March 28 - 30 = February 26, - 15 = March 13.
    Deal(
        "Berlin, spring", BERLIN, "2026-03-28T12:00:00+01:00",
        "2027-03-28T13:00:00+02:00", "2027-02-26T12:00:00+01:00", "2027-03-13T12:00:00+01:00",
    ),
    # 10:00 UTC = 19:00 JST; in 2026 summer time ended on the 25th, in 2027 on the 31st: 10:00 UTC = 12:00 +02:00.
    # October 26 - 30 = September 26, - 15 = October 11.
    Deal(
        "Berlin, autumn", BERLIN, "2026-10-26T11:00:00+01:00",
        "2027-10-26T12:00:00+02:00", "2027-09-26T12:00:00+02:00", "2027-10-11T12:00:00+02:00",
    ),
)  # fmt: skip

every_silence = pytest.mark.parametrize("era", SILENCES, ids=lambda era: era.name)
every_week = pytest.mark.parametrize("era", WEEKS, ids=lambda era: era.name)
every_deal = pytest.mark.parametrize("era", DEALS, ids=lambda era: era.name)
