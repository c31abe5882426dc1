"""Fixtures of the command tests: nothing of the developer's own machine is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import PLACES, Commands, write_config


@pytest.fixture(autouse=True)
def _bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))
    for name in PLACES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def bare(capsys: pytest.CaptureFixture[str]) -> Commands:
    """Commands without any configuration."""
    return Commands(capsys, None)


@pytest.fixture
def commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    """Commands with a configuration whose mailbox does not answer, and an empty state."""
    return Commands(capsys, write_config(tmp_path, "alerts: {targets: [{journal: true}]}"))
