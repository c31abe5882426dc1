"""Installs the checkout into the machine as README.md, "On a server" and "Let it run", tells a reader to do it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pip

from tests.packaging.places import ROOT
from tests.systemd.machine import CannotBoot, Machine

#: Of the system, and not in a home folder, which the service cannot see.
_PYTHONS = [
    f"{folder}/python3{minor}" for folder in ("/usr/bin", "/usr/local/bin") for minor in ("", ".13", ".12", ".11")
]
_USABLE = (
    "import sys, venv; sys.exit(sys.version_info < (3, 11) or sys.base_prefix.startswith(('/home', '/root', '/tmp')))"
)
#: What is needed to install, pip of this Python among it, for the system's may have none.
_PLACE = "/opt/inboxwatch-test"
PROGRAM = "/opt/inboxwatch/bin/inboxwatch"
USER, HER = "inboxwatch", "hanako"


def install_program(machine: Machine) -> None:
    """/opt/inboxwatch, from a copy of this checkout and the pinned packages. Raises CannotBoot without a Python."""
    python = _python(machine)
    machine.out(python, "-m", "venv", "--without-pip", "/opt/inboxwatch")
    shutil.copytree(Path(pip.__file__).parent, machine.root / _PLACE.lstrip("/") / "pip" / "pip")
    for name in ("requirements", "scripts", "src"):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, machine.root / _PLACE.lstrip("/") / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, machine.root / _PLACE.lstrip("/"))
    # What is imported is compiled below, in less time than all of it would take: the service cannot write there.
    with_pip = ["env", f"PYTHONPATH={_PLACE}/pip", "PIP_NO_COMPILE=1", "PIP_NO_WARN_SCRIPT_LOCATION=1"]
    venv = "/opt/inboxwatch/bin/python"
    machine.out(*with_pip, f"{_PLACE}/scripts/install-pinned", venv, "run", seconds=240, online=True)
    offline = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    machine.out(*with_pip, venv, "-m", "pip", "install", *offline, _PLACE, seconds=120)
    machine.out(*with_pip, venv, "-m", "pip", "check")
    machine.out(PROGRAM, "demo")


def install_for_the_system(machine: Machine) -> None:
    """The user, the folder and the unit."""
    if machine.run("id", USER).returncode != 0:
        machine.out("useradd", "--system", "--home-dir", "/var/lib/inboxwatch", "--shell", "/usr/sbin/nologin", USER)
    _copy_unit(machine, "inboxwatch-system.service", "/etc/systemd/system")


def install_for_her(machine: Machine) -> None:
    """A user of the machine with her own configuration, program and unit."""
    machine.out("useradd", "--create-home", HER)
    machine.out("install", "-d", "-o", HER, "-g", HER, f"/home/{HER}/.local/bin", f"/home/{HER}/.config/systemd/user")
    machine.out("ln", "-s", PROGRAM, f"/home/{HER}/.local/bin/inboxwatch")
    _copy_unit(machine, "inboxwatch.service", f"/home/{HER}/.config/systemd/user")


def _python(machine: Machine) -> str:
    for python in _PYTHONS:
        if machine.run(python, "-c", _USABLE).returncode == 0:
            return python
    raise CannotBoot("the system has no Python 3.11 or newer outside of home folders; install python3")


def _copy_unit(machine: Machine, name: str, folder: str) -> None:
    machine.write(f"{folder}/inboxwatch.service", (ROOT / "systemd" / name).read_text(encoding="utf-8"))
