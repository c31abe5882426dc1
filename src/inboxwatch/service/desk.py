"""Where the threads hand in their work: one writer does it all, and each call returns when it is done."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Protocol, TypeVar

from inboxwatch.mail.model import Proof
from inboxwatch.service.readers import Found
from inboxwatch.service.watcher import Stopped
from inboxwatch.store.model import FolderState

T = TypeVar("T")


class Writer(Protocol):
    """Who does the work: the one thread that writes to the store."""

    def keep(self, found: Found) -> None: ...
    def folder(self, mailbox: str, folder: str) -> FolderState | None: ...
    def opened(self, mailbox: str) -> None: ...
    def read(self, mailbox: str, read_at: datetime, folders: set[str]) -> None: ...
    def failed(self, mailbox: str, error: Exception) -> None: ...
    def to_prove(self) -> list[tuple[str, bytes]]: ...
    def prove(self, identity: str, proof: Proof | None) -> None: ...


class Desk:
    """Where the threads hand in their work: each call waits until the writer has done it."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        # Bounded, so that a fast server cannot fill the memory of a slow disk.
        self._calls: queue.Queue[tuple[Callable[[], Any], Future[Any]]] = queue.Queue(maxsize=16)
        self._closed = threading.Event()

    def keep(self, found: Found) -> None:
        """Keep one batch; in the store when this returns."""
        self._hand_in(lambda: self._writer.keep(found))

    def folder(self, mailbox: str, folder: str) -> FolderState | None:
        """How far a folder has been read."""
        return self._hand_in(lambda: self._writer.folder(mailbox, folder))

    def opened(self, mailbox: str) -> None:
        """A mailbox has let us in."""
        self._hand_in(lambda: self._writer.opened(mailbox))

    def read(self, mailbox: str, read_at: datetime, folders: set[str]) -> None:
        """A mailbox has been read completely, in all these folders."""
        self._hand_in(lambda: self._writer.read(mailbox, read_at, folders))

    def failed(self, mailbox: str, error: Exception) -> None:
        """A mailbox could not be read."""
        self._hand_in(lambda: self._writer.failed(mailbox, error))

    def to_prove(self) -> list[tuple[str, bytes]]:
        """The kept mails whose signatures are to be looked at once more: identity and bytes."""
        return self._hand_in(self._writer.to_prove)

    def prove(self, identity: str, proof: Proof | None) -> None:
        """Keep what the signatures of a kept mail showed."""
        self._hand_in(lambda: self._writer.prove(identity, proof))

    def serve(self, seconds: float) -> None:
        """The writer's side: do what is handed in, waiting at most so long for the first of it.

        Nor is anything more begun after that time: many mailboxes with much to bring must not keep it from deciding.
        """
        until = time.monotonic() + seconds
        try:
            call, done = self._calls.get(timeout=seconds)
        except queue.Empty:
            return
        while True:
            _settle(call, done)
            if time.monotonic() >= until:
                return
            try:
                call, done = self._calls.get_nowait()
            except queue.Empty:
                return

    def close(self) -> None:
        """Take nothing more; what waits is told that the service has stopped."""
        self._closed.set()
        while True:
            try:
                _, done = self._calls.get_nowait()
            except queue.Empty:
                return
            done.set_exception(Stopped())

    def _hand_in(self, call: Callable[[], T]) -> T:
        done: Future[T] = Future()
        while not self._closed.is_set():
            try:
                self._calls.put((call, done), timeout=1.0)
                break
            except queue.Full:
                continue
        while True:
            try:
                return done.result(timeout=1.0)
            except TimeoutError:
                if self._closed.is_set() and not done.done():
                    raise Stopped from None


def _settle(call: Callable[[], Any], done: Future[Any]) -> None:
    try:
        done.set_result(call())
    except BaseException as error:  # noqa: BLE001 - handed over to the thread that asked, which records it
        done.set_exception(error)
