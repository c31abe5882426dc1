"""The alerts that were decided, and their deliveries: each target has its own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from inboxwatch.alerts.model import Alert, Delivery, DeliveryState, Forgotten
from inboxwatch.mail.text import clean
from inboxwatch.plain import dump, from_micros, load, to_micros
from inboxwatch.store.database import Database
from inboxwatch.store.model import AlertRow, DeliveryRow, Told, Waiting

#: Who was retried more often than this is left to its delays: the last nine of 29 attempts still take two days.
_HASTENED_AT_MOST = 20
#: Nothing waits longer by design (quiet hours, the longest delay): the clock was ahead when it was put off.
_LONGEST_WAIT = timedelta(hours=25)


class Outbox(Database):
    """The verbs about alerts and deliveries."""

    def told(self, projects: Iterable[str | None]) -> dict[str, Told]:
        """What was decided before about a project under any of its names, by key. None: what concerns no project."""
        found: dict[str, Told] = {}
        for name in projects:
            for row in self._rows("SELECT key, at, muted, acknowledged_at FROM alert WHERE project IS ?", name):
                found[row["key"]] = Told(from_micros(row["at"]), bool(row["muted"]), row["acknowledged_at"] is not None)
        return found

    def told_at(self, beginning: str) -> datetime | None:
        """When an alert whose key begins so was last decided; None if there is none."""
        # The last code point: by its order the keys that begin so are one stretch of the index.
        row = self._rows("SELECT max(at) FROM alert WHERE key >= ? AND key < ?", beginning, f"{beginning}\U0010ffff")[0]
        return from_micros(row[0]) if row[0] is not None else None

    def add_alert(self, alert: Alert, targets: Mapping[str, datetime], *, muted: bool = False) -> bool:
        """Keep an alert and a delivery to each target, due at its instant. False if the key was told before."""
        cursor = self._do(
            "INSERT INTO alert VALUES (?,?,?,?,?,NULL,?) ON CONFLICT DO NOTHING",
            alert.key,
            to_micros(alert.at),
            alert.kind,
            alert.project,
            muted,
            dump(alert),
        )
        if not cursor.rowcount:
            return False
        for target, due_at in {} if muted else targets.items():
            self._do(
                "INSERT INTO delivery (alert, target, state, due_at) VALUES (?,?,'waiting',?)",
                alert.key,
                target,
                to_micros(due_at),
            )
        return True

    def blot_out(self, subject: str, message_id: str | None) -> None:
        """Take what a secret mail said out of every alert that had quoted it before it was known to be secret."""
        shown = clean(subject, one_line=True)[:120]
        # As they stand in the JSON; "\n" stands in none.
        words = [json.dumps(word, ensure_ascii=False)[1:-1] if word else "\n" for word in (message_id, shown)]
        for row in self._rows("SELECT * FROM alert WHERE instr(content, ?) OR instr(content, ?)", *words):
            alert = load(Alert, row["content"])
            evidence = tuple(one for one in alert.evidence if one != message_id)
            texts = [_without(text, shown, subject) for text in (alert.title, alert.body)]
            blank = replace(alert, title=texts[0], body=texts[1], evidence=evidence)
            self._do("UPDATE alert SET content = ? WHERE key = ?", dump(blank), row["key"])

    def alerts(self) -> list[AlertRow]:
        """Every alert that was to be sent, oldest first, with its deliveries."""
        deliveries: dict[str, list[DeliveryRow]] = {}
        for row in self._rows("SELECT * FROM delivery ORDER BY alert, target"):
            deliveries.setdefault(row["alert"], []).append(_delivery_row(row))
        return [
            AlertRow(
                alert=load(Alert, row["content"]),
                acknowledged_at=from_micros(row["acknowledged_at"]) if row["acknowledged_at"] is not None else None,
                deliveries=tuple(deliveries.get(row["key"], ())),
            )
            for row in self._rows("SELECT * FROM alert WHERE muted = 0 ORDER BY at, kind <> 'summary', key")
        ]

    def acknowledge(self, key: str, now: datetime) -> bool:
        """The user has seen this alert: it is not repeated. False if there is no such alert."""
        return bool(
            self._do("UPDATE alert SET acknowledged_at = ? WHERE key = ? AND muted = 0", to_micros(now), key).rowcount
        )

    def resend(self, key: str, targets: Iterable[str], now: datetime) -> bool:
        """Send this alert once more to these targets, as a possible repeat. False if there is no such alert."""
        if not self._rows("SELECT 1 FROM alert WHERE key = ? AND muted = 0", key):
            return False
        for target in targets:
            self._do(
                "INSERT INTO delivery (alert, target, state, due_at) VALUES (?,?,'waiting',?) ON CONFLICT DO UPDATE SET"
                " state = 'waiting', due_at = excluded.due_at,"
                " maybe = maybe OR state IN ('sent', 'maybe_sent') OR attempted_at IS NOT NULL,"
                " attempts = 0, attempted_at = NULL, settled_at = NULL, error = NULL",
                key,
                target,
                to_micros(now),
            )
        return True

    # -- the outbox, as `alerts.deliver` needs it

    def due_deliveries(self, now: datetime, limit: int) -> list[Delivery]:
        """Deliveries that wait and are due by `now`, fresh alerts before retries.

        Among either the summary and what is urgent come first, then the oldest, then what has the nearest deadline.
        """
        rows = self._rows(
            "SELECT d.*, a.content FROM delivery d JOIN alert a ON a.key = d.alert"
            " WHERE d.state = 'waiting' AND d.due_at <= ?"
            " ORDER BY d.attempts > 0, a.kind <> 'summary' AND NOT json_extract(a.content, '$.urgent'), d.due_at, a.at,"
            " a.kind <> 'summary', coalesce(json_extract(a.content, '$.due_at'), 'none'), a.key LIMIT ?",
            to_micros(now),
            limit,
        )
        return [_delivery(row) for row in rows]

    def attempting(self, delivery: Delivery, now: datetime) -> None:
        """Commit that an attempt is about to be made. Raises Forgotten if there is nothing to be sent any more."""
        cursor = self._do(
            "UPDATE delivery SET attempted_at = ?, attempts = attempts + 1 WHERE alert = ? AND target = ?",
            to_micros(now),
            delivery.alert.key,
            delivery.target,
        )
        if not cursor.rowcount:
            raise Forgotten

    def delivered(self, delivery: Delivery, now: datetime) -> None:
        """The target has it."""
        self._do(
            "UPDATE delivery SET state = 'sent', settled_at = ?, error = NULL WHERE alert = ? AND target = ?",
            to_micros(now),
            delivery.alert.key,
            delivery.target,
        )

    def failed(
        self, delivery: Delivery, now: datetime, error: str, again_at: datetime | None, *, maybe: bool = False
    ) -> None:
        """The attempt failed; the next is at `again_at`, or never. `maybe`: the target may have it all the same."""
        dead = "maybe_sent" if maybe else "dead"
        self._do(
            "UPDATE delivery SET state = ?, due_at = ?, settled_at = ?, error = ?, maybe = ?, attempted_at = NULL"
            " WHERE alert = ? AND target = ?",
            "waiting" if again_at else dead,
            to_micros(again_at or now),
            to_micros(now),
            error,
            maybe,
            delivery.alert.key,
            delivery.target,
        )

    def pass_on(self, delivery: Delivery, targets: Iterable[str], *, maybe: bool) -> list[str]:
        """Let these targets have an alert that waits for one that is gone; return those that neither have nor await it.

        So an alert is not lost when a target is renamed, or renamed back, and nobody gets one twice. `maybe`: it may
        have arrived.
        """
        key = delivery.alert.key
        with self.transaction():
            have = {
                row["target"]
                for row in self._rows("SELECT target FROM delivery WHERE alert = ? AND state <> 'dead'", key)
            }
            heirs = [name for name in targets if name not in have]
            for heir in heirs:
                # Of several heirs some may be old acquaintances under new names, who had it before.
                self._do(
                    "INSERT INTO delivery (alert, target, state, due_at, maybe)"
                    " SELECT key, ?, 'waiting', ?, ? FROM alert WHERE key = ?"  # which may have been forgotten
                    " ON CONFLICT DO UPDATE SET state = 'waiting', due_at = excluded.due_at, attempts = 0,"
                    " maybe = maybe OR excluded.maybe, attempted_at = NULL, settled_at = NULL, error = NULL",
                    heir,
                    to_micros(delivery.due_at),
                    maybe or len(heirs) > 1,
                    key,
                )
        return heirs

    def hasten(self, now: datetime) -> int:
        """What was put off is due now, for the way out may have opened; return how many deliveries that was.

        Not what has been tried so often that hastening would use up its attempts; and what waits for an instant that
        no delay reaches, for it was put off by a clock that was ahead.
        """
        return self._do(
            "UPDATE delivery SET due_at = ? WHERE state = 'waiting'"
            " AND (attempts BETWEEN 1 AND ? AND due_at > ? OR due_at > ?)",
            to_micros(now),
            _HASTENED_AT_MOST,
            to_micros(now),
            to_micros(now + _LONGEST_WAIT),
        ).rowcount

    def waiting(self) -> dict[str, Waiting]:
        """What is not delivered, by target: what waits, and what was given up and is not acknowledged."""
        rows = self._rows(
            "SELECT d.target, sum(d.state = 'waiting') AS waiting, sum(d.state <> 'waiting') AS dead,"
            " min(CASE d.state WHEN 'waiting' THEN a.at END) AS oldest,"
            " max(CASE d.state WHEN 'waiting' THEN d.attempts END) AS attempts,"
            " (SELECT error FROM delivery e WHERE e.target = d.target AND e.state <> 'sent' AND e.error IS NOT NULL"
            "  ORDER BY e.settled_at DESC LIMIT 1) AS error"
            " FROM delivery d JOIN alert a ON a.key = d.alert"
            " WHERE d.state = 'waiting' OR d.state <> 'sent' AND a.acknowledged_at IS NULL"
            " GROUP BY d.target ORDER BY d.target"
        )
        return {
            row["target"]: Waiting(
                waiting=row["waiting"],
                dead=row["dead"],
                oldest=from_micros(row["oldest"]) if row["oldest"] is not None else None,
                attempts=row["attempts"] or 0,
                error=row["error"],
            )
            for row in rows
        }

    def sent_at(self, target: str) -> datetime | None:
        """When a target last took an alert."""
        row = self._rows("SELECT max(settled_at) FROM delivery WHERE target = ? AND state = 'sent'", target)[0]
        return from_micros(row[0]) if row[0] is not None else None

    def next_delivery_at(self) -> datetime | None:
        """When the next delivery is due."""
        row = self._rows("SELECT min(due_at) FROM delivery WHERE state = 'waiting'")[0]
        return from_micros(row[0]) if row[0] is not None else None


def _delivery(row: sqlite3.Row) -> Delivery:
    alert = load(Alert, row["content"])
    return Delivery(
        alert=replace(alert, maybe_repeat=alert.maybe_repeat or bool(row["maybe"])),
        target=row["target"],
        state=row["state"],
        attempts=row["attempts"],
        due_at=from_micros(row["due_at"]),
        attempted_at=from_micros(row["attempted_at"]) if row["attempted_at"] is not None else None,
        error=row["error"],
    )


def _delivery_row(row: sqlite3.Row) -> DeliveryRow:
    at = row["settled_at"] if row["settled_at"] is not None else row["attempted_at"]
    state: DeliveryState = (
        "maybe_sent" if row["state"] == "waiting" and row["attempted_at"] is not None else row["state"]
    )
    return DeliveryRow(row["target"], state, row["attempts"], from_micros(at) if at is not None else None, row["error"])


def _without(text: str, *secrets: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "…") if secret else text
    return text
