"""Many alerts, and targets that hang, on the real store: nobody else waits, and a repetition says that it is one."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch.alerts.deliver import FAILING_ATTEMPTS, Sender
from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.targets import CommandTarget, DeliveryFailed, Target
from inboxwatch.store.sqlite import Store
from tests.alerts.samples import TOKYO, an_alert


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Hanging:
    """A target at the edge that answers when it is let go, and fails then."""

    name: str
    let_go: threading.Event
    kinds: frozenset[str] | None = None
    asked: list[tuple[str, bool]] = field(default_factory=list)

    def deliver(self, alert: Alert, seconds: float) -> None:
        self.asked.append((alert.key, alert.maybe_repeat))
        self.let_go.wait(60)
        raise DeliveryFailed("it hung", maybe=True)


@dataclass
class Taking:
    """A target that takes whatever comes."""

    name: str
    kinds: frozenset[str] | None = None
    taken: list[str] = field(default_factory=list)
    all_here: threading.Event = field(default_factory=threading.Event)
    expected: int = 0

    def deliver(self, alert: Alert, seconds: float) -> None:
        self.taken.append(alert.key)
        if len(self.taken) == self.expected:
            self.all_here.set()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path)
    yield opened
    opened.close()


def a_sender(store: Store, *targets: Target, seconds: float = 30) -> Sender:
    return Sender(store, {target.name: target for target in targets}, seconds=seconds, random=lambda: 0.5)


def rows(store: Store) -> Counter[tuple[str, str, str]]:
    return Counter((row.alert.key, one.target, one.state) for row in store.alerts() for one in row.deliveries)


def test_three_targets_that_hang_keep_none_of_two_hundred_alerts_from_the_fourth(tmp_path: Path) -> None:
    let_go = threading.Event()
    hanging = [Hanging(f"hangs {n}", let_go) for n in range(3)]
    well = Taking("well", expected=200)
    keys = [f"alert {n:03}" for n in range(200)]
    begun = time.monotonic()

    def send() -> None:
        store = Store.open(tmp_path)
        for key in keys:
            store.add_alert(an_alert(key=key, at=now()), {one.name: now() for one in (*hanging, well)})
        sender = a_sender(store, *hanging, well)
        senders.append(sender)
        sender.send_due(now)
        store.close()

    senders: list[Sender] = []
    thread = threading.Thread(target=send)
    thread.start()
    try:
        assert well.all_here.wait(60), f"only {len(well.taken)} arrived"
    finally:
        for sender in senders:
            sender.stop()
        let_go.set()
        thread.join(30)
    assert well.taken == keys, "each once, in their order"
    assert [len(one.asked) for one in hanging] == [1, 1, 1], "one attempt at a time"
    assert time.monotonic() - begun < 60
    store = Store.open(tmp_path)
    assert len(rows(store)) == 800
    assert set(rows(store).values()) == {1}, "one row for each alert and target"
    store.close()


def test_while_one_target_hangs_another_is_tried_again_when_its_delay_is_over_and_told_when_it_fails_for_long(
    tmp_path: Path,
) -> None:
    let_go, retried, told = threading.Event(), threading.Event(), list[str]()
    later = itertools.count(1)

    def clock() -> datetime:
        return now() + timedelta(hours=7) * next(later)  # longer than any delay: what failed is due at the next look

    @dataclass
    class Refusing(Taking):
        def deliver(self, alert: Alert, seconds: float) -> None:
            self.taken.append(alert.key)
            if len(self.taken) == FAILING_ATTEMPTS:
                retried.set()
            raise DeliveryFailed("no such host")

    def send() -> None:
        store = Store.open(tmp_path)
        store.add_alert(an_alert(), {"hangs": now(), "refuses": now()})
        targets = {"hangs": Hanging("hangs", let_go), "refuses": Refusing("refuses")}
        sender = Sender(store, targets, random=lambda: 0.5)
        senders.append(sender)
        sender.send_due(clock, failing=lambda target, reason: told.append(f"{target}: {reason}"))
        store.close()

    senders: list[Sender] = []
    thread = threading.Thread(target=send)
    thread.start()
    try:
        assert retried.wait(30), "it waited for the target that hangs"
    finally:
        for sender in senders:
            sender.stop()
        let_go.set()
        thread.join(30)
    assert told[0] == "refuses: no such host"


def test_a_program_that_forks_ignores_the_signal_and_holds_its_output_is_over_at_the_deadline(tmp_path: Path) -> None:
    program = tmp_path / "stubborn"
    program.write_text("#!/bin/sh\ntrap '' TERM HUP INT\n(trap '' TERM; sleep 60) &\nsleep 60\n")
    program.chmod(0o700)
    begun = time.monotonic()
    with pytest.raises(DeliveryFailed, match="stopped after 1 seconds; the alert may have arrived") as failed:
        CommandTarget("stubborn", (str(program),), None, TOKYO).deliver(an_alert(), 1.0)
    assert failed.value.maybe
    assert time.monotonic() - begun < 8


def test_one_row_for_each_alert_and_target_however_often_it_is_sent_again_and_whatever_it_is_called(
    store: Store,
) -> None:
    store.add_alert(an_alert(), {"a": now(), "b": now()})
    refused = Hanging("a", _at_once())
    taking = Taking("b")
    a_sender(store, refused, taking).send_due(now)
    for _ in range(3):
        store.resend(an_alert().key, ["a", "b"], now())
        a_sender(store, refused, taking).send_due(now)
    assert [maybe for _, maybe in refused.asked] == [False, True, True, True]
    renamed = Taking("a, renamed")
    store.hasten(now())
    a_sender(store, renamed, taking).send_due(now)
    assert renamed.taken == [an_alert().key]
    back = Taking("a")
    store.hasten(now())
    a_sender(store, back, renamed, taking).send_due(now)
    assert renamed.taken == [an_alert().key]
    assert back.taken == [], "it was passed on, and is not told twice when the old name comes back"
    assert sorted(rows(store)) == [
        (an_alert().key, "a", "maybe_sent"),
        (an_alert().key, "a, renamed", "sent"),
        (an_alert().key, "b", "sent"),
    ]
    assert set(rows(store).values()) == {1}


def test_a_target_that_is_renamed_by_mistake_and_back_loses_nothing_that_waited(store: Store) -> None:
    store.add_alert(an_alert(), {"a": now()})
    wrong, right = Hanging("a, renamed", _at_once()), Taking("a")
    a_sender(store, wrong).send_due(now)
    assert wrong.asked, "it was passed on to the wrong name"
    store.hasten(now())
    a_sender(store, right).send_due(now)
    assert right.taken == [an_alert().key]
    assert (an_alert().key, "a", "sent") in rows(store)


def test_a_dead_delivery_is_sent_again_by_hand_and_an_alert_for_a_removed_target_goes_to_those_there_are(
    store: Store,
) -> None:
    store.add_alert(an_alert(), {"gone": now(), "here": now()})
    a_sender(store, Taking("here")).send_due(now)
    assert rows(store)[an_alert().key, "gone", "dead"] == 1
    store.resend(an_alert().key, ["here", "new"], now())
    here, new = Taking("here"), Taking("new")
    a_sender(store, here, new).send_due(now)
    assert (here.taken, new.taken) == ([an_alert().key], [an_alert().key])
    assert rows(store)[an_alert().key, "gone", "dead"] == 1, "and is not asked for again"


def test_sent_again_by_hand_while_an_attempt_is_under_way_it_is_sent_once(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.add_alert(an_alert(), {"a": now()})
    taken: list[bool] = []

    @dataclass
    class Resending(Taking):
        def deliver(self, alert: Alert, seconds: float) -> None:
            taken.append(alert.maybe_repeat)
            if len(taken) == 1:
                by_her = Store.open(tmp_path)  # as the command does, in a process of its own
                by_her.resend(alert.key, [self.name], now())
                by_her.close()

    sender = a_sender(store, Resending("a"))
    sender.send_due(now)
    sender.send_due(now)
    assert taken == [False]
    assert rows(store) == {(an_alert().key, "a", "sent"): 1}
    store.close()


def _at_once() -> threading.Event:
    event = threading.Event()
    event.set()
    return event
