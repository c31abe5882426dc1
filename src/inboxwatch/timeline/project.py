"""Events → Project: the state of a project is a fold over its events (CONTRACT, Rulings, States)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from inboxwatch.platforms.kinds import CLOSING_EVENTS, PAYMENT_KINDS
from inboxwatch.platforms.profile import ProjectState
from inboxwatch.platforms.recognition import By
from inboxwatch.timeline.event import Event

OVER: frozenset[ProjectState] = frozenset({"paid", "cancelled", "closed"})


@dataclass(frozen=True, slots=True)
class Plan:
    """One 計画 of a project: its own escrow, its own completion report, its own payment."""

    reported: bool = False
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """One contract with one client, as its events tell it. `id` is the full name, `platform/id`.

    `assumed`: known only from contact, so that a contract is not proved. `completion_reported`: of every plan that is
    not paid yet. `outcome_event` last changed that. `filed`: her own reminder request that is still pending,
    `received` the client's, `change` a proposed change that is not settled. `turn`: whose turn it was said to be.
    `probable_closing`: a mail that would close the project if its meaning were certain.
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
    turn: By | None = None
    last_contact: Event | None = None
    last_platform_contact: Event | None = None
    probable_closing: Event | None = None

    @property
    def over(self) -> bool:
        """True when nothing more is to be expected of it: paid, cancelled or closed."""
        return self.state in OVER

    @property
    def completion_reported(self) -> bool:
        """True if the completion of every plan that is not paid (of every plan, once all are) has been reported."""
        plans = [plan for _, plan in self.plans]
        return all(plan.reported for plan in [plan for plan in plans if not plan.paid] or plans)

    def pending(self, kind: str) -> Event | None:
        """The event of this kind that still blocks: a filing, a reminder aimed at her, an unsettled change."""
        return {"reminder_filed": self.filed, "reminder_received": self.received, "change_proposed": self.change}.get(
            kind
        )

    def dormant(self, first_read_at: datetime, days: int = 90) -> bool:
        """True if nothing was known to happen in the 90 days before the first read, nor since."""
        latest = max((max(e.at, e.known_at) if e.recorded else e.at for e in self.events), default=first_read_at)
        return first_read_at - latest >= timedelta(days=days)


def order(event: Event) -> tuple[datetime, datetime, str]:
    """The fold's order: by time, then by arrival; the key settles what is left, so that any order of reading agrees."""
    return event.at, event.known_at, event.key


def fold(
    name: str, events: Iterable[Event], *, aliases: tuple[str, ...] = (), delivered_awaits_approval: bool = True
) -> Project:
    """Given a project's full name and its events in any order, return the project as they leave it."""
    ordered = tuple(sorted(events, key=order))
    step = _Fold(delivered_awaits_approval)
    project = Project(id=name, platform=name.partition("/")[0], aliases=aliases or (name,), events=ordered)
    for event in ordered:
        project = step.apply(_described(project, event), event)
    return project


def _described(project: Project, event: Event) -> Project:
    """What every event may tell beside its kind: the newest title, client and link win."""
    return replace(
        project,
        title=event.title or project.title,
        client=event.client or project.client,
        url=event.url or project.url,
        assumed=project.assumed and event.kind in ("contact", "notice"),
    )


