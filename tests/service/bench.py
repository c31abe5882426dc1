"""One mailbox of an installation on the bench: the real watcher and reader, and a writer that keeps in the real store.

There is no deciding, and the test's own thread is the writer: it serves the desk until what it waits for has come.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from types import TracebackType

from inboxwatch.mail.model import Proof
from inboxwatch.service.desk import Desk
from inboxwatch.service.keeping import keep_found
from inboxwatch.service.readers import Found, Reader, reader_for
from inboxwatch.service.watcher import Watcher
from inboxwatch.store.model import FolderState, StoreError
from inboxwatch.store.sqlite import Store
from tests.service.house import House, now


class Bench:
    """`kept` are the batches, `failures` what the watcher said could not be done, `rounds` the complete reads."""

    def __init__(self, house: House, poll: float = 0.2, clock: Callable[[], datetime] = now) -> None:
        app = house.app()
        self.store = Store.open(house.folder / "state")
        self._pipeline = app.pipeline(self.store)
        self._clock = clock
        self.kept: list[Found] = []
        self.failures: list[Exception] = []
        self.rounds = 0
        self.openings = 0
        self.full = 0  # so many batches meet a full disk
        self._desk = Desk(self)  # type: ignore[arg-type]
        self.reader: Reader = reader_for(
            app.config.mailboxes[0], app.profiles, app.policy.known, clock, state=app.folder
        )
        self.watcher = Watcher(self.reader, self._desk, poll)

    def __enter__(self) -> Bench:
        self.watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.watcher.stop()
        self._desk.close()
        ended = self.watcher.ended(20)
        self.store.close()
        assert ended or kind, "the watcher did not end"

    def until(self, true: Callable[[], bool], seconds: float = 20.0) -> None:
        """Write what is handed in until this has come about."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"it did not come about in time; the failures: {self.failures[-2:]}"
            self._desk.serve(0.05)

    def subjects(self) -> list[str]:
        """The subjects of all mails that are kept, oldest first."""
        return [mail.subject for mail in self.store.stored_mails()]

    def fetched(self) -> int:
        """How many mails were fetched, those that came again included."""
        return sum(len(found.batch.fetched) for found in self.kept)

    # -- the writer's side of the desk

    def keep(self, found: Found) -> None:
        if self.full:
            self.full -= 1
            raise StoreError("the disk is full")
        keep_found(self._pipeline, found, self._clock(), history=not self.rounds)
        self.kept.append(found)

    def folder(self, mailbox: str, folder: str) -> FolderState | None:
        return self.store.folder(mailbox, folder)

    def to_prove(self) -> list[tuple[str, bytes]]:
        return self.store.mails_to_prove(self._clock())

    def prove(self, identity: str, proof: Proof | None) -> None:
        self._pipeline.prove(identity, proof, self._clock())

    def opened(self, mailbox: str) -> None:
        self.openings += 1

    def read(self, mailbox: str, read_at: datetime, folders: set[str]) -> None:
        self.rounds += 1

    def failed(self, mailbox: str, error: Exception) -> None:
        self.failures.append(error)
