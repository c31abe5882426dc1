"""The texts that an alert has ready to be sent: to the client, to support, in answer to a reminder."""

from __future__ import annotations

from datetime import datetime

from inboxwatch.timeline.project import Project
from inboxwatch.wording.pasted import pasted, short_name

#: There are three nudges, in rising firmness: the official help advises at least three messages (l1035/163).
NUDGES = 3


def nudge(project: Project, number: int, *, request_exists: bool) -> str:
    """The message to the client for the nudge of this number, from 1; the third and all later ones are the firmest.

    It asks for what the project's state waits for. Only the third may speak of a reminder request, and only where one
    exists.
    """
    number = min(max(number, 1), NUDGES)
    lines = [_greeting(project), pasted(f"nudge.{_waits_for(project)}.{number}", **_values(project))]
    if number == NUDGES and request_exists:
        lines.append(pasted("nudge.request"))
    return "\n".join(lines)


def _waits_for(project: Project) -> str:
    """What the project waits for: the escrow, an answer, a look at what is delivered, the payment."""
    if project.state == "awaiting_escrow":
        return "escrow"
    if project.completion_reported and project.report:
        return "reported"
    if project.delivery:
        return "part" if project.part else "delivered"
    return "working"


def ask_for_result(project: Project, filed: datetime, response: datetime) -> str:
    """What to write to support when the result of a request is overdue. Instants are aware."""
    closing = pasted("support.result.closing", response=response)
    return "\n".join([pasted("support.result.opening"), *_facts(project, filed), closing])


def ask_for_help(project: Project, filed: datetime, *, reported_once: bool = False) -> str:
    """What to write to support when a request is filed and completion is not reported, or not any more."""
    which = "withdrawn" if reported_once else "unreported"
    closing = pasted("support.unreported.closing")
    return "\n".join([pasted(f"support.{which}.opening"), *_facts(project, filed), closing])


def answer(project: Project) -> str:
    """The answer to a reminder aimed at her, with blanks for what only she knows."""
    values = _values(project)
    if project.completion_reported and project.report:
        middle = [pasted("answer.reported", **values)]
    else:
        state = "part" if project.part else "delivered"
        middle = [pasted(f"answer.{state}", **values)] if project.delivery else [pasted("answer.working")]
        middle.append(pasted("answer.next"))
    return "\n".join([_greeting(project), pasted("answer.opening", **values), *middle, pasted("answer.closing")])


def _greeting(project: Project) -> str:
    if not project.client:
        return pasted("greeting.nobody")
    name = short_name(project.client)
    return name if name.endswith(("様", "御中")) else pasted("greeting.named", client=name)


def _values(project: Project) -> dict[str, object]:
    contact, delivery, report = project.last_contact, project.delivery, project.report
    own = {"reported": report, "delivered": delivery, "part": delivery}.get(_waits_for(project))
    return {
        "matter": pasted("matter.titled", title=short_name(project.title))
        if project.title
        else pasted("matter.untitled"),
        # After what she has done since, and names, the client's last word is no date to count from.
        "since": pasted("since.known", last=contact.at)
        if contact and not (own and own.at > contact.at)
        else pasted("since.unknown"),
        "delivered": delivery.at if delivery else "",
        "reported": report.at if report else "",
        "part": project.part or "",
    }


def _facts(project: Project, filed: datetime) -> list[str]:
    """The lines support needs to find the case, and what is recorded of the work: nothing that is not."""
    values = _values(project)
    title = f"「{short_name(project.title)}」" if project.title else ""
    lines = [pasted("support.project", title=title, url=project.url or project.id).replace("： ", "：")]
    lines.append(pasted("support.filed", filed=filed))
    plans = [(number, plan) for number, plan in project.plans if number is not None and not plan.paid]
    if len(plans) > 1:
        for key, reported in (("plans_reported", True), ("plans_unreported", False)):
            named = "、".join(f"計画{number}" for number, plan in sorted(plans) if plan.reported is reported)
            lines += [pasted(f"support.{key}", plans=named)] if named else []
    elif project.completion_reported and project.report:
        lines.append(pasted("support.reported", **values))
    if project.delivery and not project.completion_reported:
        lines.append(pasted("support.part" if project.part else "support.delivered", **values))
    return lines
