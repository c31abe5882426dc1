"""Puts the pack's files into a folder of its own, with their checksums: all of them, or nothing under that name."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

SUMS = "SHA256SUMS"

_PLAINLY = {
    errno.ENOSPC: "the disk is full; make room, or name a folder on another disk",
    errno.EDQUOT: "your share of the disk is used up; make room, or name a folder on another disk",
    errno.EROFS: "it lies on a disk that cannot be written; name a folder elsewhere",
    errno.EACCES: "permission denied; name a folder in a place of your own",
    errno.EPERM: "permission denied; name a folder in a place of your own",
    errno.ENAMETOOLONG: "the name is too long; name a shorter one",
    errno.ENOTDIR: "a part of it is a file; name a folder elsewhere",
    errno.EBUSY: "it is in use by the system; name a new folder inside it",
}


class NoFolder(Exception):
    """The pack cannot be put there; the text is a sentence that says why, and what would help."""


def write_folder(folder: Path, files: Iterable[tuple[str, bytes]]) -> Path:
    """Write these files (name below the folder, content) and their sums; return the folder's full path.

    The folder must not exist or be empty. It is 0700, what is in it 0600. All is written beside it first and renamed
    at the end, so that a crash leaves nothing under its name. Raises NoFolder.
    """
    try:
        target = folder.absolute()
        _refuse_what_is_there(target)
        target = target.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".inboxwatch-", dir=target.parent))
        try:
            _write_all(draft, files)
            os.sync()  # once for all of them: what is renamed must be on the disk
            draft.rename(target)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    except OSError as error:
        raise NoFolder(_sentence(folder, error)) from None
    return target


def _refuse_what_is_there(target: Path) -> None:
    if target.is_symlink() and not target.exists():
        raise NoFolder(f"{target} is a link that leads nowhere; name a new folder")
    if target.parent.exists() and not target.parent.is_dir():
        raise NoFolder(f"{target.parent} is a file; name a folder elsewhere")
    if not target.exists():
        return
    if not target.is_dir():
        raise NoFolder(f"{target} is a file; name a new folder")
    if any(target.iterdir()):
        raise NoFolder(f"{target} is not empty; name a new folder, so that nothing in it is overwritten")
    if target.samefile(Path.cwd()):
        raise NoFolder(f"{target} is the folder you are in; name a new folder inside it, for instance {target}/pack")


def _write_all(draft: Path, files: Iterable[tuple[str, bytes]]) -> None:
    sums: dict[str, str] = {}
    for name, content in files:
        _write(draft / name, content)
        sums[name] = hashlib.sha256(content).hexdigest()
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    _write(draft / SUMS, lines.encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _sentence(folder: Path, error: OSError) -> str:
    if error.errno == errno.ENOTEMPTY:
        return f"{folder} is not empty; name a new folder, so that nothing in it is overwritten"
    cause = _PLAINLY.get(error.errno or 0) or f"{error.strerror or type(error).__name__}; name a folder elsewhere"
    return f"the evidence pack cannot be put into {folder}: {cause}"
