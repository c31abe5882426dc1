"""`record`: a fact that no mail shows, or the withdrawal of one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from inboxwatch.commands.assign import set_aside_or_bring_back
from inboxwatch.commands.common import opened
from inboxwatch.commands.corrected import one_mail
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.facts import Statement, as_fact
from inboxwatch.timeline.project import fold
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
            part=arguments.part,
        )
        platforms = [profile.platform for profile in pipeline.profiles]
        with pipeline.store.transaction():
            fact = as_fact(stated, now, app.config.zone, pipeline.store.projects(), platforms)
            fact = pipeline.record(fact, now)
        _tell(pipeline, fact, "done", now)
        _warn_of_her_own_filing(pipeline, fact, now)
        write(pipeline.wording.say("recorded.undo", number=fact.id))
    return 0


def _warn_of_her_own_filing(pipeline: Pipeline, fact: Fact, now: datetime) -> None:
    """`reminder_ended` says of both reminders that they are over; where two ran, she may have meant one."""
    rows = [row for row in pipeline.store.projects() if fact.project in row.aliases]
    if fact.kind != "reminder_ended" or len(rows) != 1:
        return
    events = pipeline.situation(rows[0], now).project.events
    before = fold(rows[0].name, (event for event in events if event.at <= fact.at and event.key != fact.key))
    if before.filed and before.received:
        write(pipeline.wording.say("recorded.reminder_ended_too", at=before.filed.at, project=rows[0].name))


def _withdraw(pipeline: Pipeline, name: str, now: datetime) -> None:
    number = name.removeprefix("fact-")
    found = pipeline.withdraw(int(number), now) if number.isascii() and number.isdigit() else None
    if found is None and pipeline.store.find_mails(name):
        set_aside_or_bring_back(pipeline, one_mail(name, pipeline.store), now)
        return
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
