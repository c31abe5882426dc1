"""Plays a story through the real command, in this process."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from inboxwatch.__main__ import main
from tests.cli.support import write_config
from tests.stories.stories import JST, Expected, Run, Story

#: What the stories fix of an alert, beside its words.
Core = tuple[datetime, str, str | None, str | None, bool, datetime | None]


class Failed(Exception):
    """A command did not end with 0; the text is what it said."""


def command(config: Path, *arguments: object) -> str:
    """Run one command with a configuration; return its standard output. Raises Failed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["-c", str(config), *(str(argument) for argument in arguments)])
    # A fault over one project is only logged; here it must not pass for silence.
    if code or "fault" in err.getvalue():
        raise Failed(f"{' '.join(str(argument) for argument in arguments)} ended with {code}: {err.getvalue()}")
    return out.getvalue()


def configuration(folder: Path, run: Run) -> Path:
    """The run's configuration, in an empty folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    return write_config(folder, *run.config)


def replayed(
    story: Story, config: Path, language: str = "en", mails: Sequence[Path] | None = None
) -> list[dict[str, Any]]:
    """Every alert that `inboxwatch replay --json` gives, in its order. `mails` instead of the story's folder."""
    paths = mails or [story.mails_folder]
    notes, until = story.notes_file, story.until.isoformat()
    printed = command(config, "replay", *paths, "--notes", notes, "--until", until, "--json", "--language", language)
    return [json.loads(line) for line in printed.splitlines()]


def core_of(alert: dict[str, Any]) -> Core:
    """Of an alert as printed, what the stories fix."""
    due_at = datetime.fromisoformat(alert["due_at"]) if alert["due_at"] else None
    at = datetime.fromisoformat(alert["at"])
    return at, alert["kind"], alert["project"], alert["outcome"], alert["urgent"], due_at


def core_expected(alert: Expected) -> Core:
    """The same of an expected alert."""
    return alert.at, alert.kind, alert.project, alert.outcome, alert.urgent, alert.due_at


def shown(core: Core) -> str:
    """One alert on one line, in Japan's time."""
    at, kind, project, outcome, urgent, due_at = core
    due = f" due {due_at.astimezone(JST):%Y-%m-%d %H:%M:%S}" if due_at else ""
    return (
        f"{at.astimezone(JST):%Y-%m-%d %H:%M:%S}  {kind:<18} {project or '-'} {outcome or '-'}"
        f"{' urgent' if urgent else ''}{due}"
    )
