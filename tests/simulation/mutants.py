"""Small mutations of the product, each of which breaks a promise: the simulation is worth what it catches of them.

Applied in the running process, never to the text. `scripts/soak --mutants` plays the seeds with each.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inboxwatch import deciding, pipeline, understand
from inboxwatch.alerts import decide, deliver, loose
from inboxwatch.alerts.deliver import Sender
from inboxwatch.mail import parse
from inboxwatch.mailbox.reading import FolderReader
from inboxwatch.platforms import classify
from inboxwatch.service import closing, daemon, keeping, sight
from inboxwatch.service.daemon import Daemon
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline import deadline, project, span
from inboxwatch.timeline.event import Event
from tests.simulation.disaster import FragileStore

Patch = pytest.MonkeyPatch
Apply = Callable[[Patch], None]

_real_attempting = Store.attempting


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutation: its name says what goes wrong."""

    name: str
    apply: Apply


MUTANTS: dict[str, Mutant] = {}


def _mutant(apply: Apply) -> Apply:
    name = apply.__name__.replace("_", " ")
    MUTANTS[name] = Mutant(name, apply)
    return apply


@contextmanager
def mutated(name: str) -> Iterator[None]:
    """Inside, the product has this fault."""
    with pytest.MonkeyPatch.context() as patch:
        MUTANTS[name].apply(patch)
        yield


# -- coverage


@_mutant
def a_hole_is_dropped(patch: Patch) -> None:
    patch.setattr(Store, "add_hole", lambda self, hole: None)


@_mutant
def a_hole_never_closes(patch: Patch) -> None:
    patch.setattr(keeping, "close_holes", lambda *_: 0)


@_mutant
def any_mail_in_the_archive_closes_a_hole(patch: Patch) -> None:
    def filled(still_open: Mapping[int, Any], closed: Any, sightings: Any, since: Any, until: Any) -> list[int]:
        return list(still_open) if any(one.role == "other" for one in sightings) else []

    patch.setattr(closing, "filled", filled)


@_mutant
def a_changed_uidvalidity_is_ignored(patch: Patch) -> None:
    def plan(self: FolderReader, progress: Any) -> tuple[int, int]:
        top = self.opened.uidnext - 1
        return (1, top) if progress is None or progress.uid > top else (progress.uid + 1, min(progress.search_to, top))

    patch.setattr(FolderReader, "_plan", plan)


@_mutant
def silence_is_told_of_what_was_not_read(patch: Patch) -> None:
    patch.setattr(deciding, "_held", lambda draft, coverage: False)


@_mutant
def silence_is_told_while_one_mailbox_is_blind(patch: Patch) -> None:
    real = deciding._held
    patch.setattr(deciding, "_held", lambda draft, coverage: real(draft, replace(coverage, blind=False)))


@_mutant
def the_mailbox_that_was_read_last_counts_for_all(patch: Patch) -> None:
    real = keeping.coverage

    def coverage(store: Store, read_up_to: Mapping[str, datetime | None], blind: Any) -> Any:
        latest = max((instant for instant in read_up_to.values() if instant), default=None)
        return real(store, dict.fromkeys(read_up_to, latest), blind)

    patch.setattr(daemon, "coverage", coverage)


@_mutant
def blindness_is_never_told(patch: Patch) -> None:
    patch.setattr(daemon, "blind_after", lambda poll: timedelta(days=99))


@_mutant
def the_second_refused_login_is_not_told(patch: Patch) -> None:
    patch.setattr(daemon, "REFUSALS_UNTIL_BLIND", 10**6)


@_mutant
def the_end_of_blindness_is_told_twice(patch: Patch) -> None:
    real = sight.restored

    def restored(made: Any, before: Any, read_at: datetime, now: datetime) -> None:
        real(made, before, read_at, now)
        for row in made.store.alerts()[-1:]:
            if row.alert.kind == "watch_restored":
                made.tell(replace(row.alert, key=row.alert.key + "/again"), now)

    patch.setattr(daemon, "restored", restored)


@_mutant
def a_sleep_is_taken_for_blindness(patch: Patch) -> None:
    real = Daemon._compare_clocks

    def compare(self: Daemon) -> None:
        ahead = (self._clock() - self._clocks[0]).total_seconds() - (time.monotonic() - self._clocks[1])
        real(self)
        if ahead > daemon.ASLEEP_SECONDS:
            self._alive = {name: alive - ahead for name, alive in self._alive.items()}
            self._check_watch()

    patch.setattr(Daemon, "_compare_clocks", compare)


