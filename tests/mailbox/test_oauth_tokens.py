"""Access tokens in memory, refresh tokens on the disk: renewed once, kept whole, shared, and never lost or shown."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from inboxwatch.config import CredentialError, Secret
from inboxwatch.mailbox.errors import PermissionNeeded, Unreachable
from inboxwatch.oauth import keeping
from inboxwatch.oauth.errors import PermissionRefused
from inboxwatch.oauth.grants import Grant
from inboxwatch.oauth.provider import SHIPPED, Client, Provider
from inboxwatch.oauth.tokens import MARGIN, Permission, Tokens
from tests.servers.authorisation import CLIENT_ID, SCOPE, Authorisation, Reply, authorisation


@pytest.fixture
def server() -> Iterator[Authorisation]:
    with authorisation() as state:
        yield state


def _permission(server: Authorisation, folder: Path, elsewhere: Secret | None = None, name: str = "main") -> Permission:
    client = Client(Provider(token_url=f"{server.url}/token", scope=SCOPE), CLIENT_ID, "me@example.com")
    return Permission(client, keeping.place(folder, client), elsewhere, f"inboxwatch login {name}")


def _kept(server: Authorisation, folder: Path) -> tuple[Permission, str]:
    """A permission whose refresh token is on the disk."""
    permission, token = _permission(server, folder), server.new_refresh()
    Tokens().learn(permission, Grant("unused", token, 0.0))
    return permission, token


class Clock:
    """Seconds that pass when they are told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_token_is_asked_for_once_and_used_until_shortly_before_its_end(server: Authorisation, tmp_path: Path) -> None:
    permission, _ = _kept(server, tmp_path)
    clock = Clock()
    tokens = Tokens(clock)
    first = tokens.access(permission)
    assert first.new
    clock.now += server.lifetime - MARGIN - 1
    again = tokens.access(permission)
    assert (again.text, again.new) == (first.text, False)
    clock.now += 2
    assert tokens.access(permission).text != first.text
    assert server.tokens_asked() == 2


def test_a_token_of_which_nobody_has_said_how_long_it_is_good_is_asked_for_each_time(
    server: Authorisation, tmp_path: Path
) -> None:
    permission, _ = _kept(server, tmp_path)
    tokens = Tokens()
    server.replies = [Reply.of(access_token="one"), Reply.of(access_token="two")]
    assert [tokens.access(permission).text for _ in range(2)] == ["one", "two"]


def test_a_token_that_was_refused_is_not_given_again(server: Authorisation, tmp_path: Path) -> None:
    permission, _ = _kept(server, tmp_path)
    tokens = Tokens()
    first = tokens.access(permission)
    other = tokens.access(permission, refused=first.text)
    assert other.new and other.text != first.text


def test_a_new_refresh_token_is_on_the_disk_before_its_access_token_is_used(
    server: Authorisation, tmp_path: Path
) -> None:
    permission, old = _kept(server, tmp_path)
    server.rotate = True
    tokens = Tokens()
    for _ in range(3):
        tokens.access(permission, refused=tokens.access(permission).text)
        kept = permission.path.read_text().strip()
        assert kept in server.refresh_tokens and kept != old
    assert server.tokens_asked() == 4  # none was asked for with a token that is good no more


def test_another_process_finds_the_new_refresh_token(server: Authorisation, tmp_path: Path) -> None:
    permission, _ = _kept(server, tmp_path)
    server.rotate = True
    daemon, command = Tokens(), Tokens()
    for tokens in (daemon, command, daemon, command):
        tokens.access(permission, refused=tokens.access(permission).text)
    assert len(server.refresh_tokens) == 1


def test_two_mailboxes_with_one_login_share_its_token(server: Authorisation, tmp_path: Path) -> None:
    permission, _ = _kept(server, tmp_path)
    other = _permission(server, tmp_path, name="work")
    tokens = Tokens()
    assert tokens.access(permission).text == tokens.access(other).text
    assert server.tokens_asked() == 1


