"""Mails and what is known, for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from inboxwatch.mail.model import Address, Mail
from inboxwatch.platforms.classify import Known, KnownClient
from inboxwatch.platforms.load import load_profiles

SHIPPED = load_profiles([], None, lambda _platform: True)
KNOWN = Known(
    me=frozenset({"me@example.com"}),
    clients=(KnownClient("山田商店", frozenset({"yamada@example.co.jp"}), ("lancers/5545030",)),),
    authserv_ids=frozenset({"mx.example.com"}),
)
_AT = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)


def address(text: str, name: str = "") -> Address:
    """An address as the parser gives it."""
    return Address(name, text)


def a_mail(subject: str, sender: str = "noreply@lancers.co.jp", name: str = "ランサーズ事務局", **more: Any) -> Mail:
    """A mail as the parser gives it, from the platform unless another sender is named."""
    fields: dict[str, Any] = {
        "identity": "1",
        "message_id": "<1@example.net>",
        "sender": address(sender, name),
        "sender_count": 1,
        "to": (address("me@example.com"),),
        "reply_to": (),
        "subject": subject,
        "date": _AT,
        "arrived_at": _AT,
        "sent_at": _AT,
        "text": "",
        "links": (),
        "charset": "utf-8",
        "decoded_by": (),
        "defects": (),
        "automatic": None,
        "in_reply_to": None,
        "references": (),
        "attachments": (),
        "authentication_results": (),
        "in_sent": False,
        "size": 1000,
    }
    return Mail(**(fields | more))
