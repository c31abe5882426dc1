"""Reads the story files: what happens in a story, and which alerts must follow from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

HERE = Path(__file__).parent
JST = ZoneInfo("Asia/Tokyo")
#: `demo` is the first story; its mails and notes are not kept twice.
DEMO = HERE.parent.parent / "src" / "inboxwatch" / "demo"

INSTANT = r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?"
_EQUATION = re.compile(rf"({INSTANT}) \+ ([\d.]+) (d|h) = ({INSTANT})")
_PLACE = re.compile(r"\[([a-zA-Z0-9-]+)\]")


@dataclass(frozen=True)
class Letter:
    """One template of `letters.yaml`: a subject and body with holes, and what must be read from such a mail."""

    name: str
    subject: str
    body: tuple[str, ...]
    read_as: str | None
    grade: str | None
    by: str | None
    link: str
    where: str


@dataclass(frozen=True)
class StoryMail:
    """One mail of a story. `project` is where it belongs; its link names it unless `shows_link` is false."""

    file: str
    at: datetime
    letter: Letter
    project: str | None
    shows_link: bool = True
    words: str = ""
    sender: str | None = None
    subject: str = ""


@dataclass(frozen=True)
class Note:
    """One fact that she records."""

    at: datetime
    project: str
    fact: str
    said: dict[str, Any]


@dataclass(frozen=True)
class Equation:
    """An arithmetic that a rule line writes out: `start` + `span` = `end`."""

    start: datetime
    span: timedelta
    end: datetime

    @property
    def holds(self) -> bool:
        return self.start + self.span == self.end


@dataclass(frozen=True)
class Expected:
    """One alert that must come, and the documented rule it follows from.

    `fault` says why the program does not give it yet, though it should; None for what it gives.
    """

    at: datetime
    kind: str
    project: str | None
    outcome: str | None
    urgent: bool
    due_at: datetime | None
    says: dict[str, list[str]]
    rule: str
    fault: str | None = None

    @property
    def places(self) -> list[str]:
        """The names, in rules.yaml, of what the rule line rests on."""
        return _PLACE.findall(self.rule)

    @property
    def equations(self) -> list[Equation]:
        """Every arithmetic of the rule line."""
        return [
            Equation(instant(a), timedelta(**{"hours" if unit == "h" else "days": float(number)}), instant(b))
            for a, number, unit, b in _EQUATION.findall(self.rule)
        ]


@dataclass(frozen=True)
class Run:
    """The story under one configuration. `config` are lines beyond the language and an empty mailbox."""

    name: str
    config: tuple[str, ...]
    alerts: tuple[Expected, ...]


@dataclass(frozen=True)
class Story:
    """One story: its folder and all that its files say."""

    folder: Path
    about: dict[str, Any]
    mails: tuple[StoryMail, ...]
    notes: tuple[Note, ...]
    runs: tuple[Run, ...]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def until(self) -> datetime:
        return instant(self.about["until"])

    @property
    def mails_folder(self) -> Path:
        return DEMO if self.about.get("demo") else self.folder / "mails"

    @property
    def notes_file(self) -> Path:
        return (DEMO if self.about.get("demo") else self.folder) / "notes.yaml"

    @property
    def mail_files(self) -> list[Path]:
        return sorted(self.mails_folder.glob("*.eml"))


def instant(text: object) -> datetime:
    """An instant as the story files write it: in Japan's time."""
    return datetime.fromisoformat(str(text)).replace(tzinfo=JST)


@cache
def letters() -> dict[str, Letter]:
    """The templates, by name."""
    found = _read(HERE / "letters.yaml")
    return {
        name: Letter(
            name=name,
            subject=said["subject"],
            body=tuple(said["body"]),
            read_as=said["read_as"],
            grade=said["grade"],
            by=said.get("by"),
            link=said.get("link", "https://www.lancers.jp/work/detail/{project}"),
            where=said["where"],
        )
        for name, said in found.items()
    }


@cache
def rules() -> dict[str, dict[str, str]]:
    """The places that rule lines may name."""
    found: dict[str, dict[str, str]] = _read(HERE / "rules.yaml")
    return found


@cache
def stories() -> tuple[Story, ...]:
    """All stories, in the order of their numbers."""
    return tuple(_story(path.parent) for path in sorted(HERE.glob("*/story.yaml")))


def _story(folder: Path) -> Story:
    about = _read(folder / "story.yaml")
    notes_folder = DEMO if about.get("demo") else folder
    return Story(
        folder=folder,
        about=about,
        mails=tuple(_mail(number, said) for number, said in enumerate(about.get("mails", ()), 1)),
        notes=tuple(_note(said) for said in _read(notes_folder / "notes.yaml") or ()),
        runs=tuple(_run(said, about.get("clients")) for said in about["runs"]),
    )


def _mail(number: int, said: dict[str, Any]) -> StoryMail:
    project = said.get("project")
    return StoryMail(
        file=said.get("file", f"{number:02d}-{said['letter'].replace('_', '-')}") + ".eml",
        at=instant(said["at"]),
        letter=letters()[said["letter"]],
        project=str(project) if project else None,
        shows_link=said.get("link") != "none",
        words=said.get("words", ""),
        sender=said.get("from"),
        subject=said.get("subject", ""),
    )


def _note(said: dict[str, Any]) -> Note:
    more = {key: value for key, value in said.items() if key not in ("at", "project", "fact")}
    return Note(instant(said["at"]), said["project"], said["fact"], more)


def _run(said: dict[str, Any], clients: str | None) -> Run:
    lines = [said.get("config"), None if said.get("without_clients") else clients]
    return Run(
        name=said.get("name", "as shipped"),
        config=tuple(line for line in lines if line),
        alerts=tuple(_expected(alert) for alert in said["alerts"]),
    )


def _expected(said: dict[str, Any]) -> Expected:
    unknown = set(said) - {"at", "kind", "project", "outcome", "urgent", "due_at", "says", "rule", "fault"}
    if unknown:
        raise ValueError(f"unknown keys of an alert: {sorted(unknown)}")
    return Expected(
        at=instant(said["at"]),
        kind=said["kind"],
        project=f"lancers/{said['project']}" if said.get("project") else None,
        outcome=said.get("outcome"),
        urgent=said.get("urgent", False),
        due_at=instant(said["due_at"]) if said.get("due_at") else None,
        says=said.get("says", {}),
        rule=said["rule"],
        fault=said.get("fault"),
    )


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
