"""The file of rules that the user has taught: extended, replaced in one step, noticed when it has changed.

What stands in it stays byte for byte: it is the user's own, and she may have written in it.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from inboxwatch.mail.text import clean
from inboxwatch.platforms import places

#: A folder's profile files as they lie there: name, time of the last change, size.
Stamp = tuple[tuple[str, int, int], ...]

_HEAD = """\
# Rules of your own, made by `inboxwatch teach`. You may change them; the last one is asked first.
# To take one out: `inboxwatch teach --undo MAIL`, with a mail that it reads, or with its name, as lancers+own/2.
# What changes here holds for new mail at once, and for mail that is kept already after `inboxwatch rebuild`.
platform: {platform}
"""
_LONGEST_REMARK = 100
#: The comment that stands above a rule: the day of the mail, and its subject where that may be kept.
_REMARK = re.compile(r"[ \t]*# \d{4}-\d\d-\d\d(?:: .*)?")


class CannotExtend(Exception):
    """The file is written in a way that a rule cannot be added to it, or taken out of it, safely."""


def file_of(folder: Path, platform: str) -> Path:
    """Where the taught rules of a platform are kept, given the state folder's profiles."""
    return folder / f"{platform}.yaml"


def stamp(folder: Path) -> Stamp:
    """Something that changes when a profile file in this folder is changed, added or removed. It never raises."""
    found = []
    # No folder, or a file that has just gone: as if it were not there.
    with suppress(OSError):
        for path in folder.iterdir():
            if path.suffix in (".yaml", ".yml"):
                seen = path.stat()
                found.append((path.name, seen.st_mtime_ns, seen.st_size))
    return tuple(sorted(found))


def extended(text: str | None, platform: str, key: str, rule: dict[str, Any], remark: str) -> str:
    """Given a file's text (None: there is none yet), return it with `rule` at the end of the list `key`.

    `key` is "mails" or "secret"; `remark` becomes a comment above the rule. All that stands there stays as it is.
    Raises CannotExtend.
    """
    before = text if text is not None and text.strip() else _HEAD.format(platform=platform)
    old = places.read(before)
    if old.problems or not isinstance(old.data, dict) or old.data.get("platform") != platform:
        raise CannotExtend(f"it does not begin with 'platform: {platform}', or is no YAML")
    before, end, indent = _place(before, key)
    line_end = "\r\n" if "\r\n" in before else "\n"
    lines = _block(rule, remark, indent)
    if key not in old.data:
        lines = ["", f"{key}:", *lines]
    added = line_end.join(lines) + line_end
    after = f"{_ended(before[:end], line_end)}{added}{before[end:]}"
    _compare(old.data, after, key, rule)
    return after


def _ended(text: str, line_end: str) -> str:
    return text if text.endswith("\n") else text + line_end


def without(text: str, key: str, index: int) -> str:
    """Given a file's text, return it without the rule at this place of the list `key`, and without its remark.

    All else stays as it is. Raises CannotExtend where the rule does not stand in lines of its own.
    """
    old = places.read(text)
    rules = old.data.get(key) if isinstance(old.data, dict) and not old.problems else None
    listed = _list(text, key) if isinstance(rules, list) else None
    if rules is None or listed is None or not 0 <= index < len(listed.value):
        raise CannotExtend(f"it has no such rule in '{key}'")
    start = text.rfind("\n", 0, listed.value[index].start_mark.index) + 1
    end = _line_after(text, _last_leaf(listed.value[index]).end_mark.index)
    above = text.rfind("\n", 0, start - 1) + 1 if start else 0
    if _REMARK.fullmatch(text[above:start].rstrip("\r\n")):
        start = above
    after = text[:start] + text[end:]
    found = places.read(after)
    left = [*rules[:index], *rules[index + 1 :]]
    if found.problems or found.data != {**old.data, key: left or None}:
        raise CannotExtend("the rule does not stand in lines of its own")
    return after