@_mutant
def a_sleep_is_not_noticed(patch: Patch) -> None:
    patch.setattr(Daemon, "_compare_clocks", lambda self: None)


# -- nothing lost, nothing twice


@_mutant
def progress_is_saved_before_the_mail(patch: Patch) -> None:
    real_keep = Daemon.keep

    def unbound(self: Daemon, found: Any) -> None:
        before = self._store.folder(found.mailbox, found.folder)
        self._store.save_folder(keeping._state_after(found, before))
        real_keep(self, found)

    patch.setattr(Daemon, "keep", unbound)


@_mutant
def nothing_is_one_transaction(patch: Patch) -> None:
    @contextmanager
    def transaction(self: FragileStore) -> Iterator[None]:
        yield

    patch.setattr(FragileStore, "transaction", transaction)


@_mutant
def a_mail_that_is_read_again_is_another(patch: Patch) -> None:
    real, numbers = parse.parse, count()

    def parsed(raw: Any) -> Any:
        mail = real(raw)
        return replace(mail, identity=hashlib.sha256(f"{mail.identity} {next(numbers)}".encode()).hexdigest())

    patch.setattr(understand, "parse", parsed)


@_mutant
def a_mail_of_the_same_message_id_is_dropped(patch: Patch) -> None:
    real = parse.parse

    def parsed(raw: Any) -> Any:
        mail = real(raw)
        return replace(mail, identity=hashlib.sha256((mail.message_id or mail.identity).encode()).hexdigest())

    patch.setattr(understand, "parse", parsed)


@_mutant
def mails_without_message_id_are_one(patch: Patch) -> None:
    real = parse.parse

    def parsed(raw: Any) -> Any:
        mail = real(raw)
        return mail if mail.message_id else replace(mail, identity=hashlib.sha256(b"none").hexdigest())

    patch.setattr(understand, "parse", parsed)


@_mutant
def a_secret_is_kept_with_its_subject(patch: Patch) -> None:
    real = understand._secret
    patch.setattr(
        understand, "_secret", lambda mail, *more: replace(real(mail, *more), subject=mail.subject, raw=b"the code")
    )


# -- the outbox


@_mutant
def a_delivery_is_called_sent_before_the_attempt(patch: Patch) -> None:
    def attempting(self: Store, one: Any, now: datetime) -> None:
        with self.transaction():
            _real_attempting(self, one, now)
            self.delivered(one, now)

    patch.setattr(Store, "attempting", attempting)


@_mutant
def an_attempt_is_not_noted(patch: Patch) -> None:
    def attempting(self: Store, one: Any, now: datetime) -> None:
        with self.transaction():
            _real_attempting(self, one, now)
            self._do(
                "UPDATE delivery SET attempted_at = NULL WHERE alert = ? AND target = ?", one.alert.key, one.target
            )

    patch.setattr(Store, "attempting", attempting)


@_mutant
def a_failure_forgets_that_the_alert_may_have_come(patch: Patch) -> None:
    real = Store.failed

    def failed(self: Store, one: Any, now: datetime, error: str, again_at: Any, *, maybe: bool = False) -> None:
        real(self, one, now, error, again_at, maybe=False)

    patch.setattr(Store, "failed", failed)


@_mutant
def a_dead_delivery_is_retried_for_ever(patch: Patch) -> None:
    patch.setattr(deliver, "MOST_ATTEMPTS", 10**9)


@_mutant
def a_failed_delivery_is_given_up_silently(patch: Patch) -> None:
    def failed(self: Store, one: Any, now: datetime, error: str, again_at: Any, *, maybe: bool = False) -> None:
        self.delivered(one, now)

    patch.setattr(Store, "failed", failed)


@_mutant
def old_retries_come_before_fresh_alerts(patch: Patch) -> None:
    real = Store.due_deliveries

    def due(self: Store, now: datetime, limit: int) -> list[Any]:
        return sorted(real(self, now, limit), key=lambda one: -one.attempts)

    patch.setattr(Store, "due_deliveries", due)


@_mutant
def quiet_hours_are_ignored(patch: Patch) -> None:
    patch.setattr(deciding, "after_quiet_hours", lambda now, *_: now)


@_mutant
def quiet_hours_are_ignored_by_retries(patch: Patch) -> None:
    patch.setattr(Sender, "_is_held", lambda *_: False)