def test_many_at_once_renew_one_after_another_and_none_spoils_the_others(server: Authorisation, tmp_path: Path) -> None:
    permission, _ = _kept(server, tmp_path)
    server.rotate = True
    failures: list[Exception] = []

    def renew() -> None:
        tokens = Tokens()  # as a process of its own has
        try:
            for _ in range(5):
                tokens.access(permission, refused=tokens.access(permission).text)
        except Exception as error:  # noqa: BLE001 - for the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=renew) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert permission.path.read_text().strip() in server.refresh_tokens


def test_a_renewal_in_another_process_is_waited_for(server: Authorisation, tmp_path: Path) -> None:
    permission, _ = _kept(server, tmp_path)
    script = (
        "import sys; from pathlib import Path; from inboxwatch.oauth import keeping\n"
        "with keeping.alone(Path(sys.argv[1])):\n    print('in', flush=True); sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(permission.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdin and other.stdout and other.stdout.readline() == "in\n"
    given: list[str] = []
    thread = threading.Thread(target=lambda: given.append(Tokens().access(permission).text))
    thread.start()
    thread.join(0.5)
    assert given == [] and server.asked == []
    other.communicate("")
    thread.join(20)
    assert len(given) == 1


def test_who_takes_too_long_is_not_waited_for_for_ever(
    server: Authorisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    permission, _ = _kept(server, tmp_path)
    monkeypatch.setattr(keeping, "_PATIENCE", 0.2)
    with keeping.alone(permission.path), pytest.raises(Unreachable, match="renewing the same login"):
        Tokens().access(permission)


def test_a_new_login_counts_at_once(server: Authorisation, tmp_path: Path) -> None:
    permission, _ = _kept(server, tmp_path)
    daemon = Tokens()
    old = daemon.access(permission).text
    Tokens().learn(permission, Grant("unused", server.new_refresh("other@example.com"), 0.0))
    new = daemon.access(permission).text
    assert new != old
    assert server.access_tokens[new][0] == "other@example.com"


def test_without_a_permission_the_command_that_gives_it_is_named(server: Authorisation, tmp_path: Path) -> None:
    with pytest.raises(PermissionNeeded, match="no permission yet") as caught:
        Tokens().access(_permission(server, tmp_path))
    assert caught.value.command == "inboxwatch login main"
    assert "inboxwatch login main" in str(caught.value)
    assert server.asked == []
    assert not caught.value.given_anew()
    Tokens().learn(_permission(server, tmp_path), Grant("unused", server.new_refresh(), 0.0))
    assert caught.value.given_anew()


def test_a_permission_that_has_ended_names_the_command_and_is_not_asked_for_again_at_once(
    server: Authorisation, tmp_path: Path
) -> None:
    permission, token = _kept(server, tmp_path)
    server.refresh_tokens.clear()
    with pytest.raises(PermissionNeeded, match="has ended") as caught:
        Tokens().access(permission)
    assert "inboxwatch login main" in str(caught.value)
    assert token not in str(caught.value)
    assert server.tokens_asked() == 1
    assert permission.path.exists()  # it is hers to remove


def test_a_client_that_is_not_known_is_no_matter_of_a_login(server: Authorisation, tmp_path: Path) -> None:
    permission, _ = _kept(server, tmp_path)
    server.replies = [Reply.of(401, error="invalid_client")]
    with pytest.raises(PermissionRefused, match="client_id"):
        Tokens().access(permission)


def test_trouble_at_the_sign_in_server_leaves_all_as_it_is(server: Authorisation, tmp_path: Path) -> None:
    permission, token = _kept(server, tmp_path)
    server.replies = [Reply(body=b"<html>")]
    tokens = Tokens()
    with pytest.raises(Unreachable):
        tokens.access(permission)
    assert permission.path.read_text().strip() == token
    assert tokens.access(permission).new


def test_only_the_owner_may_read_what_is_kept(server: Authorisation, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        permission, token = _kept(server, tmp_path / "new" / "state")
        server.rotate = True
        Tokens().access(permission)
    finally:
        os.umask(before)
    assert permission.path.read_text().strip() != token
    modes = {path: path.stat().st_mode & 0o777 for path in (tmp_path / "new" / "state").rglob("*")}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert permission.path.parent.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / "state").stat().st_mode & 0o777 == 0o700


def test_a_loose_mode_is_refused_with_the_command_that_mends_it(server: Authorisation, tmp_path: Path) -> None:
    permission, _ = _kept(server, tmp_path)
    permission.path.chmod(0o640)
    with pytest.raises(CredentialError, match="chmod 600"):
        Tokens().access(permission)
    assert server.asked == []


def test_what_a_killed_process_left_half_written_is_no_token(server: Authorisation, tmp_path: Path) -> None:
    permission, token = _kept(server, tmp_path)
    half = permission.path.with_name(f".{permission.path.name}.new")
    half.write_text("refresh-ha")
    assert permission.refresh_token() == token
    server.rotate = True
    Tokens().access(permission)
    assert not half.exists()


def test_a_new_refresh_token_that_cannot_be_kept_is_used_on_and_kept_as_soon_as_that_can_be(
    server: Authorisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    permission, old = _kept(server, tmp_path)
    server.rotate = True
    tokens = Tokens()
    # A folder stands where the new file would be written: for root, too.
    half = permission.path.with_name(f".{permission.path.name}.new")
    half.mkdir()
    (half / "in the way").touch()
    for _ in range(3):
        tokens.access(permission, refused=tokens.access(permission).text)
    assert permission.path.read_text().strip() == old
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "could not be kept" in warning.getMessage()
    (half / "in the way").unlink()
    half.rmdir()
    tokens.access(permission, refused=tokens.access(permission).text)
    assert permission.path.read_text().strip() in server.refresh_tokens
    assert not [secret for secret in server.given if secret in caplog.text]


def test_a_token_kept_elsewhere_is_used_and_its_successor_is_said_once_to_be_lost_in_the_end(
    server: Authorisation, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "refresh"
    place.write_text(server.new_refresh() + "\n")
    place.chmod(0o600)
    permission = _permission(server, tmp_path / "state", Secret.from_file(place))
    server.rotate = True
    tokens = Tokens()
    for _ in range(3):
        tokens.access(permission, refused=tokens.access(permission).text)
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert f"file {place}" in warning.getMessage() and "inboxwatch login main" in warning.getMessage()
    assert not (tmp_path / "state").exists()
    assert not [secret for secret in server.given if secret in caplog.text]
    server.refresh_tokens.clear()
    with pytest.raises(PermissionNeeded, match=f"has ended \\(the one from file {place}\\)"):
        Tokens().access(permission)


def test_nothing_of_it_shows_a_secret_in_its_repr(server: Authorisation, tmp_path: Path) -> None:
    permission, _ = _kept(server, tmp_path)
    tokens = Tokens()
    token = tokens.access(permission)
    for thing in (permission, tokens, token, tokens._held):
        shown = f"{thing!r} {thing}"
        assert not [secret for secret in server.given if secret in shown]


@pytest.mark.parametrize("username", ["../../etc/passwd", ".hidden", "a/b", "", "ひと@example.jp", "x" * 500, "a\tb"])
def test_no_user_name_leads_out_of_the_folder(tmp_path: Path, username: str) -> None:
    path = keeping.place(tmp_path, Client(SHIPPED["google"], "id", username))
    assert path.parent == tmp_path / keeping.FOLDER
    assert not path.name.startswith(".")
    assert len(path.name) < 100


def test_another_client_or_account_has_another_place(tmp_path: Path) -> None:
    clients = [
        Client(provider, client_id, username)
        for provider in SHIPPED.values()
        for client_id in ("one", "two")
        for username in ("a@example.com", "a_example.com")
    ]
    assert len({keeping.place(tmp_path, client) for client in clients}) == len(clients)


def test_a_state_folder_that_cannot_be_used_is_said_with_its_name(server: Authorisation, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    permission = _permission(server, tmp_path / "state")
    with pytest.raises(CredentialError, match="cannot be written"), keeping.alone(permission.path):
        pass
