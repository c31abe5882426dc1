"""Which alerts one project is due: a pure function of its state, its deadlines and what was told before.

Everything that may ever have to be told in the project's present state is a `Draft` with the instant from which it is
due. A draft whose key was told before is never told again, so deciding twice, or after a crash, tells nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Project, fold

#: A second warning comes at half of the remaining time, if that is more than 12 hours (CONTRACT, Rulings).
SECOND_WARNING_IF_LEFT = timedelta(hours=24)
REPEATS_AT_MOST = 3

#: What starts or restarts a silence: the alerts of an episode carry the key of one of these.
_OPENERS = frozenset({"contact", "started", "escrow_funded"})
_EPISODE_KINDS = ("silence", "reminder_available", "reminder_blocked")


class Told(Protocol):
    """What is known of an alert that was decided before."""

    @property
    def at(self) -> datetime: ...
    @property
    def muted(self) -> bool: ...
    @property
    def acknowledged(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Habits:
    """How the user wants to be told: nudges after these spans of silence, repeats of these kinds."""

    silence: tuple[timedelta, ...] = (timedelta(days=3), timedelta(days=5))
    repeat: Mapping[str, timedelta] | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One thing to be told about one project, from `instant` on.

    `rest` is the alert's key behind the project's name. `needs_reading`: it rests on silence, and may only be told if
    the mailboxes have been read up to `instant`. `saying` names its wording. `late` marks contact found after an
    alert had already called the client silent. `request` is the reminder request whose days are counted from this
    contact. `number` counts the nudges of an episode, `repeat` the repeats of an alert, both from 1.
    """

    rest: str
    kind: str
    instant: datetime
    saying: str
    urgent: bool = False
    needs_reading: bool = False
    deadline: Deadline | None = None
    event: Event | None = None
    outcome: str | None = None
    due_at: datetime | None = None
    first_of_must: bool = False
    late: bool = False
    request: Deadline | None = None
    number: int = 0
    repeat: int = 0

    @property
    def is_news(self) -> bool:
        """True for what a mail has just brought, and no clock: drafts are made of no mail that is history."""
        return self.event is not None and self.deadline is None and self.kind != "silence"


def drafts(
    project: Project, found: tuple[Deadline, ...], now: datetime, habits: Habits, told: Mapping[str, Told]
) -> list[Draft]:
    """Given a project, its deadlines at `now` (aware) and what was told (by `rest`), return what is due or will be.

    1. What mails have brought: payment, cancellation, demands against her, a reply that ends an episode.
    2. What her deadlines bring: a request that opens or is blocked, an end that nears, a result that is overdue.
    3. Nudges, while the client is silent and it is not her turn.
    4. Repeats of what was told, where the user wants them.
    """
    plain = [*_of_events(project), *_replies(project, found, told)]
    for deadline in found:
        plain += _of_deadline(project, deadline, told)
    plain += _nudges(project, found, now, habits, told)
    return plain + [again for draft in plain for again in _repeats(project, draft, now, habits, told)]


# -- 1. what mails have brought


def _of_events(project: Project) -> Iterator[Draft]:
    """Alerts that a single mail causes. What she recorded herself she knows; history is told in the summary."""
    for event in project.events:
        if event.history or event.recorded:
            continue
        key = event.short
        grade = "probable" if event.grade == "probable" else "certain"
        if event.kind in ("payment_confirmed", "cancelled"):
            yield Draft(f"{event.kind}/{key}", event.kind, _since(event), f"{event.kind}.{grade}", event=event)
        elif event.kind in ("cancel_requested", "refund_requested", "dispute_opened") and event.by != "me":
            # A demand for which the profile has no clock: none is documented, which is no reason for silence.
            yield Draft(
                f"deadline_against/{event.kind}/{key}",
                "deadline_against",
                _since(event),
                f"against.{event.kind}",
                urgent=True,
                event=event,
                due_at=event.due_at,
            )


def _since(event: Event) -> datetime:
    """From when it can be told: a mail may be dated up to an hour ahead of its arrival, and does not wait for that."""
    return min(event.at, event.known_at)


