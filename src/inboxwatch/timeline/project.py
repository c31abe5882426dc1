"""Events → Project: the state of a project is a fold over its events (CONTRACT, Rulings, States)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from inboxwatch.platforms.kinds import CLOSING_EVENTS, PAYMENT_KINDS
from inboxwatch.platforms.profile import ProjectState
from inboxwatch.platforms.recognition import By
from inboxwatch.timeline.event import RECORDED, Event
from inboxwatch.timeline.plan import Plan, all_reported, is_whole

__all__ = ["OVER", "Plan", "Project", "Standing", "fold", "keeps_standings", "order", "standings"]

#: By these the client asks something of her, whether the platform counts it as contact or not (not documented).
ASKS = frozenset({"revision_requested", "cancel_requested", "refund_requested", "dispute_opened", "change_proposed"})

#: By these what was asked is done or settled: by her, or because the deal has gone on.
SETTLES = frozenset(
    {"answered", "delivered", "completion_reported", "change_settled", "accepted", "payment_confirmed", "escrow_funded"}
)

OVER: frozenset[ProjectState] = frozenset({"paid", "cancelled", "closed"})


@dataclass(frozen=True, slots=True)
class Project:
    """One contract with one client, as its events tell it. `id` is the full name, `platform/id`.

    `assumed`: known only from contact, so that a contract is not proved. `completion_reported`: of every plan that is
    not paid yet. `outcome_event` last changed that. `filed`: her own reminder request that is still pending,
    `received` the client's, `change` a proposed change that is not settled, `demand` the other side's wish to cancel,
    to be refunded or to dispute that she has not answered. `turn`: whose turn it was said to be. `delivery` and
    `report` are her last delivery, and the completion report that stands. `probable_closing`: a mail that would close
    the project if its meaning were certain; `probable_report` one that would report completion, which is not reported.
    """

    id: str
    platform: str
    aliases: tuple[str, ...] = ()
    title: str | None = None
    client: str | None = None
    url: str | None = None
    events: tuple[Event, ...] = ()
    state: ProjectState = "in_progress"
    assumed: bool = True
    paid_as: str = "fixed_price"
    plans: tuple[tuple[int | None, Plan], ...] = ((None, Plan()),)
    outcome_event: Event | None = None
    filed: Event | None = None
    filings: int = 0
    received: Event | None = None
    answered: Event | None = None
    change: Event | None = None
    demand: Event | None = None
    delivery: Event | None = None
    report: Event | None = None
    turn: By | None = None
    last_contact: Event | None = None
    last_platform_contact: Event | None = None
    probable_closing: Event | None = None
    probable_report: Event | None = None

    @property
    def over(self) -> bool:
        """True when nothing more is to be expected of it: paid, cancelled or closed."""
        return self.state in OVER

    @property
    def completion_reported(self) -> bool:
        """True if the completion of every plan that is not paid (of every plan, once all are) has been reported."""
        return all_reported(plan for _, plan in self.plans)

    @property
    def part(self) -> str | None:
        """How much is delivered ("4/5") of the first plan of which a part is, and that is neither reported nor paid."""
        return next((plan.part for _, plan in self.plans if plan.part and not plan.reported and not plan.paid), None)

    @property
    def act_since_contact(self) -> Event | None:
        """What the client has asked of her after his last contact, if nothing has settled it since; else None."""
        asked = [event for event in self.events if event.kind in ASKS and event.by != "me"]
        if not asked:
            return None
        act = asked[-1]
        done = (e for e in self.events if order(e) > order(act))
        answered = any(e.kind in SETTLES or (e.kind == "contact" and e.by == "me") for e in done)
        newer = self.last_contact is None or order(self.last_contact) < order(act)
        return act if newer and not answered else None

    def pending(self, kind: str) -> Event | None:
        """The event of this kind that still blocks: a filing, a reminder aimed at her, an unsettled change."""
        return {"reminder_filed": self.filed, "reminder_received": self.received, "change_proposed": self.change}.get(
            kind
        )

    def dormant(self, first_read_at: datetime, days: int = 90) -> bool:
        """True if nothing was known to happen in the 90 days before the first read, nor since."""
        latest = max((max(e.at, e.known_at) if e.recorded else e.at for e in self.events), default=first_read_at)
        return first_read_at - latest >= timedelta(days=days)


def order(event: Event) -> tuple[datetime, bool, datetime, str]:
    """The fold's order: by time; then mails before what she recorded, who had read them; then by arrival.

    The key settles what is left, so that any order of reading agrees. Recorded facts are in the order of their numbers.
    """
    key = f"{event.key.removeprefix(RECORDED):>20}" if event.recorded else event.key
    return event.at, event.recorded, event.known_at, key


def fold(
    name: str, events: Iterable[Event], *, aliases: tuple[str, ...] = (), delivered_awaits_approval: bool = True
) -> Project:
    """Given a project's full name and its events in any order, return the project as they leave it."""
    ordered = tuple(sorted(events, key=order))
    folding = _Fold(delivered_awaits_approval)
    for event in ordered:
        folding.apply(event)
    return folding.project(name, aliases or (name,), ordered)


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a project decides whether a mail can be meant for it, from `since` on: is it over, has she filed."""

    since: datetime
    over: bool
    filed: bool


def standings(events: Iterable[Event]) -> list[Standing]:
    """Given a project's events in any order, how it stood after each instant at which something changed of that."""
    found: list[Standing] = []
    folding = _Fold(delivered_awaits_approval=True)
    for event in sorted(events, key=order):
        folding.apply(event)
        standing = Standing(event.at, folding.over, folding.filed is not None)
        if found and found[-1].since == event.at:
            found[-1] = standing
        elif not found or (found[-1].over, found[-1].filed) != (standing.over, standing.filed):
            found.append(standing)
    return found


