"""What several sentences say of a project's circumstances: when something ends, how far the work is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Plan, Project
from inboxwatch.wording.say import Wording


def due_in_words(deadline: Deadline, wording: Wording) -> str:
    """When the deadline is due, in her zone; the end of a date is said as 24:00 of that date."""
    return end_in_words(deadline.due_at, deadline, wording)


def end_in_words(due_at: datetime, deadline: Deadline | None, wording: Wording) -> str:
    """The same of an instant at which `deadline` ends: only what is reckoned or stated in whole dates has a 24:00."""
    in_dates = deadline is not None and (deadline.rule.round == "end_of_day" or deadline.rule.stated_by is not None)
    return wording.with_japan(due_at, end_of_day=in_dates)


def _unpaid(project: Project) -> list[tuple[int, Plan]]:
    return sorted((n, plan) for n, plan in project.plans if n is not None and not plan.paid)


def partly_reported(project: Project) -> bool:
    """True if of the plans that are not paid some are reported as complete and others are not."""
    return {plan.reported for _, plan in _unpaid(project)} == {True, False}


def partly_delivered(project: Project) -> bool:
    """True if of several plans, none of them reported, some are delivered and others are not."""
    unpaid = [plan for _, plan in _unpaid(project)]
    return not any(plan.reported for plan in unpaid) and {plan.delivered for plan in unpaid} == {True, False}


def how_far(project: Project) -> Iterator[str]:
    """What is peculiar in how far the work is, the most telling first: sentences may have words of their own for it.

    `partly`: some plans are reported. `part`: of one escrow a part is delivered. `plans`: some plans are delivered.
    """
    if partly_reported(project):
        yield "partly"
    if project.part:
        yield "part"
    elif partly_delivered(project):
        yield "plans"


def unreported_by(project: Project) -> Event | None:
    """What took back a completion report that she had made; None if none was, or if one stands."""
    event = project.outcome_event
    taken_back = event is not None and event.kind in ("completion_withdrawn", "revision_requested")
    return event if taken_back and not project.completion_reported else None


def unverified_payment(project: Project) -> Event | None:
    """The payment that rests on mails alone whose sender is not verified; None without one, or if another shows it too.

    Of several plans each has a payment of its own: there only the latest is asked.
    """
    begun = max((number for number, event in enumerate(project.events) if event.kind == "escrow_funded"), default=0)
    payments = [event for event in project.events[begun:] if event.kind == "payment_confirmed"]
    if sum(number is not None for number, _ in project.plans) > 1:
        payments = payments[-1:]
    doubted = [event for event in payments if event.trust == "unverified"]
    return doubted[-1] if doubted and len(doubted) == len(payments) else None


def plans_in_words(project: Project, wording: Wording) -> dict[str, object]:
    """The plans that are reported, delivered, and not so, none of them paid; the number to be recorded; the part."""
    unpaid = _unpaid(project)
    missing = [number for number, plan in unpaid if not plan.reported]
    delivered = [number for number in missing if dict(unpaid)[number].delivered]
    # What can be reported first is what is delivered.
    next_ones = delivered if delivered and partly_delivered(project) else missing

    def named(numbers: list[int]) -> str:
        return ", ".join(wording.say("plans.one", n=number) for number in numbers)

    return {
        "reported": named([number for number, plan in unpaid if plan.reported]),
        "unreported": named(missing),
        "unpaid": named([number for number, _ in unpaid]),
        "delivered_plans": named(delivered),
        "undelivered": named([number for number in missing if number not in delivered]),
        "plan": next_ones[0] if len(next_ones) == 1 else wording.say("plans.number"),
        "part": project.part or "",
    }
