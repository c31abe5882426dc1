"""From a mailbox's settings to a logged-in account: where its secret comes from, and a new token for a refused one."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from inboxwatch.config import Mailbox
from inboxwatch.mailbox.connection import Login
from inboxwatch.mailbox.errors import LoginRefused, PermissionNeeded
from inboxwatch.oauth import keeping
from inboxwatch.oauth.provider import SHIPPED, Client, Provider
from inboxwatch.oauth.tokens import TOKENS, Permission

if TYPE_CHECKING:  # IMAPClient costs a tenth of a second
    from inboxwatch.mailbox.imap import Account


def connect(mailbox: Mailbox, state: Path, *, command_timeout: float = 60.0) -> Account:
    """Connect to a mailbox on a server and log in; `state` is the state folder, the timeout in seconds.

    An access token that is refused although it should be good is renewed, once. Raises MailboxError; CredentialError
    when a secret cannot be had, which is told in its own words.
    """
    from inboxwatch.mailbox.imap import Account

    if mailbox.oauth is None:
        assert mailbox.password is not None
        login = login_of(mailbox, mailbox.password.reveal())
        return Account.connect(mailbox.name, login, command_timeout=command_timeout)
    permission = permission_of(mailbox, state)
    given_anew = permission.given_anew()
    token = TOKENS.access(permission)
    try:
        try:
            return Account.connect(mailbox.name, login_of(mailbox, token.text), command_timeout=command_timeout)
        except LoginRefused:
            if token.new:
                raise
        token = TOKENS.access(permission, refused=token.text)
        return Account.connect(mailbox.name, login_of(mailbox, token.text), command_timeout=command_timeout)
    except PermissionNeeded as error:
        error.given_anew = given_anew
        raise


def login_of(mailbox: Mailbox, secret: str) -> Login:
    """How to get into a mailbox on a server with this password or access token."""
    assert mailbox.host is not None and mailbox.username is not None
    return Login(
        host=mailbox.host,
        port=mailbox.port,
        tls=mailbox.tls,
        ca_file=mailbox.ca_file,
        username=mailbox.username,
        auth=mailbox.auth,
        secret=lambda: secret,
        command=login_command(mailbox) if mailbox.oauth is not None else "",
    )


def permission_of(mailbox: Mailbox, state: Path) -> Permission:
    """The permission by which a mailbox with `oauth:` is read, and where its refresh token is kept."""
    settings = mailbox.oauth
    assert settings is not None and mailbox.username is not None
    client = Client(provider_of(mailbox), settings.client_id, mailbox.username, settings.client_secret, mailbox.ca_file)
    return Permission(client, keeping.place(state, client), settings.refresh_token, login_command(mailbox))


def provider_of(mailbox: Mailbox) -> Provider:
    """Who gives the permission: the shipped addresses, and those of the configuration in their place."""
    settings = mailbox.oauth
    assert settings is not None
    names = ("authorise_url", "token_url", "device_url", "scope")
    own = {name: value for name in names if (value := getattr(settings, name)) is not None}
    if settings.provider is None:
        return Provider(**own)
    return replace(SHIPPED[settings.provider], **own)


def remove_unused(mailboxes: Iterable[Mailbox], state: Path) -> bool:
    """Remove every kept permission that none of these mailboxes is read by; true if there was one.

    It stays good at the provider until it is taken back there. Raises OSError, CredentialError.
    """
    used = {permission_of(mailbox, state).path for mailbox in mailboxes if mailbox.oauth is not None}
    unused = [path for path in keeping.kept(state) if path not in used]
    for path in unused:
        with keeping.alone(path):
            path.unlink(missing_ok=True)
    return bool(unused)


def login_command(mailbox: Mailbox) -> str:
    """What she types to give permission for this mailbox."""
    return f"inboxwatch login {shlex.quote(mailbox.name)}"
