"""`check`: the truth about configuration, profiles, state, mailboxes and targets."""

from __future__ import annotations

import argparse
import sys

from inboxwatch.app import App
from inboxwatch.checking import findings
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.views.output import write

_FAILED, _BAD_CONFIGURATION = 1, 78


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Print a line for each thing as it is found; return 0 only if all hold, 78 if the configuration must change."""
    app = App.of(here.config(), here.environ)
    good, bad = _marks()
    failed = []
    for found in findings(app, here.now, send=arguments.send_test):
        write(f"{good if found.holds else bad} {found.sentence}")
        sys.stdout.flush()  # a server may take its time: what is known already is shown
        if not found.holds:
            failed.append(found)
    write(app.wording.say("check.bad", n=len(failed)) if failed else app.wording.say("check.good"))
    if any(found.configuration for found in failed):
        return _BAD_CONFIGURATION
    return _FAILED if failed else 0


def _marks() -> tuple[str, str]:
    """Signs for what holds and what does not, that the terminal can show."""
    try:
        "✓✗".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return "ok ", "BAD"
    return "✓", "✗"
