"""Titles that a mail cuts short: which title in full each of them is, or may be."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from inboxwatch.mail.charset import fold
from inboxwatch.platforms.recognition import Recognition

#: A shorter beginning would be that of many titles.
SHORTEST_BEGINNING = 4

#: From so many signs on a beginning tells by itself which title it is, if nothing speaks against it.
TELLING_BEGINNING = 12

#: The same few titles and clients are compared again and again.
fold_text = lru_cache(maxsize=8192)(fold)

#: A platform and a folded title.
Title = tuple[str, str]


@dataclass(slots=True)
class CutTitles:
    """Every title that mails show, and which are others cut short.

    Two are one title only where one client has both and no other client has the short one; or where the beginning is
    long and nothing is known of another client. Any other that begins so it may be, which proves nothing.
    """

    #: the title as the first mail showed it
    _written: dict[Title, str] = field(default_factory=dict)
    #: the folded clients that mails showed beside it
    _clients: dict[Title, set[str]] = field(default_factory=dict)
    #: a title cut short → the folded titles of which it may be the beginning
    _wholes: dict[Title, tuple[str, ...]] = field(default_factory=dict)
    #: a title cut short → the folded title that it is
    _joined: dict[Title, str] = field(default_factory=dict)

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
        """Find what each title that ends in "…" may be in full; yield platform and both where that is certain."""
        ordered = sorted(self._written)
        for cut in ordered:
            begun = _beginning(cut[1])
            wholes = [one for one in _beginning_with(ordered, cut[0], begun) if self._may_be(cut, one)] if begun else []
            if wholes:
                self._wholes[cut] = tuple(title for _, title in wholes)
            if len(wholes) == 1 and self._is(cut, wholes[0]):
                yield *cut, wholes[0][1]

    def join(self, platform: str, cut: str, whole: str) -> None:
        """Note that the first of these folded titles is the second, cut short."""
        self._joined[platform, cut] = whole

    def wholes_of(self, platform: str, title: str) -> tuple[str, ...]:
        """The folded titles of which this one may be the beginning; none if it is not cut short."""
        return self._wholes.get((platform, fold_text(title)), ())

    def whole(self, platform: str, title: str) -> str:
        """The title in full where this one is certainly another cut short; else the title itself."""
        joined = self._joined.get((platform, fold_text(title)))
        return title if joined is None else self._written[platform, joined]

    def have_one_client(self, platform: str, cut: str, whole: str) -> bool:
        """True if mails name the same client beside both folded titles, and no other beside the short one."""
        mine, theirs = self._clients[platform, cut], self._clients[platform, whole]
        return bool(mine) and mine <= theirs

    def is_certain(self, found: Recognition, whole: str) -> bool:
        """True if the mail's title is certainly this folded one cut short: of the client that the mail itself names."""
        theirs = self._clients.get((found.platform or "", whole), ())
        return fold_text(found.client) in theirs if found.client else False

    def tells(self, found: Recognition) -> bool:
        """False if the mail's title is so short a beginning that it says too little without a client beside it.

        That other mails of that title are of one project is no proof that this one is.
        """
        title = fold_text(found.title or "")
        joined = (found.platform or "", title) in self._joined
        return not joined or bool(found.client) or len(_beginning(title)) >= TELLING_BEGINNING

    def _may_be(self, cut: Title, other: Title) -> bool:
        mine, theirs = self._clients[cut], self._clients[other]
        return not _beginning(other[1]) and (not mine or not theirs or not mine.isdisjoint(theirs))

    def _is(self, cut: Title, whole: Title) -> bool:
        long = len(_beginning(cut[1])) >= TELLING_BEGINNING
        unknown = not (self._clients[cut] and self._clients[whole])
        return self.have_one_client(*cut, whole[1]) or (long and unknown)


def _beginning_with(ordered: Sequence[Title], platform: str, begun: str) -> Iterator[Title]:
    """Of these titles, which ascend, those of the platform that begin so."""
    for number in range(bisect_left(ordered, (platform, begun)), len(ordered)):
        if ordered[number][0] != platform or not ordered[number][1].startswith(begun):
            return
        yield ordered[number]


def _beginning(folded_title: str) -> str:
    """What stands before the dots of a title that was cut short; empty for one that was not, or is too short."""
    if not folded_title.endswith("..."):
        return ""
    begun = folded_title.rstrip(". ")
    return begun if len(begun) >= SHORTEST_BEGINNING else ""
