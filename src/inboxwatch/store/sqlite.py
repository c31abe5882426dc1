"""The store on SQLite: WAL, synchronous=FULL, one transaction for what belongs together.

A dozen or so verbs in plain types. Each thread opens its own `Store` on the same file.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from inboxwatch.alerts.model import Alert, Delivery
from inboxwatch.plain import dump, from_micros, load, to_micros
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.store.model import (
    AlertRow,
    DeliveryRow,
    FolderState,
    Hole,
    ProjectRow,
    StoredMail,
    StoreError,
    Told,
    WatchState,
)
from inboxwatch.timeline.assign import Fact, Reading
from inboxwatch.timeline.event import Event

FILE_NAME = "inboxwatch.sqlite3"


class Store:
    """What inboxwatch keeps. Raises StoreError, with a sentence for the user, wherever the database fails."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    # -- opening

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open the database in this folder, made if missing (folder 0700, file 0600), and bring it up to date."""
        path = folder / FILE_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():
                path.touch(mode=0o600)
            return cls._opened(str(path))
        except (FileExistsError, NotADirectoryError):
            raise StoreError(f"{folder} is not a folder; name a folder for the database under `state:`") from None
        except PermissionError:
            raise StoreError(
                f"{path} cannot be opened: permission denied; the folder must belong to the user who runs inboxwatch"
            ) from None
        except OSError as error:
            raise StoreError(f"{path} cannot be made: {error.strerror}") from None

    @classmethod
    def in_memory(cls) -> Store:
        """A store that is gone when it is closed: for `replay` and `demo`."""
        return cls._opened(":memory:")

    @classmethod
    def _opened(cls, name: str) -> Store:
        try:
            connection = sqlite3.connect(name, isolation_level=None, timeout=30)
        except sqlite3.Error as error:
            raise StoreError(f"{name} cannot be opened: {error}") from None
        store = cls(connection, name)
        with store._failing_plainly():
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            store._migrate()
        return store

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _migrate(self) -> None:
        """Bring the schema up to date, each step in a transaction of its own."""
        steps = sorted(
            (item for item in resources.files(__package__).joinpath("migrations").iterdir() if item.name.endswith(".sql")),
            key=lambda item: item.name,
        )
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(steps):
            raise StoreError(
                f"{self._name} was written by a newer inboxwatch (schema {version}, this one knows {len(steps)}); "
                "install that version again, or name another folder under `state:`"
            )
        for number, step in enumerate(steps, start=1):
            if number > version:
                sql = step.read_text(encoding="utf-8")
                self._connection.executescript(f"BEGIN IMMEDIATE; {sql} PRAGMA user_version = {number}; COMMIT;")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done inside is kept together or not at all. May be nested: the outermost one counts."""
        if self._connection.in_transaction:
            yield
            return
        with self._failing_plainly():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def changes(self) -> int:
        """A number that changes when another process or thread has written."""
        with self._failing_plainly():
            number: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            return number

    @contextmanager
    def _failing_plainly(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self._fail(error)

    def _fail(self, error: sqlite3.Error) -> NoReturn:
        text = str(error)
        if "full" in text:
            raise StoreError(f"{self._name} cannot be written: the disk is full; make room, nothing read was lost") from None
        if "not a database" in text:
            raise StoreError(f"{self._name} is not a database of inboxwatch; move it away or name another `state:`") from None
        if "locked" in text:
            raise StoreError(f"{self._name} is in use by another process; try again in a minute") from None
        if "readonly" in text:
            raise StoreError(f"{self._name} cannot be written: it is read-only for this user") from None
        raise StoreError(f"{self._name} failed: {text}") from None

    def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._failing_plainly():
            return self._connection.execute(sql, values).fetchall()

    def _do(self, sql: str, *values: Any) -> sqlite3.Cursor:
        with self._failing_plainly():
            return self._connection.execute(sql, values)

    # -- meta

    def remember(self, name: str, value: str) -> None:
        """Keep a small value by its name."""
        self._do("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value)

    def recall(self, name: str) -> str | None:
        """The value kept under this name, or None."""
        rows = self._rows("SELECT value FROM meta WHERE name = ?", name)
        return rows[0][0] if rows else None

    def remember_instant(self, name: str, instant: datetime) -> None:
        """Keep an instant by its name."""
        self.remember(name, str(to_micros(instant)))

    def recall_instant(self, name: str) -> datetime | None:
        """The instant kept under this name, in UTC, or None."""
        value = self.recall(name)
        return from_micros(int(value)) if value is not None else None

    # -- mail

    def has_mail(self, identity: str) -> bool:
        """True if this very mail is kept already, from whatever folder."""
        return bool(self._rows("SELECT 1 FROM mail WHERE identity = ?", identity))

    def add_mail(self, mail: StoredMail) -> bool:
        """Keep one mail. False if it was kept already."""
        cursor = self._do(
            "INSERT INTO mail (identity, message_id, sent_at, arrived_at, taken_at, sender, subject, history, in_sent,"
            " platform, recognition, quarantined, look) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
            mail.identity,
            mail.message_id,
            to_micros(mail.sent_at),
            to_micros(mail.arrived_at),
            to_micros(mail.taken_at),
            mail.sender,
            mail.subject,
            mail.history,
            mail.in_sent,
            mail.recognition.platform if mail.recognition else None,
            dump(mail.recognition) if mail.recognition else None,
            mail.quarantined,
            mail.look,
        )
        if not cursor.rowcount:
            return False
        if mail.raw is not None:
            self._do("INSERT INTO raw VALUES (?, ?)", cursor.lastrowid, zlib.compress(mail.raw, 6))
        return True

    def readings(self) -> list[Reading]:
        """Every recognised mail, for the assignment."""
        rows = self._rows(
            "SELECT identity, sent_at, arrived_at, message_id, recognition, history FROM mail WHERE platform IS NOT NULL"
        )
        return [
            Reading(
                key=row["identity"][:16],
                at=from_micros(row["sent_at"]),
                known_at=from_micros(row["arrived_at"]),
                message_id=row["message_id"],
                recognition=load(Recognition, row["recognition"]),
                history=bool(row["history"]),
            )
            for row in rows
        ]

    def mails_to_show(self) -> list[StoredMail]:
        """The unrecognised and suspicious mails of which the user has not been told."""
        return [self._mail(row) for row in self._rows("SELECT * FROM mail WHERE look = 1 ORDER BY sent_at, id")]

    def shown(self, identity: str) -> None:
        """The user has been told of this mail, or will be in the same transaction."""
        self._do("UPDATE mail SET look = 0 WHERE identity = ?", identity)

    def must_show(self, identity: str) -> None:
        """The user must be told of this mail."""
        self._do("UPDATE mail SET look = 1 WHERE identity = ?", identity)

    def names(self) -> list[str]:
        """Every title and client that mails have shown, for recognising a template behind them."""
        rows = self._rows(
            "SELECT DISTINCT json_extract(content, '$.title'), json_extract(content, '$.client') FROM event"
        )
        return [name for row in rows for name in row if name]

    def review(self) -> list[StoredMail]:
        """Every mail that needs a person: of a platform but unrecognised, suspicious, or in quarantine."""
        rows = self._rows("SELECT * FROM mail WHERE recognition IS NOT NULL OR quarantined IS NOT NULL ORDER BY sent_at, id")
        mails = (self._mail(row) for row in rows)
        return [mail for mail in mails if mail.quarantined or (mail.recognition and _needs_a_person(mail.recognition))]

    def last_mail_of(self, platform: str) -> datetime | None:
        """When the latest mail of any kind of this platform was sent, in UTC."""
        row = self._rows("SELECT max(sent_at) FROM mail WHERE platform = ?", platform)[0]
        return from_micros(row[0]) if row[0] is not None else None

    def _mail(self, row: sqlite3.Row) -> StoredMail:
        return StoredMail(
            identity=row["identity"],
            message_id=row["message_id"],
            sent_at=from_micros(row["sent_at"]),
            arrived_at=from_micros(row["arrived_at"]),
            taken_at=from_micros(row["taken_at"]),
            sender=row["sender"],
            subject=row["subject"],
            recognition=load(Recognition, row["recognition"]) if row["recognition"] else None,
            raw=None,
            history=bool(row["history"]),
            in_sent=bool(row["in_sent"]),
            quarantined=row["quarantined"],
            look=bool(row["look"]),
        )

    # -- facts and corrections

    def add_fact(self, fact: Fact) -> int:
        """Keep a recorded fact and return its id; the id it comes with is not looked at."""
        cursor = self._do(
            "INSERT INTO fact (project, kind, at, recorded_at, by, channel, due_at, plan, note) VALUES (?,?,?,?,?,?,?,?,?)",
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

    # -- projects (derived)

    def save_timeline(
        self, events: Mapping[str, Sequence[Event]], aliases: Mapping[str, tuple[str, ...]], look_at: datetime
    ) -> list[str]:
        """Make the kept timelines equal to these; return the names of the projects that changed.

        A changed project is to be looked at, at `look_at`.
        """
        kept = {row["name"]: row["digest"] for row in self._rows("SELECT name, digest FROM project")}
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

    def projects(self) -> list[ProjectRow]:
        """Every project."""
        return [_project(row) for row in self._rows("SELECT * FROM project ORDER BY name")]

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

    # -- alerts and deliveries

    def told(self, projects: Iterable[str | None]) -> dict[str, Told]:
        """What was decided before about a project under any of its names, by key. None: what concerns no project."""
        found: dict[str, Told] = {}
        for name in projects:
            for row in self._rows("SELECT key, at, muted, acknowledged_at FROM alert WHERE project IS ?", name):
                found[row["key"]] = Told(from_micros(row["at"]), bool(row["muted"]), row["acknowledged_at"] is not None)
        return found

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
            for row in self._rows("SELECT * FROM alert WHERE muted = 0 ORDER BY at, key")
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
                " state = 'waiting', due_at = excluded.due_at, maybe = maybe OR state IN ('sent', 'maybe_sent'),"
                " attempts = 0, error = NULL",
                key,
                target,
                to_micros(now),
            )
        return True

    # -- the outbox, as `alerts.deliver` needs it

    def due_deliveries(self, now: datetime, limit: int) -> list[Delivery]:
        """Deliveries that wait and are due by `now`: fresh alerts first, then retries by their due time."""
        rows = self._rows(
            "SELECT d.*, a.content FROM delivery d JOIN alert a ON a.key = d.alert"
            " WHERE d.state = 'waiting' AND d.due_at <= ? ORDER BY d.attempts > 0, d.due_at, a.at, a.key LIMIT ?",
            to_micros(now),
            limit,
        )
        return [_delivery(row) for row in rows]

    def attempting(self, delivery: Delivery, now: datetime) -> None:
        """Commit that an attempt is about to be made."""
        self._do(
            "UPDATE delivery SET attempted_at = ?, attempts = attempts + 1 WHERE alert = ? AND target = ?",
            to_micros(now),
            delivery.alert.key,
            delivery.target,
        )

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
        """The attempt failed; it is made again at `again_at`, or never. `maybe`: the target may have it all the same."""
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

    def next_delivery_at(self) -> datetime | None:
        """When the next delivery is due."""
        row = self._rows("SELECT min(due_at) FROM delivery WHERE state = 'waiting'")[0]
        return from_micros(row[0]) if row[0] is not None else None

    # -- progress and coverage

    def folder(self, mailbox: str, folder: str) -> FolderState | None:
        """How far this folder has been read; None if never."""
        return next((state for state in self.folders() if (state.mailbox, state.folder) == (mailbox, folder)), None)

    def folders(self) -> list[FolderState]:
        """How far every folder has been read."""
        return [
            FolderState(
                mailbox=row["mailbox"],
                folder=row["folder"],
                uidvalidity=row["uidvalidity"],
                uid=row["uid"],
                read_up_to=from_micros(row["read_up_to"]) if row["read_up_to"] is not None else None,
                passed_over=row["passed_over"],
                searched=row["searched"],
                search_to=row["search_to"],
            )
            for row in self._rows("SELECT * FROM folder ORDER BY mailbox, folder")
        ]

    def save_folder(self, state: FolderState) -> None:
        """Keep how far a folder has been read."""
        self._do(
            "INSERT OR REPLACE INTO folder VALUES (?,?,?,?,?,?,?,?)",
            state.mailbox,
            state.folder,
            state.uidvalidity,
            state.uid,
            to_micros(state.read_up_to) if state.read_up_to else None,
            state.passed_over,
            state.searched,
            state.search_to,
        )

    def add_hole(self, hole: Hole) -> None:
        """Keep that mails vanished before they were read."""
        self._do(
            "INSERT INTO hole (mailbox, folder, from_at, to_at, mails) VALUES (?,?,?,?,?)",
            hole.mailbox,
            hole.folder,
            to_micros(hole.from_at),
            to_micros(hole.to_at),
            hole.mails,
        )

    def holes(self) -> list[Hole]:
        """Every hole in the coverage."""
        rows = self._rows("SELECT * FROM hole ORDER BY from_at, id")
        return [
            Hole(r["mailbox"], r["folder"], from_micros(r["from_at"]), from_micros(r["to_at"]), r["mails"]) for r in rows
        ]

    def watch(self) -> dict[str, WatchState]:
        """Whether each mailbox can be read."""
        return {
            row["mailbox"]: WatchState(
                row["mailbox"],
                from_micros(row["alive_at"]) if row["alive_at"] is not None else None,
                from_micros(row["blind_since"]) if row["blind_since"] is not None else None,
                row["cause"],
            )
            for row in self._rows("SELECT * FROM watch")
        }

    def save_watch(self, state: WatchState) -> None:
        """Keep whether a mailbox can be read."""
        self._do(
            "INSERT OR REPLACE INTO watch VALUES (?,?,?,?)",
            state.mailbox,
            to_micros(state.alive_at) if state.alive_at else None,
            to_micros(state.blind_since) if state.blind_since else None,
            state.cause,
        )


def _needs_a_person(recognition: Recognition) -> bool:
    return bool(recognition.suspicious or recognition.forwarded or (recognition.platform and recognition.event is None))


def _project(row: sqlite3.Row) -> ProjectRow:
    return ProjectRow(
        row["name"], row["platform"], tuple(json.loads(row["aliases"])), row["digest"], from_micros(row["next_due"])
    )


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
    state = "maybe_sent" if row["state"] == "waiting" and row["attempted_at"] is not None else row["state"]
    return DeliveryRow(row["target"], state, row["attempts"], from_micros(at) if at is not None else None, row["error"])
