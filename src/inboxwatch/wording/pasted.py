"""Texts for her to paste: always Japanese, with dates by the clock of Tokyo, for the client or support reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import yaml

_TOKYO = ZoneInfo("Asia/Tokyo")
#: A title is somebody else's text of any length; a client's name too.
_LONGEST_NAME = 60


@lru_cache(maxsize=1)
def _texts() -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = resources.files(__package__).joinpath("to_paste.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader, on a file of our own
    return loaded


def pasted(key: str, **values: object) -> str:
    """The text of this dotted key, filled in; instants become dates of Tokyo. Raises KeyError if there is none."""
    found: Any = _texts()
    for part in key.split("."):
        found = found[part]
    return str(found).format(**{name: _words(value) for name, value in values.items()})


def short_name(name: str) -> str:
    """Somebody's name or a title as it can stand in a sentence: on one line, and cut if it is very long."""
    folded = " ".join(name.split())
    return folded if len(folded) <= _LONGEST_NAME else folded[: _LONGEST_NAME - 1] + "…"


def _words(value: object) -> object:
    if not isinstance(value, datetime):
        return value
    local, texts = value.astimezone(_TOKYO), _texts()
    weekday = texts["weekdays"][local.weekday()]
    return str(texts["date"]).format(month=local.month, day=local.day, weekday=weekday)
