"""Reads the notes of `replay`: a YAML list of facts with their instants."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from inboxwatch.commands.common import nearest
from inboxwatch.commands.refusal import Refusal
from inboxwatch.config import yaml_lines
from inboxwatch.config.yaml_lines import YamlError
from inboxwatch.facts import FactError, Statement, as_fact, as_instant

_WRONG_USAGE = 2
_KEYS = ("at", "project", "fact", "by", "channel", "due", "plan", "note")
_NEEDED = _KEYS[:3]


@dataclass(frozen=True, slots=True)
class Note:
    """One fact with the instant at which it is recorded (aware), and where it stands: `FILE:LINE`."""

    at: datetime
    stated: Statement
    place: str


def read_notes(path: Path, zone: ZoneInfo, platforms: Collection[str]) -> list[Note]:
    """The notes in a file, in its order; instants without offset are in `zone`.

    Raises Refusal with every problem as `FILE:LINE: what is wrong`, and OSError for a file that cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(f"{path}: is not UTF-8; save the file as UTF-8", _WRONG_USAGE) from None
    return parse_notes(text, str(path), zone, platforms)


def parse_notes(text: str, name: str, zone: ZoneInfo, platforms: Collection[str]) -> list[Note]:
    """The same, given the text and the file's name."""
    try:
        document = yaml_lines.parse(text)
    except YamlError as error:
        raise Refusal(f"{name}:{error.line}: {error.sentence}", _WRONG_USAGE) from None
    problems = [f"{name}:{document.line_of(place)}: {sentence}" for place, sentence in document.problems]
    if not isinstance(document.value, list | None):
        problems.append(f"{name}:1: must be a list; write for instance: - {{at: 2026-11-23, project: …, fact: …}}")
    notes = []
    for number, item in enumerate(document.value if isinstance(document.value, list) else ()):
        place = f"{name}:{document.line_of((number,))}"
        try:
            notes.append(_note(item, place, zone, platforms))
        except FactError as error:
            problems.append(f"{place}: {error}")
    if problems:
        raise Refusal(problems, _WRONG_USAGE)
    return notes


def _note(item: Any, place: str, zone: ZoneInfo, platforms: Collection[str]) -> Note:
    if not isinstance(item, dict):
        raise FactError("must hold at, project and fact; write for instance {at: 2026-11-23, project: …, fact: …}")
    unknown = [key for key in item if key not in _KEYS]
    if unknown:
        raise FactError(f"unknown key {unknown[0]!r}{nearest(unknown[0], _KEYS)}; one of: {', '.join(_KEYS)}")
    missing = [key for key in _NEEDED if item.get(key) in (None, "")]
    if missing:
        raise FactError(f"{missing[0]!r} is missing; each note needs {', '.join(_NEEDED)}")
    plan = item.get("plan")
    if plan is not None and not isinstance(plan, int):
        raise FactError("plan must be a number")
    words = {key: None if item.get(key) is None else str(item[key]) for key in _KEYS if key != "plan"}
    at = as_instant(words["at"] or "", zone)
    stated = Statement(
        project=words["project"] or "",
        kind=words["fact"] or "",
        by=words["by"],
        channel=words["channel"],
        due=words["due"],
        plan=plan,
        note=words["note"],
    )
    # Everything but the project, which mails may name before it is played, is checked here, where the line is known.
    as_fact(replace(stated, project="direct/any"), at, zone, (), platforms)
    return Note(at, stated, place)
