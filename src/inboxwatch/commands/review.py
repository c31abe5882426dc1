"""`review`: the mails that need a person's look, why, and how to settle each."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from inboxwatch.commands.common import opened
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.views.as_json import review_counts, why_in_review
from inboxwatch.views.output import in_zone, write_document
from inboxwatch.views.reviewed import why_and_how, why_and_how_ambiguous, why_and_how_fact, why_and_how_unverified

if TYPE_CHECKING:
    from inboxwatch.kept import StoredMail
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.timeline.assign import AmbiguousFact
    from inboxwatch.timeline.reading import Reading

WhyAndHow = tuple[str, str]


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
    """The document of `review --json`: `mails` and the `counts` of `status`.

    Each mail has its `kind`; `reason` and `how` are what is told to her: why it is here, and how to settle it; `why` is
    the English sentence of its reading.
    """
    mails = [_mail(mail, pipeline) for mail in pipeline.store.review()]
    readings = pipeline.store.readings()
    mails += [_unverified(one, pipeline) for one in readings if _waits(one, pipeline)]
    mails += _ambiguous(pipeline, {one.key: one for one in readings})
    return {"mails": mails, "counts": review_counts(pipeline.store)}


def _mail(mail: StoredMail, pipeline: Pipeline) -> dict[str, Any]:
    kind, found = why_in_review(mail), mail.recognition
    reason, how = why_and_how(mail, kind, pipeline.wording, _names(pipeline))
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
        "how": how,
        "why": mail.quarantined or (found.suspicious or found.why if found else None),
    }


def _names(pipeline: Pipeline) -> Any:
    """How the platforms are called in the user's language."""

    def name(platform: str) -> str:
        profile = pipeline.profile(platform)
        return getattr(profile.name, pipeline.wording.language) if profile else platform

    return name


def _waits(reading: Reading, pipeline: Pipeline) -> bool:
    """True for a mail that counts only once its sender is verified, which it is not."""
    found = reading.recognition
    return found.platform in pipeline.policy.require_verified and found.trust == "unverified" and bool(found.event)


def _unverified(reading: Reading, pipeline: Pipeline) -> dict[str, Any]:
    told = why_and_how_unverified(reading, pipeline.wording, _names(pipeline))
    return _reading(reading, "unverified", (), told, pipeline)


def _ambiguous(pipeline: Pipeline, readings: dict[str, Reading]) -> list[dict[str, Any]]:
    """The mails that count in several projects because they could belong to any, and those that count in none."""
    timeline = pipeline.timeline()
    shared: dict[str, tuple[str, ...]] = {}
    for name, events in timeline.events.items():
        found = (event for event in events if event.also and not event.set_aside)
        shared |= {event.key: tuple(sorted({name, *event.also})) for event in found}
    listed = [(readings[key], names) for key, names in shared.items() if key in readings]
    listed += [(one, ()) for one in timeline.unplaced]
    mails = [
        _reading(one, "ambiguous", names, why_and_how_ambiguous(one, names, pipeline.wording), pipeline)
        for one, names in sorted(listed, key=lambda item: (item[0].at, item[0].key))
    ]
    return mails + [_fact(one, pipeline) for one in timeline.ambiguous_facts]


def _fact(found: AmbiguousFact, pipeline: Pipeline) -> dict[str, Any]:
    """A recorded fact of which it is no longer certain to which project it belongs."""
    fact = found.fact
    reason, how = why_and_how_fact(found, pipeline.wording)
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
        "reason": reason,
        "how": how,
        "why": None,
    }


def _reading(
    reading: Reading, kind: str, projects: tuple[str, ...], told: WhyAndHow, pipeline: Pipeline
) -> dict[str, Any]:
    found = reading.recognition
    event = pipeline.wording.say(f"event_kinds.{found.event}") if found.event else ""
    words = " ".join(part for part in (event, found.client, found.title) if part)
    return {
        "id": reading.key,
        "kind": kind,
        "sent_at": in_zone(reading.at, pipeline.wording.zone),
        "sender": None,
        "subject": words,
        "message_id": reading.message_id,
        "platform": found.platform,
        "event": found.event,
        "projects": list(projects),
        "reason": told[0],
        "how": told[1],
        "why": found.why,
    }
