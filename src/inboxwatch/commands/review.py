"""`review`: the mails that need a person's look, why, and how to settle each; what was looked at is taken off."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from inboxwatch.alerts.defang import quoted
from inboxwatch.commands.common import one_mail, opened
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.kept import why_in_review
from inboxwatch.views.as_json import review_counts
from inboxwatch.views.output import in_zone, write, write_document
from inboxwatch.views.reviewed import why_and_how, why_and_how_ambiguous, why_and_how_fact, why_and_how_unverified

if TYPE_CHECKING:
    from datetime import datetime

    from inboxwatch.kept import StoredMail
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.timeline.assign import AmbiguousFact
    from inboxwatch.timeline.reading import Reading

WhyAndHow = tuple[str, str]


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Print them, oldest first of each kind; or take some off. Raises Refusal for one that a command settles."""
    with opened(here) as (_, pipeline):
        if arguments.done:
            _take_off(pipeline, arguments.done, here.now())
            return 0
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
    mails += [_unverified(one, pipeline) for one in _waiting(readings, pipeline)]
    mails += _ambiguous(pipeline, {one.key: one for one in readings})
    return {"mails": mails, "counts": review_counts(pipeline.store)}


def _mail(mail: StoredMail, pipeline: Pipeline) -> dict[str, Any]:
    kind, found = why_in_review(mail), mail.recognition
    reason, how = why_and_how(mail, kind, pipeline.wording, _names(pipeline))
    return {
        "id": mail.key,
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


def _waiting(readings: Iterable[Reading], pipeline: Pipeline) -> list[Reading]:
    """The mails that count only once their sender is verified, which he is not, but for those she has taken off."""
    settled = pipeline.store.settled()
    return [one for one in readings if _waits(one, pipeline) and settled.get(one.key) != "unverified"]


def _waits(reading: Reading, pipeline: Pipeline) -> bool:
    found = reading.recognition
    return found.platform in pipeline.policy.require_verified and found.trust == "unverified" and bool(found.event)


def _take_off(pipeline: Pipeline, names: Sequence[str], now: datetime) -> None:
    """Take these mails off the list, all or none: of what nothing else settles she needs to see no more."""
    store, wording = pipeline.store, pipeline.wording
    with store.transaction():
        kinds = {one["id"]: one["kind"] for one in review_as_json(pipeline)["mails"]}
        mails = {mail.key: mail for mail in (one_mail(name, store, wording) for name in names)}
        for mail in mails.values():
            kind = kinds.get(mail.key)
            _refuse_what_a_command_settles(mail, kind, pipeline)
            store.settle(mail.identity, kind or "", now)
    for mail in mails.values():
        write(wording.say("reviewed.taken_off", at=mail.sent_at, subject=quoted(mail.subject)))
        write(wording.say("reviewed.put_back", id=mail.key))


def _refuse_what_a_command_settles(mail: StoredMail, kind: str | None, pipeline: Pipeline) -> None:
    if kind is None:
        settled = mail.key in pipeline.store.settled()
        taken = f"is off the list already; to show it again: inboxwatch record --restore {mail.key}"
        raise Refusal(f"the mail {mail.key} {taken if settled else 'is not in review'}")
    if kind == "ambiguous":
        raise Refusal(
            f"to which project the mail {mail.key} belongs is still to be said: inboxwatch assign {mail.key} PROJECT; "
            f"if it is not what it was taken for: inboxwatch record --undo {mail.key}"
        )
    if kind == "unrecognised" and not mail.states:
        raise Refusal(
            f"no rule knows what the mail {mail.key} means; say it once, and it goes from the list with its like: "
            f"inboxwatch teach {mail.key} --as KIND (noise, if there is nothing to do about such mails)"
        )


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
