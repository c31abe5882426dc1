"""The outbox in the store: what comes first, what is put off, and what has not arrived."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from inboxwatch.alerts.model import Delivery
from inboxwatch.store.model import Waiting
from inboxwatch.store.sqlite import Store
from tests.alerts.samples import AT, an_alert

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store.in_memory()
    yield made
    made.close()


def add(store: Store, key: str, *targets: str, due_at: datetime = AT, **changes: Any) -> None:
    store.add_alert(an_alert(key=key, **changes), dict.fromkeys(targets or ("phone",), due_at))


def the(store: Store, key: str, target: str = "phone", at: datetime = AT + 99 * HOUR) -> Delivery:
    return next(d for d in store.due_deliveries(at, 99) if (d.alert.key, d.target) == (key, target))


def fail(store: Store, key: str, times: int, again_at: datetime, target: str = "phone", at: datetime = AT) -> None:
    for _ in range(times):
        store.attempting(the(store, key, target), at)
        store.failed(the(store, key, target), at, "no route", again_at)


def test_fresh_alerts_come_before_retries_and_among_them_the_summary_and_what_is_urgent(store: Store) -> None:
    calm, urgent = {"urgent": False}, {"urgent": True}
    add(store, "retry", **urgent)
    fail(store, "retry", 1, AT)
    add(store, "calm, oldest", due_at=AT - HOUR, **calm)
    add(store, "urgent, due later", due_at=AT, **urgent, kind="deadline_against")
    store.add_alert(an_alert(key="later", urgent=True, due_at=AT + 9 * HOUR), {"phone": AT})
    store.add_alert(an_alert(key="sooner", urgent=True, due_at=AT + HOUR), {"phone": AT})
    add(store, "the summary", **calm, kind="summary")
    found = [delivery.alert.key for delivery in store.due_deliveries(AT, 99)]
    assert found[0] == "the summary"
    assert found.index("sooner") < found.index("later") < found.index("calm, oldest")
    assert found[-2:] == ["calm, oldest", "retry"]


def test_a_resend_of_what_was_being_sent_when_the_machine_stopped_says_that_it_may_be_a_repeat(store: Store) -> None:
    add(store, "1")
    store.attempting(the(store, "1"), AT)
    store.resend("1", ["phone"], AT + HOUR)
    assert the(store, "1").alert.maybe_repeat


def test_what_was_put_off_is_due_at_once_when_the_way_out_has_opened(store: Store) -> None:
    add(store, "put off")
    fail(store, "put off", 3, AT + 4 * HOUR)
    add(store, "held until the morning", due_at=AT + 8 * HOUR)
    assert store.hasten(AT + MINUTE) == 1
    assert [d.alert.key for d in store.due_deliveries(AT + MINUTE, 9)] == ["put off"]


def test_what_has_been_tried_often_keeps_its_delays_so_that_it_does_not_die_of_haste(store: Store) -> None:
    add(store, "1")
    fail(store, "1", 21, AT + 5 * HOUR)
    assert store.hasten(AT + MINUTE) == 0


def test_what_a_clock_that_was_ahead_put_off_for_a_year_is_due_when_it_is_set_right(store: Store) -> None:
    year = timedelta(days=365)
    add(store, "decided in the future", due_at=AT + year)
    add(store, "tried in the future", due_at=AT + year)
    fail_at = AT + year + MINUTE
    store.attempting(the(store, "tried in the future", at=fail_at), AT + year)
    store.failed(the(store, "tried in the future", at=fail_at), AT + year, "no route", fail_at)
    assert store.hasten(AT) == 2


def test_an_alert_passes_on_once_and_only_to_those_who_have_no_delivery_of_it(store: Store) -> None:
    add(store, "1", "old", "desk")
    passed = the(store, "1", "old")
    assert store.pass_on(passed, ["desk", "new"], maybe=False) == ["new"]
    assert store.pass_on(passed, ["desk", "new"], maybe=False) == []
    assert not the(store, "1", "new").alert.maybe_repeat


def test_of_several_heirs_each_is_told_that_it_may_have_it_already(store: Store) -> None:
    add(store, "1", "old")
    assert store.pass_on(the(store, "1", "old"), ["a", "b"], maybe=False) == ["a", "b"]
    assert the(store, "1", "a").alert.maybe_repeat
    assert the(store, "1", "b").alert.maybe_repeat


def test_what_has_not_arrived_is_counted_by_target_until_it_is_acknowledged(store: Store) -> None:
    add(store, "waits", "phone", "desk")
    fail(store, "waits", 2, AT + HOUR)
    store.delivered(the(store, "waits", "desk"), AT)
    add(store, "given up")
    store.failed(the(store, "given up"), AT + MINUTE, "the phone is off", None)
    add(store, "perhaps")
    store.failed(the(store, "perhaps"), AT, "stopped", None, maybe=True)
    assert store.waiting() == {"phone": Waiting(1, 2, an_alert().at, 2, "the phone is off")}
    store.acknowledge("given up", AT)
    store.acknowledge("perhaps", AT)
    assert store.waiting() == {"phone": Waiting(1, 0, an_alert().at, 2, "the phone is off")}
    assert (store.sent_at("desk"), store.sent_at("phone")) == (AT, None)


def test_where_all_has_arrived_nothing_waits(store: Store) -> None:
    add(store, "1")
    store.delivered(the(store, "1"), AT)
    assert store.waiting() == {}
