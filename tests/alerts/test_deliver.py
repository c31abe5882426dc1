"""The sender: attempt before, success after, retry, give up visibly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from time import monotonic, sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxwatch.alerts.check_target import send_test
from inboxwatch.alerts.deliver import FAILING_ATTEMPTS, MOST_ATTEMPTS, Sender, retry_at
from inboxwatch.alerts.model import Alert, Delivery
from inboxwatch.alerts.quiet import after_quiet_hours
from inboxwatch.alerts.targets import AppriseTarget, DeliveryFailed, wants
from tests.alerts.samples import AT, TOKYO, an_alert
from tests.servers.http_target import http_target


class PowerCut(Exception):
    """The machine stops here."""


class MemoryOutbox:
    """The outbox's promises in memory, until the process ends."""

    def __init__(self, *deliveries: Delivery) -> None:
        self.rows = {(row.alert.key, row.target): row for row in deliveries}
        self.calls: list[tuple[str, str]] = []
        self.cut_at: str | None = None

    def row(self, key: str, target: str) -> Delivery:
        return self.rows[key, target]

    def due_deliveries(self, now: datetime, limit: int) -> list[Delivery]:
        due = [row for row in self.rows.values() if row.state == "waiting" and row.due_at <= now]
        return sorted(due, key=lambda row: row.attempts)[:limit]

    def attempting(self, delivery: Delivery, now: datetime) -> None:
        self._change("attempting", delivery, attempts=delivery.attempts + 1, attempted_at=now)

    def delivered(self, delivery: Delivery, now: datetime) -> None:
        self._change("delivered", delivery, state="sent")

    def failed(
        self, delivery: Delivery, now: datetime, error: str, again_at: datetime | None, *, maybe: bool = False
    ) -> None:
        changes: dict[str, object] = {"error": error}
        if not maybe:
            changes["attempted_at"] = None
        changes |= {"state": "dead"} if again_at is None else {"due_at": again_at}
        self._change("failed", delivery, **changes)

    def pass_on(self, delivery: Delivery, targets: Iterable[str], *, maybe: bool) -> list[str]:
        there = {
            target for (key, target), row in self.rows.items() if key == delivery.alert.key and row.state != "dead"
        }
        heirs = [name for name in targets if name not in there]
        for heir in heirs:
            row = replace(delivery, target=heir, attempts=0, attempted_at=None, error=None)
            self.rows[delivery.alert.key, heir] = row
        return heirs

    def next_delivery_at(self) -> datetime | None:
        return min((row.due_at for row in self.rows.values() if row.state == "waiting"), default=None)

    def _change(self, call: str, delivery: Delivery, **changes: object) -> None:
        if self.cut_at == call:
            self.cut_at = None
            raise PowerCut
        self.calls.append((call, delivery.target))
        key = delivery.alert.key, delivery.target
        self.rows[key] = replace(self.rows[key], **changes)  # type: ignore[arg-type]


@dataclass
class RecordingTarget:
    """A target at the edge: records, and does what `act` says."""

    name: str
    act: Callable[[Alert], None] = lambda alert: None
    kinds: frozenset[str] | None = None
    alerts: list[Alert] = field(default_factory=list)

    def deliver(self, alert: Alert, seconds: float) -> None:
        self.alerts.append(alert)
        self.act(alert)


def waiting(key: str, target: str, **changes: object) -> Delivery:
    return replace(Delivery(an_alert(key=key), target, "waiting", 0, AT), **changes)  # type: ignore[arg-type]


def a_sender(outbox: MemoryOutbox, *targets: RecordingTarget | AppriseTarget, seconds: float = 20) -> Sender:
    return Sender(outbox, {target.name: target for target in targets}, seconds=seconds, random=lambda: 0.5)


def a_sender_with_quiet_nights(outbox: MemoryOutbox, *targets: RecordingTarget) -> Sender:
    """Quiet from 22:00 to 7:00 in Japan."""
    by_name = {target.name: target for target in targets}
    quiet = lambda at: after_quiet_hours(at, (time(22), time(7)), TOKYO)  # noqa: E731
    return Sender(outbox, by_name, seconds=20, random=lambda: 0.5, quiet=quiet)


def refuse(alert: Alert) -> None:
    raise DeliveryFailed("the phone is off")


def now() -> datetime:
    return AT


def test_what_is_due_is_sent_in_order_and_settled() -> None:
    outbox = MemoryOutbox(waiting("1", "phone"), waiting("2", "phone"), waiting("3", "phone"))
    outbox.rows["later", "phone"] = waiting("later", "phone", due_at=AT + timedelta(seconds=1))
    phone = RecordingTarget("phone")
    report = a_sender(outbox, phone).send_due(now)
    assert (report.sent, report.failed, report.dead, report.failures) == (3, 0, 0, ())
    assert [alert.key for alert in phone.alerts] == ["1", "2", "3"]
    assert not any(alert.maybe_repeat for alert in phone.alerts)
    assert outbox.row("later", "phone").state == "waiting"


