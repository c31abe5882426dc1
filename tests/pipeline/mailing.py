"""Mails that she sends to herself to record a fact, for the tests of facts by mail."""

from __future__ import annotations

from datetime import datetime
from email.header import Header
from email.utils import format_datetime

from inboxwatch.mail.model import RawMail

ME = "me@example.com"


def to_herself(
    subject: str,
    at: datetime,
    *,
    sender: str = ME,
    to: str | None = ME,
    in_sent: bool = True,
    message_id: str | None = None,
    more: str = "",
) -> RawMail:
    """One mail with this subject, as it lies in Sent; `more` are further lines of its head."""
    lines = [
        f"Date: {format_datetime(at)}",
        f"From: {sender}",
        *([f"To: {to}"] if to is not None else []),
        f"Subject: {Header(subject, 'utf-8').encode()}",
        f"Message-ID: {message_id or f'<{at:%Y%m%d%H%M%S}.{abs(hash(subject)):x}@phone.example>'}",
        *([more] if more else []),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
    ]
    return RawMail(("\r\n".join(lines) + "\r\n\r\n").encode(), at, in_sent=in_sent)
