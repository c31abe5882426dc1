"""One question to a sign-in server: a form out, a JSON object back, bounded in time and size, and never redirected."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from inboxwatch import __version__
from inboxwatch.mailbox.deadline import Deadline
from inboxwatch.mailbox.errors import CertificateRefused, MailboxError, NotNow, Unreachable, server_text
from inboxwatch.mailbox.reaching import first_that_answers, trusting

#: For each of: connecting, TLS, question and answer together.
SECONDS = 20.0
#: The longest token of any provider is far below.
ANSWER_BYTES = 64 * 1024
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sign-in server answered; `said` makes of its words what may be shown."""

    place: str
    status: int
    content: Mapping[str, Any] = field(repr=False)
    _secrets: tuple[str, ...] = field(repr=False)

    def said(self, key: str) -> str:
        """A text of the answer as one clean, bounded line, without anything that we sent; empty where there is none."""
        found = self.content.get(key)
        if not isinstance(found, str):
            return ""
        for secret in self._secrets:
            found = found.replace(secret, "***").replace(quote_plus(secret), "***")
        return server_text(found)


def ask(url: str, form: Mapping[str, str], ca_file: Path | None, seconds: float = SECONDS) -> Answer:
    """POST a form to an https address (http: of this very computer; the configuration sees to that).

    `ca_file` adds trust to the system's own. Raises Unreachable, CertificateRefused or NotNow, naming the host alone:
    an address may hold what is nobody's business.
    """
    parts = urlsplit(url)
    place = parts.hostname or ""
    try:
        status, content = _exchange(url, form, ca_file, seconds)
    except MailboxError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise CertificateRefused(
            f"The sign-in server {place} showed a certificate that is not trusted "
            f"({server_text(error.verify_message)}). No secret was sent. "
            "If it is your own server, give its authority under `ca_file:`."
        ) from None
    except socket.gaierror as error:
        raise Unreachable(f"The name {place} of the sign-in server was not found ({server_text(error)}).") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        cause = f"no complete answer within {seconds:g} s" if isinstance(error, TimeoutError) else _kind(error)
        raise Unreachable(f"The sign-in server {place} was not reached ({cause}). It will be tried again.") from None
    if status == _TOO_MANY_REQUESTS or status >= 500:
        raise NotNow(f"The sign-in server {place} cannot answer just now (HTTP {status}). It will be tried again.")
    # The longest first: one secret may begin with another.
    secrets = tuple(sorted((value for key, value in form.items() if key in _SECRET and value), key=len, reverse=True))
    return Answer(place, status, _object_in(content, place, status), secrets)


_SECRET = ("client_secret", "refresh_token", "code", "code_verifier", "device_code")


def _exchange(url: str, form: Mapping[str, str], ca_file: Path | None, seconds: float) -> tuple[int, bytes]:
    """Status and body. Raises OSError (TimeoutError when it took too long), HTTPException or ValueError."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    context = trusting(ca_file, host) if secure else None
    plain = first_that_answers(host, port, seconds)
    rope = plain.dup()
    deadline = Deadline(rope, seconds)
    try:
        plain.settimeout(seconds)
        with deadline:
            connection = _connection(host, port, plain, context)
            with contextlib.closing(connection):
                path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
                answer = _posted(connection, path, form)
    except (OSError, http.client.HTTPException):
        if deadline.expired:
            raise TimeoutError from None
        raise
    finally:
        for end in (plain, rope):
            with contextlib.suppress(OSError):
                end.close()
    if deadline.expired:  # cut in the middle, which looks like an end
        raise TimeoutError
    return answer


def _connection(
    host: str, port: int, plain: socket.socket, context: ssl.SSLContext | None
) -> http.client.HTTPConnection:
    """An HTTP session on a socket that is connected already: so the deadline can pull it, and no proxy is asked."""
    if context is None:
        connection = http.client.HTTPConnection(host, port)
        connection.sock = plain
        return connection
    secure = http.client.HTTPSConnection(host, port, context=context)
    secure.sock = context.wrap_socket(plain, server_hostname=host)
    return secure


def _posted(connection: http.client.HTTPConnection, path: str, form: Mapping[str, str]) -> tuple[int, bytes]:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "User-Agent": f"inboxwatch/{__version__}",
        "Connection": "close",
    }
    connection.request("POST", path, urlencode(form).encode("ascii"), headers)
    response = connection.getresponse()
    return response.status, response.read(ANSWER_BYTES + 1)


def _object_in(content: bytes, place: str, status: int) -> Mapping[str, Any]:
    """The JSON object of an answer. Raises Unreachable: anything else may come from the gate of a network, too."""
    if 300 <= status < 400:
        # Whoever follows takes the secrets along.
        what = f"wants to be asked elsewhere (HTTP {status}), which is not done with secrets"
    elif len(content) > ANSWER_BYTES:
        what = f"answered with more than {ANSWER_BYTES // 1024} kB"
    else:
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
        what = f"answered something that cannot be read (HTTP {status})"
    raise Unreachable(f"The sign-in server {place} {what}. Check the addresses under `oauth:`, and the network.")


def _kind(error: Exception) -> str:
    """What went wrong, in the system's words; of a library's only the kind, for its text may quote the answer."""
    return server_text(error.strerror) if isinstance(error, OSError) and error.strerror else type(error).__name__
