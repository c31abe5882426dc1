"""`version`: which inboxwatch this is."""

from __future__ import annotations

import argparse

from inboxwatch import __version__
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.views.output import write


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Print name and version."""
    write(f"inboxwatch {__version__}")
    return 0
