"""The wheel: it holds every file of the package, and what is installed from it runs without the checkout."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from inboxwatch import __version__
from tests.packaging.places import PACKAGE, ROOT, run

# Building and installing asks the package registry for a dozen packages.
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A temporary folder outside the checkout, removed afterwards."""
    with TemporaryDirectory(prefix="inboxwatch-wheel-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    """A wheel built from a copy: from the checkout itself old files of `build/` could slip in."""
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    ended = run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, source], seconds=180)
    assert ended.returncode == 0, ended.stderr
    (built,) = folder.glob("inboxwatch-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, folder: Path) -> Path:
    """The command `inboxwatch` of an empty virtual environment in which the wheel was installed."""
    place = folder / "venv"
    # Our own pip installs into it, and compiles nothing: a pip of its own and 2,000 compiled files take as long again.
    made = run([sys.executable, "-m", "venv", "--without-pip", place])
    assert made.returncode == 0, made.stdout + made.stderr
    pip = [sys.executable, "-m", "pip", "--python", place / "bin" / "python"]
    ended = run([*pip, "install", "--quiet", "--no-compile", wheel], folder=folder, seconds=300)
    assert ended.returncode == 0, ended.stderr
    return place / "bin" / "inboxwatch"


def _ran(installed: Path, *words: str) -> str:
    home = installed.parent.parent / "home"
    home.mkdir(exist_ok=True)
    ended = run([installed, *words], folder=home, environ={"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C"})
    assert ended.returncode == 0, ended.stderr
    assert list(home.iterdir()) == [], "a command without a configuration left something behind"
    return ended.stdout


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"inboxwatch/{path.relative_to(PACKAGE).as_posix()}"
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert {Path(name).suffix for name in wanted} >= {".py", ".yaml", ".sql", ".eml", ".typed"}
    assert wanted - inside == set()


def test_the_wheel_holds_nothing_else_but_what_describes_it(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    others = {name.split("/")[0] for name in names if not name.startswith("inboxwatch/")}
    assert others == {f"inboxwatch-{__version__}.dist-info"}
    assert any(name.endswith("/LICENSE") for name in names)


def test_the_installed_command_tells_its_version(installed: Path) -> None:
    assert _ran(installed, "version") == f"inboxwatch {__version__}\n"


def test_the_installed_command_prints_its_schema(installed: Path) -> None:
    assert "mailboxes" in json.loads(_ran(installed, "schema"))["properties"]


def test_the_installed_demo_ends_with_the_payment(installed: Path) -> None:
    kinds = [json.loads(line)["kind"] for line in _ran(installed, "demo", "--json").splitlines()]
    assert "reminder_available" in kinds
    assert "payment_confirmed" in kinds


def test_python_m_inboxwatch_is_the_same(installed: Path) -> None:
    ended = run([installed.parent / "python", "-m", "inboxwatch", "version"], folder=installed.parent)
    assert (ended.returncode, ended.stdout) == (0, f"inboxwatch {__version__}\n")
