"""Sentences and log lines on standard error: names of files and folders, and what servers say, are anybody's words."""

from __future__ import annotations

import io
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from inboxwatch.service.notify import Notifier
from inboxwatch.standard_error import LogLines
from tests.cli.support import environment, write_config
from tests.output.hostile import FORGED
from tests.output.judging import judge_text, wrong_characters

#: What the name of a file can hold: all but NUL and the slash.
NAME = f"\x1b[31m\x1b]0;x\x07\u202e\u200b\n{FORGED}\r{FORGED}\u2028{FORGED}\nERROR inboxwatch: x\n<0>x"


def ended(folder: Path, *arguments: bytes | str) -> bytes:
    """Standard error of a command, run by a real shell's means: its arguments are bytes."""
    found = subprocess.run(
        [sys.executable, "-m", "inboxwatch", *arguments],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"Traceback" not in found.stderr
    assert found.returncode in (1, 2, 75, 78)
    return found.stderr


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    """A folder of files that cannot be read as mails, with names that somebody else has chosen."""
    folder = tmp_path / "mails"
    folder.mkdir()
    for name in (f"{NAME}.eml".encode(), b"\xff\xfe\x9b31m.eml"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"\r\n")
    return folder


@pytest.mark.parametrize("command", ["classify", "replay"])
def test_the_name_of_a_file_is_told_on_one_harmless_line(tmp_path: Path, mails: Path, command: str) -> None:
    said = ended(tmp_path, command, str(mails)).decode("utf-8")
    judge_text(said)
    assert [line for line in said.splitlines() if not line.startswith("inboxwatch: ")] == []
    assert "\\xff" in said or "udcff" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("classify", NAME),
        ("-c", NAME, "status"),
        ("status", f"--{NAME}"),
        (NAME,),
        ("timeline", NAME),
        ("snooze", NAME, "--until", NAME),
        ("alerts", "ack", NAME),
        ("review", "--done", NAME),
        ("teach", NAME, "--as", NAME),
        ("record", NAME, NAME, "--at", NAME),
        ("assign", NAME, NAME),
        ("export", NAME, "--to", NAME),
        ("replay", ".", "--notes", NAME),
    ],
)
def test_what_was_asked_for_wrongly_is_repeated_harmlessly(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    write_config(tmp_path)
    judge_text(ended(tmp_path, *arguments).decode("utf-8"))


def test_an_error_of_the_configuration_is_one_line_whatever_its_file_is_called(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.yaml"
    path.write_text('language: "x\\e[31m\\u202e\\n FORGED"\n"\\e]0;y\\a": 1\nmailboxes: []\n')
    said = ended(tmp_path, "-c", str(path), "status").decode("utf-8")
    judge_text(said)
    assert len(said.splitlines()) == 2


def written(message: str, *arguments: object, error: BaseException | None = None) -> str:
    """One line of the log, as it is written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LogLines())
    handler.emit(
        logging.makeLogRecord(
            {
                "msg": message,
                "args": arguments,
                "levelname": "ERROR",
                "name": "inboxwatch",
                "exc_info": (type(error), error, error.__traceback__) if error else None,
            }
        )
    )
    return stream.getvalue()


def test_no_text_in_the_log_passes_for_a_line_of_its_own() -> None:
    said = written("%s: new mail", NAME)
    first, *others = said.rstrip("\n").split("\n")
    assert first.startswith("ERROR inboxwatch: ")
    assert others and all(line.startswith("    ") for line in others)
    assert wrong_characters(said) == []


def _raise(words: str) -> None:
    try:
        raise KeyError(words)
    except KeyError as error:
        raise ValueError(words) from error


def test_an_unexpected_error_is_logged_with_its_place_and_without_its_words() -> None:
    words = "".join(["hunt", "er2"])
    with pytest.raises(ValueError) as caught:
        _raise(words)
    said = written("unexpected fault", error=caught.value)
    assert "hunter2" not in said
    assert "ValueError" in said and "KeyError" in said
    assert "test_standard_error.py" in said


def test_the_service_manager_is_told_one_assignment_for_each(tmp_path: Path) -> None:
    place = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(place))
        Notifier({"NOTIFY_SOCKET": str(place)}).tell("STATUS=x\nWATCHDOG=trigger\u2028STOPPING=1\ud800", "READY=1")
        lines = receiver.recv(10_000).decode("utf-8").split("\n")
    assert len(lines) == 2
    assert lines[1] == "READY=1"
