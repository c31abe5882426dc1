"""Draft → Alert: what happened, where the money goes, what to do, by when, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from inboxwatch.alerts.decide import Draft
from inboxwatch.alerts.model import Alert, Proof
from inboxwatch.mail.model import Trust
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Project
from inboxwatch.wording.say import Wording


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which mails vanished before they were read: how many."""

    from_at: datetime
    to_at: datetime
    mails: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the mailboxes are known to have been read (None: not completely yet), and the holes in that.

    `blind`: a mailbox cannot be read at present, so that nothing may be said about silence.
    """

    known_until: datetime | None
    gaps: tuple[Gap, ...] = ()
    blind: bool = False

    def proof(self, since: datetime) -> Proof:
        """What a silence since this instant is worth."""
        if self.blind:
            return "blind"
        return "holed" if self.gap(since) else "complete"

    def gap(self, since: datetime) -> Gap | None:
        """The hole, if any, in which contact since this instant may have been lost."""
        return next((gap for gap in self.gaps if gap.to_at > since), None)


def compose(draft: Draft, project: Project, now: datetime, coverage: Coverage, wording: Wording) -> Alert:
    """Given what is to be told of a project, return the alert in the user's words."""
    saying = _saying(draft, wording)
    values = _values(draft, project, now, wording)
    name = project.title or project.client or project.id.partition("/")[2]
    title = wording.title(f"{saying}.title", name, **values)
    paragraphs = [
        wording.say("evidence.repeat", n=draft.repeat) if draft.repeat else "",
        wording.say(f"{saying}.body", **values),
        _ahead(draft, project, wording),
        wording.say(f"{saying}.steps", **values),
        "\n".join(_conditions(draft, project, wording)),
        "\n".join(_evidence(draft, project, coverage, wording)),
        wording.say("evidence.link", url=project.url) if project.url else "",
    ]
    return Alert(
        key=f"{project.id}/{draft.rest}",
        at=now,
        kind=draft.kind,
        project=project.id,
        urgent=draft.urgent,
        title=title,
        body="\n".join([f"{name_line(project, wording)}", *[p for p in paragraphs if p]]),
        outcome=draft.outcome,
        proof=coverage.proof(_since(draft, project)) if draft.needs_reading else None,
        trust=lowest(event.trust for event in _rests_on(draft, project)),
        evidence=tuple(dict.fromkeys(event.mail for event in _rests_on(draft, project) if event.mail)),
        due_at=draft.due_at,
        url=project.url,
    )


def name_line(project: Project, wording: Wording) -> str:
    """The project in one line: its title, its client, its name."""
    title = wording.say("who.project", title=project.title) if project.title else ""
    client = wording.say("who.client", client=project.client) if project.client else ""
    return "　".join(part for part in (title, client, f"[{project.id}]") if part)


def lowest(trusts: Iterable[Trust | None]) -> Trust | None:
    """The lowest of several verdicts; None for none."""
    found = {trust for trust in trusts if trust}
    return next((trust for trust in ("forged", "unverified", "verified") if trust in found), None)


def _saying(draft: Draft, wording: Wording) -> str:
    """The wording's key; a rule or an outcome that has none of its own is told in general words."""
    saying = f"alerts.{draft.saying}"
    if wording.has(f"{saying}.title"):
        return saying
    if draft.saying.startswith("must."):
        return f"alerts.must.other.{draft.saying.rpartition('.')[2]}"
    return f"alerts.{draft.kind}.plain"


def _values(draft: Draft, project: Project, now: datetime, wording: Wording) -> dict[str, object]:
    contact = project.last_contact
    return {
        "project": project.id,
        "who": wording.say("who.client", client=project.client) if project.client else wording.say("who.nobody"),
        "last": contact.at if contact else wording.say("when.never"),
        # The span from the contact to the instant of the nudge, not to a late delivery of it.
        "days": wording.span((draft.instant if draft.kind == "silence" else now) - contact.at) if contact else "",
        "due": draft.due_at or now,
        "event_at": draft.event.at if draft.event else now,
        "filed": project.filed.at if project.filed else now,
    }


def _ahead(draft: Draft, project: Project, wording: Wording) -> str:
    """Behind a nudge: what will be possible, and when, if the silence goes on."""
    if draft.kind != "silence" or not draft.deadline or draft.deadline.state != "running":
        return ""
    ahead = "reported" if project.completion_reported else "unreported"
    return wording.say(f"alerts.silence.ahead.{ahead}", due=draft.deadline.due_at)


def _since(draft: Draft, project: Project) -> datetime:
    if draft.deadline:
        return draft.deadline.opened_by.at
    return project.last_contact.at if project.last_contact else draft.instant


def _rests_on(draft: Draft, project: Project) -> list[Event]:
    """The events the alert rests on, the client's last contact among them where silence is told."""
    deadline = draft.deadline
    events = [draft.event, deadline.opened_by if deadline else None, deadline.moved_by if deadline else None]
    if draft.needs_reading:
        events += [project.last_contact, project.outcome_event]
    return [event for event in dict.fromkeys(events) if event]


