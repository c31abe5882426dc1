"""`record`: a fact that no mail shows; the withdrawal of one, and the return of what was withdrawn."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from inboxwatch.alerts.defang import quoted
from inboxwatch.commands.assign import bring_back, set_aside
from inboxwatch.commands.common import one_mail, opened, shown
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.facts import Statement, as_fact
from inboxwatch.timeline.project import fold
from inboxwatch.timeline.reading import of_fact
from inboxwatch.views.output import write
from inboxwatch.views.standing import standing
from inboxwatch.views.words import summary

if TYPE_CHECKING:
    from datetime import datetime

    from inboxwatch.pipeline import Pipeline
    from inboxwatch.timeline.reading import Fact

#: A longer number is that of no fact: the store counts no further.
_MOST_DIGITS = 18


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Keep the fact, withdraw it, or let it stand again; say what it changes.

    What follows from it is decided by the daemon. Raises FactError for a fact that cannot be understood, Refusal for an
    id under which nothing stands.
    """
    with opened(here) as (app, pipeline):
        now = here.now()
        if arguments.undo is not None:
            _withdraw(pipeline, arguments.undo, now)
            return 0
        if arguments.restore is not None:
            _restore(pipeline, arguments.restore, now)
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
    number = _number(name)
    found = pipeline.withdraw(number, now) if number is not None else None
    if found:
        _tell(pipeline, found, "withdrawn", now)
        write(pipeline.wording.say("recorded.restore", number=found.id))
    elif pipeline.store.find_mails(name):
        set_aside(pipeline, one_mail(name, pipeline.store, pipeline.wording), now)
    elif any(one.fact.id == number for one in pipeline.store.withdrawn_facts()):
        raise Refusal(f"this fact is withdrawn already; to let it count again: inboxwatch record --restore {number}")
    else:
        raise Refusal(f"no recorded fact stands under {shown(name)}; `inboxwatch timeline PROJECT` shows their ids")


def _restore(pipeline: Pipeline, name: str, now: datetime) -> None:
    number = _number(name)
    found = pipeline.restore(number, now) if number is not None else None
    if found:
        _tell(pipeline, found, "restored", now)
        write(pipeline.wording.say("recorded.undo", number=found.id))
    elif pipeline.store.find_mails(name):
        mail = one_mail(name, pipeline.store, pipeline.wording)
        if pipeline.store.unsettle(mail.identity):
            write(pipeline.wording.say("reviewed.listed_again", at=mail.sent_at, subject=quoted(mail.subject)))
        else:
            bring_back(pipeline, mail, now)
    elif any(fact.id == number for fact in pipeline.store.facts()):
        raise Refusal(f"this fact counts; it is not withdrawn, so there is nothing to restore: {shown(name)}")
    else:
        raise Refusal(f"nothing that was withdrawn or set aside is called {shown(name)}")


def _number(name: str) -> int | None:
    """The number of a fact; None if this is the id of none."""
    number = name.removeprefix("fact-")
    is_number = number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS
    return int(number) if is_number else None


def _tell(pipeline: Pipeline, fact: Fact, saying: str, now: datetime) -> None:
    """Say what was recorded, withdrawn or restored, and what the project asks of her now."""
    rows = [row for row in pipeline.store.projects() if fact.project in row.aliases]
    row = rows[0] if len(rows) == 1 else None
    project = row.name if row else fact.project
    words = summary(of_fact(replace(fact, note=None)), pipeline.wording)
    said = {"id": fact.key, "project": project, "words": words, "fact": fact.kind, "at": fact.at}
    write(pipeline.wording.say(f"recorded.{saying}", **said))
    if row:
        write(standing(pipeline, row, now).advice)
