"""Two hundred random stories: what must be told is told, at its instant, and nothing else, killed or not."""

from __future__ import annotations

import multiprocessing

import pytest

from tests.simulation.figures import Figures
from tests.simulation.playing import Thorough, Verdict, judge_seed

#: Every tenth story is a season long and every hundredth three years: those are for `scripts/soak`.
SEEDS = [seed for seed in range(223) if seed % 10 != 9][:200]
#: Stories in which the process dies at every step that lasts, in turn.
KILLED_EVERYWHERE = (0, 3, 12, 40)
#: What the stories must hold.
_SEEN = (
    "projects of lancers",
    "projects of kobo",
    "projects of direct",
    "mails in main",
    "mails in side",
    "mails that came late",
    "mails without Message-ID",
    "mails with the Message-ID of another",
    "facts by mail",
    "holes left open",
    "holes closed",
    "UIDVALIDITY changes",
    "clock jumps",
    "long stops",
    "sleeps",
    "alerts of watch_blind",
    "times that side could not be read",
)


def judged(seeds: list[int], kills: Thorough) -> list[Verdict]:
    """Judge them in processes of their own: the simulated clock is a whole process's."""
    with multiprocessing.Pool(2) as pool:
        return pool.starmap(judge_seed, [(seed, kills) for seed in seeds], chunksize=1)


def assert_all_is_well(verdicts: list[Verdict]) -> Figures:
    failed = [f"seed {one.seed}: {one.faults[0]}\n{one.story}" for one in verdicts if one.faults]
    assert not failed, f"{len(failed)} stories went wrong; the first:\n{failed[0]}"
    total = Figures()
    for one in verdicts:
        total = total.plus(one.figures)
    return total


@pytest.mark.timeout(600)
def test_two_hundred_stories_tell_what_the_contract_says_and_nothing_else_killed_by_lot_or_not() -> None:
    total = assert_all_is_well(judged(list(SEEDS), "once in a while"))
    # The stories are worth something only while these things happen in them.
    assert total.seeds == 200
    assert total.kills > 1000
    assert total.alerts > 3000
    assert total.full > 50
    assert total.dead > 0
    assert total.again == total.marked > 100
    for what in _SEEN:
        assert total.happened.get(what, 0) >= 5, what


@pytest.mark.timeout(600)
def test_a_process_that_dies_at_every_step_that_lasts_tells_the_same_in_the_end() -> None:
    total = assert_all_is_well(judged(list(KILLED_EVERYWHERE), "everywhere"))
    assert total.kills > 1000
