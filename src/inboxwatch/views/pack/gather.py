"""Gathers from the store what the evidence pack of one project holds, and nothing of any other project."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from inboxwatch import __version__
from inboxwatch.alerts.clean import one_line
from inboxwatch.kept import StoredMail
from inboxwatch.mail.claims import claims
from inboxwatch.mailbox.reading import FIRST_PART, LARGEST_WHOLE
from inboxwatch.pipeline import Pipeline
from inboxwatch.platforms.prepared import Rule
from inboxwatch.store.model import ProjectRow
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.cut_titles import fold_text
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Project
from inboxwatch.timeline.reading import Correction, Fact
from inboxwatch.views.pack.model import Entry, Lost, MailProof, Pack, Retraction, Watch
from inboxwatch.views.standing import coverage_of, standing
from inboxwatch.wording.say import Language

#: As long as a header may be; a note of her own may be longer than any subject.
_LONGEST = 1_000
_LONGEST_NOTE = 5_000


def gather(pipeline: Pipeline, row: ProjectRow, now: datetime, language: Language) -> Pack:
    """Given the pipeline and a project's row, return what its pack says at `now` (aware). Raises StoreError.

    To be called inside a snapshot of the store, in which the mails' bytes are then read once more.
    """
    store = pipeline.store
    one = standing(pipeline, row, now)
    project = _cleaned(one.project)
    profile = pipeline.profile(row.platform)
    entries = _entries(pipeline, project)
    return Pack(
        made_at=now,
        version=__version__,
        project=project,
        platform_name=getattr(profile.name, language) if profile else row.platform,
        url=one.url and one_line(one.url, _LONGEST),
        # A clock of our own making, that warns her to report before she loses by it, is no fact about the project.
        deadlines=tuple(deadline for deadline in one.deadlines if not deadline.rule.until_reported),
        entries=entries,
        retractions=_retractions(store, row),
        watch=_watch(store, project),
        rules=_rules(pipeline, {entry.event.rule for entry in entries if not entry.stated}),
    )


def _cleaned(project: Project) -> Project:
    return replace(
        project,
        title=project.title and one_line(project.title, _LONGEST),
        client=project.client and one_line(project.client, _LONGEST),
    )


@dataclass(frozen=True, slots=True)
class _Sources:
    """What the entries are made of: her facts and corrections by key, the mails by key, who the client is."""

    facts: Mapping[str, Fact]
    corrections: Mapping[str, Correction]
    mails: Mapping[str, StoredMail]
    clients: Collection[str]

    def mail_key(self, event: Event) -> str | None:
        """The key of the mail that an event rests on: of a fact that of her own mail, if it came by one."""
        if not event.recorded:
            return event.key
        fact = self.facts.get(event.key)
        return fact.mail[:16] if fact and fact.mail else None

    def of_another_client(self, event: Event) -> bool:
        """True for a mail that names another client: it is counted here only because it may be meant for here."""
        return bool(event.also and event.client and fold_text(event.client) not in self.clients)


def _entries(pipeline: Pipeline, project: Project) -> tuple[Entry, ...]:
    sources = _sources(pipeline.store, project)
    proofs: dict[str, MailProof] = {}
    entries = []
    for number, event in enumerate(project.events, 1):
        key = sources.mail_key(event)
        if key and key not in proofs:
            proofs[key] = _proof(pipeline, sources, event, key, number)
        correction = sources.corrections.get(event.key)
        entries.append(
            Entry(
                number=number,
                event=replace(event, note=event.note and one_line(event.note, _LONGEST_NOTE)),
                mail=proofs[key] if key else None,
                shared_with=len(event.also),
                assigned=bool(correction and correction.project),
                set_aside=bool(correction and correction.set_aside),
            )
        )
    return tuple(entries)


def _sources(store: Store, project: Project) -> _Sources:
    own = {event.client for event in project.events if event.client and not event.also}
    sources = _Sources(
        facts={fact.key: fact for fact in store.facts()},
        corrections=store.corrections(),
        mails={},
        clients={fold_text(name) for name in own or [project.client] if name},
    )
    keys = [key for key in map(sources.mail_key, project.events) if key]
    return replace(sources, mails=store.mails_by_key(keys))


def _proof(pipeline: Pipeline, sources: _Sources, event: Event, key: str, number: int) -> MailProof:
    """The mail of this key, on which this event rests; `number` is that of the first entry that does."""
    mail = sources.mails.get(key)
    if mail is None:
        return MailProof(key, event.mail, event.at, event.known_at, event.trust, "not_kept")
    trust = mail.recognition.trust if mail.recognition else event.trust
    message_id = mail.message_id and one_line(mail.message_id, _LONGEST)
    found = MailProof(key, message_id, mail.sent_at, mail.arrived_at, trust, "not_kept")
    if sources.of_another_client(event):
        return replace(found, absent="withheld")
    found = replace(
        found, subject=one_line(mail.subject, _LONGEST), sender=one_line(mail.sender, _LONGEST), own=mail.in_sent
    )
    raw = pipeline.store.raw(mail.identity)
    return found if raw is None else _with_bytes(found, mail, raw, pipeline.policy.known.authserv_ids, number)


def _with_bytes(found: MailProof, mail: StoredMail, raw: bytes, own_ids: Collection[str], number: int) -> MailProof:
    claimed = claims(raw, own_ids)
    by_header = claimed.received_at == mail.arrived_at
    return replace(
        found,
        absent=None,
        sender=one_line(claimed.sender, _LONGEST) or found.sender,
        date_header=one_line(claimed.date_header, _LONGEST),
        sent_from="date" if claimed.date == mail.sent_at else "arrival",
        arrived_from="received" if by_header else "mailbox" if not claimed.hops else None,
        results=claimed.results and one_line(claimed.results, _LONGEST),
        file=f"mails/{number:03d}-{found.key}.eml",
        identity=mail.identity,
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        # Where a mail was too large to be kept whole, one of these is what was kept of it.
        partial=len(raw) in (FIRST_PART, LARGEST_WHOLE),
    )


def _retractions(store: Store, row: ProjectRow) -> tuple[Retraction, ...]:
    others = {name for other in store.projects() if other.name != row.name for name in other.aliases}
    return tuple(
        Retraction(replace(one, fact=_noted(one.fact)), one.fact.project in others)
        for one in store.withdrawn_facts()
        if one.fact.project in row.aliases
    )


def _noted(fact: Fact) -> Fact:
    return replace(fact, note=fact.note and one_line(fact.note, _LONGEST_NOTE))


def _watch(store: Store, project: Project) -> Watch:
    """What was read. Only what may have been lost since the project's first event bears on it."""
    first = min((event.at for event in project.events), default=None)
    blind = [state.blind_since for state in store.watch().values() if state.blind_since]
    return Watch(
        folders=len(store.folders()),
        first_read_at=store.recall_instant("first_read_at"),
        read_up_to=coverage_of(store).known_until,
        blind_since=min(blind, default=None),
        lost=tuple(
            Lost(hole.from_at, hole.to_at, hole.mails) for hole in store.holes() if first and hole.to_at >= first
        ),
    )


def _rules(pipeline: Pipeline, names: Iterable[str | None]) -> tuple[Rule, ...]:
    """The rules of these names as they stand today, in the order of the profiles."""
    wanted = set(names)
    platforms = pipeline.profiles.platforms
    return tuple(rule for one in platforms for rule in (*one.attested, *one.probable) if rule.name in wanted)
