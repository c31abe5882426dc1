"""What no honest mail exceeds, and the cutting of raw bytes to it, before any parser sees them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

MAIL_BYTES = 10_000_000
HEADER_BLOCK_BYTES = 256 * 1024
HEADER_BYTES = 16 * 1024
HEADERS = 1_000
#: A parameter list is read in quadratic time, and each part has two.
CONTENT_HEADER_BYTES = 2 * 1024
PARAMETERS = 40
#: 10 MB of base64 is 130,000 lines; each line is compared with every open boundary.
LINES = 150_000
PARTS = 200
DEPTH = 20
PART_TEXT_BYTES = 1_000_000
TEXT_CHARACTERS = 2_000_000
#: Of all text parts together, so that many small parts cost no more than one large one.
TEXT_BYTES = 2_000_000
HTML_CHARACTERS = 256_000
#: Browsers end at 512. Both bound what the parser's quadratic time on nested nodes can come to.
HTML_DEPTH = 500
HTML_TAGS = 12_000
#: RFC 2046 allows 70; each is compiled into a pattern that is asked for every line.
BOUNDARY = 200

_TOO_MANY_HEADERS = f"The mail has more than {HEADERS} headers; the rest was not read."
_TOO_LONG_HEADERS = f"The headers exceed {HEADER_BLOCK_BYTES} bytes; the rest was not read."

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BLANK_LINE = re.compile(rb"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)")
_HEADER = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
_CONTENT_HEADER = re.compile(rb"(?i)([\r\n])(content-[a-z-]{1,40}:[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*)")
#: What may stand before the first header: blank lines, a byte order mark, the separator line of an mbox.
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*(?:\r\n|\r|\n))*(?:>?From [^\r\n]*(?:\r\n|\r|\n))?")


@dataclass(frozen=True, slots=True)
class Field:
    """One header: its name in lower case, its value as it stands in the mail, folds included."""

    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A mail within the limits: its headers, its body, and a sentence for each thing that was cut or mended."""

    fields: tuple[Field, ...]
    body: bytes
    defects: tuple[str, ...]

    def values(self, name: str) -> list[bytes]:
        """Every value of the header of that name (lower case), topmost first."""
        return [field.value for field in self.fields if field.name == name]

    def first(self, name: str) -> bytes:
        """The value of the topmost header of that name, or nothing."""
        return next((field.value for field in self.fields if field.name == name), b"")

    @property
    def may_hide_senders(self) -> bool:
        """True when a From header, or an address in one, may stand in what was cut."""
        cut = (_TOO_MANY_HEADERS, _TOO_LONG_HEADERS)
        return any(defect in cut or defect.startswith("The header from exceeds") for defect in self.defects)

    def rebuilt(self) -> bytes:
        """The mail again as bytes, headers in the form every parser agrees on."""
        # An empty folded line would end the block early for a parser that counts it as blank.
        block = b"".join(field.name.encode("ascii") + b":" + _unbroken(field.value) + b"\n" for field in self.fields)
        return _CONTENT_HEADER.sub(_cut_content_header, b"\n" + block + b"\n" + self.body)[1:]


def trim(raw: bytes) -> Trimmed:
    """Given a mail of any size and shape, return its headers and its body cut to the limits of this module."""
    defects: list[str] = []
    if len(raw) > MAIL_BYTES:
        defects.append(f"The mail has {len(raw)} bytes; only the first {MAIL_BYTES} were read.")
        raw = raw[:MAIL_BYTES]
    if raw.count(b"\n") + raw.count(b"\r") > LINES:
        end = next(islice((found.end() for found in _LINE_END.finditer(raw)), LINES, None), None)
        if end is not None:
            defects.append(f"The mail has more than {LINES} lines; the rest was not read.")
            raw = raw[:end]
    start = _BEFORE.match(raw)
    fields, body = _split(raw, start.end() if start else 0, defects)
    return Trimmed(tuple(fields), raw[body:], tuple(defects))


def _split(raw: bytes, at: int, defects: list[str]) -> tuple[list[Field], int]:
    """The headers from `at` on, and where the body begins."""
    fields: list[Field] = []
    lines: list[bytes] = []
    begin = at

    def finish() -> None:
        found = _HEADER.match(b"".join(lines))
        if found and len(fields) < HEADERS:
            fields.append(Field(found[1].decode("ascii").lower(), _cut(found[1], found[2], defects)))
        elif found:
            _once(defects, _TOO_MANY_HEADERS)

    while at < len(raw):
        end = _line_end(raw, at)
        line = raw[at:end]
        if not line.strip(b"\r\n"):
            at = end
            break
        if at - begin > HEADER_BLOCK_BYTES:
            defects.append(_TOO_LONG_HEADERS)
            at = _after_blank_line(raw, at)
            break
        if line[:1] in (b" ", b"\t") and lines:
            lines.append(line)
        elif _HEADER.match(line[:300]):
            finish()
            lines = [line]
        elif not fields and not lines:
            return [], at
        elif _HEADER.match(raw[end : end + 300]):
            _once(defects, "A line among the headers is no header; it was skipped.")
        else:
            defects.append("The blank line between headers and body is missing.")
            break
        at = end
    finish()
    return fields, at


def _line_end(raw: bytes, at: int) -> int:
    found = _LINE_END.search(raw, at)
    return found.end() if found else len(raw)


def _after_blank_line(raw: bytes, at: int) -> int:
    found = _BLANK_LINE.search(raw, at)
    return found.end() if found else len(raw)


def _cut(name: bytes, value: bytes, defects: list[str]) -> bytes:
    if len(value) > HEADER_BYTES:
        shown = name.decode("ascii").lower()[:60]
        _once(defects, f"The header {shown} exceeds {HEADER_BYTES} bytes; its rest was not read.")
        return value[:HEADER_BYTES]
    return value.rstrip(b"\r\n")


def _unbroken(value: bytes) -> bytes:
    return re.sub(rb"[\r\n]+[ \t]*(?=[\r\n]|\Z)|\x00", b"", value) if b"\n" in value or b"\r" in value else value


def _cut_content_header(found: re.Match[bytes]) -> bytes:
    written = found[2][:CONTENT_HEADER_BYTES].rstrip(b"\r\n")
    return found[1] + (b";".join(written.split(b";", PARAMETERS + 1)[: PARAMETERS + 1]) if b";" in written else written)


def _once(defects: list[str], sentence: str) -> None:
    if sentence not in defects:
        defects.append(sentence)
