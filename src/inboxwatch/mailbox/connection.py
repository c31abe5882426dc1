"""One connection to an IMAP server: opened, proven, logged in, and every command on it under a deadline."""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imapclient.exceptions import ProtocolError

from inboxwatch.mailbox import certificate
from inboxwatch.mailbox.client import Client
from inboxwatch.mailbox.deadline import Deadline
from inboxwatch.mailbox.errors import (
    CertificateRefused,
    CommandRefused,
    ConnectionLost,
    LoginRefused,
    MailboxError,
    NotNow,
    PermissionNeeded,
    Unreachable,
    server_text,
)
from inboxwatch.mailbox.reaching import Login, greet, let_go, reach, trust

__all__ = ["Connection", "Login", "open_connection"]

GOODBYE_SECONDS = 5.0

# What a library raises on an answer that it cannot read. The command itself has been answered by then.
_UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, RuntimeError, ArithmeticError)

# A refusal that says nothing of the password, nor of the mail asked for (RFC 5530, and providers' own words).
_NOT_NOW = re.compile(
    r"\[(UNAVAILABLE|LIMIT|INUSE|THROTTLED|OVERQUOTA)\b|too many .*(connections|requests|commands)|temporar|throttl"
    r"|(try|log ?in) (again|later)|rate.?limit|bandwidth limit|server (is )?(too )?busy|lookup failed"
    r"|authenticated but not connected",
    re.I,
)
_NOT_NOW_AT_THE_DOOR = re.compile(r"\[SERVERBUG\b", re.I)  # later it may be one mail that the server stumbles over
# What a provider says of a token is no help: `invalid credentials` is all of these.
_FOR_THIS_ACCOUNT = (
    "The permission may have been taken back, may be for another account, or the account may not allow IMAP."
)
_NEEDS_TOKEN = re.compile(r"basic ?auth|application-specific|app password|web login required", re.I)


class Connection:
    """A logged-in session. One thread at a time; after a ConnectionLost it is of no more use but to be closed."""

    def __init__(
        self, client: Client, rope: socket.socket, place: str, command_timeout: float, secret: str = ""
    ) -> None:
        self.place = place
        self._secret = secret  # known only so that it can be left out of what the server says
        self.capabilities: frozenset[bytes] = frozenset()
        self._client = client
        self._rope = rope
        self._command_timeout = command_timeout
        self._usable = True

    @contextmanager
    def command(
        self, what: str, *, more: float = 0.0, within: float | None = None, vital: bool = False
    ) -> Iterator[Client]:
        """One exchange with the server, `what` naming it for errors; the client is handed in for its length.

        The whole of it must end within the command timeout plus `more` seconds, or `within` seconds where given.
        Raises ConnectionLost when it did not or the connection ended, NotNow when the server is not up to it at
        present, CommandRefused when it said no (with `vital`, both are ConnectionLost too). This is the one place
        where the errors of imaplib, IMAPClient, ssl and the operating system become ours.
        """
        if not self._usable:
            raise ConnectionLost(f"{self.place}: this connection was given up before; connect again.")
        deadline = Deadline(self._rope, self._command_timeout + more if within is None else within)
        self._client.begin_answer()
        try:
            with deadline:
                yield self._client
        except (imaplib.IMAP4.error, OSError, *_UNREADABLE) as error:
            if deadline.expired or vital or _ends_the_stream(error):
                raise self._lost(what, deadline, error) from error
            cause = _cause(error, self._secret)
            sentence = f"{self.place} did not do this: {what}. It said: {cause}"
            refusal = NotNow if _NOT_NOW.search(cause) else CommandRefused
            raise refusal(sentence) from error
        if deadline.expired:
            raise self._lost(what, deadline, None)

    def close(self) -> None:
        """Log out if that is still possible, and let go of the connection. Never raises; may be called again."""
        if self._usable:
            with (
                contextlib.suppress(MailboxError),
                self.command("logout", within=GOODBYE_SECONDS, vital=True) as client,
            ):
                client.logout()
        self._usable = False
        let_go(self._client, self._rope)

    def _lost(self, what: str, deadline: Deadline, error: BaseException | None) -> ConnectionLost:
        self._usable = False
        let_go(self._client, self._rope)
        if deadline.expired or isinstance(error, TimeoutError):
            cause = f"no complete answer within {deadline.seconds:g} s"
        else:
            cause = "nothing more came" if error is None else _cause(error, self._secret)
        return ConnectionLost(f"{self.place}: the connection ended during: {what} ({cause}). It will be made anew.")


