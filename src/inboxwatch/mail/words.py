"""The value of a header as bytes to the text its writer meant: encoded words, raw escapes, raw 8-bit."""

from __future__ import annotations

import binascii
import re

from inboxwatch.mail.charset import clean, decode

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*){0,4})\?=")
_FOLD = re.compile(rb"(?:\r\n|\r|\n)[ \t]*|\t")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_HEXADECIMAL = re.compile(rb"=([0-9A-Fa-f]{2})")


def decode_value(raw: bytes) -> str:
    """Given a header's value as it stands in the mail, return its text on one line. Never raises."""
    return clean(decode_words(plain(raw)), one_line=True)


def plain(raw: bytes) -> str:
    """Given a header's value, return it unfolded and as text, with encoded words still encoded.

    Raw 8-bit and raw JIS are decoded first, because the bytes of a Japanese character may look like a comma,
    a quotation mark or an angle bracket.
    """
    raw = _FOLD.sub(b" ", raw).strip()
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    return decode(raw).text


def decode_words(text: str) -> str:
    """Given unfolded text, return it with its encoded words decoded, in linear time.

    Neighbouring words of one charset are joined as bytes first: senders cut characters in two. Blanks between
    words vanish, blanks between a word and plain text stay.
    """
    out: list[str] = []
    joined = bytearray()
    charset = ""
    end = 0
    for found in _WORD.finditer(text):
        between = text[end : found.start()]
        named = found[1].partition("*")[0].lower()
        if between.strip() or not joined or named != charset:
            out.append(_flushed(joined, charset))
            if between.strip() or not end:
                out.append(between)
            joined = bytearray()
            charset = named
        joined += _content(found[2], found[3])
        end = found.end()
    if not end:
        return text
    out.append(_flushed(joined, charset))
    out.append(text[end:])
    return "".join(out)


def _flushed(joined: bytearray, charset: str) -> str:
    return decode(bytes(joined), charset).text if joined else ""


def _content(encoding: str, content: str) -> bytes:
    data = content.encode("utf-8", "surrogatepass")
    if encoding in "qQ":
        return _HEXADECIMAL.sub(lambda found: bytes((int(found[1], 16),)), data.replace(b"_", b" "))
    data = _NOT_BASE64.sub(b"", data)
    if len(data) % 4 == 1:  # one character left over carries no whole byte
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
