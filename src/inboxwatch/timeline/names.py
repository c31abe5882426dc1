"""What each project is called: names learnt from all mails, before any of them is placed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from inboxwatch.platforms.recognition import Recognition
from inboxwatch.timeline.cut_titles import CutTitles, fold_text
from inboxwatch.timeline.naming import client_name, title_name, word
from inboxwatch.timeline.reading import Correction, Reading
from inboxwatch.timeline.threads import Threads


@dataclass(frozen=True, slots=True)
class KnownProjects:
    """A client from the configuration, and which projects are his, by full name."""

    client: str
    projects: tuple[str, ...] = ()


@dataclass(slots=True)
class Names:
    """Which ids, titles and clients belong together. `corrections`: what the user says of a mail, by its key."""

    corrections: Mapping[str, Correction]
    known: Sequence[KnownProjects]
    #: title name → full names that a mail showed beside that title, or that the user says its mails are of
    ids_of_title: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: (platform, folded client) → full names of projects
    of_client: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    #: Ids and folded clients that one mail showed, so that they certainly belong together.
    shown_together: set[tuple[str, str]] = field(default_factory=set)
    clients_of: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: full name of a project that she assigned mails to → the folded clients whose its title is without that
    own_clients: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: Projects and folded clients of which only what she assigned says that they belong together.
    only_told: set[tuple[str, str]] = field(default_factory=set)
    #: folded title → full names of the projects that have it
    titles: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: `platform/@client` → full names of his projects
    of_client_name: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    cut: CutTitles = field(default_factory=CutTitles)
    threads: Threads = field(default_factory=Threads)

    def learn(self, readings: Iterable[Reading]) -> None:
        """Learn which titles and clients belong to which ids, from all mails, before any is placed.

        `readings` in the order of time. First what mails show beside an id, then what the user says of mails that show
        none, then which title is another one cut short, and last the titles and clients without an id.
        """
        told, with_title, titled = [], [], []
        for reading in readings:
            found, correction = reading.recognition, self.corrections.get(reading.key)
            if found.platform is None:
                continue
            if found.platform == "direct":
                self.threads.learn(reading, correction)
            if not found.project and found.title:
                titled.append((found, correction.project if correction else None))
            if correction and correction.project:
                told.append((reading, correction))
                continue
            self.cut.learn(found)
            if found.project:
                self._shown_of(f"{found.platform}/{found.project}", found)
            elif found.title:
                with_title.append(found)
        self._keep_own_clients(titled, {correction.project or "" for _, correction in told})
        for reading, correction in told:
            self._told(reading.recognition, correction)
        self._join_cut_titles()
        for found in with_title:
            self._shown_alone(found)

    def _shown_of(self, name: str, found: Recognition) -> None:
        assert found.platform
        if found.title:
            self.ids_of_title[title_name(found.platform, found.title)].add(name)
            self.titles[fold_text(found.title)].add(name)
        if found.client:
            self._belongs(name, found.platform, found.client)
            self.shown_together.add((name, fold_text(found.client)))

    def brought(self, reading: Reading, name: str) -> bool:
        """True if the mail does not say itself that it is of this project, and so says little of whose it is."""
        found = reading.recognition
        if found.project:
            return f"{found.platform}/{found.project}" != name
        client = fold_text(found.client or "")
        return not found.title or self.corrected(reading) is not None or (name, client) in self.only_told

    def _keep_own_clients(self, titled: Iterable[tuple[Recognition, str | None]], told: Collection[str]) -> None:
        """Whose each title is that a project of those in `told` has: assigning another's mail must not take it away.

        `titled`: the mails with a title and no id, in the order of time, and to which project she assigned each.
        """
        for found, assigned in titled if told else ():
            assert found.platform and found.title
            if found.client and assigned in (None, title_name(found.platform, found.title)):
                for name in self._own_by_title(found):
                    self.own_clients[name].add(fold_text(found.client))
        self.own_clients = {name: clients for name, clients in self.own_clients.items() if name in told}

    def _told(self, found: Recognition, correction: Correction) -> None:
        """A mail that she assigned tells of its like: its title and its client are the project's.

        Not if she settled that mail alone, nor where it names another project itself: then its like do so too.
        """
        assert found.platform and correction.project
        own = f"{found.platform}/{found.project}" if found.project else correction.project
        if not correction.alone and own == correction.project:
            self.cut.learn(found)
            client = fold_text(found.client or "")
            if not found.project and client not in self._clients(own):
                self.only_told.add((own, client))
            self._shown_of(correction.project, found)

    def _shown_alone(self, found: Recognition) -> None:
        """A title without an id: the projects of that title have it, and are its client's."""
        assert found.platform and found.title
        for name in self._own_by_title(found):
            self.titles[fold_text(found.title)].add(name)
            if found.client:
                self._belongs(name, found.platform, found.client)

    def taught_by(self, reading: Reading, placed: Collection[str]) -> bool:
        """True if the mail shows a project, a title, a client or a thread not known to belong together.

        `placed` names the projects that have events.
        """
        found = reading.recognition
        assert found.platform is not None
        if reading.key in self.corrections or (found.platform == "direct" and self.threads.joined_by(reading)):
            return True
        if not self.cut.knows(found):
            return True
        if found.project:
            names = [f"{found.platform}/{found.project}"]
            if found.title and names[0] not in self.ids_of_title.get(title_name(found.platform, found.title), ()):
                return True
            if found.client and (names[0], fold_text(found.client)) not in self.shown_together:
                return True
        elif found.title:
            names = self._own_by_title(found)
            told = {(name, fold_text(found.client or "")) for name in names}
            if fold_text(found.title) not in self.titles or told & self.only_told:
                return True
        elif found.client:
            candidates = self.of_the_client(found.platform, found.client)
            return not all(name in placed for name in candidates or [client_name(found.platform, found.client)])
        else:
            return False
        belong = self.of_client.get((found.platform, fold_text(found.client)), set()) if found.client else set(names)
        return not all(name in placed and name in belong for name in names)

    def add(self, reading: Reading) -> None:
        """Note a mail that teaches nothing of other mails."""
        if reading.recognition.platform == "direct":
            self.threads.learn(reading, None)

    def resolve(self, name: str) -> str:
        """The project's present full name, given any name it has had."""
        names = self.meant_by(name)
        return names[0] if len(names) == 1 else name

    def meant_by(self, name: str) -> list[str]:
        """The projects a name may mean by now: of a title those that have it, of a client his, else itself alone.

        A name may mean another one that has itself become a project with a number, and so on.
        """
        found: set[str] = set()
        seen: set[str] = set()
        ahead = [name]
        while ahead:
            one = ahead.pop()
            if one not in seen:
                seen.add(one)
                further = (self.ids_of_title.get(one) or self.of_client_name.get(one, set())) - {one}
                ahead += further
                if not further:
                    found.add(one)
        return sorted(found) or [name]

    def corrected(self, reading: Reading) -> str | None:
        """The project that the user assigned this mail to."""
        correction = self.corrections.get(reading.key)
        return correction.project if correction else None

    def set_aside(self, reading: Reading) -> bool:
        """True if the user says that this mail does not mean what it was taken for."""
        correction = self.corrections.get(reading.key)
        return correction is not None and correction.set_aside

    def _clients(self, name: str) -> set[str]:
        """The folded clients that a project is known to have."""
        return {*map(fold_text, self.clients_of.get(name, ())), *self.own_clients.get(name, ())}

    def _belongs(self, name: str, platform: str, client: str) -> None:
        self.of_client[platform, fold_text(client)].add(name)
        self.clients_of[name].add(client)
        if platform != "direct":
            self.of_client_name[client_name(platform, client)].add(name)

    def _ids(self, platform: str, title: str) -> set[str]:
        """The projects that a title has turned out to be; empty while it is all that is known of one."""
        name = title_name(platform, title)
        return set(self.meant_by(name)) - {name}

    def by_title(self, found: Recognition) -> list[str]:
        """The projects of this title: those whose id is known, preferring those of the same client.

        If all of them are somebody else's, the mail may be of another project with the same title (titles are often
        general), or the same client under another name: then both, which only ever delays an alert, and is said.
        A title cut short may be any of those that begin like it, or one of which no mail shows the whole.
        """
        own = self._own_by_title(found)
        assert found.platform and found.title
        ids = self._ids(found.platform, found.title)
        others = ids or ({title_name(found.platform, found.title)} & self.clients_of.keys())
        mine = {*own, *others} if own[0] == self._name_with_client(found) else set(own)
        wholes = self.cut.wholes_of(found.platform, found.title)
        begun = {name for whole in wholes for name in self._of_whole_title(found, whole)}
        if not ids and any(self._of_whole_title(found, w) for w in wholes if self.cut.is_certain(found, w)):
            return sorted(begun)
        return sorted(mine | begun)

    def _of_whole_title(self, found: Recognition, whole: str) -> set[str]:
        """The projects of a title that the mail's may be cut short from, but for those known to be somebody else's."""
        names = self._meant_by_all(self.titles.get(whole, ()))
        return {n for n in names if n.startswith(f"{found.platform}/") and self._may_be_of(n, found.client)}

    def _own_by_title(self, found: Recognition) -> list[str]:
        """Of these the ones that are this client's as far as is known; else a name that has the client in it."""
        assert found.platform and found.title
        name = title_name(found.platform, found.title)
        ids = self._ids(found.platform, found.title) or {name}
        if not found.client:
            return sorted(ids)
        client = fold_text(found.client)
        same = {i for i in ids if client in self._clients(i)}
        nobodys = {i for i in ids if not self._clients(i)}
        return sorted(same or nobodys) or [self._name_with_client(found)]

    def _name_with_client(self, found: Recognition) -> str:
        assert found.platform and found.title
        return f"{title_name(found.platform, found.title)}@{word(found.client or '')}"

    def of_the_client(self, platform: str, client: str) -> list[str]:
        """All projects of a client: of a direct one those the configuration names, else those of his name anywhere."""
        folded = fold_text(client)
        if platform != "direct":
            return self._meant_by_all(self.of_client.get((platform, folded), ()))
        configured = [p for k in self.known if fold_text(k.client) == folded for p in k.projects]
        if configured:
            return sorted({self.resolve(name) for name in configured})
        return self._meant_by_all(
            name for (_, other), names in self.of_client.items() if other == folded for name in names
        )

    def quoted_in(self, platform: str, lines: Sequence[str], shortest: int) -> set[str]:
        """The platform's projects whose title stands in these folded lines; shorter ones may stand there by chance."""
        found: set[str] = set()
        text = "\n".join(lines)  # which no folded title holds
        for title, names in self.titles.items():
            if len(title) >= shortest and title in text:
                found.update(name for name in self._meant_by_all(names) if name.startswith(f"{platform}/"))
        return found

    def _meant_by_all(self, names: Iterable[str]) -> list[str]:
        return sorted({meant for name in names for meant in self.meant_by(name)})

    def whole_title(self, platform: str, title: str) -> str:
        """The title in full where this one is certainly another cut short; else the title itself."""
        return self.cut.whole(platform, title)

    def _join_cut_titles(self) -> None:
        """Where a title cut short is certainly another, both are the same project.

        A number that stands beside the short one alone is the other's only if one client has both: it may be that of a
        project of which no mail shows the whole title.
        """
        for platform, cut, whole in self.cut.find():
            short, full = title_name(platform, cut), title_name(platform, whole)
            numbers, theirs = self.ids_of_title.get(short, set()), self.ids_of_title.get(full, set())
            if numbers and not theirs and self.cut.have_one_client(platform, cut, whole):
                self.ids_of_title[full] |= numbers
            elif not numbers:
                self.ids_of_title[short].add(full)
            elif not numbers & theirs:
                continue
            self.cut.join(platform, cut, whole)

    def _may_be_of(self, name: str, client: str | None) -> bool:
        clients = {fold_text(one) for one in self.clients_of.get(name, ())}
        return client is None or not clients or fold_text(client) in clients
