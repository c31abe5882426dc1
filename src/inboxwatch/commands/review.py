"""`review`: the mails that need a person's look."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from inboxwatch.commands.common import opened
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.views.as_json import review_counts, why_in_review
from inboxwatch.views.output import in_zone, write_document

if TYPE_CHECKING:
    from inboxwatch.kept import StoredMail
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.timeline.assign import AmbiguousFact
    from inboxwatch.timeline.reading import Reading


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Print them, oldest first of each kind."""
    with opened(here) as (_, pipeline):
        document = review_as_json(pipeline)
        if arguments.json:
            write_document(document)
        else:
            from inboxwatch.views.lists_text import show_review

            show_review(document, pipeline.wording)
    return 0


def review_as_json(pipeline: Pipeline) -> dict[str, Any]:
    """The document of `review --json`: `mails`, each with `kind` and `reason`, and the `counts` of `status`."""
    mails = [_mail(mail, pipeline) for mail in pipeline.store.review()]
    readings = pipeline.store.readings()
    mails += [_reading(one, "unverified", None, pipeline) for one in readings if _waits(one, pipeline)]
    mails += _ambiguous(pipeline, {one.key: one for one in readings})
    return {"mails": mails, "counts": review_counts(pipeline.store)}


def _mail(mail: StoredMail, pipeline: Pipeline) -> dict[str, Any]:
    kind, found = why_in_review(mail), mail.recognition
    reason = mail.quarantined or (found.suspicious or found.why if found else None)
    return {
        "id": mail.identity[:16],
        "kind": kind,
        "sent_at": in_zone(mail.sent_at, pipeline.wording.zone),
        "sender": mail.sender,
        "subject": mail.subject,
        "message_id": mail.message_id,
        "platform": found.platform if found else None,
        "event": found.event if found else None,
        "projects": [],
        "reason": reason,
    }


def _waits(reading: Reading, pipeline: Pipeline) -> bool:
    """True for a mail that counts only once its sender is verified, which it is not."""
    found = reading.recognition
    return found.platform in pipeline.policy.require_verified and found.trust == "unverified" and bool(found.event)


def _ambiguous(pipeline: Pipeline, readings: dict[str, Reading]) -> list[dict[str, Any]]:
    """The mails that count in several projects because they could belong to any, and those that count in none."""
    timeline = pipeline.timeline()
    shared: dict[str, tuple[str, ...]] = {}
    for name, events in timeline.events.items():
        shared |= {event.key: tuple(sorted({name, *event.also})) for event in events if event.also}
    found = [_reading(readings[key], "ambiguous", names, pipeline) for key, names in shared.items() if key in readings]
    found += [_reading(one, "ambiguous", (), pipeline) for one in timeline.unplaced]
    return found + [_fact(one, pipeline) for one in timeline.ambiguous_facts]


def _fact(found: AmbiguousFact, pipeline: Pipeline) -> dict[str, Any]:
    """A recorded fact of which it is no longer certain to which project it belongs."""
    fact = found.fact
    return {
        "id": fact.key,
        "kind": "ambiguous",
        "sent_at": in_zone(fact.at, pipeline.wording.zone),
        "sender": None,
        "subject": " ".join(part for part in (fact.kind, fact.project, fact.note) if part),
        "message_id": None,
        "platform": fact.project.partition("/")[0],
        "event": fact.kind,
        "projects": list(found.names),
        "reason": ", ".join(found.names),
    }


def _reading(reading: Reading, kind: str, projects: tuple[str, ...] | None, pipeline: Pipeline) -> dict[str, Any]:
    found = reading.recognition
    words = " ".join(part for part in (found.event, found.client, found.title) if part)
    return {
        "id": reading.key,
        "kind": kind,
        "sent_at": in_zone(reading.at, pipeline.wording.zone),
        "sender": None,
        "subject": words,
        "message_id": reading.message_id,
        "platform": found.platform,
        "event": found.event,
        "projects": list(projects or ()),
        "reason": ", ".join(projects) if projects else found.why,
    }
