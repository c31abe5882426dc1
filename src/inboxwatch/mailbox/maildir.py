"""Maildir folders on disk: which there are, what lies in them, and watching one like an IMAP account."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from imapclient.imap_utf7 import decode as decode_folder_name

from inboxwatch.mail.model import RawMail
from inboxwatch.mailbox.errors import Unreachable
from inboxwatch.mailbox.folders import Folder, role_of_name
from inboxwatch.mailbox.progress import Batch, Fetched, Progress, Unfetchable
from inboxwatch.mailbox.reading import BODY_BATCH, BODY_BYTES, HEADER_BATCH, LARGEST_WHOLE, Wanted

log = logging.getLogger(__name__)

HEADER_LIMIT = 256 * 1024

# Seconds in a file name are believed between 1980 and 2100; other programs put other numbers there.
_SANE_SECONDS = range(315_532_800, 4_102_444_800)


def is_maildir(path: Path) -> bool:
    """Whether this folder is a Maildir: mails lie in its `cur` and `new`."""
    return (path / "cur").is_dir() and (path / "new").is_dir()


def subfolders(path: Path) -> list[Path]:
    """The Maildir++ folders (`.Name`) beside `cur` and `new`, sorted. Raises OSError."""
    return sorted(child for child in path.iterdir() if child.name.startswith(".") and is_maildir(child))


def entries(path: Path) -> list[Path]:
    """The files of the mails in one Maildir folder, sorted by name within `cur`, then `new`. Raises OSError."""
    return [
        file for part in ("cur", "new") for file in sorted((path / part).iterdir()) if not file.name.startswith(".")
    ]


def folder_of(path: Path, root: Path) -> Folder:
    """A Maildir folder by its readable name; `root` itself is INBOX, unless it is called Sent or Junk itself."""
    name = readable_name(path.name)
    role = role_of_name(name.rpartition(".")[2])
    if path == root:
        return Folder("INBOX", role if role in ("sent", "junk") else "inbox")
    return Folder(name, role)


def readable_name(name: str) -> str:
    """The name of a Maildir++ folder without its leading dot, decoded from modified UTF-7."""
    bare = name.removeprefix(".")
    try:
        return str(decode_folder_name(bare.encode("ascii")))
    except ValueError:  # raw UTF-8, as some programs write it, or not decodable
        return bare


def unique_part(name: str) -> str:
    """What stays of a mail's file name when its flags or its folder change."""
    return name.partition(":")[0]


def received_at(path: Path) -> datetime:
    """The arrival (UTC): the seconds that begin the file name where sane, else the file's time. Raises OSError."""
    digits = path.name.partition(".")[0]
    if digits.isascii() and digits.isdigit() and len(digits) < 12 and int(digits) in _SANE_SECONDS:
        return datetime.fromtimestamp(int(digits), UTC)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def read_mail(path: Path, *, in_sent: bool) -> RawMail:
    """One file as a mail, cut at the largest size that is read whole. Raises OSError."""
    with path.open("rb") as file:
        raw = file.read(LARGEST_WHOLE + 1)
    return RawMail(raw[:LARGEST_WHOLE], received_at(path), in_sent, len(raw) > LARGEST_WHOLE)


class WatchedMaildir:
    """One Maildir read again and again, like an `Account`. Nothing of it needs to be stored.

    What has been handed out is known by name for as long as the object lives. A new object hands out everything
    since `since` once more; the store knows those mails by their identity. A mail counts as handed out when the
    batch after it is asked for, that is when the caller has stored it.
    """

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self._known: set[str] = set()

    def folders(self) -> tuple[Folder, ...]:
        """INBOX (the Maildir itself) and its Maildir++ folders. Raises Unreachable when it is not there."""
        return tuple(folder_of(path, self.path) for path in self._paths())

    def read(self, *, wanted: Wanted, since: datetime | None, now: Callable[[], datetime]) -> Iterator[Batch]:
        """All mails not handed out yet that arrived since `since`, of all folders; the last batch is `complete`.

        `Progress` has the folder "*", UIDVALIDITY 0 and a plain count as UID. A file that cannot be read is
        Unfetchable. Raises Unreachable when the Maildir is not there or cannot be listed.
        """
        read_at = now()
        fetched: list[Fetched] = []
        unfetchable: list[Unfetchable] = []
        names: list[str] = []
        passed_over = size = number = 0

        def batch(complete: bool) -> Batch:
            progress = Progress(self.name, "*", 0, number)
            return Batch(tuple(fetched), tuple(unfetchable), passed_over, progress, read_at, complete)

        for folder, path in self._new_entries():
            if len(fetched) >= BODY_BATCH or size >= BODY_BYTES or len(names) >= HEADER_BATCH:
                yield batch(False)
                self._known.update(names)
                fetched, unfetchable, names, passed_over, size = [], [], [], 0, 0
            number += 1
            try:
                mail = _if_wanted(path, folder, wanted, since)
            except FileNotFoundError:
                continue  # moved or renamed at this moment: found under its new name the next time
            except OSError as error:
                name = f"{folder.name}/{unique_part(path.name)}"
                unfetchable.append(Unfetchable(number, f"{path} cannot be read ({error.strerror}).", name))
                mail = None
            else:
                passed_over += mail is None
            names.append(unique_part(path.name))
            if mail is not None:
                fetched.append(Fetched(number, mail))
                size += len(mail.raw)
        yield batch(True)
        self._known.update(names)

    def _paths(self) -> list[Path]:
        if not is_maildir(self.path):
            raise Unreachable(f"{self.path} is not there or is no Maildir. Is the disk mounted, is `maildir:` right?")
        try:
            return [self.path, *subfolders(self.path)]
        except OSError as error:
            raise Unreachable(f"{self.path} cannot be listed ({error.strerror}).") from error

    def _new_entries(self) -> list[tuple[Folder, Path]]:
        new: list[tuple[Folder, Path]] = []
        for place in self._paths():
            try:
                paths = entries(place)
            except OSError as error:
                raise Unreachable(f"{place} cannot be listed ({error.strerror}).") from error
            folder = folder_of(place, self.path)
            new += [(folder, path) for path in paths if unique_part(path.name) not in self._known]
        return new


def _if_wanted(path: Path, folder: Folder, wanted: Wanted, since: datetime | None) -> RawMail | None:
    if since is not None and received_at(path) < since:
        return None
    with path.open("rb") as file:
        beginning = file.read(HEADER_LIMIT)
    ends = [end for end in (beginning.find(b"\n\n"), beginning.find(b"\n\r\n")) if end >= 0]
    headers = beginning[: min(ends) + 1] if ends else beginning
    return read_mail(path, in_sent=folder.role == "sent") if _is_wanted(path, headers, folder, wanted) else None


def _is_wanted(path: Path, headers: bytes, folder: Folder, wanted: Wanted) -> bool:
    try:
        return wanted(headers, folder)
    except Exception as error:  # noqa: BLE001  one mail must not stop the folder: the parser will quarantine it
        # Not the error's own words: they may quote the mail.
        log.warning("%s is read, its headers could not be judged (%s)", path, type(error).__name__)
        return True
