"""What can go wrong between us and a mailbox, each error one sentence for the user.

The text of every error names the place, the cause and what to do about it. It never holds a password or a token.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

SERVER_TEXT_LIMIT = 200


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
        said = said.replace(secret, "***")
    visible = "".join(" " if unicodedata.category(sign).startswith("C") else sign for sign in said)
    return re.sub(r"\s+", " ", visible).strip()[:SERVER_TEXT_LIMIT]
