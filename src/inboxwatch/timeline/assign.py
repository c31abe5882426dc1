"""To which project does an event belong: a pure function of all recognitions, recorded facts and corrections.

A project is named by the platform's own id where a mail shows it; else by its title, else by its client, until a mail
shows both. Nothing is merged on the client's name alone: a mail that could belong to several open projects of that
client counts in each of them, which only ever delays an alert, and says so (DESIGN §8).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache

from inboxwatch.mail.charset import fold
from inboxwatch.platforms.recognition import By, Channel, Recognition
from inboxwatch.timeline.event import RECORDED, Event
from inboxwatch.timeline.project import Standing, keeps_standings, order, standings

#: Kinds that concern the account and never one project.
ACCOUNT_EVENTS = frozenset({"payout_fixed"})

#: What may be counted in several projects at once: it only delays an alert, or warns of something once too often.
SHARED_SAFELY = frozenset({"contact", "notice", "reminder_received"})

#: A shorter title may stand in any text by chance.
SHORTEST_QUOTED_TITLE = 4

#: How a pending reminder ends: of several projects only one whose reminder is pending can be meant.
REMINDER_RESULTS = frozenset({"payment_confirmed", "cancelled", "reminder_ended"})


#: The same few titles and clients are compared again and again.
fold_text = lru_cache(maxsize=8192)(fold)


@dataclass(frozen=True, slots=True)
class Reading:
    """A recognised mail: its identity, its instants (UTC), and what it was taken for."""

    key: str
    at: datetime
    known_at: datetime
    message_id: str | None
    recognition: Recognition
    history: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """What the user recorded: a fact that no mail shows. `project` is a full name; instants are in UTC."""

    id: int
    project: str
    kind: str
    at: datetime
    recorded_at: datetime
    by: By | None = None
    channel: Channel | None = None
    due_at: datetime | None = None
    plan: int | None = None
    note: str | None = None

    @property
    def key(self) -> str:
        """The stable key of its event."""
        return f"{RECORDED}{self.id}"


@dataclass(frozen=True, slots=True)
class KnownProjects:
    """A client from the configuration: which projects are his, by full name, and his addresses' shared name."""

    client: str
    projects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AmbiguousFact:
    """A recorded fact whose name may by now mean any of several projects, `names`."""

    fact: Fact
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The result: the events of every project, each project's other names, and what could not be placed."""

    events: Mapping[str, tuple[Event, ...]]
    aliases: Mapping[str, tuple[str, ...]]
    unplaced: tuple[Reading, ...]
    ambiguous_facts: tuple[AmbiguousFact, ...] = ()


def assign(
    readings: Iterable[Reading],
    facts: Iterable[Fact] = (),
    corrections: Mapping[str, str] | None = None,
    known: Sequence[KnownProjects] = (),
) -> Timeline:
    """Given everything recognised and recorded, in any order, say which events each project has.

    `corrections` maps a mail's key to the full name of the project that the user assigned it to.

    1. Names: every link, title and correction gives a name; a title shown beside an id is that id's other name.
    2. Facts and mails that name their project go to it; so do mails whose text quotes the title of one known project.
       A fact recorded on a title or a client follows to the project that this turns out to be; where it may be one of
       several, it is placed like a mail that names no more, and listed as ambiguous.
    3. Mails that name only a client go to every open project of that client, or to a project named by him.
    4. Mails that name nothing go where only one project can be meant, and are otherwise left unplaced.
    """
    return Assignment.of(readings, facts, corrections, known).timeline()


def _in_time(reading: Reading) -> tuple[datetime, datetime, str]:
    return reading.at, reading.known_at, reading.key


def _counts(reading: Reading) -> bool:
    """Forged and suspicious mails move nothing; what concerns no project or no platform has no place here."""
    recognition = reading.recognition
    return (
        recognition.event is not None
        and recognition.event not in ("noise", "account", "secret", *ACCOUNT_EVENTS)
        and recognition.trust != "forged"
        and recognition.suspicious is None
        and recognition.platform is not None
    )


