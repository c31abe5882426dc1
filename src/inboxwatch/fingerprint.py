"""A fingerprint of everything that decides what is derived and told: a change of it must take effect at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel


def fingerprint(*values: Any) -> str:
    """Given plain values, dataclasses, profiles and collections of these, return the same text for the same content.

    In whatever order a set or a mapping holds it: that differs from one process to the next. A field that does not
    count for equality does not count here.
    """
    return hashlib.sha256(json.dumps([_plain(value) for value in values]).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _plain(value.model_dump())
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value) if field.compare}
    if isinstance(value, Mapping):
        return sorted(([_plain(key), _plain(item)] for key, item in value.items()), key=json.dumps)
    if isinstance(value, AbstractSet):
        return sorted((_plain(item) for item in value), key=json.dumps)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | None) else repr(value)