def _conditions(draft: Draft, project: Project, wording: Wording) -> Iterator[str]:
    """The five conditions of a Lancers reminder request (A1018/338): shown, as far as mail shows, to check."""
    deadline = draft.deadline
    if draft.kind not in ("reminder_available", "reminder_blocked") or not deadline:
        return
    if deadline.rule.id != "reminder_request":
        return
    shown, seen, check = ("○", "△", "□") if wording.language == "ja" else ("[x]", "[~]", "[ ]")
    funded = [event.grade for event in project.events if event.kind == "escrow_funded"]
    in_progress = check if not funded else seen if set(funded) == {"probable"} else shown
    recorded_kind = any(event.kind == project.paid_as for event in project.events)
    yield wording.say("conditions.heading")
    yield wording.say("conditions.fixed_price", mark=shown if recorded_kind else check)
    yield wording.say("conditions.in_progress", mark=in_progress)
    yield wording.say("conditions.silent", mark=seen)
    yield wording.say("conditions.not_filed", mark=check)
    yield wording.say("conditions.no_change", mark="×" if project.change else check)
    opener = wording.say(f"event_kinds.{deadline.opened_by.kind}")
    yield wording.say("conditions.due", due=deadline.due_at, opener=opener, opened=deadline.opened_by.at)
    if deadline.certain_at:
        yield wording.say("conditions.certain", certain=deadline.certain_at)
    if deadline.platform_due_at != deadline.due_at:
        yield wording.say("conditions.platform_due", platform_due=deadline.platform_due_at)
    yield wording.say("conditions.button")


def _evidence(draft: Draft, project: Project, coverage: Coverage, wording: Wording) -> Iterator[str]:
    events = _rests_on(draft, project)
    yield wording.say("evidence.heading")
    if draft.needs_reading:
        yield from _silence_evidence(draft, project, coverage, wording)
    if lowest(event.trust for event in events) == "unverified":
        paying = draft.kind in ("payment_confirmed", "payout_fixed", "cancelled")
        yield wording.say("evidence.unverified" if paying else "evidence.unverified_short")
    if any(event.grade == "probable" for event in events):
        yield wording.say("evidence.probable")
    also = sorted({name for event in events for name in event.also})
    if also:
        yield wording.say("evidence.shared", also=", ".join(also))
    closing = project.probable_closing
    if closing and closing is not draft.event and not project.over:
        yield wording.say("evidence.probable_closing", event_at=closing.at, project=project.id, kind=closing.kind)
    if draft.kind == "reminder_available":
        if project.filings:
            yield wording.say("evidence.refiled")
        if project.paid_as == "package":
            yield wording.say("evidence.package")
    if draft.deadline:
        rule = draft.deadline.rule
        yield wording.say("evidence.source", source=rule.source, checked=rule.checked)


def _silence_evidence(draft: Draft, project: Project, coverage: Coverage, wording: Wording) -> Iterator[str]:
    contact = project.last_contact
    if contact:
        channel = wording.say(f"channel.{contact.channel}") if contact.channel else "?"
        yield wording.say("evidence.last_contact", last=contact.at, channel=channel)
    else:
        yield wording.say("evidence.no_contact", opened=_since(draft, project))
    if coverage.known_until:
        yield wording.say("evidence.read_up_to", read=coverage.known_until)
    gap = coverage.gap(_since(draft, project))
    if gap:
        yield wording.say("evidence.holed", from_at=gap.from_at, to_at=gap.to_at, n=gap.mails)


# -- what to do now, in one line, for `status` and the summary


def advice(
    project: Project, found: Iterable[Deadline], now: datetime, wording: Wording, *, dormant: bool = False
) -> str:
    """One sentence: what the project's present state asks of her."""
    key, due = _advice(project, {deadline.rule.id: deadline for deadline in found}, now, dormant)
    closing = project.probable_closing.kind if project.probable_closing else ""
    return wording.say(
        f"advice.{key}",
        project=project.id,
        due=due or now,
        kind=closing,
        paid_as=wording.say(f"event_kinds.{project.paid_as}"),
    )


def _advice(project: Project, found: dict[str, Deadline], now: datetime, dormant: bool) -> tuple[str, datetime | None]:
    request = found.get("reminder_request") or next((d for d in found.values() if d.rule.act == "may"), None)
    answer = found.get("reminder_answer")
    if project.over:
        return project.state, None
    if project.received and answer:
        return ("received" if answer.state == "running" else "received_answered"), answer.due_at
    if project.filed:
        return _filed_advice(project, found, now)
    if dormant:
        return "dormant", None
    if project.probable_closing:
        return "probable_closing", None
    expiry = found.get("deal_expiry")
    if expiry and expiry.state == "running" and expiry.due_at - now <= timedelta(days=30):
        return "expiry", expiry.due_at
    if project.assumed:
        return "assumed", None
    if project.state == "awaiting_escrow":
        return "awaiting_escrow", None
    if not request:
        return "plain", None
    return _request_advice(project, request), request.due_at


def _filed_advice(project: Project, found: dict[str, Deadline], now: datetime) -> tuple[str, datetime | None]:
    result, response, completion = (
        found.get(name) for name in ("reminder_result", "reminder_response", "completion_before_response")
    )
    if result and result.passed:
        return "filed_overdue", None
    if completion and completion.state == "running":
        return "filed_refunded", completion.due_at
    if response and response.passed:
        return "filed_waiting", None
    return "filed_paid", response.due_at if response else None


def _request_advice(project: Project, request: Deadline) -> str:
    if request.state == "blocked":
        return f"blocked_{request.blocked_by}" if request.blocked_by == "change_proposed" else "plain"
    if request.state == "stopped":
        return "stopped"
    if request.state == "open":
        return f"open_{request.outcome or 'plain'}"
    return "running_reported" if project.completion_reported else "running_unreported"
