"""What the user recorded and corrected by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from inboxwatch.plain import from_micros, to_micros
from inboxwatch.store.database import Database
from inboxwatch.store.model import Snooze, Withdrawn
from inboxwatch.timeline.reading import Correction, Fact


class Recorded(Database):
    """The verbs about recorded facts and corrections."""

    def add_fact(self, fact: Fact) -> int:
        """Keep a recorded fact and return its id; the id it comes with is not looked at."""
        cursor = self._do(
            "INSERT INTO fact (project, kind, at, recorded_at, by, channel, due_at, plan, note, part, mail)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            fact.project,
            fact.kind,
            to_micros(fact.at),
            to_micros(fact.recorded_at),
            fact.by,
            fact.channel,
            to_micros(fact.due_at) if fact.due_at else None,
            fact.plan,
            fact.note,
            fact.part,
            fact.mail,
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def withdraw_fact(self, fact_id: int, now: datetime) -> Fact | None:
        """Withdraw a recorded fact; it stays kept. None if there is none of this id that still stands."""
        found = next((fact for fact in self.facts() if fact.id == fact_id), None)
        if found:
            self._do("UPDATE fact SET withdrawn_at = ? WHERE id = ?", to_micros(now), fact_id)
        return found

    def restore_fact(self, fact_id: int) -> Fact | None:
        """Let a withdrawn fact stand again. None if none of this id is withdrawn."""
        found = next((one.fact for one in self.withdrawn_facts() if one.fact.id == fact_id), None)
        if found:
            self._do("UPDATE fact SET withdrawn_at = NULL WHERE id = ?", fact_id)
        return found

    def facts(self) -> list[Fact]:
        """Every recorded fact that still stands."""
        return [_fact(row) for row in self._rows("SELECT * FROM fact WHERE withdrawn_at IS NULL ORDER BY id")]

    def withdrawn_facts(self) -> list[Withdrawn]:
        """Every recorded fact that has been withdrawn."""
        rows = self._rows("SELECT * FROM fact WHERE withdrawn_at IS NOT NULL ORDER BY id")
        return [Withdrawn(_fact(row), from_micros(row["withdrawn_at"])) for row in rows]

    def correct(self, identity: str, correction: Correction, now: datetime) -> None:
        """Keep what the user says of this mail, in place of what she said of it before."""
        self._do(
            "INSERT OR REPLACE INTO correction VALUES (?,?,?,?,?)",
            identity,
            correction.project,
            correction.set_aside,
            correction.alone,
            to_micros(now),
        )

    def forget_correction(self, identity: str) -> bool:
        """Take the mail for what it says itself again. False if nothing had been said of it."""
        return bool(self._do("DELETE FROM correction WHERE identity = ?", identity).rowcount)

    def corrections(self) -> dict[str, Correction]:
        """What the user says of mails, by the beginning of their identity."""
        rows = self._rows("SELECT * FROM correction")
        return {
            row["identity"][:16]: Correction(row["project"], bool(row["set_aside"]), bool(row["alone"])) for row in rows
        }

    def settle(self, identity: str, kind: str, now: datetime) -> None:
        """Keep that the user needs to see this mail no more in `review`, where it is for being of this `kind`."""
        self._do("INSERT OR REPLACE INTO settled VALUES (?,?,?)", identity, kind, to_micros(now))
        self._do("UPDATE mail SET look = 0 WHERE identity = ?", identity)

    def unsettle(self, identity: str) -> bool:
        """Show the mail in `review` again. False if it had not been taken off."""
        return bool(self._do("DELETE FROM settled WHERE identity = ?", identity).rowcount)

    def settled(self) -> dict[str, str]:
        """Of what kind each mail was that the user has taken off `review`, by the beginning of its identity."""
        return {row["identity"][:16]: row["kind"] for row in self._rows("SELECT identity, kind FROM settled")}

    def snooze(self, names: Sequence[str], until: datetime, now: datetime) -> None:
        """Keep that the user wants no nudges or repeats until then for the project of these names, the present first.

        It replaces one that runs; `until` now ends it.
        """
        for name in names:
            self._do("UPDATE snooze SET until = min(until, ?) WHERE project = ?", to_micros(now), name)
        if until > now:
            self._do(
                "INSERT INTO snooze (project, made_at, until) VALUES (?,?,?)", names[0], *map(to_micros, (now, until))
            )

    def snoozes(self) -> list[Snooze]:
        """Every snooze, those that are over too."""
        rows = self._rows("SELECT * FROM snooze ORDER BY id")
        return [Snooze(row["project"], from_micros(row["made_at"]), from_micros(row["until"])) for row in rows]


def _fact(row: sqlite3.Row) -> Fact:
    return Fact(
        id=row["id"],
        project=row["project"],
        kind=row["kind"],
        at=from_micros(row["at"]),
        recorded_at=from_micros(row["recorded_at"]),
        by=row["by"],
        channel=row["channel"],
        due_at=from_micros(row["due_at"]) if row["due_at"] is not None else None,
        plan=row["plan"],
        note=row["note"],
        part=row["part"],
        mail=row["mail"],
    )
