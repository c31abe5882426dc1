"""How far the work is, as the fold knows it: parts of one escrow, plans, demands, and what ends each."""

from __future__ import annotations

import pytest

from inboxwatch.timeline.event import Event
from inboxwatch.timeline.plan import is_whole
from inboxwatch.timeline.project import Project, fold
from tests.timeline.making import PROJECT, event

FUNDED, CONTACT = event("escrow_funded", 0), event("contact", 1)
FOUR_OF_FIVE = event("delivered", 2, part="4/5")


def after(*events: Event) -> Project:
    return fold(PROJECT, [FUNDED, CONTACT, *events], delivered_awaits_approval=False)


@pytest.mark.parametrize(
    ("part", "whole"),
    [(None, True), ("5/5", True), ("4/5", False), (" 4 / 5 ", False), ("6/5", True), ("0/5", False), ("many", True)],
)
def test_a_part_is_whole_when_nothing_is_missing(part: str | None, whole: bool) -> None:
    assert is_whole(part) is whole


def test_a_part_stands_until_the_rest_is_delivered_or_completion_is_reported() -> None:
    assert after(FOUR_OF_FIVE).part == "4/5"
    assert after(FOUR_OF_FIVE, event("contact", 3)).part == "4/5"
    assert after(FOUR_OF_FIVE, event("delivered", 3, part="5/5")).part is None
    assert after(FOUR_OF_FIVE, event("delivered", 3)).part is None
    assert after(FOUR_OF_FIVE, event("completion_reported", 3)).part is None
    assert after(event("delivered", 1.5, part="3/5"), FOUR_OF_FIVE).part == "4/5"


def test_a_report_that_is_withdrawn_leaves_the_part_as_it_was() -> None:
    assert after(FOUR_OF_FIVE, event("completion_reported", 3), event("completion_withdrawn", 4)).part == "4/5"


def test_a_part_is_of_its_plan() -> None:
    plans = [event("escrow_funded", 0.1, plan=1), event("escrow_funded", 0.2, plan=2)]
    project = after(*plans, event("delivered", 2, plan=2, part="1/3"))
    assert dict(project.plans)[2].part == "1/3"
    assert dict(project.plans)[1].part is None
    assert project.part == "1/3"
    assert after(*plans, event("delivered", 2, plan=2, part="1/3"), event("delivered", 3, plan=1)).part == "1/3"


def test_the_order_of_reading_changes_nothing() -> None:
    events = [FUNDED, CONTACT, FOUR_OF_FIVE, event("delivered", 3)]
    assert fold(PROJECT, events) == fold(PROJECT, reversed(events))


def test_what_was_delivered_before_the_escrow_came_is_still_delivered_and_a_new_round_begins_anew() -> None:
    early = fold(PROJECT, [event("started", 0), event("delivered", 1, part="1/2"), event("escrow_funded", 2)])
    assert (early.part, early.delivery is not None) == ("1/2", True)
    again = after(FOUR_OF_FIVE, event("payment_confirmed", 3), event("escrow_funded", 4))
    assert (again.part, again.delivery, again.report) == (None, None, None)
    round_two = after(event("delivered", 2), event("completion_reported", 3), event("escrow_funded", 4))
    assert (round_two.completion_reported, round_two.delivery, round_two.report) == (False, None, None)


@pytest.mark.parametrize("kind", ["cancel_requested", "refund_requested", "dispute_opened"])
def test_a_demand_stands_until_it_is_answered_or_the_project_ends(kind: str) -> None:
    demand = event(kind, 2)
    assert after(demand).demand == demand
    assert after(demand, event("contact", 3)).demand == demand
    for end in (
        event("answered", 3),
        event("contact", 3, by="me"),
        event("cancelled", 3),
        event("payment_confirmed", 3),
    ):
        assert after(demand, end).demand is None
    assert after(event(kind, 2, by="me")).demand is None