def title_name(platform: str, title: str) -> str:
    """The name of a project of which only the title is known."""
    return f"{platform}/{fold_text(title).replace('/', '-').replace(' ', '-')[:60]}"


def client_name(platform: str, client: str) -> str:
    """The name of a project of which only the client is known."""
    if platform == "direct":
        return title_name(platform, client)
    return f"{platform}/@{fold_text(client).replace('/', '-').replace(' ', '-')[:60]}"


_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Assignment:
    """An assignment that stands, and to which a newer mail can be added without doing all of it again."""

    corrections: Mapping[str, str]
    known: Sequence[KnownProjects]
    #: The latest instant of any mail or fact; what is newer cannot change where the older ones belong.
    latest: datetime = _BEGINNING
    #: Mails that were given to several projects.
    shared: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    events: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    unplaced: list[Reading] = field(default_factory=list)
    ambiguous_facts: list[AmbiguousFact] = field(default_factory=list)
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
    #: The instants of each project's events, ascending, and how it stood from when to when: made when first asked for.
    instants: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    standings: dict[str, list[Standing]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        readings: Iterable[Reading],
        facts: Iterable[Fact] = (),
        corrections: Mapping[str, str] | None = None,
        known: Sequence[KnownProjects] = (),
    ) -> Assignment:
        """Assign everything; see `assign`."""
        self = cls(corrections or {}, known)
        ordered = sorted((r for r in readings if _counts(r)), key=_in_time)
        self.learn_names(ordered)
        for fact in facts:
            self.place_fact(fact)
            self.latest = max(self.latest, fact.at)
        later = [r for r in ordered if not self.place_named(r) and not self.place_by_quotation(r)]
        nameless = [reading for reading in later if not self.place_by_client(reading)]
        for reading in nameless:
            self.place_nameless(reading)
        self.latest = max(self.latest, *(reading.at for reading in ordered[-1:]), _BEGINNING)
        return self

    def add(self, reading: Reading) -> frozenset[str] | None:
        """Assign one more mail; return the names of the projects it changed.

        None if it cannot be done by itself: it is not newer than all others, or it shows a name that was not known,
        which may change where others belong. Then everything must be assigned anew.
        """
        if not _counts(reading):
            return frozenset()
        if reading.at <= self.latest or self._teaches(reading):
            return None
        self.latest = reading.at
        self.touched = set()
        if not self.place_named(reading) and not self.place_by_quotation(reading) and not self.place_by_client(reading):
            self.place_nameless(reading)
        return frozenset(self.touched)

    def _teaches(self, reading: Reading) -> bool:
        """True if the mail shows a project, a title or a client that was not known to belong together."""
        found = reading.recognition
        assert found.platform is not None
        if self._corrected(reading):
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
            candidates = self._of_client(found.platform, found.client)
            return not set(candidates or [client_name(found.platform, found.client)]) <= self.events.keys()
        else:
            return False
        belong = self.of_client.get((found.platform, fold_text(found.client)), set()) if found.client else set(names)
        return not (self.events.keys() >= set(names) and belong >= set(names))

    def learn_names(self, readings: Iterable[Reading]) -> None:
        """Step 1. Learn which titles and clients belong to which ids, from all mails, before any is placed."""
        with_title = []
        for reading in readings:
            found = reading.recognition
            if found.platform is None:
                continue
            name = self._corrected(reading) or (f"{found.platform}/{found.project}" if found.project else None)
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

    def place_fact(self, fact: Fact) -> None:
        """Step 2, for a fact: of several projects only what is safe in each of them is given to all."""
        names = self._meant_by(fact.project)
        if len(names) > 1:
            self.ambiguous_facts.append(AmbiguousFact(fact, tuple(names)))
        if len(names) == 1 or fact.kind in SHARED_SAFELY:
            self.place(_of_fact(fact), names)

    def place_named(self, reading: Reading) -> bool:
        """Step 2. Place a mail that a correction, a link or a title names. False if nothing does."""
        found = reading.recognition
        assert found.platform is not None
        corrected = self._corrected(reading)
        if corrected:
            self.place(of_reading(reading), [self.resolve(corrected)])
        elif found.project:
            self.place(of_reading(reading), [f"{found.platform}/{found.project}"])
        elif found.title:
            self._place_in_one_of(reading, self._by_title(found))
        else:
            return False
        return True

    def place_by_quotation(self, reading: Reading) -> bool:
        """Step 2, for a mail whose text quotes the title of exactly one known project (of its client, if it names one).

        False if none is quoted, or several are.
        """
        found = reading.recognition
        if not found.quoted:
            return False
        quoted: set[str] = set()
        for title, names in self.titles.items():
            if len(title) >= SHORTEST_QUOTED_TITLE and any(title in line for line in found.quoted):
                quoted |= {name for name in names if name.startswith(f"{found.platform}/")}
        if found.client:
            quoted = quoted & set(self._of_client(found.platform or "", found.client)) or quoted
        if len(quoted) != 1:
            return False
        self.place(of_reading(reading), sorted(quoted))
        return True

    def place_by_client(self, reading: Reading) -> bool:
        """Step 3. Place a mail that names only a client. False if it does not even do that."""
        found = reading.recognition
        if not found.client or found.platform is None:
            return False
        candidates = self._of_client(found.platform, found.client)
        open_then = [name for name in candidates if not self._over_at(name, reading.at)]
        if not candidates:
            name = client_name(found.platform, found.client)
            open_then = [name]
        elif not open_then:
            # All are over: the latest of them, so that the mail is shown where a reader would look for it.
            open_then = [max(candidates, key=lambda name: self._last_at(name, reading.at))]
        self._place_in_one_of(reading, sorted(open_then))
        return True

    def place_nameless(self, reading: Reading) -> None:
        """Step 4. A mail that names neither project nor client: placed only where one project can be meant.

        A notice that names nothing (an invitation) concerns no project, and nobody has to find it one.
        """
        found = reading.recognition
        if found.event == "notice":
            return
        here = [n for n in list(self.events) if n.startswith(f"{found.platform}/") and not self._over_at(n, reading.at)]
        if found.event in REMINDER_RESULTS:
            # An open project alone is no proof that it is meant: another may be unknown here, and she would stop
            # chasing her money.
            here = self._awaiting_result(here, reading.at)
        if len(here) == 1:
            self.place(of_reading(reading), here)
        else:
            self.unplaced.append(reading)

    def _place_in_one_of(self, reading: Reading, names: list[str]) -> None:
        """Place what may be shared in each of them, anything else only where a single one can be meant."""
        if len(names) > 1 and reading.recognition.event in REMINDER_RESULTS:
            names = self._awaiting_result(names, reading.at)
        if len(names) == 1 or (names and reading.recognition.event in SHARED_SAFELY):
            self.place(of_reading(reading), names)
        else:
            self.unplaced.append(reading)

    def _awaiting_result(self, names: list[str], instant: datetime) -> list[str]:
        return [name for name in names if (standing := self._standing(name, instant)) and standing.filed]

    def place(self, event: Event, names: Sequence[str]) -> None:
        """Give the event to each of these projects; each copy says to which others it was given too."""
        if len(names) > 1:
            self.shared.add(event.key)
        self.touched.update(names)
        for name in names:
            others = tuple(other for other in names if other != name)
            self.events[name].append(replace(event, project=name, also=others))
            insort(self.instants[name], event.at)
            if name in self.standings and not keeps_standings(event, self.standings[name]):
                del self.standings[name]

    def resolve(self, name: str) -> str:
        """The project's present full name, given any name it has had."""
        names = self._meant_by(name)
        return names[0] if len(names) == 1 else name

    def _meant_by(self, name: str) -> list[str]:
        """The projects a name may mean by now: of a title those that have it, of a client his, else itself alone."""
        found = self.ids_of_title.get(name) or self.of_client_name.get(name, set())
        return sorted(found - {name}) or [name]

    def ambiguous(self) -> int:
        """How many mails and facts belong to no project, or to any of several."""
        return len(self.unplaced) + len(self.shared | {one.fact.key for one in self.ambiguous_facts})

    def timeline(self, only: frozenset[str] | None = None) -> Timeline:
        """What was placed, with every project's names: its present one first. With `only`, of these projects."""
        names = self.events.keys() if only is None else only
        aliases: dict[str, list[str]] = {name: [name] for name in names}
        for title, ids in self.ids_of_title.items():
            for name in ids:
                if name in aliases and title not in aliases[name]:
                    aliases[name].append(title)
        for name in aliases:
            platform = name.partition("/")[0]
            aliases[name] += [client_name(platform, client) for client in sorted(self.clients_of[name])]
        return Timeline(
            events={name: tuple(sorted(self.events[name], key=order)) for name in names},
            aliases={name: tuple(known) for name, known in aliases.items()},
            unplaced=tuple(sorted(self.unplaced, key=_in_time)),
            ambiguous_facts=tuple(self.ambiguous_facts),
        )

    def _corrected(self, reading: Reading) -> str | None:
        return self.corrections.get(reading.key)

    def _belongs(self, name: str, platform: str, client: str) -> None:
        self.of_client[platform, fold_text(client)].add(name)
        self.clients_of[name].add(client)
        if platform != "direct":
            self.of_client_name[client_name(platform, client)].add(name)

    def _by_title(self, found: Recognition) -> list[str]:
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
        return title_name(found.platform, found.title) + "@" + fold_text(found.client or "").replace("/", "-")

    def _of_client(self, platform: str, client: str) -> list[str]:
        """All projects of a client: of a direct one those the configuration names, else those of his name anywhere."""
        folded = fold_text(client)
        if platform != "direct":
            return sorted(self.of_client.get((platform, folded), ()))
        configured = [p for k in self.known if fold_text(k.client) == folded for p in k.projects]
        if configured:
            return sorted({self.resolve(name) for name in configured})
        return sorted({name for (_, other), names in self.of_client.items() if other == folded for name in names})

    def _standing(self, name: str, instant: datetime) -> Standing | None:
        """How the project stood right after an instant; None before its first event."""
        if name not in self.standings:
            self.standings[name] = standings(self.events.get(name, ()))
        known = self.standings[name]
        number = bisect_right(known, instant, key=lambda standing: standing.since)
        return known[number - 1] if number else None

    def _last_at(self, name: str, instant: datetime) -> datetime:
        """When the last event up to an instant was."""
        instants = self.instants.get(name, [])
        number = bisect_right(instants, instant)
        return instants[number - 1] if number else _BEGINNING

    def _over_at(self, name: str, instant: datetime) -> bool:
        standing = self._standing(name, instant)
        return standing is not None and standing.over


def of_reading(reading: Reading) -> Event:
    """The event that a recognised mail is; of no project yet."""
    found = reading.recognition
    assert found.event is not None
    return Event(
        key=reading.key,
        project="",
        at=reading.at,
        known_at=reading.known_at,
        kind=found.event,
        by=found.by,
        channel=found.channel,
        grade=found.grade or "attested",
        trust=found.trust,
        mail=reading.message_id,
        rule=found.rule,
        title=found.title,
        client=found.client,
        url=found.url,
        due_at=found.due_at,
        history=reading.history,
    )


def _of_fact(fact: Fact) -> Event:
    return Event(
        key=fact.key,
        project="",
        at=fact.at,
        known_at=fact.recorded_at,
        kind=fact.kind,
        by=fact.by,
        channel=fact.channel,
        note=fact.note,
        due_at=fact.due_at,
        plan=fact.plan,
    )
