"""`run --once`: read all that is new, decide, deliver, and say what could not be reached."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from inboxwatch.alerts.deliver import Sender
from inboxwatch.alerts.model import Alert
from inboxwatch.app import App
from inboxwatch.config.credentials import CredentialError
from inboxwatch.mailbox.errors import MailboxError
from inboxwatch.pipeline import Pipeline
from inboxwatch.service.keeping import coverage, keep_found
from inboxwatch.service.lock import held
from inboxwatch.service.readers import Found, Reader, reader_for
from inboxwatch.store.model import FolderState, WatchState
from inboxwatch.store.sqlite import Store

Report = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: the alerts it decided, and a sentence for each mailbox or target that was not reached."""

    told: tuple[Alert, ...]
    failures: tuple[str, ...]


def run_once(app: App, now: Callable[[], datetime], report: Report) -> Round:
    """Given the prepared configuration, do one round.

    `report` is told the mailbox and how many mails each batch brought. Raises StoreError; raises LockError if a
    daemon is running on the same state.
    """
    with held(app.folder):
        store = app.open_store()
        try:
            pipeline = app.pipeline(store)
            pipeline.derive(now())  # by today's configuration
            failures, read_up_to = _read_all(app, pipeline, now, report)
            told = pipeline.decide(now(), coverage(store, read_up_to, failures))
            # random: jitter keeps many installations from asking a server in step; nothing secret hangs on it.
            sender = Sender(store, app.targets(), random=random.random)
            return Round(tuple(told), (*failures.values(), *sender.send_due(now).failures))
        finally:
            store.close()


def _read_all(
    app: App, pipeline: Pipeline, now: Callable[[], datetime], report: Report
) -> tuple[dict[str, str], dict[str, datetime | None]]:
    """Read every mailbox; what cannot be read, by name, with the sentence that says why."""
    failures: dict[str, str] = {}
    read_up_to: dict[str, datetime | None] = {}
    history = pipeline.starting(now())
    for mailbox in app.config.mailboxes:
        reader = reader_for(mailbox, app.profiles, app.policy.known, now)
        try:
            reader.open()
            read_up_to[mailbox.name] = _read(reader, pipeline, now, report, history)
            _remember(pipeline.store, mailbox.name, now(), None)
        except (MailboxError, CredentialError) as error:
            failures[mailbox.name] = f"{mailbox.name}: {error}"
            read_up_to[mailbox.name] = None
            _remember(pipeline.store, mailbox.name, now(), str(error))
        finally:
            reader.close()
    return failures, read_up_to


def _remember(store: Store, mailbox: str, now: datetime, cause: str | None) -> None:
    """Keep whether the mailbox could be read, for `status`; it is blind since the first failure in a row."""
    before = store.watch().get(mailbox)
    if cause is None:
        if before and before.blind_since:
            store.save_watch(WatchState(mailbox, now, None, None))
        return
    since = before.blind_since if before and before.blind_since else now
    store.save_watch(WatchState(mailbox, before.alive_at if before else None, since, cause))


def _read(
    reader: Reader, pipeline: Pipeline, now: Callable[[], datetime], report: Report, history: bool
) -> datetime | None:
    """Read one mailbox; return up to when all its folders have been read."""
    read_at: list[datetime] = []

    def keep(found: Found) -> None:
        keep_found(pipeline, found, now(), history=history)
        report(found.mailbox, len(found.batch.fetched) + found.batch.passed_over)
        if found.batch.complete and not found.again:
            read_at.append(found.batch.read_at)

    def lookup(folder: str) -> FolderState | None:
        return pipeline.store.folder(reader.name, folder)

    reader.read(lookup, keep)
    return min(read_at, default=None)
