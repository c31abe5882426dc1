"""One seed from end to end: played undisturbed and with kills, judged, and shrunk where it fails."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tests.simulation.figures import Figures, figures_of
from tests.simulation.judge import difference, faults, own_promises
from tests.simulation.machine import Kill, Machine
from tests.simulation.model import Model
from tests.simulation.recording import Outcome
from tests.simulation.steps import Story
from tests.simulation.writing import write

Wrong = Callable[[Story], list[str]]
Thorough = Literal["undisturbed", "once in a while", "everywhere"]

#: A story is shrunk by at most so many further runs, and for about so long.
_RUNS_TO_SHRINK = 300
_SECONDS_TO_SHRINK = 300.0

#: In memory where there is such a place: what is on trial is what was committed, not the disk.
MEMORY = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
_place: list[Path | None] = [MEMORY]


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
    figures, found = judged(story, kills)
    if not found:
        return Verdict(seed, figures)
    shrunk = shrink(story, lambda one: judged(one, kills)[1])
    return Verdict(seed, figures, tuple(found), f"{shrunk.told()}\n" + "\n".join(judged(shrunk, kills)[1]))


def judged(story: Story, kills: Thorough, *, hasty: bool = False) -> tuple[Figures, list[str]]:
    """Play a story, undisturbed and with kills as asked; return the figures, and how it went wrong.

    `hasty`: it is not played with kills if it has gone wrong without.
    """
    try:
        whole = play(story)
        expected = Model(story).follow(whole.log)
        figures, found = figures_of(story, whole, expected), faults(story, whole, expected)
        if kills != "undisturbed" and not (hasty and found):
            killed = play(story, kills)
            figures = figures.plus(figures_of(story, killed, expected, again=True))
            found += difference(whole, killed) + own_promises(killed)
    except Exception:  # noqa: BLE001 - whatever falls out of a run is a finding of that seed, and recorded as one
        return Figures(seeds=1), ["it fell over: " + traceback.format_exc(limit=-4)]
    return figures, found


def play(story: Story, kills: Thorough = "undisturbed") -> Outcome:
    """Play a story in a folder of its own."""
    modes: dict[Thorough, Kill] = {"undisturbed": "never", "once in a while": "sometimes", "everywhere": "always"}
    folder = tempfile.mkdtemp(dir=_place[0])
    try:
        return Machine(story, Path(folder) / "state", modes[kills]).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def play_in(folder: Path) -> None:
    """From now on stories are played in folders of this one, which its owner removes."""
    _place[0] = folder


def shrink(story: Story, wrong: Wrong) -> Story:
    """Leave out steps for as long as something is wrong with what remains; return the smallest story found in time."""
    runs, size, until = 0, max(1, len(story.steps) // 2), time.monotonic() + _SECONDS_TO_SHRINK
    while size:
        start = 0
        while start < len(story.steps) and runs < _RUNS_TO_SHRINK and time.monotonic() < until:
            shorter = replace(story, steps=story.steps[:start] + story.steps[start + size :])
            runs += 1
            if wrong(shorter):
                story = shorter
            else:
                start += size
        size //= 2
    return story
