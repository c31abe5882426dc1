"""The addresses of a header, split before anything is decoded: a decoded comma or `<` must not forge an address."""

from __future__ import annotations

import re

from inboxwatch.mail.charset import clean
from inboxwatch.mail.model import Address
from inboxwatch.mail.words import decode_words, plain

NAME_LENGTH = 200
ADDRESS_LENGTH = 320
#: Which characters a reading of one address looks at; all others are taken in runs.
_PIECE = re.compile(r'[^"\\()<>,;:]+|.', re.DOTALL)
#: Blanks before the sign are taken from their first one on, or the search would be quadratic in their number.
_AROUND = re.compile(r"(?:(?<!\s)\s+)?([@.])\s*")


def read_addresses(raw: bytes) -> tuple[Address, ...]:
    """Given the value of an address header, return its addresses in order, those in groups included.

    Only what has an @ counts. Tolerates dots where the grammar forbids them (`a..b.@docomo.ne.jp`), unclosed
    quotes, comments and brackets. One pass, no recursion. Never raises.
    """
    found: list[Address] = []
    for element in _Splitter().split(plain(raw)):
        found.extend(element.addresses())
    return tuple(found)


class _Element:
    """One address as written, its pieces apart."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.comments: list[str] = []
        self.bracketed: list[str] = []

    def addresses(self) -> list[Address]:
        phrase = "".join(self.words)
        if any("@" in piece for piece in self.bracketed):
            written = [piece for piece in self.bracketed if "@" in piece]
        else:
            pieces = _AROUND.sub(r"\1", phrase).split()
            written = [piece for piece in pieces if "@" in piece]
            phrase = " ".join(piece for piece in pieces if "@" not in piece)
        name = _name(phrase) or _name(" ".join(self.comments))
        return [Address(name, address) for address in map(_address, written) if "@" in address]


class _Splitter:
    """The states of the reading: in a quotation, in so many comments, in brackets, or between."""

    def __init__(self) -> None:
        self.element = _Element()
        self.elements = [self.element]
        self.quoted = False
        self.depth = 0
        self.bracket: list[str] | None = None
        self.comment: list[str] = []

    def split(self, text: str) -> list[_Element]:
        pieces = iter(_PIECE.findall(text))
        for piece in pieces:
            if piece == "\\" and (self.quoted or self.depth):
                self._literal(next(pieces, ""))
            elif self.depth:
                self._in_comment(piece)
            elif piece == '"':
                self.quoted = not self.quoted
            elif self.quoted:
                self._literal(piece)
            elif piece == "(":
                self.depth = 1
            elif self.bracket is not None:
                self._in_bracket(piece)
            else:
                self._between(piece)
        self._end_bracket()
        self._end_comment()
        return self.elements

    def _literal(self, piece: str) -> None:
        place = self.comment if self.depth else self.bracket if self.bracket is not None else self.element.words
        place.append(piece)

    def _in_comment(self, piece: str) -> None:
        self.depth += (piece == "(") - (piece == ")")
        if self.depth:
            self.comment.append(piece)
        else:
            self._end_comment()

    def _in_bracket(self, piece: str) -> None:
        if self.bracket is None:
            return
        if piece == ">":
            self._end_bracket()
        elif piece == "<":  # the one before was never closed
            self._end_bracket()
            self.bracket = []
        elif piece == "," and not (self.bracket and self.bracket[0].lstrip().startswith("@")):
            self._end_bracket()
            self._end_element()
        else:
            self.bracket.append(piece)

    def _between(self, piece: str) -> None:
        if piece == "<":
            self.bracket = []
        elif piece in ",;":
            self._end_element()
        elif piece == ":":  # what stood before is the name of a group
            self.element.words.clear()
        elif piece not in "()>":
            self.element.words.append(piece)

    def _end_bracket(self) -> None:
        if self.bracket is not None:
            self.element.bracketed.append("".join(self.bracket))
            self.bracket = None

    def _end_comment(self) -> None:
        if self.comment:
            self.element.comments.append("".join(self.comment))
            self.comment = []

    def _end_element(self) -> None:
        self.element = _Element()
        self.elements.append(self.element)


def _address(written: str) -> str:
    """`<@relay,@relay:a@b>` is an old way of writing a@b."""
    if written.lstrip().startswith("@"):
        written = written.rpartition(":")[2]
    address = "".join(clean(written, one_line=True).split()).lower()
    return address if len(address) <= ADDRESS_LENGTH else ""


def _name(phrase: str) -> str:
    return " ".join(clean(decode_words(phrase), one_line=True).split(" ")).strip()[:NAME_LENGTH].strip()
