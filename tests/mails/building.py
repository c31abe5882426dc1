"""The bytes of one sample mail, in the charsets and shapes that Japanese mail really has."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any

PLATFORM_SENDER = ("ランサーズ事務局", "noreply@lancers.co.jp")
USER = "me@example.com"


@dataclass(frozen=True)
class Sample:
    """One golden mail: what it says, how it is encoded, and what must be read from it.

    `charset` is one of `_ENCODERS`, `transfer` one of 7bit, 8bit, base64, quoted-printable; `shape` one of plain,
    html, alternative. `label` is what the mail claims its charset to be; None leaves the claim out.
    """

    name: str
    subject: str
    body: str
    expected: dict[str, Any]
    sender: tuple[str, str] = PLATFORM_SENDER
    to: str = USER
    charset: str = "utf-8"
    label: str | None = "same"
    transfer: str = "base64"
    shape: str = "plain"
    words: str = "chunks"
    extra: tuple[str, ...] = field(default_factory=tuple)


def jis_with_vendor_characters(text: str) -> bytes:
    """What mail programs call ISO-2022-JP: JIS pairs with the vendors' row 13, half-width kana in their own set."""
    pieces, current = [], "B"
    for character in text:
        raw = character.encode("cp932")
        wanted = "$B" if len(raw) == 2 else "(I" if raw[0] >= 0xA1 else "(B"
        if wanted != current:
            pieces.append(b"\x1b" + wanted.encode("ascii"))
            current = wanted
        pieces.append(_jis_pair(raw) if len(raw) == 2 else bytes([raw[0] & 0x7F]))
    if current not in ("B", "(B"):
        pieces.append(b"\x1b(B")
    return b"".join(pieces).removeprefix(b"\x1b(B")


def _jis_pair(raw: bytes) -> bytes:
    lead, trail = raw
    row = (lead - (0x81 if lead < 0xA0 else 0xC1)) * 2
    if trail >= 0x9F:
        row, cell = row + 1, trail - 0x9F
    else:
        cell = trail - 0x40 - (trail > 0x7F)
    return bytes([row + 0x21, cell + 0x21])


_ENCODERS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda text: text.encode("utf-8"),
    "iso-2022-jp": jis_with_vendor_characters,
    "shift_jis": lambda text: text.encode("cp932"),
    "euc-jp": lambda text: text.encode("euc_jp"),
}


def mail_bytes(sample: Sample, number: int, sent: datetime) -> bytes:
    """The whole mail, with CRLF line ends. `number` makes its Message-ID unique."""
    header = [
        f"Return-Path: <{sample.sender[1]}>",
        *sample.extra,
        f"Received: from out1.example.net (out1.example.net [192.0.2.10]) by mx.example.com (Postfix) with ESMTPS "
        f"id 4Q{number:06X}\r\n\tfor <{USER}>; {format_datetime(sent)}",
        "Received: from app12.internal.example.net (localhost [127.0.0.1]) by out1.example.net (Postfix) with ESMTP "
        f"id 9C{number:06X};\r\n\t{format_datetime(sent)}",
        f"Message-ID: <20260601.{number:04d}.{sample.name}@mail.example.net>",
        f"Date: {format_datetime(sent)}",
        f"To: {sample.to}",
        "MIME-Version: 1.0",
    ]
    lines = [line.encode("ascii") for line in header]
    lines.append(b"From: " + _words(sample.sender[0], sample) + f" <{sample.sender[1]}>".encode())
    lines.append(b"Subject: " + _words(sample.subject, sample))
    head, body = _content(sample)
    return b"\r\n".join([*lines, *head]) + b"\r\n\r\n" + body


def _words(text: str, sample: Sample) -> bytes:
    """A header's text as encoded words, or as raw bytes where the sample says so."""
    encode = _ENCODERS[sample.charset]
    if text.isascii():
        return text.encode("ascii")
    if sample.words == "raw":
        return encode(text)
    charset = (sample.charset if sample.label == "same" else sample.label or sample.charset).upper()
    if sample.words == "torn":  # cut between bytes, not between characters
        whole = encode(text)
        pieces = [whole[start : start + 20] for start in range(0, len(whole), 20)]
    else:
        pieces = [encode(text[start : start + 11]) for start in range(0, len(text), 11)]
    encoded = [f"=?{charset}?B?{base64.b64encode(piece).decode('ascii')}?=" for piece in pieces]
    return "\r\n ".join(encoded).encode("ascii")


def _content(sample: Sample) -> tuple[list[bytes], bytes]:
    if sample.shape == "alternative":
        plain, html = _part(sample, "plain"), _part(sample, "html")
        boundary = b"=_part_0001"
        body = b"".join(
            b"--" + boundary + b"\r\n" + b"\r\n".join(h) + b"\r\n\r\n" + b + b"\r\n" for h, b in (plain, html)
        )
        return [
            b'Content-Type: multipart/alternative; boundary="' + boundary + b'"'
        ], body + b"--" + boundary + b"--\r\n"
    return _part(sample, sample.shape)


def _part(sample: Sample, kind: str) -> tuple[list[bytes], bytes]:
    text = sample.body if kind == "plain" else _html(sample.body)
    data = _ENCODERS[sample.charset](text.replace("\n", "\r\n"))
    label = sample.charset if sample.label == "same" else sample.label
    head = [] if label is None else [f"Content-Type: text/{kind}; charset={label.upper()}".encode("ascii")]
    if label is None and kind == "html":
        head = [b"Content-Type: text/html"]
    head.append(f"Content-Transfer-Encoding: {sample.transfer}".encode("ascii"))
    if sample.transfer == "base64":
        data = base64.encodebytes(data).replace(b"\n", b"\r\n")
    elif sample.transfer == "quoted-printable":
        data = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return head, data


def _html(body: str) -> str:
    lines = []
    for line in body.split("\n"):
        shown = escape(line)
        if line.strip().startswith("https://"):
            link = line.strip()
            shown = f'<a href="{escape(link)}">{escape(link)}</a>'
        lines.append(f"<p>{shown}</p>" if line else "<br>")
    return (
        "<html><head><style>p{margin:0}</style></head><body>"
        '<div style="display:none">支払い確定 キャンセル</div>' + "\n".join(lines) + "</body></html>"
    )
