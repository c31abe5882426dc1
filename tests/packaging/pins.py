"""What pyproject.toml allows, and what requirements/*.txt pins: read for the tests and for the list of licences."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.packaging.places import ROOT

_PIN = re.compile(
    r"(?m)^(?P<name>[\w.-]+)==(?P<version>\S+)(?: ; (?P<marker>[^\\\n]+?))? \\\n(?P<hashes>(?:    --hash=\S+.*\n)+)"
)
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Pin:
    """One line of a file in requirements/: on which machines (a marker, or all) it holds, and the hashes allowed."""

    name: str
    version: Version
    marker: Marker | None
    hashes: tuple[str, ...]

    def holds(self, machine: Mapping[str, str]) -> bool:
        """Whether it is installed on a machine that is described by the variables of markers."""
        return self.marker is None or self.marker.evaluate(dict(machine))


def extras() -> tuple[str, ...]:
    """The extras of pyproject.toml; `dev` is what its tests need."""
    return tuple(_PROJECT["project"]["optional-dependencies"])


def allowed(extra: str | None = None) -> list[Requirement]:
    """The direct dependencies: without an extra those to run, else those which the extra adds."""
    project = _PROJECT["project"]
    texts = project["dependencies"] if extra is None else project["optional-dependencies"][extra]
    return [Requirement(text) for text in texts]


def to_build() -> list[Requirement]:
    """What is needed to build the package."""
    return [Requirement(text) for text in _PROJECT["build-system"]["requires"]]


def pins(name: str) -> list[Pin]:
    """All lines of requirements/NAME.txt. Raises ValueError for one that is not understood: none is passed over."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    left = re.sub(r"(?m)^ *#.*\n", "", _PIN.sub("", re.sub(r"(?m)^ +# .*\n", "", text)))
    if left.strip():
        raise ValueError(f"requirements/{name}.txt: {left.strip()[:200]!r} is not understood; run scripts/lock")
    return [
        Pin(
            canonicalize_name(found["name"]),
            Version(found["version"]),
            Marker(found["marker"]) if found["marker"] else None,
            tuple(re.findall(r"--hash=(\S+)", found["hashes"])),
        )
        for found in _PIN.finditer(re.sub(r"(?m)^ +# .*\n", "", text))
    ]


def required_by(name: str, machine: Mapping[str, str], wanted_extras: frozenset[str]) -> list[Requirement]:
    """What an installed package requires on such a machine, by its own metadata; nothing if it is not installed."""
    try:
        texts = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
    found = [Requirement(text) for text in texts]
    return [
        each
        for each in found
        if each.marker is None
        or any(each.marker.evaluate({**machine, "extra": extra}) for extra in (wanted_extras or frozenset({""})))
    ]
