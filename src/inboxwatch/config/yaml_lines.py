"""YAML text → plain values, with the line of every place, and without the surprises of YAML 1.1.

Only `true`, `false`, `null` and decimal numbers mean something else than text: `22:30`, `0600`, `no`, `on` and dates
stay text. A key that stands twice is a problem, not a silent last word. What a hostile file may cost is bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

#: Keys and list positions that lead from the top of a document to one value.
Place = tuple[str | int, ...]

_DEPTH_LIMIT = 32
#: Counted after aliases are unfolded, so that a few lines of aliases to aliases cannot become millions of values.
_VALUE_LIMIT = 20_000

_TAG = "tag:yaml.org,2002:"
_TRUE = re.compile(r"true|True|TRUE")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_NULL = re.compile(r"null|Null|NULL|~|")
#: At most 18 digits: Python refuses to read integers of thousands of digits, and no setting needs them.
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18})")


class YamlError(Exception):
    """The text cannot be read as YAML at all. `line` counts from 1; `sentence` never quotes the text."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(f"line {line}: {sentence}")
        self.line = line
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Document:
    """What a text holds. `problems` are faults of single places; the rest of the document is usable all the same."""

    value: Any
    lines: dict[Place, int]
    problems: tuple[tuple[Place, str], ...]

    def line_of(self, place: Place) -> int:
        """The line of a place, counting from 1; for a place that is not there, the line of what should hold it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def parse(text: str) -> Document:
    """The one document in `text`. Raises YamlError where no document can be made of it."""
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
    except yaml.reader.ReaderError as error:
        raise YamlError(
            text.count("\n", 0, error.position) + 1, "holds a character that no text file should; remove it"
        ) from None
    except yaml.MarkedYAMLError as error:
        # `from None`: the library's own words may quote the line, and the line may hold a password.
        raise YamlError(*_plain_words(error)) from None
    reader = _Reader()
    value = None if root is None else reader.value_of(root, ())
    return Document(value, reader.lines, tuple(reader.problems))


class _Loader(yaml.SafeLoader):
    """Composes nodes only; values are made by `_Reader`, so that no tag can construct anything."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the library's own shape: a class attribute

    _depth = 0
    _count = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        self._depth += 1
        self._count += 1
        if self._count > _VALUE_LIMIT:
            raise YamlError(self.peek_event().start_mark.line + 1, _TOO_MANY)  # type: ignore[no-untyped-call]
        if self._depth > _DEPTH_LIMIT:
            raise YamlError(self.peek_event().start_mark.line + 1, _TOO_DEEP)  # type: ignore[no-untyped-call]
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


_TOO_DEEP = f"is nested more than {_DEPTH_LIMIT} levels deep; no setting needs that"
_TOO_MANY = f"comes to more than {_VALUE_LIMIT} values; no configuration needs that many"
for _name, _pattern, _first in (
    ("bool", _BOOL, "tTfF"),
    ("null", _NULL, ["n", "N", "~", ""]),
    ("int", _INT, "-+0123456789"),
    ("float", _FLOAT, "-+.0123456789"),
):
    # The resolver calls `match`, which does not look at the end of the text.
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"(?:{_pattern.pattern})$"), list(_first))


@dataclass(slots=True)
class _Reader:
    """Turns nodes into values and remembers where each stood."""

    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[tuple[Place, str]] = field(default_factory=list)
    count: int = 0

    def value_of(self, node: Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        self.count += 1
        if len(place) > _DEPTH_LIMIT:
            raise YamlError(line, _TOO_DEEP)
        if self.count > _VALUE_LIMIT:
            raise YamlError(line, _TOO_MANY)
        if isinstance(node, MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node, place)
        if isinstance(node, SequenceNode) and node.tag == _TAG + "seq":
            return [self.value_of(item, (*place, position)) for position, item in enumerate(node.value)]
        if isinstance(node, ScalarNode):
            return self._scalar(node, place)
        return self._refused_tag(place)

    def _mapping(self, node: MappingNode, place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self.problems.append(
                    (place, f"has a bracket on line {line} where a key belongs; put a text with brackets in quotes")
                )
                continue
            key = str(key_node.value)
            inner = (*place, key)
            if key in result:
                first = self.lines[inner]
                # A path of its own, for the place itself belongs to the first of the two.
                self.lines[(*inner, "")] = line
                self.problems.append(((*inner, ""), f"stands here a second time (first on line {first}); keep one"))
                continue
            self.lines[inner] = line
            result[key] = self.value_of(value_node, inner)
        return result

    def _scalar(self, node: ScalarNode, place: Place) -> Any:
        text, kind = str(node.value), node.tag.removeprefix(_TAG)
        if kind == "str" or (node.tag == "!" and node.style):
            return text
        if kind == "null" and _NULL.fullmatch(text):
            return None
        if kind == "bool" and _BOOL.fullmatch(text):
            return bool(_TRUE.fullmatch(text))
        if kind == "int" and _INT.fullmatch(text):
            return int(text)
        if kind == "float" and _FLOAT.fullmatch(text):
            return float(text)
        return self._refused_tag(place)

    def _refused_tag(self, place: Place) -> None:
        self.problems.append(
            (place, "begins with !, which YAML reads as a tag; put the value in single quotes, or remove the tag")
        )


#: Which words of the library mean what, and whether the line where the trouble began says more than where it showed.
_PLAIN_WORDS: tuple[tuple[str, bool, str], ...] = (
    ("found character '\\t'", False, "a tab stands where only spaces may; indent with spaces"),
    ("that cannot start any token", False, "a value begins with a sign that YAML keeps; put it in single quotes"),
    ("mapping values are not allowed", False, "a ': ' too many, or wrong indentation; quote the value, or mend it"),
    ("expected <block end>", False, "the indentation does not fit the lines above; line it up with its neighbours"),
    ("sequence entries are not allowed", False, "a list begins where none may; put '- ' on a line below its key"),
    ("while scanning a quoted scalar", True, "the quote that opens here is never closed; close it"),
    ("unknown escape character", False, "a backslash in double quotes begins an escape; use single quotes"),
    ("found undefined alias", False, "a value begins with *, which YAML reads as an alias; put it in single quotes"),
    ("duplicate anchor", False, "a value begins with & and a name used before; put it in single quotes"),
    ("while scanning an alias", False, "a value begins with *, which YAML reads as an alias; put it in single quotes"),
    ("while scanning an anchor", False, "a value begins with &, a sign that YAML keeps; put it in single quotes"),
    ("scanning a tag", False, "a value begins with !, which YAML reads as a tag; put it in single quotes"),
    ("tag handle", False, "a value begins with !, which YAML reads as a tag; put it in single quotes"),
    ("while parsing a flow", True, "the bracket that opens here is not closed, or a comma is missing; close it"),
    ("could not find expected ':'", True, "this line is neither a key nor a list entry; write `key: value`"),
    ("expected a single document", False, "a second document begins here; keep one, without '---' between"),
)  # fmt: skip


def _plain_words(error: yaml.MarkedYAMLError) -> tuple[int, str]:
    said = f"{error.context or ''} {error.problem or ''}"
    for words, where_it_began, sentence in _PLAIN_WORDS:
        if words in said:
            mark = (error.context_mark if where_it_began else None) or error.problem_mark or error.context_mark
            return (mark.line + 1 if mark else 1), sentence
    mark = error.problem_mark or error.context_mark
    return (mark.line + 1 if mark else 1), "is no YAML; look at the indentation, the colons and the quotes here"
