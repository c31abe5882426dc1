"""The pack as JSON: the facts of the document, for programs."""

from __future__ import annotations

from typing import Any

from inboxwatch.alerts.clean import one_line
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.reading import Fact
from inboxwatch.views.output import in_zone
from inboxwatch.views.pack.html import LONGEST
from inboxwatch.views.pack.model import Entry, MailProof, Pack
from inboxwatch.views.pack.timeline_page import subject_form
from inboxwatch.views.pack.words import actor, what
from inboxwatch.wording.say import Wording


def pack_as_json(pack: Pack, wording: Wording) -> dict[str, Any]:
    """Given a pack, its document for programs; instants as CONTRACT has them, in the zone of `wording`."""
    found: dict[str, Any] = _clean(_document(pack, wording))
    return found


def _document(pack: Pack, wording: Wording) -> dict[str, Any]:
    zone = wording.zone
    return {
        "made_at": in_zone(pack.made_at, zone),
        "version": pack.version,
        "zone": zone.key,
        "project": _project(pack, wording),
        "events": [_entry(entry, wording) for entry in pack.entries],
        "withdrawn": [
            {
                **_happened(one.withdrawn.fact, wording),
                "recorded_at": in_zone(one.withdrawn.fact.recorded_at, zone),
                "withdrawn_at": in_zone(one.withdrawn.at, zone),
                "uncertain": one.uncertain,
            }
            for one in pack.retractions
        ],
        "mails": [_mail(mail, wording) for mail in pack.mails],
        "read": {
            "imported_only": pack.watch.folders == 0 and pack.watch.blind_since is None,
            "first_read_at": in_zone(pack.watch.first_read_at, zone),
            "read_up_to": in_zone(pack.watch.read_up_to, zone),
            "blind_since": in_zone(pack.watch.blind_since, zone),
            "lost": [
                {"from": in_zone(lost.from_at, zone), "to": in_zone(lost.to_at, zone), "mails": lost.mails}
                for lost in pack.watch.lost
            ],
        },
        "rules": [
            {
                "name": rule.name,
                "kind": rule.rule.event,
                "subject": subject_form(rule, wording),
                "grade": rule.rule.grade,
                "source": rule.rule.source,
                "checked": rule.rule.checked,
            }
            for rule in pack.rules
        ],
    }


def _clean(value: Any) -> Any:
    """The same without what could lead a reader astray, as the document has it."""
    if isinstance(value, str):
        return one_line(value, LONGEST)
    if isinstance(value, dict):
        return {name: _clean(one) for name, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value


def _project(pack: Pack, wording: Wording) -> dict[str, Any]:
    project, contact, zone = pack.project, pack.project.last_contact, wording.zone
    until = pack.silent_until
    silent = contact and until and not project.over and until > contact.at
    return {
        "id": project.id,
        "platform": project.platform,
        "title": project.title,
        "client": project.client,
        "url": pack.url,
        "state": project.state,
        "assumed": project.assumed,
        "paid_as": project.paid_as,
        "completion_reported": project.completion_reported,
        "reminder_filed": project.filed is not None,
        "plans": [{"plan": n, "reported": p.reported, "paid": p.paid} for n, p in project.plans if n is not None],
        "last_client_contact": contact and _contact(contact, wording),
        "last_client_contact_on_platform": project.last_platform_contact
        and _contact(project.last_platform_contact, wording),
        "silent_until": in_zone(until, zone) if silent else None,
        "silence": int((until - contact.at).total_seconds()) if silent and until and contact else None,
        "deadlines": [_deadline(deadline, wording) for deadline in pack.deadlines],
    }


def _contact(event: Event, wording: Wording) -> dict[str, Any]:
    return {"id": event.key, "at": in_zone(event.at, wording.zone), "channel": event.channel, "mail": event.mail}


def _deadline(deadline: Deadline, wording: Wording) -> dict[str, Any]:
    zone, rule = wording.zone, deadline.rule
    return {
        "id": rule.id,
        "act": rule.act,
        "state": deadline.state,
        "passed": deadline.passed,
        "blocked_by": deadline.blocked_by,
        "from": in_zone(deadline.opened_by.at, zone),
        "from_event": deadline.opened_by.key,
        "due_at": in_zone(deadline.due_at, zone),
        "platform_due_at": in_zone(deadline.platform_due_at, zone),
        "certain_at": in_zone(deadline.certain_at, zone),
        "outcome": deadline.outcome,
        "source": rule.source,
        "source_grade": rule.grade,
        "checked": rule.checked,
    }


def _happened(event: Event | Fact, wording: Wording) -> dict[str, Any]:
    return {
        "id": event.key,
        "at": in_zone(event.at, wording.zone),
        "kind": event.kind,
        "by": actor(event),
        "channel": event.channel,
        "summary": what(event, wording),
        "plan": event.plan,
        "part": event.part,
        "due_at": in_zone(event.due_at, wording.zone),
        "note": event.note,
    }


def _entry(entry: Entry, wording: Wording) -> dict[str, Any]:
    event, mail = entry.event, entry.mail
    return {
        "number": entry.number,
        **_happened(event, wording),
        "rests_on": "statement" if entry.stated else "mail",
        "recorded_at": in_zone(event.known_at, wording.zone) if entry.stated else None,
        "grade": event.grade,
        "rule": event.rule,
        "trust": event.trust,
        "may_concern_other_projects": entry.shared_with,
        "assigned_by_hand": entry.assigned,
        "set_aside_by_hand": entry.set_aside,
        "mail": mail and mail.message_id,
        "file": mail and mail.file,
        "mail_key": mail and mail.key,
    }


def _mail(mail: MailProof, wording: Wording) -> dict[str, Any]:
    withheld = mail.absent == "withheld"
    return {
        "key": mail.key,
        "file": mail.file,
        "absent": mail.absent,
        "sha256": mail.sha256,
        "bytes": mail.size,
        "partial": mail.partial,
        "message_id": mail.message_id,
        "subject": None if withheld else mail.subject,
        "from": None if withheld else mail.sender,
        "date_header": mail.date_header or None,
        "sent_at": in_zone(mail.sent_at, wording.zone),
        "sent_at_is_from": mail.sent_from,
        "arrived_at": in_zone(mail.arrived_at, wording.zone),
        "arrived_at_is_from": mail.arrived_from,
        "trust": mail.trust,
        "authentication_results": mail.results,
        "own": mail.own,
    }