def _place(text: str, key: str) -> tuple[str, int, int]:
    """Where the next rule goes in `text`, and how far it is indented: behind the last line of the list, or the end.

    The text itself stays as it is, but for the sign of an empty list, in the place of which the rule goes.
    """
    for name, value in _entries(text):
        if name.value != key:
            continue
        if _is_empty(value):
            start, end = value.start_mark.index, value.end_mark.index
            return text[:start] + text[end:], _line_after(text[:start] + text[end:], name.end_mark.index), 2
        if not isinstance(value, yaml.SequenceNode) or value.flow_style or not value.value:
            raise CannotExtend(f"'{key}' is no list with one rule below the other")
        return text, _line_after(text, _last_leaf(value).end_mark.index), value.start_mark.column
    return text, len(text), 2


def _is_empty(value: yaml.Node) -> bool:
    """True for a list from which the last rule was taken out, and for one that is written as empty."""
    if isinstance(value, yaml.SequenceNode):
        return not value.value
    return isinstance(value, yaml.ScalarNode) and value.tag.endswith(":null")


def _entries(text: str) -> list[tuple[yaml.Node, yaml.Node]]:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return root.value if isinstance(root, yaml.MappingNode) else []


def _list(text: str, key: str) -> yaml.SequenceNode | None:
    found = next((value for name, value in _entries(text) if name.value == key), None)
    return found if isinstance(found, yaml.SequenceNode) and not found.flow_style else None


def _last_leaf(node: yaml.Node) -> yaml.Node:
    """The last value inside a node: where a block ends, its own mark stands behind comments and empty lines."""
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _line_after(text: str, index: int) -> int:
    if index and text[index - 1] == "\n":
        return index
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _block(rule: dict[str, Any], remark: str, indent: int) -> list[str]:
    space = " " * indent
    lines = [f"{space}# {clean(remark, one_line=True)[:_LONGEST_REMARK]}".rstrip()]
    for number, (name, value) in enumerate(rule.items()):
        lines.append(f"{space}{'  ' if number else '- '}{name}: {_scalar(value)}")
    return lines


def _scalar(value: Any) -> str:
    """One value on one line; text that may hold anything in quotes."""
    style = '"' if isinstance(value, str) and not (value.isascii() and value.replace("_", "").isalnum()) else None
    written: str = yaml.safe_dump(
        value, allow_unicode=True, default_style=style, default_flow_style=True, width=1_000_000, sort_keys=False
    )
    return written.removesuffix("...\n").strip()


def _compare(old: dict[str, Any], after: str, key: str, rule: dict[str, Any]) -> None:
    """Make sure that the text says what it said before, and the rule, and nothing else."""
    found = places.read(after)
    if found.problems or found.data != {**old, key: [*(old.get(key) or []), rule]}:
        raise CannotExtend("the new rule would not stand where it belongs")


def rule_of(
    subject: str | dict[str, Any], event: str, by: str | None, due: str | None, today: date, sent: date
) -> tuple[str, dict[str, Any]]:
    """The list that a rule belongs to, and the rule as it is written. `today` and `sent` are dates in her zone."""
    source = f"taught on {today.isoformat()} from a mail of {sent.isoformat()}"
    if event == "secret":
        return "secret", {"subject": subject, "grade": "attested", "source": source}
    rule: dict[str, Any] = {"event": event, "by": by, "subject": subject, "due": due, "grade": "attested"}
    rule = {name: value for name, value in rule.items() if value is not None}
    return "mails", {**rule, "source": source, "checked": today.isoformat()}


def read_text(path: Path) -> str | None:
    """The text of the file, its line ends as they are; None if there is none. Raises OSError, UnicodeDecodeError."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None


def replace_text(path: Path, text: str) -> None:
    """Put this text in the place of the file, all or nothing (0600, its folder 0700). Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = path.resolve()
    beside = target.with_name(f"{target.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(text.encode("utf-8"))
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
