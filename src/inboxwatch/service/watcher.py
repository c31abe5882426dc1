"""The thread that watches one mailbox: connect, read, wait, and begin again whatever happens."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import threading
import time
from datetime import datetime
from typing import Protocol

from inboxwatch.config.credentials import CredentialError
from inboxwatch.mailbox.errors import LoginRefused, MailboxError, PartlyRead
from inboxwatch.service.readers import Found, Reader
from inboxwatch.store.model import FolderState, StoreError

FIRST_DELAY = 2.0
LONGEST_DELAY = 300.0
#: Accounts get locked: a refused login is tried again slowly.
FIRST_DELAY_AFTER_REFUSAL = 60.0
LONGEST_DELAY_AFTER_REFUSAL = 1800.0

#: IDLE is re-issued at least so often, for a connection can die without a word.
LONGEST_WAIT = 120.0

_log = logging.getLogger(__name__)


class Desk(Protocol):
    """Where a watcher hands in its work; each call is done by the one writer, and returns when it is done."""

    def keep(self, found: Found) -> None: ...
    def folder(self, mailbox: str, folder: str) -> FolderState | None: ...
    def opened(self, mailbox: str) -> None: ...
    def read(self, mailbox: str, read_at: datetime, folders: set[str]) -> None: ...
    def failed(self, mailbox: str, error: Exception) -> None: ...


class Stopped(Exception):
    """The service is going; whatever was under way is left where it is safe."""


class Watcher:
    """Watches one mailbox in a thread of its own. Its loop cannot raise."""

    def __init__(self, reader: Reader, desk: Desk, poll: float) -> None:
        self.name = reader.name
        self._reader = reader
        self._desk = desk
        self._poll = poll
        self._stopping = threading.Event()
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_in, False)
        self._failures = 0
        self._refused = False
        self._unread = ""
        #: When the loop last came round (monotonic seconds): read, waited, or failed and said so.
        self.progress_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"mailbox {self.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Read now instead of waiting on."""
        # A full pipe has wakes enough in it; a closed one belongs to a watcher that has ended.
        with contextlib.suppress(BlockingIOError, OSError):
            os.write(self._wake_in, b".")

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stopping.set()
        self.wake()

    def ended(self, seconds: float) -> bool:
        """Wait at most so long for the thread's end; has it come? The pipe is closed with it."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            return False
        os.close(self._wake_in)
        os.close(self._wake_out)
        return True

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._session()
            except Stopped:
                break
            except (MailboxError, CredentialError, StoreError) as error:
                self._fail(error)
            except Exception as error:  # noqa: BLE001 - the loop cannot raise: a dead thread would be a silent stop
                _log.exception("%s: unexpected fault while reading", self.name)
                self._fail(error)
            finally:
                self._reader.close()

    def _session(self) -> None:
        """One connection, until it ends or the service does."""
        self._reader.open()
        if not self._failures:  # a login alone is no progress: the mails may be out of reach all the same
            self._desk.opened(self.name)
        while not self._stopping.is_set():
            self._read()
            self.progress_at = time.monotonic()
            self._reader.wait(min(self._poll, LONGEST_WAIT), self._wake_out)

    def _read(self) -> None:
        """All that is new. A folder that cannot be read is told, and the connection goes on with the others."""
        read: dict[str, datetime] = {}

        def keep(found: Found) -> None:
            self._desk.keep(found)
            self.progress_at = time.monotonic()
            if found.batch.brought and not found.again:
                self._failures = 0
            if found.batch.complete and not found.again:
                read[found.folder] = found.batch.read_at

        try:
            self._reader.read(lambda folder: self._desk.folder(self.name, folder), keep)
        except PartlyRead as partly:
            if partly.contact:
                self._failures = 0
                self._desk.failed(self.name, partly)
                return
            if self._unread != str(partly):
                _log.warning("%s: %s", self.name, partly)
            self._unread = str(partly)
        else:
            self._unread = ""
        self._failures = 0
        if read:
            self._desk.read(self.name, min(read.values()), set(read))

    def _fail(self, error: Exception) -> None:
        refused = isinstance(error, LoginRefused)
        # Each kind has its own patience: after a night without a network the first refusal waits a minute, no more.
        self._failures = self._failures + 1 if refused == self._refused or not self._failures else 1
        self._refused = refused
        self.progress_at = time.monotonic()
        try:
            self._desk.failed(self.name, error)
        except Stopped:
            return
        except Exception:  # noqa: BLE001 - the loop cannot raise, least of all when the disk is full
            _log.exception("%s: the failure could not be noted", self.name)
        self._pause(delay(self._failures, refused=self._refused))

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stopping.wait(min(left, 10.0)):
            self.progress_at = time.monotonic()


def delay(failures: int, *, refused: bool) -> float:
    """Seconds to wait after so many failures in a row: doubling, with jitter, up to a cap."""
    first, longest = (
        (FIRST_DELAY_AFTER_REFUSAL, LONGEST_DELAY_AFTER_REFUSAL) if refused else (FIRST_DELAY, LONGEST_DELAY)
    )
    exponent = min(failures - 1, 20)
    return float(min(first * 2**exponent, longest) * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, no secret
