"""`forget` removes a project, or a mailbox, for good: from outputs, from the bytes, and from what is read again."""

from __future__ import annotations

import os
import pty
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inboxwatch.__main__ import main
from inboxwatch.alerts.compose import Coverage
from inboxwatch.app import App
from inboxwatch.commands.surroundings import platform_names
from inboxwatch.config import load
from inboxwatch.store.sqlite import FILE_NAME, Store
from tests.cli.support import PROJECT, TITLE, Commands, a_mail, comment, environment, jst, write_config, write_mails

OTHER = "lancers/90020002"
OTHER_LINK = "https://www.lancers.jp/work/detail/90020002"
OTHER_TITLE = "別の案件の記事"
SHARED = "青空商店さんからのメッセージ受信通知"
NOTE = "電話で聞いた内緒の話"
#: By what the project could be known: its number, its title, its mails, her note.
TRACES = ("90020001", TITLE, "仮払いのご連絡", "unread@mail", NOTE)


def the_mails(folder: Path) -> Path:
    """A project with contact, a mail that no rule knows, and one that names its client alone; and another project."""
    return write_mails(
        folder,
        a_mail(comment(), jst("2026-11-01T10:00"), name="first"),
        a_mail(comment(), jst("2026-11-10T10:00"), name="second"),
        a_mail("仮払いのご連絡 4711", jst("2026-11-11T10:00"), name="unread"),
        a_mail(comment("青空商店", OTHER_TITLE), jst("2026-11-05T10:00"), link=OTHER_LINK, name="other"),
        a_mail(SHARED, jst("2026-11-12T10:00"), link="", name="shared"),
    )


@pytest.fixture
def kept(tmp_path: Path, commands: Commands) -> Commands:
    commands("import", the_mails(tmp_path / "mails"))
    commands("record", PROJECT, "escrow_funded", "--at", "2026-10-30", "--note", NOTE)
    commands("record", PROJECT, "delivered", "--at", "2026-10-31", "--note", NOTE)
    commands("record", "--undo", "2")
    commands("snooze", PROJECT, "--until", "2d")
    return commands


def traces(tmp_path: Path, *wanted: str) -> list[str]:
    """Which of these stand in any file of the state folder; the mails themselves are kept deflated."""
    files = b"".join(file.read_bytes() for file in (tmp_path / "state").rglob("*") if file.is_file())
    return [trace for trace in wanted or TRACES if trace.encode() in files]


def rows(tmp_path: Path, table: str) -> int:
    connection = sqlite3.connect(tmp_path / "state" / FILE_NAME)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
    finally:
        connection.close()


def test_a_forgotten_project_is_in_no_output_and_in_no_byte_of_the_state_folder(tmp_path: Path, kept: Commands) -> None:
    assert traces(tmp_path) == list(TRACES)
    out = kept("forget", PROJECT, "--yes")
    assert "mails: 3, from Sun 2026-11-01 10:00 to Wed 2026-11-11 10:00" in out
    assert "facts that you recorded: 2" in out
    assert out.endswith("Removed for good.\n")
    assert traces(tmp_path) == []
    assert (rows(tmp_path, "mail"), rows(tmp_path, "raw"), rows(tmp_path, "forgotten")) == (2, 2, 3)
    assert [rows(tmp_path, table) for table in ("fact", "snooze", "correction", "settled")] == [0, 0, 0, 0]
    for command in (["status"], ["review"], ["alerts"], ["status", "--json"], ["review", "--json"]):
        said = kept(*command)
        assert not [trace for trace in TRACES if trace in said], command
    for command in (["timeline", PROJECT], ["export", PROJECT, "--to", str(tmp_path / "pack")]):
        kept(*command, code=1)
        assert "there is no project" in kept.err
    assert not (tmp_path / "pack").exists()


def test_what_may_be_about_another_project_stays_for_that_one(kept: Commands) -> None:
    before = kept.json("status")
    assert {one["id"] for one in before["projects"]} == {PROJECT, OTHER}
    out = kept("forget", PROJECT, "--yes")
    assert f"1 mail(s) that may also be about {OTHER} stay" in out
    (other,) = kept.json("status")["projects"]
    assert other["last_client_contact"]["mail"] == "<shared@mail.example.net>"


