"""`scripts/soak --fuzz`: the targets of the fuzzer beside each other, with their figures and what they found."""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.seeds import LONGEST, dictionary, seeds

HERE = Path(__file__).parents[2]
NAMES = ("parse", "decode", "classify", "results", "html", "dates", "addresses", "patterns", "signatures")
_REPORT_SECONDS = 60.0
#: An input that takes longer hangs, and is a finding. Under the fuzzer all is some five times slower.
_ONE_INPUT_SECONDS = 10
_MEGABYTES = 1_500
_LONGEST_OF = {"parse": LONGEST, "classify": LONGEST, "html": 8_192, "decode": LONGEST}
_STATE = re.compile(rb"#(\d+)\s+\w+\s+cov: (\d+)")
_DONE = re.compile(rb"stat::number_of_executed_units:\s*(\d+)")
_INTERRUPTED = 130


@dataclass(slots=True)
class _Run:
    """One target that is being fuzzed: its process, what it writes, and where its findings go."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    findings: Path

    @property
    def figures(self) -> tuple[int, int]:
        """How many inputs were run, and how many places of the code they have reached."""
        written = self.log.read_bytes()
        states = _STATE.findall(written)
        done = _DONE.findall(written)
        runs = int(done[-1]) if done else int(states[-1][0]) if states else 0
        return runs, int(states[-1][1]) if states else 0

    @property
    def found(self) -> list[Path]:
        """The inputs that broke something."""
        return sorted(self.findings.glob("*"))


def main(words: Sequence[str]) -> int:
    """Fuzz the targets asked for; 1 if anything was found, or a process failed, 130 if interrupted."""
    asked = _arguments(words)
    if not _installed():
        return 1
    began = time.monotonic()
    runs: list[_Run] = []
    try:
        for run in _all(asked, began, runs):
            _tell_of(run)
    except KeyboardInterrupt:
        return _INTERRUPTED
    finally:
        for run in runs:
            if run.process.poll() is None:
                run.process.terminate()
                run.process.wait()
    return _tell_all(runs, began)


def _all(asked: argparse.Namespace, began: float, runs: list[_Run]) -> Iterator[_Run]:
    """Run the targets, so many at a time as there are jobs; yield each when it has ended."""
    names = list(asked.targets)
    seconds = max(10, round(asked.minutes * 60 * min(asked.jobs, len(names)) / len(names)))
    waiting, going, told_at = names, list[_Run](), began
    while waiting or going:
        while waiting and len(going) < asked.jobs:
            going.append(_started(waiting.pop(0), seconds, asked.corpus))
            runs.append(going[-1])
        time.sleep(0.5)
        for run in [run for run in going if run.process.poll() is not None]:
            going.remove(run)
            yield run
        if time.monotonic() - told_at >= _REPORT_SECONDS:
            told_at = time.monotonic()
            _say(_progress(runs, began))


def _started(name: str, seconds: int, place: Path) -> _Run:
    folder = place / name
    corpus, given, findings = folder / "corpus", folder / "seeds", folder / "findings"
    for one in (corpus, given, findings):
        one.mkdir(parents=True, exist_ok=True)
    for old in findings.iterdir():  # tried first: it is found again, or it is mended
        old.replace(given / old.name)
    for number, seed in enumerate(seeds(name)):
        (given / f"{number:04d}").write_bytes(seed)
    (folder / "words").write_text(dictionary(), encoding="ascii")
    command = [
        "nice", "-n", "15", sys.executable, "-m", "tests.fuzz.child", name, str(corpus), str(given),
        f"-max_total_time={seconds}", f"-timeout={_ONE_INPUT_SECONDS}", f"-rss_limit_mb={_MEGABYTES}",
        f"-artifact_prefix={findings}/{name}-", f"-dict={folder / 'words'}", f"-max_len={_LONGEST_OF.get(name, 4_096)}",
        "-print_final_stats=1",
    ]  # fmt: skip
    log = folder / "log"
    with log.open("wb") as opened:
        process = subprocess.Popen(command, cwd=HERE, stdout=opened, stderr=subprocess.STDOUT)
    return _Run(name, process, log, findings)


def _tell_of(run: _Run) -> None:
    executed, places = run.figures
    _say(f"{run.name}: {executed:,} inputs, {places:,} places of the code reached, {len(run.found)} found")
    if run.process.returncode:
        _say(f"{run.name} ended with {run.process.returncode}; the end of {run.log}:")
        lines = [line for line in run.log.read_text("utf-8", "replace").splitlines() if not _STATE.match(line.encode())]
        _say("\n".join(f"    {line[:300]}" for line in lines[-25:]))


def _tell_all(runs: Sequence[_Run], began: float) -> int:
    _say(_progress(runs, began))
    found = [path for run in runs for path in run.found]
    for path in found:
        _say(f"FOUND: {path}\n  again: .venv/bin/python -m tests.fuzz.again {path.parents[1].name} {path}")
    failed = [run.name for run in runs if run.process.returncode and not run.found]
    if failed:
        _say(f"ended without a finding, and not by themselves: {', '.join(failed)}")
    return 1 if found or failed else 0


def _progress(runs: Sequence[_Run], began: float) -> str:
    figures = [(run.name, *run.figures, len(run.found)) for run in runs]
    each = ", ".join(f"{name} {executed:,}/{places:,}" for name, executed, places, _ in figures)
    minutes = (time.monotonic() - began) / 60
    total, found = sum(one[1] for one in figures), sum(one[3] for one in figures)
    return f"{minutes:.1f} min: {total:,} inputs run, {found} found; inputs/places of each: {each}"


def _installed() -> bool:
    """Make sure that atheris is there: the extra `fuzz` of pyproject.toml, installed into this environment."""
    if importlib.util.find_spec("atheris"):
        return True
    wanted = tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]["fuzz"]
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *wanted], check=False)
    if done.returncode:
        _say(f"scripts/soak: the fuzzer could not be installed: pip install {' '.join(wanted)}")
    importlib.invalidate_caches()
    return done.returncode == 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/soak --fuzz",
        description="Fuzz what reads mails, and demand of each input what tests/fuzz/targets.py says must hold.",
        epilog="Examples: scripts/soak --fuzz --minutes 120 --jobs 2; scripts/soak --fuzz html dates --minutes 1",
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--minutes", type=float, default=10.0, metavar="N", help="for all of it (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes (default: %(default)s)")
    default = HERE / ".fuzz"
    parser.add_argument("--corpus", type=Path, default=default, metavar="FOLDER", help="what is kept (default: .fuzz)")
    asked = parser.parse_args(words)
    unknown = sorted(set(asked.targets) - set(NAMES))
    if unknown or asked.jobs < 1 or asked.minutes <= 0:
        parser.error(f"there is no target {unknown[0]!r}" if unknown else "--jobs and --minutes are more than nothing")
    asked.targets = asked.targets or list(NAMES)
    asked.corpus = asked.corpus.resolve()
    return asked


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main(sys.argv[1:]))
