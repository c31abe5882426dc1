"""`oauth:` in a configuration: what it may say, what must stand beside it, and that its secrets are never repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.config.test_config_schema import fits

from inboxwatch.config import Config, ConfigError, json_schema, parse, yaml_lines
from inboxwatch.logins import login_command, login_of, permission_of, provider_of
from inboxwatch.oauth.provider import SHIPPED

FILE = Path("/etc/inboxwatch/config.yaml")
_SERVER = "mailboxes:\n  - host: imap.example.com\n    username: me@example.com\n"
GOOGLE = "    oauth: {provider: google, client_id: 1234.example}\n"


def read(text: str, mode: int = 0o600) -> Config:
    return parse(text, FILE, mode=mode)


def problems(text: str, mode: int = 0o600) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text, mode)
    return [problem.removeprefix(f"{FILE}:") for problem in caught.value.problems]


def test_a_provider_and_a_client_are_enough_and_mean_a_token() -> None:
    (mailbox,) = read(_SERVER + GOOGLE).mailboxes
    assert mailbox.auth == "xoauth2"
    assert mailbox.password is None
    assert provider_of(mailbox) == SHIPPED["google"]
    login = login_of(mailbox, "token")
    assert (login.auth, login.command) == ("xoauth2", "inboxwatch login main")


def test_an_address_stands_in_place_of_the_providers_own() -> None:
    tenant = "https://login.microsoftonline.com/example/oauth2/v2.0/token"
    text = _SERVER + f"    oauth: {{provider: microsoft, client_id: a, token_url: '{tenant}'}}\n"
    provider = provider_of(read(text).mailboxes[0])
    assert provider.token_url == tenant
    assert provider.device_url == SHIPPED["microsoft"].device_url


def test_the_command_is_one_that_can_be_typed() -> None:
    text = _SERVER.replace("  - host", "  - name: 'my; box'\n    host") + GOOGLE
    assert login_command(read(text).mailboxes[0]) == "inboxwatch login 'my; box'"


def test_the_place_of_the_token_is_in_the_state_folder() -> None:
    permission = permission_of(read(_SERVER + GOOGLE).mailboxes[0], Path("/state"))
    assert permission.path.parent == Path("/state/logins")
    assert permission.path.name.startswith("me@example.com-")


OWN = "    oauth:\n      client_id: a\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (_SERVER + GOOGLE + "    password: {env: A}\n", ["5: mailboxes[0].password: stands beside oauth"]),
        (_SERVER + GOOGLE + "    auth: password\n", ["5: mailboxes[0].auth: password means nothing beside oauth"]),
        (_SERVER + "    oauth: {provider: google}\n", ["4: mailboxes[0].oauth.client_id: is missing; oauth needs it"]),
        (_SERVER + "    oauth: google\n", ["4: mailboxes[0].oauth: must be a mapping and is text"]),
        (_SERVER + "    oauth: {}\n", ["4: mailboxes[0].oauth.client_id: is missing"]),
        (
            _SERVER + "    oauth: {provider: gogle, client_id: a}\n",
            ["4: mailboxes[0].oauth.provider: 'gogle' is not known; did you mean 'google'?"],
        ),
        (
            _SERVER + "    oauth: {provider: google, client_id: a, client_ids: a}\n",
            ["4: mailboxes[0].oauth.client_ids: is no known key; did you mean 'client_id'?"],
        ),
        (
            _SERVER + OWN,
            [
                "4: mailboxes[0].oauth.authorise_url: is missing",
                "4: mailboxes[0].oauth.scope: is missing",
                "4: mailboxes[0].oauth.token_url: is missing",
            ],
        ),
        (
            _SERVER + OWN + "      scope: imap\n      token_url: http://login.example.com/token\n"
            "      device_url: https://login.example.com/device\n",
            ["7: mailboxes[0].oauth.token_url: must begin with https://"],
        ),
        ("mailboxes:\n  - maildir: /m\n" + GOOGLE, ["3: mailboxes[0].oauth: means nothing beside maildir"]),
        (
            "mailboxes:\n  - host: imap.example.com\n    username: me\n    auth: xoauth2\n",
            ["2: mailboxes[0].password: is missing"],
        ),
    ],
)
def test_each_fault_is_told_with_its_place(text: str, found: list[str]) -> None:
    told = problems(text)
    assert [line[: len(start)] for line, start in zip(told, found, strict=False)] == found, told


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.com/token",
        "ftp://login.example.com/token",
        "https://",
        "https:///token",
        "https://user:word@login.example.com/token",
        "https://login.example.com/token#part",
        "https://login.example.com:99999/token",
        "https://login.example.com/to ken",
        "https://login.example.com\\@evil.example/token",
        "http://127.0.0.1.evil.example/token",
        "http://localhost.evil.example/token",
        "https://[::1/token",
        "javascript:alert(1)",
        "https://ログイン.example/token",
    ],
)
def test_secrets_are_sent_by_https_alone(url: str) -> None:
    text = _SERVER + f"    oauth: {{provider: google, client_id: a, token_url: '{url}'}}\n"
    (told,) = problems(text)
    assert told.startswith("4: mailboxes[0].oauth.token_url: ")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/token", "http://localhost/token", "http://[::1]:8080/token"])
def test_this_very_computer_may_be_asked_without(url: str) -> None:
    read(_SERVER + f"    oauth: {{provider: google, client_id: a, token_url: '{url}'}}\n")


@pytest.mark.parametrize("key", ["client_secret", "refresh_token"])
def test_a_secret_in_the_file_itself_is_warned_of_and_refused_where_others_may_read_it(key: str) -> None:
    text = _SERVER + f"    oauth: {{provider: google, client_id: a, {key}: hunter2}}\n"
    config = read(text)
    (warning,) = config.warnings
    assert f"mailboxes[0].oauth.{key}: is a secret in the configuration itself" in warning
    (told,) = problems(text, 0o644)
    assert "chmod 600" in told
    for shown in (warning, told, repr(config), str(config.mailboxes[0])):
        assert "hunter2" not in shown


@pytest.mark.parametrize("key", ["client_secret", "refresh_token"])
def test_a_secret_that_is_not_where_it_should_be_is_told_when_it_is_looked_for(key: str, tmp_path: Path) -> None:
    text = _SERVER + f"    oauth: {{provider: google, client_id: a, {key}: {{file: {tmp_path}/gone}}}}\n"
    with pytest.raises(ConfigError, match=f"oauth.{key}: there is no file"):
        parse(text, FILE, mode=0o600, check_files=True, environ={})


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (_SERVER + GOOGLE, True),
        (_SERVER + "    oauth: {client_id: a, token_url: 'https://a.example/t', scope: imap}\n", True),
        (_SERVER + "    oauth: {provider: google}\n", False),
        (_SERVER + "    oauth: {client_id: a}\n", False),
        (_SERVER + GOOGLE + "    password: {env: A}\n", False),
        (_SERVER + "    auth: xoauth2\n", False),
        (_SERVER + "    oauth: {provider: google, client_id: a, token_url: 'ftp://a.example'}\n", False),
    ],
)
def test_the_schema_agrees(text: str, good: bool) -> None:
    assert fits(yaml_lines.parse(text).value, json_schema()) is good
