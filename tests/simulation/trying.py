"""`scripts/soak --mutants`: how many seeds catch each fault that the product is given."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from multiprocessing.pool import Pool

from tests.simulation.mutants import MUTANTS, mutated
from tests.simulation.playing import judged
from tests.simulation.writing import write

#: Played side by side before it is asked whether enough have caught it.
_AT_ONCE = 8


def try_mutants(pool: Pool, names: Sequence[str], seeds: Sequence[int], enough: int) -> int:
    """Play the seeds with each mutant until `enough` of them have caught it; 1 if one is caught by none."""
    unknown = [name for name in names if name not in MUTANTS]
    if unknown:
        _say(f"There is no mutant {unknown[0]!r}; there are: {', '.join(MUTANTS)}")
        return 2
    began, survivors = time.monotonic(), []
    chosen = names or list(MUTANTS)
    for name in chosen:
        caught, played, how = _try(pool, name, seeds, enough)
        survivors += [] if caught else [name]
        _say(f"{caught:>3} of the first {played:>3} seeds catch it: {name}{f' ({how})' if how else ''}")
    minutes = (time.monotonic() - began) / 60
    _say(f"{len(chosen)} mutants in {minutes:.0f} min; not caught: {', '.join(survivors) or 'none'}")
    return 1 if survivors else 0


def _try(pool: Pool, name: str, seeds: Sequence[int], enough: int) -> tuple[int, int, str]:
    """How many seeds caught it, how many were played, and by what the first one did."""
    caught, played, how = 0, 0, ""
    for start in range(0, len(seeds), _AT_ONCE):
        for fault in pool.starmap(fault_with, [(name, seed) for seed in seeds[start : start + _AT_ONCE]], chunksize=1):
            played += 1
            caught += bool(fault)
            how = how or fault
        if enough and caught >= enough:
            break
    return caught, played, how


def fault_with(name: str, seed: int) -> str:
    """The first fault that a seed shows with this mutant; empty if none."""
    with mutated(name):
        found = judged(write(seed), "once in a while", hasty=True)[1]
    return found[0].strip().splitlines()[-1][:120] if found else ""


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
