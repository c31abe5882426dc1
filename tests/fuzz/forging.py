"""The target of the fuzzer that forges: whatever is done to a signed mail, what still passes says what was signed."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from inboxwatch.mail.authenticity import judge
from inboxwatch.mail.model import Mail, RawMail
from inboxwatch.mail.parse import Unreadable, parse
from inboxwatch.mail.signatures import examine
from tests.servers.signer import name_of, record, sealed, signed

_NOW = datetime(2026, 11, 24, tzinfo=UTC)
_DOMAIN, _FORWARDER = "lancers.co.jp", "forwarder.example"
_MAIL = (
    "From: Lancers <noreply@lancers.co.jp>\nTo: me@example.com\nSubject: 連絡期限経過による支払い確定\n"
    "Date: Mon, 23 Nov 2026 10:00:00 +0900\nMessage-ID: <1@mail.example>\nMIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=utf-8\n\nhttps://www.lancers.jp/work/detail/5545030\n"
).encode()


@cache
def _originals() -> tuple[bytes, bytes]:
    """A mail as its platform has signed it, and one as a forwarder has sealed it."""
    found = f"mx.{_FORWARDER}; dmarc=pass header.from={_DOMAIN}"
    return signed(_MAIL, _DOMAIN), sealed(_MAIL, _FORWARDER, found)


def _ask(name: str) -> bytes | None:
    return record(2048) if name in (name_of(_DOMAIN), name_of(_FORWARDER)) else None


def _edited(raw: bytes, script: bytes) -> bytes:
    """The mail after the edits of the script: each a place, how much goes there, how much comes, and what comes."""
    while len(script) >= 4:
        at = int.from_bytes(script[:2]) % (len(raw) + 1)
        gone, comes = script[2] % 64, script[3] % 64
        raw = raw[:at] + script[4 : 4 + comes] + raw[at + gone :]
        script = script[4 + comes :]
    return raw


def forged(data: bytes) -> str | None:
    """Given any bytes as edits of a mail that proves itself, say what was forged with success; None if nothing was."""
    original = _originals()[data[0] % 2] if data else _MAIL
    raw = _edited(original, data[1:])
    proof = examine(raw, _ask, {_FORWARDER})
    try:
        mail = parse(RawMail(raw, _NOW, proof=proof))
    except Unreadable:
        return None
    if judge(mail, frozenset())[0] != "verified":
        return None
    return None if _said(mail) == _said(parse(RawMail(_MAIL, _NOW))) else f"verified: {_said(mail)}"


def _said(mail: Mail) -> tuple[str, str]:
    return mail.sender.address if mail.sender else "", mail.subject
