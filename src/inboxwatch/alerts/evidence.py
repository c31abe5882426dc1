"""What an alert rests on: the conditions of a request as far as they are shown, mails, coverage, the rule's source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from inboxwatch.alerts.coverage import Coverage
from inboxwatch.alerts.decide import Draft
from inboxwatch.alerts.defang import quoted
from inboxwatch.alerts.doubts import doubts
from inboxwatch.mail.model import Trust
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Project
from inboxwatch.wording.say import Wording

#: Doubts on which the outcome hangs.
ABOUT_THE_REPORT = frozenset({"probable_report", "probable_withdrawal"})

#: Doubts for which the alerts they concern have words of their own.
_TOLD_ELSEWHERE = frozenset({"probable_closing", "probable_reminder", "unverified_payment"})


def rests_on(draft: Draft, project: Project) -> list[Event]:
    """The events the alert rests on, the client's last contact among them where silence is told."""
    deadline = draft.deadline
    events = [draft.event, deadline.opened_by if deadline else None, deadline.moved_by if deadline else None]
    if draft.needs_reading:
        events += [project.last_contact, project.outcome_event]
    return [event for event in dict.fromkeys(events) if event]


def since(draft: Draft, project: Project) -> datetime:
    """From when on the silence that is told must have been read.

    A nudge is about the client's last contact, even where the deadline that it names was begun anew since.
    """
    if draft.deadline and draft.kind != "silence":
        return draft.deadline.opened_by.at
    return project.last_contact.at if project.last_contact else draft.instant


def lowest(trusts: Iterable[Trust | None]) -> Trust | None:
    """The lowest of several verdicts; None for none."""
    found = {trust for trust in trusts if trust}
    return next((trust for trust in ("forged", "unverified", "verified") if trust in found), None)


def conditions(draft: Draft, project: Project, wording: Wording) -> Iterator[str]:
    """The five conditions of a Lancers reminder request (A1018/338): shown, as far as mail shows, to check."""
    deadline = draft.deadline
    if draft.kind not in ("reminder_available", "reminder_blocked") or not deadline:
        return
    if deadline.rule.id != "reminder_request":
        return
    yield wording.say("conditions.heading")
    yield from _five_conditions(project, deadline, wording)
    yield from _when_possible(deadline, wording, blocked=draft.kind == "reminder_blocked")


def _five_conditions(project: Project, deadline: Deadline, wording: Wording) -> Iterator[str]:
    """Each condition with its mark, and what shows it or that nothing does."""

    def line(condition: str, mark: str, shown_by: str) -> str:
        words = wording.say(f"conditions.marks.{mark}")
        return wording.say(f"conditions.{condition}", mark=words, shown_by=shown_by)

    fixed = _last(project, "fixed_price") if project.paid_as == "fixed_price" else None
    # That nothing else was recorded proves nothing, and of a package it is not known whether it counts.
    unfixed = "package" if project.paid_as == "package" else "look"
    yield line("fixed_price", "shown" if fixed else "check", _shown_by(fixed, wording, unfixed))
    # A certain record of any round is more than a probable mail of the last.
    funded = _last(project, "escrow_funded", sure=True) or _last(project, "escrow_funded")
    in_progress = "check" if not funded else "seen" if funded.grade == "probable" else "shown"
    yield line("in_progress", in_progress, _shown_by(funded, wording, "no_escrow"))
    # By her strict setting only what the platform itself counts is shown here; the other contact is named below.
    contact = project.last_platform_contact if deadline.contact == "platform" else project.last_contact
    yield line("silent", "seen", _shown_by(contact, wording, "no_contact"))
    filing = _last(project, "reminder_filed")
    yield line("not_filed", "check", _shown_by(filing, wording, "no_filing"))
    settled = None if project.change else _last(project, "change_settled")
    changing = project.change is not None and project.change.grade != "probable"
    yield line("no_change", "no" if changing else "check", _shown_by(project.change or settled, wording, "no_change"))


def _last(project: Project, kind: str, *, sure: bool = False) -> Event | None:
    found = (event for event in reversed(project.events) if event.kind == kind)
    return next((event for event in found if not sure or event.grade != "probable"), None)


def _shown_by(event: Event | None, wording: Wording, otherwise: str) -> str:
    """What shows it: a record or a mail with its date; else the words for that nothing does."""
    if event is None:
        return wording.say(f"conditions.shown_by.{otherwise}")
    how = "recorded" if event.recorded else "probable" if event.grade == "probable" else "mail"
    what = wording.say(f"event_kinds.{event.kind}")
    return wording.say(f"conditions.shown_by.{how}", what=what, at=event.at)


