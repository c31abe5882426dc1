"""`check` and `run --once` against a real server: the truth about each thing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.support import Commands, a_mail, comment, jst, write_config
from tests.servers.dovecot import Dovecot

_JOURNAL = "alerts: {targets: [{journal: true}]}"


def _tell_me(folder: Path) -> str:
    """A target that writes what it gets into a file."""
    program = folder / "tell-me"
    program.write_text(f'#!/bin/sh\ncat >> "{folder}/told"\n')
    program.chmod(0o755)
    return f"alerts: {{targets: [{{command: ['{program}']}}]}}"


def _for(user: str, dovecot: Dovecot, folder: Path, *more: str) -> None:
    path = write_config(folder, *more, port=dovecot.port)
    path.write_text(path.read_text().replace("me@example.com", user))


def test_when_all_holds_each_thing_is_named_and_the_end_is_good(
    tmp_path: Path, commands: Commands, dovecot: Dovecot, user: str
) -> None:
    _for(user, dovecot, tmp_path, _tell_me(tmp_path))
    printed = commands("check")
    assert all(line.startswith("✓") for line in printed.splitlines()[:-1])
    for words in ("profile lancers: ", f"logged in to 127.0.0.1:{dovecot.port}", "folder INBOX (inbox)", "schema "):
        assert words in printed
    assert not (tmp_path / "told").exists()


def test_send_test_sends_each_target_a_test(tmp_path: Path, commands: Commands, dovecot: Dovecot, user: str) -> None:
    _for(user, dovecot, tmp_path, _tell_me(tmp_path))
    commands("check", "--send-test")
    assert json.loads((tmp_path / "told").read_text())["title"] == "inboxwatch: a test"


def test_nothing_is_marked_as_read_by_a_check(tmp_path: Path, commands: Commands, dovecot: Dovecot, user: str) -> None:
    dovecot.append(user, a_mail(comment(), jst("2026-06-01T10:00")))
    _for(user, dovecot, tmp_path, _JOURNAL)
    commands("check")
    assert b"\\Seen" not in next(iter(dovecot.flags(user).values()))


def test_a_mailbox_that_does_not_answer_is_a_failure_and_the_rest_is_checked_all_the_same(
    tmp_path: Path, commands: Commands
) -> None:
    write_config(tmp_path, "alerts: {targets: [{command: [/bin/false]}]}")
    printed = commands("check", "--send-test", code=1)
    bad = [line for line in printed.splitlines() if line.startswith("✗")]
    assert len(bad) == 2
    assert "127.0.0.1:1" in bad[0]
    assert "exit code 1" in bad[1]


def test_a_refused_login_is_told_without_the_password(
    tmp_path: Path, commands: Commands, dovecot: Dovecot, user: str
) -> None:
    _for(user, dovecot, tmp_path, _JOURNAL)
    (tmp_path / "password").write_text("not-the-word\n")
    printed = commands("check", "-v", code=1)
    assert "✗ mailbox main" in printed
    assert "It said: " in printed and ".." not in printed.partition("It said: ")[2]
    assert "not-the-word" not in printed + commands.err


def test_a_missing_password_file_is_a_matter_of_the_configuration(tmp_path: Path, commands: Commands) -> None:
    (tmp_path / "password").unlink()
    printed = commands("check", code=78)
    assert "create it with the secret as its only line" in printed
    assert "✓ target journal" in printed


def test_a_maildir_is_checked_and_a_missing_one_is_told(tmp_path: Path, commands: Commands) -> None:
    maildir = tmp_path / "Maildir"
    write_config(tmp_path, _JOURNAL, mailboxes=f"mailboxes:\n  - maildir: {maildir}\n")
    commands("check", code=1)
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    assert f"Maildir {maildir}" in commands("check")


def test_a_configuration_without_targets_does_not_hold(tmp_path: Path, commands: Commands) -> None:
    write_config(tmp_path)
    assert "no target is configured" in commands("check", code=78)


def test_one_round_reads_decides_and_delivers(tmp_path: Path, commands: Commands, dovecot: Dovecot, user: str) -> None:
    dovecot.append(user, a_mail(comment(), jst("2026-06-01T10:00")))
    _for(user, dovecot, tmp_path, _tell_me(tmp_path))
    assert commands("run", "--once") == ""
    assert json.loads((tmp_path / "told").read_text().splitlines()[0])["kind"] == "summary"
    assert commands.json("status")["watch"][0]["state"] == "reading"


def test_one_round_that_does_not_reach_a_mailbox_ends_with_75_and_names_it(commands: Commands) -> None:
    commands("run", "--once", code=75)
    assert "main: " in commands.err


@pytest.mark.parametrize("more", [(), ("--once",)])
def test_running_without_the_password_file_is_a_broken_configuration(
    more: tuple[str, ...], tmp_path: Path, commands: Commands
) -> None:
    (tmp_path / "password").unlink()
    commands("run", *more, code=78)
    assert "mailboxes[0].password" in commands.err


def test_a_refused_login_is_told_in_japanese_with_what_the_server_said(
    tmp_path: Path, commands: Commands, dovecot: Dovecot, user: str
) -> None:
    _for(user, dovecot, tmp_path, _JOURNAL)
    path = tmp_path / "config.yaml"
    path.write_text(path.read_text().replace("language: en", "language: ja"))
    (tmp_path / "password").write_text("not this one\n")
    printed = commands("check", code=1)
    assert "ログインを断られました" in printed
    assert f"127.0.0.1:{dovecot.port} refused the login" in printed


# --- whose word on a mail's origin is believed ------------------------------------------------------------------------


def _mails(results: str | None, number: int) -> list[bytes]:
    head = f"Authentication-Results: {results}\n".encode() if results else b""
    return [head + a_mail(comment(), jst(f"2026-06-{day:02}T10:00")) for day in range(1, number + 1)]


def test_the_providers_name_that_most_mails_bear_is_offered_and_not_believed(
    tmp_path: Path, commands: Commands, dovecot: Dovecot, user: str
) -> None:
    dovecot.append(user, *_mails("mx.provider.example; dmarc=pass header.from=lancers.jp", 8))
    _for(user, dovecot, tmp_path, _JOURNAL)
    (told,) = [line for line in commands("check").splitlines() if "mx.provider.example" in line]
    assert "8 of the last 8 mails" in told
    assert "authserv_id: mx.provider.example" in told
    commands("run", "--once")
    (project,) = json.loads(commands("status", "--json"))["projects"]
    events = json.loads(commands("timeline", project["id"], "--json"))["events"]
    assert {event["trust"] for event in events} == {"unverified"}


def test_a_name_that_few_mails_bear_is_not_offered(
    tmp_path: Path, commands: Commands, dovecot: Dovecot, user: str
) -> None:
    dovecot.append(user, *_mails(None, 8), *_mails("mx.sender.example; dmarc=pass", 4))
    _for(user, dovecot, tmp_path, _JOURNAL)
    printed = commands("check")
    assert "mx.sender.example" not in printed
    assert "its own signature" in printed


def test_a_configured_name_that_no_mail_bears_is_said(
    tmp_path: Path, commands: Commands, dovecot: Dovecot, user: str
) -> None:
    dovecot.append(user, *_mails("mx.provider.example; dmarc=pass", 6))
    _for(user, dovecot, tmp_path, _JOURNAL)
    path = tmp_path / "config.yaml"
    path.write_text(path.read_text().replace("username:", "authserv_id: mx.provided.example\n    username:", 1))
    assert "none of the last 6 mails bears its name" in commands("check")
