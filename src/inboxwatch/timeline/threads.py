"""Which direct mails answer each other, and to which project the user says that such a thread belongs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from inboxwatch.timeline.reading import Correction, Reading


@dataclass(slots=True)
class Threads:
    """Mails are of one thread if one names the other, or both name a third, in In-Reply-To or References."""

    #: Message-ID → another one of its thread, up to one that stands for all of them
    _above: dict[str, str] = field(default_factory=dict)
    #: what stands for a thread → the projects that she assigned mails of it to
    _told: dict[str, set[str]] = field(default_factory=dict)

    def learn(self, reading: Reading, correction: Correction | None) -> None:
        """Note a direct mail, and to which project she assigned it; one settled alone says nothing of others."""
        ids = list(_ids(reading))
        for one in ids:
            self._above.setdefault(one, one)
            self._join(ids[0], one)
        if ids and correction and correction.project and not correction.alone:
            self._told.setdefault(self._top(ids[0]), set()).add(correction.project)

    def joined_by(self, reading: Reading) -> bool:
        """True if the mail shows that threads which seemed to be several are one, so that older mails may move."""
        tops = {self._top(one) for one in _ids(reading) if one in self._above}
        return len(tops) > 1 and any(self._told.get(top) for top in tops)

    def told(self, reading: Reading) -> str | None:
        """The one project that she assigned mails of this mail's thread to; None without any, or with several."""
        named = {name for one in _ids(reading) if one in self._above for name in self._told.get(self._top(one), ())}
        return next(iter(named)) if len(named) == 1 else None

    def _top(self, one: str) -> str:
        while self._above[one] != one:
            self._above[one] = self._above[self._above[one]]
            one = self._above[one]
        return one

    def _join(self, one: str, other: str) -> None:
        kept, joined = sorted((self._top(one), self._top(other)))
        if kept != joined:
            self._above[joined] = kept
            if joined in self._told:
                self._told.setdefault(kept, set()).update(self._told.pop(joined))


def _ids(reading: Reading) -> Iterator[str]:
    if reading.message_id:
        yield reading.message_id
    yield from reading.recognition.answers
