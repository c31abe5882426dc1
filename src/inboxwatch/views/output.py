"""Writes the answer to standard output: text for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from inboxwatch.mail.text import clean

#: JSON allows these as they are, but readers that go line by line take them for line ends.
_LINE_ENDS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def write(text: str) -> None:
    """Text for people, without what could lead a terminal astray."""
    sys.stdout.write(clean(text) + "\n")


def write_line(value: Any) -> None:
    """One JSON value on one line, in UTF-8 whatever the locale says."""
    _write_json(json.dumps(value, ensure_ascii=False))


def write_document(value: Any) -> None:
    """One JSON document, in UTF-8 whatever the locale says."""
    _write_json(json.dumps(value, ensure_ascii=False, indent=2))


def in_zone(instant: datetime | None, zone: ZoneInfo) -> str | None:
    """An aware instant as CONTRACT writes it: ISO 8601 to the second, with the offset of `zone`."""
    return None if instant is None else instant.astimezone(zone).isoformat(timespec="seconds")


def _write_json(text: str) -> None:
    for sign, escaped in _LINE_ENDS.items():
        text = text.replace(sign, escaped)
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        # Half a surrogate, as in a file name that is no UTF-8, becomes an escape that JSON knows.
        reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout.write(text + "\n")
