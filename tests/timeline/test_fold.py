"""The fold: a project's state is what its events say, in whatever order they came."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxwatch.timeline.project import Project, fold
from tests.timeline.making import PROJECT, event

STATES = {
    "awaiting_escrow": ["started"],
    "in_progress": ["started", "escrow_funded"],
    "awaiting_approval": ["started", "escrow_funded", "completion_reported"],
    "paid": ["escrow_funded", "payment_confirmed"],
    "cancelled": ["escrow_funded", "cancelled"],
    "closed": ["escrow_funded", "closed"],
}


def after(*kinds: str, **more: Any) -> Project:
    return fold(PROJECT, [event(kind, hours) for hours, kind in enumerate(kinds)], **more)


@pytest.mark.parametrize(("state", "kinds"), STATES.items())
def test_every_state_is_reached(state: str, kinds: list[str]) -> None:
    assert after(*kinds).state == state


@pytest.mark.parametrize(
    ("before", "kind", "state"),
    [
        ("in_progress", "completion_reported", "awaiting_approval"),
        ("awaiting_approval", "completion_withdrawn", "in_progress"),
        ("awaiting_approval", "revision_requested", "in_progress"),
        ("awaiting_approval", "payment_confirmed", "paid"),
        ("in_progress", "payment_confirmed", "paid"),
        ("paid", "escrow_funded", "in_progress"),
        ("cancelled", "escrow_funded", "in_progress"),
        ("awaiting_escrow", "escrow_funded", "in_progress"),
        ("awaiting_escrow", "cancelled", "cancelled"),
        ("in_progress", "closed", "closed"),
        ("paid", "contact", "paid"),
        ("cancelled", "contact", "cancelled"),
        ("paid", "completion_reported", "paid"),
        ("in_progress", "accepted", "in_progress"),
        ("in_progress", "change_proposed", "in_progress"),
        ("awaiting_approval", "reminder_filed", "awaiting_approval"),
        ("in_progress", "expiry_notice", "in_progress"),
        ("in_progress", "hourly", "in_progress"),
    ],
)
def test_the_table_of_states(before: str, kind: str, state: str) -> None:
    assert after(*STATES[before], kind).state == state


def test_a_delivery_awaits_approval_except_on_lancers() -> None:
    assert after("escrow_funded", "delivered").state == "awaiting_approval"
    assert after("escrow_funded", "delivered", delivered_awaits_approval=False).state == "in_progress"


@pytest.mark.parametrize(("kinds", "assumed"), [(["contact"], True), (["contact", "notice"], True)])
def test_a_project_known_from_contact_alone_is_assumed_and_in_progress(kinds: list[str], assumed: bool) -> None:
    project = after(*kinds)
    assert (project.state, project.assumed) == ("in_progress", assumed)


@pytest.mark.parametrize("kind", ["started", "delivered", "hourly", "waiting", "answered", "reminder_filed"])
def test_any_other_fact_ends_the_assumption(kind: str) -> None:
    assert not after("contact", kind).assumed


@pytest.mark.parametrize("kind", ["payment_confirmed", "accepted", "cancelled", "closed", "reminder_ended"])
def test_a_probable_closing_closes_nothing_and_is_kept_in_mind(kind: str) -> None:
    filed = [event("escrow_funded", 0), event("reminder_filed", 1)]
    project = fold(PROJECT, [*filed, event(kind, 2, grade="probable", mail="<a@b.example>")])
    assert project.state == "in_progress"
    assert project.filed
    assert project.probable_closing and project.probable_closing.kind == kind


@pytest.mark.parametrize("grade", ["attested", "by_hand"])
def test_only_contact_on_the_platform_that_is_not_probable_ends_a_filing(grade: str) -> None:
    filed = [event("escrow_funded", 0), event("reminder_filed", 1)]
    assert fold(PROJECT, [*filed, event("contact", 2, grade=grade)]).filed is None
    assert fold(PROJECT, [*filed, event("contact", 2, grade="probable")]).filed
    assert fold(PROJECT, [*filed, event("contact", 2, by="me", grade=grade)]).filed


def test_a_reminder_blocks_until_it_ends_and_answering_does_not_end_it() -> None:
    received = ["escrow_funded", "reminder_received", "answered"]
    assert after(*received).pending("reminder_received")
    assert after(*received, "reminder_ended").pending("reminder_received") is None


def test_a_change_blocks_until_it_is_settled() -> None:
    assert after("escrow_funded", "change_proposed").pending("change_proposed")
    assert after("escrow_funded", "change_proposed", "change_settled").pending("change_proposed") is None


def test_a_filing_of_the_client_is_a_reminder_aimed_at_her() -> None:
    project = fold(PROJECT, [event("escrow_funded", 0), event("reminder_filed", 1, by="client")])
    assert (project.filed, project.received is not None) == (None, True)


def test_her_turn_ends_when_she_writes_or_delivers() -> None:
    waiting = [event("escrow_funded", 0), event("waiting", 1, by="me")]
    assert fold(PROJECT, waiting).turn == "me"
    assert fold(PROJECT, [*waiting, event("contact", 2, by="me")]).turn is None
    assert fold(PROJECT, [*waiting, event("delivered", 2)]).turn is None
    assert fold(PROJECT, [*waiting, event("waiting", 2, by="client")]).turn == "client"


# -- several plans


def plans(*steps: tuple[str, int | None]) -> Project:
    return fold(PROJECT, [event(kind, hours, plan=plan) for hours, (kind, plan) in enumerate(steps)])


def test_several_plans_are_paid_when_all_are() -> None:
    both = [("escrow_funded", 1), ("escrow_funded", 2)]
    assert plans(*both, ("payment_confirmed", 1)).state == "in_progress"
    assert plans(*both, ("payment_confirmed", 1), ("payment_confirmed", 2)).state == "paid"
    assert plans(*both, ("payment_confirmed", 2), ("payment_confirmed", 2)).state == "in_progress"


def test_the_outcome_is_that_of_all_plans_that_are_not_paid() -> None:
    both = [("escrow_funded", 1), ("escrow_funded", 2)]
    assert not plans(*both, ("completion_reported", 1)).completion_reported
    assert plans(*both, ("completion_reported", 1), ("completion_reported", 2)).completion_reported
    assert plans(*both, ("completion_reported", None)).completion_reported
    assert not plans(*both, ("completion_reported", 1), ("payment_confirmed", 1)).completion_reported


def test_a_payment_that_names_no_plan_pays_those_that_were_reported() -> None:
    both = [("escrow_funded", 1), ("escrow_funded", 2)]
    assert plans(*both, ("completion_reported", 1), ("payment_confirmed", None)).state == "awaiting_approval"
    assert plans(*both, ("payment_confirmed", None)).state == "paid"


def test_the_next_plan_begins_unreported() -> None:
    project = after("escrow_funded", "completion_reported", "payment_confirmed")
    assert project.completion_reported  # of the plan that is over
    again = after("escrow_funded", "completion_reported", "payment_confirmed", "escrow_funded")
    assert (again.state, again.completion_reported) == ("in_progress", False)


# -- order

KINDS = [
    *(kind for kinds in STATES.values() for kind in kinds),
    *("contact", "delivered", "completion_withdrawn", "revision_requested", "reminder_filed", "reminder_received"),
    *("reminder_ended", "change_proposed", "waiting"),
]
EVENTS = st.lists(
    st.builds(
        lambda kind, hours, plan, grade: event(kind, hours, plan=plan, grade=grade),
        st.sampled_from(sorted(set(KINDS))),
        st.integers(0, 6),
        st.sampled_from([None, 1, 2]),
        st.sampled_from(["attested", "probable", "by_hand"]),
    ),
    max_size=12,
    unique_by=lambda e: e.key,
)


@settings(max_examples=200, deadline=None)
@given(st.data(), EVENTS)
def test_the_order_in_which_events_come_never_matters(data: st.DataObject, events: list[Any]) -> None:
    assert fold(PROJECT, data.draw(st.permutations(events))) == fold(PROJECT, events)
