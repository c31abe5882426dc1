"""`record`: a fact that no mail shows, or the withdrawal of one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from inboxwatch.commands.common import opened
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.facts import Statement, as_fact
from inboxwatch.views.output import write
from inboxwatch.views.standing import standing

if TYPE_CHECKING:
    from datetime import datetime

    from inboxwatch.pipeline import Pipeline
    from inboxwatch.timeline.reading import Fact


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Keep the fact, or withdraw it; say what it changes. What follows from it is decided by the daemon.

    Raises FactError for a fact that cannot be understood, Refusal for an id under which nothing stands.
    """
    with opened(here) as (app, pipeline):
        now = here.now()
        if arguments.undo:
            _withdraw(pipeline, arguments.undo, now)
            return 0
        stated = Statement(
            project=arguments.project,
            kind=arguments.fact,
            at=arguments.at,
            by=arguments.by,
            channel=arguments.channel,
            due=arguments.due,
            plan=arguments.plan,
            note=arguments.note,
        )
        platforms = [profile.platform for profile in pipeline.profiles]
        with pipeline.store.transaction():
            fact = as_fact(stated, now, app.config.zone, pipeline.store.projects(), platforms)
            fact = pipeline.record(fact, now)
        _tell(pipeline, fact, "done", now)
        write(pipeline.wording.say("recorded.undo", number=fact.id))
    return 0


def _withdraw(pipeline: Pipeline, name: str, now: datetime) -> None:
    number = name.removeprefix("fact-")
    found = pipeline.withdraw(int(number), now) if number.isascii() and number.isdigit() else None
    if found is None:
        raise Refusal(f"no recorded fact stands under {name!r}; `inboxwatch timeline PROJECT` shows their ids")
    _tell(pipeline, found, "withdrawn", now)


def _tell(pipeline: Pipeline, fact: Fact, saying: str, now: datetime) -> None:
    """Say what was recorded or withdrawn, and what the project asks of her now."""
    rows = [row for row in pipeline.store.projects() if fact.project in row.aliases]
    row = rows[0] if len(rows) == 1 else None
    project = row.name if row else fact.project
    write(pipeline.wording.say(f"recorded.{saying}", id=fact.key, project=project, fact=fact.kind, at=fact.at))
    if row:
        write(standing(pipeline, row, now).advice)
