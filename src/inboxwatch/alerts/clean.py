"""The one place where text from outside is made fit to be shown: characters, lines, lengths, secrets of a URL."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote

from inboxwatch.mail.text import clean

HIDDEN = "***"

_DELIMITERS = re.compile(r"[/:@?&=#,;+\s]+")
_SHORT = 4

_PICTURE = "\U0001f000-\U0001faff\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299"
_IDEOGRAPH = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
#: What takes no room and is not seen: where two texts that look alike may differ. What belongs to a picture (its parts
#: are joined, its colour is chosen) or to an ideograph (葛󠄀: the form of a name) stays.
_UNSEEN = re.compile(
    f"((?:(?<=[{_PICTURE}])|(?<=[{_PICTURE}]\ufe0f))\u200d(?=[{_PICTURE}])"
    f"|(?<=[{_PICTURE}0-9#*])[\ufe0e\ufe0f]"
    f"|(?<=[{_IDEOGRAPH}])[\ufe00-\ufe02\U000e0100-\U000e01ef])"
    "|[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
#: More marks than any language puts on one letter only climb over the lines around it.
_MARKS = 4


def visible(text: str) -> str:
    """Given any text, return what of it may be shown to a person, on a terminal too; newline and tab stay.

    Control, escape, bidirectional and unseen characters are taken out, each line end of any kind becomes a newline, and
    of the marks on one letter the first four stay; those that stand on none go. Emoji joined of several stay whole, but
    for flags of regions, which are spelled in unseen characters. Doing it again changes nothing.
    """
    text = clean(text)
    if text.isascii():
        return text
    return _few_marks(_UNSEEN.sub(lambda found: found[1] or "", text))


def _few_marks(text: str) -> str:
    kept, marks = [], _MARKS
    for sign in text:
        if sign.isspace():
            marks = _MARKS
        elif unicodedata.category(sign) in ("Mn", "Me"):
            marks += 1
        else:
            marks = 0
        if marks <= _MARKS:
            kept.append(sign)
    return "".join(kept)


def one_line(text: str, longest: int) -> str:
    """Given any text, return it as one line of at most `longest` characters that may be shown, its blanks folded."""
    folded = " ".join(visible(text).split())
    return folded if len(folded) <= longest else folded[: longest - 1] + "…"


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
