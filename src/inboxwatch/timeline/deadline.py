"""Project × deadline rules → Deadlines: what runs, until when, and what happens then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Literal
from zoneinfo import ZoneInfo

from inboxwatch.platforms.profile import DeadlineRule, OutcomeName, Profile
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Project, fold, order
from inboxwatch.timeline.select import matches
from inboxwatch.timeline.span import add

#: A stated end this near to the reckoned one is the same: the notice names a date, the reckoning an instant.
SAME_END = timedelta(days=2)

#: A filing that a mail tells and that she records too is one; a later one is another.
SAME_FILING = timedelta(hours=24)

DeadlineState = Literal["running", "open", "blocked", "stopped", "done"]
ContactSetting = Literal["any", "platform"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline rule's running instance for one project. All instants are in UTC.

    `opened_by` is the event the clock runs from, `moved_by` the last event that moved its end. `platform_due_at` is
    the platform's own reading, which counts only contact on the platform; `certain_at` the instant by which every
    reading of the rule agrees. `blocked_by` names the kind of the event that blocks it. `outcome` is that of the state
    at present, of a `reminder_deadline` that of the state when it passed. `passed`: its end came, and nothing had ended
    or stopped it before. `contact` is the user's setting: which contact moves it.
    """

    rule: DeadlineRule
    state: DeadlineState
    opened_by: Event
    moved_by: Event
    due_at: datetime
    platform_due_at: datetime
    certain_at: datetime | None = None
    blocked_by: str | None = None
    outcome: OutcomeName | None = None
    passed: bool = False
    contact: ContactSetting = "any"

    @property
    def key(self) -> str:
        """What tells this instance from any other of the same rule: what opened it and what moved its end."""
        moved = "" if self.moved_by == self.opened_by else "-" + self.moved_by.short
        return self.opened_by.short + moved


def deadlines(
    project: Project, profile: Profile, now: datetime, contact: ContactSetting = "any"
) -> tuple[Deadline, ...]:
    """Given a project and its platform's profile, return every deadline whose clock has started, by `now` (aware)."""
    found = (_deadline(project, rule, ZoneInfo(profile.zone), now, contact) for rule in profile.deadlines)
    return tuple(deadline for deadline in found if deadline)


def _deadline(
    project: Project, rule: DeadlineRule, zone: ZoneInfo, now: datetime, contact: ContactSetting
) -> Deadline | None:
    opened_by = _opener(project, rule, contact, zone)
    if opened_by is None:
        return None
    due_at, moved_by = _due(project, rule, opened_by, zone)
    reported = project.outcome_event
    if rule.until_reported and reported and order(reported) > order(moved_by):
        # A report that was withdrawn after the filing is an emergency of its own.
        moved_by = reported
    platform_opener = _opener(project, rule, "platform", zone) or opened_by
    platform_due_at, _ = _due(project, rule, platform_opener, zone)
    state, blocked_by = _state(project, rule, opened_by, due_at, now)
    return Deadline(
        rule=rule,
        state="done" if state == "passed" else state,
        opened_by=opened_by,
        moved_by=moved_by,
        due_at=due_at,
        platform_due_at=platform_due_at,
        certain_at=add(opened_by.at, rule.certain.after, zone, rule.certain.round) if rule.certain else None,
        blocked_by=blocked_by,
        outcome=outcome(_when_it_counts(project, rule, due_at), rule),
        contact=contact,
        passed=state in ("open", "blocked", "passed") and now >= due_at,
    )


def end_against(event: Event, profile: Profile) -> datetime | None:
    """When the first clock that this event alone starts against her ends, in UTC; None if it starts none."""
    zone = ZoneInfo(profile.zone)
    rules = [rule for rule in profile.deadlines if rule.act == "must" and rule.from_.latest]
    ends = [add(event.at, rule.after, zone, rule.round) for rule in rules if matches(event, rule.from_.latest)]
    return min(ends, default=None)


def _when_it_counts(project: Project, rule: DeadlineRule, due_at: datetime) -> Project:
    """The project in the state that decides: that of the end of the other side's time to answer, once it is over."""
    if rule.alert != "reminder_deadline":
        return project
    return fold(project.id, (event for event in project.events if event.at <= due_at))


