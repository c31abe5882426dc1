"""What to do now about one project, in one sentence, for `status` and the summary."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from inboxwatch.alerts.circumstances import due_in_words, partly_reported, plans_in_words
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.project import Project
from inboxwatch.wording.say import Wording

#: A deal's end is spoken of from when the platform itself announces it.
_EXPIRES_SOON = timedelta(days=30)

#: The key of the sentence, and the deadline whose end it names.
Chosen = tuple[str, Deadline | None]


def advice(
    project: Project, found: Iterable[Deadline], now: datetime, wording: Wording, *, dormant: bool = False
) -> str:
    """One sentence: what the project's present state asks of her."""
    key, deadline = _chosen(project, {deadline.rule.id: deadline for deadline in found}, now, dormant)
    if partly_reported(project) and wording.has(f"advice.{key}_partly"):
        key = f"{key}_partly"
    closing = project.probable_closing.kind if project.probable_closing else ""
    return wording.say(
        f"advice.{key}",
        project=project.id,
        due=due_in_words(deadline, wording) if deadline else now,
        kind=closing,
        paid_as=wording.say(f"event_kinds.{project.paid_as}"),
        **plans_in_words(project, wording),
    )


def _chosen(project: Project, found: dict[str, Deadline], now: datetime, dormant: bool) -> Chosen:
    request = found.get("reminder_request") or next((d for d in found.values() if d.rule.act == "may"), None)
    answer = found.get("reminder_answer")
    if project.over:
        return project.state, None
    if project.received and answer and (answer.state == "running" or answer.passed):
        return ("received_passed" if answer.passed else "received"), answer
    if project.filed:
        return _of_filing(project, found)
    if project.received and answer:
        return "received_answered", None
    if dormant:
        return "dormant", None
    if project.probable_closing:
        return "probable_closing", None
    expiry = found.get("deal_expiry")
    if expiry and expiry.passed:
        return "expiry_passed", expiry
    if expiry and expiry.state == "running" and expiry.due_at - now <= _EXPIRES_SOON:
        return "expiry", expiry
    if project.assumed:
        return "assumed", None
    if project.state == "awaiting_escrow":
        return "awaiting_escrow", None
    if not request:
        return "plain", None
    return _of_request(project, request), request


def _of_filing(project: Project, found: dict[str, Deadline]) -> Chosen:
    result, response, completion = (
        found.get(name) for name in ("reminder_result", "reminder_response", "completion_before_response")
    )
    if result and result.passed:
        return "filed_overdue", None
    if completion and completion.state == "running":
        return "filed_refunded", completion
    if completion and completion.passed:
        return "filed_refunded_passed", completion
    if response and response.passed:
        return "filed_waiting", None
    return "filed_paid", response


def _of_request(project: Project, request: Deadline) -> str:
    if request.state == "blocked":
        return f"blocked_{request.blocked_by}" if request.blocked_by == "change_proposed" else "plain"
    if request.state == "stopped":
        return "stopped"
    if request.state == "open":
        return f"open_{request.outcome or 'plain'}"
    return "running_reported" if project.completion_reported else "running_unreported"
