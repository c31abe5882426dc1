"""Writes one entry to the systemd journal in its native protocol, or a prefixed line to standard error."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from inboxwatch.alerts.clean import one_line

JOURNAL_SOCKET = Path("/run/systemd/journal/socket")

# A datagram must fit the socket's send buffer (about 200 kB by default); no alert comes near it.
_LONGEST_VALUE = 16_000


def as_datagram(fields: Mapping[str, str]) -> bytes:
    """Given the fields of one entry, return them in the journal's native protocol.

    A value with a line feed is framed by its length (64 bits, little endian), so that no value can forge a field.
    https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
    """
    parts = []
    for name, value in fields.items():
        key, content = name.encode("ascii"), value[:_LONGEST_VALUE].encode("utf-8", "replace")
        if b"\n" in content:
            parts.append(key + b"\n" + len(content).to_bytes(8, "little") + content + b"\n")
        else:
            parts.append(key + b"=" + content + b"\n")
    return b"".join(parts)


def write_to_journal(fields: Mapping[str, str], journal: Path, seconds: float) -> None:
    """Write one entry, of which `MESSAGE` and `PRIORITY` are required, to the socket `journal`.

    Where nobody listens there, one line `<PRIORITY>MESSAGE` goes to standard error, which systemd reads the same way.
    Raises OSError when neither takes it within `seconds`.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(seconds)
            sender.connect(str(journal))
            sender.send(as_datagram(fields))
    except (FileNotFoundError, ConnectionRefusedError):
        line = one_line(fields["MESSAGE"].replace("\n", " / "), _LONGEST_VALUE)
        sys.stderr.write(f"<{fields['PRIORITY']}>{line}\n")
        sys.stderr.flush()
