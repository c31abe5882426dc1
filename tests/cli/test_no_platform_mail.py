"""`alerts.no_platform_mail` of the configuration: how it is written, and what `replay` tells by it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from inboxwatch.config import default, load
from tests.cli.support import PROJECT, Commands, a_mail, comment, jst, write_config, write_mails

_LAST = jst("2026-06-01T10:00")


@pytest.fixture
def story(tmp_path: Path) -> list[object]:
    """What `replay` is asked: one contract with one contact."""
    mails = write_mails(tmp_path / "mails", a_mail(comment(), _LAST))
    notes = tmp_path / "notes.yaml"
    notes.write_text(f"- {{at: 2026-05-30, project: {PROJECT}, fact: escrow_funded}}\n")
    return ["replay", mails, "--notes", notes, "--until", "2026-12-31"]


def _told(commands: Commands, story: list[object]) -> list[str]:
    return [line["at"] for line in commands.lines(*story) if line["kind"] == "no_platform_mail"]


@pytest.mark.parametrize(
    ("setting", "at"), [("20d", "2026-06-21T10:00:00+09:00"), ("72h", "2026-06-04T10:00:00+09:00")]
)
def test_the_configured_time_is_waited(
    tmp_path: Path, commands: Commands, story: list[object], setting: str, at: str
) -> None:
    write_config(tmp_path, f"alerts: {{no_platform_mail: {setting}}}")
    assert _told(commands, story) == [at]


def test_without_a_configuration_the_usual_time_is_waited(bare: Commands, story: list[object]) -> None:
    span = default().alerts.no_platform_mail
    assert span is not None
    assert _told(bare, story) == [(_LAST + span).isoformat()]


@pytest.mark.parametrize("setting", ["off", "null", "false"])
def test_it_can_be_switched_off(tmp_path: Path, commands: Commands, story: list[object], setting: str) -> None:
    write_config(tmp_path, f"alerts: {{no_platform_mail: {setting}}}")
    assert _told(commands, story) == []


@pytest.mark.parametrize("setting", ["0d", "14", "soon", "[14d]", "true"])
def test_what_is_no_time_is_told_with_its_place(tmp_path: Path, commands: Commands, setting: str) -> None:
    write_config(tmp_path, "alerts:", f"  no_platform_mail: {setting}")
    commands("status", code=78)
    assert "alerts.no_platform_mail: " in commands.err


def test_the_default_is_the_same_with_and_without_a_file(tmp_path: Path) -> None:
    loaded = load(write_config(tmp_path), known_platforms=["lancers"])
    assert loaded.alerts.no_platform_mail == default().alerts.no_platform_mail
    assert loaded.alerts.no_platform_mail != timedelta(0)
