"""The Japanese encodings that senders really write and CPython has no codec for: cp50221 and cp51932.

Both carry the characters of cp932 (NEC row 13 ①㈱, the IBM kanji 髙﨑) as pairs of a row and a cell. CPython's cp932
knows them all, so pairs are turned into Shift_JIS bytes by arithmetic and looked up in one table.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

REPLACEMENT = "\ufffd"

_ESCAPE = re.compile(rb"(\x1b(?:\$\([@BDOPQ]|\$[@AB]|\([BHIJ]|&@|\.[AF])|[\x0e\x0f])")
_ESCAPES_AND_CODES = {
    b"\x1b(B": "ascii",
    b"\x1b(H": "roman",
    b"\x1b(J": "roman",
    b"\x1b(I": "kana",
    b"\x1b$@": "pairs",
    b"\x1b$B": "pairs",
    b"\x1b$(@": "pairs",
    b"\x1b$(B": "pairs",
    b"\x1b$(D": "supplement",
    b"\x1b$(O": "plane 1",
    b"\x1b$(Q": "plane 1",
    b"\x1b$(P": "plane 2",
    b"\x1b$A": "chinese",
    b"\x0e": "kana",
    b"\x0f": "ascii",
}
#: JIS X 0212 and the second plane of JIS X 0213 are written in EUC with this byte before each pair.
_THREE_BYTES = b"\x8f"
_LINE_END = re.compile(rb"[\r\n]")
#: More often no text of 1 MB changes between scripts; each change costs a microsecond. The rest is not read.
_SWITCHES = 60_000
_EUC_RUNS = 60_000
_RUN = re.compile(rb"[\x21-\x7e]+|[^\x21-\x7e]+")
_EUC_RUN = re.compile(
    rb"(?P<ascii>[\x00-\x7f]+)|(?P<pairs>(?:[\xa1-\xfe]{2})+)|(?P<kana>(?:\x8e[\xa1-\xdf])+)"
    rb"|(?P<supplement>(?:\x8f[\xa1-\xfe]{2})+)|(?P<bad>.)",
    re.DOTALL,
)


def has_escapes(data: bytes) -> bool:
    """True when the bytes switch to a Japanese character set as ISO-2022-JP does."""
    return any(mark in data for mark in (b"\x1b$B", b"\x1b$@", b"\x1b(I", b"\x1b$(", b"\x1b(J"))


def decode_cp50221(data: bytes) -> str:
    """Given ISO-2022-JP as Windows and phones write it, return its text; what cannot be read becomes U+FFFD.

    A line end returns to ASCII, because senders that fold lines forget the escape. Runs of 8-bit bytes, which
    footers added on the way bring in, are read as UTF-8 if they are, else as cp932.
    """
    out: list[str] = []
    code = "ascii"
    for number, piece in enumerate(_ESCAPE.split(data, _SWITCHES)):
        if number >= 2 * _SWITCHES:
            out.append(REPLACEMENT)
            break
        if number % 2:
            code = _ESCAPES_AND_CODES.get(piece, code)
            continue
        if not piece:
            continue
        line_end = _LINE_END.search(piece) if code != "ascii" else None
        if line_end:
            out.append(_decode_set(piece[: line_end.start()], code))
            out.append(_decode_set(piece[line_end.start() :], "ascii"))
            code = "ascii"
        else:
            out.append(_decode_set(piece, code))
    return "".join(out)


def decode_cp51932(data: bytes, errors: Literal["strict", "replace"] = "replace") -> str:
    """Given EUC-JP with the vendor characters of Windows, return its text.

    What cannot be read becomes U+FFFD; with `errors="strict"` raise ValueError at the first of it.
    """
    out: list[str] = []
    for number, found in enumerate(_EUC_RUN.finditer(data)):
        run = found[0]
        if number >= _EUC_RUNS:
            out.append(REPLACEMENT)
        elif found.lastgroup == "ascii":
            out.append(run.decode("ascii"))
        elif found.lastgroup == "pairs":
            out.append(_pairs(run.translate(_SEVEN_BITS)))
        elif found.lastgroup == "kana":
            out.append(run.replace(b"\x8e", b"").decode("cp932", "replace"))
        elif found.lastgroup == "supplement":
            out.append(run.decode("euc_jp", "replace"))
        else:
            out.append(REPLACEMENT)
        if errors == "strict" and REPLACEMENT in out[-1]:
            raise ValueError(f"no EUC-JP at byte {found.start()}")
        if number >= _EUC_RUNS:
            break
    return "".join(out)


_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))
_EIGHT_BITS = bytes(byte | 0x80 for byte in range(256))


def _decode_set(piece: bytes, code: str) -> str:
    if code == "ascii":
        return piece.decode("ascii") if piece.isascii() else _mixed(piece)
    if code == "roman":  # only the yen sign differs for a reader; the overline would break a ~ in a link
        return _decode_set(piece, "ascii").replace("\\", "¥")
    return "".join(_decode_run(run, code) if 0x21 <= run[0] <= 0x7E else _mixed(run) for run in _RUN.findall(piece))


def _decode_run(run: bytes, code: str) -> str:
    if code == "pairs":
        return _pairs(run)
    if code == "kana":
        return run.translate(_EIGHT_BITS).decode("cp932", "replace")
    even, odd = run[: len(run) & ~1], len(run) % 2
    eight = even.translate(_EIGHT_BITS)
    if code in ("supplement", "plane 2"):
        eight = b"".join(_THREE_BYTES + eight[at : at + 2] for at in range(0, len(eight), 2))
    codec = {"supplement": "euc_jp", "chinese": "gb2312"}.get(code, "euc_jis_2004")
    return eight.decode(codec, "replace") + REPLACEMENT * odd


def _pairs(run: bytes) -> str:
    table = _pair_table()
    text = "".join(map(table.__getitem__, zip(run[::2], run[1::2], strict=False)))
    return text + REPLACEMENT if len(run) % 2 else text


@cache
def _pair_table() -> dict[tuple[int, int], str]:
    """Every pair of a row and a cell, each 0x21 to 0x7E, with its character."""
    table = {}
    for row in range(0x21, 0x7F):
        lead = (row - 0x21) // 2 + 0x81
        lead += 0x40 if lead > 0x9F else 0
        for cell in range(0x21, 0x7F):
            trail = cell + 0x7E if row % 2 == 0 else cell + 0x1F + (cell >= 0x60)
            character = bytes((lead, trail)).decode("cp932", "replace")
            table[row, cell] = character if len(character) == 1 else REPLACEMENT
    return table


def _mixed(piece: bytes) -> str:
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:
        return piece.decode("cp932", "replace")
