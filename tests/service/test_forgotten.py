"""What is forgotten beside a running daemon stays forgotten, though its mails are still on the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from inboxwatch.__main__ import main
from tests.secrets.canaries import bytes_of
from tests.servers.dovecot import Dovecot
from tests.service.house import House, account, client_mail, comment, days, funded, now, paid, platform_mail, wait_until

PROJECT = "lancers/5545030"
SECOND = "https://www.lancers.jp/work/detail/6000002"


def _forget(house: House, *what: str) -> None:
    assert main(["-c", str(house.file), "forget", *what, "--yes"]) == 0


def _projects(house: House) -> list[str]:
    store = house.store()
    try:
        return [row.name for row in store.projects()]
    finally:
        store.close()


def _mails(house: House) -> int:
    store = house.store()
    try:
        return len(store.stored_mails())
    finally:
        store.close()


def _change(house: House, **more: Any) -> None:
    """Another configuration, at the same place."""
    content = yaml.safe_load(house.file.read_text(encoding="utf-8")) | more
    house.file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def test_a_daemon_that_runs_lets_it_rest_and_takes_a_new_mail_for_a_new_project(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, funded(now() - days(20)), comment(now() - days(8)))
    house = House(tmp_path, [account(dovecot, user, poll="5s")])
    with house.daemon():
        house.wait_for("reminder_available")
        _forget(house, PROJECT)
        assert (_projects(house), _mails(house)) == ([], 0)
        assert "記事5本の執筆".encode() not in bytes_of(tmp_path / "state"), "though the daemon has the database open"
        other = platform_mail(now(), "[ランサーズ] 海野 さんから 別の記事 のコメントが届いています", SECOND)
        dovecot.append(user, other)
        wait_until(lambda: _projects(house) == ["lancers/6000002"])
        dovecot.append(user, paid(now()))
        assert house.wait_for("payment_confirmed")["project"] == PROJECT
        assert _mails(house) == 2, "only what is new"


def test_neither_a_new_uidvalidity_nor_a_repeated_search_brings_it_back(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, funded(now() - days(20)), comment(now() - days(8)), client_mail(now() - days(3)))
    house = House(tmp_path, [account(dovecot, user)])
    house.once()
    _forget(house, PROJECT)
    # A new client is a new search from the beginning.
    _change(house, clients=[{"name": "山田", "addresses": ["yamada@example.co.jp"]}])
    house.once()
    assert (_projects(house), _mails(house)) == (["direct/山田"], 1)
    store = house.store()
    (folder,) = [one for one in store.folders() if one.folder == "INBOX"]
    store._connection.execute("UPDATE folder SET uidvalidity = 1")
    store.close()
    house.once()
    store = house.store()
    assert next(one for one in store.folders() if one.folder == "INBOX").uidvalidity == folder.uidvalidity
    store.close()
    assert (_projects(house), _mails(house)) == (["direct/山田"], 1)


@pytest.fixture
def two(dovecot: Dovecot, user: str, tmp_path: Path) -> tuple[House, str, str]:
    """Two mailboxes: one mail in both, a project in each alone; all is read."""
    first, second = f"{user}-one", f"{user}-two"
    both = platform_mail(now() - days(5), "[ランサーズ] 海野 さんから 共通の記事 のコメントが届いています", SECOND)
    dovecot.append(first, comment(now() - days(8)), both)
    dovecot.append(second, both, platform_mail(now() - days(4), "[ランサーズ] 仮払いが完了しました", SECOND))
    mailboxes = [account(dovecot, first, name="one"), account(dovecot, second, name="two")]
    house = House(tmp_path, mailboxes)
    house.once()
    assert (_projects(house), _mails(house)) == ([PROJECT, "lancers/6000002"], 3)
    return house, first, second


def test_of_a_forgotten_mailbox_only_what_another_has_too_stays(two: tuple[House, str, str]) -> None:
    house, _, _ = two
    _forget(house, "--mailbox", "one")
    assert (_projects(house), _mails(house)) == (["lancers/6000002"], 2)
    house.once()
    assert (_projects(house), _mails(house)) == (["lancers/6000002"], 2), "it is read on, and not from the beginning"


def test_of_a_mailbox_that_is_not_configured_any_more_nothing_is_left(two: tuple[House, str, str]) -> None:
    house, _, _ = two
    content = yaml.safe_load(house.file.read_text(encoding="utf-8"))
    all_of_them = content["mailboxes"]
    _change(house, mailboxes=all_of_them[1:])
    _forget(house, "--mailbox", "one")
    store = house.store()
    assert store.mailboxes() == ["two"]
    store.close()
    # Even where it is watched again, what was forgotten stays away.
    _change(house, mailboxes=all_of_them)
    house.once()
    assert (_projects(house), _mails(house)) == (["lancers/6000002"], 2)


def test_the_permission_of_a_mailbox_that_is_not_configured_any_more_goes_with_it(two: tuple[House, str, str]) -> None:
    house, _, _ = two
    folder = house.folder / "state" / "logins"
    folder.mkdir(mode=0o700)
    (folder / "me@example.com-0123456789ab").write_text("a refresh token\n")
    content = yaml.safe_load(house.file.read_text(encoding="utf-8"))
    _change(house, mailboxes=content["mailboxes"][1:])
    _forget(house, "--mailbox", "one")
    assert [path.name for path in folder.iterdir() if not path.name.startswith(".")] == []


def test_what_comes_into_a_forgotten_mailbox_that_is_still_watched_is_news(
    dovecot: Dovecot, two: tuple[House, str, str]
) -> None:
    house, first, _ = two
    _forget(house, "--mailbox", "one")
    dovecot.append(first, paid(now()))
    house.once()
    assert "payment_confirmed" in house.kinds()