def _replies(project: Project, found: tuple[Deadline, ...], told: Mapping[str, Told]) -> Iterator[Draft]:
    """The client's contact that ends an episode about which she was alerted, or comes while her request is pending.

    Any contact ends a silence; by her strict setting only one on the platform ends what her request counts from.
    """
    silent: list[str] = []
    counted_from: list[str] = []
    filing: Event | None = None
    for event in project.events:
        if event.kind == "reminder_filed" and event.by != "client":
            filing = event
        if event.kind == "contact" and event.by == "client":
            counted = _is_counted(event, found)
            if not event.history:
                since = counted_from if counted else silent
                for draft in _reply(event, since, filing, told, counted=counted):
                    yield replace(draft, request=_restarted(event, found))
            if filing and event.channel == "platform" and event.grade != "probable":
                filing = None
            silent = []
            counted_from = [] if _restarts(event, found) else counted_from
        if event.kind in ("reminder_ended", "payment_confirmed", "cancelled", "closed") and event.counts_in_full:
            filing = None
        if event.kind in _OPENERS:
            silent.append(event.short)
            counted_from.append(event.short)


def _is_counted(contact: Event, found: tuple[Deadline, ...]) -> bool:
    """False for contact that by the user's strict setting restarts nothing: her request still runs from before it."""
    return _restarts(contact, found) and all(d.opened_by.at >= contact.at for d in found if d.rule.act == "may")


def _restarts(contact: Event, found: tuple[Deadline, ...]) -> bool:
    """False for contact elsewhere where by her setting only the platform's counts, and there is a request to count."""
    return contact.channel == "platform" or all(d.contact == "any" for d in found if d.rule.act == "may")


def _restarted(contact: Event, found: tuple[Deadline, ...]) -> Deadline | None:
    """The reminder request whose days are counted from this contact: none for hourly pay, none once it is over."""
    requests = [d for d in found if d.rule.id == "reminder_request" and d.state in ("running", "open", "blocked")]
    return next((d for d in requests if d.opened_by.at >= contact.at), None)


def _reply(
    contact: Event, since: list[str], filing: Event | None, told: Mapping[str, Told], *, counted: bool
) -> Iterator[Draft]:
    if filing:
        on_platform = contact.channel == "platform" and contact.grade != "probable"
        saying = "client_replied.filed" if on_platform else "client_replied.filed_elsewhere"
        rest = f"client_replied/{filing.short}/{'platform' if on_platform else 'elsewhere'}"
        yield Draft(rest, "client_replied", _since(contact), saying, event=contact)
        return
    alerts = [
        past
        for rest, past in told.items()
        if not past.muted
        and rest.split("/")[0] in _EPISODE_KINDS
        and rest.split("/")[1] in since
        # What restarts nothing withdraws no alert that was told after it.
        and (counted or past.at <= contact.at)
    ]
    if alerts:
        late = any(contact.at <= past.at for past in alerts)
        saying = "client_replied.late" if late else f"client_replied.{'plain' if counted else 'elsewhere'}"
        # The contact that ends the request's days is told too, after one that by her setting ends the silence alone.
        rest = f"client_replied/{since[0]}" if counted else f"client_replied/{since[0]}/elsewhere"
        yield Draft(rest, "client_replied", _since(contact), saying, event=contact, late=late)


# -- 2. what deadlines bring


def _of_deadline(project: Project, deadline: Deadline, told: Mapping[str, Told]) -> Iterator[Draft]:
    if deadline.state == "stopped" or (deadline.state == "done" and not deadline.passed):
        return
    if deadline.rule.act == "may":
        yield from _request(project, deadline)
    elif deadline.rule.act == "must":
        yield from _against(project, deadline, told)
    else:
        rule = deadline.rule
        yield Draft(
            f"{rule.alert}/{rule.id}/{deadline.key}",
            rule.alert,
            deadline.due_at,
            f"{rule.alert}.{deadline.outcome or 'plain'}",
            needs_reading=True,
            deadline=deadline,
            outcome=deadline.outcome,
            due_at=deadline.due_at,
        )


def _request(project: Project, deadline: Deadline) -> Iterator[Draft]:
    """A request she may make: possible, or blocked by something other than her own filing."""
    opened = deadline.opened_by.short
    if deadline.state == "blocked":
        blocker = project.pending(deadline.blocked_by or "")
        # What comes after the window has opened is no news of this kind: it has an alert of its own, or needs none.
        if deadline.blocked_by != "reminder_filed" and blocker and blocker.at <= deadline.due_at:
            yield Draft(
                f"reminder_blocked/{opened}/{blocker.short}",
                "reminder_blocked",
                deadline.due_at,
                f"reminder_blocked.{deadline.blocked_by}",
                needs_reading=True,
                deadline=deadline,
                event=blocker,
                outcome=deadline.outcome,
                due_at=deadline.due_at,
            )
        return
    set_by = project.outcome_event.short if project.outcome_event else "-"
    saying = f"{deadline.rule.alert}.{'assumed' if project.assumed else deadline.outcome or 'plain'}"
    yield Draft(
        f"{deadline.rule.alert}/{opened}/{deadline.outcome or '-'}/{set_by}",
        deadline.rule.alert,
        deadline.due_at,
        saying,
        needs_reading=True,
        deadline=deadline,
        outcome=deadline.outcome,
        due_at=deadline.due_at,
    )


