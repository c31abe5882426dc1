"""YAML read as plain data together with the line of every value, so that an error can say where it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

#: The path of a value: keys and indexes from the top.
Path = tuple[str | int, ...]

_MOST_NODES = 100_000
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its line (from 1), its path, and what is wrong."""

    line: int
    path: Path
    what: str


@dataclass(frozen=True, slots=True)
class Document:
    """The data of one YAML file, the line of each path in it, and what is wrong with it as YAML."""

    data: Any
    lines: Mapping[Path, int]
    problems: tuple[Problem, ...]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads dates, clock times, yes and no as text: YAML 1.1 would make 1350 of 22:30 and False of no."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, _shape, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", "n~"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_shape})$"), list(_first))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])


def read(text: str) -> Document:
    """Given the text of a YAML file, return its data with the lines. It never raises: problems are in the answer.

    Duplicate keys are problems, and so are anchors that make the data grow beyond reason.
    """
    try:
        deep = _too_deep(text)
        if deep is not None:
            return Document(None, {}, (Problem(deep, (), "too deep or too large"),))
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Document(None, {}, (Problem(mark.line + 1 if mark else 1, (), f"no YAML: {error.problem}"),))
    except (yaml.YAMLError, RecursionError) as error:
        return Document(None, {}, (Problem(1, (), f"no YAML: {type(error).__name__}"),))
    walk = _Walk()
    data = walk.plain(node, ()) if node is not None else None
    return Document(data, walk.lines, tuple(walk.problems))


def _too_deep(text: str) -> int | None:
    """The line in which lists and mappings are nested deeper than any profile's; None if nowhere.

    Asked before anything is put together: the C loader recurses, and thousands of levels would end the process.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            return event.start_mark.line + 1 if event.start_mark else 1
    return None


class _Walk:
    """One walk through the nodes of a file, gathering lines and problems."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []

    def plain(self, node: yaml.Node, path: Path) -> Any:
        """The data of a node. A path is noted before its children, so that the walk ends on data without end."""
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if len(self.lines) > _MOST_NODES or len(path) > _DEEPEST:
            if not any(problem.what.startswith("too") for problem in self.problems):
                self.problems.append(Problem(line, path[:3], "too deep or too large"))
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
            if key in found or not isinstance(key_node, yaml.ScalarNode):
                what = "stands there twice" if key in found else "a key must be a plain word"
                self.problems.append(Problem(line, (*path, key), what))
                continue
            self.lines[(*path, key)] = line
            found[key] = self.plain(value_node, (*path, key))
        return found

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        value = node.value
        match node.tag.rpartition(":")[2]:
            case "bool":
                return value == "true"
            case "null":
                return None
            case "int":
                return int(value[:20])
            case "str":
                return value
        self.problems.append(Problem(node.start_mark.line + 1, path, f"the tag {node.tag} is not known here"))
        return None
