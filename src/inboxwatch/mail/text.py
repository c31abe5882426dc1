"""Two treatments of text that came in a mail: `clean`, to show and store it, and `fold`, to match it."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache

#: Line ends of every kind, so that one_line catches them all.
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSAFE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls and escapes, but for tab and newline
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of writing
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f"  # annotations, no characters, invisible tags
    "\ud800-\udfff]"  # halves of pairs, which neither UTF-8 nor SQLite takes
)
#: A run of blanks is looked at from its first one only: else one without a line break would take quadratic time.
_LINE_BREAK = re.compile("(?<! ) *[\t\n][\t\n ]*")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
#: After NFKC, which has already made ～ a tilde and － a hyphen.
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−⁃˗➖﹘─━", "-"),
        **dict.fromkeys("〜∼∿˜〰", "~"),
        "‖": "∥",
    }
)
#: More marks on one character than any language writes; without a bound normalising takes quadratic time.
_MARKS = 30


def clean(text: str, *, one_line: bool = False) -> str:
    """Given any text, return what is safe to show and to store.

    Control, escape and bidirectional characters, NULs and lone surrogates are removed; newline and tab stay and
    every kind of line end becomes a newline. With `one_line` a line break becomes one blank and the ends are
    stripped. Never raises.
    """
    text = _UNSAFE.sub("", _LINE_ENDS.sub("\n", text))
    return _LINE_BREAK.sub(" ", text).strip() if one_line else text


def fold(text: str) -> str:
    """Given any text, return its form for matching, never for display: folding it again changes nothing.

    NFKC (so full width and half width agree, ① is 1 and ㈱ is (株)), dashes and wave dashes made one, invisible
    characters removed, whitespace of every kind made one blank and stripped. Letters keep their case.
    """
    if not text.isascii():
        text = normalised(text)
        # Removing a character or changing one may bring together what composes, so once more.
        text = normalised(text.translate(_ALIKE)).translate(_ALIKE)
    return " ".join(text.split())


def normalised(text: str) -> str:
    """Given any text, return its NFKC without invisible characters, its lines and blanks as they are.

    In linear time: unicodedata.normalize alone sorts the marks on one character, however many, in quadratic time.
    """
    text = _INVISIBLE.sub("", text)
    text = _many_marks().sub(r"\1", text)
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


@cache
def _many_marks() -> re.Pattern[str]:
    marks = [
        chr(point)
        for point in range(0x300, min(sys.maxunicode, 0x1F000))
        if not 0xAC00 <= point <= 0xDFFF and unicodedata.combining(unicodedata.normalize("NFKD", chr(point))[0])
    ]
    kind = "[" + "".join(marks) + "]"
    return re.compile(f"({kind}{{{_MARKS}}}){kind}+")
