"""Access tokens: kept in memory while they are good, renewed by the refresh token, which is kept when it changes."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from inboxwatch.config.credentials import CredentialError, Secret
from inboxwatch.mailbox.errors import PermissionNeeded
from inboxwatch.oauth import keeping
from inboxwatch.oauth.errors import PermissionRefused
from inboxwatch.oauth.grants import Grant, renew
from inboxwatch.oauth.provider import Client

#: A token that ends sooner is renewed first: the login itself takes a while.
MARGIN = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Permission:
    """One login: who asks, and where its refresh token is: at `path`, or at a place of the user's own (`elsewhere`).

    `command` is what she types to give it anew.
    """

    client: Client
    path: Path
    elsewhere: Secret | None
    command: str

    @property
    def login(self) -> tuple[Path, Secret | None]:
        """What two mailboxes with the same login have in common."""
        return self.path, self.elsewhere

    def refresh_token(self) -> str:
        """The refresh token as it is kept now. Raises PermissionNeeded where there is none, and CredentialError."""
        if self.elsewhere is not None:
            return self.elsewhere.reveal()
        given_anew = self.given_anew()
        kept = keeping.read(self.path)
        if kept is None:
            sentence = f"There is no permission yet to read the mail of {self.client.username}."
            raise PermissionNeeded(sentence, self.command, given_anew)
        return kept

    def given_anew(self) -> Callable[[], bool]:
        """What tells, later, whether another refresh token has been kept since now; it reads none."""
        if self.elsewhere is not None:
            return lambda: False
        before = keeping.stamp(self.path)
        return lambda: keeping.stamp(self.path) != before

    def ended(self, refused: PermissionRefused, given_anew: Callable[[], bool]) -> PermissionNeeded:
        """What to say of a refresh token that is good no more."""
        where = f" (the one from {self.elsewhere.described()})" if self.elsewhere else ""
        sentence = f"The permission to read the mail of {self.client.username} has ended{where}. {refused}"
        return PermissionNeeded(sentence, self.command, given_anew)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. `new` says that it was given just now, so that asking again would give nothing better."""

    text: str = field(repr=False)
    new: bool


@dataclass(frozen=True, slots=True)
class _Held:
    """What is known of one login: with `kept` where it is kept, `newest` is the refresh token to use."""

    kept: str = field(repr=False)
    newest: str = field(repr=False)
    access: str = field(repr=False)
    until: float


@dataclass(slots=True)
class Tokens:
    """All logins of this process. Used by several threads; each login is renewed by one at a time.

    `clock` gives seconds that only grow.
    """

    clock: Callable[[], float] = time.monotonic
    _held: dict[object, _Held] = field(default_factory=dict, repr=False)
    _locks: dict[object, Lock] = field(default_factory=dict, repr=False)
    _told: set[object] = field(default_factory=set, repr=False)
    _guard: Lock = field(default_factory=Lock, repr=False)

    def access(self, permission: Permission, refused: str = "") -> Token:
        """An access token that is good for a minute at least and is not the `refused` one.

        Raises PermissionNeeded when she must give permission (again), PermissionRefused for a client that is not
        known and the like, CredentialError, and what `ask` raises.
        """
        with self._guard:
            lock = self._locks.setdefault(permission.login, Lock())
        with lock:
            held = self._held.get(permission.login)
            # A new login counts at once, though the token of the old one may be good for an hour.
            if (
                held is not None
                and held.access != refused
                and self.clock() < held.until
                and held.kept == permission.refresh_token()
            ):
                return Token(held.access, new=False)
            with self._alone(permission):
                return Token(self._renewed(permission, held), new=True)

    def learn(self, permission: Permission, grant: Grant) -> None:
        """Keep what a login of hers has brought, in memory and on the disk. Raises CredentialError and Unreachable."""
        assert grant.refresh_token is not None and permission.elsewhere is None
        with self._alone(permission):
            keeping.write(permission.path, grant.refresh_token)
            self._hold(permission, grant.refresh_token, grant.refresh_token, grant)

    def _renewed(self, permission: Permission, held: _Held | None) -> str:
        given_anew = permission.given_anew()
        kept = permission.refresh_token()  # another process may have renewed it meanwhile
        newest = held.newest if held is not None and held.kept == kept else kept
        try:
            grant = renew(permission.client, newest)
        except PermissionRefused as refused:
            self._held.pop(permission.login, None)
            if refused.reason == "ended":
                raise permission.ended(refused, given_anew) from None
            raise
        newest = grant.refresh_token or newest
        if newest != kept and self._keep(permission, newest):
            kept = newest
        self._hold(permission, kept, newest, grant)
        return grant.access_token

    def _hold(self, permission: Permission, kept: str, newest: str, grant: Grant) -> None:
        self._held[permission.login] = _Held(kept, newest, grant.access_token, self.clock() + grant.seconds - MARGIN)

    def _keep(self, permission: Permission, newest: str) -> bool:
        """Keep a refresh token that came back in place of the old one; whether that could be done. Said once if not."""
        cause = ""
        if permission.elsewhere is None:
            try:
                keeping.write(permission.path, newest)
            except CredentialError as error:
                cause = str(error)
            else:
                self._told.discard(permission.login)
                return True
        if permission.login not in self._told:
            self._told.add(permission.login)
            _log.warning("%s", (cause and _not_kept(permission, cause)) or _not_ours(permission))
        return False

    def _alone(self, permission: Permission) -> AbstractContextManager[None]:
        return keeping.alone(permission.path) if permission.elsewhere is None else contextlib.nullcontext()


def _not_kept(permission: Permission, cause: str) -> str:
    return (
        f"a new refresh token for {permission.client.username} came and could not be kept ({cause}); "
        f"it is used until this process ends, and then this may be needed: {permission.command}"
    )


def _not_ours(permission: Permission) -> str:
    assert permission.elsewhere is not None
    return (
        f"the provider gave a new refresh token for {permission.client.username} in place of the one from "
        f"{permission.elsewhere.described()}, where inboxwatch cannot write; it is used until this process ends. "
        f"Without `refresh_token:` under `oauth:`, new ones are kept in the state folder: {permission.command}"
    )


#: One for the process: two mailboxes with the same login share a token.
TOKENS = Tokens()
