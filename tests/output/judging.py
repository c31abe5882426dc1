"""What must not be found in anything that leaves: judged by the characters alone, and by a real parser of HTML."""

from __future__ import annotations

import json
import re
import unicodedata
from html.parser import HTMLParser
from typing import Any

from tests.output.hostile import EVIL, FORGED

#: Kept on purpose within emoji.
_JOINER = "\u200d"
_LIVE = re.compile(rf"https?://{re.escape(EVIL)}", re.I)


def wrong_characters(text: str) -> list[str]:
    """The characters of `text` that a terminal obeys or nobody sees, and marks that pile up."""
    found = [
        f"{sign!r} in {text[max(0, at - 30) : at + 10]!r}"
        for at, sign in enumerate(text)
        if sign not in ("\n", _JOINER) and unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    ]
    marks = 0
    for sign in text:
        marks = marks + 1 if unicodedata.category(sign) in ("Mn", "Me") else 0
        if marks > 4:
            found.append("too many marks")
            break
    return found[:3]


def judge_text(text: str, *, folded: bool = False) -> None:
    """Raise AssertionError for text on a terminal, in a mail or in a chat that could lead anybody astray.

    `folded`: the terminal is so narrow that a line may begin anywhere.
    """
    assert wrong_characters(text) == []
    assert not _LIVE.search(text), _LIVE.search(text)
    forged = [line for line in text.splitlines() if line.lstrip().startswith(FORGED)]
    assert folded or forged == []


def judge_json(data: bytes, *, lines: bool) -> list[Any]:
    """Raise AssertionError for JSON that is not one, not UTF-8, or not harmless on a terminal; return the values."""
    text = data.decode("utf-8")
    assert [
        sign for sign in text if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ] == []
    values = [json.loads(line) for line in text.splitlines()] if lines else [json.loads(text)]
    for value in values:
        assert isinstance(value, dict)
        _judge_value(value)
    return values


def _judge_value(value: Any) -> None:
    if isinstance(value, dict):
        for key, one in value.items():
            assert re.fullmatch(r"[A-Za-z_$][\w./-]*", key), key
            _judge_value(one)
    elif isinstance(value, list):
        for one in value:
            _judge_value(one)
    elif isinstance(value, str):
        value.encode("utf-8")


class Page(HTMLParser):
    """The tags and attributes of a page, as a browser finds them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


_TAGS = frozenset(
    (
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "ul", "li", "section", "div"),
        *("table", "thead", "tbody", "tr", "th", "td", "strong", "dl", "dt", "dd", "a", "code"),
    )
)
_ATTRIBUTES = frozenset({"charset", "http-equiv", "content", "name", "lang", "class", "scope", "href"})


def judge_page(text: str) -> Page:
    """Raise AssertionError for a page that runs, fetches or leads to anything; return what stands in it."""
    assert wrong_characters(text) == []
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= _TAGS
    assert {name for _, attributes in page.tags for name in attributes} <= _ATTRIBUTES
    links = [attributes["href"] or "" for _, attributes in page.tags if "href" in attributes]
    assert [link for link in links if not re.fullmatch(r"mails/\d{3}-[0-9a-f]{16}\.eml", link)] == []
    policy = [attributes["content"] for _, attributes in page.tags if attributes.get("http-equiv")]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"]
    return page
