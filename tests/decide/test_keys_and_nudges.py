"""The decider alone: its keys are stable, and deciding at other instants brings no other alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxwatch.alerts.compose import Coverage
from inboxwatch.alerts.decide import Draft, Habits, drafts
from inboxwatch.timeline.deadline import deadlines
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import fold
from tests.pipeline.story import (
    CHANGE,
    DAY,
    HOUR,
    PAID,
    PROBABLY_PAID,
    REMINDED,
    Story,
    comment,
    jst,
    message,
    profiles,
)
from tests.timeline.making import PROJECT, at, event

LANCERS = profiles().by_name("lancers")


@dataclass(frozen=True)
class Past:
    at: datetime
    muted: bool = False
    acknowledged: bool = False


def due(
    events: list[Event], now: datetime, told: dict[str, Past] | None = None, habits: Habits | None = None
) -> list[Draft]:
    project = fold(PROJECT, events, delivered_awaits_approval=False)
    found = drafts(project, deadlines(project, LANCERS, now), now, habits or Habits(), told or {})
    return [draft for draft in found if draft.instant <= now and draft.rest not in (told or {})]


FUNDED = event("escrow_funded", 0)
CONTACT = event("contact", 1)


def test_the_key_of_an_open_window_is_the_contact_the_outcome_and_what_set_it() -> None:
    (window,) = due([FUNDED, CONTACT], at(200))
    assert window.rest == f"reminder_available/{CONTACT.short}/refunded/-"
    reported = event("completion_reported", 190)
    (window,) = due([FUNDED, CONTACT, reported], at(200))
    assert window.rest == f"reminder_available/{CONTACT.short}/paid/{reported.short}"


def test_of_nudges_that_are_due_together_the_latest_alone_is_told() -> None:
    assert [draft.rest for draft in due([FUNDED, CONTACT], at(1 + 6 * 24))] == [f"silence/{CONTACT.short}/5d"]


def test_a_nudge_that_the_window_has_overtaken_is_not_told() -> None:
    assert [draft.kind for draft in due([FUNDED, CONTACT], at(1 + 8 * 24))] == ["reminder_available"]


def test_a_nudge_after_the_window_is_told() -> None:
    habits = Habits(silence=(timedelta(days=10),))
    kinds = [draft.kind for draft in due([FUNDED, CONTACT], at(1 + 10 * 24), habits=habits)]
    assert kinds == ["reminder_available", "silence"]


@pytest.mark.parametrize("acknowledged", [False, True])
def test_a_repeat_is_due_only_without_acknowledgement(acknowledged: bool) -> None:
    (window,) = due([FUNDED, CONTACT], at(200))
    told = {window.rest: Past(at(169), acknowledged=acknowledged)}
    habits = Habits(silence=(), repeat={"reminder_available": DAY})
    repeats = due([FUNDED, CONTACT], at(169 + 24), told, habits)
    assert [repeat.rest for repeat in repeats] == ([] if acknowledged else [f"{window.rest}/repeat1"])


def test_of_repeats_that_were_missed_the_latest_alone_is_told_and_never_a_fourth() -> None:
    (window,) = due([FUNDED, CONTACT], at(200))
    told = {window.rest: Past(at(169))}
    habits = Habits(silence=(), repeat={"reminder_available": DAY})
    assert [r.repeat for r in due([FUNDED, CONTACT], at(169 + 24 * 100), told, habits)] == [3]


def test_what_was_muted_is_not_repeated() -> None:
    (window,) = due([FUNDED, CONTACT], at(200))
    habits = Habits(silence=(), repeat={"reminder_available": DAY})
    assert due([FUNDED, CONTACT], at(300), {window.rest: Past(at(169), muted=True)}, habits) == []


def test_what_she_recorded_herself_is_no_news_to_her() -> None:
    assert due([FUNDED, event("payment_confirmed", 2)], at(3)) == []
    assert due([FUNDED, event("cancelled", 2)], at(3)) == []


@pytest.mark.parametrize("kind", ["cancel_requested", "refund_requested", "dispute_opened"])
def test_a_demand_against_her_is_urgent_at_once(kind: str) -> None:
    demand = Event("abcdef0123456789", PROJECT, at(2), at(2), kind, by="client", grade="probable", mail="<m@b.example>")
    (draft,) = due([FUNDED, demand], at(2))
    assert (draft.kind, draft.urgent, draft.rest) == ("deadline_against", True, f"deadline_against/{kind}/abcdef01")


# -- deciding more often

BEGIN = jst("2026-03-01 09:00")
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(
                    "mail:" + subject
                    for subject in (comment(), message(), CHANGE, REMINDED, PAID, PROBABLY_PAID, "何か")
                ),
                *(
                    "note:" + fact
                    for fact in ("escrow_funded", "completion_reported", "reminder_filed", "reminder_ended")
                ),
                *("note:" + fact for fact in ("change_settled", "completion_withdrawn", "answered", "waiting")),
            ]
        ),
        st.integers(0, 24 * 40),
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(HAPPENINGS)
def test_deciding_more_often_changes_no_alert_and_tells_none_earlier_or_later(
    happenings: list[tuple[str, int]],
) -> None:
    story = Story()
    for number, (what, hours) in enumerate(happenings):
        how, _, name = what.partition(":")
        when = BEGIN + hours * HOUR
        if how == "mail":
            story.mail(name, when, body=f"{number}")
        elif name == "waiting":
            story.note(name, when, by="me")
        else:
            story.note(name, when)
    end = BEGIN + 60 * DAY
    pipeline, alerts = story.play(end)
    assert len({alert.key for alert in alerts}) == len(alerts)
    pipeline.awake(end)
    for minutes in (0, 7, 90):
        assert pipeline.decide(end + timedelta(minutes=minutes), Coverage(end + timedelta(minutes=minutes))) == []
    # The same story on a clock that stops every 31 hours beside its own instants.
    stops = [BEGIN + n * 31 * HOUR for n in range(46)]
    busy = Story(mails=story.mails, notes=list(story.notes))
    for stop in stops:
        busy.note("contact", stop, project="direct/nobody", by="me")
    assert [(a.kind, a.at, a.body) for a in busy.alerts(end)] == [(a.kind, a.at, a.body) for a in alerts]
