"""How a project stood at any instant of the past, made by one fold, is what folding anew to that instant gives."""

from __future__ import annotations

from bisect import bisect_right

from hypothesis import given, settings
from hypothesis import strategies as st

from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import fold, keeps_standings, standings
from tests.timeline.making import PROJECT, at, event

KINDS = ["contact", "notice", "started", "escrow_funded", "completion_reported", "payment_confirmed", "cancelled"]
KINDS += ["reminder_filed", "reminder_ended", "closed"]
events = st.lists(
    st.builds(
        lambda kind, hours, grade, by: event(kind, hours, grade=grade, by=by),
        st.sampled_from(KINDS),
        st.integers(0, 6),
        st.sampled_from(["attested", "probable", "by_hand"]),
        st.sampled_from(["client", "me"]),
    ),
    max_size=10,
    unique_by=lambda one: one.key,
)


def folded(found: list[Event], hours: float) -> tuple[bool, bool]:
    project = fold(PROJECT, [one for one in found if one.at <= at(hours)])
    return project.over, project.filed is not None


def looked_up(found: list[Event], hours: float) -> tuple[bool, bool]:
    known = standings(found)
    number = bisect_right(known, at(hours), key=lambda one: one.since)
    return (known[number - 1].over, known[number - 1].filed) if number else (False, False)


@settings(max_examples=200, deadline=None)
@given(events)
def test_looking_up_an_instant_gives_what_folding_to_it_gives(found: list[Event]) -> None:
    for hours in range(-1, 8):
        assert looked_up(found, hours) == folded(found, hours)


@settings(max_examples=200, deadline=None)
@given(events, events)
def test_an_event_that_keeps_the_standings_changes_none_of_them(found: list[Event], more: list[Event]) -> None:
    known = standings(found)
    for one in more:
        if keeps_standings(one, known):
            for hours in range(-1, 8):
                assert looked_up([*found, one], hours) == looked_up(found, hours)


def test_contact_can_end_a_filing_and_so_does_not_keep_the_standings() -> None:
    filed = standings([event("escrow_funded", 0), event("reminder_filed", 1)])
    assert not keeps_standings(event("contact", 2), filed)
    assert keeps_standings(event("contact", 2), standings([event("escrow_funded", 0)]))
    assert not keeps_standings(event("cancelled", 2), [])
