"""A rule that is taught while another command is at work holds for that one too, and a daemon decides in between."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from inboxwatch.alerts.coverage import Coverage
from inboxwatch.app import App
from inboxwatch.commands import import_files, teach
from inboxwatch.commands.common import opened
from inboxwatch.commands.rules_file import rewritten
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.config import load
from inboxwatch.platforms.taught import replace_text
from inboxwatch.store.sqlite import Store
from tests.cli.support import Commands, a_mail, comment, jst, write_mails

_NEW = "[ランサーズ] 検収作業が終わりました"
_OTHER = "[ランサーズ] 原稿の公開が決まりました"
_NOW = jst("2026-06-20T10:00").astimezone(UTC)


def _here(commands: Commands, now: Callable[[], datetime] = lambda: _NOW) -> Surroundings:
    return Surroundings(os.environ, now, commands.config)


def _events(tmp_path: Path) -> dict[str, str | None]:
    store = Store.open(tmp_path / "state")
    found = {mail.subject: mail.recognition.event for mail in store.stored_mails() if mail.recognition}
    store.close()
    return found


def _import(commands: Commands, files: Iterator[Path]) -> None:
    """As `import` does, with files that are looked for while it runs."""
    assert import_files.run(Namespace(paths=files), _here(commands)) == 0


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each mail is a batch of its own."""
    monkeypatch.setattr(import_files, "_MAILS_A_TRANSACTION", 1)


@pytest.mark.usefixtures("one_by_one")
def test_a_rule_that_is_taught_during_an_import_holds_for_what_comes_after(tmp_path: Path, commands: Commands) -> None:
    mails = (comment(), f"{_NEW} (1)", f"{_NEW} (2)")
    folder = write_mails(tmp_path / "mails", *(a_mail(s, jst(f"2026-06-0{n}T10:00")) for n, s in enumerate(mails, 1)))

    def files() -> Iterator[Path]:
        first, second, third = sorted(folder.iterdir())
        yield from (first, second)
        commands("teach", "<20260602100000@mail.example.net>", "--as", "accepted", "--subject", f"{_NEW} ({{*}})")
        yield third

    _import(commands, files())
    assert _events(tmp_path) == {comment(): "contact", f"{_NEW} (1)": "accepted", f"{_NEW} (2)": "accepted"}


@pytest.mark.usefixtures("one_by_one")
def test_a_daemon_that_decides_during_an_import_tells_nothing_of_the_past(tmp_path: Path, commands: Commands) -> None:
    assert commands.config is not None
    app = App.of(load(commands.config), {})
    store = app.open_store()
    daemon = app.pipeline(store)
    daemon.decide(_NOW - timedelta(hours=1), Coverage(_NOW - timedelta(hours=1)))
    # Three days of silence after the first one, as far as is known before the second.
    found = (
        ("仮払いが完了しました", "2026-06-15T10:00"),
        (comment(), "2026-06-16T10:00"),
        (comment(), "2026-06-19T20:00"),
    )
    folder = write_mails(tmp_path / "mails", *(a_mail(subject, jst(day)) for subject, day in found))
    told = []

    def files() -> Iterator[Path]:
        for file in sorted(folder.iterdir()):
            yield file
            told.extend(daemon.decide(_NOW, Coverage(_NOW)))

    _import(commands, files())
    store.close()
    assert told == []


def _between_people(number: int, sender: str, answers: int | None) -> bytes:
    at = jst(f"2026-06-0{number}T10:00")
    thread = f"In-Reply-To: <{answers}@people.example>\r\n" if answers else ""
    return (
        f"Received: from out.example.net by mx.example.com; {format_datetime(at)}\r\nFrom: <{sender}>\r\n"
        f"To: me@example.com\r\nSubject: {number}\r\nMessage-ID: <{number}@people.example>\r\n{thread}"
        f"Date: {format_datetime(at)}\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
    ).encode()


@pytest.mark.parametrize("size", [1, 2, 200])
def test_a_thread_that_lies_in_files_the_wrong_way_round_is_kept_whole(
    size: int, tmp_path: Path, commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_files, "_MAILS_A_TRANSACTION", size)
    assert commands.config is not None
    with commands.config.open("a", encoding="utf-8") as opened:
        opened.write("clients: [{name: suzuki, addresses: [suzuki@example.org]}]\n")
    thread = [_between_people(4, "d@example.org", 3), _between_people(3, "c@example.org", 2)]
    thread += [_between_people(2, "b@example.org", 1), _between_people(1, "suzuki@example.org", None)]
    commands("import", write_mails(tmp_path / "mails", *thread))
    assert sorted(_events(tmp_path)) == ["1", "2", "3", "4"]


def test_two_rules_that_are_taught_at_once_are_both_kept(tmp_path: Path, commands: Commands) -> None:
    mails = write_mails(
        tmp_path / "mails", a_mail(_NEW, jst("2026-06-02T10:00")), a_mail(_OTHER, jst("2026-06-03T10:00"))
    )
    commands("import", mails)
    calls = []

    def now() -> datetime:
        """Asked for when the configuration and the rules have been read."""
        calls.append(1)
        if len(calls) == 1:
            commands("teach", "<20260603100000@mail.example.net>", "--as", "notice")
        return _NOW

    words = Namespace(
        mail="<20260602100000@mail.example.net>", kind="accepted", by=None, subject=None, dry_run=False, undo=False
    )
    assert teach.run(words, _here(commands, now)) == 0
    assert len(calls) == 2
    text = (tmp_path / "state" / "profiles" / "lancers.yaml").read_text(encoding="utf-8")
    assert "検収作業" in text and "原稿の公開" in text
    assert _events(tmp_path) == {_NEW: "accepted", _OTHER: "notice"}


@pytest.mark.parametrize("before", [None, "platform: lancers\n"])
def test_a_rule_that_cannot_be_kept_is_not_left_in_its_file(
    before: str | None, tmp_path: Path, commands: Commands
) -> None:
    path = tmp_path / "state" / "profiles" / "lancers.yaml"
    if before:
        replace_text(path, before)
    after = "platform: lancers\n#\n"
    with (
        opened(_here(commands)) as (app, pipeline),
        pytest.raises(KeyboardInterrupt),
        rewritten(app, path, before, after, pipeline),
    ):
        assert path.read_text() == after
        raise KeyboardInterrupt
    assert (path.read_text() if path.exists() else None) == before
