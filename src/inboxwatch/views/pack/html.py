"""HTML as a string in which nothing can stand unescaped: the few lines of a template language that the pack needs."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from inboxwatch.alerts.clean import one_line

#: More than any header or note that is shown.
LONGEST = 10_000


class Html(str):
    """Text that is HTML already. Made by `tag` alone, out of escaped text."""

    __slots__ = ()


def tag(name: str, /, *children: str | Html | Iterable[str | Html | None] | None, **attributes: str | None) -> Html:
    """An element with these children; whatever is not `Html` is made one clean line and escaped.

    Attributes that are None are left out. A name of Python's own is written with an underscore behind it: `class_`.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{written}>{joined(children)}</{name}>")


def void(name: str, /, **attributes: str) -> Html:
    """An element without an end, such as `meta`."""
    return Html(f"<{name}" + "".join(f' {key}="{escape(value)}"' for key, value in attributes.items()) + ">")


def joined(children: Iterable[str | Html | Iterable[str | Html | None] | None]) -> Html:
    """These children one behind the other."""
    return Html("".join(map(_one, children)))


def style(sheet: str) -> Html:
    """A style sheet of our own: the one text that must not be escaped."""
    assert "<" not in sheet
    return Html(f"<style>{sheet}</style>")


def _one(child: str | Html | Iterable[str | Html | None] | None) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    return escape(one_line(child, LONGEST)) if isinstance(child, str) else joined(child)
