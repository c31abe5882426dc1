"""A changed configuration takes effect at once, and tells nothing of the past by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from inboxwatch.alerts.compose import Coverage
from inboxwatch.alerts.decide import Habits
from inboxwatch.alerts.model import Alert
from inboxwatch.facts import Statement, as_fact
from inboxwatch.fingerprint import fingerprint
from inboxwatch.pipeline import Pipeline, Policy, Recipient
from inboxwatch.platforms.prepared import Profiles, prepare, together
from inboxwatch.store.sqlite import Store
from inboxwatch.wording.say import Wording
from tests.pipeline.story import DAY, HOUR, KNOWN, PAID, PROJECT, TOKYO, a_mail, comment, jst, kinds, profiles

AT = jst("2026-03-02 10:30")
SILENT = Policy(known=KNOWN, habits=Habits(silence=()))
NUDGING = replace(SILENT, habits=Habits(silence=(DAY,)))


def a_pipeline(store: Store, policy: Policy, with_profiles: Profiles | None = None) -> Pipeline:
    return Pipeline(store, with_profiles or profiles(), policy, Wording("ja", TOKYO))


def watched(policy: Policy, until: timedelta) -> Store:
    """A contracted project with one comment, decided every 2 hours from before its beginning to `until` after it."""
    store = Store.in_memory()
    pipeline = a_pipeline(store, policy)
    pipeline.decide(AT - HOUR, Coverage(AT - HOUR))
    fact = as_fact(Statement(PROJECT, "escrow_funded"), AT, TOKYO, [], ["lancers"])
    pipeline.record(fact, AT)
    pipeline.take([a_mail(comment(), AT)], AT)
    decided(pipeline, AT, AT + until)
    return store


def decided(pipeline: Pipeline, since: datetime, until: datetime) -> list[Alert]:
    told: list[Alert] = []
    while since <= until:
        told += pipeline.decide(since, Coverage(since))
        since += 2 * HOUR
    return told


def test_a_nudge_that_is_newly_wanted_comes_when_the_client_has_been_silent_so_long() -> None:
    store = watched(SILENT, 10 * HOUR)
    told = decided(a_pipeline(store, NUDGING), AT + 12 * HOUR, AT + 3 * DAY)
    assert [(alert.kind, alert.at) for alert in told] == [("silence", AT + DAY)]


def test_a_nudge_that_is_newly_wanted_comes_at_once_for_a_silence_just_past_it() -> None:
    store = watched(SILENT, 30 * HOUR)
    pipeline = a_pipeline(store, NUDGING)
    pipeline.begin(AT + 31 * HOUR)
    assert pipeline.next_due(AT + 31 * HOUR) == AT + DAY
    assert kinds(decided(pipeline, AT + 31 * HOUR, AT + 3 * DAY)) == ["silence"]


def test_a_nudge_that_is_newly_wanted_is_not_made_up_for_an_old_silence() -> None:
    store = watched(SILENT, 4 * DAY)
    assert decided(a_pipeline(store, NUDGING), AT + 4 * DAY + HOUR, AT + 6 * DAY) == []


def test_a_window_that_was_told_is_not_told_again() -> None:
    store = watched(SILENT, 8 * DAY)
    assert "reminder_available" in [row.alert.kind for row in store.alerts()]
    assert decided(a_pipeline(store, NUDGING), AT + 8 * DAY + HOUR, AT + 12 * DAY) == []


def test_a_window_that_the_change_opens_is_told_however_long_it_has_been_open() -> None:
    waiting = replace(SILENT, contact={"lancers": "any"})
    store = watched(waiting, 2 * HOUR)
    his = a_mail("ご連絡", AT + 3 * DAY, project=None, sender="suzuki@example.org")
    pipeline = a_pipeline(store, waiting)
    decided(pipeline, AT + 4 * HOUR, AT + 3 * DAY)
    pipeline.take([his], AT + 3 * DAY)
    assert kinds(decided(pipeline, AT + 3 * DAY, AT + 9 * DAY + 20 * HOUR)) == []
    strict = a_pipeline(store, replace(SILENT, contact={"lancers": "platform"}))
    assert kinds(decided(strict, AT + 9 * DAY + 22 * HOUR, AT + 11 * DAY)) == ["reminder_available"]


@pytest.mark.parametrize(("days", "told"), [(1, ["payment_confirmed"]), (9, [])])
def test_what_counts_only_since_the_change_is_told_if_it_is_not_of_the_past(days: int, told: list[str]) -> None:
    strict = replace(SILENT, require_verified=frozenset({"lancers"}))
    store = Store.in_memory()
    pipeline = a_pipeline(store, strict)
    pipeline.decide(AT, Coverage(AT))
    pipeline.take([a_mail(PAID, AT + HOUR)], AT + HOUR)
    decided(pipeline, AT + HOUR, AT + days * DAY)
    later = AT + days * DAY + HOUR
    loose = a_pipeline(store, SILENT)
    assert kinds(loose.decide(later, Coverage(later))) == told
    (row,) = store.projects()
    assert loose.situation(row, later).project.state == "paid"


def test_what_waited_to_be_told_does_not_get_lost_by_a_change() -> None:
    store = watched(SILENT, 2 * HOUR)
    # Blind for ten days: the window opens and cannot be told.
    pipeline = a_pipeline(store, SILENT)
    pipeline.record(
        as_fact(Statement(PROJECT, "reminder_filed"), AT + 2 * HOUR, TOKYO, store.projects(), []), AT + 2 * HOUR
    )
    for day in range(1, 11):
        now = AT + day * DAY
        pipeline.decide(now, Coverage(AT + 2 * HOUR, blind=True))
    now = AT + 10 * DAY + HOUR
    assert "reminder_deadline" in kinds(a_pipeline(store, NUDGING).decide(now, Coverage(now)))


@pytest.mark.parametrize(
    "change",
    [
        lambda policy: replace(policy, recipients=(Recipient("phone"),)),
        lambda policy: replace(policy, quiet_hours=(AT.time(), (AT + HOUR).time())),
        lambda policy: policy,
    ],
)
def test_a_change_of_the_targets_alone_changes_nothing(change: Callable[[Policy], Policy]) -> None:
    store = watched(NUDGING, 2 * HOUR)
    before = store.projects()
    a_pipeline(store, change(NUDGING)).begin(AT + 3 * HOUR)
    assert store.projects() == before


def test_a_changed_profile_takes_effect() -> None:
    store = watched(SILENT, 2 * HOUR)
    (lancers,) = [one for one in profiles() if one.platform == "lancers"]
    rules = [
        rule.model_copy(update={"after": "24 hours"}) if rule.id == "reminder_request" else rule
        for rule in lancers.deadlines
    ]
    shorter = together([prepare(lancers.model_copy(update={"deadlines": tuple(rules)}))])
    told = decided(a_pipeline(store, SILENT, shorter), AT + 4 * HOUR, AT + 2 * DAY)
    assert [(alert.kind, alert.at) for alert in told] == [("reminder_available", AT + DAY)]


def test_a_command_of_the_new_configuration_does_not_hide_it_from_the_daemon() -> None:
    store = watched(SILENT, 2 * HOUR)
    daemon, command = a_pipeline(store, SILENT), a_pipeline(store, NUDGING)
    command.begin(AT + 3 * HOUR)
    daemon.decide(AT + 4 * HOUR, Coverage(AT + 4 * HOUR))
    told = decided(a_pipeline(store, NUDGING), AT + 6 * HOUR, AT + 2 * DAY)
    assert kinds(told) == ["silence"]


def test_the_fingerprint_does_not_depend_on_the_order_of_sets_and_mappings() -> None:
    words = [f"word{number}" for number in range(50)]
    assert fingerprint(frozenset(words)) == fingerprint(frozenset(reversed(words)))
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint(Habits(silence=(DAY,))) != fingerprint(Habits(silence=(HOUR,)))
