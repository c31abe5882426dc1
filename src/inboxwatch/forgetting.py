"""Removes a project, or a mailbox, for good: what belongs to it, what else bears its traces, and what follows.

Nothing is sent to any server: the mails in her mailbox are hers. Of each forgotten mail a mark stays, by which it is
known when it is read again, for it is still there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from inboxwatch.alerts.clean import one_line
from inboxwatch.alerts.defang import LONGEST_QUOTED, quoted
from inboxwatch.kept import StoredMail
from inboxwatch.pipeline import Pipeline
from inboxwatch.store.model import ProjectRow
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.event import RECORDED
from inboxwatch.timeline.naming import title_name
from inboxwatch.timeline.reading import Fact

#: A name or number shorter than this stands in other words by chance.
_SHORTEST_NAME = 2
_SHORTEST_NUMBER = 6
_SHORTEST_TRACE = 4
_BETWEEN = re.compile(r"[ ,、　]+")


@dataclass(frozen=True, slots=True)
class Removed:
    """What is removed, or was: how many mails, and of which time (UTC); facts, alerts, and deliveries that wait.

    `projects` are gone with it. `shared` counts mails that are removed although they count in the projects `missed_by`
    too; `kept` those that stay because they count in `kept_by`, or were found in another mailbox. `words` are those by
    which it could be known elsewhere, as in a rule that was taught from one of its mails.
    """

    projects: tuple[str, ...]
    mails: int
    since: datetime | None
    until: datetime | None
    facts: int
    alerts: int
    waiting: int
    shared: int = 0
    missed_by: tuple[str, ...] = ()
    kept: int = 0
    kept_by: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()


class StillConfigured(Exception):
    """The configuration names the project as a client's, so that mails which count for others would bring it back."""

    def __init__(self, project: str, client: str) -> None:
        self.project = project
        self.client = client
        super().__init__(project)


def forget_project(pipeline: Pipeline, row: ProjectRow, now: datetime) -> Removed:
    """Remove a project with its mails, facts and alerts, in one transaction, and derive the rest anew.

    A mail that counts in another project too stays for that one, unless the project would come back by it. Raises
    StillConfigured, and then nothing is removed. Afterwards `store.overwrite` takes the bytes away.
    """
    store = pipeline.store
    with store.removing(), pipeline.reading_again(now):
        places = store.places()
        shared = {key: names for key, names in places.items() if row.name in names and len(names) > 1}
        others = tuple(sorted({name for names in shared.values() for name in names} - {row.name}))
        names = _own_names([row], store.projects())
        work = _Work(store, names, [row])
        work.remove(_mails_of(store, row, names, places), _facts_of(store, row.name, names, places))
        pipeline.derive(now)
        taken = 0
        # What counts in another project as well may still be enough to make this one.
        while back := [one for one in store.projects() if one.name in names]:
            if (client := configured_for(pipeline, row)) is not None:
                raise StillConfigured(row.name, client)
            keys = [event.key for one in back for event in store.events(one.name)]
            mails = store.mails_by_key(keys).values()
            taken += len(mails)
            work.remove(mails, _numbers(keys))
            pipeline.derive(now)
        work.blot_out()
        kept = sum(not key.startswith(RECORDED) for key in shared) - taken
        return work.removed(shared=taken, others=others, kept=max(0, kept))


def forget_mailbox(pipeline: Pipeline, name: str, now: datetime, *, watched: bool) -> Removed:
    """Remove what was found in this mailbox and in no other, in one transaction, and derive the rest anew.

    Projects of which nothing but such mails was known go with their facts and alerts. Of a mailbox that is still
    `watched` it stays known how far it has been read, for what comes next is news; of any other nothing is.
    """
    store = pipeline.store
    with store.removing(), pipeline.reading_again(now):
        mails = store.found_only_in(name)
        keys = {mail.key for mail in mails}
        places, before = store.places(), store.projects()
        rows = [row for row in before if _rests_on(row.name, keys, places)]
        names = _own_names(rows, before)
        work = _Work(store, names, rows, beginnings=() if watched else _about_watching(name))
        kept = store.found_with_others(name)
        facts = {number for row in rows for number in _facts_of(store, row.name, names, places)}
        work.remove(mails, facts)
        store.forget_origin(name)
        if not watched:
            store.forget_reading(name)
        pipeline.derive(now)
        work.blot_out()
        return work.removed(kept=kept)


def configured_for(pipeline: Pipeline, row: ProjectRow) -> str | None:
    """The client whose project this is by the configuration; None if it is nobody's."""
    clients = pipeline.policy.known.clients
    return next((one.name for one in clients if not set(one.projects).isdisjoint(row.aliases)), None)


