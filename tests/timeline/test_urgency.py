"""The groups in which projects are shown, and their order."""

from __future__ import annotations

from datetime import datetime

from inboxwatch.platforms.load import load_profiles
from inboxwatch.timeline.deadline import deadlines
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import fold
from inboxwatch.timeline.urgency import Group, group_of, urgency
from tests.timeline.making import PROJECT, at, event

LANCERS = load_profiles((), None, lambda name: True).by_name("lancers")
FUNDED = event("escrow_funded", 0)


def group(events: list[Event], now: datetime, *, dormant: bool = False) -> Group:
    project = fold(PROJECT, events)
    return group_of(project, deadlines(project, LANCERS, now), now, dormant=dormant)


def test_a_project_is_shown_by_what_presses_most() -> None:
    assert group([FUNDED], at(10)) == "running"
    assert group([FUNDED], at(200)) == "open"
    assert group([FUNDED, event("reminder_received", 1)], at(10)) == "against"
    assert group([event("contact", 0)], at(10)) == "assumed"
    assert group([event("contact", 0)], at(200)) == "open"
    assert group([FUNDED], at(200), dormant=True) == "dormant"
    assert group([FUNDED, event("cancelled", 1)], at(200)) == "over"


def test_a_reminder_whose_time_has_passed_unanswered_presses_still() -> None:
    received = [FUNDED, event("reminder_received", 1)]
    assert group(received, at(1 + 9 * 24)) == "against"
    assert group([*received, event("answered", 2)], at(1 + 9 * 24)) != "against"


def test_the_expiry_of_a_deal_presses_in_its_last_month_alone() -> None:
    assert group([FUNDED], at(24 * 300)) == "open"
    assert group([FUNDED], at(24 * 340)) == "against"


def test_the_earliest_end_comes_first_in_a_group_and_of_those_over_the_latest() -> None:
    def rank(*events: Event) -> tuple[int, datetime, str]:
        project = fold(PROJECT, events)
        return urgency(project, deadlines(project, LANCERS, at(100)), at(100), dormant=False)

    assert rank(FUNDED) < rank(FUNDED, event("contact", 50))
    assert rank(FUNDED, event("contact", 50)) < rank(FUNDED, event("closed", 60)) < rank(FUNDED, event("closed", 50))
