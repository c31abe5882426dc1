"""`status`: every project, how it stands and what to do."""

from __future__ import annotations

import argparse

from inboxwatch.commands.common import instant_of, opened
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.service.lock import holder
from inboxwatch.views.as_json import status_as_json
from inboxwatch.views.output import write_document
from inboxwatch.views.serving import serving, serving_as_json
from inboxwatch.views.standing import standings


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Print how everything stands now, or stood at --at."""
    with opened(here) as (app, pipeline):
        now = instant_of(arguments.at, app.config.zone, here.now())
        found = standings(pipeline, now, past_only=arguments.at is not None)
        reader, present = holder(app.folder), here.now()
        pid, since = (reader.pid, reader.since) if reader else (None, None)
        service = serving(pipeline, pid, since, watching=bool(app.config.mailboxes))
        if arguments.json:
            document = status_as_json(pipeline, found, now)
            write_document({**document, "service": serving_as_json(service, app.wording, present)})
        else:
            from inboxwatch.views.status_text import show_service, show_status

            show_status(pipeline, found, now)
            show_service(service, app.wording, present)
    return 0