@_mutant
def a_target_gets_what_it_did_not_ask_for(patch: Patch) -> None:
    real = deciding.Deciding._tell

    def tell(self: Any, alert: Any, now: datetime, *, muted: bool) -> bool:
        before, recipients = self.policy, tuple(replace(one, kinds=None) for one in self.policy.recipients)
        self.policy = replace(before, recipients=recipients)
        try:
            return real(self, alert, now, muted=muted)
        finally:
            self.policy = before

    patch.setattr(deciding.Deciding, "_tell", tell)


# -- what is told


@_mutant
def history_is_told_as_news(patch: Patch) -> None:
    patch.setattr(keeping, "_history_until", lambda *_: keeping._NEVER)


@_mutant
def a_long_stop_floods(patch: Patch) -> None:
    patch.setattr(deciding, "LONG_STOP", timedelta(days=999))


@_mutant
def other_habits_flood(patch: Patch) -> None:
    patch.setattr(pipeline.Pipeline, "_settle", lambda *_: None)


@_mutant
def a_snooze_is_ignored(patch: Patch) -> None:
    patch.setattr(deciding, "_is_snoozed", lambda *_: False)


@_mutant
def a_snooze_hides_what_runs_against_her(patch: Patch) -> None:
    patch.setattr(deciding, "_is_snoozed", lambda draft, until: until is not None and draft.instant < until)


@_mutant
def what_was_acknowledged_is_repeated(patch: Patch) -> None:
    real = Store.told
    patch.setattr(
        Store,
        "told",
        lambda self, names: {key: replace(one, acknowledged=False) for key, one in real(self, names).items()},
    )


@_mutant
def a_reminder_is_repeated_without_end(patch: Patch) -> None:
    patch.setattr(decide, "REPEATS_AT_MOST", 9)


@_mutant
def a_forged_mail_counts(patch: Patch) -> None:
    patch.setattr(classify, "judge", lambda *_: ("verified", ""))


@_mutant
def the_date_is_believed_over_the_arrival(patch: Patch) -> None:
    patch.setattr(parse, "DATE_BEHIND", timedelta(days=999))


@_mutant
def the_date_is_never_believed(patch: Patch) -> None:
    patch.setattr(parse, "DATE_BEHIND", timedelta(0))


@_mutant
def a_probable_closing_counts(patch: Patch) -> None:
    patch.setattr(Event, "counts_in_full", property(lambda self: True))


@_mutant
def a_probable_report_counts(patch: Patch) -> None:
    real = vars(Event)["counts_in_full"].fget
    counts = property(lambda self: self.kind == "completion_reported" or real(self))
    patch.setattr(Event, "counts_in_full", counts)


@_mutant
def the_reminder_is_a_day_late(patch: Patch) -> None:
    real = span.add

    def add(start: datetime, length: str, *more: Any) -> datetime:
        return real(start, "192 hours" if length == "168 hours" else length, *more)

    patch.setattr(deadline, "add", add)


@_mutant
def midnight_is_that_of_greenwich(patch: Patch) -> None:
    real = span._round
    patch.setattr(span, "_round", lambda instant, zone, rounding: real(instant, ZoneInfo("UTC"), rounding))


@_mutant
def nine_in_the_morning_is_that_of_greenwich(patch: Patch) -> None:
    def due_at(self: Any, mail: Any) -> datetime:
        if not loose._is_unrecognised(mail) or loose.is_pressing(mail.subject):
            taken: datetime = mail.taken_at
            return taken
        at = mail.taken_at.astimezone(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
        return at if at >= mail.taken_at else at + timedelta(days=1)  # type: ignore[no-any-return]

    patch.setattr(loose.Loose, "_due_at", due_at)


@_mutant
def contact_elsewhere_ends_a_filed_request(patch: Patch) -> None:
    real = project._Fold._contact

    def contact(self: Any, event: Any) -> None:
        real(self, event)
        if event.by == "client":
            self.filed = None

    patch.setattr(project._Fold, "_contact", contact)


@_mutant
def her_own_mail_is_contact(patch: Patch) -> None:
    real = classify._direct

    def direct(mail: Any, client: Any, by: Any, why: str) -> Any:
        return real(mail, client, "client", why)

    patch.setattr(classify, "_direct", direct)


@_mutant
def every_platform_has_the_clock_of_lancers(patch: Patch) -> None:
    real = span.add

    def add(start: datetime, length: str, *more: Any) -> datetime:
        return real(start, "168 hours" if length == "120 hours" else length, *more)

    patch.setattr(deadline, "add", add)