def test_it_does_not_come_back_by_reading_the_same_mails_again(tmp_path: Path, kept: Commands) -> None:
    kept("forget", PROJECT, "--yes")
    out = kept("import", tmp_path / "mails")
    assert "new and kept: 0" in out
    assert "3 that you had forgotten for good are left out" in out
    kept("rebuild")
    assert [one["id"] for one in kept.json("status")["projects"]] == [OTHER]
    assert traces(tmp_path) == []


def test_a_new_mail_brings_it_back_with_the_new_mail_alone(tmp_path: Path, kept: Commands) -> None:
    kept("forget", PROJECT, "--yes")
    new = a_mail(comment(), jst("2026-11-20T10:00"), name="new")
    kept("import", write_mails(tmp_path / "later", new), tmp_path / "mails")
    events = kept.json("timeline", PROJECT)["events"]
    assert [event["mail"] for event in events if event["mail"] != "<shared@mail.example.net>"] == [
        "<new@mail.example.net>"
    ]


def test_a_try_removes_nothing_and_says_what_would_go(tmp_path: Path, kept: Commands) -> None:
    before = kept("status"), kept("review"), rows(tmp_path, "mail"), rows(tmp_path, "fact")
    out = kept("forget", PROJECT, "--dry-run")
    assert "mails: 3" in out and out.endswith("This was only a try: nothing was removed.\n")
    assert (kept("status"), kept("review"), rows(tmp_path, "mail"), rows(tmp_path, "fact")) == before
    assert rows(tmp_path, "forgotten") == 0
    assert traces(tmp_path) == list(TRACES)


def test_a_running_clock_is_named_before_anything_else(kept: Commands) -> None:
    out = kept("forget", PROJECT, "--dry-run")
    first, second, *_ = out.splitlines()
    assert first.startswith(f"careful: a clock of {PROJECT} is still running")
    assert "report completion first" in second


def test_where_nobody_can_be_asked_it_does_nothing_without_yes(tmp_path: Path, kept: Commands) -> None:
    kept("forget", PROJECT, code=2)
    assert "--yes" in kept.err
    assert traces(tmp_path) == list(TRACES)


@pytest.mark.parametrize("arguments", [[], [PROJECT, "--mailbox", "main"]])
def test_one_thing_must_be_named(kept: Commands, arguments: list[str]) -> None:
    kept("forget", *arguments, "--yes", code=2)
    assert "name one project, or one mailbox" in kept.err


def test_an_unknown_name_is_answered_by_the_nearest_one(kept: Commands) -> None:
    kept("forget", "lancers/9002000", "--yes", code=1)
    assert "did you mean 'lancers/9002000" in kept.err
    kept("forget", "--mailbox", "mian", "--yes", code=1)
    assert "did you mean 'main'" in kept.err and "known: main" in kept.err


def test_it_can_be_named_by_its_number_or_its_title(tmp_path: Path, kept: Commands) -> None:
    kept("forget", TITLE, "--yes")
    assert traces(tmp_path) == []


def _on_a_terminal(tmp_path: Path, answer: bytes) -> tuple[int, str]:
    """Run `forget PROJECT` on a terminal of its own, and type this answer."""
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "inboxwatch", "-c", str(tmp_path / "config.yaml"), "forget", PROJECT],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=tmp_path,
        env=environment(tmp_path),
    )
    os.close(terminal)
    os.write(keyboard, answer)
    said = process.communicate(timeout=30)[0].decode()
    os.close(keyboard)
    return process.returncode, said


@pytest.mark.parametrize("answer", [b"\n", b"y\n", b"no\n", b"\x04", b"\xff\xfe\n"])
def test_on_a_terminal_anything_but_a_written_yes_removes_nothing(
    tmp_path: Path, kept: Commands, answer: bytes
) -> None:
    code, said = _on_a_terminal(tmp_path, answer)
    assert code == 1
    assert "Type yes:" in said and said.endswith("inboxwatch: Nothing was removed.\n")
    assert traces(tmp_path) == list(TRACES)