def test_the_attempt_is_stored_before_the_target_hears_of_it() -> None:
    outbox = MemoryOutbox(waiting("1", "phone"))
    seen: list[datetime | None] = []
    phone = RecordingTarget("phone", lambda alert: seen.append(outbox.row("1", "phone").attempted_at))
    a_sender(outbox, phone).send_due(now)
    assert seen == [AT]
    assert outbox.calls == [("attempting", "phone"), ("delivered", "phone")]


def test_a_failed_target_is_retried_alone() -> None:
    outbox = MemoryOutbox(waiting("1", "phone"), waiting("1", "desk"))
    phone, desk = RecordingTarget("phone", refuse), RecordingTarget("desk")
    sender = a_sender(outbox, phone, desk)
    report = sender.send_due(now)
    assert (report.sent, report.failed, report.failures) == (1, 1, ("phone: the phone is off",))
    assert outbox.row("1", "phone").due_at == AT + timedelta(seconds=60)
    phone.act = lambda alert: None
    assert sender.send_due(now).sent == 0
    assert sender.send_due(lambda: AT + timedelta(seconds=60)).sent == 1
    assert (len(phone.alerts), len(desk.alerts)) == (2, 1)
    assert not phone.alerts[1].maybe_repeat


def test_a_restart_between_attempt_and_success_sends_again_and_says_so() -> None:
    with http_target() as endpoint:
        outbox = MemoryOutbox(waiting("1", "phone"))
        target = AppriseTarget("phone", lambda: f"json://localhost:{endpoint.port}/", None, TOKYO)
        outbox.cut_at = "delivered"
        with pytest.raises(PowerCut):
            a_sender(outbox, target).send_due(now)
        assert a_sender(outbox, target).send_due(now).sent == 1
    titles = [received["title"] for received in endpoint.received]
    assert titles == [an_alert().title, "【再送の可能性あり】" + an_alert().title]


def test_an_attempt_that_could_not_be_stored_is_not_made() -> None:
    outbox = MemoryOutbox(waiting("1", "phone"))
    outbox.cut_at = "attempting"
    phone = RecordingTarget("phone")
    with pytest.raises(PowerCut):
        a_sender(outbox, phone).send_due(now)
    assert phone.alerts == []


def test_a_success_that_could_not_be_stored_is_stored_by_the_next_call_and_not_sent_twice() -> None:
    outbox = MemoryOutbox(waiting("1", "phone"))
    outbox.cut_at = "delivered"
    phone = RecordingTarget("phone")
    sender = a_sender(outbox, phone)
    with pytest.raises(PowerCut):
        sender.send_due(now)
    assert sender.send_due(now).sent == 1
    assert len(phone.alerts) == 1
    assert outbox.row("1", "phone").state == "sent"


def test_after_an_attempt_whose_end_is_not_known_every_further_one_says_maybe_repeat() -> None:
    outbox = MemoryOutbox(waiting("1", "phone"))
    ends = [DeliveryFailed("stopped", maybe=True), DeliveryFailed("refused")]

    def act(alert: Alert) -> None:
        if ends:
            raise ends.pop(0)

    phone = RecordingTarget("phone", act)
    sender = a_sender(outbox, phone)
    for hours in (0, 1, 2):
        sender.send_due(lambda hours=hours: AT + timedelta(hours=hours))  # type: ignore[misc]
    assert [alert.maybe_repeat for alert in phone.alerts] == [False, True, True]


def test_a_clean_failure_takes_no_doubt_back() -> None:
    once_doubtful = replace(waiting("1", "phone"), alert=an_alert(key="1", maybe_repeat=True))
    outbox = MemoryOutbox(once_doubtful)
    phone = RecordingTarget("phone", refuse)
    a_sender(outbox, phone).send_due(now)
    assert phone.alerts[0].maybe_repeat
    assert outbox.row("1", "phone").attempted_at == AT


def test_a_target_that_hangs_delays_no_other_and_not_even_what_comes_later() -> None:
    outbox = MemoryOutbox(*(waiting(str(number), "slow") for number in range(5)), waiting("1", "desk"))
    release, desk_has_both = threading.Event(), threading.Event()

    def hang(alert: Alert) -> None:
        release.wait(20)

    def at_the_desk(alert: Alert) -> None:
        if alert.key == "new":
            desk_has_both.set()
        else:
            outbox.rows["new", "desk"] = waiting("new", "desk")

    slow, desk = RecordingTarget("slow", hang), RecordingTarget("desk", at_the_desk)
    sender = a_sender(outbox, slow, desk)
    loop = threading.Thread(target=sender.send_due, args=(now, 2))
    loop.start()
    assert desk_has_both.wait(10), "the desk waited for the slow target"
    assert len(slow.alerts) == 1
    release.set()
    loop.join(10)
    assert not loop.is_alive()
    assert [alert.key for alert in slow.alerts] == ["0", "1", "2", "3", "4"]


