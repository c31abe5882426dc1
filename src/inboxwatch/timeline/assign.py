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
from datetime import datetime
from itertools import islice

from inboxwatch.timeline.cut_titles import fold_text
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.guessing import BEGINNING, GUESSED_AT_MOST, Clientless, last_of
from inboxwatch.timeline.names import KnownProjects, Names
from inboxwatch.timeline.naming import client_name, is_clients
from inboxwatch.timeline.project import Standing, keeps_standings, order, standings
from inboxwatch.timeline.reading import Correction, Fact, Reading, of_fact, of_reading

#: Kinds that concern the account and never one project.
ACCOUNT_EVENTS = frozenset({"payout_fixed"})

#: What may be counted in several projects at once: it only delays an alert, or warns of something once too often.
SHARED_SAFELY = frozenset({"contact", "notice", "reminder_received"})

#: A shorter title may stand in any text by chance.
SHORTEST_QUOTED_TITLE = 4

#: How a pending reminder ends: of several projects only one whose reminder is pending can be meant.
REMINDER_RESULTS = frozenset({"payment_confirmed", "cancelled", "reminder_ended"})


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
    corrections: Mapping[str, Correction] | None = None,
    known: Sequence[KnownProjects] = (),
) -> Timeline:
    """Given everything recognised and recorded, in any order, say which events each project has.

    `corrections` maps a mail's key to what the user says of it: to which project it belongs, and with it its like (the
    same title, the same client, the same thread), as far as nothing else claims those; or that it is a mere notice.

    1. Names: every link, title and correction gives a name; a title shown beside an id is that id's other name.
    2. Facts and mails that name their project go to it; so do mails whose text quotes the title of one known project.
       A fact recorded on a title or a client follows to the project that this turns out to be; where it may be one of
       several, it is placed like a mail that names no more, and listed as ambiguous.
    3. Mails between people go where the mail that they answer went. Others that name only a client go to every open
       project of that client, or to a project named by him, and then to those, too, whose client nobody knows.
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


@dataclass(slots=True)
class Assignment:
    """An assignment that stands, and to which a newer mail can be added without doing all of it again."""

    names: Names
    #: The latest instant of any mail or fact; what is newer cannot change where the older ones belong.
    latest: datetime = BEGINNING
    #: Mails that were given to several projects.
    shared: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    events: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    unplaced: list[Reading] = field(default_factory=list)
    ambiguous_facts: list[AmbiguousFact] = field(default_factory=list)
    #: The instants of each project's events, ascending, and how it stood from when to when: made when first asked for.
    instants: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    standings: dict[str, list[Standing]] = field(default_factory=dict)
    #: platform → its projects that have events
    of_platform: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    clientless: Clientless = field(default_factory=Clientless)
    #: Message-ID of a direct mail → where it went, for the mails that answer it
    places: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        readings: Iterable[Reading],
        facts: Iterable[Fact] = (),
        corrections: Mapping[str, Correction] | None = None,
        known: Sequence[KnownProjects] = (),
    ) -> Assignment:
        """Assign everything; see `assign`."""
        self = cls(Names(corrections or {}, known))
        ordered = sorted((r for r in readings if _counts(r)), key=_in_time)
        self.names.learn(ordered)
        for fact in facts:
            self.place_fact(fact)
            self.latest = max(self.latest, fact.at)
        later = [r for r in ordered if not self.place_named(r) and not self.place_by_quotation(r)]
        # By time, as mail by mail: what a nameless one has closed is over for those that come after it.
        for reading in later:
            if not self.place_by_client(reading):
                self.place_nameless(reading)
        self.latest = max(self.latest, *(reading.at for reading in ordered[-1:]), BEGINNING)
        return self

    def add(self, reading: Reading) -> frozenset[str] | None:
        """Assign one more mail; return the names of the projects it changed.

        None if it cannot be done by itself: it is not newer than all others, or it shows a name that was not known,
        which may change where others belong. Then everything must be assigned anew.
        """
        if not _counts(reading):
            return frozenset()
        if reading.at <= self.latest or self.names.taught_by(reading, self.events):
            return None
        self.latest = reading.at
        self.names.add(reading)
        self.touched = set()
        if not self.place_named(reading) and not self.place_by_quotation(reading) and not self.place_by_client(reading):
            self.place_nameless(reading)
        return frozenset(self.touched)

    def place_fact(self, fact: Fact) -> None:
        """Step 2, for a fact: of several projects only what is safe in each of them is given to all."""
        names = self.names.meant_by(fact.project)
        if len(names) > 1:
            self.ambiguous_facts.append(AmbiguousFact(fact, tuple(names)))
        if len(names) == 1 or fact.kind in SHARED_SAFELY:
            self.place(of_fact(fact), names)

    def place_named(self, reading: Reading) -> bool:
        """Step 2. Place a mail that a correction, a link or a title names. False if nothing does."""
        found = reading.recognition
        assert found.platform is not None
        corrected = self.names.corrected(reading)
        if corrected:
            self._place_in_one_of(reading, self.names.meant_by(corrected))
        elif found.project:
            self._place(reading, [f"{found.platform}/{found.project}"])
        elif found.title:
            self._place_in_one_of(reading, self.names.by_title(found), tells=self.names.cut.tells(found))
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
        quoted = self.names.quoted_in(found.platform or "", found.quoted, SHORTEST_QUOTED_TITLE)
        if found.client:
            quoted = quoted & set(self.names.of_the_client(found.platform or "", found.client)) or quoted
        if len(quoted) != 1:
            return False
        self._place(reading, sorted(quoted))
        return True

    def place_by_client(self, reading: Reading) -> bool:
        """Step 3. Place a mail that names only a client. False if it does not even do that."""
        found = reading.recognition
        if not found.client or found.platform is None:
            return False
        candidates = self.names.of_the_client(found.platform, found.client)
        open_then = [name for name in candidates if not self._over_at(name, reading.at)]
        of_thread = self._of_thread(reading)
        if of_thread and not (open_then and self._over_at(of_thread, reading.at)):
            # People answer an old mail to write of something new: then the thread says nothing.
            self._place(reading, [of_thread])
            return True
        if not candidates:
            guessed = self._of_nobody_known(reading)
            open_then = [client_name(found.platform, found.client), *guessed]
            self.clientless.guess(guessed, fold_text(found.client), reading.at)
        elif not open_then:
            # All are over: the latest of them, so that the mail is shown where a reader would look for it.
            open_then = [max(candidates, key=lambda name: last_of(self.instants.get(name, ()), reading.at))]
        self._place_in_one_of(reading, sorted(open_then), guessed=not candidates)
        return True

    def _of_thread(self, reading: Reading) -> str | None:
        """The one project of the mails that a direct mail answers, the nearest first; None if there is none."""
        told = self.names.threads.told(reading) if reading.recognition.platform == "direct" else None
        if told and len(names := self.names.meant_by(told)) == 1:
            return names[0]
        answered = (self.places.get(one, []) for one in reading.recognition.answers)
        return next((names[0] for names in answered if len(names) == 1), None)

    def _of_nobody_known(self, reading: Reading) -> list[str]:
        """The open projects of which no client is known: the contact of somebody unknown may be about any of them.

        On Lancers a message names the user, a comment his name as shown, and these may differ. Not those that have been
        quiet for long, unless he himself has gone on writing; and of very many the latest active.
        """
        found = reading.recognition
        if found.event != "contact" or found.platform is None or found.platform == "direct":
            return []
        names = self.clientless.latest(found.platform, fold_text(found.client or ""), reading.at)
        return list(islice((name for name in names if not self._over_at(name, reading.at)), GUESSED_AT_MOST))

    def place_nameless(self, reading: Reading) -> None:
        """Step 4. A mail that names neither project nor client: placed only where one project can be meant.

        A notice that names nothing (an invitation) concerns no project, and nobody has to find it one.
        """
        found = reading.recognition
        if found.event == "notice":
            return
        here = [name for name in self.of_platform[found.platform or ""] if not self._over_at(name, reading.at)]
        if found.event in REMINDER_RESULTS:
            # An open project alone is no proof that it is meant: another may be unknown here, and she would stop
            # chasing her money.
            here = self._awaiting_result(here, reading.at)
        self._place_or_not(reading, here, sure=len(here) == 1, guessed=True)

    def _place_in_one_of(
        self, reading: Reading, names: list[str], *, tells: bool = True, guessed: bool = False
    ) -> None:
        """Place what may be shared in each of them, anything else only where a single one can be meant.

        If the mail does not tell enough (`tells`), not even one alone is certain.
        """
        if not (tells and len(names) == 1) and reading.recognition.event in REMINDER_RESULTS:
            names, tells = self._awaiting_result(names, reading.at), True
        sure = (tells and len(names) == 1) or bool(names and reading.recognition.event in SHARED_SAFELY)
        self._place_or_not(reading, names, sure=sure, guessed=guessed)

    def _place_or_not(self, reading: Reading, names: list[str], *, sure: bool, guessed: bool) -> None:
        """Of what she has set aside nobody needs to know where it would belong."""
        if sure:
            self._place(reading, names, guessed=guessed)
        elif not self.names.set_aside(reading):
            self.unplaced.append(reading)

    def _place(self, reading: Reading, names: list[str], *, guessed: bool = False) -> None:
        event, found = of_reading(reading, set_aside=self.names.set_aside(reading)), reading.recognition
        if event.title and found.platform:
            event = replace(event, title=self.names.whole_title(found.platform, event.title))
        brought = any(self.names.brought(reading, name) for name in names)
        self.place(replace(event, brought=brought), names, guessed=guessed)
        correction = self.names.corrections.get(reading.key)
        if found.platform == "direct" and reading.message_id and not (correction and correction.alone):
            self.places.setdefault(reading.message_id, names)

    def _awaiting_result(self, names: list[str], instant: datetime) -> list[str]:
        return [name for name in names if (standing := self._standing(name, instant)) and standing.filed]

    def place(self, event: Event, names: Sequence[str], *, guessed: bool = False) -> None:
        """Give the event to each of these projects; each copy says to which others it was given too.

        `guessed`: it is no sign that they go on, for nothing in it says that they are meant.
        """
        if len(names) > 1 and not event.set_aside:
            self.shared.add(event.key)
        self.touched.update(names)
        for name in names:
            others = tuple(other for other in names if other != name)
            if name not in self.events:
                self.of_platform[name.partition("/")[0]].append(name)
            self.events[name].append(replace(event, project=name, also=others))
            insort(self.instants[name], event.at)
            if not (guessed or is_clients(name) or self.names.clients_of.get(name)):
                self.clientless.active(name, event.at)
            if name in self.standings and not keeps_standings(event, self.standings[name]):
                del self.standings[name]

    def ambiguous(self) -> int:
        """How many mails and facts belong to no project, or to any of several."""
        return len(self.unplaced) + len(self.shared | {one.fact.key for one in self.ambiguous_facts})

    def timeline(self, only: frozenset[str] | None = None) -> Timeline:
        """What was placed, with every project's names: its present one first. With `only`, of these projects."""
        names = self.events.keys() if only is None else only
        aliases: dict[str, list[str]] = {name: [name] for name in names}
        for title in self.names.ids_of_title:
            for name in self.names.meant_by(title):
                if name in aliases and title not in aliases[name]:
                    aliases[name].append(title)
        for name in aliases:
            platform = name.partition("/")[0]
            aliases[name] += [client_name(platform, client) for client in sorted(self.names.clients_of.get(name, ()))]
        return Timeline(
            events={name: tuple(sorted(self.events[name], key=order)) for name in names},
            aliases={name: tuple(known) for name, known in aliases.items()},
            unplaced=tuple(sorted(self.unplaced, key=_in_time)),
            ambiguous_facts=tuple(self.ambiguous_facts),
        )

    def _standing(self, name: str, instant: datetime) -> Standing | None:
        """How the project stood right after an instant; None before its first event."""
        if name not in self.standings:
            self.standings[name] = standings(self.events.get(name, ()))
        known = self.standings[name]
        number = bisect_right(known, instant, key=lambda standing: standing.since)
        return known[number - 1] if number else None

    def _over_at(self, name: str, instant: datetime) -> bool:
        standing = self._standing(name, instant)
        return standing is not None and standing.over
