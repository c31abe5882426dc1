"""Where things lie in the checkout, and how the tests of this folder start programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "inboxwatch"


def program(name: str, debian_package: str) -> str:
    """The path of a program. Fails with a sentence where it is missing: nothing is skipped."""
    found = shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")
    if found is None:
        raise AssertionError(f"{name} is needed and missing; install it: apt-get install {debian_package}")
    return found


def run(
    command: Sequence[str | Path],
    *,
    folder: Path = ROOT,
    environ: Mapping[str, str] | None = None,
    seconds: float = 60.0,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end in `folder`, and return what it wrote and its exit code."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=None if environ is None else dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def at_home(home: Path, **more: str) -> dict[str, str]:
    """An environment without configuration or state, whose home is this folder; this Python's programs come first."""
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", **more}
