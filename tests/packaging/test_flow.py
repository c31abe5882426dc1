"""Imports go one way, and each library, the database and the clock are touched in one place (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.places import PACKAGE

#: What the modules of a folder may import of ours, besides their own folder. What is not named here is forbidden.
MAY_IMPORT = {
    "mailbox": {"mail.model"},
    "mail": set(),
    "platforms": {"mail"},
    "timeline": {"mail", "platforms"},
    "wording": set(),
    "alerts": {"mail", "platforms", "timeline", "wording", "kept", "fault", "inherited"},
    "store": {"mail", "platforms", "timeline", "alerts.model", "kept", "plain"},
    "config": {"alerts.model", "inherited"},
    "oauth": {"config.credentials", "mailbox.errors", "mailbox.deadline", "mailbox.reaching"},
    "service": {
        *("config", "mailbox", "mail", "platforms", "alerts", "wording", "store", "kept"),
        *("pipeline", "stumbling", "causes", "fault", "logins", "app"),
    },
}

#: Which libraries are imported where alone: each could be exchanged, or has traps to be kept in one place.
ONLY_IN = {
    "sqlite3": ("store/",),
    "imapclient": ("mailbox/",),
    "mailparser": ("mail/",),
    "selectolax": ("mail/",),
    "apprise": ("alerts/apprise_child.py",),
    "schedule": ("service/",),
    "rich": ("views/", "commands/"),
    "argparse": ("cli.py", "commands/"),
    "subprocess": ("alerts/program.py", "config/credentials.py"),
    "urllib.request": ("service/ping.py",),
    "http.client": ("service/ping.py", "oauth/asking.py"),
    "http.server": ("oauth/loopback.py",),
    "webbrowser": ("commands/login.py",),
    "dkim": ("mail/signatures.py",),
    "dns": ("service/keys.py",),
}

#: Where the wall clock may be read: the outermost layer. Everything else is given `now`.
CLOCKS = ("__main__.py", "service/")
CLOCK_CALLS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}


def _modules(folder: str = "") -> list[Path]:
    return sorted((PACKAGE / folder).rglob("*.py"))


def _place(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Each import with its line, those for type checkers alone included; `from a import b` gives both a and a.b."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_place(path)}:{node.lineno}: imports name the whole package, never dots"
            yield node.lineno, node.module or ""
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _own_imports(path: Path) -> Iterator[tuple[int, str]]:
    """The modules of ours that this one imports, by their names below the package."""
    for line, name in _imports(path):
        below = name.removeprefix("inboxwatch.")
        if below != name and _is_module(below):
            yield line, below


def _is_module(name: str) -> bool:
    path = PACKAGE / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or path.is_dir()


def _within(name: str, allowed: str) -> bool:
    return name == allowed or name.startswith(f"{allowed}.")


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_a_step_imports_nothing_of_a_later_step(folder: str) -> None:
    modules = _modules(folder)
    assert len(modules) > 1, f"{folder}/ is gone: say here where it went"
    allowed = {folder, *MAY_IMPORT[folder]}
    parents = {name.rpartition(".")[0] for name in allowed}  # `from store.model import X` names `store` too
    wrong = [
        f"{_place(path)}:{line} imports {name}"
        for path in modules
        for line, name in _own_imports(path)
        if not any(_within(name, one) for one in allowed) and name not in parents
    ]
    assert wrong == []


def test_only_the_command_line_imports_the_commands() -> None:
    # The demo is a command that has a folder of its own.
    outside = [
        path for path in _modules() if _place(path).split("/")[0] not in ("commands", "demo", "cli.py", "__main__.py")
    ]
    wrong = [
        f"{_place(path)}:{line} imports {name}"
        for path in outside
        for line, name in _own_imports(path)
        if _within(name, "commands") or _within(name, "cli")
    ]
    assert wrong == []


def test_nothing_but_commands_imports_what_is_shown_to_people() -> None:
    outside = [path for path in _modules() if _place(path).split("/")[0] not in ("commands", "views")]
    wrong = [
        f"{_place(p)}:{line} imports {name}"
        for p in outside
        for line, name in _own_imports(p)
        if _within(name, "views")
    ]
    assert wrong == []


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_is_imported_in_its_own_place_alone(library: str) -> None:
    found = {_place(path) for path in _modules() for _, name in _imports(path) if _within(name, library)}
    assert found, f"{library} is imported nowhere any more: take it out of ONLY_IN, and out of pyproject.toml"
    assert [place for place in sorted(found) if not place.startswith(ONLY_IN[library])] == []


def test_the_wall_clock_is_read_in_the_outermost_layer_alone() -> None:
    read = {
        f"{_place(path)}:{node.lineno}"
        for path in _modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and (_last_name(node.value), node.attr) in CLOCK_CALLS
    }
    assert read, "the clock is read nowhere: this test no longer sees it"
    assert [place for place in sorted(read) if not place.startswith(CLOCKS)] == []


def _last_name(node: ast.expr) -> str | None:
    """`datetime` of both `datetime` and `datetime.datetime`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def test_every_module_says_in_its_first_line_why_it_exists() -> None:
    silent = [_place(path) for path in _modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []
