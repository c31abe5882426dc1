"""Reads the notes of `replay`: a YAML list of facts with their instants."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from inboxwatch.commands.refusal import Refusal
from inboxwatch.config import yaml_lines
from inboxwatch.config.yaml_lines import YamlError
from inboxwatch.facts import FactError, Statement, as_fact, as_instant, nearest
from inboxwatch.platforms.fact_names import fact_called

_WRONG_USAGE = 2
_KEYS = ("at", "project", "fact", "by", "channel", "due", "plan", "note", "part")
_NEEDED = _KEYS[:3]
#: A note may lie in the future, where a recorded fact may not; what is to be checked beside it is in the past.
_FAR, _SURE = datetime.max.replace(tzinfo=UTC), "2000-01-01"


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
        wrong = list(_wrong_with(item, zone, platforms))
        problems += [f"{place}: {sentence}" for sentence in wrong]
        if not wrong:
            notes.append(_note(item, place, zone))
    if problems:
        raise Refusal(problems, _WRONG_USAGE)
    return notes


def _wrong_with(item: Any, zone: ZoneInfo, platforms: Collection[str]) -> Iterator[str]:
    """Everything that is wrong with one note, a sentence each.

    Everything but the project, which mails may name before it is played, is checked here, where the line is known.
    """
    if not isinstance(item, dict):
        yield "must hold at, project and fact; write for instance {at: 2026-11-23, project: …, fact: …}"
        return
    for key in item:
        if key not in _KEYS:
            yield f"unknown key {str(key)!r}{nearest(str(key), _KEYS)}; one of: {', '.join(_KEYS)}"
    for key in _NEEDED:
        if item.get(key) in (None, ""):
            yield f"{key!r} is missing; each note needs {', '.join(_NEEDED)}"
    number = item.get("plan")
    if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
        yield "plan must be a number"
        number = None
    words = _words(item)
    # Each is tried beside what is surely right, so that one fault does not hide another.
    sure = Statement("direct/any", "contact", at=_SURE)
    tried = [replace(sure, at=words["at"] or _SURE), replace(sure, kind=words["fact"] or "contact")]
    tried += [replace(sure, by=words["by"]), replace(sure, channel=words["channel"]), replace(sure, due=words["due"])]
    # A part is wrong beside anything but a delivery, and that is told where the fact itself is right.
    kind = words["fact"] if words["fact"] and fact_called(words["fact"]) else "delivered"
    for stated in (*tried, replace(sure, plan=number), replace(sure, kind=kind, part=words["part"])):
        try:
            as_fact(stated, _FAR, zone, (), platforms)
        except FactError as error:
            yield str(error)


def _words(item: dict[str, Any]) -> dict[str, str | None]:
    return {key: None if item.get(key) is None else str(item[key]) for key in _KEYS if key != "plan"}


def _note(item: dict[str, Any], place: str, zone: ZoneInfo) -> Note:
    words = _words(item)
    stated = Statement(
        project=words["project"] or "",
        kind=words["fact"] or "",
        by=words["by"],
        channel=words["channel"],
        due=words["due"],
        plan=item.get("plan"),
        note=words["note"],
        part=words["part"],
    )
    return Note(as_instant(words["at"] or "", zone), stated, place)
