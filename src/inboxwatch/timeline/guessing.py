"""The projects of which no client is known: which of them a message of somebody unknown may be about."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

#: Of a project that has been quiet for so long nobody guesses any more that a message of somebody unknown is about it.
QUIET_AFTER = timedelta(days=90)

#: Such a message is counted in so many projects at most, the latest active.
GUESSED_AT_MOST = 20

BEGINNING = datetime.min.replace(tzinfo=UTC)


def last_of(instants: Sequence[datetime], instant: datetime) -> datetime:
    """The last of these ascending instants up to one; the beginning of time if there is none."""
    number = bisect_right(instants, instant)
    return instants[number - 1] if number else BEGINNING


@dataclass(slots=True)
class Clientless:
    """The projects without a known client, by platform, and when something last said that they go on."""

    _names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    #: The instants of each project's events that are more than a guess, ascending.
    _active: dict[str, list[datetime]] = field(default_factory=dict)
    #: project and client → when a message of his was last counted there although nobody knows that he is its client
    _guessed: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def active(self, name: str, instant: datetime) -> None:
        """Note an event of such a project that is more than a guess."""
        if name not in self._active:
            self._active[name] = []
            self._names[name.partition("/")[0]].append(name)
        insort(self._active[name], instant)

    def guess(self, names: Iterable[str], client: str, instant: datetime) -> None:
        """Note that a message of this client was counted in these projects."""
        self._guessed.update({(name, client): instant for name in names})

    def latest(self, platform: str, client: str, instant: datetime) -> Iterator[str]:
        """The projects that had begun at an instant and had not gone quiet, the latest active first.

        For a client whose messages were counted in one it is not quiet while he goes on writing.
        """
        found = []
        for name in self._names.get(platform, ()):
            begun = last_of(self._active[name], instant)
            last = max(begun, self._guessed.get((name, client), BEGINNING))
            if begun > BEGINNING and instant - last < QUIET_AFTER:
                found.append((last, name))
        return (name for _, name in sorted(found, reverse=True))