def _against(project: Project, deadline: Deadline, told: Mapping[str, Told]) -> Iterator[Draft]:
    """A deadline she must meet: told at once (or as long before as the rule says), and at half of what is left."""
    rule = deadline.rule
    first = Draft(
        f"{rule.alert}/{rule.id}/{deadline.key}",
        rule.alert,
        deadline.due_at - _days(rule.warn) if rule.warn else _since(deadline.opened_by),
        f"must.{rule.id}.passed" if deadline.passed else f"must.{rule.id}.first",
        urgent=True,
        deadline=deadline,
        event=deadline.opened_by,
        outcome=deadline.outcome,
        due_at=deadline.due_at,
        first_of_must=True,
    )
    yield first
    past = told.get(first.rest)
    if past and not deadline.passed and deadline.due_at - past.at > SECOND_WARNING_IF_LEFT and not _met(project, past):
        yield replace(
            first,
            rest=f"deadline_against/{rule.id}/{deadline.key}/half",
            kind="deadline_against",
            instant=past.at + (deadline.due_at - past.at) / 2,
            saying=f"must.{rule.id}.half",
            first_of_must=False,
        )


def _met(project: Project, past: Told) -> bool:
    """True if she recorded after the alert that she has answered, and not a reminder of the client's."""
    return project.received is None and any(e.kind == "answered" and e.known_at >= past.at for e in project.events)


def _days(span: str) -> timedelta:
    """The length of a warning, by and large: a month is 30 days."""
    number, unit = span.split(" ")
    hours = {"hour": 1, "day": 24, "month": 30 * 24, "year": 365 * 24}[unit.removesuffix("s")]
    return timedelta(hours=int(number) * hours)


# -- 3. nudges


def _nudges(
    project: Project, found: tuple[Deadline, ...], now: datetime, habits: Habits, told: Mapping[str, Told]
) -> Iterator[Draft]:
    """The nudge that is due by now, the latest alone, and those to come."""
    contact = project.last_contact
    if not contact or project.over or project.assumed or project.turn == "me" or project.probable_closing:
        return
    nudges = [
        Draft(
            f"silence/{contact.short}/{_short(span)}",
            "silence",
            contact.at + span,
            "silence.plain",
            needs_reading=True,
            event=contact,
            deadline=next((deadline for deadline in found if deadline.rule.act == "may"), None),
            number=number,
        )
        for number, span in enumerate(sorted(habits.silence), start=1)
        if _may_nudge(project, contact.at + span)
    ]
    due = [nudge for nudge in _not_passed(nudges, told) if nudge.instant <= now]
    if due and not _overtaken(due[-1], now):
        yield due[-1]
    yield from (nudge for nudge in nudges if nudge.instant > now)


def _not_passed(drafts: list[Draft], told: Mapping[str, Told]) -> list[Draft]:
    """Of drafts in their order those behind which no later one was told, as a clock that ran ahead has it."""
    latest = max((number for number, draft in enumerate(drafts) if draft.rest in told), default=0)
    return drafts[latest:]


def _may_nudge(project: Project, instant: datetime) -> bool:
    """False if at that instant it was her turn, or no contract was known: such a nudge is not made up for later."""
    then = fold(project.id, (event for event in project.events if event.at <= instant))
    return not then.assumed and then.turn != "me"


def _overtaken(nudge: Draft, now: datetime) -> bool:
    """True if the request that the nudge announces has become possible since."""
    return nudge.deadline is not None and nudge.instant < nudge.deadline.due_at <= now


def _short(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds // 86400}d" if seconds % 86400 == 0 else f"{seconds}s"


# -- 4. repeats


def _repeats(
    project: Project, draft: Draft, now: datetime, habits: Habits, told: Mapping[str, Told]
) -> Iterator[Draft]:
    interval = (habits.repeat or {}).get(draft.kind)
    past = told.get(draft.rest)
    if not interval or not past or past.muted or past.acknowledged or project.assumed:
        return
    repeats = [
        replace(draft, rest=f"{draft.rest}/repeat{n}", instant=past.at + n * interval, repeat=n)
        for n in range(1, REPEATS_AT_MOST + 1)
    ]
    if any((earlier := told.get(repeat.rest)) and earlier.acknowledged for repeat in repeats):
        return
    due = [repeat for repeat in _not_passed(repeats, told) if repeat.instant <= now]
    yield from due[-1:]
    yield from (repeat for repeat in repeats if repeat.instant > now)
