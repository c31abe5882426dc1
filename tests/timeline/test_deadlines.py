"""Deadlines of Lancers: their state, their instants, what blocks them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from inboxwatch.timeline.deadline import Deadline, deadlines
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import fold
from tests.pipeline.story import profiles
from tests.timeline.making import PROJECT, ZERO, at, event

LANCERS = profiles().by_name("lancers")


def found(rule: str, events: list[Event], now: datetime, contact: Any = "any") -> Deadline | None:
    project = fold(PROJECT, events, delivered_awaits_approval=False)
    return next((one for one in deadlines(project, LANCERS, now, contact) if one.rule.id == rule), None)


def request(events: list[Event], hours: float = 0, contact: Any = "any") -> Deadline:
    deadline = found("reminder_request", events, at(hours), contact)
    assert deadline
    return deadline


FUNDED = event("escrow_funded", 0)


@pytest.mark.parametrize(
    ("hours", "state"), [(168 - 1 / 3600, "running"), (168, "open"), (168 + 1 / 3600, "open"), (4000, "open")]
)
def test_the_request_runs_until_it_is_open(hours: float, state: str) -> None:
    assert request([FUNDED], hours).state == state


def test_certain_is_midnight_in_tokyo_of_the_eighth_day_after_the_day_of_the_last_contact() -> None:
    assert ZERO.isoformat() == "2026-03-02T01:30:00+00:00"  # 10:30 in Tokyo
    assert request([FUNDED]).certain_at == datetime.fromisoformat("2026-03-10T00:00:00+09:00")
    late = request([FUNDED, event("contact", 13.5 - 1 / 3600)])  # 23:59:59 of the same day
    assert late.certain_at == datetime.fromisoformat("2026-03-10T00:00:00+09:00")
    midnight = request([FUNDED, event("contact", 13.5)])
    assert midnight.certain_at == datetime.fromisoformat("2026-03-11T00:00:00+09:00")


@pytest.mark.parametrize("kind", ["contact", "started", "escrow_funded"])
def test_the_start_is_the_latest_of_contact_contract_and_escrow(kind: str) -> None:
    assert request([FUNDED, event("contact", 1), event(kind, 5)]).due_at == at(5 + 168)


@pytest.mark.parametrize("contact", ["any", "platform"])
def test_direct_contact_delays_as_the_setting_says_and_the_platforms_reading_is_kept(contact: str) -> None:
    direct = Event("fact-9", PROJECT, at(20), at(20), "contact", by="client", channel="mail")
    deadline = request([FUNDED, event("contact", 1), direct], contact=contact)
    assert deadline.due_at == at((20 if contact == "any" else 1) + 168)
    assert deadline.platform_due_at == at(1 + 168)


@pytest.mark.parametrize(
    ("kind", "blocked"),
    [("reminder_filed", True), ("reminder_received", True), ("change_proposed", True), ("revision_requested", False)],
)
def test_what_blocks_the_request(kind: str, blocked: bool) -> None:
    deadline = request([FUNDED, event(kind, 1)], 200)
    assert (deadline.state, deadline.blocked_by) == (("blocked", kind) if blocked else ("open", None))


@pytest.mark.parametrize("paid_as", ["hourly", "monthly", "task", "contest"])
def test_a_contract_without_the_request_is_stopped(paid_as: str) -> None:
    assert request([FUNDED, event(paid_as, 1)], 200).state == "stopped"
    assert request([FUNDED, event(paid_as, 1), event("fixed_price", 2)], 200).state == "open"


def test_a_project_that_is_over_has_no_open_request() -> None:
    assert request([FUNDED, event("payment_confirmed", 1)], 200).state == "stopped"


def test_a_probable_result_ends_no_clock_and_an_attested_one_does() -> None:
    filed = [FUNDED, event("completion_reported", 1), event("reminder_filed", 2)]
    for grade, state in (("probable", "running"), ("attested", "done")):
        deadline = found("reminder_response", [*filed, event("payment_confirmed", 3, grade=grade)], at(4))
        assert deadline and deadline.state == state


@pytest.mark.parametrize(("seconds", "passed"), [(-1, False), (0, True), (1, True)])
def test_the_response_deadline_passes_at_168_hours(seconds: int, passed: bool) -> None:
    now = at(2 + 168) + timedelta(seconds=seconds)
    deadline = found("reminder_response", [FUNDED, event("reminder_filed", 2)], now)
    assert deadline and deadline.passed is passed


def test_the_outcome_of_a_paid_project_is_not_shown_as_a_refund() -> None:
    events = [FUNDED, event("completion_reported", 1), event("reminder_filed", 2), event("payment_confirmed", 200)]
    deadline = found("reminder_response", events, at(300))
    assert deadline and (deadline.state, deadline.outcome) == ("done", "paid")


def test_a_notice_of_expiry_alone_starts_its_clock() -> None:
    notice = event("expiry_notice", 0, due_at=at(24 * 20))
    deadline = found("deal_expiry", [event("contact", 0), notice], at(1))
    assert deadline and (deadline.state, deadline.due_at) == ("running", at(24 * 20))
