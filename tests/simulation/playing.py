"""One seed from end to end: played undisturbed and with kills, judged, and shrunk where it fails."""

from __future__ import annotations

import os
import shutil
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tests.simulation.judge import difference, duplicates, faults, own_promises
from tests.simulation.machine import Kill, Machine
from tests.simulation.model import Model
from tests.simulation.recording import Outcome
from tests.simulation.steps import Story
from tests.simulation.writing import write

Wrong = Callable[[Story], list[str]]
Thorough = Literal["undisturbed", "once in a while", "everywhere"]

#: A story is shrunk by at most so many further runs.
_RUNS_TO_SHRINK = 300


@dataclass(frozen=True, slots=True)
class Figures:
    """What was done, to be added up."""

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

    def plus(self, other: Figures) -> Figures:
        """Both together."""
        names = self.__slots__
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one seed. `story` is the shrunk one if there are faults."""

    seed: int
    figures: Figures
    faults: tuple[str, ...] = ()
    story: str = ""


def judge_seed(seed: int, kills: Thorough = "once in a while") -> Verdict:
    """Play the story of a seed, undisturbed and then with kills as asked; where a promise is broken, shrink it."""
    story = write(seed)
    figures, found = _judged(story, kills)
    if not found:
        return Verdict(seed, figures)
    shrunk = shrink(story, lambda one: _judged(one, kills)[1])
    return Verdict(seed, figures, tuple(found), f"{shrunk.told()}\n" + "\n".join(_judged(shrunk, kills)[1]))


def _judged(story: Story, kills: Thorough) -> tuple[Figures, list[str]]:
    try:
        whole = play(story)
        expected = Model(story).follow(whole.log)
        figures, found = _figures(story, whole, len(expected)), faults(story, whole, expected)
        if kills != "undisturbed":
            killed = play(story, kills)
            figures = figures.plus(replace(_figures(story, killed, len(expected)), seeds=0))
            found += difference(whole, killed) + own_promises(killed)
    except Exception:  # noqa: BLE001 - whatever falls out of a run is a finding of that seed, and recorded as one
        return Figures(seeds=1), ["it fell over: " + traceback.format_exc(limit=-4)]
    return figures, found


def play(story: Story, kills: Thorough = "undisturbed") -> Outcome:
    """Play a story in a folder of its own."""
    modes: dict[Thorough, Kill] = {"undisturbed": "never", "once in a while": "sometimes", "everywhere": "always"}
    # In memory where there is such a place: what is on trial is what was committed, not the disk.
    memory = Path("/dev/shm")
    folder = tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None)
    try:
        return Machine(story, Path(folder) / "state", modes[kills]).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shrink(story: Story, wrong: Wrong) -> Story:
    """Leave out steps for as long as something is wrong with what remains; return the smallest story found."""
    runs, size = 0, max(1, len(story.steps) // 2)
    while size:
        start = 0
        while start < len(story.steps) and runs < _RUNS_TO_SHRINK:
            shorter = replace(story, steps=story.steps[:start] + story.steps[start + size :])
            runs += 1
            if wrong(shorter):
                story = shorter
            else:
                start += size
        size //= 2
    return story


def _figures(story: Story, outcome: Outcome, expected: int) -> Figures:
    deliveries = [one for row in outcome.alerts for one in row.deliveries]
    again, marked = duplicates(outcome.received)
    return Figures(
        seeds=1,
        days=(story.end - story.begin).days,
        steps=outcome.steps,
        kills=outcome.kills,
        full=outcome.full,
        expected=expected,
        alerts=len(outcome.alerts),
        deliveries=len(deliveries),
        dead=sum(one.state != "sent" for one in deliveries),
        again=again,
        marked=marked,
    )
