"""Writes docs/licences.md, the list of what inboxwatch is installed with: `python -m tests.packaging.licences`.

scripts/lock calls it in an environment where all that is pinned is installed: names and versions are those of
requirements/, licences those of the packages' own metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

from packaging.utils import canonicalize_name

from tests.packaging.pins import Pin, allowed, extras, pins, required_by, to_build

#: Why each direct dependency is here, in a few words; docs/architecture.md, "Dependencies, and why" has the whole.
REASONS = {
    "imapclient": "IMAP",
    "mail-parser": "attachments, Received and defects of a mail",
    "pyyaml": "configuration, profiles and wording",
    "schedule": "periodic jobs of the daemon",
    "pydantic": "all errors of a configuration at once, and its JSON Schema",
    "selectolax": "the visible text of HTML",
    "apprise": "the services that alerts go to, in a child process",
    "rich": "tables and the progress bar in the terminal",
    "tzdata": "time zones where the machine has none",
    "dkimpy": "verifies the signature of a mail (DKIM)",
    "dnspython": "asks for the signer's key, with timeouts",
    "pytest": "runs the tests",
    "pytest-timeout": "ends a test that hangs",
    "hypothesis": "thinks up hostile mail",
    "ruff": "style",
    "mypy": "types",
    "types-pyyaml": "the types of PyYAML",
    "atheris": "the fuzzer",
    "setuptools": "builds the package",
}

#: Permissive, and weak copyleft that asks something of changes to the package's own files alone.
COMPATIBLE = {
    *("MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "Zlib", "Apache-2.0", "PSF-2.0", "Python-2.0"),
    *("MPL-2.0", "Unlicense", "CC0-1.0"),
}

#: Where the metadata has no name that could be compared: what the package's own licence file says.
READ_BY_HAND = {
    "imapclient": "BSD-3-Clause",  # COPYING
    "atheris": "Apache-2.0",  # LICENSE
    "dkimpy": "Zlib",  # LICENSE: the words of zlib's licence, named "BSD-like" in the metadata
}
_NAMES = {
    "MIT License": "MIT",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "ISC License (ISCL)": "ISC",
}
_HEAD = """\
# What inboxwatch is installed with, and under which licences

Made by `scripts/lock` from the packages' own metadata; do not edit. inboxwatch itself is under the MIT licence and
contains none of these: they are installed beside it, unchanged. Versions are those pinned in `requirements/`, with
which it is tested; what [pyproject.toml](../pyproject.toml) allows is wider. MPL-2.0 asks those who change a package's
own files to publish these changes, and nothing of us. `tests/packaging/test_supply.py` holds that the list is complete
and that each licence permits this.
"""


def licence(name: str) -> str:
    """The licence of an installed package as an SPDX expression. Raises ValueError where none can be told."""
    found = READ_BY_HAND.get(name) or _stated(metadata.metadata(name))
    if not found:
        raise ValueError(f"the licence of {name} is not in its metadata: read it, and add it to READ_BY_HAND")
    return found


def is_compatible(expression: str) -> bool:
    """Whether a licence lets inboxwatch, under MIT, be distributed with and run on the package."""
    words = re.sub(r"[()]", "", expression)
    return any(all(part.strip() in COMPATIBLE for part in choice.split(" AND ")) for choice in words.split(" OR "))


def rows(file: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, version, licence and reason of each package pinned in requirements/FILE.txt that is installed here."""
    direct = {canonicalize_name(each.name) for group in (None, *extras()) for each in allowed(group)}
    direct |= {canonicalize_name(each.name) for each in to_build()}
    listed = pins(file)
    for pin in listed:
        if is_installed(pin.name):
            reason = REASONS[pin.name] if pin.name in direct else f"for {', '.join(_users(pin, listed))}"
            yield pin.name, str(pin.version), licence(pin.name), reason


def is_installed(name: str) -> bool:
    """Whether its metadata can be read here: some pins are for other systems."""
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def document() -> str:
    """The whole text."""
    to_run = list(rows("run"))
    parts = [_HEAD, "## To run\n", _table(to_run)]
    seen = {row[0] for row in to_run}
    others = [("build", "## To build\n"), ("ci", "## To test\n")]
    others += [(extra, f"## With the extra `{extra}`\n") for extra in extras() if extra != "dev"]
    for file, title in others:
        more = [row for row in rows(file) if row[0] not in seen]
        seen |= {row[0] for row in more}
        parts += [title, _table(more)]
    return "\n".join(parts)


def _stated(stated: metadata.PackageMetadata) -> str:
    expression = stated.get("License-Expression") or stated.get("License") or ""
    if not expression or len(expression) > 60:
        classes = [
            each for each in stated.get_all("Classifier") or [] if each.startswith("License :: OSI Approved :: ")
        ]
        expression = classes[0].rsplit(" :: ", 1)[1] if classes else ""
    return _NAMES.get(expression, expression)


def _users(pin: Pin, listed: list[Pin]) -> list[str]:
    return [
        other.name
        for other in listed
        if pin.name in {canonicalize_name(each.name) for each in required_by(other.name, {}, frozenset())}
    ]


def _table(found: list[tuple[str, str, str, str]]) -> str:
    lines = ["| package | version | licence | why it is here |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in sorted(found))]) + "\n"


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201
