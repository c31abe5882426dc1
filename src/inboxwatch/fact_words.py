"""What may stand behind a fact that she mails to herself: an instant, a plan, a part, a deadline, whose act it was."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from inboxwatch.facts import FactError

#: What may stand between the words.
BLANKS = " ,、。;・"

#: A delivery of n of m may also be a date: within so many days of that date it is not guessed which of them is meant.
PERHAPS_A_DATE = timedelta(days=14)

#: Her year is looked for so far back or ahead: 29 February comes every four years, and once in a while every eight.
_YEARS = 8

_DATE = (
    r"(?:(?P<year>\d{4})[-/年])?(?P<month>\d{1,2})(?(year)[-/月]|[/月])(?P<day>\d{1,2})日?(?![\d/])"
    r"(?: ?\([^() ]{1,3}\))?"
    r"(?:[t ]?(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::\d{2})?|時(?:(?P<past>\d{1,2})分)?)"
    r"(?P<offset>z|[+-]\d{2}:?\d{2})?)?(?![\d:])"
)
_COUNTERS = "本|件|個|回|話|枚|点|章|記事|ページ"

#: One after the other is tried where the words go on; "part" only where `_is_part` agrees.
_FORMS = {
    name: re.compile(form, re.IGNORECASE | re.ASCII)
    for name, form in {
        "note": r"(?:note|メモ)[ :]+(?P<note>.+)$",
        "part": r"(?P<word>part |部分 ?|一部 ?)?(?P<n>\d{1,4}) ?/ ?(?P<m>\d{1,4})"
        rf"(?P<counter>{_COUNTERS})?(?![\d/:])",
        "until": _DATE + r" ?(?:まで|期限)",
        "due": r"(?:due|期限)(?:は|が)?[ :]*" + _DATE,
        "at": _DATE,
        "plan": r"(?:計画|プラン|plan) ?(?:no\.?|#)? ?(?P<plan>\d{1,4})(?!\d)",
        "by": r"by ?(?P<by>[a-z]+)",
        "client": r"(?:相手|依頼主|クライアント|先方)(?:から|より)",
        "me": r"(?:自分|私|わたし|こちら)から",
        "platform": r"(?:サイト|運営|事務局)(?:から|より)",
        "channel": r"channel ?(?P<channel>[a-z]+)",
        "on_site": r"(?:サイト上|サイト|メッセージ)(?:で|に)?(?=$| )",
        "by_mail": r"メール(?:で|に)?(?=$| )",
        "offsite": r"(?:サイト外|電話|チャット)(?:で|に)?(?=$| )",
    }.items()
}
_PLAIN = {
    "client": ("by", "client"),
    "me": ("by", "me"),
    "platform": ("by", "platform"),
    "on_site": ("channel", "platform"),
    "by_mail": ("channel", "mail"),
    "offsite": ("channel", "offsite"),
}


@dataclass(slots=True)
class Words:
    """What stood behind the fact, as far as it stood there. Instants are aware."""

    at: datetime | None = None
    by: str | None = None
    channel: str | None = None
    due: datetime | None = None
    plan: int | None = None
    note: str | None = None
    part: str | None = None


def read_words(text: str, kind: str, sent_at: datetime) -> Words:
    """Given the folded words behind a fact of this kind, read all of them, in any order; `sent_at` is by her own clock.

    A date without a year is the latest such date not after the mail; of a deadline the next. With `delivered`, n/m is
    a part where m is at least n, a date otherwise. Raises FactError at the first word that says nothing, or says
    again what was said: half a statement may mean the contrary of the whole.
    """
    found, rest = Words(), text.strip(BLANKS)
    while rest:
        name, match = _next(rest, kind)
        if match is None or not _add(found, name, match, kind, sent_at):
            raise FactError(f"{rest!r} is not understood", "words", rest)
        rest = rest[match.end() :].strip(BLANKS)
    return found


def _next(rest: str, kind: str) -> tuple[str, re.Match[str] | None]:
    for name, form in _FORMS.items():
        match = form.match(rest)
        if match and (name != "part" or _is_part(match, rest, kind)):
            return name, match
    return "", None


def _is_part(match: re.Match[str], rest: str, kind: str) -> bool:
    if match["word"] or match["counter"]:
        return True
    with_clock = _FORMS["at"].match(rest)
    if (with_clock and with_clock["hour"]) or _FORMS["until"].match(rest):
        return False
    return kind == "delivered" and 1 <= int(match["n"]) <= int(match["m"])


def _add(found: Words, name: str, match: re.Match[str], kind: str, sent_at: datetime) -> bool:
    """Add what was read. False if the like of it was read before."""
    value: object
    if name in ("at", "until", "due"):
        # 取引期限 12/1: the date that stands there is the deadline.
        field = "at" if name == "at" and kind != "expiry_notice" else "due"
        value = _instant(match, sent_at, ahead=field == "due")
    elif name == "part":
        field, value = "part", _part(match, sent_at.date())
    elif name in _PLAIN:
        field, value = _PLAIN[name]
    else:
        field, value = name, int(match[name]) if name == "plan" else match[name].strip()
    if getattr(found, field) is not None:
        return False
    setattr(found, field, value)
    return True


def _part(match: re.Match[str], today: date) -> str:
    """How much is delivered. Raise FactError where the same signs are as likely a date of these days."""
    month, day = int(match["n"]), int(match["m"])
    written = f"{month}/{day}"
    on = None if match["word"] or match["counter"] else _nearest(month, day, today, ahead=False)
    if on and today - on <= PERHAPS_A_DATE:
        raise FactError(f"{written} may be a part or a date", "part_or_date", written, f"{on.year}-{month:02}-{day:02}")
    return written


def _instant(match: re.Match[str], sent_at: datetime, *, ahead: bool) -> datetime:
    """The instant that is written; a date alone is its beginning. Raise FactError if there is none such."""
    month, day = int(match["month"]), int(match["day"])
    try:
        if match["year"]:
            on: date | None = date(int(match["year"]), month, day)
        else:
            on = _nearest(month, day, sent_at.date(), ahead=ahead)
        if on is None:
            raise ValueError
        hour, minute = int(match["hour"] or 0), int(match["minute"] or match["past"] or 0)
        return datetime(on.year, on.month, on.day, hour, minute, tzinfo=_zone(match["offset"]) or sent_at.tzinfo)
    except ValueError:
        raise FactError(f"{match[0]!r} is no date", "date", match[0].strip()) from None


def _zone(offset: str | None) -> tzinfo | None:
    return datetime.fromisoformat(f"2000-01-01T00:00{offset.upper()}").tzinfo if offset else None


def _nearest(month: int, day: int, today: date, *, ahead: bool) -> date | None:
    """The latest such date up to today; with `ahead` the next from today on. None if there is none."""
    step = 1 if ahead else -1
    for year in range(today.year, today.year + step * (_YEARS + 1), step):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if (found >= today) if ahead else (found <= today):
            return found
    return None
