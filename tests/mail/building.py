"""Mails for these tests, built by program: invented people, `example` domains."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from inboxwatch.mail.model import Mail, RawMail
from inboxwatch.mail.parse import parse

ARRIVAL = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def received(raw: bytes) -> RawMail:
    return RawMail(raw, ARRIVAL)


def read(raw: bytes) -> Mail:
    return parse(received(raw))


def jis(text: str) -> bytes:
    """Text as senders of cp50221 write it: pairs from cp932, half-width kana by their own escape."""
    out = bytearray()
    state = b"\x1b(B"
    for character in text:
        code = character.encode("cp932")
        if len(code) == 2:
            wanted, written = b"\x1b$B", _pair(code)
        elif code[0] >= 0xA1:
            wanted, written = b"\x1b(I", bytes((code[0] - 0x80,))
        else:
            wanted, written = b"\x1b(B", code
        if wanted != state:
            out += wanted
            state = wanted
        out += written
    return bytes(out) + (b"\x1b(B" if state != b"\x1b(B" else b"")


def euc(text: str) -> bytes:
    """Text as senders of cp51932 write it."""
    out = bytearray()
    for character in text:
        code = character.encode("cp932")
        if len(code) == 2:
            out += bytes(byte | 0x80 for byte in _pair(code))
        else:
            out += b"\x8e" + code if code[0] >= 0xA1 else code
    return bytes(out)


def _pair(code: bytes) -> bytes:
    lead, trail = code
    # 髙﨑 stand in IBM's rows, which have no place in JIS; senders write them in NEC's copy (rows 89 to 92).
    if lead >= 0xFA:
        lead, trail = _NEC_COPY[code]
    row = (lead - (0xC1 if lead >= 0xE0 else 0x81)) * 2 + 0x21
    if trail >= 0x9F:
        return bytes((row + 1, trail - 0x7E))
    return bytes((row, trail - (0x20 if trail > 0x7F else 0x1F)))


def _copies() -> dict[bytes, bytes]:
    copies = {}
    for lead in (0xED, 0xEE):
        for trail in range(0x40, 0xFD):
            written = bytes((lead, trail))
            try:
                copies[written.decode("cp932").encode("cp932")] = written
            except UnicodeDecodeError:
                continue
    return copies


_NEC_COPY = _copies()


def word(text: str | bytes, charset: str, data: bytes | None = None) -> bytes:
    """One encoded word in base64."""
    if data is None:
        data = text if isinstance(text, bytes) else text.encode(charset)
    return b"=?" + charset.encode() + b"?B?" + base64.b64encode(data) + b"?="


def mail(
    body: bytes = b"body\n",
    *,
    subject: bytes = b"x",
    sender: bytes = b"Hanako <hanako@client.example>",
    date: bytes = b"Mon, 23 Nov 2026 09:30:00 +0900",
    content: bytes = b"",
    more: bytes = b"",
) -> bytes:
    """A mail from its pieces; `content` is the value of Content-Type, `more` whole further header lines."""
    head = b"From: " + sender + b"\nTo: me@example.com\nSubject: " + subject + b"\nDate: " + date + b"\n"
    head += b"Message-ID: <one@client.example>\nMIME-Version: 1.0\n"
    if content:
        head += b"Content-Type: " + content + b"\n"
    return head + more + b"\n" + body
