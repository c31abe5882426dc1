"""The mails of an mbox file, one after the other, without ever holding more than one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

LONGEST_READ = 64 * 1024

# A separator has the time of delivery or nothing behind the sender; "From here on we ..." in a text is none.
_SEPARATOR = re.compile(rb"From (?:\S*\s*$|.*\d\d?:\d\d)")
_QUOTED = re.compile(rb">+From ")


def mails_of(file: BinaryIO, limit: int) -> Iterator[tuple[bytes, bool]]:
    """Each mail of an mbox that is read from its start, and whether it was cut at `limit` bytes.

    A separator begins with "From " at the start of the file or behind an empty line. `>From ` is unquoted as in mboxrd.
    Line ends stay as they are; the empty line before a separator belongs to the mbox and is left out.
    """
    parts: list[bytes] = []
    size = 0
    started = False
    after_empty = at_line_start = True
    while line := file.readline(LONGEST_READ):
        if at_line_start and after_empty and _is_separator(line, first=not started):
            if started:
                yield _whole(parts, limit), size > limit
            parts, size, started = [], 0, True
            after_empty = False
        else:
            if at_line_start and _QUOTED.match(line):
                line = line[1:]
            if size <= limit:  # what lies beyond is read over, not kept
                parts.append(line)
            size += len(line)
            after_empty = at_line_start and line in (b"\n", b"\r\n")
        at_line_start = line.endswith(b"\n")
    if started:
        yield _whole(parts, limit), size > limit


def _is_separator(line: bytes, *, first: bool) -> bool:
    return line.startswith(b"From ") and (first or _SEPARATOR.match(line) is not None)


def _whole(parts: list[bytes], limit: int) -> bytes:
    if parts and parts[-1] in (b"\n", b"\r\n") and len(parts) > 1 and parts[-2].endswith(b"\n"):
        parts = parts[:-1]
    return b"".join(parts)[:limit]
