"""`run --once`: read all that is new, decide, deliver, and say what could not be reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from inboxwatch.alerts.model import Alert
from inboxwatch.app import App
from inboxwatch.causes import cause_in_words
from inboxwatch.config import Mailbox
from inboxwatch.config.credentials import CredentialError
from inboxwatch.mailbox.errors import LoginRefused, MailboxError, PartlyRead
from inboxwatch.pipeline import Pipeline
from inboxwatch.service.keeping import coverage, keep_found
from inboxwatch.service.keys import keys_of
from inboxwatch.service.lock import held
from inboxwatch.service.readers import Found, Reader, reader_for
from inboxwatch.service.rules import RulesChanged, by_the_rules_of
from inboxwatch.service.sending import sender_of
from inboxwatch.service.sight import blind_after, blinded, restored, told_blind
from inboxwatch.store.model import FolderState, WatchState

Report = Callable[[str, int], None]

#: How often it is begun anew because of changed rules: files that change all the time must not keep it from ending.
_MOST_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: the alerts it decided, and a sentence for each mailbox or target that was not reached."""

    told: tuple[Alert, ...]
    failures: tuple[str, ...]


def run_once(app: App, now: Callable[[], datetime], report: Report) -> Round:
    """Given the prepared configuration, do one round.

    `report` is told the mailbox and how many mails each batch brought. Where a rule is taught meanwhile, what is left
    is read by the new ones. Raises StoreError; ProfileError if the new ones cannot be used; LockError if a daemon is
    running on the same state.
    """
    with held(app.folder, app.config.zone):
        for _ in range(_MOST_ROUNDS):
            try:
                return _round(app, now, report)
            except RulesChanged as changed:
                app, failure = app.with_rules_of_now(), str(changed)
        return Round((), (failure,))


def _round(app: App, now: Callable[[], datetime], report: Report) -> Round:
    """One round by the rules of `app`. Raises RulesChanged as soon as they are others."""
    store = app.open_store()
    try:
        pipeline = app.pipeline(store)
        pipeline.begin(now())
        failures, read_up_to, blind = _read_all(app, pipeline, now, report)
        with by_the_rules_of(app, store):
            told = pipeline.decide(now(), coverage(store, read_up_to, blind))
        sender = sender_of(app, store)
        # A target that failed is named once, however many alerts wait for it.
        unreached = dict.fromkeys((*failures.values(), *sender.send_due(now).failures))
        return Round(tuple(told), tuple(unreached))
    finally:
        store.close()


def _read_all(
    app: App, pipeline: Pipeline, now: Callable[[], datetime], report: Report
) -> tuple[dict[str, str], dict[str, datetime | None], set[str]]:
    """Read every mailbox; by name what was not read, with the sentence that says why; up to when; which are blind."""
    failures: dict[str, str] = {}
    read_up_to: dict[str, datetime | None] = {}
    blind: set[str] = set()
    history = pipeline.starting(now())
    keys = keys_of(app.config)
    pipeline.store.forget_mailboxes({mailbox.name for mailbox in app.config.mailboxes})
    for mailbox in app.config.mailboxes:
        reader = reader_for(mailbox, app.profiles, app.policy.known, now, keys, state=app.folder)
        try:
            reader.open()
            never_read = not any(f.mailbox == mailbox.name and f.read_up_to for f in pipeline.store.folders())
            read_up_to[mailbox.name] = _read(app, reader, pipeline, now, report, history)
            if never_read and not history:
                pipeline.summarise(now())
            _seen(pipeline, mailbox.name, now())
        except RulesChanged:
            raise
        except (MailboxError, CredentialError) as error:
            failures[mailbox.name] = f"{mailbox.name}: {error}"
            partly = error if isinstance(error, PartlyRead) else None
            read_up_to[mailbox.name] = partly.read_at if partly else None
            if partly and not partly.contact:
                _seen(pipeline, mailbox.name, now())
                continue
            blind.add(mailbox.name)
            _not_seen(pipeline, mailbox, error, now())
        finally:
            reader.close()
    return failures, read_up_to, blind


def _seen(pipeline: Pipeline, mailbox: str, now: datetime) -> None:
    """Keep that a mailbox could be read; tell it if it could not before, and that was told."""
    before = pipeline.store.watch().get(mailbox)
    if before and before.blind_since:
        restored(pipeline, before, now, now)


def _not_seen(pipeline: Pipeline, mailbox: Mailbox, error: Exception, now: datetime) -> None:
    """Keep that a mailbox could not be read, for `status`; tell it when that has lasted, or the login is refused again.

    One failure is told by the exit code alone.
    """
    before = pipeline.store.watch().get(mailbox.name)
    since = before.blind_since if before and before.blind_since else None
    state = WatchState(
        mailbox.name, before.alive_at if before else None, since or now, cause_in_words(error, pipeline.wording)
    )
    lasted = since is not None and (now - since > blind_after(mailbox.poll) or isinstance(error, LoginRefused))
    if lasted and not told_blind(pipeline, state):
        blinded(pipeline, state, now, partly=isinstance(error, PartlyRead))
    else:
        pipeline.store.save_watch(state)


def _read(
    app: App, reader: Reader, pipeline: Pipeline, now: Callable[[], datetime], report: Report, history: bool
) -> datetime | None:
    """Read one mailbox; return up to when all its folders have been read."""
    read: dict[str, datetime] = {}

    def keep(found: Found) -> None:
        with by_the_rules_of(app, pipeline.store):
            keep_found(pipeline, found, now(), history=history)
        report(found.mailbox, len(found.batch.fetched) + found.batch.passed_over)
        if found.batch.complete and not found.again:
            read[found.folder] = found.batch.read_at

    def lookup(folder: str) -> FolderState | None:
        return pipeline.store.folder(reader.name, folder)

    reader.read(lookup, keep)
    for identity, raw in pipeline.store.mails_to_prove(now()):
        pipeline.prove(identity, reader.proof(raw), now())
    pipeline.store.forget_folders(reader.name, read)
    return min(read.values(), default=None)
