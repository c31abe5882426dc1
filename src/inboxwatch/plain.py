"""Dataclasses to JSON and back, for what is kept and what is shown."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(instant: datetime) -> int:
    """An aware instant as whole microseconds since 1970, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The instant, in UTC, of `to_micros`."""
    return _EPOCH + timedelta(microseconds=micros)


def dump(value: Any) -> str:
    """A flat dataclass as compact JSON; fields that are None or empty are left out."""
    assert is_dataclass(value)
    content = {field.name: getattr(value, field.name) for field in fields(value)}
    return json.dumps(
        {name: _plain(item) for name, item in content.items() if item not in (None, ())},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def load(kind: type[T], text: str) -> T:
    """The dataclass that `dump` wrote."""
    # What was left out and has no default was None.
    content = {field.name: None for field in fields(kind) if field.default is MISSING}  # type: ignore[arg-type]
    content |= json.loads(text)
    instants = _instant_fields(kind)
    for name, item in content.items():
        if name in instants and item is not None:
            content[name] = datetime.fromisoformat(item)
        elif isinstance(item, list):
            content[name] = tuple(item)
    return kind(**content)


def _plain(item: Any) -> Any:
    return item.astimezone(UTC).isoformat() if isinstance(item, datetime) else item


_known: dict[type, frozenset[str]] = {}


def _instant_fields(kind: type) -> frozenset[str]:
    if kind not in _known:
        hints = get_type_hints(kind)
        _known[kind] = frozenset(name for name, hint in hints.items() if "datetime" in str(hint))
    return _known[kind]
