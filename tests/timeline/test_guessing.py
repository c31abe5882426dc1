"""A message of somebody unknown counts in the open projects without a client, but not in those that fell quiet."""

from __future__ import annotations

from datetime import timedelta

import pytest

from inboxwatch.timeline.assign import Timeline, assign
from inboxwatch.timeline.guessing import GUESSED_AT_MOST, QUIET_AFTER
from inboxwatch.timeline.reading import Fact, Reading
from tests.timeline.making import at, reading

ONE, TWO = "lancers/1", "lancers/2"
STRANGER = "lancers_abc"
QUIET = QUIET_AFTER / timedelta(hours=1)


def begun(key: str, hours: float, project: str = "1") -> Reading:
    return reading(key, hours, "started", project=project)


def keys(timeline: Timeline, project: str) -> list[str]:
    return [event.key[0] for event in timeline.events[project]]


@pytest.mark.parametrize(("hours", "counted"), [(QUIET - 1, True), (QUIET, False), (QUIET + 1, False)])
def test_after_ninety_days_without_any_event_nobody_guesses_it_any_more(hours: float, counted: bool) -> None:
    found = assign([begun("a", 0), reading("b", hours, client=STRANGER)])
    assert keys(found, ONE) == (["a", "b"] if counted else ["a"])
    assert keys(found, f"lancers/@{STRANGER}") == ["b"]


def test_what_is_recorded_or_mailed_of_the_project_wakes_it() -> None:
    late = reading("c", QUIET + 2, client=STRANGER)
    fact = Fact(1, ONE, "delivered", at(QUIET + 1), at(QUIET + 1), by="me")
    assert [event.kind for event in assign([begun("a", 0), late], [fact]).events[ONE]][-1] == "contact"
    assert keys(assign([begun("a", 0), reading("b", QUIET + 1, "notice", project="1"), late]), ONE) == ["a", "b", "c"]


def test_who_goes_on_writing_is_counted_on_and_somebody_else_is_not() -> None:
    mails = [begun("a", 0), reading("b", QUIET / 2, client=STRANGER), reading("c", QUIET + 1, client=STRANGER)]
    found = assign([*mails, reading("d", QUIET + 2, client="lancers_xyz"), reading("e", 2 * QUIET, client=STRANGER)])
    assert keys(found, ONE) == ["a", "b", "c", "e"]


def test_it_is_counted_in_none_that_is_over_or_has_not_begun_or_has_a_client() -> None:
    over = [begun("a", 0), reading("b", 1, "cancelled", project="1")]
    later = begun("c", 9, "2")
    known = reading("d", 0, "started", project="3", client="山田")
    found = assign([*over, later, known, reading("m", 2, client=STRANGER)])
    assert [name for name, events in found.events.items() if "m" in {e.key[0] for e in events}] == [
        f"lancers/@{STRANGER}"
    ]


def test_of_very_many_projects_the_latest_active_are_guessed() -> None:
    mails = [begun(f"{number:03}", number, str(number)) for number in range(GUESSED_AT_MOST + 5)]
    found = assign([*mails, reading("m", 100, client=STRANGER)])
    counted = {name for name, events in found.events.items() if "m" in {e.key[0] for e in events}}
    assert counted == {f"lancers/@{STRANGER}", *(f"lancers/{n}" for n in range(5, GUESSED_AT_MOST + 5))}
