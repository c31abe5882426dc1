"""The pattern language of the profiles: literal text with {named} holes, or words that a text has and lacks.

Both run on folded text (`inboxwatch.mail.charset.fold`: NFKC, whitespace folded) and in time linear in its length: the
literal pieces are searched in their order and nothing is ever tried again, so that no text from outside can make a
match explode.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inboxwatch.mail.charset import fold

#: From where to where (half open) each named hole stands in the folded text.
Spans = Mapping[str, tuple[int, int]]

#: Folds to itself and joins with no character before it, so that a prefix keeps its last whitespace when folded.
_SENTINEL = "|"
#: A longer text is nobody's subject, and finding its original form would cost more than it is worth.
_LONGEST_SHOWN = 4096


class PatternError(ValueError):
    """A pattern that cannot be understood; the text says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A whole-text pattern: `literals[0] {holes[0]} literals[1] {holes[1]} … literals[-1]`.

    The first literal is anchored at the beginning and the last at the end. A hole takes at least one character; each
    takes the shortest that leads on to the next literal, and the last one takes what is left.
    """

    literals: tuple[str, ...]
    holes: tuple[str, ...]

    def match(self, folded: str) -> Spans | None:
        """The spans of the named holes if the whole of `folded` fits, else None. `{*}` holes are left out."""
        first, last = self.literals[0], self.literals[-1]
        if not self.holes:
            return {} if folded == first else None
        if not folded.startswith(first) or not folded.endswith(last):
            return None
        position, end = len(first), len(folded) - len(last)
        spans: dict[str, tuple[int, int]] = {}
        for hole, literal in zip(self.holes[:-1], self.literals[1:-1], strict=True):
            found = folded.find(literal, position + 1, end)
            if found < 0:
                return None
            spans[hole] = (position, found)
            position = found + len(literal)
        if end <= position:
            return None
        spans[self.holes[-1]] = (position, end)
        spans.pop("*", None)
        return spans

    def covers(self, other: Pattern) -> bool:
        """Whether every text that `other` matches is matched by this pattern too: `other` could never be reached."""
        return self.match(other.example()) is not None

    def example(self, filling: str = "\ue000") -> str:
        """A text that fits, with `filling` in every hole; the default occurs in no literal."""
        pieces = [self.literals[0]]
        for literal in self.literals[1:]:
            pieces += (filling, literal)
        return "".join(pieces)


def pattern(text: str, holes: Sequence[str]) -> Pattern:
    """Given the text of a pattern and the hole names that may stand in it, return the `Pattern`.

    `{*}` is a hole without a name and always allowed; `{{` and `}}` are braces. Raise `PatternError` for an unknown or
    repeated name, an unclosed brace, two holes side by side, and a pattern without any literal text.
    """
    literals, names = _pieces(text)
    for name in names:
        if name != "*" and name not in holes:
            raise PatternError(
                f"unknown hole {{{name}}}; known are {{*}}, {', '.join(f'{{{hole}}}' for hole in holes)}"
            )
        if name != "*" and names.count(name) > 1:
            raise PatternError(f"the hole {{{name}}} stands there twice")
    folded = _folded_literals(literals)
    if not all(folded[1:-1]):
        raise PatternError("two holes side by side: nothing says where the first one ends")
    if not any(folded):
        raise PatternError("a pattern needs some literal text")
    return Pattern(tuple(folded), tuple(names))


def _pieces(text: str) -> tuple[list[str], list[str]]:
    literals, names, position = [""], list[str](), 0
    while position < len(text):
        character = text[position]
        if text.startswith(("{{", "}}"), position):
            literals[-1] += character
            position += 2
        elif character == "{":
            closing = text.find("}", position)
            if closing < 0:
                raise PatternError("a { is not closed; write {{ for a brace")
            names.append(text[position + 1 : closing])
            literals.append("")
            position = closing + 1
        elif character == "}":
            raise PatternError("a } without its {; write }} for a brace")
        else:
            literals[-1] += character
            position += 1
    return literals, names


def _folded_literals(literals: list[str]) -> list[str]:
    """Fold each literal as it would be folded inside a subject: only the outer ends of the pattern lose whitespace."""
    folded = []
    for index, literal in enumerate(literals):
        before = "" if index == 0 else _SENTINEL
        after = "" if index == len(literals) - 1 else _SENTINEL
        inner = fold(before + literal + after)
        folded.append(inner[len(before) : len(inner) - len(after)])
    return folded


@dataclass(frozen=True, slots=True)
class WordsPattern:
    """Some of each group of `has` stand in the text, in any order, and none of `lacks`."""

    has: tuple[tuple[str, ...], ...]
    lacks: tuple[str, ...]

    def match(self, folded: str) -> Spans | None:
        """An empty mapping if the words of `folded` fit, else None. Letters are compared without their case."""
        text = folded.casefold()
        if any(word in text for word in self.lacks):
            return None
        if all(any(word in text for word in group) for group in self.has):
            return {}
        return None


def words(has: Sequence[str], lacks: Sequence[str] = ()) -> WordsPattern:
    """Given words, return their pattern; `|` in one of `has` separates words of which one is enough.

    Raise `PatternError` for an empty word: it would stand in every text.
    """
    groups = tuple(tuple(fold(word).casefold() for word in entry.split("|")) for entry in has)
    missing = tuple(fold(word).casefold() for word in lacks)
    if not all(all(group) for group in groups) or not all(missing):
        raise PatternError("an empty word stands in every text")
    return WordsPattern(groups, missing)


def original(text: str, start: int, end: int) -> str:
    """Given a text and a span of its folded form, return what stood there before folding, trimmed.

    Where a span begins or ends inside one original character (㈱ folds to three), and for a text of more than 4096
    characters, the folded form is returned.
    """

    def folded_length(position: int) -> int:
        return len(fold(text[:position] + _SENTINEL)) - len(_SENTINEL)

    wanted = fold(text)[start:end].strip()
    if len(text) > _LONGEST_SHOWN:
        return wanted
    positions = range(len(text) + 1)
    begin = bisect_right(positions, start, key=folded_length) - 1
    stop = bisect_right(positions, end, key=folded_length) - 1
    found = text[max(begin, 0) : max(stop, 0)].strip()
    return found if fold(found) == wanted else wanted
