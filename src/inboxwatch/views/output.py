"""Writes the answer to standard output: text for people, JSON for programs."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from inboxwatch.alerts.as_json import json_text
from inboxwatch.alerts.clean import visible


def write(text: str) -> None:
    """Text for people, without what could lead a terminal astray."""
    sys.stdout.write(visible(text) + "\n")


def write_line(value: Any) -> None:
    """One JSON value on one line, in UTF-8 whatever the locale says."""
    _write_json(json_text(value))


def write_document(value: Any) -> None:
    """One JSON document, in UTF-8 whatever the locale says."""
    _write_json(json_text(value, indent=2))


def in_zone(instant: datetime | None, zone: ZoneInfo) -> str | None:
    """An aware instant as CONTRACT writes it: ISO 8601 to the second, with the offset of `zone`."""
    return None if instant is None else instant.astimezone(zone).isoformat(timespec="seconds")


def _write_json(text: str) -> None:
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout.write(text + "\n")
