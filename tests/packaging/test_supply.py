"""What is installed: pinned with its hashes, within the ranges that users get, known by its licence and its reason."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.licences import REASONS, is_compatible, is_installed, licence, rows
from tests.packaging.pins import Pin, allowed, extras, pins, required_by, to_build
from tests.packaging.places import ROOT

#: The file that pins what an extra needs: `dev` has another name.
FILES = {None: "run", **{extra: "ci" if extra == "dev" else extra for extra in extras()}}
PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = (
    {"sys_platform": "linux", "platform_system": "Linux"},
    {"sys_platform": "darwin", "platform_system": "Darwin"},
)
DOCUMENT = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")


def _machine(python: str, system: dict[str, str]) -> dict[str, str]:
    return {
        **{"python_version": python, "python_full_version": f"{python}.7", "implementation_name": "cpython"},
        **{"platform_python_implementation": "CPython", "os_name": "posix", "platform_machine": "x86_64", "extra": ""},
        **system,
    }


def _missing(wanted: list[Requirement], listed: list[Pin], machine: dict[str, str]) -> list[str]:
    """What these requirements and theirs ask for, on such a machine, and the pins do not give."""
    there = {pin.name: pin for pin in listed if pin.holds(machine)}
    missing, seen, waiting = [], set(), list(wanted)
    while waiting:
        each = waiting.pop()
        if str(each) in seen or not (each.marker is None or each.marker.evaluate(machine)):
            continue
        seen.add(str(each))
        pin = there.get(canonicalize_name(each.name))
        if pin is None or not each.specifier.contains(pin.version, prereleases=True):
            missing.append(f"{each}, but {pin.version if pin else 'nothing'} is pinned")
        waiting += required_by(each.name, machine, frozenset(each.extras))
    return missing


@pytest.mark.parametrize("extra", FILES)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_pins_give_all_that_is_needed_within_the_ranges_that_users_get(extra: str | None, python: str) -> None:
    for system in SYSTEMS:
        wanted = allowed() + (allowed(extra) if extra else [])
        assert _missing(wanted, pins(FILES[extra]), _machine(python, system)) == [], "run scripts/lock"


def test_a_pin_that_is_missing_or_outside_of_its_range_is_found() -> None:
    machine, listed = _machine("3.11", SYSTEMS[0]), pins("run")
    for name in ("urllib3", "pydantic"):  # one is needed by another package alone
        assert _missing(allowed(), [pin for pin in listed if pin.name != name], machine) != []
    assert _missing([Requirement("pyyaml<6")], listed, machine) != []


def test_what_builds_the_package_is_pinned_too() -> None:
    assert _missing(to_build(), pins("build"), _machine("3.11", SYSTEMS[0])) == [], "run scripts/lock"


@pytest.mark.parametrize("file", sorted({*FILES.values(), "build"}))
def test_every_pin_has_hashes_and_the_same_version_everywhere(file: str) -> None:
    tested = {pin.name: pin.version for pin in pins("ci")}
    for pin in pins(file):
        assert pin.hashes, pin.name
        assert [each for each in pin.hashes if not re.fullmatch(r"sha256:[0-9a-f]{64}", each)] == []
        assert tested.get(pin.name, pin.version) == pin.version


def test_no_file_that_is_installed_from_names_a_registry_or_a_place() -> None:
    for path in [*(ROOT / "requirements").glob("*.txt"), ROOT / "pyproject.toml"]:
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"(?m)^\s*-(?!-hash=)\S+.*$|https?://\S+|\S+ @ \S+", text) == [], path.name


def test_every_direct_dependency_has_its_reason_and_no_reason_has_lost_its_dependency() -> None:
    direct = [each for group in (None, *extras()) for each in allowed(group)] + to_build()
    names = {canonicalize_name(each.name) for each in direct}
    assert names - REASONS.keys() == set(), "say in tests/packaging/licences.py why it is here, and run scripts/lock"
    assert REASONS.keys() - names - {"atheris"} == set()


def test_the_architecture_tells_of_each_direct_dependency_why() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text[text.index("## Dependencies, and why") :].split("\n## ")[0].casefold()
    direct = {each.name.casefold() for group in (None, *extras()) for each in allowed(group)}
    assert [name for name in sorted(direct) if not re.search(rf"\b{re.escape(name)}\b", section)] == []


def _listed() -> dict[str, tuple[str, str]]:
    table = re.findall(r"(?m)^\| (\S+) \| (\S+) \| (.+?) \| .+ \|$", DOCUMENT)
    return {name: (version, words) for name, version, words in table if name != "package"}


def test_the_list_of_licences_names_every_package_that_is_pinned_in_its_version() -> None:
    listed = _listed()
    pinned = {pin.name: pin for file in {*FILES.values(), "build"} for pin in pins(file)}
    here = {name: pin for name, pin in pinned.items() if name in listed or pin.holds(_machine("3.11", SYSTEMS[0]))}
    assert {name: str(pin.version) for name, pin in here.items()} == {name: row[0] for name, row in listed.items()}


def test_every_licence_permits_it() -> None:
    assert {name: words for name, (_, words) in _listed().items() if not is_compatible(words)} == {}


def test_what_is_installed_here_has_the_licence_that_is_listed() -> None:
    listed = _listed()
    here = [name for name in listed if is_installed(name)]
    assert len(here) > 30
    assert {name: licence(name) for name in here} == {name: listed[name][1] for name in here}


@pytest.mark.parametrize(
    ("words", "permitted"),
    [
        ("MIT", True),
        ("Apache-2.0 OR BSD-2-Clause", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-or-later", False),
        ("MIT AND LGPL-2.1-only", False),
        ("AGPL-3.0-only", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_a_licence_that_forbids_it_would_be_noticed(words: str, permitted: bool) -> None:
    assert is_compatible(words) is permitted


def test_the_list_of_licences_is_the_one_that_scripts_lock_makes() -> None:
    reasons = {row[0]: row[3] for file in ("ci", "run") for row in rows(file)}
    written = dict(re.findall(r"(?m)^\| (\S+) \| \S+ \| .+? \| (.+) \|$", DOCUMENT))
    assert {name: written.get(name) for name in reasons} == reasons, "run scripts/lock"
