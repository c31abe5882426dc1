"""Mails in files that the user names: .eml files, mbox files, Maildirs, and folders of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from inboxwatch.mail.model import RawMail
from inboxwatch.mailbox.folders import role_of_name
from inboxwatch.mailbox.maildir import entries, folder_of, is_maildir, read_mail, readable_name, subfolders
from inboxwatch.mailbox.mbox import mails_of
from inboxwatch.mailbox.reading import LARGEST_WHOLE

_MBOX_BEGINNING = b"From "
_MAIL_SUFFIXES = frozenset({".eml", ".mbox", ".mbx", ".mail"})

# Inside a folder other things lie beside the mails (expectations, indexes): only what begins like a mail is one there.
_NO_MAIL_SUFFIXES = frozenset({".yaml", ".yml", ".json", ".md", ".toml", ".py", ".html"})
_HEADER_LINE = re.compile(rb"(?:\xef\xbb\xbf)?[!-9;-~]+[ \t]*:|>?From ")


@dataclass(frozen=True, slots=True)
class FileMail:
    """One mail of a file, or why there is none. `name` is the path as it was given, joined with the name inside a
    folder; the n-th mail of an mbox has `:n` behind it."""

    name: str
    mail: RawMail | None
    error: str | None = None


def read_paths(paths: Sequence[Path]) -> Iterator[FileMail]:
    """All mails in these files and folders, in the order given and sorted by name within a folder.

    Never raises for what it finds: a path that is missing, cannot be read or holds no mail gives a FileMail with
    an error, and the rest is read. Files are not held open, and not more than one mail at a time is held.
    """
    for path in paths:
        try:
            found = _folder(path, in_sent=_called_sent(path)) if path.is_dir() else _file(path, _called_sent(path))
            nothing = True
            for mail in found:
                nothing = False
                yield mail
            if nothing:
                yield FileMail(str(path), None, "There is no mail in this folder.")
        except OSError as error:
            yield FileMail(str(path), None, _why(error))


def _folder(path: Path, *, in_sent: bool) -> Iterator[FileMail]:
    if is_maildir(path):
        yield from _maildir(path, in_sent)
        return
    for child in _children(path):
        if isinstance(child, FileMail):
            yield child
        elif child.is_dir():
            if not child.is_symlink():  # a link may lead back up
                yield from _folder(child, in_sent=in_sent or _called_sent(child))
        elif _looks_like_mail(child):
            yield from _file(child, in_sent or _called_sent(child))


def _maildir(root: Path, in_sent: bool) -> Iterator[FileMail]:
    try:
        places = [root, *subfolders(root)]
    except OSError as error:
        yield FileMail(str(root), None, _why(error))
        return
    for place in places:
        sent = in_sent or folder_of(place, root).role == "sent"
        try:
            files = entries(place)
        except OSError as error:
            yield FileMail(str(place), None, _why(error))
            continue
        for file in files:
            try:
                yield FileMail(str(file), read_mail(file, in_sent=sent))
            except OSError as error:
                yield FileMail(str(file), None, _why(error))


def _file(path: Path, in_sent: bool) -> Iterator[FileMail]:
    try:
        with path.open("rb") as file:
            # The file's own time is the only arrival that a plain file tells.
            arrival = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if file.peek(len(_MBOX_BEGINNING))[: len(_MBOX_BEGINNING)] == _MBOX_BEGINNING:
                for number, (raw, cut) in enumerate(mails_of(file, LARGEST_WHOLE), 1):
                    yield FileMail(f"{path}:{number}", RawMail(raw, arrival, in_sent, cut))
                return
            raw = file.read(LARGEST_WHOLE + 1)
    except OSError as error:
        yield FileMail(str(path), None, _why(error))
        return
    if not raw:
        yield FileMail(str(path), None, "The file is empty.")
        return
    yield FileMail(str(path), RawMail(raw[:LARGEST_WHOLE], arrival, in_sent, len(raw) > LARGEST_WHOLE))


def _children(path: Path) -> list[Path | FileMail]:
    try:
        # Hidden files are of the system or of a version control; Maildir++ folders are read with their Maildir.
        return [child for child in sorted(path.iterdir()) if not child.name.startswith(".")]
    except OSError as error:
        return [FileMail(str(path), None, _why(error))]


def _looks_like_mail(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix in _MAIL_SUFFIXES:
        return True
    if suffix in _NO_MAIL_SUFFIXES or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return _HEADER_LINE.match(file.read(1024)) is not None
    except OSError:
        return True  # `_file` will say why it cannot be read


def _called_sent(path: Path) -> bool:
    """Whether a folder or mbox is called Sent in some language; a single mail's name says nothing."""
    if path.suffix.lower() == ".eml":
        return False
    bare = path.name.removesuffix(".mbox")
    return "sent" in (role_of_name(bare), role_of_name(readable_name(bare).rpartition(".")[2]))


def _why(error: OSError) -> str:
    return f"It cannot be read: {error.strerror or type(error).__name__}."
