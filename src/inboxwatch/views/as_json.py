"""Projects, events and the watch as the JSON of CONTRACT."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from inboxwatch.alerts.as_json import alert_as_json
from inboxwatch.alerts.compose import Coverage
from inboxwatch.kept import why_in_review
from inboxwatch.pipeline import Pipeline
from inboxwatch.store.model import AlertRow, Hole
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.event import Event
from inboxwatch.views.output import in_zone
from inboxwatch.views.standing import Standing, coverage_of, silence, unlinked
from inboxwatch.views.words import summary
from inboxwatch.wording.say import Wording


def status_as_json(pipeline: Pipeline, found: Sequence[Standing], now: datetime) -> dict[str, Any]:
    """Given how projects stand at `now`, the document of `status --json`, but for the service."""
    store, zone = pipeline.store, pipeline.wording.zone
    coverage = coverage_of(store)
    return {
        "at": in_zone(now, zone),
        "watch": watch_as_json(store, zone),
        "unwatched_holes": _unwatched_holes(store, zone),
        "unlinked": [
            {"id": one.key, "client": one.client, "at": in_zone(one.at, zone), "projects": list(names)}
            for one, names in unlinked(pipeline, found, now)
        ],
        "projects": [project_as_json(one, now, coverage, zone) for one in found],
        "review": review_counts(store),
    }


def watch_as_json(store: Store, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Every folder: how far it has been read, whether it can be read now, and what is missing."""
    states, holes, folders = store.watch(), store.holes(), store.folders()
    places: list[tuple[str, str | None, datetime | None]] = [
        (folder.mailbox, folder.folder, folder.read_up_to) for folder in folders
    ]
    # A mailbox that never could be opened has no folder yet, and is blind all the same.
    seen = {folder.mailbox for folder in folders}
    places += [(name, None, None) for name, state in sorted(states.items()) if state.blind_since and name not in seen]
    found = []
    for mailbox, folder, read_up_to in places:
        state = states.get(mailbox)
        blind = state is not None and state.blind_since is not None
        found.append(
            {
                "mailbox": mailbox,
                "folder": folder,
                "read_up_to": in_zone(read_up_to, zone),
                "state": "blind" if blind else "reading",
                "cause": state.cause if state and blind else None,
                "blind_since": in_zone(state.blind_since, zone) if state else None,
                "holes": [_hole(hole, zone) for hole in holes if (hole.mailbox, hole.folder) == (mailbox, folder)],
            }
        )
    return found


def _unwatched_holes(store: Store, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The holes of folders that are not watched any more: what was silent meanwhile is doubted all the same."""
    watched = {(folder.mailbox, folder.folder) for folder in store.folders()}
    return [
        {"mailbox": hole.mailbox, "folder": hole.folder, **_hole(hole, zone)}
        for hole in store.holes()
        if (hole.mailbox, hole.folder) not in watched
    ]


def _hole(hole: Hole, zone: ZoneInfo) -> dict[str, Any]:
    return {"from": in_zone(hole.from_at, zone), "to": in_zone(hole.to_at, zone), "mails": hole.mails}


def project_as_json(one: Standing, now: datetime, coverage: Coverage, zone: ZoneInfo) -> dict[str, Any]:
    """One project as it stands at `now`."""
    project, contact, silent = one.project, one.project.last_contact, silence(one.project, now)
    return {
        "id": project.id,
        "platform": project.platform,
        "title": project.title,
        "client": project.client,
        "url": one.url,
        "state": project.state,
        "assumed": project.assumed,
        "dormant": one.dormant,
        "completion_reported": project.completion_reported,
        "reminder_filed": project.filed is not None,
        "last_client_contact": contact
        and {"at": in_zone(contact.at, zone), "channel": contact.channel, "mail": contact.mail},
        "silence": None if silent is None else int(silent.total_seconds()),
        "deadlines": [_deadline(deadline, coverage, zone) for deadline in one.deadlines],
        "advice": one.advice,
        "advice_code": one.advice_code,
        "turn": project.turn,
        "part": project.part,
        "doubts": [{"code": doubt.code, "line": doubt.line} for doubt in one.doubts],
        "snoozed_until": in_zone(one.snoozed_until, zone),
        "aliases": list(project.aliases),
    }


def _deadline(deadline: Deadline, coverage: Coverage, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": deadline.rule.id,
        "act": deadline.rule.act,
        "state": deadline.state,
        "blocked_by": deadline.blocked_by,
        "from": in_zone(deadline.opened_by.at, zone),
        "due_at": in_zone(deadline.due_at, zone),
        "platform_due_at": in_zone(deadline.platform_due_at, zone),
        "certain_at": in_zone(deadline.certain_at, zone),
        "proof": coverage.proof(deadline.opened_by.at),
        "outcome": deadline.outcome,
        # "done" alone does not tell what was met in time from what was missed.
        "passed": deadline.passed,
        "met": deadline.state == "done" and not deadline.passed,
    }


def event_as_json(event: Event, wording: Wording) -> dict[str, Any]:
    """One event of a timeline."""
    return {
        "id": event.key,
        "at": in_zone(event.at, wording.zone),
        "kind": event.kind,
        "by": event.by,
        "channel": event.channel,
        "grade": event.grade,
        "trust": event.trust,
        "mail": event.mail,
        "rule": event.rule,
        "note": event.note,
        "plan": event.plan,
        "part": event.part,
        "summary": summary(event, wording),
        "due_at": in_zone(event.due_at, wording.zone),
        "also": list(event.also),
        "set_aside": event.set_aside is not None,
        "taken_for": event.set_aside,
    }


def review_counts(store: Store) -> dict[str, int]:
    """How many mails need a look, by why."""
    counts = dict.fromkeys(("unrecognised", "suspicious", "quarantined", "forwarded"), 0)
    for mail in store.review():
        counts[why_in_review(mail)] += 1
    return {**counts, "ambiguous": int(store.recall("ambiguous") or 0)}


def sent_alert_as_json(row: AlertRow, zone: ZoneInfo) -> dict[str, Any]:
    """One alert that was decided, with what became of its deliveries."""
    return {
        **alert_as_json(row.alert, zone),
        "acknowledged_at": in_zone(row.acknowledged_at, zone),
        "deliveries": [
            {
                "target": delivery.target,
                "state": delivery.state,
                "attempts": delivery.attempts,
                "at": in_zone(delivery.at, zone),
                "error": delivery.error,
            }
            for delivery in row.deliveries
        ],
    }
