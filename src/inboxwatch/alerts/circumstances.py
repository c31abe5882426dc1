"""What several sentences say of a project's circumstances: when something ends, which plans are reported."""

from __future__ import annotations

from datetime import datetime

from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.project import Project
from inboxwatch.wording.say import Wording


def due_in_words(deadline: Deadline, wording: Wording) -> str:
    """When the deadline is due, in her zone; the end of a date is said as 24:00 of that date."""
    return end_in_words(deadline.due_at, deadline, wording)


def end_in_words(due_at: datetime, deadline: Deadline | None, wording: Wording) -> str:
    """The same of an instant at which `deadline` ends: only what is reckoned or stated in whole dates has a 24:00."""
    in_dates = deadline is not None and (deadline.rule.round == "end_of_day" or deadline.rule.stated_by is not None)
    return wording.end_of_day(due_at) if in_dates else wording.instant(due_at)


def partly_reported(project: Project) -> bool:
    """True if of the plans that are not paid some are reported as complete and others are not."""
    reported = {plan.reported for number, plan in project.plans if number is not None and not plan.paid}
    return reported == {True, False}


def plans_in_words(project: Project, wording: Wording) -> dict[str, object]:
    """The plans that are reported and those that are not, none of them paid, and the number to be recorded."""
    unpaid = sorted((number, plan.reported) for number, plan in project.plans if number is not None and not plan.paid)
    missing = [number for number, reported in unpaid if not reported]
    return {
        "reported": ", ".join(wording.say("plans.one", n=number) for number, reported in unpaid if reported),
        "unreported": ", ".join(wording.say("plans.one", n=number) for number in missing),
        "plan": missing[0] if len(missing) == 1 else wording.say("plans.number"),
    }
