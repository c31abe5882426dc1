"""One reader of the mailboxes at a time on one state folder."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from inboxwatch.store.model import StoreError

#: A look at who holds the lock takes it for an instant, which must not keep a daemon from starting.
_TRIES = 5
_BETWEEN_TRIES = 0.1


class LockError(Exception):
    """Another inboxwatch is running on the same state; the text names it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock: its process (0: not known), the machine if it is another one, and since when (UTC)."""

    pid: int
    machine: str
    since: datetime


@contextmanager
def held(folder: Path, zone: ZoneInfo | None = None) -> Iterator[None]:
    """Hold the lock of this state folder; the kernel lets go of it when the process ends, however it ends.

    Raises LockError at once if another process holds it, saying since when in `zone` (default UTC), and StoreError
    where the folder cannot be used.
    """
    descriptor = _opened(folder)
    try:
        if not _taken(descriptor, folder):
            other = _read(descriptor)
            place = f" on the machine {other.machine}" if other.machine else ""
            since = other.since.astimezone(zone or UTC)
            raise LockError(
                f"inboxwatch is already running on {folder} (process {other.pid or 'unknown'}{place}, "
                f"since {since:%Y-%m-%d %H:%M %Z}); stop it first, or name another `state:`"
            )
        # The time of this writing is since when it is held.
        name = f"{os.getpid()}\n{socket.gethostname()}\n".encode("ascii", "replace")
        os.pwrite(descriptor, name, 0)  # before it is cut, so that it is at no instant empty
        os.ftruncate(descriptor, len(name))
        yield
    finally:
        os.close(descriptor)


def holder(folder: Path) -> Holder | None:
    """Who holds the lock of this state folder; None if nobody does.

    Makes nothing, and needs no right but to read.
    """
    try:
        descriptor = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None  # no daemon was ever here, or it is none of this user's business
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    except OSError:
        return None  # where nothing can be locked no daemon runs
    else:
        return None
    finally:
        os.close(descriptor)


def _taken(descriptor: int, folder: Path) -> bool:
    for again in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if again < _TRIES - 1:
                time.sleep(_BETWEEN_TRIES)
        except OSError as error:  # some network drives know no locks, and two daemons there would tell all twice
            raise StoreError(
                f"{folder} cannot be locked: {error.strerror}; name a folder on a disk of this machine under `state:`"
            ) from None
        else:
            return True
    return False


def _read(descriptor: int) -> Holder:
    number, machine = [*os.pread(descriptor, 512, 0).decode("ascii", "replace").split("\n"), "", ""][:2]
    pid = int(number) if number.isascii() and number.isdigit() else 0
    since = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC)
    return Holder(pid, "" if machine == socket.gethostname() else machine.strip(), since)


def _opened(folder: Path) -> int:
    """The lock file's descriptor. Raises StoreError where the state folder cannot be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except (FileExistsError, NotADirectoryError):
        raise StoreError(f"{folder} is not a folder; name a folder for the database under `state:`") from None
    except OSError as error:
        remedy = (
            "" if error.errno in (errno.EROFS, errno.ENOSPC) else "; it must belong to the user who runs inboxwatch"
        )
        raise StoreError(
            f"{folder} cannot be written: {error.strerror}{remedy}",
            may_pass=error.errno == errno.ENOSPC,
        ) from None
