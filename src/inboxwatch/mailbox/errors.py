"""What can go wrong between us and a mailbox, each error one sentence for the user.

The text of every error names the place, the cause and what to do about it. It never holds a password or a token.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime

SERVER_TEXT_LIMIT = 200

#: How much of a secret tells that it is the secret.
_TELLING = 6
#: A word that may be what was sent at the login, for some servers quote it.
_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}={0,2}")


class MailboxError(Exception):
    """Something between us and a mailbox went wrong; `str()` of it is an English sentence that can be shown as it is.

    `code` names what it comes down to, for whoever says it in another language (`causes.…` of the wording).
    """

    code = "other"


class Unreachable(MailboxError):
    """No connection came about, or the server says "not now". Trying again later may help."""

    code = "unreachable"


class LoginRefused(MailboxError):
    """The server did not accept who we say we are. Trying again soon may lock the account."""

    code = "login_refused"


class PermissionNeeded(LoginRefused):
    """There is no permission (OAuth2) to read the mailbox, or it has ended.

    `command` is what she types to give it anew, and `sentence` the text without it. `given_anew` says whether that has
    been done meanwhile, so that nobody waits longer than that.
    """

    code = "permission_needed"

    def __init__(self, sentence: str, command: str, given_anew: Callable[[], bool] = lambda: False) -> None:
        super().__init__(f"{sentence} What helps: {command}")
        self.sentence = sentence
        self.command = command
        self.given_anew = given_anew


class CertificateRefused(MailboxError):
    """The server could not prove that it is the one we asked for. No secret has been sent."""

    code = "certificate_refused"


class FolderMissing(MailboxError):
    """A folder that was asked for by name is not in the mailbox."""

    code = "folder_missing"


class PartlyRead(MailboxError):
    """Folders that are to be watched could not be read, and the others have been, up to `read_at` (UTC).

    `contact` says whether contact of a client may lie in what was not read: in any folder but Sent.
    """

    code = "partly_read"

    def __init__(self, sentence: str, read_at: datetime, *, contact: bool = True) -> None:
        super().__init__(sentence)
        self.read_at = read_at
        self.contact = contact


class CommandRefused(MailboxError):
    """The server answered one command with NO, BAD or something unreadable; the connection itself still works."""

    code = "command_refused"


class ConnectionLost(MailboxError):
    """A connection that worked has ended or was given up; the `Account` must be thrown away.

    `uids` are those that were being fetched at that moment. When the same ones are there every time, one of them is
    what ends the connection (see `Account.read`, `one_by_one` and `given_up`).
    """

    code = "connection_lost"

    def __init__(self, sentence: str, uids: tuple[int, ...] = ()) -> None:
        super().__init__(sentence)
        self.uids = uids


class NotNow(ConnectionLost):
    """The server says that it will not do it at present: too much was asked, or a part of it is out of order.

    It says nothing of the password or of the mail that was asked for. The connection still works, but is better
    given up: asking on makes it worse.
    """

    code = "unreachable"


def server_text(text: object, secret: str = "") -> str:
    """What a server (or a library on its behalf) said, fit to be shown: one line, bounded, without the secret."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    if secret:
        said = _without(said, secret)
    visible = "".join(" " if unicodedata.category(sign).startswith("C") else sign for sign in said)
    return re.sub(r"\s+", " ", visible).strip()[:SERVER_TEXT_LIMIT]


def _without(said: str, secret: str) -> str:
    """What was said without the secret: as it is, in quotation marks as it was sent, and within base64."""
    escaped = secret.replace("\\", "\\\\").replace('"', '\\"')
    for form in (secret, escaped):
        said = said.replace(form, "***")
    # A word of base64 may have been cut short; the beginning of a secret is one too.
    beginning = secret.encode()[:_TELLING]
    return _BASE64.sub(lambda found: "***" if _holds(found[0], beginning) else found[0], said)


def _holds(word: str, beginning: bytes) -> bool:
    """True if a word of base64 holds these bytes, wherever in it the encoding began."""
    signs = word.rstrip("=")
    begun = (signs[shift:] for shift in range(4))
    # Whole groups alone, and the last that is not whole filled up with a sign of zero bits.
    return any(beginning in base64.b64decode(part + "A" * (-len(part) % 4)) for part in begun)
