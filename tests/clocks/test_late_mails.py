"""Mails that arrive after the clocks they move, or are dated ahead: the watch, not the replay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch.mail.model import RawMail
from inboxwatch.views.standing import standings
from tests.clocks.kit import AROUND, beside, days, instant
from tests.pipeline.story import HOUR, PAID, PROJECT, REMINDED, SECOND, a_mail, comment
from tests.pipeline.test_deciding import Watch

BEGUN, DUE = instant("2026-03-02T10:30:00+09:00"), "2026-03-09T10:30:00+09:00"
FILED, MIDNIGHT, WEEK = "2026-03-20T18:00:00+09:00", "2026-03-27T00:00:00+09:00", "2026-03-27T18:00:00+09:00"


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path).running_from(BEGUN - HOUR)
    yield made
    made.store.close()


def late(subject: str, dated: datetime, arrived: datetime) -> RawMail:
    return replace(a_mail(subject, dated), received_at=arrived)


def lived(watch: Watch, begin: datetime, end: datetime) -> list[tuple[str, datetime]]:
    """Decide twice a day from `begin` on, as a daemon would, and at `end`."""
    told, now = [], begin
    while now < end:
        told += watch.decide(now)
        now += 12 * HOUR
    return [(alert.kind, alert.at) for alert in told + watch.decide(end)]


@pytest.mark.parametrize(("seconds", "withdrawn"), [(-1, True), (0, True), (1, False)])
def test_contact_found_late_withdraws_the_alert_if_it_came_up_to_its_second(
    watch: Watch, seconds: int, withdrawn: bool
) -> None:
    watch.record("escrow_funded", BEGUN)
    assert lived(watch, BEGUN, instant(DUE))[-1] == ("reminder_available", instant(DUE))
    now = instant(DUE) + HOUR
    watch.take(now, late(comment(), beside(DUE, seconds), now), history=False)
    (alert,) = watch.decide(now)
    assert alert.kind == "client_replied"
    assert alert.title.startswith("取り消し") == withdrawn


def test_contact_dated_before_the_last_known_moves_nothing(watch: Watch) -> None:
    watch.record("escrow_funded", BEGUN)
    watch.take(BEGUN, a_mail(comment(), BEGUN), history=False)
    lived(watch, BEGUN, instant(DUE) - HOUR)
    watch.take(instant(DUE) - HOUR, late(comment(), BEGUN - HOUR, BEGUN + 20 * HOUR), history=False)
    assert [alert.kind for alert in watch.decide(instant(DUE))] == ["reminder_available"]


@pytest.mark.parametrize(("seconds", "still_filed"), [(-1, True), (1, False)])
def test_contact_found_late_ends_a_filing_only_if_it_came_after_it(
    watch: Watch, seconds: int, still_filed: bool
) -> None:
    watch.record("escrow_funded", BEGUN)
    lived(watch, BEGUN, instant(FILED) - SECOND)
    watch.record("completion_reported", instant(FILED) - SECOND)
    watch.record("reminder_filed", instant(FILED))
    watch.decide(instant(FILED))
    now = instant(FILED) + HOUR
    watch.take(now, late(comment(), beside(FILED, seconds), now), history=False)
    watch.decide(now)
    (standing,) = standings(watch.pipeline, now)
    assert (standing.project.filed is not None) == still_filed
    kinds = [kind for kind, _ in lived(watch, now, instant(WEEK))]
    assert ("reminder_deadline" in kinds) == still_filed


@pytest.mark.parametrize("seconds", AROUND)
def test_a_completion_report_recorded_late_but_dated_before_the_end_makes_it_paid(watch: Watch, seconds: int) -> None:
    watch.record("escrow_funded", BEGUN)
    lived(watch, BEGUN, instant(FILED) - SECOND)
    watch.record("reminder_filed", instant(FILED))
    lived(watch, instant(FILED), instant(WEEK) - HOUR)
    # The machine was off when the time ended; she records before it decides.
    now = instant(WEEK) + HOUR
    watch.record("completion_reported", now, at=beside(WEEK, seconds).isoformat())
    (alert,) = watch.decide(now)
    assert (alert.kind, alert.outcome) == ("reminder_deadline", "refunded" if seconds > 0 else "paid")


def test_the_result_found_late_ends_what_was_overdue(watch: Watch) -> None:
    watch.record("escrow_funded", BEGUN)
    lived(watch, BEGUN, instant(FILED) - SECOND)
    watch.record("completion_reported", instant(FILED) - SECOND)
    watch.record("reminder_filed", instant(FILED))
    overdue = instant(FILED) + days(10)
    assert lived(watch, instant(FILED), overdue)[-1] == ("result_overdue", overdue)
    now = overdue + HOUR
    watch.take(now, late(PAID, overdue - HOUR, now), history=False)
    assert [alert.kind for alert in watch.decide(now)] == ["payment_confirmed"]
    (standing,) = standings(watch.pipeline, now)
    assert standing.project.state == "paid"


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(seconds=1), timedelta(minutes=59)])
@pytest.mark.parametrize(("subject", "kind"), [(REMINDED, "reminder_received"), (PAID, "payment_confirmed")])
def test_a_mail_dated_ahead_of_its_arrival_is_told_at_once(
    watch: Watch, ahead: timedelta, subject: str, kind: str
) -> None:
    """A `Date` up to one hour after the arrival is believed; what it says does not wait for it."""
    watch.record("escrow_funded", BEGUN)
    now = BEGUN + days(1)
    watch.decide(now - HOUR)
    watch.take(now, late(subject, now + ahead, now), history=False)
    assert [alert.kind for alert in watch.decide(now)] == [kind]
    assert kind not in [alert.kind for alert in watch.decide(now + HOUR)]


def test_a_reply_dated_ahead_is_told_at_once_too(watch: Watch) -> None:
    watch.record("escrow_funded", BEGUN)
    watch.take(BEGUN, a_mail(comment(), BEGUN), history=False)
    lived(watch, BEGUN, BEGUN + days(3))
    now = BEGUN + days(3) + HOUR
    watch.take(now, late(comment(), now + 0.5 * HOUR, now), history=False)
    assert [alert.kind for alert in watch.decide(now)] == ["client_replied"]


@pytest.mark.parametrize(("hours", "told_again"), [(24, False), (25, True)])
def test_a_filing_learnt_of_late_has_its_second_warning_by_what_is_left(
    watch: Watch, hours: int, told_again: bool
) -> None:
    watch.record("escrow_funded", BEGUN)
    now = instant(MIDNIGHT) - hours * HOUR
    lived(watch, BEGUN, now - SECOND)
    watch.record("reminder_filed", now, at=FILED)
    assert [(alert.kind, alert.due_at) for alert in watch.decide(now)] == [("deadline_against", instant(MIDNIGHT))]
    half = now + hours / 2 * HOUR
    assert watch.decide(half - SECOND) == []
    assert [alert.kind for alert in watch.decide(half)] == (["deadline_against"] if told_again else [])


def test_a_filing_learnt_of_when_its_time_has_passed_is_told_once_and_says_so(watch: Watch) -> None:
    watch.record("escrow_funded", BEGUN)
    lived(watch, BEGUN, instant(MIDNIGHT) - SECOND)
    watch.record("reminder_filed", instant(MIDNIGHT), at=FILED)
    (alert,) = watch.decide(instant(MIDNIGHT))
    assert (alert.kind, alert.due_at, alert.project) == ("deadline_against", instant(MIDNIGHT), PROJECT)
    assert watch.decide(instant(MIDNIGHT) + HOUR) == []
