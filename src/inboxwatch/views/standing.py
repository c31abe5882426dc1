"""How every project stands at an instant, the pressing first: what `status` and `timeline` show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from inboxwatch.alerts.advice import advice, chosen
from inboxwatch.alerts.compose import Coverage, Gap
from inboxwatch.alerts.coverage import UNLINKED_AT_MOST, Unlinked
from inboxwatch.alerts.doubts import Doubt, doubts
from inboxwatch.pipeline import Pipeline
from inboxwatch.store.model import ProjectRow
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.naming import is_clients
from inboxwatch.timeline.project import Project
from inboxwatch.timeline.urgency import presses, urgency

#: Where the mailboxes were read no later than so long ago, what rests on the client's silence is not to be acted on.
_LAG = timedelta(hours=1)

#: The advice that is right only if the client has been silent until now.
_RESTS_ON_SILENCE = ("open", "dormant", "filed_overdue", "filed_waiting")


@dataclass(frozen=True, slots=True)
class Standing:
    """One project at an instant, with its deadlines, the one sentence that says what to do, and what is not certain.

    `advice_code` names that sentence for programs. `unread`: mail that could end a silence may lie there unread.
    """

    project: Project
    deadlines: tuple[Deadline, ...]
    dormant: bool
    advice: str
    url: str | None
    snoozed_until: datetime | None = None
    advice_code: str = ""
    doubts: tuple[Doubt, ...] = ()
    unread: bool = False

    def urgency(self, now: datetime) -> tuple[int, datetime, str]:
        """What to sort by, the pressing first."""
        return urgency(self.project, self.deadlines, now, dormant=self.dormant)

    def next_deadline(self, now: datetime) -> Deadline | None:
        """The deadline to be shown where there is room for one: what presses, what is open, what comes next."""
        live = [one for one in self.deadlines if one.state in ("running", "open", "blocked") or presses(one, now)]
        ranks = [(self._rank(one, now), one.due_at) for one in live]
        return live[ranks.index(min(ranks))] if live else None

    def _rank(self, one: Deadline, now: datetime) -> int:
        if presses(one, now):
            return 0
        if one.state == "open":
            return 1
        return 3 if one.due_at <= now else 2  # blocked since long: what is still to come says more


def standings(pipeline: Pipeline, now: datetime, *, past_only: bool = False) -> list[Standing]:
    """Given the pipeline and an aware instant, every project as it stands then, the pressing first.

    With `past_only` events after `now` are left out, and projects that had none yet.
    """
    read = None if past_only else coverage_of(pipeline.store)
    found = [_standing(pipeline, row, now, read) for row in pipeline.store.projects()]
    return sorted((one for one in found if one.project.events), key=lambda one: one.urgency(now))


def standing(pipeline: Pipeline, row: ProjectRow, now: datetime) -> Standing:
    """One project as it stands at `now`, which is the present."""
    return _standing(pipeline, row, now, coverage_of(pipeline.store))


def _standing(pipeline: Pipeline, row: ProjectRow, now: datetime, read: Coverage | None) -> Standing:
    """One project; `read` is how far the mailboxes have been read, or None at an instant of the past."""
    here = pipeline.situation(row, now, past_only=read is None)
    sentence = advice(here.project, here.deadlines, now, pipeline.wording, dormant=here.dormant)
    url = here.project.url or _url(pipeline, here.project)
    snoozed = here.snoozed_until if here.snoozed_until and here.snoozed_until > now else None
    code, _ = chosen(here.project, here.deadlines, now, dormant=here.dormant)
    uncertain = doubts(here.project, pipeline.wording)
    unread = read is not None and _is_unread(read, here.deadlines, now)
    if read and unread and code.startswith(_RESTS_ON_SILENCE):
        key = "look_first" if read.known_until is None else "look_first_since"
        sentence = pipeline.wording.say(f"terminal.{key}", read=read.known_until, advice=sentence)
    return Standing(here.project, here.deadlines, here.dormant, sentence, url, snoozed, code, uncertain, unread)


def _is_unread(read: Coverage, deadlines: Iterable[Deadline], now: datetime) -> bool:
    """True if mail may have come that is not read: of late, or before a request seems to have opened."""
    if read.blind or read.known_until is None:
        return read.blind
    opened = (one.due_at for one in deadlines if one.state == "open")
    return now - read.known_until > _LAG or any(read.known_until < at for at in opened)


def _url(pipeline: Pipeline, project: Project) -> str | None:
    """Where a project is that no mail has linked to, if its name is the platform's own id."""
    profile = pipeline.profile(project.platform)
    number = project.id.partition("/")[2]
    if profile is None or profile.project_url is None or not (number.isascii() and number.isdigit()):
        return None
    return profile.project_url.replace("{project}", number)


def unlinked(pipeline: Pipeline, found: Iterable[Standing], now: datetime) -> list[tuple[Unlinked, tuple[str, ...]]]:
    """Contact by somebody who is not known as any project's client, and the open projects whose client he may be."""
    candidates: dict[str, list[Standing]] = defaultdict(list)
    for one in found:
        if not (one.project.over or one.dormant or is_clients(one.project.id)):
            candidates[one.project.platform].append(one)
    lines: dict[str, tuple[Unlinked, tuple[str, ...]]] = {}
    for platform, open_ones in candidates.items():
        for contact in pipeline.unlinked(platform):
            names = tuple(one.project.id for one in open_ones if _may_be_its_clients(contact, one.project))
            if names and contact.at <= now:
                lines[f"{platform}/{contact.client}"] = (contact, names)
    return sorted(lines.values(), key=lambda line: line[0].at)[-UNLINKED_AT_MOST:]


def _may_be_its_clients(contact: Unlinked, project: Project) -> bool:
    last = project.last_contact
    return project.id not in contact.counted_in and (last is None or contact.at > last.at)


def coverage_of(store: Store) -> Coverage:
    """How far the mailboxes have been read, as the store knows it; without any mailbox imports are all there is."""
    folders = store.folders()
    read = [folder.read_up_to for folder in folders]
    complete = all(instant is not None for instant in read)
    blind = any(state.blind_since for state in store.watch().values())
    return Coverage(
        known_until=min((instant for instant in read if instant), default=None) if complete else None,
        gaps=tuple(Gap(hole.from_at, hole.to_at, hole.mails) for hole in store.holes()),
        blind=blind or not complete,
    )


def silence(project: Project, now: datetime) -> timedelta | None:
    """How long the client has been silent; None if no contact is known."""
    contact: Event | None = project.last_contact
    return None if contact is None else max(now - contact.at, timedelta(0))
