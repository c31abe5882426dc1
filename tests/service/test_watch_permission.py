"""The watch of a mailbox that is read by permission (OAuth2): tokens that end, permissions that end, and come back."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from inboxwatch.logins import connect, permission_of
from inboxwatch.mailbox.errors import LoginRefused, PermissionNeeded, Unreachable
from inboxwatch.oauth.grants import Grant
from inboxwatch.oauth.tokens import Tokens
from inboxwatch.service import watcher
from tests.servers.authorisation import Authorisation, Reply
from tests.servers.dovecot import Dovecot
from tests.service.bench import Bench
from tests.service.house import House, account, comment, now, wait_until


def _house(folder: Path, provider: Authorisation, dovecot: Dovecot, **more: Any) -> House:
    """One mailbox that is read by permission; none has been given yet."""
    mailbox = account(dovecot, provider.account, oauth=provider.settings(), **more)
    return House(folder, [mailbox])


def _give(house: House, provider: Authorisation) -> str:
    """She gives permission, as `login` keeps it, which is a process of its own; the refresh token."""
    app = house.app()
    token = provider.new_refresh()
    Tokens().learn(permission_of(app.config.mailboxes[0], app.folder), Grant("not good", token, 0.0))
    return token


def _end_sessions(dovecot: Dovecot) -> None:
    """The server ends every session, as providers do when a token runs out."""
    dovecot.kill()
    dovecot.start()


def test_a_token_that_ends_in_the_middle_of_the_watch_is_renewed_and_reading_goes_on(
    tmp_path: Path, provider: Authorisation, token_dovecot: Dovecot, user: str
) -> None:
    house = _house(tmp_path, provider, token_dovecot)
    _give(house, provider)
    provider.rotate = True
    token_dovecot.append(user, comment(now() - timedelta(days=1)))
    with Bench(house) as bench:
        bench.until(lambda: len(bench.subjects()) == 1 and bench.rounds > 0)
        asked = provider.tokens_asked()
        # The token in memory should be good for an hour yet; the server thinks otherwise.
        provider.end_access()
        _end_sessions(token_dovecot)
        token_dovecot.append(user, comment(now()))
        bench.until(lambda: len(bench.subjects()) == 2)
        assert provider.tokens_asked() == asked + 1
        assert not [failure for failure in bench.failures if isinstance(failure, LoginRefused)]


def test_a_token_that_is_still_good_is_used_again_for_the_next_connection(
    tmp_path: Path, provider: Authorisation, token_dovecot: Dovecot
) -> None:
    house = _house(tmp_path, provider, token_dovecot)
    _give(house, provider)
    with Bench(house) as bench:
        bench.until(lambda: bench.rounds > 0)
        _end_sessions(token_dovecot)
        rounds = bench.rounds
        bench.until(lambda: bench.openings > 1 or bench.rounds > rounds + 2)
        assert provider.tokens_asked() == 1


def test_a_permission_that_has_ended_is_told_asked_for_slowly_and_taken_up_when_she_gives_it_anew(
    tmp_path: Path, provider: Authorisation, token_dovecot: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "LOOK_EVERY", 0.1)
    house = _house(tmp_path, provider, token_dovecot)
    _give(house, provider)
    provider.refresh_tokens.clear()
    with Bench(house) as bench:
        bench.until(lambda: bool(bench.failures))
        (failure,) = bench.failures
        assert isinstance(failure, PermissionNeeded)
        assert "inboxwatch login main" in str(failure)
        assert provider.tokens_asked() == 1  # the next try is a minute away
        token_dovecot.append(user, comment(now()))
        _give(house, provider)
        bench.until(lambda: len(bench.subjects()) == 1)
        assert len(bench.failures) == 1


def test_a_permission_that_the_mail_server_refuses_is_renewed_once_and_no_more(
    tmp_path: Path, provider: Authorisation, token_dovecot: Dovecot
) -> None:
    house = _house(tmp_path, provider, token_dovecot)
    _give(house, provider)
    app = house.app()
    connect(app.config.mailboxes[0], app.folder).close()
    # From now on the tokens are another account's.
    for token in list(provider.refresh_tokens):
        provider.refresh_tokens[token] = "somebody.else"
    provider.end_access()
    with pytest.raises(PermissionNeeded, match="may be for another account") as caught:
        connect(app.config.mailboxes[0], app.folder)
    assert provider.tokens_asked() == 2
    with pytest.raises(PermissionNeeded):
        connect(app.config.mailboxes[0], app.folder)
    assert not caught.value.given_anew()
    _give(house, provider)
    assert caught.value.given_anew()


def test_a_token_that_was_given_just_now_and_is_refused_is_not_asked_for_again(
    tmp_path: Path, provider: Authorisation, token_dovecot: Dovecot
) -> None:
    house = _house(tmp_path, provider, token_dovecot)
    provider.refresh_tokens[_give(house, provider)] = "somebody.else"
    app = house.app()
    with pytest.raises(PermissionNeeded):
        connect(app.config.mailboxes[0], app.folder)
    assert provider.tokens_asked() == 1


def test_a_sign_in_server_that_is_away_is_no_refused_login(
    tmp_path: Path, provider: Authorisation, token_dovecot: Dovecot
) -> None:
    house = _house(tmp_path, provider, token_dovecot)
    _give(house, provider)
    provider.replies = [Reply(body=b"<html>"), Reply(503)]
    app = house.app()
    for kind in (Unreachable, Exception):
        with pytest.raises(kind) as caught:
            connect(app.config.mailboxes[0], app.folder)
        assert not isinstance(caught.value, LoginRefused)
    connect(app.config.mailboxes[0], app.folder).close()


def test_the_daemon_says_that_it_is_blind_with_the_command_that_helps_and_shows_no_secret(
    tmp_path: Path,
    provider: Authorisation,
    token_dovecot: Dovecot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(watcher, "FIRST_DELAY_AFTER_REFUSAL", 0.2)
    monkeypatch.setattr(watcher, "LOOK_EVERY", 0.1)
    house = _house(tmp_path, provider, token_dovecot)
    token = _give(house, provider)
    with house.daemon():
        wait_until(lambda: provider.tokens_asked() > 0)
        provider.refresh_tokens.clear()
        provider.end_access()
        _end_sessions(token_dovecot)
        told = house.wait_for("watch_blind")
        assert "inboxwatch login main" in told["body"]
        _give(house, provider)
        house.wait_for("watch_restored")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            shown = [secret for secret in provider.given if secret.encode() in content]
            assert shown == [] or path.parent.name == "logins", path
    assert not [secret for secret in (*provider.given, token) if secret in caplog.text]


def test_two_mailboxes_with_one_login_are_both_read_by_one_token(
    tmp_path: Path, provider: Authorisation, token_dovecot: Dovecot, user: str
) -> None:
    token_dovecot.append(user, comment(now() - timedelta(days=1)))
    token_dovecot.append(user, comment(now() - timedelta(days=2)), folder="Work")
    provider.rotate = True
    mailboxes = [
        {**account(token_dovecot, user), "name": name, "folders": [folder], "sent": None, "oauth": provider.settings()}
        for name, folder in (("main", "INBOX"), ("work", "Work"))
    ]
    house = House(tmp_path, mailboxes)
    _give(house, provider)
    assert house.once() == ()
    store = house.store()
    assert len(list(store.stored_mails())) == 2
    store.close()
    assert provider.tokens_asked() == 1