class _Work:
    """What is being removed; it remembers the words by which it could be known in what stays."""

    def __init__(
        self, store: Store, names: Collection[str], rows: Sequence[ProjectRow], beginnings: Sequence[str] = ()
    ) -> None:
        self._store = store
        self._names = names
        self._rows = rows
        self._beginnings = beginnings
        self._words = set(_words_of_names(names))
        self._mails: dict[str, StoredMail] = {}
        self._facts: set[int] = set()
        self._counts = (0, 0)
        self._message_ids: set[str] = set()

    def remove(self, mails: Iterable[StoredMail], facts: Iterable[int]) -> None:
        """Remove these mails and facts, with the alerts and all else that is about them alone."""
        store = self._store
        for mail in mails:
            self._mails[mail.identity] = mail
            self._words.update(_words_of(mail))
        self._facts.update(facts, (one.id for one in _all_facts(store) if one.mail in self._mails))
        self._message_ids = _own_message_ids(store, self._mails)
        alerts = store.alerts_about(self._names, self._message_ids, [*self._beginnings, *_told_alone(self._mails)])
        told, waiting = store.sent_and_waiting(alerts)
        self._counts = (self._counts[0] + told, self._counts[1] + waiting)
        store.forget_mails(list(self._mails))
        store.forget_facts(self._facts)
        store.forget_alerts(alerts)
        store.forget_names(self._names)

    def blot_out(self) -> None:
        """Take its words out of the alerts that stay, but for those that what stays uses as well."""
        store = self._store
        used = {*store.names(), *(name for row in store.projects() for name in (row.name, *row.aliases))}
        used |= {mail.subject for mail in store.stored_mails()}
        self._words -= used
        forms = {form for word in self._words for form in _forms(word)}
        store.take_out([form for form in forms if len(form) >= _SHORTEST_NAME], self._message_ids)

    def removed(self, *, shared: int = 0, others: tuple[str, ...] = (), kept: int = 0) -> Removed:
        """What has been removed."""
        instants = sorted(mail.sent_at for mail in self._mails.values())
        return Removed(
            projects=tuple(sorted(row.name for row in self._rows)),
            mails=len(self._mails),
            since=instants[0] if instants else None,
            until=instants[-1] if instants else None,
            facts=len(self._facts),
            alerts=self._counts[0],
            waiting=self._counts[1],
            shared=shared,
            missed_by=others if shared else (),
            kept=kept,
            kept_by=others if kept else (),
            words=frozenset(word for word in self._words if len(word) >= _SHORTEST_TRACE),
        )


def _own_names(rows: Sequence[ProjectRow], every: Iterable[ProjectRow]) -> frozenset[str]:
    """The names of these projects that no other bears: what was kept under a client's may be of another of his."""
    gone = {row.name for row in rows}
    others = {name for row in every if row.name not in gone for name in (row.name, *row.aliases)}
    return frozenset(name for row in rows for name in (row.name, *row.aliases)) - others


def _rests_on(project: str, keys: Collection[str], places: dict[str, tuple[str, ...]]) -> bool:
    """True if the project has mails, and all of them are among these."""
    found = [key for key, names in places.items() if project in names and not key.startswith(RECORDED)]
    return bool(found) and all(key in keys for key in found)


def _mails_of(
    store: Store, row: ProjectRow, names: Collection[str], places: dict[str, tuple[str, ...]]
) -> Iterator[StoredMail]:
    """The mails that count in this project alone, and those that name it and count nowhere: forged ones, notices."""
    words = {word.casefold() for name in names for word in (name, name.partition("/")[2])}
    for mail in store.stored_mails():
        where = places.get(mail.key)
        if where == (row.name,) or (where is None and _is_about(mail, row.platform, names, words)):
            yield mail


def _is_about(mail: StoredMail, platform: str, names: Collection[str], words: Collection[str]) -> bool:
    """True if the mail itself names the project, by its number, its title, or as one of which she states a fact."""
    found = mail.recognition
    if found is None:
        return False
    if found.stated is not None:
        # A link names it by its last part.
        told = (word.casefold().strip(":/") for word in _BETWEEN.split(found.stated)[:1])
        return any(word in words or word.rpartition("/")[2] in words for word in told)
    if found.project is not None:
        return f"{found.platform or platform}/{found.project}" in names
    return found.title is not None and title_name(found.platform or platform, found.title) in names


def _facts_of(store: Store, project: str, names: Collection[str], places: dict[str, tuple[str, ...]]) -> Iterator[int]:
    """The facts recorded of this project, by any of its own names, or that count in it alone."""
    alone = {key for key, where in places.items() if where == (project,)}
    yield from (fact.id for fact in _all_facts(store) if fact.project in names or fact.key in alone)


def _all_facts(store: Store) -> list[Fact]:
    return [*store.facts(), *(one.fact for one in store.withdrawn_facts())]


def _numbers(keys: Iterable[str]) -> list[int]:
    """The numbers of the facts among these keys of events."""
    return [int(key.removeprefix(RECORDED)) for key in keys if key.startswith(RECORDED)]


def _own_message_ids(store: Store, mails: dict[str, StoredMail]) -> set[str]:
    """The Message-IDs that only these mails have."""
    others = {mail.message_id for mail in store.stored_mails() if mail.identity not in mails}
    return {mail.message_id for mail in mails.values() if mail.message_id} - others


def _told_alone(mails: dict[str, StoredMail]) -> Iterator[str]:
    """How the keys of alerts begin that are of one mail and of no project (alerts/loose.py)."""
    for kind in ("suspicious_mail", "unrecognised_mail", "unrecognised_mail/quarantined"):
        yield from (f"{kind}/{identity[:12]}" for identity in mails)


def _about_watching(mailbox: str) -> tuple[str, ...]:
    """How the keys of alerts about the watch over this mailbox begin (service/sight.py)."""
    return (f"watch_blind/{mailbox}/", f"watch_restored/{mailbox}/")


def _words_of(mail: StoredMail) -> Iterator[str]:
    """The words of a mail that an alert may have quoted."""
    found = mail.recognition
    yield mail.subject
    if found is not None:
        yield from (word for word in (found.title, found.client, found.url) if word)
        yield from (found.stated,) if found.stated else ()


def _words_of_names(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        bare = name.partition("/")[2]
        yield name
        if len(bare) >= _SHORTEST_NUMBER:
            yield bare


def _forms(word: str) -> set[str]:
    """A word as it stands in alerts: as it is, on one line, without live links, and cut where it is long."""
    shown = {word, word[:LONGEST_QUOTED], one_line(word, LONGEST_QUOTED), quoted(word)}
    return shown | {form.removesuffix("…") for form in shown}
