"""One reader of the mailboxes at a time on one state folder."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inboxwatch.store.model import StoreError


class LockError(Exception):
    """Another inboxwatch is running on the same state; the text names it."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of this state folder; the kernel lets go of it when the process ends, however it ends.

    Raises LockError at once if another process holds it, and StoreError where the folder cannot be used.
    """
    descriptor = _opened(folder)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            raise LockError(
                f"inboxwatch is already running on {folder} (process {other}); stop it first, or name another `state:`"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


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
