"""One reader of the mailboxes at a time on one state folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class LockError(Exception):
    """Another inboxwatch is running on the same state; the text names it."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of this state folder; the kernel lets go of it when the process ends, however it ends.

    Raises LockError at once if another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
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
