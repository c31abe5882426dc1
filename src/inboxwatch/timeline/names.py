"""What each project is called: names learnt from all mails, before any of them is placed."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from inboxwatch.mail.charset import fold
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.timeline.reading import Correction, Reading

#: What a name must not hold: anything but letters, digits and these signs may mean something to a shell.
_UNSAFE = re.compile(r"[^\w.@-]+")

#: The same few titles and clients are compared again and again.
fold_text = lru_cache(maxsize=8192)(fold)


@dataclass(frozen=True, slots=True)
class KnownProjects:
    """A client from the configuration, and which projects are his, by full name."""

    client: str
    projects: tuple[str, ...] = ()


def title_name(platform: str, title: str) -> str:
    """The name of a project of which only the title is known."""
    return f"{platform}/{_word(title)}"


def client_name(platform: str, client: str) -> str:
    """The name of a project of which only the client is known."""
    if platform == "direct":
        return title_name(platform, client)
    return f"{platform}/@{_word(client)}"


def is_safe(name: str) -> bool:
    """True if a project's name, without its platform, may stand in a command as it is."""
    return bool(name) and not _UNSAFE.search(name) and not name.startswith("-")


def _word(text: str) -> str:
    """A title or a client as one word that a shell takes as it is: it stands in commands, and anybody can choose it.

    Where that loses something, a few characters of a checksum keep different titles apart.
    """
    folded = fold_text(text)
    word = _UNSAFE.sub("-", folded).strip("-.")[:60]
    if word == folded.replace(" ", "-"):
        return word
    return f"{word}-{hashlib.sha256(folded.encode()).hexdigest()[:4]}".lstrip("-")


@dataclass(slots=True)
class Names:
    """Which ids, titles and clients belong together. `corrections`: what the user says of a mail, by its key."""

    corrections: Mapping[str, Correction]
    known: Sequence[KnownProjects]
    #: title name → full names with an id that a mail showed beside that title
    ids_of_title: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: (platform, folded client) → full names of projects
    of_client: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    #: Ids and folded clients that one mail showed, so that they certainly belong together.
    shown_together: set[tuple[str, str]] = field(default_factory=set)
    clients_of: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: folded title → full names of the projects that have it
    titles: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: `platform/@client` → full names of his projects
    of_client_name: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def learn(self, readings: Iterable[Reading]) -> None:
        """Learn which titles and clients belong to which ids, from all mails, before any is placed."""
        with_title = []
        for reading in readings:
            found = reading.recognition
            if found.platform is None:
                continue
            name = self.corrected(reading) or (f"{found.platform}/{found.project}" if found.project else None)
            if name and found.title:
                self.ids_of_title[title_name(found.platform, found.title)].add(name)
                self.titles[fold_text(found.title)].add(name)
            elif found.title:
                with_title.append(reading)
            if name and found.client:
                self._belongs(name, found.platform, found.client)
                self.shown_together.add((name, fold_text(found.client)))
        for reading in with_title:
            found = reading.recognition
            if not (found.platform and found.title):
                continue
            for name in self._own_by_title(found):
                self.titles[fold_text(found.title)].add(name)
                if found.client:
                    self._belongs(name, found.platform, found.client)

    def taught_by(self, reading: Reading, placed: Collection[str]) -> bool:
        """True if the mail shows a project, a title or a client that was not known to belong together.

        `placed` names the projects that have events.
        """
        found = reading.recognition
        assert found.platform is not None
        if self.corrected(reading):
            return True
        if found.project:
            names = [f"{found.platform}/{found.project}"]
            if found.title and names[0] not in self.ids_of_title.get(title_name(found.platform, found.title), ()):
                return True
            if found.client and (names[0], fold_text(found.client)) not in self.shown_together:
                return True
        elif found.title:
            names = self._own_by_title(found)
            if fold_text(found.title) not in self.titles:
                return True
        elif found.client:
            candidates = self.of_the_client(found.platform, found.client)
            return not all(name in placed for name in candidates or [client_name(found.platform, found.client)])
        else:
            return False
        belong = self.of_client.get((found.platform, fold_text(found.client)), set()) if found.client else set(names)
        return not all(name in placed and name in belong for name in names)

    def resolve(self, name: str) -> str:
        """The project's present full name, given any name it has had."""
        names = self.meant_by(name)
        return names[0] if len(names) == 1 else name

    def meant_by(self, name: str) -> list[str]:
        """The projects a name may mean by now: of a title those that have it, of a client his, else itself alone."""
        found = self.ids_of_title.get(name) or self.of_client_name.get(name, set())
        return sorted(found - {name}) or [name]

    def corrected(self, reading: Reading) -> str | None:
        """The project that the user assigned this mail to."""
        correction = self.corrections.get(reading.key)
        return correction.project if correction else None

    def _belongs(self, name: str, platform: str, client: str) -> None:
        self.of_client[platform, fold_text(client)].add(name)
        self.clients_of[name].add(client)
        if platform != "direct":
            self.of_client_name[client_name(platform, client)].add(name)

    def by_title(self, found: Recognition) -> list[str]:
        """The projects of this title: those whose id is known, preferring those of the same client.

        If all of them are somebody else's, the mail may be of another project with the same title (titles are often
        general), or the same client under another name: then both, which only ever delays an alert, and is said.
        """
        own = self._own_by_title(found)
        assert found.platform and found.title
        ids = self.ids_of_title.get(title_name(found.platform, found.title), set())
        others = ids or ({title_name(found.platform, found.title)} & self.clients_of.keys())
        return sorted({*own, *others}) if own[0] == self._name_with_client(found) else own

    def _own_by_title(self, found: Recognition) -> list[str]:
        """Of these the ones that are this client's as far as is known; else a name that has the client in it."""
        assert found.platform and found.title
        name = title_name(found.platform, found.title)
        ids = self.ids_of_title.get(name, set()) or {name}
        if not found.client:
            return sorted(ids)
        client = fold_text(found.client)
        same = {i for i in ids if client in {fold_text(c) for c in self.clients_of.get(i, ())}}
        nobodys = {i for i in ids if not self.clients_of.get(i)}
        return sorted(same or nobodys) or [self._name_with_client(found)]

    def _name_with_client(self, found: Recognition) -> str:
        assert found.platform and found.title
        return f"{title_name(found.platform, found.title)}@{_word(found.client or '')}"

    def of_the_client(self, platform: str, client: str) -> list[str]:
        """All projects of a client: of a direct one those the configuration names, else those of his name anywhere."""
        folded = fold_text(client)
        if platform != "direct":
            return sorted(self.of_client.get((platform, folded), ()))
        configured = [p for k in self.known if fold_text(k.client) == folded for p in k.projects]
        if configured:
            return sorted({self.resolve(name) for name in configured})
        return sorted({name for (_, other), names in self.of_client.items() if other == folded for name in names})
