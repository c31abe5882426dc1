"""The way to a server before anybody logs in: its addresses, its proof of who it is, its greeting."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inboxwatch.mailbox.client import Client
from inboxwatch.mailbox.errors import CertificateRefused, Unreachable, server_text


@dataclass(frozen=True)
class Login:
    """Where an account is and how to get in.

    `ca_file` adds trust to the system's own. `secret` gives the password or the access token and is asked anew at
    every connect. `tls` "none" is for servers on this machine only; the configuration sees to that. `command` is what
    the user types to give a new permission where the access token comes from one (OAuth2).
    """

    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"]
    ca_file: Path | None
    username: str
    auth: Literal["password", "xoauth2"]
    secret: Callable[[], str]
    command: str = ""

    @property
    def place(self) -> str:
        """Host and port, as errors name them."""
        return f"{self.host}:{self.port}"


def trust(login: Login) -> ssl.SSLContext | None:
    """What a server must prove; None without TLS. Raises CertificateRefused when `ca_file` cannot be read."""
    return None if login.tls == "none" else trusting(login.ca_file, login.host)


def trusting(ca_file: Path | None, host: str) -> ssl.SSLContext:
    """What `host` must prove, by the system's authorities and those in `ca_file`. Raises CertificateRefused."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise CertificateRefused(
                f"The certificates in {ca_file} for {host} cannot be read ({server_text(error)}). "
                "`ca_file:` must name a readable PEM file."
            ) from error
    return context


def reach(login: Login, timeout: float) -> socket.socket:
    """A connected socket, within `timeout` seconds for all the host's addresses together. Raises Unreachable."""
    try:
        plain = first_that_answers(login.host, login.port, timeout)
    except socket.gaierror as error:
        raise Unreachable(
            f"The name {login.host} was not found ({server_text(error)}). Check `host:` and the network."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a name that IDNA cannot encode
        cause = f"no answer within {timeout:g} s" if isinstance(error, TimeoutError) else server_text(error)
        raise Unreachable(
            f"{login.place} cannot be reached ({cause}). Check `host:`, `port:` and the network."
        ) from error
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # imaplib writes in pieces: each would wait 40 ms
    for option, value in (
        ("TCP_KEEPIDLE", 120),
        ("TCP_KEEPINTVL", 30),
        ("TCP_KEEPCNT", 4),
        ("TCP_USER_TIMEOUT", 120_000),
    ):
        if hasattr(socket, option):  # not every system has them
            plain.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return plain


def first_that_answers(host: str, port: int, timeout: float) -> socket.socket:
    """A connected socket to the first address of `host` that answers, within `timeout` seconds for all together.

    Each has its share of the time that is left: eight that are dead must not take eight times as long. Raises OSError,
    and ValueError for a name that cannot be one.
    """
    until = time.monotonic() + timeout
    addresses = [each[4][:2] for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    failure: OSError = OSError("it has no address")
    for number, address in enumerate(addresses):
        share = max(0.1, (until - time.monotonic()) / (len(addresses) - number))
        try:
            return socket.create_connection((str(address[0]), int(address[1])), share)
        except OSError as error:
            failure = error
    raise failure


def greet(login: Login, plain: socket.socket, context: ssl.SSLContext | None, timeout: float) -> Client:
    """The session on `plain`, under TLS where there is to be TLS; nothing that is secret has been said yet."""
    given = context.wrap_socket(plain, server_hostname=login.host) if context and login.tls == "implicit" else plain
    client = Client(login.host, login.port, given, timeout)
    if login.tls == "starttls":
        try:
            client.starttls(context)
        except BaseException:
            let_go(client, None)
            raise
    return client


def let_go(client: Client | None, rope: socket.socket | None) -> None:
    """Close what there is, without a word to the server. Never raises."""
    with contextlib.suppress(OSError, *Client.FAULTS):
        if client is not None:
            client.shutdown()
    with contextlib.suppress(OSError):
        if rope is not None:
            rope.close()
