"""The mails as they are kept: one row a mail, however many folders it was seen in."""

from __future__ import annotations

import sqlite3
import zlib

from inboxwatch.kept import StoredMail
from inboxwatch.plain import dump, from_micros, load, to_micros
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.store.database import Database
from inboxwatch.timeline.reading import Reading

#: A shorter beginning of an id would be taken for one by chance.
SHORTEST_ID = 6


class Mails(Database):
    """The verbs about mails."""

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

    def stored_mails(self) -> list[StoredMail]:
        """Every mail that is kept, oldest first, without its bytes."""
        return [self._mail(row) for row in self._rows("SELECT * FROM mail ORDER BY sent_at, id")]

    def raw(self, identity: str) -> bytes | None:
        """The bytes of one mail as they were received; None where none are kept."""
        rows = self._rows("SELECT deflated FROM raw JOIN mail ON mail.id = raw.mail WHERE identity = ?", identity)
        return zlib.decompress(rows[0][0]) if rows else None

    def reread(self, identity: str, recognition: Recognition, *, look: bool) -> None:
        """Keep what this mail is taken for by today's rules, and whether the user must be shown it."""
        self._do(
            "UPDATE mail SET platform = ?, recognition = ?, quarantined = NULL, look = ? WHERE identity = ?",
            recognition.platform,
            dump(recognition),
            look,
            identity,
        )

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

    def mails_to_show(self) -> list[StoredMail]:
        """The unrecognised and suspicious mails of which the user has not been told."""
        return [self._mail(row) for row in self._rows("SELECT * FROM mail WHERE look = 1 ORDER BY sent_at, id")]

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

    def names(self) -> list[str]:
        """Every title and client that mails have shown, for recognising a template behind them."""
        rows = self._rows(
            "SELECT DISTINCT json_extract(content, '$.title'), json_extract(content, '$.client') FROM event"
        )
        return [name for row in rows for name in row if name]

    def review(self) -> list[StoredMail]:
        """Every mail that needs a person: of a platform but unrecognised, suspicious, or in quarantine."""
        rows = self._rows(
            "SELECT * FROM mail WHERE recognition IS NOT NULL OR quarantined IS NOT NULL ORDER BY sent_at, id"
        )
        mails = (self._mail(row) for row in rows)
        return [mail for mail in mails if mail.quarantined or (mail.recognition and _needs_a_person(mail.recognition))]

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


def _needs_a_person(recognition: Recognition) -> bool:
    return bool(recognition.suspicious or recognition.forwarded or (recognition.platform and recognition.event is None))
