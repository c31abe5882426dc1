"""The mails as they are kept: one row a mail, however many folders it was seen in."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from inboxwatch.kept import StoredMail, why_in_review
from inboxwatch.plain import dump, from_micros, load, to_micros
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.store.proofs import Proofs
from inboxwatch.timeline.reading import Reading

#: A shorter beginning of an id would be taken for one by chance.
SHORTEST_ID = 6

#: How many mails are held in memory with their bytes.
_AT_ONCE = 50

#: How far a mail's own date may lie ahead of its arrival (CONTRACT, Rulings).
_HOUR_MICROS = 3_600_000_000


class Mails(Proofs):
    """The verbs about mails."""

    def has_mail(self, identity: str) -> bool:
        """True if this very mail is kept already, from whatever folder."""
        return bool(self._rows("SELECT 1 FROM mail WHERE identity = ?", identity))

    def add_mail(self, mail: StoredMail) -> bool:
        """Keep one mail, and where it was found. False if it was kept already."""
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
        if cursor.rowcount and mail.raw is not None:
            self._do("INSERT INTO raw VALUES (?, ?)", cursor.lastrowid, zlib.compress(mail.raw, 6))
        new = bool(cursor.rowcount)
        self._note_origin(mail)
        return new

    def mail(self, identity: str) -> StoredMail | None:
        """This very mail, without its bytes; None if it is not kept."""
        rows = self._rows("SELECT * FROM mail WHERE identity = ?", identity)
        return self._mail(rows[0]) if rows else None

    def find_mails(self, name: str) -> list[StoredMail]:
        """The mails meant: by the beginning of their id, as `review` and `timeline` show it, or by Message-ID."""
        bare = name.strip().strip("<>")
        is_id = len(bare) >= SHORTEST_ID and all(sign in "0123456789abcdef" for sign in bare)
        rows = self._rows(
            "SELECT * FROM mail WHERE (? AND substr(identity, 1, length(?)) = ?) OR message_id = ?"
            " ORDER BY sent_at, id",
            is_id,
            bare,
            bare,
            f"<{bare}>",
        )
        return [self._mail(row) for row in rows]

    def mails_by_key(self, keys: Iterable[str]) -> dict[str, StoredMail]:
        """The mails of these keys (the first 16 characters of their identity), by key and without their bytes."""
        rows = self._rows(
            "SELECT * FROM mail WHERE substr(identity, 1, 16) IN (SELECT value FROM json_each(?)) ORDER BY id",
            json.dumps(sorted(set(keys))),
        )
        return {row["identity"][:16]: self._mail(row) for row in rows}

    def stored_mails(self) -> list[StoredMail]:
        """Every mail that is kept, oldest first, without its bytes."""
        return [self._mail(row) for row in self._rows("SELECT * FROM mail ORDER BY sent_at, id")]

    def every_mail(self, platform: str | None = None, *, after: int = 0) -> Iterator[StoredMail]:
        """Every mail whose bytes are kept, of this platform or of all, with them; never many of them at once.

        Only those that were kept `after` the mail of this number, as `last_mail` gives it.
        """
        last = after
        while True:
            rows = self._rows(
                "SELECT mail.*, deflated FROM mail JOIN raw ON raw.mail = mail.id WHERE id > ?"
                " AND (? IS NULL OR platform = ?) ORDER BY id LIMIT ?",
                last,
                platform,
                platform,
                _AT_ONCE,
            )
            for row in rows:
                last = row["id"]
                yield replace(self._mail(row), raw=zlib.decompress(row["deflated"]))
            if not rows:
                return

    def places(self) -> dict[str, tuple[str, ...]]:
        """In which projects each mail and each recorded fact stands, by its key."""
        found: dict[str, list[str]] = {}
        for row in self._rows("SELECT key, project FROM event ORDER BY project"):
            found.setdefault(row["key"], []).append(row["project"])
        return {key: tuple(names) for key, names in found.items()}

    def raw(self, identity: str) -> bytes | None:
        """The bytes of one mail as they were received; None where none are kept."""
        rows = self._rows("SELECT deflated FROM raw JOIN mail ON mail.id = raw.mail WHERE identity = ?", identity)
        return zlib.decompress(rows[0][0]) if rows else None

    def reread(self, identity: str, mail: StoredMail) -> None:
        """Keep of this mail what it is by today's rules, in place of what was kept; of a secret one next to nothing.

        Its bytes stay but for those of a secret mail. If it turns out to be one that is kept already, it goes.
        """
        if mail.identity != identity and self.has_mail(mail.identity):
            self._overwriting()
            self._do("DELETE FROM mail WHERE identity = ?", identity)
            return
        if mail.raw is None:
            self._overwriting()
            self._do("DELETE FROM raw WHERE mail = (SELECT id FROM mail WHERE identity = ?)", identity)
        self._do(
            "UPDATE mail SET identity = ?, message_id = ?, sent_at = ?, arrived_at = ?, sender = ?, subject = ?,"
            " history = ?, platform = ?, recognition = ?, quarantined = ?, look = ? WHERE identity = ?",
            mail.identity,
            mail.message_id,
            to_micros(mail.sent_at),
            to_micros(mail.arrived_at),
            mail.sender,
            mail.subject,
            mail.history,
            mail.recognition.platform if mail.recognition else None,
            dump(mail.recognition) if mail.recognition else None,
            mail.quarantined,
            mail.look,
            identity,
        )

    def _overwriting(self) -> None:
        """What is deleted from now on is overwritten in the file."""
        self._do("PRAGMA secure_delete = ON")

    def last_mail(self) -> int:
        """The number of the mail that was kept last; 0 if there is none."""
        number: int = self._rows("SELECT ifnull(max(id), 0) FROM mail")[0][0]
        return number

    def readings(self) -> list[Reading]:
        """Every recognised mail, for the assignment."""
        rows = self._rows(
            "SELECT identity, sent_at, arrived_at, message_id, recognition, history FROM mail"
            " WHERE platform IS NOT NULL"
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

    def last_mail_of(self, platform: str) -> StoredMail | None:
        """The newest mail of any kind, secrets included, that a platform's own senders have sent; None without any.

        A mail whose date lies ahead of its taking says nothing of when it came, and does not count.
        """
        rows = self._rows(
            "SELECT * FROM mail WHERE platform = ? AND json_extract(recognition, '$.suspicious') IS NULL"
            " AND sent_at <= taken_at + ? ORDER BY sent_at DESC, id DESC LIMIT 1",
            platform,
            _HOUR_MICROS,
        )
        return self._mail(rows[0]) if rows else None

    def mails_with_clients(self) -> list[tuple[str, str]]:
        """Message-ID and client of every mail between her and a client that is not forged."""
        rows = self._rows(
            "SELECT message_id, json_extract(recognition, '$.client') FROM mail WHERE platform = 'direct'"
            " AND message_id IS NOT NULL AND json_extract(recognition, '$.suspicious') IS NULL ORDER BY sent_at, id"
        )
        return [(row[0], row[1]) for row in rows if row[1]]

    def mails_to_show(self) -> list[StoredMail]:
        """The unrecognised and suspicious mails of which the user has not been told."""
        return [self._mail(row) for row in self._rows("SELECT * FROM mail WHERE look = 1 ORDER BY sent_at, id")]

    def stated_mails(self) -> list[StoredMail]:
        """The mails in which she states a fact that was never taken, oldest first, but for those she was told of."""
        rows = self._rows(
            "SELECT * FROM mail WHERE look = 1 AND json_extract(recognition, '$.stated') IS NOT NULL"
            " AND json_extract(recognition, '$.suspicious') IS NULL"
            " AND identity NOT IN (SELECT mail FROM fact WHERE mail IS NOT NULL) ORDER BY sent_at, id"
        )
        return [self._mail(row) for row in rows]

    def judge_stated(self, identity: str, recognition: Recognition, *, look: bool) -> None:
        """Keep whether the fact that she states in this mail can be taken, and whether the user must be shown it."""
        self._do("UPDATE mail SET recognition = ?, look = ? WHERE identity = ?", dump(recognition), look, identity)

    def found_in_sent(self, mail: StoredMail) -> bool:
        """Keep that she stated a fact in this mail, of which a copy found elsewhere was kept before; False if known."""
        kept = self._do(
            "UPDATE mail SET in_sent = 1, platform = NULL, recognition = ?, quarantined = NULL, look = ?"
            " WHERE identity = ? AND NOT in_sent",
            dump(mail.recognition),
            mail.look,
            mail.identity,
        )
        return bool(kept.rowcount)

    def shown(self, identity: str) -> None:
        """The user has been told of this mail, or will be in the same transaction."""
        self._do("UPDATE mail SET look = 0 WHERE identity = ?", identity)

    def must_show(self, identity: str) -> None:
        """The user must be told of this mail."""
        self._do("UPDATE mail SET look = 1 WHERE identity = ?", identity)

    def told_subjects(self) -> list[tuple[str, str]]:
        """Sender and subject of every unrecognised mail of which the user has been told, each once."""
        rows = self._rows(
            "SELECT DISTINCT sender, subject FROM mail WHERE look = 0 AND history = 0 AND platform IS NOT NULL"
            " AND json_extract(recognition, '$.event') IS NULL AND json_extract(recognition, '$.suspicious') IS NULL"
        )
        return [(row["sender"], row["subject"]) for row in rows]

    def names_of(self, platform: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Every title and every client that mails of a platform have shown."""
        rows = self._rows(
            "SELECT DISTINCT json_extract(content, '$.title') AS title, json_extract(content, '$.client') AS client"
            " FROM event WHERE project GLOB ?",
            f"{platform}/*",
        )
        return tuple(tuple(sorted({row[part] for row in rows if row[part]})) for part in ("title", "client"))  # type: ignore[return-value]

    def names(self) -> list[str]:
        """Every title and client that mails have shown, for recognising a template behind them."""
        rows = self._rows(
            "SELECT DISTINCT json_extract(content, '$.title'), json_extract(content, '$.client') FROM event"
        )
        return [name for row in rows for name in row if name]

    def review(self) -> list[StoredMail]:
        """Every mail that needs a person: of a platform but unread, suspicious, in quarantine, or a fact not taken.

        Not what she has taken off it, as long as it is of the same kind.
        """
        rows = self._rows(
            "SELECT * FROM mail WHERE recognition IS NOT NULL OR quarantined IS NOT NULL ORDER BY sent_at, id"
        )
        taken = {row["mail"] for row in self._rows("SELECT mail FROM fact WHERE mail IS NOT NULL")}
        settled = {row["identity"]: row["kind"] for row in self._rows("SELECT identity, kind FROM settled")}
        mails = (self._mail(row) for row in rows)
        waiting = (mail for mail in mails if _needs_a_person(mail) and mail.identity not in taken)
        return [mail for mail in waiting if settled.get(mail.identity) != why_in_review(mail)]

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


def _needs_a_person(mail: StoredMail) -> bool:
    """True also for a fact that she stated: `review` leaves out those that were taken."""
    found = mail.recognition
    if mail.quarantined or found is None:
        return bool(mail.quarantined)
    unread = found.platform is not None and found.event is None
    return bool(found.suspicious or found.forwarded or unread or mail.states)
