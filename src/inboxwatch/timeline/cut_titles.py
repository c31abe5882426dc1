"""Titles that a mail cuts short: which title in full each of them may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from inboxwatch.mail.charset import fold
from inboxwatch.platforms.recognition import Recognition

#: A shorter beginning would be that of many titles.
SHORTEST_BEGINNING = 4

#: The same few titles and clients are compared again and again.
fold_text = lru_cache(maxsize=8192)(fold)

#: A platform and a folded title.
Title = tuple[str, str]


@dataclass(slots=True)
class CutTitles:
    """Every title that mails show, and which are others cut short: only of the same client, where that is known."""

    #: the title as the first mail showed it
    _written: dict[Title, str] = field(default_factory=dict)
    #: the folded clients that mails showed beside it
    _clients: dict[Title, set[str]] = field(default_factory=dict)
    #: a title cut short → the folded titles of which it may be the beginning
    _wholes: dict[Title, tuple[str, ...]] = field(default_factory=dict)

    def learn(self, found: Recognition) -> None:
        """Note the title of a mail, and its client."""
        if found.platform and found.title:
            title = (found.platform, fold_text(found.title))
            self._written.setdefault(title, found.title)
            self._clients.setdefault(title, set()).update([fold_text(found.client)] if found.client else [])

    def knows(self, found: Recognition) -> bool:
        """False if the mail shows a client beside its title that no mail has shown there: whose it is decides much."""
        if not (found.platform and found.title and found.client):
            return True
        return fold_text(found.client) in self._clients.get((found.platform, fold_text(found.title)), ())

    def find(self) -> Iterator[tuple[str, str, str]]:
        """Find what each title that ends in "…" may be in full; yield platform and both where that is one only."""
        for platform, title in sorted(self._written):
            begun = _beginning(title)
            if not begun:
                continue
            wholes = tuple(
                other
                for kind, other in sorted(self._written)
                if kind == platform and other.startswith(begun) and not _beginning(other)
                if self._of_one_client((platform, title), (platform, other))
            )
            self._wholes[platform, title] = wholes
            if len(wholes) == 1:
                yield platform, title, wholes[0]

    def wholes_of(self, platform: str, title: str) -> tuple[str, ...]:
        """The folded titles of which this one may be the beginning; none if it is not cut short."""
        return self._wholes.get((platform, fold_text(title)), ())

    def whole(self, platform: str, title: str) -> str:
        """The title in full where this one is cut short and only one begins so; else the title itself."""
        wholes = self.wholes_of(platform, title)
        return self._written[platform, wholes[0]] if len(wholes) == 1 else title

    def _of_one_client(self, one: Title, other: Title) -> bool:
        mine, theirs = self._clients[one], self._clients[other]
        return not mine or not theirs or not mine.isdisjoint(theirs)


def _beginning(folded_title: str) -> str:
    """What stands before the dots of a title that was cut short; empty for one that was not, or is too short."""
    if not folded_title.endswith("..."):
        return ""
    begun = folded_title.rstrip(". ")
    return begun if len(begun) >= SHORTEST_BEGINNING else ""
