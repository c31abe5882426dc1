"""A fact that no mail shows, as the user states it: checked, and completed with what is usual."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args
from zoneinfo import ZoneInfo

from inboxwatch.mail.charset import fold
from inboxwatch.platforms.fact_names import NAMES, fact_called
from inboxwatch.platforms.kinds import FACTS, OWN_ACTS
from inboxwatch.platforms.recognition import By, Channel
from inboxwatch.store.model import ProjectRow
from inboxwatch.timeline.naming import is_safe
from inboxwatch.timeline.reading import Fact

_FIRST_YEAR, _LAST_YEAR = 1970, 2999
#: Four of five, as "4/5".
_PART = re.compile(r"(\d{1,4}) ?/ ?(\d{1,4})", re.ASCII)


class FactError(Exception):
    """The fact cannot be recorded as it was stated; the text says what is wrong and what would be right.

    `problem` is the same as a word of the wording (`stated_problems.…`) with what it is about.
    """

    def __init__(self, sentence: str, *problem: str) -> None:
        super().__init__(sentence)
        self.problem = problem or ("other", sentence)


@dataclass(frozen=True, slots=True)
class Statement:
    """What the user stated, word for word; instants as ISO 8601, in her zone where they name no offset.

    `kind` is any name of the fact, `part` how much is delivered ("4/5").
    """

    project: str
    kind: str
    at: str | None = None
    by: str | None = None
    channel: str | None = None
    due: str | None = None
    plan: int | None = None
    note: str | None = None
    part: str | None = None


def as_fact(
    stated: Statement, now: datetime, zone: ZoneInfo, projects: Iterable[ProjectRow], platforms: Collection[str]
) -> Fact:
    """Given a statement, return the fact to be kept (with id 0). Raise FactError if it cannot be understood."""
    named = fact_called(stated.kind)
    if named is None:
        raise unknown_fact(stated.kind)
    by = _one_of("--by", stated.by, get_args(By)) or named.by or ("me" if named.kind in OWN_ACTS else "client")
    channel = _one_of("--channel", stated.channel, get_args(Channel))
    if stated.plan is not None and stated.plan < 1:
        raise FactError(f"--plan {stated.plan}: plans are counted from 1", "plan", str(stated.plan))
    at = as_instant(stated.at, zone) if stated.at else now
    if at > now:
        sentence = f"--at {stated.at} lies in the future; a fact is something that has happened"
        raise FactError(sentence, "future", f"{at.astimezone(zone):%Y-%m-%d %H:%M}")
    return Fact(
        id=0,
        project=as_project(stated.project, projects, platforms),
        kind=named.kind,
        at=at,
        recorded_at=now,
        by=cast(By, by),
        channel=cast("Channel | None", channel or ("offsite" if named.kind == "contact" else None)),
        due_at=as_instant(stated.due, zone) if stated.due else None,
        plan=stated.plan,
        note=stated.note,
        part=_as_part(stated.part, named.kind),
    )


def unknown_fact(name: str) -> FactError:
    """The error for a fact that none is called."""
    near = difflib.get_close_matches(fold(name), NAMES, n=1)
    sentence = f"{name!r} is no fact{nearest(name, FACTS) or nearest(name, NAMES)}; one of: {', '.join(FACTS)}"
    return FactError(sentence, *(("fact_near", name, near[0]) if near else ("fact", name)))


def _as_part(stated: str | None, kind: str) -> str | None:
    """How much is delivered, as "4/5". Raise FactError for what is no part, or of nothing that has parts."""
    if stated is None:
        return None
    found = _PART.fullmatch(fold(stated))
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise FactError(f"--part {stated!r} is no part; write for instance 4/5: four of five", "part", stated)
    if kind != "delivered":
        raise FactError("--part goes with delivered alone: it says how much of the work is delivered", "part_of_what")
    return f"{int(found[1])}/{int(found[2])}"


def as_project(name: str, projects: Iterable[ProjectRow], platforms: Collection[str]) -> str:
    """The full name of the project meant: by any name it has had, or the part behind the platform if only one fits.

    A new name is taken as it stands if it is `platform/id` of a known platform. Raise FactError otherwise.
    """
    known = list(projects)
    found = row_called(name, known)
    if found:
        return found.name
    platform, _, rest = name.partition("/")
    if rest and platform in {*platforms, "direct"}:
        if not is_safe(rest):
            sentence = f"{name!r} cannot be a new project: behind the platform only letters, digits, and - _ . @"
            raise FactError(sentence, "project_signs", name)
        return name
    near = difflib.get_close_matches(name, spellings(known), n=1)
    how = "write it as platform/id, for instance lancers/5545030"
    sentence = f"there is no project {name!r}{nearest(name, near)}; {how}"
    raise FactError(sentence, *(("project_near", name, near[0]) if near else ("project", name)))


def row_called(name: str, rows: Iterable[ProjectRow]) -> ProjectRow | None:
    """The project called so: by any name it has had, or the part of one behind the platform. None if there is none.

    Raise FactError if there are several.
    """
    found = [row for row in rows if name in spellings([row])]
    if len(found) > 1:
        names = ", ".join(sorted(row.name for row in found))
        sentence = f"{name!r} may be any of {names}; write one of these in full"
        raise FactError(sentence, "project_of_several", name, names)
    return found[0] if found else None


def spellings(rows: Iterable[ProjectRow]) -> list[str]:
    """Every way in which these projects can be named."""
    return [name for row in rows for alias in row.aliases for name in (alias, alias.partition("/")[2])]


def as_instant(text: str, zone: ZoneInfo) -> datetime:
    """An ISO 8601 date or instant; without an offset it is in `zone`. Raise FactError if it is none.

    Nor is one of a year in which nothing of this happens: no slip of a finger shall lead out of the calendar.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        sentence = f"{text!r} is no date; write for instance 2026-11-23 or 2026-11-23T18:30"
        raise FactError(sentence, "date", text) from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise FactError(f"{text!r} is of no year between {_FIRST_YEAR} and {_LAST_YEAR}", "date", text)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _one_of(option: str, value: str | None, allowed: tuple[str, ...]) -> str | None:
    if value is not None and value not in allowed:
        sentence = f"{option} {value!r} is not known{nearest(value, allowed)}; one of: {', '.join(allowed)}"
        raise FactError(sentence, "words", value)
    return value


def nearest(word: str, words: Iterable[str]) -> str:
    """A remark that names the word most like this one; empty if none is."""
    near = difflib.get_close_matches(word, list(words), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
