"""`import`: old mail from files into the store, as history."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING

from inboxwatch.answering import Held
from inboxwatch.commands.common import mails_of, opened, progress_bar
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.platforms.taught import stamp
from inboxwatch.rebuilding import rebuild
from inboxwatch.understand import understand
from inboxwatch.views.output import write

if TYPE_CHECKING:
    from inboxwatch.app import App
    from inboxwatch.kept import StoredMail
    from inboxwatch.mail.model import RawMail
    from inboxwatch.pipeline import Pipeline

#: Few enough that the daemon can write in between, many enough that a large archive is read in reasonable time.
_MAILS_A_TRANSACTION = 200


@dataclass(slots=True)
class _Tally:
    """What was found so far."""

    read: int = 0
    new: int = 0
    quarantined: int = 0
    forgotten: int = 0
    platforms: Counter[str] = field(default_factory=Counter)


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Keep what concerns a platform or a client, and say how much it was; return 1 if a file could not be read."""
    failures: list[str] = []
    tally = _Tally()
    with opened(here) as (app, pipeline):
        now = here.now()
        with pipeline.history(now), progress_bar() as advance:
            pipeline.begin(now)
            held = Held(pipeline.policy.known)
            mails = mails_of(arguments.paths, failures)
            while batch := [raw for _, raw in islice(mails, _MAILS_A_TRANSACTION)]:
                tally.read += len(batch)
                _keep(pipeline, _understood(pipeline, batch, held, now), now, tally)
                advance(tally.read)
            claimed = held.claimed()
            while first := next(claimed, None):
                # Not as a list: each is asked for when those before it are understood, for it may answer one of them.
                lot = chain([first], islice(claimed, _MAILS_A_TRANSACTION - 1))
                _keep(pipeline, _understood(pipeline, lot, held, now), now, tally)
        _follow_rules_taught_meanwhile(app, pipeline, now)
        _tell(pipeline, tally)
    return 1 if failures else 0


def _follow_rules_taught_meanwhile(app: App, pipeline: Pipeline, now: datetime) -> None:
    """What was kept after a rule had been taught was understood without it: a long import leaves time for that."""
    if stamp(app.taught_profiles) != app.taught:
        rebuild(app.with_rules_of_now().pipeline(pipeline.store), now, lambda read: None)


def _understood(pipeline: Pipeline, mails: Iterable[RawMail], held: Held, now: datetime) -> list[StoredMail]:
    """What is to be kept of these mails; those that may turn out to answer a client's are held."""
    found: list[StoredMail] = []
    for raw in mails:
        kept, recognition = understand(raw, pipeline.profiles, pipeline.policy.known, now, history=True)
        if kept:
            found.append(kept)
        else:
            held.hold(raw, recognition)
    return found


def _keep(pipeline: Pipeline, mails: list[StoredMail], now: datetime, tally: _Tally) -> None:
    """Keep these mails in one transaction, and count what of them is new."""
    with pipeline.store.transaction():
        # Of two copies the one in Sent last: there a mail may state a fact, which its copy in INBOX must not hide.
        by_identity = {mail.identity: mail for mail in sorted(mails, key=lambda mail: mail.states)}
        store = pipeline.store
        forgotten = {identity for identity in by_identity if store.is_forgotten(identity)}
        wanted = [mail for identity, mail in by_identity.items() if identity not in forgotten]
        fresh = [mail for mail in wanted if mail.states or not store.has_mail(mail.identity)]
        tally.forgotten += len(forgotten)
        tally.new += pipeline.keep(fresh, now)
        # At once, for a daemon decides before the next batch: it must not take the past for news.
        pipeline.settle_history(now, more=True)
    for mail in fresh:
        tally.quarantined += mail.quarantined is not None
        if mail.recognition and mail.recognition.platform:
            tally.platforms[mail.recognition.platform] += 1


def _tell(pipeline: Pipeline, tally: _Tally) -> None:
    wording = pipeline.wording
    write(wording.say("imported.done", read=tally.read, new=tally.new, quarantined=tally.quarantined))
    for platform, number in tally.platforms.most_common():
        write(wording.say("imported.platform", platform=platform, n=number))
    if tally.forgotten:
        write(wording.say("imported.forgotten", n=tally.forgotten))