def open_connection(login: Login, connect_timeout: float, command_timeout: float) -> Connection:
    """Connect, prove the server, log in.

    Raises Unreachable, CertificateRefused, LoginRefused (PermissionNeeded where the login has a `command`) or NotNow.

    `connect_timeout` (seconds) bounds the making of the connection and, again, greeting and TLS together;
    `command_timeout` the login, and later every command.
    """
    secret = _ask(login)  # before connecting: a slow token command must not hold a connection
    context = trust(login)
    plain = reach(login, connect_timeout)
    rope = plain.dup()
    client: Client | None = None
    try:
        with _bounded(login, "greeting", rope, connect_timeout, secret):
            client = greet(login, plain, context, connect_timeout)
        connection = Connection(client, rope, login.place, command_timeout, secret)
        with _bounded(login, "login", rope, command_timeout, secret):
            client.begin_answer()
            client.socket().settimeout(command_timeout)
            _log_in(client, login, secret)
            connection.capabilities = client.fresh_capabilities()
    except BaseException:
        let_go(client, rope)
        plain.close()
        raise
    return connection


def _ask(login: Login) -> str:
    try:
        return login.secret()
    except Exception as error:  # noqa: BLE001  whatever gives the secret is the user's; its text may hold the secret
        raise LoginRefused(
            f"The secret for {login.username} on {login.host} could not be had ({type(error).__name__}). "
            "Check what stands under `password:`."
        ) from None


@contextmanager
def _bounded(login: Login, step: str, rope: socket.socket, seconds: float, secret: str) -> Iterator[None]:
    deadline = Deadline(rope, seconds)
    try:
        with deadline:
            yield
    except MailboxError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise CertificateRefused(certificate.refused(login, error, seconds)) from error
    except (imaplib.IMAP4.error, OSError, *_UNREADABLE) as error:
        late = deadline.expired or isinstance(error, TimeoutError)
        cause = f"no complete answer within {deadline.seconds:g} s" if late else _cause(error, secret)
        if not late and _NOT_NOW.search(cause):
            raise NotNow(f"{login.place} does not let anybody in just now. It said: {cause}") from None
        remedy = (
            "Check that `port:` and `tls:` belong together (993: implicit, 143: starttls)."
            if step == "greeting" and "BYE" not in cause
            else "It will be tried again."
        )
        raise Unreachable(f"{login.place} was reached, but the {step} failed ({cause}). {remedy}") from None


def _log_in(client: Client, login: Login, secret: str) -> None:
    offers = client.fresh_capabilities()
    try:
        if login.auth == "xoauth2":
            _send_token(client, login, secret)
        elif b"AUTH=PLAIN" in offers or not secret.isascii():
            words = f"\0{login.username}\0{secret}".encode()
            client.authenticate("PLAIN", lambda _: words)
        else:
            _send_password(client, login, secret)
    except imaplib.IMAP4.abort:
        raise  # the connection ended, which is not a refusal
    except imaplib.IMAP4.error as error:
        said = server_text(error, secret)
        if _NOT_NOW.search(said) or _NOT_NOW_AT_THE_DOOR.search(said):
            raise NotNow(f"{login.place} does not let anybody in just now. It said: {said}") from None
        cause = said.rstrip(".") or "nothing"
        sentence = f"{login.place} refused the login of {login.username}. It said: {cause}."
        if login.command:
            raise PermissionNeeded(f"{sentence} {_FOR_THIS_ACCOUNT}", login.command) from None
        raise LoginRefused(f"{sentence} {_remedy(login, said)}") from None


def _send_token(client: Client, login: Login, token: str) -> None:
    words = iter([f"user={login.username}\1auth=Bearer {token}\1\1".encode()])
    # A refusal comes as a challenge that must be answered with nothing before the server says NO.
    client.authenticate("XOAUTH2", lambda _: next(words, b""))


def _send_password(client: Client, login: Login, password: str) -> None:
    if not (login.username + password).isprintable() or not login.username.isascii():
        raise imaplib.IMAP4.error("this server takes only user names and passwords of plain ASCII characters")
    client.plain_command_login(login.username, password)


def _remedy(login: Login, said: str) -> str:
    if login.auth == "xoauth2":
        return "The access token may have expired or may lack the IMAP scope: authorise again."
    if _NEEDS_TOKEN.search(said):
        return "This provider no longer takes the plain password: use an app password, or `auth: xoauth2`."
    return "Check `username:` and `password:`; some providers want an app password."


def _ends_the_stream(error: BaseException) -> bool:
    """Whether after this error nothing more can be read in step with the server."""
    if isinstance(error, imaplib.IMAP4.abort | OSError):
        return True
    return isinstance(error, imaplib.IMAP4.error) and "got more than" in str(error)  # imaplib's limit on one line


def _cause(error: BaseException, secret: str) -> str:
    """What went wrong, in the words of the server or the system, but without what an answer contained: that is mail."""
    if isinstance(error, ProtocolError) or not isinstance(error, imaplib.IMAP4.error | OSError):
        return f"an answer that cannot be read ({type(error).__name__})"
    return re.sub(r"(unexpected [a-z]*|unterminated line).*", r"\1", server_text(error, secret)) or type(error).__name__
