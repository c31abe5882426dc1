"""`timeline`: one project's events, deadlines and evidence."""

from __future__ import annotations

import argparse

from inboxwatch.commands.common import find_project, opened
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.views.as_json import event_as_json, project_as_json
from inboxwatch.views.output import write_document
from inboxwatch.views.standing import coverage_of, standing


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Print one project's timeline, oldest first. Raises Refusal for one that is not known."""
    with opened(here) as (app, pipeline):
        now = here.now()
        one = standing(pipeline, find_project(arguments.project, pipeline.store.projects()), now)
        if arguments.json:
            project = project_as_json(one, now, coverage_of(pipeline.store), app.config.zone)
            events = [event_as_json(event, pipeline.wording) for event in one.project.events]
            write_document({"project": project, "events": events})
        else:
            from inboxwatch.views.status_text import show_timeline

            show_timeline(pipeline, one, now)
    return 0
