"""`schema`: what a configuration may say, for editors."""

from __future__ import annotations

import argparse

from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.config import json_schema
from inboxwatch.views.output import write_document


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Print the JSON Schema."""
    write_document(json_schema())
    return 0
