"""What the tests of the mailbox share: logins, mails, and a reading that is done in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from inboxwatch.mailbox.folders import Folder
from inboxwatch.mailbox.imap import Account, Login
from inboxwatch.mailbox.progress import Batch, Progress, Search
from tests.servers.dovecot import PASSWORD, Dovecot

INBOX = Folder("INBOX", "inbox")
PLATFORM = "notice@lancers.example"
FROM_PLATFORM = (Search("FROM", "lancers.example"),)
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def present() -> datetime:
    return datetime.now(UTC)


def is_from_platform(headers: bytes, folder: Folder) -> bool:
    return b"lancers.example" in headers


def is_any(headers: bytes, folder: Folder) -> bool:
    return True


def a_mail(subject: str = "A notice", sender: str = PLATFORM, text: str = "Hello.", number: int = 0) -> bytes:
    """A small mail; `subject` may be Japanese and is then sent as raw UTF-8."""
    return (
        f"From: {sender}\r\nTo: me@freelancer.example\r\nSubject: {subject}\r\n"
        f"Message-ID: <{number}.{abs(hash((subject, text)))}@mails.example>\r\n"
        f"Date: Mon, 02 Nov 2026 10:00:00 +0900\r\n"
        f'MIME-Version: 1.0\r\nContent-Type: text/plain; charset="utf-8"\r\n\r\n{text}\r\n'
    ).encode()


def login_to(port: int, user: str, password: str = PASSWORD, **more: Any) -> Login:
    """A login without TLS, unless `more` says otherwise."""
    settings: dict[str, Any] = {"host": "127.0.0.1", "tls": "none", "ca_file": None, "auth": "password", **more}
    return Login(port=port, username=user, secret=lambda: password, **settings)


def connect(port: int, user: str, *, seconds: float = 10.0, **more: Any) -> Account:
    return Account.connect("main", login_to(port, user, **more), connect_timeout=seconds, command_timeout=seconds)


def trusted(dovecot: Dovecot) -> dict[str, Any]:
    return {"ca_file": dovecot.certificate}


def batches_of(
    account: Account,
    progress: Progress | None = None,
    *,
    folder: Folder = INBOX,
    wanted: Callable[[bytes, Folder], bool] = is_from_platform,
    searches: tuple[Search, ...] = FROM_PLATFORM,
    since: datetime | None = BEGINNING,
    **more: Any,
) -> Iterator[Batch]:
    return account.read(folder, progress, wanted=wanted, searches=searches, since=since, now=present, **more)


def read_all(account: Account, progress: Progress | None = None, **more: Any) -> list[Batch]:
    """`batches_of`, read to the end."""
    return list(batches_of(account, progress, **more))


def subjects(batches: list[Batch]) -> list[str]:
    """The subjects of all that was fetched, in order."""
    return [subject_of(each.mail.raw) for batch in batches for each in batch.fetched]


def subject_of(raw: bytes) -> str:
    line = next(line for line in raw.splitlines() if line.lower().startswith(b"subject:"))
    return line.partition(b":")[2].strip().decode()
