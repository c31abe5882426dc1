"""Where each mail was found, and what its signatures proved when it came."""

from __future__ import annotations

import zlib
from datetime import datetime

from inboxwatch.kept import StoredMail
from inboxwatch.mail.model import Proof
from inboxwatch.plain import dump, load, to_micros
from inboxwatch.store.database import Database


class Proofs(Database):
    """The verbs about where mails come from."""

    def proof(self, identity: str) -> Proof | None:
        """What the signatures of this mail showed; None if it has none, or nobody asked."""
        rows = self._rows("SELECT content FROM proof JOIN mail ON id = mail WHERE identity = ?", identity)
        return load(Proof, rows[0]["content"]) if rows else None

    def found_in(self, identity: str) -> list[str]:
        """In which mailboxes this mail was found."""
        rows = self._rows("SELECT mailbox FROM found JOIN mail ON id = mail WHERE identity = ? ORDER BY 1", identity)
        return [row["mailbox"] for row in rows]

    def mails_to_prove(self, now: datetime) -> list[tuple[str, bytes]]:
        """The mails whose keys could not be had when they came, and are to be asked for now; identity and bytes."""
        rows = self._rows(
            "SELECT identity, deflated FROM proof JOIN mail ON id = proof.mail JOIN raw ON raw.mail = id"
            " WHERE ask_again_at <= ? ORDER BY ask_again_at LIMIT 20",
            to_micros(now),
        )
        return [(row["identity"], zlib.decompress(row["deflated"])) for row in rows]

    def keep_proof(self, identity: str, proof: Proof | None) -> None:
        """Keep what was found when it was asked again; nobody asks a third time."""
        if proof is not None:
            self._do(
                "UPDATE proof SET content = ? WHERE mail = (SELECT id FROM mail WHERE identity = ?)",
                dump(proof),
                identity,
            )
        self._do("UPDATE proof SET ask_again_at = NULL WHERE mail = (SELECT id FROM mail WHERE identity = ?)", identity)

    def _note_origin(self, mail: StoredMail) -> None:
        """Keep with a mail that is kept where it was found, and its proof if it has none yet."""
        if mail.mailbox is not None:
            self._do(
                "INSERT OR IGNORE INTO found SELECT id, ? FROM mail WHERE identity = ?",
                mail.mailbox,
                mail.identity,
            )
        if mail.proof is not None:
            self._do(
                "INSERT OR IGNORE INTO proof SELECT id, ?, ? FROM mail WHERE identity = ?",
                dump(mail.proof),
                to_micros(mail.ask_again_at) if mail.ask_again_at else None,
                mail.identity,
            )
