"""What to do now about one project, in one sentence, for `status` and the summary."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from inboxwatch.alerts.circumstances import due_in_words, how_far, plans_in_words, unverified_payment
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
    """One sentence: what the project's present state asks of her, the fate of her money first."""
    code, deadline = chosen(project, found, now, dormant=dormant)
    # A profile of the user's own may bring a blocker or a kind of contract of which only general words are known.
    keys = [*(f"{code}_{variant}" for variant in how_far(project)), code, code.partition("_")[0]]
    key = next(key for key in keys if wording.has(f"advice.{key}"))
    closing = project.probable_closing.kind if project.probable_closing else ""
    return wording.say(
        f"advice.{key}",
        project=project.id,
        due=due_in_words(deadline, wording) if deadline else now,
        kind=closing,
        closing=wording.say(f"event_kinds.{closing}") if closing else "",
        at=project.demand.at if project.demand else now,
        paid_as=wording.say(f"event_kinds.{project.paid_as}"),
        **plans_in_words(project, wording),
    )


def chosen(project: Project, found: Iterable[Deadline], now: datetime, *, dormant: bool = False) -> Chosen:
    """The code of the advice, stable for programs, and the deadline that it names.

    What runs against her comes first, then her own request, then what is not certain, then what she may do and when.
    """
    by_id = {deadline.rule.id: deadline for deadline in found}
    if project.over and not project.received:
        return "unverified_payment" if project.state == "paid" and unverified_payment(project) else project.state, None
    if of_reminders := _of_reminders(project, by_id):
        return of_reminders
    if project.demand:
        return f"demand_{project.demand.kind}", None
    if dormant:
        return "dormant", None
    if project.probable_closing:
        return "probable_closing", None
    expiry = by_id.get("deal_expiry")
    if expiry and expiry.passed:
        return "expiry_passed", expiry
    if expiry and expiry.state == "running" and expiry.due_at - now <= _EXPIRES_SOON:
        return "expiry", expiry
    if project.platform == "direct":
        # No site holds an escrow, and none has a clock.
        return "no_clock", None
    if project.assumed:
        return "assumed", None
    if project.state == "awaiting_escrow":
        return "awaiting_escrow", None
    request = by_id.get("reminder_request") or next((d for d in by_id.values() if d.rule.act == "may"), None)
    if not request:
        return ("no_clock" if project.last_contact else "no_start"), None
    return _of_request(project, request), request


def _of_reminders(project: Project, by_id: dict[str, Deadline]) -> Chosen | None:
    """The other side's reminder, and her own request; where both press, the one that ends first."""
    answer, completion = by_id.get("reminder_answer"), by_id.get("completion_before_response")
    pressing = answer if project.received and answer and (answer.state == "running" or answer.passed) else None
    emergency = completion if project.filed and completion and completion.state == "running" else None
    if pressing and not (emergency and emergency.due_at <= pressing.due_at):
        return ("received_passed" if pressing.passed else "received"), pressing
    if project.filed:
        return _of_filing(project, by_id)
    if project.received:
        return "received_answered" if project.answered else "blocked_reminder_received", None
    return None


def _of_filing(project: Project, by_id: dict[str, Deadline]) -> Chosen:
    result, response, completion = (
        by_id.get(name) for name in ("reminder_result", "reminder_response", "completion_before_response")
    )
    if not response or response.state == "stopped":
        return "filed_plain", None
    outcome = response.outcome or "plain"
    if result and result.passed:
        return f"filed_overdue_{outcome}", None
    if completion and completion.state == "running":
        return "filed_refunded", completion
    if completion and completion.passed:
        return "filed_refunded_passed", completion
    if response.passed:
        return f"filed_waiting_{outcome}", None
    return "filed_paid", response


def _of_request(project: Project, request: Deadline) -> str:
    if request.state == "blocked":
        blocker = project.pending(request.blocked_by or "")
        probable = "_probable" if blocker and blocker.grade == "probable" else ""
        return f"blocked_{request.blocked_by}{probable}"
    if request.state == "stopped":
        return f"stopped_{project.paid_as}" if project.paid_as in request.rule.unless else "no_clock"
    if request.state == "open":
        return f"open_{request.outcome or 'plain'}"
    reported = "reported" if project.completion_reported else "unreported"
    if request.outcome is None:
        return "running_plain"
    return f"{'turn' if project.turn == 'me' else 'running'}_{reported}"