@pytest.mark.parametrize("answer", ["yes\n", "はい\n"])
def test_on_a_terminal_a_written_yes_removes_it(tmp_path: Path, kept: Commands, answer: str) -> None:
    code, said = _on_a_terminal(tmp_path, answer.encode())
    assert code == 0
    assert "Removed for good." in said
    assert traces(tmp_path) == []


# -- alerts


def _alerts(tmp_path: Path) -> list[tuple[str, str, str]]:
    store = Store.open(tmp_path / "state")
    found = [(row.alert.key, row.alert.title, row.alert.body) for row in store.alerts()]
    store.close()
    return found


def test_its_alerts_go_with_what_waits_of_them_and_others_that_named_it_name_it_no_more(
    tmp_path: Path, kept: Commands
) -> None:
    kept("run", "--once", code=75)  # the mailbox does not answer; what runs against her is decided all the same
    _decide(tmp_path)
    before = _alerts(tmp_path)
    assert any(PROJECT in key for key, _, _ in before)
    assert any(key.startswith("summary/") and TITLE in body and PROJECT in body for key, _, body in before)
    out = kept("forget", PROJECT, "--yes")
    assert "alerts: 1; 1 that wait to be sent will not be sent" in out
    after = _alerts(tmp_path)
    assert {key for key, _, _ in before} - {key for key, _, _ in after} == {
        key for key, _, _ in before if PROJECT in key
    }
    (summary,) = (body for key, _, body in after if key.startswith("summary/"))
    assert "…" in summary and OTHER in summary and OTHER_TITLE in summary
    assert traces(tmp_path) == []


def _decide(tmp_path: Path) -> None:
    """Decide as a daemon does that has read everything, so that alerts wait to be sent."""
    app = App.of(load(tmp_path / "config.yaml", known_platforms=platform_names), {})
    store = app.open_store()
    now = jst("2026-11-23T12:00")
    app.pipeline(store).decide(now, Coverage(now))
    store.close()


# -- clients of the configuration


def _with_client(tmp_path: Path, capsys: pytest.CaptureFixture[str], projects: str) -> Commands:
    config = write_config(
        tmp_path, "clients:", "  - name: 鈴木", "    addresses: [suzuki@example.org]", f"    projects: [{projects}]"
    )
    return Commands(capsys, config)


def _direct(at: str, name: str) -> bytes:
    return a_mail("原稿の件", jst(at), sender="suzuki@example.org", name=name, link="")


def test_a_project_that_is_a_clients_by_the_configuration_goes_with_his_mails_and_the_configuration_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = _with_client(tmp_path, capsys, PROJECT)
    commands(
        "import", the_mails(tmp_path / "mails"), write_mails(tmp_path / "direct", _direct("2026-11-13T10:00", "d"))
    )
    out = commands("forget", PROJECT, "--yes")
    assert "still named in the configuration as a project of 鈴木" in out
    assert [one["id"] for one in commands.json("status")["projects"]] == [OTHER]


def test_where_mails_of_a_configured_client_would_bring_it_back_nothing_is_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = _with_client(tmp_path, capsys, f"{PROJECT}, {OTHER}")
    commands(
        "import", the_mails(tmp_path / "mails"), write_mails(tmp_path / "direct", _direct("2026-11-13T10:00", "d"))
    )
    before = commands("status")
    commands("forget", PROJECT, "--yes", code=1)
    assert "Take it out there" in commands.err and "Nothing was removed" in commands.err
    assert commands("status") == before
    assert rows(tmp_path, "forgotten") == 0


