"""Says a sentence of the wording files in the user's language, with instants in her zone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import PurePath
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml

Language = Literal["ja", "en"]

#: Whose time needs no name beside it: the platforms' own rules are reckoned in it, and so is most users' life.
_JAPAN = ZoneInfo("Asia/Tokyo")

#: A value with a line of its own could pass for a sentence of ours: a folder's name on a server, a file's.
_LINE_ENDS = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")

#: What fits on a phone's lock screen.
TITLE_AT_MOST = 40


@lru_cache(maxsize=2)
def _sentences(language: Language) -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = resources.files(__package__).joinpath(f"{language}.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader, on a file of our own
    return loaded


class Wording:
    """The sentences of one language, for a user in one zone."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self.language = language
        self.zone = zone
        self._all = _sentences(language)

    def has(self, key: str) -> bool:
        """True if there is a sentence of this dotted key."""
        return self._find(key) is not None

    def say(self, key: str, **values: object) -> str:
        """The sentence of this dotted key, filled in; instants and spans among the values are put in words.

        Each value stays on one line.

        Raises KeyError if there is no such sentence: a fault of the program, found by its tests.
        """
        sentence = self._find(key)
        if not isinstance(sentence, str):
            raise KeyError(key)
        return sentence.format(**{name: self._words(value) for name, value in values.items()})

    def title(self, key: str, name: str, **values: object) -> str:
        """A title of at most 40 characters: the project's name is cut to fit."""
        whole = self.say(key, name=name, **values)
        if len(whole) <= TITLE_AT_MOST:
            return whole
        room = TITLE_AT_MOST - len(self.say(key, name="", **values))
        cut = name[: room - 1] + "…" if room > 1 else ""
        return self.say(key, name=cut, **values)[:TITLE_AT_MOST]

    def instant(self, at: datetime) -> str:
        """An aware instant in the user's zone, with its weekday; outside Japan with the name of the zone."""
        local = at.astimezone(self.zone)
        return self._on(local, hour=local.hour)

    def with_japan(self, at: datetime, *, end_of_day: bool = False) -> str:
        """The same, and outside Japan the time there too: a platform's site shows no other.

        With `end_of_day` the end of a date is said as its 24:00.
        """
        here = self.end_of_day(at) if end_of_day else self.instant(at)
        if not self._abroad(at):
            return here
        home = Wording(self.language, _JAPAN)
        return self.say("when.with_japan", here=here, there=home.end_of_day(at) if end_of_day else home.instant(at))

    def end_of_day(self, at: datetime) -> str:
        """An aware instant up to which a whole date counts: 24:00 of that date where it is midnight in her zone."""
        local = at.astimezone(self.zone)
        if (local.hour, local.minute, local.second, local.microsecond) != (0, 0, 0, 0):
            return self.instant(at)
        return self._on(local - timedelta(days=1), hour=24)

    def span(self, span: timedelta) -> str:
        """A span in words, in whole days from two days on, else in hours or minutes."""
        seconds = int(span.total_seconds())
        if seconds >= 2 * 86400:
            return self.say("when.days", n=seconds // 86400)
        name, n = ("hour", seconds // 3600) if seconds >= 3600 else ("minute", seconds // 60)
        return self.say(f"when.{name}" if n == 1 else f"when.{name}s", n=n)

    def _on(self, local: datetime, hour: int) -> str:
        when = self._all["when"]
        text: str = when["format"].format(
            year=local.year,
            month=local.month,
            day=local.day,
            hour=hour,
            minute=local.minute,
            weekday=when["weekdays"][local.weekday()],
        )
        # Twice a year a clock shows the same time twice, and readers abroad know the site's time as another.
        return f"{text} {local.tzname()}" if self._abroad(local) else text

    def _abroad(self, at: datetime) -> bool:
        return at.astimezone(self.zone).utcoffset() != at.astimezone(_JAPAN).utcoffset()

    def _find(self, key: str) -> Any:
        found: Any = self._all
        for part in key.split("."):
            if not isinstance(found, Mapping) or part not in found:
                return None
            found = found[part]
        return found

    def _words(self, value: object) -> object:
        if isinstance(value, datetime):
            return self.instant(value)
        if isinstance(value, timedelta):
            return self.span(value)
        if isinstance(value, str | PurePath | Exception):
            return _LINE_ENDS.sub(" ", str(value))
        return value
