"""What happens at the same second, within a second, and in any order of reading."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from tests.clocks.eras import WEEKS
from tests.clocks.kit import AROUND, days, filed, funded, instant, moment, story
from tests.pipeline.story import CHANGE, REMINDED, Story, comment, message

LAST, DUE = "2026-03-02T10:30:00+09:00", "2026-03-09T10:30:00+09:00"
ORDINARY = WEEKS[0]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_mails_of_one_second_give_the_same_in_any_order(order: tuple[int, ...]) -> None:
    at = instant("2026-03-05T12:00:00+09:00")
    mails: list[tuple[str, dict[str, object]]] = [
        (comment(), {}),
        (message(), {"project": None}),
        (CHANGE, {}),
    ]

    def played(places: tuple[int, ...]) -> list[object]:
        told = funded(LAST)
        for place in places:
            subject, more = mails[place]
            told.mail(subject, at, message_id=f"<{place}@mail.example.net>", **more)
        found = moment(told, at + days(8))
        return [found.alerts, found.project]

    assert played(order) == played((0, 1, 2))


@pytest.mark.parametrize("turned", [False, True])
def test_two_clocks_that_end_in_the_same_second_are_both_told(turned: bool) -> None:
    told = funded(LAST)
    projects = ["lancers/71", "lancers/72"]
    for project in reversed(projects) if turned else projects:
        told.note("escrow_funded", instant(LAST), project)
    found = moment(told, instant(DUE))
    assert sorted(one["project"] for one in found.of("reminder_available")) == ["lancers/5545030", *projects]


def test_both_readings_that_end_in_the_same_second_are_told_once_each() -> None:
    """Filed at 00:00:00 in Tokyo, 00:00 of the date + 7 and 168 h are the same instant."""
    era = WEEKS[2]
    assert era.midnight == era.week
    found = moment(filed(era.at, reported=False), instant(era.week))
    assert found.told("deadline_against", "reminder_deadline") == [
        ("deadline_against", era.at),
        ("deadline_against", era.half),
        ("reminder_deadline", era.week),
    ]


@pytest.mark.parametrize(("part", "due"), [("000001", ".000001"), ("500000", ".500000"), ("999999", ".999999")])
def test_a_fact_within_a_second_has_its_clocks_within_a_second(part: str, due: str) -> None:
    told = story().note("escrow_funded", instant(f"2026-03-02T10:30:00.{part}+09:00"))
    end = f"2026-03-09T10:30:00{due}+09:00"
    assert moment(told, instant("2026-03-09T10:30:00+09:00")).of("reminder_available") == []
    before = moment(told, instant(end) - timedelta.resolution)
    assert before.of("reminder_available") == []
    assert before.deadline("reminder_request")["state"] == "running"
    at = moment(told, instant(end))
    assert len(at.of("reminder_available")) == 1
    assert at.deadline("reminder_request")["state"] == "open"


@pytest.mark.parametrize(("reported", "outcome"), [("17:59:59.999999", "paid"), ("18:00:00.000001", "refunded")])
def test_the_outcome_is_decided_within_the_second(reported: str, outcome: str) -> None:
    told = filed(ORDINARY.at, reported=False).note("completion_reported", instant(f"2026-03-27T{reported}+09:00"))
    (alert,) = moment(told, instant("2026-03-27T18:00:01+09:00")).of("reminder_deadline")
    assert alert["outcome"] == outcome


@pytest.mark.parametrize("seconds", AROUND)
def test_a_reminder_and_the_clients_comment_beside_it_are_both_what_they_are(seconds: int) -> None:
    at = instant("2026-03-05T12:00:00+09:00")
    told = funded(LAST).mail(REMINDED, at).mail(comment(), instant(f"2026-03-05T12:00:0{seconds + 1}+09:00"))
    found = moment(told, at + days(1))
    assert found.deadline("reminder_answer")["state"] == "running"
    assert found.deadline("reminder_request")["from"] == f"2026-03-05T12:00:0{seconds + 1}+09:00"


def test_a_filing_that_is_ended_in_the_second_of_the_clients_time_and_filed_again_in_the_next() -> None:
    told = filed(ORDINARY.at, reported=True).note("reminder_ended", instant(ORDINARY.week))
    told.note("reminder_filed", instant("2026-03-27T18:00:01+09:00"))
    found = moment(told, instant("2026-04-10T00:00:00+09:00"))
    assert found.told("reminder_deadline", "result_overdue") == [
        ("reminder_deadline", "2026-04-03T18:00:01+09:00"),
        ("result_overdue", "2026-04-06T18:00:01+09:00"),
    ]


def test_the_same_mail_twice_moves_no_clock() -> None:
    told = funded(LAST)
    again = Story(mails=[*told.mails, *told.mails], notes=list(told.notes), wording=told.wording)
    assert moment(again, instant(DUE)).alerts == moment(told, instant(DUE)).alerts
