"""The text of a mail and the links in it, out of the parts of its structure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from inboxwatch.mail.charset import clean, decode, label_of
from inboxwatch.mail.html import charset_in_meta, read_html
from inboxwatch.mail.limits import TEXT_BYTES, TEXT_CHARACTERS
from inboxwatch.mail.structure import Leaf, content, leaves

LINKS = 200
LINK_LENGTH = 500

#: Only what a link may be written with: in Japanese text nothing separates it from the word that follows.
_LINK = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]{1,2000}", re.IGNORECASE)
_TRAILING = ".,;:!?'*_~"
_BRACKETS = {")": "(", "]": "["}


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader sees of the mail. `charset` is the label of the first part read, as written but lower-cased."""

    text: str
    links: tuple[str, ...]
    charset: str | None
    decoded_by: tuple[str, ...]
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    text: str
    links: tuple[str, ...]
    charset: str | None
    step: str
    defects: tuple[str, ...]


def read_content(message: Message) -> Content:
    """Given a parsed message, return its text: the plain parts that hold any, else what its HTML shows.

    Links are those of the plain parts, then those of the HTML. Forwarded mails and attachments are not entered.
    """
    plain: list[_Read] = []
    html: list[_Read] = []
    left = TEXT_BYTES
    for leaf in leaves(message):
        if leaf.is_attachment or left <= 0:
            continue
        if leaf.kind == "text/html":
            data = content(leaf)[:left]
            html.append(_read_html(leaf, data))
        elif leaf.kind == "text/plain" or leaf.kind.startswith("multipart/"):  # the latter has lost its boundary
            data = content(leaf)[:left]
            plain.append(_read_plain(leaf, data))
        else:
            continue
        left -= len(data)
    shown = [part for part in plain if part.text.strip()] or [part for part in html if part.text.strip()]
    text = "\n".join(part.text for part in shown)
    defects = [defect for part in shown or plain + html for defect in part.defects]
    if len(text) > TEXT_CHARACTERS or left <= 0:
        defects.append("The mail has more text than is read; the rest was left out.")
    links = (link[:LINK_LENGTH] for part in plain + html for link in part.links)
    return Content(
        text=text[:TEXT_CHARACTERS],
        links=tuple(dict.fromkeys(links))[:LINKS],
        charset=(shown or plain or html)[0].charset if plain or html else None,
        decoded_by=tuple(part.step for part in shown),
        defects=tuple(dict.fromkeys(defects)),
    )


def links_in(text: str) -> tuple[str, ...]:
    """Given plain text, return the http and https links in it, in order, without the punctuation that follows them."""
    return tuple(dict.fromkeys(_without_trailing(found[0]) for found in _LINK.finditer(text)))


def _without_trailing(link: str) -> str:
    """A closing bracket belongs to the link if it was opened in it."""
    unmatched = {closing: link.count(closing) - link.count(opening) for closing, opening in _BRACKETS.items()}
    end = len(link)
    while end:
        last = link[end - 1]
        if last in _BRACKETS and unmatched[last] > 0:
            unmatched[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return link[:end]


def _read_plain(leaf: Leaf, data: bytes) -> _Read:
    label = leaf.content_type.parameters.get("charset")
    decoded = decode(data, label)
    text = clean(decoded.text)
    return _Read(text, links_in(text), label_of(label), decoded.step, _replaced(decoded.replaced, leaf))


def _read_html(leaf: Leaf, data: bytes) -> _Read:
    label = leaf.content_type.parameters.get("charset") or charset_in_meta(data)
    decoded = decode(data, label)
    page = read_html(decoded.text)
    defects = _replaced(decoded.replaced, leaf)
    if page.cut:
        defects = (*defects, "The HTML is too long or too deep; it was not read to its end.")
    links = tuple(clean(link, one_line=True) for link in page.links)
    return _Read(clean(page.text), links, label_of(label), decoded.step, defects)


def _replaced(replaced: bool, leaf: Leaf) -> tuple[str, ...]:
    return (f"Some characters of the {leaf.kind} part could not be read.",) if replaced else ()
