"""The refresh token on the disk: a file of its own, hers alone, replaced whole, and renewed by one at a time."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inboxwatch.config.credentials import CredentialError, Secret
from inboxwatch.mailbox.errors import Unreachable
from inboxwatch.oauth.asking import SECONDS
from inboxwatch.oauth.provider import Client

#: In the state folder.
FOLDER = "logins"
#: Whoever renews asks once: connecting and answer.
_PATIENCE = 2 * SECONDS + 5.0
_BETWEEN_TRIES = 0.05


def place(state: Path, client: Client) -> Path:
    """Where the refresh token of this client for this account is kept: two mailboxes with one login share it."""
    account = "\0".join((client.provider.token_url, client.client_id, client.username))
    readable = re.sub(r"[^A-Za-z0-9@._-]", "_", client.username)[:60].lstrip(".") or "account"
    return state / FOLDER / f"{readable}-{hashlib.sha256(account.encode()).hexdigest()[:12]}"


def kept(state: Path) -> list[Path]:
    """Every refresh token that is kept in this state folder."""
    return sorted(path for path in (state / FOLDER).glob("*-*") if path.is_file() and not path.name.startswith("."))


def read(path: Path) -> str | None:
    """The refresh token; None where none is kept. Raises CredentialError when others could read it, too."""
    if not os.path.lexists(path):
        return None
    return Secret.from_file(path).reveal()


def write(path: Path, token: str) -> None:
    """Keep a refresh token: it is on the disk, and the old one gone, when this returns. Raises CredentialError.

    To be called by whoever is `alone`.
    """
    new = path.with_name(f".{path.name}.new")
    try:
        with contextlib.suppress(FileNotFoundError):
            new.unlink()  # left by one who was killed
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as file:
            file.write(f"{token}\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise _cannot_write(path.parent, error) from None


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """While entered, no other process or thread renews or keeps this token: two at once would each spoil the other's.

    Raises CredentialError when the folder cannot be used, Unreachable when another takes too long.
    """
    try:
        path.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _cannot_write(path.parent, error) from None
    try:
        _lock(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def stamp(path: Path) -> tuple[int, int]:
    """What changes when another token is kept here."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_ino, found.st_mtime_ns)


def _lock(descriptor: int, path: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise Unreachable("Another inboxwatch is renewing the same login and does not end. Stop it.") from None
            time.sleep(_BETWEEN_TRIES)
        except OSError as error:  # some network drives know no locks
            raise _cannot_write(path.parent, error) from None
        else:
            return


def _cannot_write(folder: Path, error: OSError) -> CredentialError:
    return CredentialError(
        f"{folder} cannot be written: {error.strerror}; the state folder must belong to the user who runs inboxwatch"
    )
