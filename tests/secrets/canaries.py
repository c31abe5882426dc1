"""Secrets that were planted, each known by its own beginning, and the search for them in whatever was written."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Enough of one to be sure, also where only a part of it shows.
_BEGINNING = 12


class Canaries:
    """Gives out secrets by the place in which each stands, and finds them again."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def __call__(self, place: str) -> str:
        """The secret of this place: letters and digits alone, so that nothing has to quote it."""
        number = len(self._given) + 1
        return self._given.setdefault(place, f"kanaria{number:02d}xyz{number * 7919:06d}")

    def found(self, written: bytes, *, but: tuple[str, ...] = ()) -> list[str]:
        """The places whose secret stands here: as it is, from its beginning on, or in base64."""
        return [
            place
            for place, secret in self._given.items()
            if place not in but and any(form in written for form in _forms(secret))
        ]


def _forms(secret: str) -> Iterator[bytes]:
    yield secret[:_BEGINNING].encode()
    for shift in range(3):
        # Without the signs to which what stands before and behind it contributes.
        whole = base64.b64encode(b"\0" * shift + secret.encode())
        yield whole[4 if shift else 0 : -4]


def bytes_of(folder: Path) -> bytes:
    """Everything in the files of a folder, their names included."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return b"\n".join([str(file).encode() + file.read_bytes() for file in files])


@contextmanager
def watched_children(of: int) -> Iterator[dict[str, set[bytes]]]:
    """What stands in `cmdline` and `environ` of every process that descends from this one, while the block runs."""
    seen: dict[str, set[bytes]] = {"cmdline": set(), "environ": set()}
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            for process in _descendants(of):
                for name, found in seen.items():
                    try:
                        found.add((process / name).read_bytes())
                    except OSError:
                        continue
            time.sleep(0.05)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join(5)


def _descendants(of: int) -> list[Path]:
    parents: dict[int, int] = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                parents[int(process.name)] = int((process / "stat").read_text().rpartition(") ")[2].split()[1])
            except (OSError, IndexError):
                continue
    found = {of}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return [Path("/proc") / str(one) for one in found - {of}]
