"""What pydantic found wrong → places and sentences of our own. Its own texts are never used: they quote the input."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from inboxwatch.config.settings import SECTIONS
from inboxwatch.config.values import Unfit, kind_of, quoted
from inboxwatch.config.yaml_lines import Place

#: A key nearer than this is suggested.
_NEAR = 0.6
#: So much nearer counts a key of the same section than one of another.
_HOME = 0.1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. `place` decides the line; `shown` is the path that is printed, where it differs."""

    place: Place
    sentence: str
    shown: Place | None = None

    @property
    def path(self) -> str:
        """The path as printed: `mailboxes[0].port`."""
        return path_text(self.place if self.shown is None else self.shown)


def path_text(place: Place) -> str:
    """A place as a user writes it; `file` for the whole document."""
    result = ""
    for part in place:
        if isinstance(part, int):
            result += f"[{part}]"
        elif part:
            result += ("." if result else "") + (
                part if part.isidentifier() and len(part) <= 40 else quoted(part)[1:-1]
            )
    return result or "file"


def problems_in(error: ValidationError, raw: Any) -> Iterator[Problem]:
    """Every fault that pydantic found in `raw`, in our words."""
    for found in error.errors(include_url=False, include_input=False):
        # For a key of a mapping that does not fit, pydantic adds "[key]" to the place.
        place: Place = tuple(part for part in found["loc"] if part != "[key]")
        yield _in_words(place, found["type"], found.get("ctx", {}).get("error"), raw)


def _in_words(place: Place, kind: str, cause: object, raw: Any) -> Problem:
    if isinstance(cause, Unfit):
        whole = (*place, *cause.place)
        return Problem(whole, cause.sentence, shown=whole[:-1] if cause.hidden else None)
    if kind == "missing":
        in_a_list = isinstance(place[-2], int) if len(place) > 1 else False
        whose = f"every entry of {path_text(place[:-1]).rpartition('[')[0]}" if in_a_list else path_text(place[-2:-1])
        return Problem(place, f"is missing; {whose} needs it, so write `{place[-1]}: …` there")
    if kind == "extra_forbidden":
        return Problem(place, _unknown_key(place))
    value = _value_at(raw, place)
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        known = ", ".join(_keys_of(_section_of(place)))
        return Problem(
            place, f"must be a mapping and is {kind_of(value)}; write `key: value` with keys out of: {known}"
        )
    return Problem(place, f"is {kind_of(value)} and cannot be used here; look it up in config.example.yaml")


def _unknown_key(place: Place) -> str:
    key, home = str(place[-1]), _section_of(place[:-1])
    best, score = None, _NEAR
    for section in SECTIONS:
        for known in _keys_of(section):
            ratio = difflib.SequenceMatcher(None, key.lower(), known).ratio()
            if ratio < _NEAR:
                continue
            ratio += _HOME if section == home else 0.0
            if ratio > score:
                best, score = (section, known), ratio
    if best is None:
        return f"is no known key; known here are: {', '.join(_keys_of(home))}"
    section, known = best
    if section == home:
        return f"is no known key; did you mean '{known}'?"
    return f"is no known key here; '{known}' belongs {_whereabouts(section)}"


def _whereabouts(section: tuple[str, ...]) -> str:
    if not section:
        return "at the top level, without indentation"
    if section[-1] == "[]":
        return f"in an entry of {'.'.join(section[:-1])}"
    return (
        f"under {'.'.join(section[:-1])}, below a platform's name"
        if section[-1] == "*"
        else f"under {'.'.join(section)}"
    )


def _section_of(place: Place) -> tuple[str, ...]:
    names = tuple("[]" if isinstance(part, int) else part for part in place)
    return ("platforms", "*") if len(names) == 2 and names[0] == "platforms" else names


def _keys_of(section: tuple[str, ...]) -> list[str]:
    model: type[BaseModel] | None = SECTIONS.get(section)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _value_at(raw: Any, place: Place) -> Any:
    for part in place:
        try:
            raw = raw[part]
        except (KeyError, IndexError, TypeError):
            return None
    return raw
