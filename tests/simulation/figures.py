"""What was simulated and what came of it, in numbers that can be added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta

from tests.simulation import steps
from tests.simulation.judge import duplicates
from tests.simulation.model import Expected
from tests.simulation.recording import Outcome

_LONG = timedelta(days=2)
#: What each kind of step is called in the figures.
_NAMES = {
    steps.Again: "mails in a second copy",
    steps.Snoozed: "snoozes",
    steps.Seen: "acknowledgements",
    steps.Cut: "connections cut",
    steps.Anew: "UIDVALIDITY changes",
    steps.Sleep: "sleeps",
    steps.Jump: "clock jumps",
    steps.Full: "disks full",
    steps.Settings: "changes of the configuration",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What was done, to be added up. `happened` counts, by its name, what the stories held, each story once."""

    seeds: int = 0
    days: int = 0
    steps: int = 0
    kills: int = 0
    full: int = 0
    expected: int = 0
    alerts: int = 0
    deliveries: int = 0
    dead: int = 0
    again: int = 0
    marked: int = 0
    happened: Mapping[str, int] = field(default_factory=dict)

    def plus(self, other: Figures) -> Figures:
        """Both together."""
        numbers = [one.name for one in fields(self) if one.name != "happened"]
        added = {name: getattr(self, name) + getattr(other, name) for name in numbers}
        return Figures(**added, happened=dict(Counter(self.happened) + Counter(other.happened)))


def figures_of(story: steps.Story, outcome: Outcome, expected: list[Expected], *, again: bool = False) -> Figures:
    """The figures of one run of a story; `again`: of one that has been counted before."""
    deliveries = [one for row in outcome.alerts for one in row.deliveries]
    repeats, marked = duplicates(outcome.received)
    return Figures(
        seeds=0 if again else 1,
        days=(story.end - story.begin).days,
        steps=outcome.steps,
        kills=outcome.kills,
        full=outcome.full,
        expected=len(expected),
        alerts=len(outcome.alerts),
        deliveries=len(deliveries),
        dead=sum(one.state != "sent" for one in deliveries),
        again=repeats,
        marked=marked,
        happened={} if again else dict(Counter(_happened(story, outcome, expected))),
    )


def _happened(story: steps.Story, outcome: Outcome, expected: list[Expected]) -> Iterator[str]:
    projects = {name for step in story.steps if (name := _project(step))}
    yield from (f"projects of {name.partition('/')[0]}" for name in sorted(projects))
    for step in story.steps:
        yield from _of_step(step)
    yield from (f"alerts of {one.kind}" for one in expected)
    yield from ["holes left open"] * outcome.holes
    yield from ["holes closed"] * outcome.closed_holes


def _project(step: steps.Step) -> str | None:
    if isinstance(step, steps.Arrival):
        return step.says.project
    return step.project if isinstance(step, steps.Stated) else None


def _of_step(step: steps.Step) -> Iterator[str]:
    if isinstance(step, steps.Arrival):
        yield f"mails in {step.mailbox}"
        if step.at - step.date > timedelta(minutes=1):
            yield "mails that came late"
        if step.id_of:
            yield "mails with the Message-ID of another"
        if step.without_id:
            yield "mails without Message-ID"
    elif isinstance(step, steps.Move):
        yield "mails moved" if step.to else "mails deleted"
    elif isinstance(step, steps.Stated):
        yield "facts by mail" if step.mailed else "facts by command"
    elif isinstance(step, steps.Trouble):
        yield f"times that {step.mailbox} could not be read"
    elif isinstance(step, steps.Stop):
        yield "long stops" if step.lasts > _LONG else "short stops"
    elif isinstance(step, steps.Down):
        yield f"targets that {step.how.removesuffix('s')}"
    else:
        yield _NAMES[type(step)]
