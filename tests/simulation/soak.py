"""`scripts/soak`: many seeds one after another, with the figures of all of them."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from multiprocessing.pool import IMapIterator

from tests.simulation.playing import Figures, Thorough, Verdict, judge_seed

#: Of so many seeds one is killed at every durable step, and not by lot: it costs twenty times as much.
_EVERYWHERE_EACH = 200
_REPORT_SECONDS = 60.0


def main(words: Sequence[str]) -> int:
    """Play the seeds asked for; 1 if any of them broke a promise."""
    asked = _arguments(words)
    began = time.monotonic()
    until = began + asked.minutes * 60 if asked.minutes else None
    total, failed, told_at = Figures(), [], began
    with multiprocessing.Pool(asked.jobs, maxtasksperchild=200) as pool:
        for verdict in _until(pool.imap_unordered(_judge, range(asked.first, asked.last + 1)), until):
            if verdict is not None:
                total = total.plus(verdict.figures)
                if verdict.faults:
                    failed.append(verdict.seed)
                    _say(_failure(verdict))
            if time.monotonic() - told_at >= _REPORT_SECONDS:
                told_at = time.monotonic()
                _say(_progress(total, failed, told_at - began))
        pool.terminate()
    seconds = round(time.monotonic() - began)
    _say(_progress(total, failed, seconds))
    years = round(total.days / 365.25, 1)
    _say(json.dumps({"seconds": seconds, **asdict(total), "years": years, "failed": failed}))
    return 1 if failed else 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _judge(seed: int) -> Verdict:
    kills: Thorough = "everywhere" if seed % _EVERYWHERE_EACH == 7 else "once in a while"
    return judge_seed(seed, kills)


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


def _progress(total: Figures, failed: Sequence[int], seconds: float) -> str:
    return (
        f"{seconds / 60:.0f} min: {total.seeds} seeds, {total.days / 365.25:.1f} simulated years, {total.kills} kills, "
        f"{total.full} writes without room, {total.expected} alerts expected and {total.alerts} decided, "
        f"{total.deliveries} deliveries ({total.dead} visibly dead), {total.again} repeats, {total.marked} of them "
        f"marked; {len(failed)} seeds failed"
    )


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/soak",
        description="Play random stories of months and years against the whole service, and judge what it told.",
        epilog="Example: scripts/soak --seeds 1000-20999 --minutes 60 --jobs 2",
    )
    parser.add_argument("--seeds", default="0-999", metavar="FROM-TO", help="which stories (default: %(default)s)")
    parser.add_argument("--minutes", type=float, metavar="N", help="end after so long, whatever is left")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (default: %(default)s)")
    asked = parser.parse_args(words)
    first, _, last = asked.seeds.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first)) or asked.jobs < 1:
        parser.error("--seeds takes two numbers such as 0-999, and --jobs at least 1")
    asked.first, asked.last = int(first), int(last or first)
    return asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