def test_a_fault_in_a_target_is_that_deliverys_failure_and_keeps_the_secret() -> None:
    def broken(alert: Alert) -> None:
        raise TypeError("json://user:SECRETPW@localhost")

    outbox = MemoryOutbox(waiting("1", "phone"), waiting("1", "desk"))
    report = a_sender(outbox, RecordingTarget("phone", broken), RecordingTarget("desk")).send_due(now)
    assert (report.sent, report.failed) == (1, 1)
    assert report.failures == ("phone: a fault in inboxwatch itself (TypeError)",)


def test_a_target_that_left_the_configuration_makes_its_deliveries_visibly_dead() -> None:
    outbox = MemoryOutbox(waiting("1", "old"), waiting("1", "desk"))
    report = a_sender(outbox, RecordingTarget("desk")).send_due(now)
    assert (report.sent, report.dead) == (1, 1)
    assert outbox.row("1", "old").state == "dead"
    assert outbox.row("1", "old").error == "this target is no longer in the configuration"


def test_a_delivery_is_dead_after_29_attempts_and_five_days_and_says_why() -> None:
    outbox = MemoryOutbox(waiting("1", "phone"))
    phone = RecordingTarget("phone", refuse)
    sender = a_sender(outbox, phone)
    dead = 0
    while (at := outbox.next_delivery_at()) is not None:
        dead += sender.send_due(lambda at=at: at).dead  # type: ignore[misc]
        last = at
    assert (dead, len(phone.alerts)) == (1, MOST_ATTEMPTS)
    assert outbox.row("1", "phone").error == "the phone is off"
    assert last - AT == timedelta(hours=122, minutes=31)


def test_after_stop_nothing_is_begun_and_what_is_under_way_is_settled() -> None:
    outbox = MemoryOutbox(waiting("1", "phone"), waiting("2", "phone"))
    phone = RecordingTarget("phone")
    sender = a_sender(outbox, phone)
    phone.act = lambda alert: sender.stop()
    assert sender.send_due(now).sent == 1
    assert outbox.row("2", "phone").state == "waiting"
    assert outbox.row("2", "phone").attempts == 0


def test_a_target_that_ignores_its_deadline_is_given_up_and_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inboxwatch.alerts.deliver._GRACE_SECONDS", 0.0)
    outbox = MemoryOutbox(waiting("1", "phone"), waiting("2", "phone"))
    release, ended = threading.Event(), threading.Event()

    def hang(alert: Alert) -> None:
        release.wait(20)
        ended.set()

    phone = RecordingTarget("phone", hang)
    sender = a_sender(outbox, phone, seconds=0.1)
    assert sender.send_due(now).failures == ("phone: the target did not come back in time",)
    assert outbox.row("1", "phone").attempted_at == AT
    assert outbox.row("2", "phone").attempts == 0
    release.set()
    assert ended.wait(5)


