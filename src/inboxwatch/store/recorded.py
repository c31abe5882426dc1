"""What the user recorded and corrected by hand."""

from __future__ import annotations

from datetime import datetime

from inboxwatch.plain import from_micros, to_micros
from inboxwatch.store.database import Database
from inboxwatch.timeline.reading import Fact


class Recorded(Database):
    """The verbs about recorded facts and corrections."""

    def add_fact(self, fact: Fact) -> int:
        """Keep a recorded fact and return its id; the id it comes with is not looked at."""
        cursor = self._do(
            "INSERT INTO fact (project, kind, at, recorded_at, by, channel, due_at, plan, note)"
            " VALUES (?,?,?,?,?,?,?,?,?)",
            fact.project,
            fact.kind,
            to_micros(fact.at),
            to_micros(fact.recorded_at),
            fact.by,
            fact.channel,
            to_micros(fact.due_at) if fact.due_at else None,
            fact.plan,
            fact.note,
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def withdraw_fact(self, fact_id: int, now: datetime) -> Fact | None:
        """Withdraw a recorded fact; it stays kept. None if there is none of this id that still stands."""
        found = next((fact for fact in self.facts() if fact.id == fact_id), None)
        if found:
            self._do("UPDATE fact SET withdrawn_at = ? WHERE id = ?", to_micros(now), fact_id)
        return found

    def facts(self) -> list[Fact]:
        """Every recorded fact that still stands."""
        return [
            Fact(
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
            )
            for row in self._rows("SELECT * FROM fact WHERE withdrawn_at IS NULL ORDER BY id")
        ]

    def corrections(self) -> dict[str, str]:
        """Which mail, by the beginning of its identity, the user assigned to which project."""
        return {row[0][:16]: row[1] for row in self._rows("SELECT identity, project FROM correction")}
