"""Mails between people follow the mail that they answer, as long as its project is open."""

from __future__ import annotations

from typing import Any

from inboxwatch.timeline.assign import Assignment, Timeline, assign
from inboxwatch.timeline.names import KnownProjects
from inboxwatch.timeline.reading import Correction, Fact, Reading
from tests.timeline.making import at, reading

ONE, TWO = "lancers/1", "lancers/2"
KNOWN = [KnownProjects("鈴木", (ONE, TWO))]


def letter(key: str, hours: float, *answers: str, **more: Any) -> Reading:
    ids = tuple(f"<{one}@mail.example.net>" for one in answers)
    return reading(key, hours, platform="direct", client="鈴木", channel="mail", answers=ids, **more)


def placed(timeline: Timeline) -> dict[str, str]:
    """Each mail's projects, by the first letter of its key."""
    found: dict[str, str] = {}
    for name, events in sorted(timeline.events.items()):
        for event in events:
            found[event.key[0]] = found.get(event.key[0], "") + name[-1]
    return found


def told(*mails: Reading, facts: tuple[Fact, ...] = (), **said: Correction) -> dict[str, str]:
    return placed(assign(mails, facts, {key * 16: correction for key, correction in said.items()}, KNOWN))


def test_a_thread_without_a_word_of_hers_counts_in_every_open_project() -> None:
    assert told(letter("a", 0), letter("b", 1, "a")) == {"a": "12", "b": "12"}


def test_what_she_assigned_takes_its_thread_along_before_and_after() -> None:
    mails = (letter("a", 0), letter("b", 1, "a"), letter("c", 2, "b"), letter("d", 3, "x", "a"), letter("e", 4))
    assert told(*mails, b=Correction(TWO)) == {"a": "2", "b": "2", "c": "2", "d": "2", "e": "12"}


def test_alone_leaves_the_thread_where_it_was() -> None:
    mails = (letter("a", 0), letter("b", 1, "a"), letter("c", 2, "b"))
    assert told(*mails, b=Correction(TWO, alone=True)) == {"a": "12", "b": "2", "c": "12"}


def test_where_a_thread_was_assigned_to_two_projects_an_answer_goes_with_the_nearest() -> None:
    mails = (letter("a", 0), letter("b", 1, "a"), letter("c", 2, "b", "a"), letter("d", 3, "a"))
    assert told(*mails, a=Correction(ONE), b=Correction(TWO)) == {"a": "1", "b": "2", "c": "2", "d": "1"}


def test_an_answer_in_the_thread_of_a_project_that_is_over_may_be_about_the_open_one() -> None:
    over = Fact(1, ONE, "closed", at(2), at(2), by="client")
    mails = (letter("a", 0), letter("b", 1, "a"), letter("c", 3, "b"))
    assert told(*mails, facts=(over,), a=Correction(ONE)) == {"a": "1", "b": "1", "c": "2", "f": "1"}


def test_a_mail_that_joins_two_threads_is_not_added_by_itself_where_she_assigned_one() -> None:
    first = [letter("a", 0), letter("b", 1)]
    said = {"a" * 16: Correction(TWO)}
    live = Assignment.of(first, (), said, KNOWN)
    assert placed(live.timeline()) == {"a": "2", "b": "12"}
    assert live.add(letter("c", 2, "b", "a")) is None
    assert told(*first, letter("c", 2, "b", "a"), a=Correction(TWO)) == {"a": "2", "b": "2", "c": "2"}
    assert Assignment.of(first, (), {}, KNOWN).add(letter("c", 2, "b", "a")) == frozenset({ONE, TWO})


def test_a_mail_that_answers_itself_or_a_circle_of_mails_ends() -> None:
    assert told(letter("a", 0, "a"), letter("b", 1, "c"), letter("c", 2, "b")) == {"a": "12", "b": "12", "c": "12"}
