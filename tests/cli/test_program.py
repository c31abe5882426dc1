"""The program as a process: exit codes, help, signals, pipes, and what it costs to start."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from inboxwatch import __main__, __version__, cli
from inboxwatch.commands.surroundings import platform_names
from inboxwatch.platforms.load import load_profiles
from tests.cli.support import GOLDEN, Commands, a_mail, comment, environment, jst, process, write_config, write_mails

_COMMANDS = tuple(cli._COMMANDS)
_WITHOUT_CONFIGURATION = ("classify", "replay", "schema", "version", "demo")
_ARGUMENTS = {
    "record": ["lancers/1", "delivered"], "timeline": ["lancers/1"], "import": ["x"],
    "assign": ["abcdef", "lancers/1"], "snooze": ["lancers/1", "--until", "3d"],
    "export": ["lancers/1", "--to", "x"], "teach": ["abcdef", "--as", "noise"], "login": ["main"],
    "forget": ["lancers/1", "--dry-run"],
}  # fmt: skip


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_command_has_a_help_with_an_example(command: str, bare: Commands) -> None:
    printed = bare(command, "--help")
    assert f"inboxwatch {command}" in printed.partition("example:")[2]


@pytest.mark.parametrize("command", [name for name in _COMMANDS if name not in _WITHOUT_CONFIGURATION])
def test_what_needs_a_configuration_says_where_it_looked_and_what_to_do(command: str, bare: Commands) -> None:
    bare(command, *_ARGUMENTS.get(command, []), code=78)
    for words in ("$INBOXWATCH_CONFIG", "./config.yaml", "/etc/inboxwatch/config.yaml", "config.example.yaml"):
        assert words in bare.err


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["status", "--nothing"], ["classify"], ["alerts", "ack"]])
def test_wrong_usage_ends_with_2(arguments: list[str], bare: Commands) -> None:
    assert bare(*arguments, code=2) == ""
    assert "usage: inboxwatch" in bare.err


def test_version_and_schema_print_the_answer_alone(bare: Commands) -> None:
    assert bare("version") == f"inboxwatch {__version__}\n"
    assert json.loads(bare("schema"))["properties"]["mailboxes"]


def test_all_problems_of_a_configuration_are_told(tmp_path: Path, commands: Commands) -> None:
    write_config(tmp_path, "langauge: ja", "zone: Asia/Nowhere")
    commands("status", code=78)
    assert len([line for line in commands.err.splitlines() if "config.yaml:" in line]) == 2


def test_options_shared_by_all_may_stand_before_or_behind_the_command(tmp_path: Path, bare: Commands) -> None:
    path = write_config(tmp_path)
    for arguments in (("-v", "-c", path, "status"), ("status", "-v", "-c", path), ("-c", path, "status", "-v")):
        assert bare.json(*arguments)["projects"] == []
    bare("-c", tmp_path / "missing.yaml", "status", code=78)
    bare("status", "-c", tmp_path / "missing.yaml", code=78)
    assert "missing.yaml:1" in bare.err


def test_a_database_held_by_another_process_can_be_tried_again(
    tmp_path: Path, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands("status")
    # As long a wait as in the program would only make the test slow.
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda name, **more: connect(name, **{**more, "timeout": 0.05}))
    other = connect(tmp_path / "state" / "inboxwatch.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    commands("record", "lancers/1", "delivered", code=75)
    other.close()
    assert "in use by another process" in commands.err


def test_a_state_that_is_no_database_is_a_failure_with_a_remedy(tmp_path: Path, commands: Commands) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "inboxwatch.sqlite3").write_bytes(b"something else entirely, and long enough" * 10)
    commands("status", code=1)
    assert "is not a database of inboxwatch" in commands.err


def test_an_unexpected_fault_is_a_sentence_and_its_details_come_only_when_asked_for(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> int:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(cli, "run", broken)
    commands("status", code=1)
    assert "a fault in inboxwatch itself (RuntimeError)" in commands.err
    assert "secret detail" not in commands.err


def test_ctrl_c_ends_quietly_with_130(tmp_path: Path) -> None:
    fifo = tmp_path / "mails.eml"
    ready = (
        "import os, signal, sys, threading, inboxwatch.__main__ as m, inboxwatch.mailbox.files as f\n"
        "def read(paths):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    threading.Event().wait(10)\n"
        "    return iter(())\n"
        "f.read_paths = read\n"
        "sys.exit(m.main(['replay', sys.argv[1]]))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", ready, str(fifo)],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        timeout=30,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (__main__.INTERRUPTED, b"", b"")


def test_a_reader_that_has_had_enough_is_no_fault(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "inboxwatch", "classify", "--json", *[str(GOLDEN)] * 4],
        cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert program.stdout is not None and program.stderr is not None
    program.stdout.readline()
    program.stdout.close()
    words = program.stderr.read()
    program.stderr.close()
    assert (program.wait(30), words) == (0, b"")


def test_json_is_utf_8_whatever_the_locale_says(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "inboxwatch", "classify", str(GOLDEN / "s2_plain.eml")]
    odd = environment(tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    ended = subprocess.run([*command, "--json"], cwd=tmp_path, env=odd, capture_output=True, check=True)
    assert json.loads(ended.stdout.decode("utf-8"))["client"] == "山田太郎"
    shown = subprocess.run(command, cwd=tmp_path, env=odd, capture_output=True, check=True)
    assert shown.stdout.isascii()


def test_a_file_name_that_is_no_utf_8_breaks_no_line(tmp_path: Path) -> None:
    folder = write_mails(tmp_path / "m", a_mail(comment(), jst("2026-06-01T10:00")))
    (folder / "000.eml").rename(Path(str(folder / "\udcff.eml")))
    ended = process(["classify", "--json", str(folder)], tmp_path)
    assert ended.returncode == 0
    assert json.loads(ended.stdout.decode("utf-8"))["file"].endswith("\udcff.eml")


def test_the_daemon_ends_with_0_on_sigterm(tmp_path: Path) -> None:
    maildir = tmp_path / "Maildir"
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    told = tmp_path / "told"
    script = f"cat > {told}.new && mv {told}.new {told} && kill -TERM $PPID"
    target = f"alerts: {{targets: [{{command: [/bin/sh, -c, '{script}']}}]}}"
    path = write_config(tmp_path, target, mailboxes=f"mailboxes:\n  - {{maildir: {maildir}, poll: 5s}}\n")
    # The summary of the first read goes to a target that stops the daemon: no waiting for a fixed time.
    ended = process(["-c", str(path), "run"], tmp_path)
    assert ended.returncode == 0, ended.stderr.decode()
    assert json.loads(told.read_text())["kind"] == "summary"


@pytest.mark.parametrize(
    ("arguments", "never"),
    [
        (["version"], ("apprise", "imapclient", "rich", "pydantic", "mailparser", "sqlite3", "yaml", "schedule")),
        (["status", "--json"], ("apprise", "imapclient", "rich", "schedule", "hypothesis")),
        (["status"], ("apprise", "imapclient", "schedule", "hypothesis")),
        (["demo", "--json"], ("apprise", "imapclient", "rich", "schedule", "hypothesis")),
    ],
)
def test_a_command_loads_only_what_it_needs(arguments: list[str], never: tuple[str, ...], tmp_path: Path) -> None:
    path = write_config(tmp_path)
    script = (
        "import sys, inboxwatch.__main__ as m\n"
        "code = m.main(sys.argv[1:])\n"
        "print(*sorted({n.partition('.')[0] for n in sys.modules}), file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, "-c", str(path), *arguments],
        cwd=tmp_path, env=environment(tmp_path), capture_output=True, timeout=30, check=True,
    )  # fmt: skip
    assert not set(ended.stderr.decode().split()) & set(never)


def test_shipped_profiles_are_named_like_their_platforms() -> None:
    every = {profile.platform for profile in load_profiles((), None, lambda _: True)}
    assert set(platform_names(())) == every