def keeps_standings(event: Event, found: Iterable[Standing]) -> bool:
    """True if one more event, wherever it falls, surely leaves the standings as they are."""
    # Contact says nothing of the contract; it can only end a filing.
    return event.kind == "notice" or (event.kind == "contact" and not any(standing.filed for standing in found))


@dataclass(slots=True)
class _Fold:
    """The project while its events are read; the rules of CONTRACT, States, one method a kind."""

    delivered_awaits_approval: bool
    title: str | None = None
    client: str | None = None
    url: str | None = None
    state: ProjectState = "in_progress"
    assumed: bool = True
    paid_as: str = "fixed_price"
    plans: dict[int | None, Plan] = field(default_factory=lambda: {None: Plan()})
    outcome_event: Event | None = None
    filed: Event | None = None
    filings: int = 0
    received: Event | None = None
    answered: Event | None = None
    change: Event | None = None
    demand: Event | None = None
    delivery: Event | None = None
    report: Event | None = None
    turn: By | None = None
    last_contact: Event | None = None
    last_platform_contact: Event | None = None
    probable_closing: Event | None = None
    probable_report: Event | None = None
    #: Escrow was paid in at some time, for whichever plan.
    ever_funded: bool = False

    @property
    def over(self) -> bool:
        return self.state in OVER

    @property
    def completion_reported(self) -> bool:
        return all_reported(self.plans.values())

    def project(self, name: str, aliases: tuple[str, ...], events: tuple[Event, ...]) -> Project:
        """What the events read so far leave."""
        return Project(
            id=name,
            platform=name.partition("/")[0],
            aliases=aliases,
            title=self.title,
            client=self.client,
            url=self.url,
            events=events,
            state=self.state,
            assumed=self.assumed,
            paid_as=self.paid_as,
            plans=tuple(self.plans.items()),
            outcome_event=self.outcome_event,
            filed=self.filed,
            filings=self.filings,
            received=self.received,
            answered=self.answered,
            change=self.change,
            demand=self.demand,
            delivery=self.delivery,
            report=self.report,
            turn=self.turn,
            last_contact=self.last_contact,
            last_platform_contact=self.last_platform_contact,
            probable_closing=self.probable_closing,
            probable_report=None if self.over or self.completion_reported else self.probable_report,
        )

    def apply(self, event: Event) -> None:
        """Read one more event, the next in `order`."""
        self._describe(event)
        if not event.counts_in_full:
            if event.kind == "completion_reported":
                self.probable_report = event
            else:
                self.probable_closing = event
        elif event.kind in PAYMENT_KINDS:
            self.paid_as = event.kind
        else:
            rule: Callable[[Event], None] | None = getattr(self, f"_{event.kind}", None)
            if rule:
                rule(event)
            if event.kind in CLOSING_EVENTS:
                self.probable_closing = None

    def _describe(self, event: Event) -> None:
        """What every event may tell beside its kind: the newest title, client and link win.

        A mail that may belong elsewhere tells nothing that another mail has told, nor does one that was brought here
        tell of the client: he may go by another name, or another person write for him.
        """
        self.assumed = self.assumed and event.kind in ("contact", "notice")
        if event.also:
            self.title = self.title or event.title
            self.client = self.client or event.client
            self.url = self.url or event.url
        else:
            self.title = event.title or self.title
            self._client(event)
            self.url = event.url or self.url

    def _client(self, event: Event) -> None:
        if event.client and (not event.brought or self.client is None):
            self.client = event.client

    # -- contact and turn

    def _contact(self, event: Event) -> None:
        if event.by == "me":
            self.turn = self.demand = None
        if event.by != "client":
            return
        self.last_contact = event
        if event.channel == "platform":
            self.last_platform_contact = event
            # Only contact on the platform ends a filed reminder; a probable mail ends nothing (CONTRACT, Rulings).
            if event.grade != "probable":
                self.filed = None

    def _waiting(self, event: Event) -> None:
        self.turn = event.by

    # -- contract and money

    def _started(self, event: Event) -> None:
        if self.over:
            self._another_round(event)
        if not (self.ever_funded and self.state in ("in_progress", "awaiting_approval")):
            self.state = "awaiting_escrow"

    def _another_round(self, event: Event) -> None:
        """Work after the end: what was reported of the last round says nothing of this one."""
        reported = self.completion_reported
        self.plans, self.delivery, self.report, self.probable_report = {None: Plan()}, None, None, None
        self._outcome(event, reported)

    def _escrow_funded(self, event: Event) -> None:
        reported = self.completion_reported
        if self.over and event.plan is None:
            self._another_round(event)
        for plan in self._meant(event):
            before = self.plans[plan]
            # Another round begins anew; what was delivered before its own escrow came stays delivered.
            if before.reported or before.paid:
                self.plans[plan], self.delivery, self.report = Plan(), None, None
        self.state, self.probable_closing, self.ever_funded = "in_progress", None, True
        self._outcome(event, reported)

    def _payment_confirmed(self, event: Event) -> None:
        reported = self.completion_reported
        meant = self._meant(event)
        # The outcome is per plan: what names no plan pays those that were reported, if some were and others not.
        for plan in [number for number in meant if self.plans[number].reported] or meant:
            self.plans[plan] = replace(self.plans[plan], paid=True)
        self._outcome(event, reported)
        self.probable_report = None  # what is paid is settled, and the guess says of no plan which it was
        if all(plan.paid for plan in self.plans.values()):
            self._end("paid")

    def _cancelled(self, event: Event) -> None:
        self._end("cancelled")

    def _closed(self, event: Event) -> None:
        self._end("closed")

    def _end(self, state: ProjectState) -> None:
        self.state = state
        self.filed = self.received = self.change = self.demand = None
        self.turn = self.probable_report = None

    # -- work and its report

    def _completion_reported(self, event: Event) -> None:
        self.turn = None
        self._report(event, reported=True)
        if not self.over:
            self.state = "awaiting_approval"

    def _completion_withdrawn(self, event: Event) -> None:
        self.probable_report = None
        self._report(event, reported=False)
        if not self.over:
            self.state = "in_progress"

    # Whether a completion report survives a request for revision is not documented: the careful reading is that it
    # does not, for the advice that follows ("look whether it is reported") costs her nothing and the other her pay.
    def _revision_requested(self, event: Event) -> None:
        self._completion_withdrawn(event)
        # What must be done again is no delivery that the client could look at.
        self.delivery = None

    def _delivered(self, event: Event) -> None:
        self.turn, self.delivery = None, event
        whole = is_whole(event.part)
        for plan in self._meant(event):
            self.plans[plan] = replace(self.plans[plan], delivered=whole, part=None if whole else event.part)
        if not self.over and self.delivered_awaits_approval:
            self.state = "awaiting_approval"

    def _report(self, event: Event, *, reported: bool) -> None:
        before = self.completion_reported
        self.report = event if reported else None
        for plan in self._meant(event):
            self.plans[plan] = replace(self.plans[plan], reported=reported)
        self._outcome(event, before)

    def _meant(self, event: Event) -> list[int | None]:
        """The plans an event speaks of: its own; without a number every plan that is not paid."""
        if event.plan is not None:
            whole = self.plans.pop(None, Plan())
            self.plans.setdefault(event.plan, whole)
            return [event.plan]
        return [number for number, plan in self.plans.items() if not plan.paid] or list(self.plans)

    def _outcome(self, event: Event, before: bool) -> None:
        """Note what changed whether completion is reported, which was so `before` or was not."""
        if self.completion_reported != before:
            self.outcome_event = event

    # -- reminders and changes

    def _reminder_filed(self, event: Event) -> None:
        if event.by == "client":
            self._reminder_received(event)
        else:
            if self.state == "paid" and event.recorded:
                # A request exists only while a deal is in progress: so there is one, of which no mail has told.
                self._another_round(event)
                self.state = "in_progress"
            # While one is pending there cannot be another: it is the same, told by a mail and recorded too.
            self.filings += self.filed is None
            self.filed = event

    def _reminder_received(self, event: Event) -> None:
        self.received, self.answered = event, None

    def _reminder_ended(self, event: Event) -> None:
        self.filed = self.received = None

    def _answered(self, event: Event) -> None:
        self.answered, self.demand = event, None

    def _demand(self, event: Event) -> None:
        if event.by != "me":
            self.demand = event

    _cancel_requested = _refund_requested = _dispute_opened = _demand

    def _change_proposed(self, event: Event) -> None:
        self.change = event

    def _change_settled(self, event: Event) -> None:
        self.change = None