def outcome(project: Project, rule: DeadlineRule) -> OutcomeName | None:
    """What the rule's clock leads to in the project's present state; None where the rule does not say."""
    if rule.outcome is None:
        return None
    return rule.outcome.completion_reported if project.completion_reported else rule.outcome.otherwise


def _opener(project: Project, rule: DeadlineRule, contact: ContactSetting, zone: ZoneInfo) -> Event | None:
    """The event the clock runs from. With `contact` "platform" only contact on the platform counts.

    What she must do before an end keeps its first end while that is still to come: the platform urges several times
    and counts from the first.
    """
    chosen = [
        event
        for event in project.events
        if matches(event, rule.from_.latest or rule.from_.earliest)
        and event.counts_in_full
        and not (contact == "platform" and event.kind == "contact" and event.channel != "platform")
    ]
    if not chosen:
        stated = [event for event in project.events if rule.stated_by and matches(event, [rule.stated_by])]
        return stated[-1] if stated else None
    if rule.from_.latest and rule.act == "must":
        return reduce(lambda opener, event: opener if _runs_on(project, rule, opener, event, zone) else event, chosen)
    return chosen[-1] if rule.from_.latest else chosen[0]


def _runs_on(project: Project, rule: DeadlineRule, opener: Event, event: Event, zone: ZoneInfo) -> bool:
    """True if the clock that `opener` started is still running when this later event comes."""
    if event.kind == "reminder_filed" and event.at - opener.at > SAME_FILING:
        # There cannot be two at a time: the first has ended, in whatever way, and a filing is told at once.
        return False
    between = (e for e in project.events if order(opener) < order(e) < order(event))
    return event.at < add(opener.at, rule.after, zone, rule.round) and not _ends(project, rule, between)


def _due(project: Project, rule: DeadlineRule, opened_by: Event, zone: ZoneInfo) -> tuple[datetime, Event]:
    """When the clock ends, and the event that set it: the opener, a notice that states it, or an extension."""
    stated = rule.stated_by is not None and matches(opened_by, [rule.stated_by])
    due_at = _stated(opened_by, zone) if stated else add(opened_by.at, rule.after, zone, rule.round)
    moved_by = opened_by
    for event in project.events:
        if order(event) <= order(opened_by):
            continue
        if rule.stated_by and matches(event, [rule.stated_by]):
            # What the platform itself states wins; a notice without a date only confirms what was reckoned.
            if event.due_at and abs(event.due_at - due_at) > SAME_END:
                moved_by = event
            due_at = event.due_at or due_at
        elif rule.extended and matches(event, rule.extended.by):
            extended = add(event.at, rule.extended.to_at_least, zone)
            if extended > due_at:
                due_at, moved_by = extended, event
    return due_at, moved_by


def _stated(notice: Event, zone: ZoneInfo) -> datetime:
    """The date a notice states; one that states none comes a month before (reference: Lancers, 2.3)."""
    return notice.due_at or add(notice.at, "1 month", zone)


def _state(
    project: Project, rule: DeadlineRule, opened_by: Event, due_at: datetime, now: datetime
) -> tuple[DeadlineState | Literal["passed"], str | None]:
    if _ended(project, rule, opened_by):
        return "done", None
    if project.state not in rule.while_ or project.paid_as in rule.unless:
        return "stopped", None
    blocker = next((kind for kind in rule.blocked_by if project.pending(kind)), None)
    if blocker:
        return "blocked", blocker
    if now < due_at:
        return "running", None
    return ("open" if rule.act == "may" else "passed"), None


def _ended(project: Project, rule: DeadlineRule, opened_by: Event) -> bool:
    if rule.until_reported and project.completion_reported:
        return True
    later = (event for event in project.events if order(event) > order(opened_by))
    return _ends(project, rule, later)


def _ends(project: Project, rule: DeadlineRule, events: Iterable[Event]) -> bool:
    """True if one of them ends the clock. A probable recognition ends no deadline (CONTRACT, Grades)."""
    ending = (event for event in events if matches(event, rule.ended_by) and event.grade != "probable")
    return any(not _pays_one_of_several(project, event) for event in ending)


def _pays_one_of_several(project: Project, event: Event) -> bool:
    """True for the payment of one plan while others are unpaid: their money still hangs on the clock."""
    if event.kind != "payment_confirmed" or len(project.plans) < 2:
        return False
    return not fold(project.id, (e for e in project.events if order(e) <= order(event))).over