@dataclass(slots=True)
class _Fold:
    """The rules of CONTRACT, States, one method a group of kinds."""

    delivered_awaits_approval: bool
    _plans: dict[int | None, Plan] = field(default_factory=lambda: {None: Plan()})

    def apply(self, project: Project, event: Event) -> Project:
        if not event.counts_in_full:
            return replace(project, probable_closing=event)
        if event.kind in PAYMENT_KINDS:
            return replace(project, paid_as=event.kind)
        rule = getattr(self, f"_{event.kind}", None)
        after: Project = rule(project, event) if rule else project
        if event.kind in CLOSING_EVENTS:
            after = replace(after, probable_closing=None)
        return after

    # -- contact and turn

    def _contact(self, project: Project, event: Event) -> Project:
        if event.by == "me":
            return replace(project, turn=None)
        if event.by != "client":
            return project
        project = replace(project, last_contact=event)
        if event.channel == "platform":
            project = replace(project, last_platform_contact=event)
            # Only contact on the platform ends a filed reminder; a probable mail ends nothing (CONTRACT, Rulings).
            if event.grade != "probable":
                project = replace(project, filed=None)
        return project

    def _waiting(self, project: Project, event: Event) -> Project:
        return replace(project, turn=event.by)

    # -- contract and money

    def _started(self, project: Project, event: Event) -> Project:
        funded = project.state in ("in_progress", "awaiting_approval") and any(
            earlier.kind == "escrow_funded" for earlier in project.events if order(earlier) < order(event)
        )
        return project if funded else replace(project, state="awaiting_escrow")

    def _escrow_funded(self, project: Project, event: Event) -> Project:
        if project.over and event.plan is None:
            self._plans = {None: Plan()}
        for plan in self._meant(event):
            self._plans[plan] = Plan()
        return self._outcome(replace(project, state="in_progress", probable_closing=None), event)

    def _payment_confirmed(self, project: Project, event: Event) -> Project:
        meant = self._meant(event)
        # The outcome is per plan: what names no plan pays those that were reported, if some were and others not.
        for plan in [number for number in meant if self._plans[number].reported] or meant:
            self._plans[plan] = replace(self._plans[plan], paid=True)
        project = self._outcome(project, event)
        return self._over(project, "paid") if all(plan.paid for plan in self._plans.values()) else project

    def _cancelled(self, project: Project, event: Event) -> Project:
        return self._over(project, "cancelled")

    def _closed(self, project: Project, event: Event) -> Project:
        return self._over(project, "closed")

    def _over(self, project: Project, state: ProjectState) -> Project:
        return replace(project, state=state, filed=None, received=None, change=None, turn=None)

    # -- work and its report

    def _completion_reported(self, project: Project, event: Event) -> Project:
        for plan in self._meant(event):
            self._plans[plan] = replace(self._plans[plan], reported=True)
        project = self._outcome(replace(project, turn=None), event)
        return project if project.over else replace(project, state="awaiting_approval")

    def _completion_withdrawn(self, project: Project, event: Event) -> Project:
        for plan in self._meant(event):
            self._plans[plan] = replace(self._plans[plan], reported=False)
        project = self._outcome(project, event)
        return project if project.over else replace(project, state="in_progress")

    # Whether a completion report survives a request for revision is not documented: the careful reading is that it
    # does not, for the advice that follows ("look whether it is reported") costs her nothing and the other her pay.
    _revision_requested = _completion_withdrawn

    def _delivered(self, project: Project, event: Event) -> Project:
        project = replace(project, turn=None)
        if project.over or not self.delivered_awaits_approval:
            return project
        return replace(project, state="awaiting_approval")

    def _meant(self, event: Event) -> list[int | None]:
        """The plans an event speaks of: its own; without a number every plan that is not paid."""
        if event.plan is not None:
            whole = self._plans.pop(None, Plan())
            self._plans.setdefault(event.plan, whole)
            return [event.plan]
        return [number for number, plan in self._plans.items() if not plan.paid] or list(self._plans)

    def _outcome(self, project: Project, event: Event) -> Project:
        before = project.completion_reported
        project = replace(project, plans=tuple(self._plans.items()))
        return replace(project, outcome_event=event) if project.completion_reported != before else project

    # -- reminders and changes

    def _reminder_filed(self, project: Project, event: Event) -> Project:
        if event.by == "client":
            return self._reminder_received(project, event)
        return replace(project, filed=event, filings=project.filings + 1)

    def _reminder_received(self, project: Project, event: Event) -> Project:
        return replace(project, received=event, answered=None)

    def _reminder_ended(self, project: Project, event: Event) -> Project:
        return replace(project, filed=None, received=None)

    def _answered(self, project: Project, event: Event) -> Project:
        return replace(project, answered=event)

    def _change_proposed(self, project: Project, event: Event) -> Project:
        return replace(project, change=event)

    def _change_settled(self, project: Project, event: Event) -> Project:
        return replace(project, change=None)
