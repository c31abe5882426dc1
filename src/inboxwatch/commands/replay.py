"""`replay`: the alerts that mails of files would have caused, on a simulated clock."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from inboxwatch.alerts.as_json import alert_as_json
from inboxwatch.app import App
from inboxwatch.commands.common import instant_of, mails_of, simulated
from inboxwatch.commands.notes import Note, read_notes
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings, say
from inboxwatch.facts import FactError
from inboxwatch.replay import replay, understood
from inboxwatch.views.output import write, write_line
from inboxwatch.views.words import alert_paragraph

if TYPE_CHECKING:
    from inboxwatch.alerts.model import Alert
    from inboxwatch.kept import StoredMail
    from inboxwatch.mail.model import RawMail
    from inboxwatch.pipeline import Pipeline

_WRONG_USAGE = 2


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Print every alert at its instant; return 1 if any mail could not be read. Touches neither store nor targets."""
    app = App.of(here.config_if_any(), here.environ)
    zone = app.config.zone
    until = instant_of(arguments.until, zone, here.now())
    platforms = [profile.platform for profile in app.profiles]
    notes = read_notes(arguments.notes, zone, platforms) if arguments.notes else []
    failures: list[str] = []
    mails = _mails(app, arguments, failures)
    with simulated(app, arguments.language) as pipeline:
        for number, alert in enumerate(_alerts(pipeline, mails, notes, until)):
            if arguments.json:
                write_line(alert_as_json(alert, zone))
            else:
                write(("\n" if number else "") + alert_paragraph(alert, zone))
    return 1 if failures else 0


def _mails(app: App, arguments: argparse.Namespace, failures: list[str]) -> list[StoredMail]:
    """What is to be kept of the files' mails, each once; what cannot be read is told, and added to `failures`."""
    found: dict[str, StoredMail] = {}
    names: list[str] = []

    def read() -> Iterator[RawMail]:
        for name, raw in mails_of(arguments.paths, failures):
            names[:] = [name]
            yield raw

    for mail in understood(read(), app.profiles, app.policy.known):
        if mail.quarantined:
            failures += names
            say(f"{names[0]}: {mail.quarantined}")
        # Of copies that arrived at different instants the first counts, as it does in a store; but of a fact that she
        # states the one in Sent.
        before = found.get(mail.identity)
        if before is None or (not mail.states, mail.sent_at) < (not before.states, before.sent_at):
            found[mail.identity] = mail
    return list(found.values())


def _alerts(pipeline: Pipeline, mails: Sequence[StoredMail], notes: Sequence[Note], until: datetime) -> Iterator[Alert]:
    try:
        yield from replay(pipeline, mails, [(note.at, note.stated) for note in notes], until)
    except FactError as error:
        # Only a note's project can still be wrong: what mails make known by then was not known before.
        places = [note.place for note in notes if repr(note.stated.project) in str(error)]
        raise Refusal(f"{places[0]}: {error}" if places else str(error), _WRONG_USAGE) from None
