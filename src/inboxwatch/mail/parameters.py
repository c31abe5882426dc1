"""Headers with parameters (Content-Type, Content-Disposition): file names and charsets as really written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from inboxwatch.mail.charset import clean, decode
from inboxwatch.mail.words import decode_words, plain

_PARAMETER = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))')
_COMMENT = re.compile(r"\([^()]*\)")
_CONTINUED = re.compile(r"([^*]+)(?:\*([0-9]{1,3}))?(\*)?")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What stands before the first semicolon, in lower case, and the parameters by their lower-cased names."""

    value: str
    parameters: dict[str, str]


def read_parameters(raw: bytes) -> Parameters:
    """Given the value of such a header, return it read: RFC 2231 pieces joined, encoded words and raw 8-bit decoded."""
    text = plain(raw)
    head, semicolon, rest = text.partition(";")
    value = _COMMENT.sub(" ", head).strip().strip("\"'").lower()
    whole: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for found in _PARAMETER.finditer(semicolon + rest):
        written = found[3].strip() if found[2] is None else re.sub(r"\\(.)", r"\1", found[2])
        name = _CONTINUED.fullmatch(found[1].lower())
        if not name:
            continue
        if name[2] is None and name[3] is None:
            whole.setdefault(name[1], clean(decode_words(written), one_line=True))
        else:
            pieces.setdefault(name[1], {}).setdefault(int(name[2] or 0), (bool(name[3]), written))
    for name_of, numbered in pieces.items():
        whole[name_of] = _joined(numbered)
    return Parameters(clean(value, one_line=True), whole)


def _joined(numbered: dict[int, tuple[bool, str]]) -> str:
    charset: str | None = None
    data = bytearray()
    first = min(numbered)
    for number, (encoded, written) in sorted(numbered.items()):
        if encoded and number == first and written.count("'") >= 2:
            charset, _, written = written.split("'", 2)
        data += unquote_to_bytes(written) if encoded else written.encode("utf-8", "replace")
    return clean(decode(bytes(data), charset).text, one_line=True)
