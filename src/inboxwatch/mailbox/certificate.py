"""The days on which a certificate is good, asked of a server whose certificate has just been refused for them."""

from __future__ import annotations

import contextlib
import ssl
from datetime import UTC, datetime
from typing import Any

from inboxwatch.mailbox.deadline import Deadline
from inboxwatch.mailbox.errors import MailboxError, server_text
from inboxwatch.mailbox.reaching import Login, greet, let_go, reach, trust

_NOT_YET_GOOD, _NO_LONGER_GOOD = 9, 10  # OpenSSL's verify codes
_WHATEVER_THE_DAY = 0x200000  # OpenSSL's X509_V_FLAG_NO_CHECK_TIME, for which Python has no name


def refused(login: Login, error: ssl.SSLCertVerificationError, timeout: float) -> str:
    """What to tell the user of a refused certificate: whose it is, when it is good, and what to do.

    Where only the day is wrong, the server is asked for its certificate once more (`timeout` seconds), for whoever
    refuses one is not shown what stands in it. All but the day is proved again, and no secret is sent.
    """
    said = server_text(error.verify_message)
    if error.verify_code not in (_NOT_YET_GOOD, _NO_LONGER_GOOD):
        return (
            f"{login.place} showed a certificate that is not trusted ({said}). "
            "If it is your own server, give its authority under `ca_file:`; if not, somebody may be listening."
        )
    return (
        f"{login.place} showed a certificate that is not good today ({said}).{_of(login, timeout)} "
        "Whoever runs the server has to renew it; but if it is good today, set the clock of this computer."
    )


def _of(login: Login, timeout: float) -> str:
    with contextlib.suppress(MailboxError, OSError, ValueError, OverflowError):
        words = _shown(login, timeout)
        names = [name for kind, name in words.get("subjectAltName", ()) if kind in ("DNS", "IP Address")]
        first, last = (_day(words[key]) for key in ("notBefore", "notAfter"))
        whose = f" for {server_text(', '.join(names[:3]))}" if names else ""
        return f" The certificate{whose} is good from {first} to {last}."
    return ""


def _shown(login: Login, timeout: float) -> dict[str, Any]:
    """The certificate that the server shows, proved in all but the day."""
    context = trust(login)
    assert context is not None
    context.verify_flags = ssl.VerifyFlags(context.verify_flags | _WHATEVER_THE_DAY)
    plain = reach(login, timeout)
    rope = plain.dup()
    client = None
    try:
        with Deadline(rope, timeout):
            client = greet(login, plain, context, timeout)
            return dict(client.socket().getpeercert())
    finally:
        let_go(client, rope)
        plain.close()


def _day(written: str) -> str:
    return f"{datetime.fromtimestamp(ssl.cert_time_to_seconds(written), UTC):%Y-%m-%d %H:%M} UTC"
