"""`snooze`: no nudges and no repeats for one project until an instant."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from inboxwatch.commands.common import find_project, opened
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.facts import FactError, as_instant
from inboxwatch.views.output import write
from inboxwatch.views.standing import standing

if TYPE_CHECKING:
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.store.model import ProjectRow

_SPAN = re.compile(r"([0-9]{1,4})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 7 * 24}


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Keep until when she wants to be left alone, or end that; say what will come all the same.

    Raises Refusal for a project that is not known, and for an instant that is none or is not to come.
    """
    with opened(here) as (app, pipeline):
        now = here.now()
        with pipeline.store.transaction():
            pipeline.begin(now)
            row = find_project(arguments.project, pipeline.store.projects())
            if arguments.off:
                _end(pipeline, row, now)
            else:
                _begin(pipeline, row, until_of(arguments.until, now, app.config.zone), now)
    return 0


def until_of(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, that is meant by an ISO 8601 date or instant, or by a span from `now` (aware).

    Without an offset it is in `zone`; a day is 24 hours. Raises Refusal where it is none, or not in the future.
    """
    span = _SPAN.fullmatch(text.strip())
    try:
        named = now + timedelta(hours=int(span[1]) * _HOURS[span[2]]) if span else as_instant(text, zone)
    except FactError:
        right = "write for instance 2026-11-23, 2026-11-23T18:30, 3d or 2w"
        raise Refusal(f"--until {text!r} is no instant; {right}", code=2) from None
    if named <= now:
        raise Refusal(f"--until {text!r} is not in the future; to end a snooze: --off", code=2)
    return named.astimezone(UTC)


def _begin(pipeline: Pipeline, row: ProjectRow, until: datetime, now: datetime) -> None:
    pipeline.snooze(row, until, now)
    wording = pipeline.wording
    write(wording.say("snoozed.until", project=row.name, until=until))
    write(wording.say("snoozed.still"))
    write(wording.say("snoozed.undo", project=row.name))


def _end(pipeline: Pipeline, row: ProjectRow, now: datetime) -> None:
    before = standing(pipeline, row, now)
    pipeline.snooze(row, now, now)
    saying = "ended" if before.snoozed_until else "none"
    write(pipeline.wording.say(f"snoozed.{saying}", project=row.name))
    write(standing(pipeline, row, now).advice)
