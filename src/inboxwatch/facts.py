"""A fact that no mail shows, as the user states it: checked, and completed with what is usual."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args
from zoneinfo import ZoneInfo

from inboxwatch.platforms.kinds import FACTS, OWN_ACTS
from inboxwatch.platforms.recognition import By, Channel
from inboxwatch.store.model import ProjectRow
from inboxwatch.timeline.names import is_safe
from inboxwatch.timeline.reading import Fact


class FactError(Exception):
    """The fact cannot be recorded as it was stated; the text says what is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the user stated, word for word; instants as ISO 8601, in her zone where they name no offset."""

    project: str
    kind: str
    at: str | None = None
    by: str | None = None
    channel: str | None = None
    due: str | None = None
    plan: int | None = None
    note: str | None = None


def as_fact(
    stated: Statement, now: datetime, zone: ZoneInfo, projects: Iterable[ProjectRow], platforms: Collection[str]
) -> Fact:
    """Given a statement, return the fact to be kept (with id 0). Raise FactError if it cannot be understood."""
    if stated.kind not in FACTS:
        raise FactError(f"{stated.kind!r} is no fact{nearest(stated.kind, FACTS)}; one of: {', '.join(FACTS)}")
    by = _one_of("--by", stated.by, get_args(By)) or ("me" if stated.kind in OWN_ACTS else "client")
    channel = _one_of("--channel", stated.channel, get_args(Channel))
    if stated.plan is not None and stated.plan < 1:
        raise FactError(f"--plan {stated.plan}: plans are counted from 1")
    at = as_instant(stated.at, zone) if stated.at else now
    if at > now:
        raise FactError(f"--at {stated.at} lies in the future; a fact is something that has happened")
    return Fact(
        id=0,
        project=as_project(stated.project, projects, platforms),
        kind=stated.kind,
        at=at,
        recorded_at=now,
        by=cast(By, by),
        channel=cast("Channel | None", channel or ("offsite" if stated.kind == "contact" else None)),
        due_at=as_instant(stated.due, zone) if stated.due else None,
        plan=stated.plan,
        note=stated.note,
    )


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
            raise FactError(f"{name!r} cannot be a new project: behind the platform only letters, digits, and - _ . @")
        return name
    near = nearest(name, spellings(known))
    raise FactError(f"there is no project {name!r}{near}; write it as platform/id, for instance lancers/5545030")


def row_called(name: str, rows: Iterable[ProjectRow]) -> ProjectRow | None:
    """The project called so: by any name it has had, or the part of one behind the platform. None if there is none.

    Raise FactError if there are several.
    """
    found = [row for row in rows if name in spellings([row])]
    if len(found) > 1:
        names = ", ".join(sorted(row.name for row in found))
        raise FactError(f"{name!r} may be any of {names}; write one of these in full")
    return found[0] if found else None


def spellings(rows: Iterable[ProjectRow]) -> list[str]:
    """Every way in which these projects can be named."""
    return [name for row in rows for alias in row.aliases for name in (alias, alias.partition("/")[2])]


def as_instant(text: str, zone: ZoneInfo) -> datetime:
    """An ISO 8601 date or instant; without an offset it is in `zone`. Raise FactError if it is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise FactError(f"{text!r} is no date; write for instance 2026-11-23 or 2026-11-23T18:30") from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _one_of(option: str, value: str | None, allowed: tuple[str, ...]) -> str | None:
    if value is not None and value not in allowed:
        raise FactError(f"{option} {value!r} is not known{nearest(value, allowed)}; one of: {', '.join(allowed)}")
    return value


def nearest(word: str, words: Iterable[str]) -> str:
    """A remark that names the word most like this one; empty if none is."""
    near = difflib.get_close_matches(word, list(words), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