def _when_possible(deadline: Deadline, wording: Wording, *, blocked: bool) -> Iterator[str]:
    """From when the request is possible; of one that is blocked only from when it would be, were it not."""
    yield wording.say(
        "conditions.due_blocked" if blocked else "conditions.due",
        due=wording.with_japan(deadline.due_at),
        opener=wording.say(f"event_kinds.{deadline.opened_by.kind}"),
        opened=deadline.opened_by.at,
    )
    yield from other_readings(deadline, wording, blocked=blocked)
    if not blocked:
        yield wording.say("conditions.button")


def other_readings(deadline: Deadline, wording: Wording, *, blocked: bool = False) -> Iterator[str]:
    """The instants by other readings of the rule, where they differ from the one that is told."""
    if deadline.certain_at and not blocked:
        yield wording.say("conditions.certain", certain=wording.with_japan(deadline.certain_at))
    if deadline.platform_due_at != deadline.due_at:
        yield wording.say("conditions.platform_due", platform_due=wording.with_japan(deadline.platform_due_at))


def evidence(draft: Draft, project: Project, coverage: Coverage, wording: Wording) -> Iterator[str]:
    """The lines of the evidence under their heading; nothing where there is nothing to be said."""
    lines = [*_of_mails(draft, project, coverage, wording), *_of_rules(draft, project, wording)]
    if lines:
        yield wording.say("evidence.heading")
        yield from lines


def _of_mails(draft: Draft, project: Project, coverage: Coverage, wording: Wording) -> Iterator[str]:
    events = rests_on(draft, project)
    if draft.needs_reading:
        yield from _of_silence(draft, project, coverage, wording)
        yield from _of_unlinked(draft, project, coverage, wording)
    if lowest(event.trust for event in events) == "unverified":
        paying = draft.kind in ("payment_confirmed", "payout_fixed", "cancelled")
        yield wording.say("evidence.unverified" if paying else "evidence.unverified_short")
    if any(event.grade == "probable" and event.rule != "direct/thread" for event in events):
        yield wording.say("evidence.probable")
    for event in events:
        if event.also and event is not project.last_contact:
            yield wording.say("evidence.shared", also=", ".join(event.also), id=event.key, project=project.id)
    told = _TOLD_ELSEWHERE | ({"probable_change"} if draft.kind == "reminder_blocked" else frozenset())
    for doubt in doubts(project, wording):
        # An overdue result names a mail that may be that result before all else.
        closing = doubt.code == "probable_closing" and doubt.event is not draft.event and draft.kind != "result_overdue"
        of_package = doubt.code == "package" and draft.kind == "reminder_available"
        if doubt.code in ABOUT_THE_REPORT and draft.outcome:
            continue  # said before all else: the money hangs on it
        if closing or of_package or (doubt.event in events and doubt.code not in told):
            yield wording.say("evidence.line", line=doubt.line)


def _of_silence(draft: Draft, project: Project, coverage: Coverage, wording: Wording) -> Iterator[str]:
    contact = project.last_contact
    if contact:
        channel = wording.say(f"channel.{contact.channel}") if contact.channel else "?"
        yield wording.say("evidence.last_contact", last=contact.at, channel=channel)
    else:
        yield wording.say("evidence.no_contact", opened=since(draft, project))
    if coverage.known_until:
        yield wording.say("evidence.read_up_to", read=coverage.known_until)
    gap = coverage.gap(since(draft, project))
    if gap:
        yield wording.say("evidence.holed", from_at=gap.from_at, to_at=gap.to_at, n=gap.mails)


def _of_unlinked(draft: Draft, project: Project, coverage: Coverage, wording: Wording) -> Iterator[str]:
    """Contact by somebody unknown: if he is this client, there was no silence. How to say so is part of the line."""
    last = project.last_contact.at if project.last_contact else since(draft, project)
    for one in coverage.unlinked_since(max(last, since(draft, project)), project.id):
        yield wording.say("evidence.unlinked", client=quoted(one.client), at=one.at, id=one.key, project=project.id)


def _of_rules(draft: Draft, project: Project, wording: Wording) -> Iterator[str]:
    if draft.kind == "reminder_available" and project.filings:
        yield wording.say("evidence.refiled")
    # A nudge rests on the rule only where the clock it announces is running.
    if draft.deadline and (draft.kind != "silence" or draft.deadline.state == "running"):
        rule = draft.deadline.rule
        yield wording.say("evidence.source", source=rule.source, checked=rule.checked)
