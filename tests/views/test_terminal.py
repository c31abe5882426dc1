"""Tables: right for East Asian widths, for narrow terminals, and coloured only where somebody looks."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from inboxwatch.__main__ import main
from inboxwatch.views.terminal import console, say, show_rows
from tests.cli.support import a_mail, comment, environment, jst, write_config, write_mails

_HEADINGS = ("project", "state", "what to do")
_ROWS = (
    ("lancers/1\n旅行ブログの記事作成（全5本）", "進行中", "まだ申請しないでください。先に完了報告を。" * 3),
    ("lancers/2\nplain letters", "paid", "Nothing to do."),
)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Gives what is printed at a width."""

    def at(width: int) -> str:
        monkeypatch.setenv("COLUMNS", str(width))
        show_rows(console(), _HEADINGS, _ROWS)
        return capsys.readouterr().out

    return at


@pytest.mark.parametrize("width", [80, 100, 132])
def test_no_line_is_wider_than_the_terminal_and_columns_begin_at_the_same_cell(shown, width: int) -> None:  # type: ignore[no-untyped-def]
    lines = shown(width).splitlines()
    assert all(cell_len(line) <= width for line in lines)
    begins = [
        cell_len(line[: line.index(word)]) for line in lines for word in ("state", "進行中", "paid") if word in line
    ]
    assert len(begins) == 3
    assert len(set(begins)) == 1


@pytest.mark.parametrize("width", [20, 40, 79])
def test_a_narrow_terminal_gets_a_block_for_each_row(shown, width: int) -> None:  # type: ignore[no-untyped-def]
    lines = shown(width).splitlines()
    assert all(cell_len(line) <= width for line in lines)
    assert "lancers/1" in lines[0]
    assert "  state: 進行中" in lines
    assert "" in lines


def test_nothing_in_a_cell_is_markup_or_leads_the_terminal_astray(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    hidden = "\x1b]0;y\x07\u202ez\u200b\u2060" + "\u0301" * 40
    show_rows(console(), ("a", "b"), [("[bold]x[/bold] :smile:", hidden)])
    printed = capsys.readouterr().out
    assert "[bold]x[/bold] :smile:" in printed
    assert not {"\x1b", "\u202e", "\u200b", "\u2060"} & set(printed)
    assert printed.count("\u0301") == 4


def test_a_sentence_stays_on_its_line_whatever_it_names(capsys: pytest.CaptureFixture[str]) -> None:
    say(console(), "main / INBOX\u2028FORGED\nFORGED\x85FORGED: read")
    assert capsys.readouterr().out.splitlines() == ["main / INBOX FORGED FORGED FORGED: read"]


def _state(folder: Path) -> Path:
    path = write_config(folder)
    assert (
        main(["-c", str(path), "import", str(write_mails(folder / "m", a_mail(comment(), jst("2026-06-01T10:00"))))])
        == 0
    )
    return path


def _on_a_terminal(path: Path, **more: str) -> str:
    """What `status` writes to a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "inboxwatch", "-c", str(path), "status", "--at", "2026-06-03"]
    env = {key: value for key, value in environment(path.parent).items() if key not in ("NO_COLOR", "COLUMNS")}
    program = subprocess.Popen(command, stdout=theirs, env={**env, "TERM": "xterm-256color", "COLUMNS": "100", **more})
    os.close(theirs)
    written = b""
    try:
        while piece := os.read(ours, 4096):
            written += piece
    except OSError:
        pass  # the other end is closed: the program has ended
    os.close(ours)
    assert program.wait(30) == 0
    return written.decode("utf-8")


def test_a_terminal_gets_emphasis_and_a_pipe_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _state(tmp_path)
    assert "\x1b[1m" in _on_a_terminal(path)
    capsys.readouterr()
    assert main(["-c", str(path), "status", "--at", "2026-06-03"]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_no_color_is_obeyed(tmp_path: Path) -> None:
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", _on_a_terminal(_state(tmp_path), NO_COLOR="1"))


def test_projects_that_ended_long_ago_are_counted_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _state(tmp_path)
    assert main(["-c", str(path), "record", "90020001", "cancelled", "--at", "2026-06-05"]) == 0
    capsys.readouterr()
    assert main(["-c", str(path), "status", "--at", "2026-07-01"]) == 0
    assert "lancers/90020001" in capsys.readouterr().out
    assert main(["-c", str(path), "status", "--at", "2026-07-10"]) == 0
    printed = capsys.readouterr().out
    assert "lancers/90020001" not in printed
    assert "left out, for they ended more than 30 days ago: 1" in printed
