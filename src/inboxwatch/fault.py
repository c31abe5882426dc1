"""A fault in inboxwatch itself, as it may be written down: its type and place, never its words."""

from __future__ import annotations

import traceback
from pathlib import PurePath


def described(error: Exception) -> str:
    """Say where which error happened. An error's own words may quote a mail and are left out."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"a fault in inboxwatch: {type(error).__name__}{where}"
