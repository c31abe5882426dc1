"""Whether a mail was written by a machine in somebody's place: then it is nobody's own word."""

from __future__ import annotations

import re

from inboxwatch.mail.limits import Trimmed
from inboxwatch.mail.parameters import read_parameters
from inboxwatch.mail.words import decode_value

AUTO_REPLY = "auto-reply"
BOUNCE = "bounce"
READ_RECEIPT = "read receipt"

_REPLY_HEADERS = ("x-autoreply", "x-autorespond", "x-auto-reply-from", "x-mail-autoreply", "x-vacation")
_REPLY_PRECEDENCE = frozenset({"auto_reply", "auto-reply", "autoreply"})
#: What Exchange and others put before the subject in place of any header.
_REPLY_SUBJECT = re.compile(
    r"\s*(?:自動応答|自動返信|不在通知|automatic reply|auto[ -]?reply|out of office(?: autoreply)?)\s*[:：]",
    re.IGNORECASE,
)
_MAILER = re.compile(r"\b(?:mailer-daemon|postmaster|mail-daemon)\b", re.IGNORECASE)


def why_automatic(trimmed: Trimmed, subject: str) -> str | None:
    """Given a mail's headers and decoded subject, return "auto-reply", "bounce", "read receipt", or None.

    `Auto-Submitted: auto-generated` and `Precedence: bulk` do not make a mail automatic, for platforms' notices of
    a client's message carry them; `auto-replied` (RFC 3834) and vacation markers do.
    """
    report = read_parameters(trimmed.first("content-type"))
    kind = report.parameters.get("report-type", "").lower() if report.value == "multipart/report" else ""
    if kind == "disposition-notification":
        return READ_RECEIPT
    if kind == "delivery-status" or report.value == "message/delivery-status" or _is_bounce(trimmed):
        return BOUNCE
    return AUTO_REPLY if _is_reply(trimmed, subject) else None


def _is_bounce(trimmed: Trimmed) -> bool:
    if trimmed.values("x-failed-recipients"):
        return True
    null_path = trimmed.first("return-path").strip().replace(b" ", b"") == b"<>"
    return null_path and bool(_MAILER.search(decode_value(trimmed.first("from"))))


def _is_reply(trimmed: Trimmed, subject: str) -> bool:
    submitted = read_parameters(trimmed.first("auto-submitted")).value
    if submitted.startswith("auto-replied"):
        return True
    if any(_says_yes(value) for name in _REPLY_HEADERS for value in trimmed.values(name)):
        return True
    if decode_value(trimmed.first("precedence")).lower() in _REPLY_PRECEDENCE:
        return True
    return bool(_REPLY_SUBJECT.match(subject))


def _says_yes(value: bytes) -> bool:
    return decode_value(value).lower() not in ("", "no", "false", "0")
