"""From an HTML part to what a reader sees of it: its visible text, and where its links lead."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from inboxwatch.mail.limits import HTML_CHARACTERS, HTML_DEPTH, HTML_TAGS
from inboxwatch.mail.text import clean

_UNSEEN = frozenset({
    "head", "script", "style", "template", "title", "noembed", "noframes", "iframe", "object", "svg", "math",
    "textarea", "select", "datalist",
})  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "html", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table",
    "tbody", "tfoot", "thead", "tr", "ul",
})  # fmt: skip
_CELLS = frozenset({"td", "th", "caption"})
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
})  # fmt: skip
_ENDED_BY_THE_NEXT = frozenset({
    "p", "li", "dt", "dd", "tr", "td", "th", "option", "tbody", "thead", "tfoot",
})  # fmt: skip
#: To the end of the tag or comment, so that no `</div>` inside one hides how deep the nesting is.
_TAG = re.compile(r"<(?:!--|(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40}))[^>]*")
_ANY_TAG = re.compile("</?[a-zA-Z]")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_HIDDEN_STYLE = re.compile(
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|mso-hide:all"
    r"|(?:font-size|opacity):[+-]?(?:0+(?:\.0*)?|\.0+)[a-z%]*)(?:!important)?(?:;|$)"
)
#: A comment that never ends takes all that follows, as it does in CSS.
_STYLE_NOISE = re.compile(r"/\*.*?(?:\*/|\Z)|\s+", re.DOTALL)
_BLANKS = re.compile(r"[ \t\n\r\f\u00a0]+")
#: The parser opens these anew in every block until they are closed, so that a few hundred of them in a few thousand
#: paragraphs are gigabytes of nodes; a span stays where it stands and shows the same text.
_REOPENED = re.compile(r"<(/?)(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE)
_LONGEST_LINK = 4_000


@dataclass(frozen=True, slots=True)
class Page:
    """What an HTML part shows. `cut` is true when it was too long or too deep to be read to its end."""

    text: str
    links: tuple[str, ...]
    cut: bool


def read_html(html: str) -> Page:
    """Given HTML, return its visible text, a line for each block, and the http and https links of what is visible.

    Text and links in hidden nodes are left out. At most `HTML_CHARACTERS` are read, and nothing behind the place
    where `HTML_DEPTH` nodes are open or `HTML_TAGS` were met, for the parser takes quadratic time on deep nesting.
    """
    short = clean(html[:HTML_CHARACTERS])
    shallow = short[: min(_too_deep(short), _too_many(short))]
    reader = _Reader()
    root = LexborHTMLParser(_REOPENED.sub(r"<\1span", shallow)).root
    if root is not None:
        reader.read(root)
    return Page(reader.text(), tuple(dict.fromkeys(reader.links)), len(html) > HTML_CHARACTERS or shallow != short)


def charset_in_meta(data: bytes) -> str | None:
    """Given the bytes of an HTML part, return the charset its own head names, or None."""
    found = _META_CHARSET.search(data[:4096])
    return found[1].decode("ascii").lower() if found else None


def _too_many(html: str) -> int:
    """Where there have been too many tags, or the length of the text.

    Whatever stands between, a tag begins so: this bounds the depth also where a hostile page deceives `_too_deep`, by
    ends of tags in comments or at places where the parser does not heed them.
    """
    return next((found.start() for found in islice(_ANY_TAG.finditer(html), HTML_TAGS, None)), len(html))


def _too_deep(html: str) -> int:
    """Where too many nodes are open, or the length of the text."""
    opened: Counter[str] = Counter()
    depth = 0
    for found in _TAG.finditer(html):
        name = (found[2] or "").lower()
        if not name or name in _VOID or name in _ENDED_BY_THE_NEXT:
            continue
        if not found[1]:
            opened[name] += 1
            depth += 1
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
        if depth > HTML_DEPTH:
            return found.start()
    return len(html)


class _Reader:
    """A walk over the tree that goes from node to node without recursion."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.links: list[str] = []

    def read(self, root: LexborNode) -> None:
        node: LexborNode | None = root
        while node is not None:
            inside = node.child if self._enter(node) else None
            if inside is not None:
                node = inside
                continue
            self._leave(node)
            while node is not None and node.next is None:
                node = node.parent
                if node is not None:
                    self._leave(node)
            node = node.next if node is not None else None

    def _enter(self, node: LexborNode) -> bool:
        """Note what the node itself shows; False when nothing within it is visible."""
        name = node.tag or ""
        if name == "-text":
            self.pieces.append(_BLANKS.sub(" ", node.text_content or ""))
            return False
        if name.startswith("-") or name in _UNSEEN:
            return name == "-document"
        attributes = node.attributes
        if attributes and _hidden(attributes):
            return False
        if name == "br" or name in _BLOCKS:
            self.pieces.append("\n")
        elif name in _CELLS:
            self.pieces.append(" ")
        elif name == "a":
            self._link(attributes.get("href"))
        return True

    def _leave(self, node: LexborNode) -> None:
        name = node.tag or ""
        if name in _BLOCKS:
            self.pieces.append("\n")
        elif name in _CELLS:
            self.pieces.append(" ")

    def _link(self, href: str | None) -> None:
        href = re.sub(r"[\t\n]", "", clean((href or "").strip()[:_LONGEST_LINK])).strip()
        if href[:8].lower().startswith(("http://", "https://")):
            self.links.append(href)

    def text(self) -> str:
        lines = (re.sub(" {2,}", " ", line).strip() for line in "".join(self.pieces).split("\n"))
        return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()


def _hidden(attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style) and bool(_HIDDEN_STYLE.search(_STYLE_NOISE.sub("", style or "").lower()))
