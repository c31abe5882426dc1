"""Plays mails and recorded facts on a simulated clock: every alert that would have been sent, at its instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby

from inboxwatch.alerts.compose import Coverage
from inboxwatch.alerts.model import Alert
from inboxwatch.answering import Held
from inboxwatch.facts import Statement, as_fact
from inboxwatch.kept import StoredMail
from inboxwatch.mail.model import RawMail
from inboxwatch.pipeline import Pipeline
from inboxwatch.platforms.known import Known
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.understand import understand

Step = tuple[datetime, StoredMail | Statement]


def understood(mails: Iterable[RawMail], profiles: Profiles, known: Known) -> Iterator[StoredMail]:
    """What is to be kept of these mails; the rest is passed over. Their raw bytes are not carried along."""
    held = Held(known)
    for raw in chain(mails, held.claimed()):
        kept, found = understand(raw, profiles, known, raw.received_at, history=False)
        if kept:
            yield replace(kept, raw=None, taken_at=kept.sent_at)
        else:
            held.hold(raw, found)


def replay(
    pipeline: Pipeline, mails: Sequence[StoredMail], notes: Sequence[tuple[datetime, Statement]], until: datetime
) -> Iterator[Alert]:
    """Given mails and notes in any order, play them up to and with `until` (aware); yield each alert at its instant.

    The pipeline's store should be one in memory. Between two mails the clock stops wherever something falls due.
    Raises FactError for a note that cannot be understood.
    """
    # In UTC: instants of one zone compare by the clock on the wall, wrongly where an hour is missing or comes twice.
    noted = ((at.astimezone(UTC), stated) for at, stated in notes)
    steps: list[Step] = [*((mail.sent_at, mail) for mail in mails), *noted]
    for at, found in groupby(sorted(steps, key=_order), key=lambda step: step[0]):
        group = [content for _, content in found]
        if at > until:
            break
        yield from _decide_before(pipeline, at)
        _take(pipeline, group, at)
        yield from _decide(pipeline, at)
    yield from _decide_before(pipeline, until + timedelta(microseconds=1))


def _order(step: Step) -> tuple[datetime, bool, str]:
    at, content = step
    return at, isinstance(content, Statement), content.identity if isinstance(content, StoredMail) else ""


def _decide_before(pipeline: Pipeline, limit: datetime) -> Iterator[Alert]:
    """Stop at every instant before `limit` at which something falls due."""
    last: datetime | None = None
    while (due := pipeline.next_due(last or limit)) and due < limit and due != last:
        yield from _decide(pipeline, due)
        last = due


def _decide(pipeline: Pipeline, now: datetime) -> Iterator[Alert]:
    pipeline.awake(now)
    yield from pipeline.decide(now, Coverage(known_until=now))


def _take(pipeline: Pipeline, group: Iterable[StoredMail | Statement], now: datetime) -> None:
    found = list(group)
    pipeline.keep([mail for mail in found if isinstance(mail, StoredMail)], now)
    for stated in found:
        if isinstance(stated, Statement):
            rows = pipeline.store.projects()
            platforms = [profile.platform for profile in pipeline.profiles]
            pipeline.record(as_fact(stated, now, pipeline.wording.zone, rows, platforms), now)
