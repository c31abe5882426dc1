"""What is removed for good: rows, traces in what stays, and the bytes in the file; and the marks that keep it away."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from inboxwatch.alerts.model import Alert
from inboxwatch.kept import StoredMail
from inboxwatch.plain import dump, load
from inboxwatch.store.mails import Mails
from inboxwatch.store.model import StoreError
from inboxwatch.store.progress import SEEN_SINCE

#: The key of the marks, made with the first of them.
_KEY = "forgotten_key"
#: Something was removed, and its bytes may be in the file still.
_DUE = "overwriting_due"
#: Two mails with one mark would mean that one is lost: by 128 bits that does not happen.
_MARK_BYTES = 16
#: The tables in which a mail is named by its identity.
_BY_IDENTITY = (("correction", "identity"), ("settled", "identity"), ("fact", "mail"), ("mail", "identity"))


class Forgetting(Mails):
    """The verbs by which something is forgotten."""

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the database in this folder, as `Database.open` does, and finish what a kill has left to overwrite."""
        store = super().open(folder)
        if store.recall(_DUE):
            # Nothing that is in force hangs on it, and it stays due: the next to open the file tries again.
            with suppress(StoreError):
                store.overwrite()
        return store

    # -- the marks

    def add_mail(self, mail: StoredMail) -> bool:
        """Keep one mail, and where it was found. False if it was kept already, or was kept once and is forgotten."""
        return not self.is_forgotten(mail.identity) and super().add_mail(mail)

    def is_forgotten(self, identity: str) -> bool:
        """True if this very mail was kept once, and has been forgotten."""
        key = self.recall(_KEY)
        return key is not None and bool(self._rows("SELECT 1 FROM forgotten WHERE mark = ?", _mark(key, identity)))

    def _keep_away(self, identities: Iterable[str]) -> None:
        key = self.recall(_KEY)
        if key is None:
            key = secrets.token_hex(32)
            self.remember(_KEY, key)
        for identity in identities:
            self._do("INSERT OR IGNORE INTO forgotten VALUES (?)", _mark(key, identity))

    # -- removing

    @contextmanager
    def removing(self) -> Iterator[None]:
        """One transaction, in which rows are removed so that `overwrite` can take their bytes away afterwards."""
        self._overwriting()
        with self.transaction():
            self.remember(_DUE, "yes")
            yield

    def forget_mails(self, identities: Collection[str]) -> None:
        """Remove these mails with all that is kept of each, what was said of it and stated in it; they stay away."""
        self._keep_away(identities)
        wanted = json.dumps(sorted(identities))
        for table, column in _BY_IDENTITY:
            self._do(f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", wanted)  # noqa: S608

    def forget_facts(self, ids: Iterable[int]) -> None:
        """Remove these facts, those that were withdrawn too."""
        for number in ids:
            self._do("DELETE FROM fact WHERE id = ?", number)

    def forget_alerts(self, keys: Iterable[str]) -> None:
        """Remove these alerts with their deliveries: what waits of them is never sent."""
        for key in keys:
            self._do("DELETE FROM alert WHERE key = ?", key)

    def forget_names(self, names: Iterable[str]) -> None:
        """Remove what was said of projects of these names: snoozes, and which mails belong to them."""
        for name in names:
            self._do("DELETE FROM snooze WHERE project = ?", name)
            self._do("DELETE FROM correction WHERE project = ?", name)

    def forget_origin(self, mailbox: str) -> None:
        """Of the mails that stay it is no longer known that they were found in this mailbox."""
        self._do("DELETE FROM found WHERE mailbox = ?", mailbox)

    def forget_reading(self, mailbox: str) -> None:
        """Remove how far this mailbox was read, whether it could be, and what its folders showed."""
        for table in ("folder", "hole", "sighting", "watch"):
            self._do(f"DELETE FROM {table} WHERE mailbox = ?", mailbox)  # noqa: S608 - the four names above
        self._do("DELETE FROM meta WHERE name = ?", f"{SEEN_SINCE}{mailbox}")

    def take_out(self, words: Sequence[str], message_ids: Collection[str]) -> None:
        """Take these words, the longer ones first, and these Message-IDs out of every alert that stays."""
        longest_first = sorted(words, key=len, reverse=True)
        for row in self._rows("SELECT key, content FROM alert"):
            alert = load(Alert, row["content"])
            evidence = tuple(one for one in alert.evidence if one not in message_ids)
            url = None if alert.url in longest_first else alert.url
            title, body = (_without(text, longest_first) for text in (alert.title, alert.body))
            blank = replace(alert, title=title, body=body, evidence=evidence, url=url)
            if blank != alert:
                self._do("UPDATE alert SET content = ? WHERE key = ?", dump(blank), row["key"])

    def overwrite(self) -> bool:
        """Write the database file anew, without the bytes of what was removed, and empty its log.

        False if another connection was at work for so long that it could not be done; it stays due then. Raises
        StoreError, and then too.
        """
        # What is freed inside a page or was moved by SQLite itself is in the file still; only a new file has none of
        # it. The copy that is made on the way stays in memory: no other file on the disk may hold mails.
        self._do("PRAGMA temp_store = MEMORY")
        try:
            self._do("VACUUM")
        except StoreError as error:
            if error.may_pass:
                return False
            raise
        if not self.empty_log():
            return False
        self._do("DELETE FROM meta WHERE name = ?", _DUE)
        return True

    # -- what there is of it

    def alerts_about(
        self, names: Collection[str], message_ids: Collection[str], beginnings: Sequence[str]
    ) -> list[str]:
        """The keys of the alerts of projects of these names, of those that rest on these mails alone and name no
        project, and of those whose key begins so.
        """
        found = []
        for row in self._rows("SELECT key, project, content FROM alert ORDER BY at, key"):
            evidence = load(Alert, row["content"]).evidence
            alone = row["project"] is None and evidence and all(one in message_ids for one in evidence)
            if row["project"] in names or alone or row["key"].startswith(tuple(beginnings)):
                found.append(row["key"])
        return found

    def sent_and_waiting(self, keys: Collection[str]) -> tuple[int, int]:
        """How many of these alerts were to be sent, and how many of their deliveries wait."""
        wanted = json.dumps(sorted(keys))
        row = self._rows(
            "SELECT (SELECT count(*) FROM alert WHERE muted = 0 AND key IN (SELECT value FROM json_each(?1))) AS told,"
            " (SELECT count(*) FROM delivery WHERE state = 'waiting'"
            "  AND alert IN (SELECT value FROM json_each(?1))) AS waiting",
            wanted,
        )[0]
        return row["told"], row["waiting"]

    def found_only_in(self, mailbox: str) -> list[StoredMail]:
        """The mails that were found in this mailbox and in no other."""
        rows = self._rows(
            "SELECT * FROM mail WHERE id IN (SELECT mail FROM found WHERE mailbox = ?)"
            " AND id NOT IN (SELECT mail FROM found WHERE mailbox <> ?) ORDER BY sent_at, id",
            mailbox,
            mailbox,
        )
        return [self._mail(row) for row in rows]

    def found_with_others(self, mailbox: str) -> int:
        """How many mails were found in this mailbox and in another one too."""
        rows = self._rows("SELECT count(*) FROM found WHERE mailbox = ?", mailbox)
        return int(rows[0][0]) - len(self.found_only_in(mailbox))

    def found_nowhere(self) -> int:
        """Of how many mails it is not known where they were found: from a file, or kept by an earlier version."""
        return int(self._rows("SELECT count(*) FROM mail WHERE id NOT IN (SELECT mail FROM found)")[0][0])

    def mailboxes(self) -> list[str]:
        """The mailboxes of which anything is kept."""
        tables = ("found", "folder", "hole", "sighting", "watch")
        rows = self._rows(" UNION ".join(f"SELECT mailbox FROM {table}" for table in tables))  # noqa: S608 - see above
        return sorted(row["mailbox"] for row in rows)


def _mark(key: str, identity: str) -> bytes:
    return hashlib.blake2b(identity.encode(), key=bytes.fromhex(key), digest_size=_MARK_BYTES).digest()


def _without(text: str, words: Sequence[str]) -> str:
    for word in words:
        text = text.replace(word, "…")
    return text