@given(st.integers(min_value=1, max_value=60), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_a_retry_is_never_early_never_late_and_never_after_the_last(attempts: int, chance: float) -> None:
    at = retry_at(AT, attempts, lambda: chance)
    if attempts >= 29:
        assert at is None
        return
    assert at is not None
    plain = min(60 * 2 ** (attempts - 1), 6 * 3600)
    assert 0.8 * plain - 1 <= (at - AT).total_seconds() <= min(1.2 * plain + 1, 6 * 3600)


def test_a_target_wants_all_kinds_unless_it_names_some() -> None:
    assert wants(RecordingTarget("phone"), "silence")
    assert wants(RecordingTarget("phone", kinds=frozenset({"silence"})), "silence")
    assert not wants(RecordingTarget("phone", kinds=frozenset({"silence"})), "summary")


def test_a_test_alert_names_its_instant_in_the_users_zone() -> None:
    phone = RecordingTarget("phone")
    send_test(phone, TOKYO, "en", now=datetime(2026, 11, 9, 3, 30, tzinfo=UTC))
    send_test(phone, TOKYO, "ja", now=datetime(2026, 11, 9, 3, 30, tzinfo=UTC))
    assert "2026-11-09 12:30 Asia/Tokyo" in phone.alerts[0].body
    assert "試し送り" in phone.alerts[1].title


def test_what_waits_for_a_target_that_was_renamed_passes_on_to_it_under_its_new_name() -> None:
    outbox = MemoryOutbox(waiting("1", "ntfy://nfty.example"), waiting("1", "desk"))
    renamed, desk = RecordingTarget("ntfy://ntfy.example"), RecordingTarget("desk")
    report = a_sender(outbox, renamed, desk).send_due(now)
    assert (report.sent, report.dead, report.failures) == (2, 0, ())
    assert [len(renamed.alerts), len(desk.alerts)] == [1, 1]
    gone = outbox.row("1", "ntfy://nfty.example")
    assert (gone.state, gone.error) == (
        "dead",
        "this target is no longer in the configuration; the alert was passed on to ntfy://ntfy.example",
    )


def test_nothing_passes_on_to_a_target_that_does_not_want_its_kind() -> None:
    outbox = MemoryOutbox(waiting("1", "old"))
    picky = RecordingTarget("new", kinds=frozenset({"payment_confirmed"}))
    assert a_sender(outbox, picky).send_due(now).dead == 1
    assert picky.alerts == []


def test_a_target_that_fails_for_two_hours_is_named_and_one_that_was_removed_is_not() -> None:
    outbox = MemoryOutbox(
        waiting("1", "phone", attempts=FAILING_ATTEMPTS - 2),
        waiting("2", "desk", attempts=FAILING_ATTEMPTS - 1),
        waiting("3", "old", attempts=FAILING_ATTEMPTS - 1),
    )
    phone, desk = RecordingTarget("phone", refuse), RecordingTarget("desk", refuse)
    told: list[tuple[str, str]] = []
    a_sender(outbox, phone, desk).send_due(now, failing=lambda target, reason: told.append((target, reason)))
    assert told == [("desk", "the phone is off")]
    tried = AT
    for attempts in range(1, FAILING_ATTEMPTS):
        tried = retry_at(tried, attempts, lambda: 0.5) or tried
    assert tried - AT == timedelta(minutes=127)


NIGHT = datetime(2026, 11, 9, 14, 30, tzinfo=UTC)  # 23:30 in Japan


def test_what_is_not_urgent_and_failed_in_the_evening_is_not_tried_again_at_night() -> None:
    before, morning = NIGHT - timedelta(hours=2), NIGHT + timedelta(hours=7, minutes=30)
    outbox = MemoryOutbox(
        waiting("tried", "phone", attempts=1, due_at=NIGHT),
        waiting("left over by a stop", "phone", due_at=before),
        replace(waiting("urgent", "phone", attempts=1, due_at=NIGHT), alert=an_alert(key="urgent", urgent=True)),
    )
    for key in ("tried", "left over by a stop"):
        outbox.rows[key, "phone"] = replace(outbox.row(key, "phone"), alert=an_alert(key=key, urgent=False))
    phone = RecordingTarget("phone")
    sender = a_sender_with_quiet_nights(outbox, phone)
    sender.send_due(lambda: NIGHT)
    sender.send_due(lambda: morning - timedelta(seconds=1))
    assert [alert.key for alert in phone.alerts] == ["urgent"]
    sender.send_due(lambda: morning)
    assert {alert.key for alert in phone.alerts} == {"urgent", "tried", "left over by a stop"}


def test_what_she_asks_for_at_night_comes_at_night() -> None:
    asked = replace(waiting("1", "phone", due_at=NIGHT), alert=an_alert(key="1", urgent=False))
    outbox, phone = MemoryOutbox(asked), RecordingTarget("phone")
    assert a_sender_with_quiet_nights(outbox, phone).send_due(lambda: NIGHT).sent == 1


def test_the_time_in_which_a_program_gives_the_url_is_part_of_the_deadline() -> None:
    begun = monotonic()

    def slow() -> str:
        sleep(1.0)  # the program's own time; there is nothing to be awaited
        return "json://127.0.0.1:9/"

    with pytest.raises(DeliveryFailed) as failure:
        AppriseTarget("phone", slow, None, TOKYO).deliver(an_alert(), 1.9)
    assert monotonic() - begun < 1.9
    assert "so long in coming" in failure.value.reason
    assert not failure.value.maybe


def test_the_sender_shows_that_it_comes_round_while_a_target_hangs() -> None:
    outbox, release = MemoryOutbox(waiting("1", "slow")), threading.Event()
    sender = a_sender(outbox, RecordingTarget("slow", lambda alert: (release.wait(20), None)[1]))
    loop = threading.Thread(target=sender.send_due, args=(now,))
    loop.start()
    try:
        first, until = sender.progress_at, monotonic() + 10
        while sender.progress_at == first:
            assert monotonic() < until, "the sender stood still with its target"
            sleep(0.02)
    finally:
        release.set()
        loop.join(10)