def test_a_guess_by_which_it_would_come_back_goes_too_and_is_named(tmp_path: Path, kept: Commands) -> None:
    # Of somebody unknown nobody knows to which project he belongs: he counts for each without a client, and himself.
    kept("record", "lancers/77", "escrow_funded", "--at", "2026-11-01")
    unknown = a_mail("深海商会さんからのメッセージ受信通知", jst("2026-11-14T10:00"), link="", name="unknown")
    kept("import", write_mails(tmp_path / "unknown", unknown))
    out = kept("forget", "lancers/@深海商会", "--yes")
    assert "1 of these mails may also be about lancers/77" in out
    assert "lancers/@深海商会" not in {one["id"] for one in kept.json("status")["projects"]}
    assert traces(tmp_path, "深海商会") == []


# -- facts that she mailed, mails that she assigned


def test_her_own_mail_that_stated_a_fact_goes_with_it_and_states_it_no_more(tmp_path: Path, kept: Commands) -> None:
    sent = tmp_path / "Maildir" / ".Sent" / "cur"
    for name in ("cur", "new", "tmp"):
        (sent.parent / name).mkdir(parents=True)
        (tmp_path / "Maildir" / name).mkdir()
    own = a_mail(
        "inboxwatch 90020001 完了報告", jst("2026-11-15T10:00"), sender="me@example.com", link="", name="stated"
    )
    (sent / "1:2,S").write_bytes(own)
    kept("import", tmp_path / "Maildir")
    assert rows(tmp_path, "fact") == 3
    kept("forget", PROJECT, "--yes")
    assert traces(tmp_path, "stated@mail", *TRACES) == []
    kept("import", tmp_path / "Maildir")
    assert [one["id"] for one in kept.json("status")["projects"]] == [OTHER]


def test_a_mail_that_she_assigned_to_it_goes_with_it(tmp_path: Path, kept: Commands) -> None:
    kept("assign", _identity(tmp_path, "<shared@mail.example.net>"), PROJECT)
    assert rows(tmp_path, "correction") == 1
    kept("forget", PROJECT, "--yes")
    assert traces(tmp_path, "shared@mail", *TRACES) == []
    assert rows(tmp_path, "correction") == 0


def _identity(tmp_path: Path, message_id: str) -> str:
    store = Store.open(tmp_path / "state")
    (mail,) = store.find_mails(message_id)
    store.close()
    return mail.identity


def test_a_taught_rule_that_names_it_is_told_and_stays(tmp_path: Path, kept: Commands) -> None:
    rules = tmp_path / "state" / "profiles" / "lancers.yaml"
    rules.parent.mkdir()
    rules.write_text(f"platform: lancers\nmails:\n  - event: noise\n    subject: '{TITLE}の予定について'\n")
    out = kept("forget", PROJECT, "--yes")
    assert f"A rule of your own in {rules} still names it" in out
    assert rules.exists()


# -- a crash at any step


class _Dying(Store):
    """A real store whose process dies at the n-th write."""

    left: int | None = None

    def _do(self, sql: str, *values: Any) -> Any:
        if _Dying.left is not None:
            _Dying.left -= 1
            if _Dying.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return super()._do(sql, *values)


def _in_a_child(work: Callable[[], object]) -> int:
    """Do it in a forked process; return how that ended, as `os.waitstatus_to_exitcode` says it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _outcome(tmp_path: Path) -> tuple[int, ...]:
    return tuple(rows(tmp_path, table) for table in ("mail", "raw", "fact", "snooze", "event", "forgotten", "alert"))


def test_a_kill_at_any_step_leaves_everything_there_or_everything_gone(
    tmp_path: Path, kept: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _outcome(tmp_path)
    monkeypatch.setattr("inboxwatch.app.Store", _Dying)
    forget = ["-c", str(tmp_path / "config.yaml"), "forget", PROJECT, "--yes"]

    def dying_at(step: int) -> None:
        _Dying.left = step
        main(forget)

    killed_at = 0
    while _outcome(tmp_path) == before:
        assert _in_a_child(lambda: dying_at(killed_at)) == -signal.SIGKILL  # noqa: B023 - called at once
        killed_at += 1
    assert killed_at > 30, "it must have been killed at many steps before anything was gone"
    Store.open(tmp_path / "state").close()  # whoever opens it next finishes what was killed
    assert traces(tmp_path) == []
    assert _outcome(tmp_path)[:4] == (2, 2, 0, 0)
