"""A reminder aimed at her: to be answered before 00:00 of its date + 7 in Tokyo."""

from __future__ import annotations

import pytest

from tests.clocks.eras import WEEKS, Week, every_week
from tests.clocks.kit import AROUND, around, beside, days, funded, instant, moment, story
from tests.pipeline.story import HOUR, REMINDED, SECOND, Story, comment

ORDINARY = WEEKS[0]
MUSTS = ("reminder_received", "deadline_against")


def reminded(era: Week) -> Story:
    told = story(era.zone).note("escrow_funded", instant(era.at) - HOUR)
    return told.mail(REMINDED, instant(era.at))


@every_week
def test_it_is_told_at_once_and_again_at_half_to_the_second(era: Week) -> None:
    before, at, after = around(reminded(era), era.at)
    assert before.told(*MUSTS) == []
    assert at.told(*MUSTS) == after.told(*MUSTS) == [("reminder_received", era.at)]
    (alert,) = at.of("reminder_received")
    assert (alert["due_at"], alert["urgent"]) == (era.midnight, True)
    before, at, after = around(reminded(era), era.half)
    assert before.of("deadline_against") == []
    assert len(at.of("deadline_against")) == len(after.of("deadline_against")) == 1
    assert instant(at.of("deadline_against")[0]["at"]) == instant(era.half).replace(microsecond=0)


@every_week
def test_her_time_ends_at_midnight_in_tokyo_and_the_advice_turns(era: Week) -> None:
    before, at, after = around(reminded(era), era.midnight)
    assert [one.deadline("reminder_answer")["state"] for one in (before, at, after)] == ["running", "done", "done"]
    assert before.advice != at.advice == after.advice
    assert before.told() == at.told() == after.told()


@every_week
@pytest.mark.parametrize("answer", [("answered", {}), ("contact", {"by": "me", "channel": "platform"})])
@pytest.mark.parametrize("seconds", AROUND)
def test_an_answer_up_to_half_ends_the_second_warning(
    era: Week, answer: tuple[str, dict[str, str]], seconds: int
) -> None:
    fact, more = answer
    told = reminded(era).note(fact, beside(era.half, seconds), **more)
    found = moment(told, beside(era.half, 2))
    assert len(found.of("deadline_against")) == (1 if seconds > 0 else 0)
    assert found.deadline("reminder_answer")["state"] == "done"


@pytest.mark.parametrize("seconds", AROUND)
def test_an_answer_changes_the_advice_at_its_second(seconds: int) -> None:
    told = reminded(ORDINARY).note("answered", beside(ORDINARY.midnight, seconds))
    before, after = (moment(told, beside(ORDINARY.midnight, seconds + n)) for n in (-1, 0))
    assert before.advice != after.advice
    answered = moment(reminded(ORDINARY).note("answered", instant(ORDINARY.half)), instant(ORDINARY.half))
    assert after.advice == answered.advice


@every_week
def test_a_second_urging_within_her_time_puts_nothing_off_and_at_its_end_it_is_a_new_one(era: Week) -> None:
    for seconds, count in ((-1, 1), (0, 2), (1, 2)):
        second = beside(era.midnight, seconds)
        found = moment(reminded(era).mail(REMINDED, second, body="再度のお知らせ"), second)
        assert len(found.of("reminder_received")) == count
        assert (found.deadline("reminder_answer")["due_at"] == era.midnight) == (seconds < 0)


def test_an_urging_after_her_answer_is_a_new_one() -> None:
    answered = instant(ORDINARY.half) - HOUR
    told = reminded(ORDINARY).note("answered", answered).mail(REMINDED, answered + SECOND, body="再度のお知らせ")
    assert len(moment(told, answered + SECOND).of("reminder_received")) == 2


@pytest.mark.parametrize(
    ("recorded", "again"),
    [
        # Learnt of late: 24 h before the end no second warning, a second earlier 12 h and half a second on.
        ("2026-03-26T00:00:00+09:00", 1),
        ("2026-03-25T23:59:59+09:00", 2),
    ],
)
def test_the_second_warning_goes_by_what_is_left_when_she_is_told(recorded: str, again: int) -> None:
    told = funded("2026-03-19T10:00:00+09:00")
    told.note("reminder_received", instant(recorded), at="2026-03-20T18:00:00+09:00")
    assert len(moment(told, instant(ORDINARY.midnight) - SECOND).told(*MUSTS)) == again


@pytest.mark.parametrize("by", ["client", None])
def test_a_filing_recorded_of_the_client_runs_the_same_clock(by: str | None) -> None:
    told = story().note("escrow_funded", instant(ORDINARY.at) - days(1))
    if by:
        told.note("reminder_filed", instant(ORDINARY.at), by=by)
    else:
        told.note("reminder_received", instant(ORDINARY.at))
    found = moment(told, instant(ORDINARY.half))
    assert found.told(*MUSTS) == [("reminder_received", ORDINARY.at), ("deadline_against", ORDINARY.half)]
    assert found.deadline("reminder_answer")["due_at"] == ORDINARY.midnight


def test_a_filing_of_the_client_is_none_of_hers_that_his_comment_could_end() -> None:
    told = story().note("escrow_funded", instant(ORDINARY.at) - HOUR)
    told.note("reminder_filed", instant(ORDINARY.at), by="client").mail(comment(), instant(ORDINARY.at) + SECOND)
    found = moment(told, instant(ORDINARY.at) + SECOND)
    assert found.told() == [("reminder_received", ORDINARY.at)]
    assert found.deadline("reminder_answer")["state"] == "running"
