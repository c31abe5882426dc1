"""The thread that watches one mailbox: connect, read, wait, and begin again whatever happens."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Literal, Protocol

from inboxwatch.config.credentials import CredentialError
from inboxwatch.mail.model import Proof
from inboxwatch.mailbox.errors import LoginRefused, MailboxError, NotNow, PartlyRead, PermissionNeeded
from inboxwatch.service.readers import Found, Reader
from inboxwatch.store.model import FolderState, StoreError

FIRST_DELAY = 2.0
LONGEST_DELAY = 300.0
#: Accounts get locked: a refused login is tried again slowly.
FIRST_DELAY_AFTER_REFUSAL = 60.0
LONGEST_DELAY_AFTER_REFUSAL = 1800.0

#: Too many connections, a throttled account: asking on makes it worse.
FIRST_DELAY_AFTER_NOT_NOW = 30.0
LONGEST_DELAY_AFTER_NOT_NOW = 600.0
#: A connection over which all was read is proven only by lasting so long: some are cut again and again as soon as made.
LASTING = 30.0
#: News that brings nothing, again and again at once: after so many, the next is waited for ever longer, up to this.
EMPTY_NEWS = 5
LONGEST_DELAY_AFTER_EMPTY_NEWS = 10.0

#: In a long wait it is looked so often whether she has given permission anew.
LOOK_EVERY = 5.0
#: IDLE is re-issued at least so often, for a connection can die without a word.
LONGEST_WAIT = 120.0

#: What a failure is to the watcher: nobody there, not at present, or a login that is refused.
Patience = Literal["away", "not now", "refused"]

_log = logging.getLogger(__name__)


class Desk(Protocol):
    """Where a watcher hands in its work; each call is done by the one writer, and returns when it is done."""

    def keep(self, found: Found) -> None: ...
    def folder(self, mailbox: str, folder: str) -> FolderState | None: ...
    def opened(self, mailbox: str) -> None: ...
    def read(self, mailbox: str, read_at: datetime, folders: set[str]) -> None: ...
    def failed(self, mailbox: str, error: Exception) -> None: ...

    def to_prove(self) -> list[tuple[str, bytes]]:
        """The kept mails whose signatures are to be looked at once more: identity and bytes."""

    def prove(self, identity: str, proof: Proof | None) -> None:
        """Keep what the signatures of a kept mail showed."""


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
        # Each kind of failure has its own patience, and all but the last are ended by what is read.
        self._failures: dict[Patience, int] = {}
        self._cut_short = 0
        self._read_whole_at: float | None = None
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
                self._close()

    def _close(self) -> None:
        try:
            self._reader.close()
        except Exception:  # noqa: BLE001 - the loop cannot raise, and what cannot be closed is let go of
            _log.exception("%s: unexpected fault while closing the connection", self.name)

    def _session(self) -> None:
        """One connection, until it ends or the service does."""
        self._read_whole_at = None
        self._reader.open()
        if not self._failures:  # a login alone is no progress: the mails may be out of reach all the same
            self._desk.opened(self.name)
        empty = 0
        while not self._stopping.is_set():
            brought = self._read()
            self._read_whole_at = self._read_whole_at or time.monotonic()
            self.progress_at = time.monotonic()
            if empty >= EMPTY_NEWS and not brought:
                self._pause(min(0.5 * 2 ** (empty - EMPTY_NEWS), LONGEST_DELAY_AFTER_EMPTY_NEWS, self._poll))
            seconds, begun = min(self._poll, LONGEST_WAIT), time.monotonic()
            self._reader.wait(seconds, self._wake_out)
            at_once = time.monotonic() - begun < min(seconds, 1.0) / 2
            empty = min(empty + 1, 20) if at_once and not brought else 0

    def _read(self) -> bool:
        """All that is new; did it bring any? A folder that cannot be read is told, and the others are gone on with."""
        read: dict[str, datetime] = {}
        brought: list[Found] = []

        def keep(found: Found) -> None:
            self._desk.keep(found)
            self.progress_at = time.monotonic()
            if found.batch.brought and not found.again:
                brought.append(found)
                self._failures.clear()
                self._cut_short = 0
            if found.batch.complete and not found.again:
                read[found.folder] = found.batch.read_at

        try:
            self._reader.read(lambda folder: self._desk.folder(self.name, folder), keep)
        except PartlyRead as partly:
            if partly.contact:
                self._failures.clear()
                self._desk.failed(self.name, partly)
                return bool(brought)
            if self._unread != str(partly):
                _log.warning("%s: %s", self.name, partly)
            self._unread = str(partly)
        else:
            self._unread = ""
        self._failures.clear()
        if read:
            self._desk.read(self.name, min(read.values()), set(read))
        self._prove_again()
        return bool(brought)

    def _prove_again(self) -> None:
        """Mails whose keys could not be had when they came; whichever mailbox they are of, for there are few."""
        for identity, raw in self._desk.to_prove():
            self._desk.prove(identity, self._reader.proof(raw))
            self.progress_at = time.monotonic()

    def _fail(self, error: Exception) -> None:
        pause = self._patience(error)
        self.progress_at = time.monotonic()
        try:
            self._desk.failed(self.name, error)
        except Stopped:
            return
        except Exception:  # noqa: BLE001 - the loop cannot raise, least of all when the disk is full
            _log.exception("%s: the failure could not be noted", self.name)
        self._pause(pause, error.given_anew if isinstance(error, PermissionNeeded) else lambda: False)

    def _patience(self, error: Exception) -> float:
        """How long to wait after this failure, in seconds."""
        kind = _patience_with(error)
        if self._read_whole_at is not None and kind == "away":
            # All has been read, so it is as good as polling; but a line that is cut each time must not be hurried.
            lasted = time.monotonic() - self._read_whole_at >= LASTING
            self._cut_short = 1 if lasted else self._cut_short + 1
            return min(delay(self._cut_short, "away"), max(self._poll, FIRST_DELAY))
        # After a night without a network the first refusal waits a minute and no more; but refusals with other
        # failures between them are still refusals.
        if kind != "away":
            self._failures.pop("away", None)
        self._failures[kind] = self._failures.get(kind, 0) + 1
        return delay(self._failures[kind], kind)

    def _pause(self, seconds: float, over: Callable[[], bool] = lambda: False) -> None:
        """Wait so long, or until it is found that the cause is over; that is looked at now and then."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stopping.wait(min(left, LOOK_EVERY)):
            self.progress_at = time.monotonic()
            if over():
                return


def _patience_with(error: Exception) -> Patience:
    if isinstance(error, LoginRefused):
        return "refused"
    return "not now" if isinstance(error, NotNow) else "away"


def delay(failures: int, kind: Patience) -> float:
    """Seconds to wait after so many failures of a kind: doubling, with jitter, up to a cap."""
    first, longest = {
        "away": (FIRST_DELAY, LONGEST_DELAY),
        "not now": (FIRST_DELAY_AFTER_NOT_NOW, LONGEST_DELAY_AFTER_NOT_NOW),
        "refused": (FIRST_DELAY_AFTER_REFUSAL, LONGEST_DELAY_AFTER_REFUSAL),
    }[kind]
    exponent = min(failures - 1, 20)
    return float(min(first * 2**exponent, longest) * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, no secret
