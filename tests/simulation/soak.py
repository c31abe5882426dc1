"""`scripts/soak`: many seeds one after another, with the figures of all of them."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing.pool import IMapIterator
from pathlib import Path
from types import FrameType

from tests.simulation.figures import Figures
from tests.simulation.playing import MEMORY, Thorough, Verdict, judge_seed, play_in
from tests.simulation.trying import try_mutants

#: Of so many seeds one is killed at every durable step, and not by lot: it takes some ten minutes of a core.
_EVERYWHERE_EACH = 4_000
_REPORT_SECONDS = 60.0
#: A seed that takes longer hangs, and is a failure: the longest story takes some minutes where all steps are killed.
_LONGEST_SEED_SECONDS = 3600
#: What a shell tells of a program that was interrupted.
_INTERRUPTED = 130


class _TooLong(BaseException):
    """A seed has not come to its end; nothing may take it for a fault of its own."""


@dataclass(slots=True)
class _Run:
    """What has come of it so far."""

    began: float
    total: Figures = field(default_factory=Figures)
    failed: list[int] = field(default_factory=list)
    interrupted: bool = False

    @property
    def seconds(self) -> int:
        return round(time.monotonic() - self.began)


def main(words: Sequence[str]) -> int:
    """Play the seeds asked for; 1 if any of them broke a promise, 130 if interrupted."""
    asked = _arguments(words)
    # One folder for all: whatever becomes of the processes, nothing of theirs stays in memory.
    place = Path(tempfile.mkdtemp(prefix="inboxwatch-soak-", dir=MEMORY))
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        with multiprocessing.Pool(asked.jobs, _begin, (place,), maxtasksperchild=200) as pool:
            if asked.mutants is not None:
                return try_mutants(pool, asked.mutants, range(asked.first, asked.last + 1), asked.enough)
            run = _Run(time.monotonic())
            _play(run, pool.imap_unordered(_judge, range(asked.first, asked.last + 1)), asked.minutes)
            pool.terminate()
        _tell_all(run)
        return _INTERRUPTED if run.interrupted else 1 if run.failed else 0
    except KeyboardInterrupt:
        return _INTERRUPTED
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _play(run: _Run, verdicts: IMapIterator[Verdict], minutes: float | None) -> None:
    until, told_at = run.began + minutes * 60 if minutes else None, run.began
    try:
        for verdict in _until(verdicts, until):
            if verdict is not None:
                run.total = run.total.plus(verdict.figures)
                if verdict.faults:
                    run.failed.append(verdict.seed)
                    _say(_failure(verdict))
            if time.monotonic() - told_at >= _REPORT_SECONDS:
                told_at = time.monotonic()
                _say(_progress(run))
    except KeyboardInterrupt:
        run.interrupted = True


def _tell_all(run: _Run) -> None:
    _say(_progress(run))
    for name, number in sorted(run.total.happened.items()):
        _say(f"  {number:>9,} {name}")
    years = round(run.total.days / 365.25, 1)
    whole = {"seconds": run.seconds, **asdict(run.total), "years": years}
    _say(json.dumps({**whole, "interrupted": run.interrupted, "failed": run.failed}))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _begin(place: Path) -> None:
    """A process of the pool: the parent alone hears Ctrl-C and ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, _overdue)
    play_in(place)


def _overdue(number: int, frame: FrameType | None) -> None:
    raise _TooLong


def _judge(seed: int) -> Verdict:
    kills: Thorough = "everywhere" if seed % _EVERYWHERE_EACH == 7 else "once in a while"
    signal.alarm(_LONGEST_SEED_SECONDS)
    try:
        return judge_seed(seed, kills)
    except _TooLong:
        return Verdict(seed, Figures(seeds=1), (f"it took longer than {_LONGEST_SEED_SECONDS} seconds",))
    finally:
        signal.alarm(0)


def _until(verdicts: IMapIterator[Verdict], until: float | None) -> Iterator[Verdict | None]:
    """The verdicts as they come; None where none came for a while, so that progress can be told."""
    while until is None or time.monotonic() < until:
        try:
            yield verdicts.next(timeout=5.0)
        except multiprocessing.TimeoutError:
            yield None
        except StopIteration:
            return


def _failure(verdict: Verdict) -> str:
    return "\n".join(
        [f"SEED {verdict.seed} FAILS:", *verdict.faults[:8], "The smallest story that fails:", verdict.story]
    )


def _progress(run: _Run) -> str:
    total = run.total
    return (
        f"{run.seconds / 60:.0f} min: {total.seeds} seeds, {total.days / 365.25:.1f} simulated years, "
        f"{total.kills} kills, {total.full} writes without room, {total.expected} alerts expected and {total.alerts} "
        f"decided, {total.deliveries} deliveries ({total.dead} visibly dead), {total.again} repeats, {total.marked} of "
        f"them marked; {len(run.failed)} seeds failed"
    )


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/soak",
        description="Play random stories of months and years against the whole service, and judge what it told.",
        epilog="Examples: scripts/soak --seeds 1000-20999 --minutes 60 --jobs 2; scripts/soak --mutants",
    )
    parser.add_argument("--seeds", metavar="FROM-TO", help="which stories (default: 0-999, with --mutants 0-199)")
    parser.add_argument("--minutes", type=float, metavar="N", help="end after so long, whatever is left")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (default: %(default)s)")
    mutants = "break the service in small ways instead, in these or in all that are known, and count what catches them"
    parser.add_argument("--mutants", nargs="*", metavar="NAME", help=mutants)
    enough = "go on to the next mutant when so many seeds have caught one (default: %(default)s; 0: never)"
    parser.add_argument("--enough", type=int, default=5, metavar="N", help=enough)
    asked = parser.parse_args(words)
    first, _, last = (asked.seeds or ("0-999" if asked.mutants is None else "0-199")).partition("-")
    if not (first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first)) or asked.jobs < 1:
        parser.error("--seeds takes two numbers such as 0-999, and --jobs at least 1")
    asked.first, asked.last = int(first), int(last or first)
    return asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
