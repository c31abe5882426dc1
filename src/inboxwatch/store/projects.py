"""The projects and their events: derived, and made again whenever a mail or a fact comes."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from inboxwatch.plain import dump, from_micros, load, to_micros
from inboxwatch.store.database import Database
from inboxwatch.store.model import ProjectRow
from inboxwatch.timeline.event import Event


class Projects(Database):
    """The verbs about projects."""

    def save_timeline(
        self,
        events: Mapping[str, Sequence[Event]],
        aliases: Mapping[str, tuple[str, ...]],
        look_at: datetime,
        *,
        whole: bool = True,
    ) -> list[str]:
        """Make the kept timelines equal to these; return the names of the projects that changed.

        A changed project is to be looked at, at `look_at`. If these are not the `whole`, the others stay as they are.
        """
        kept = self._digests() if whole else {name: self._digest(name) for name in events}
        changed = []
        for name in kept.keys() - events.keys():
            self._do("DELETE FROM event WHERE project = ?", name)
            self._do("DELETE FROM project WHERE name = ?", name)
        for name, found in events.items():
            contents = [(to_micros(e.at), to_micros(e.known_at), e.key, dump(e)) for e in found]
            names = aliases.get(name, (name,))
            digest = hashlib.sha256(json.dumps([contents, names]).encode()).hexdigest()
            if kept.get(name) == digest:
                continue
            changed.append(name)
            self._do("DELETE FROM event WHERE project = ?", name)
            for content in contents:
                self._do("INSERT OR REPLACE INTO event VALUES (?,?,?,?,?)", name, *content)
            self._do(
                "INSERT OR REPLACE INTO project VALUES (?,?,?,?,?)",
                name,
                name.partition("/")[0],
                json.dumps(names, ensure_ascii=False),
                digest,
                to_micros(look_at),
            )
        return changed

    def _digests(self) -> dict[str, str | None]:
        return {row["name"]: row["digest"] for row in self._rows("SELECT name, digest FROM project")}

    def _digest(self, name: str) -> str | None:
        rows = self._rows("SELECT digest FROM project WHERE name = ?", name)
        return rows[0]["digest"] if rows else None

    def projects(self) -> list[ProjectRow]:
        """Every project."""
        return [_project(row) for row in self._rows("SELECT * FROM project ORDER BY name")]

    def projects_of(self, platform: str) -> list[ProjectRow]:
        """Every project of this platform."""
        return [_project(row) for row in self._rows("SELECT * FROM project WHERE platform = ? ORDER BY name", platform)]

    def due_projects(self, now: datetime) -> list[ProjectRow]:
        """The projects that must be looked at by `now`."""
        return [
            _project(row)
            for row in self._rows("SELECT * FROM project WHERE next_due <= ? ORDER BY next_due, name", to_micros(now))
        ]

    def next_due(self) -> datetime | None:
        """The earliest instant at which a project must be looked at."""
        row = self._rows("SELECT min(next_due) FROM project")[0]
        return from_micros(row[0]) if row[0] is not None else None

    def look_again(self, name: str, at: datetime) -> None:
        """This project must be looked at next at this instant."""
        self._do("UPDATE project SET next_due = ? WHERE name = ?", to_micros(at), name)

    def look_at_all(self, at: datetime) -> None:
        """Every project must be looked at, at this instant at the latest."""
        self._do("UPDATE project SET next_due = min(next_due, ?)", to_micros(at))

    def events(self, project: str) -> list[Event]:
        """A project's events, oldest first."""
        rows = self._rows("SELECT content FROM event WHERE project = ? ORDER BY at, known_at, key", project)
        return [load(Event, row[0]) for row in rows]


def _project(row: sqlite3.Row) -> ProjectRow:
    return ProjectRow(
        row["name"], row["platform"], tuple(json.loads(row["aliases"])), row["digest"], from_micros(row["next_due"])
    )
