"""Takes out of a text what must not stand in an error: secrets of a target's URL, control characters, excess."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote

HIDDEN = "***"

_DELIMITERS = re.compile(r"[/:@?&=#,;+\s]+")
_SHORT = 4


def one_line(text: str, longest: int) -> str:
    """Given any text, return it as one line of at most `longest` characters.

    Control, format (bidirectional ones too) and surrogate characters become spaces and spaces are folded, so that
    neither a terminal nor a log line can be led astray.
    """
    plain = "".join(" " if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else sign for sign in text)
    folded = " ".join(plain.split())
    return folded if len(folded) <= longest else folded[: longest - 1] + "…"


def encodable(text: str) -> str:
    """Return `text` with lone surrogates replaced, so that it can be encoded as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def without_secrets(text: str, url: str) -> str:
    """Return `text` with every part of `url` behind its schema hidden.

    Which part is the secret differs by service (user, host, path or parameter), so none is shown. Parts of fewer
    than four characters are hidden only where they stand alone, else they would eat into every other word.
    """
    parts = _parts(url)
    if not parts:
        return text
    patterns = [
        re.escape(part) if len(part) >= _SHORT else rf"(?<!\w){re.escape(part)}(?!\w)"
        for part in sorted(parts, key=lambda part: (-len(part), part))
    ]
    return re.sub("|".join(patterns), HIDDEN, text, flags=re.IGNORECASE)


def _parts(url: str) -> set[str]:
    rest = url.partition("://")[2] or url
    place, _, query = rest.partition("?")
    wholes = [place, *(pair.partition("=")[2] for pair in re.split("[&;]", query))]
    # A password may hold any delimiter, written as it is: everything before the last @ is hidden piece by piece too.
    found = {url, rest, *wholes}
    for whole in wholes:
        found.update(_DELIMITERS.split(whole))
    for part in list(found):
        plain = unquote(part)
        found.update((plain, quote(plain, safe=""), quote(plain)))
    # Bare punctuation is no secret worth a sentence without its commas.
    return {part for part in found if len(part) >= _SHORT or any(sign.isalnum() for sign in part)}
