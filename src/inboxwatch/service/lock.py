"""One reader of the mailboxes at a time on one state folder."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inboxwatch.store.model import StoreError

#: A look at who holds the lock takes it for an instant, which must not keep a daemon from starting.
_TRIES = 5
_BETWEEN_TRIES = 0.1


class LockError(Exception):
    """Another inboxwatch is running on the same state; the text names it."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of this state folder; the kernel lets go of it when the process ends, however it ends.

    Raises LockError at once if another process holds it, and StoreError where the folder cannot be used.
    """
    descriptor = _opened(folder)
    try:
        if not _taken(descriptor):
            other = _written(descriptor) or "unknown"
            raise LockError(
                f"inboxwatch is already running on {folder} (process {other}); stop it first, or name another `state:`"
            )
        name = f"{os.getpid()}\n".encode("ascii")
        os.pwrite(descriptor, name, 0)  # before it is cut, so that it is at no instant empty
        os.ftruncate(descriptor, len(name))
        yield
    finally:
        os.close(descriptor)


def holder(folder: Path) -> int | None:
    """The process that holds the lock of this state folder, 0 if its number cannot be had; None if nobody holds it.

    Makes nothing, and needs no right but to read.
    """
    try:
        descriptor = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None  # no daemon was ever here, or it is none of this user's business
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        number = _written(descriptor)
        return int(number) if number.isdigit() else 0
    else:
        return None
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    for again in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if again < _TRIES - 1:
                time.sleep(_BETWEEN_TRIES)
        else:
            return True
    return False


def _written(descriptor: int) -> str:
    return os.pread(descriptor, 32, 0).decode("ascii", "replace").partition("\n")[0].strip()


def _opened(folder: Path) -> int:
    """The lock file's descriptor. Raises StoreError where the state folder cannot be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except (FileExistsError, NotADirectoryError):
        raise StoreError(f"{folder} is not a folder; name a folder for the database under `state:`") from None
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be written: {error.strerror}; it must belong to the user who runs inboxwatch",
            may_pass=error.errno == errno.ENOSPC,
        ) from None
