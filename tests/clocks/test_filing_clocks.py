"""After her filing: the end of the time to report completion, the client's time to answer, the result."""

from __future__ import annotations

import pytest

from tests.clocks.eras import WEEKS, Week, every_week
from tests.clocks.kit import AROUND, Moment, around, beside, days, filed, instant, moment, story
from tests.pipeline.story import HOUR, PAID, PROJECT, SECOND, Story, comment

ORDINARY = WEEKS[0]
AFTER = ("deadline_against", "reminder_deadline", "result_overdue")
RESPONSE, RESULT, COMPLETION = "reminder_response", "reminder_result", "completion_before_response"


def states(moments: tuple[Moment, ...], rule: str) -> list[str]:
    return [one.deadline(rule)["state"] for one in moments]


# -- the emergency: filed, and completion not reported


@every_week
def test_a_filing_without_a_report_is_told_at_its_second_with_the_midnight_of_the_earliest_reading(era: Week) -> None:
    before, at, after = around(filed(era.at, era.zone, reported=False), era.at)
    assert before.told(*AFTER) == []
    assert at.told(*AFTER) == after.told(*AFTER) == [("deadline_against", era.at)]
    (alert,) = at.of("deadline_against")
    assert (alert["due_at"], alert["outcome"], alert["urgent"]) == (era.midnight, "refunded", True)
    found = at.deadline(COMPLETION)
    assert (found["from"], found["due_at"], found["act"]) == (era.at, era.midnight, "must")


@every_week
def test_it_is_told_again_at_half_to_the_second(era: Week) -> None:
    told = filed(era.at, era.zone, reported=False)
    before, at, after = around(told, era.half)
    assert len(before.of("deadline_against")) == 1
    assert len(at.of("deadline_against")) == len(after.of("deadline_against")) == 2
    again = at.of("deadline_against")[-1]
    assert instant(again["at"]) == instant(era.half).replace(microsecond=0)
    assert (again["due_at"], again["urgent"]) == (era.midnight, True)


@every_week
def test_the_time_to_report_ends_at_midnight_in_tokyo_and_the_advice_turns(era: Week) -> None:
    moments = around(filed(era.at, era.zone, reported=False), era.midnight)
    before, at, after = moments
    assert states(moments, COMPLETION) == ["running", "done", "done"]
    assert before.advice != at.advice == after.advice
    assert len(after.of("deadline_against")) == 2


@every_week
@pytest.mark.parametrize("seconds", AROUND)
def test_a_report_ends_the_emergency_at_any_second(era: Week, seconds: int) -> None:
    reported = beside(era.half, seconds)
    told = filed(era.at, era.zone, reported=False).note("completion_reported", reported)
    found = moment(told, max(reported, instant(era.half)) + SECOND)
    assert len(found.of("deadline_against")) == (2 if seconds > 0 else 1)
    assert found.deadline(COMPLETION)["state"] == "done"


@pytest.mark.parametrize(
    ("filed_at", "again"),
    [
        # Recorded a day or less before the end: 24 h left is no second warning, one second more is one, 12 h 0.5 s on.
        ("2026-03-26T00:00:01+09:00", None),
        ("2026-03-26T00:00:00+09:00", None),
        ("2026-03-25T23:59:59+09:00", "2026-03-26T11:59:59+09:00"),
        ("2026-03-25T23:59:58+09:00", "2026-03-26T11:59:59+09:00"),
    ],
)
def test_a_second_warning_comes_if_more_than_a_day_is_left_when_she_is_told(filed_at: str, again: str | None) -> None:
    told = story().note("escrow_funded", instant(ORDINARY.at) - days(9))
    told.note("reminder_filed", instant(filed_at), at="2026-03-20T18:00:00+09:00")
    warned = [at for _, at in moment(told, instant(ORDINARY.midnight)).told("deadline_against")]
    assert warned == [filed_at, *([again] if again else [])]


@every_week
@pytest.mark.parametrize("seconds", AROUND)
def test_the_filing_and_the_report_may_be_recorded_in_the_same_second_in_either_order(era: Week, seconds: int) -> None:
    told = filed(era.at, era.zone, reported=False).note("completion_reported", beside(era.at, seconds))
    found = moment(told, beside(era.at, 2))
    assert found.told("deadline_against") == ([("deadline_against", era.at)] if seconds > 0 else [])


@pytest.mark.parametrize("seconds", AROUND)
def test_a_withdrawal_after_the_filing_is_an_emergency_of_its_own_second(seconds: int) -> None:
    withdrawn = beside(ORDINARY.half, seconds)
    told = filed(ORDINARY.at, reported=True).note("completion_withdrawn", withdrawn)
    found = moment(told, withdrawn)
    assert found.told("deadline_against") == [("deadline_against", withdrawn.isoformat())]
    assert found.of("deadline_against")[0]["due_at"] == ORDINARY.midnight
    assert moment(told, withdrawn - SECOND).told("deadline_against") == []


def test_to_and_fro_after_a_filing_each_withdrawal_is_told() -> None:
    told = filed(ORDINARY.at, reported=True)
    turns = [instant(ORDINARY.at) + n * HOUR for n in range(1, 5)]
    for number, turn in enumerate(turns):
        told.note("completion_reported" if number % 2 else "completion_withdrawn", turn)
    assert [instant(at) for _, at in moment(told, turns[-1]).told("deadline_against")] == [turns[0], turns[2]]


# -- the client's time, and the result


@every_week
@pytest.mark.parametrize("reported", [False, True])
def test_the_clients_time_ends_168_hours_after_the_filing(era: Week, reported: bool) -> None:
    moments = around(filed(era.at, era.zone, reported=reported), era.week)
    before, at, after = moments
    assert before.of("reminder_deadline") == []
    assert at.told("reminder_deadline") == after.told("reminder_deadline") == [("reminder_deadline", era.week)]
    (alert,) = at.of("reminder_deadline")
    assert (alert["due_at"], alert["outcome"]) == (era.week, "paid" if reported else "refunded")
    assert states(moments, RESPONSE) == ["running", "done", "done"]
    assert at.deadline(RESPONSE)["due_at"] == era.week


@every_week
def test_the_advice_turns_when_the_clients_time_ends(era: Week) -> None:
    before, at, after = around(filed(era.at, era.zone, reported=True), era.week)
    assert before.advice != at.advice == after.advice


@every_week
@pytest.mark.parametrize("reported", [False, True])
def test_the_result_is_overdue_240_hours_after_the_filing(era: Week, reported: bool) -> None:
    moments = around(filed(era.at, era.zone, reported=reported), era.result)
    before, at, after = moments
    assert before.of("result_overdue") == []
    assert at.told("result_overdue") == after.told("result_overdue") == [("result_overdue", era.result)]
    assert at.of("result_overdue")[0]["outcome"] == ("paid" if reported else "refunded")
    assert states(moments, RESULT) == ["running", "done", "done"]
    assert before.advice != at.advice == after.advice


@every_week
@pytest.mark.parametrize("seconds", AROUND)
def test_the_state_when_the_clients_time_ends_decides_and_a_later_report_does_not(era: Week, seconds: int) -> None:
    told = filed(era.at, era.zone, reported=False).note("completion_reported", beside(era.week, seconds))
    found = moment(told, beside(era.week, 2))
    (alert,) = found.of("reminder_deadline")
    assert alert["outcome"] == found.deadline(RESPONSE)["outcome"] == ("refunded" if seconds > 0 else "paid")


@every_week
@pytest.mark.parametrize("seconds", AROUND)
def test_so_does_a_withdrawal(era: Week, seconds: int) -> None:
    told = filed(era.at, era.zone, reported=True).note("completion_withdrawn", beside(era.week, seconds))
    found = moment(told, beside(era.week, 2))
    assert found.of("reminder_deadline")[0]["outcome"] == ("paid" if seconds > 0 else "refunded")


@pytest.mark.parametrize("seconds", AROUND)
def test_the_overdue_result_tells_the_outcome_of_the_state_of_its_own_second(seconds: int) -> None:
    told = filed(ORDINARY.at, reported=False).note("completion_reported", beside(ORDINARY.result, seconds))
    found = moment(told, beside(ORDINARY.result, 2))
    assert found.of("result_overdue")[0]["outcome"] == ("refunded" if seconds > 0 else "paid")
    assert found.of("reminder_deadline")[0]["outcome"] == "refunded"


def test_a_report_of_an_earlier_day_that_is_recorded_after_the_end_shows_in_status_and_is_no_second_alert() -> None:
    told = filed(ORDINARY.at, reported=False)
    # Reported on the site one second before the client's time ended, and recorded an hour after it.
    told.note("completion_reported", instant(ORDINARY.week) + HOUR, at="2026-03-27T17:59:59+09:00")
    found = moment(told, instant(ORDINARY.week) + HOUR)
    assert [one["outcome"] for one in found.of("reminder_deadline")] == ["refunded"]
    assert found.deadline(RESPONSE)["outcome"] == "paid"


# -- what ends them

ENDINGS = {
    "a comment of the client": lambda told, at: told.mail(comment(), at),
    "the result": lambda told, at: told.mail(PAID, at),
    "a recorded end": lambda told, at: told.note("reminder_ended", at),
    "a cancellation": lambda told, at: told.note("cancelled", at),
    "a recorded contact there": lambda told, at: told.note("contact", at, channel="platform"),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("seconds", AROUND)
@pytest.mark.parametrize(
    ("clock", "kind", "rule"), [("week", "reminder_deadline", RESPONSE), ("result", "result_overdue", RESULT)]
)
def test_what_ends_a_filing_up_to_that_second_leaves_nothing_to_be_told(
    ending: str, seconds: int, clock: str, kind: str, rule: str
) -> None:
    for era in (ORDINARY, WEEKS[4]):
        due = getattr(era, clock)
        told = ENDINGS[ending](filed(era.at, era.zone, reported=True), beside(due, seconds))
        found = moment(told, beside(due, 2))
        assert found.told(kind) == ([(kind, due)] if seconds > 0 else [])
        assert found.deadline(rule)["state"] == "done"


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("seconds", AROUND)
def test_and_no_second_warning(ending: str, seconds: int) -> None:
    told = ENDINGS[ending](filed(ORDINARY.at, reported=False), beside(ORDINARY.half, seconds))
    found = moment(told, beside(ORDINARY.half, 2))
    assert len(found.of("deadline_against")) == (2 if seconds > 0 else 1)


@pytest.mark.parametrize("seconds", AROUND)
def test_answered_before_the_second_warning_ends_it(seconds: int) -> None:
    told = filed(ORDINARY.at, reported=False).note("answered", beside(ORDINARY.half, seconds), by="me")
    found = moment(told, beside(ORDINARY.half, 2))
    assert len(found.of("deadline_against")) == (2 if seconds > 0 else 1)


@pytest.mark.parametrize("seconds", [0, 1])
def test_answered_in_the_second_of_the_first_warning_or_the_next_ends_it_too(seconds: int) -> None:
    told = filed(ORDINARY.at, reported=False).note("answered", beside(ORDINARY.at, seconds), by="me")
    assert len(moment(told, beside(ORDINARY.half, 2)).of("deadline_against")) == 1


def test_contact_elsewhere_ends_none_of_them() -> None:
    told = filed(ORDINARY.at, reported=False).note("contact", instant(ORDINARY.at) + HOUR)
    found = moment(told, instant(ORDINARY.result))
    assert [kind for kind, _ in found.told(*AFTER)] == ["deadline_against", *AFTER]


# -- filed again


def again(first: str, ended: str, second: str) -> Story:
    told = filed(first, reported=False).note("reminder_ended", instant(ended))
    return told.note("reminder_filed", instant(second))


def test_a_second_filing_after_the_first_has_ended_has_clocks_of_its_own() -> None:
    # March 20 and, after an end on March 24, April 1 00:00:00: 00:00 of April 8, half 84 h on; + 168 h; + 240 h.
    told = again(ORDINARY.at, "2026-03-24T09:00:00+09:00", "2026-04-01T00:00:00+09:00")
    assert moment(told, instant("2026-04-30T00:00:00+09:00")).told(*AFTER) == [
        ("deadline_against", ORDINARY.at),
        ("deadline_against", ORDINARY.half),
        ("deadline_against", "2026-04-01T00:00:00+09:00"),
        ("deadline_against", "2026-04-04T12:00:00+09:00"),
        ("reminder_deadline", "2026-04-08T00:00:00+09:00"),
        ("result_overdue", "2026-04-11T00:00:00+09:00"),
    ]


def test_the_same_filing_known_twice_is_one_emergency_with_the_earlier_end_and_the_later_time_to_answer() -> None:
    """Where readings differ `must` takes the earlier and the others the later (CONTRACT, Instants)."""
    told = filed(ORDINARY.at, reported=False)
    told.mail("連絡催促の申請を受け付けました", instant("2026-03-21T00:00:05+09:00"))
    found = moment(told, instant("2026-04-30T00:00:00+09:00"))
    assert found.told(*AFTER) == [
        ("deadline_against", ORDINARY.at),
        ("deadline_against", ORDINARY.half),
        ("reminder_deadline", "2026-03-28T00:00:05+09:00"),
        ("result_overdue", "2026-03-31T00:00:05+09:00"),
    ]
    assert {one["due_at"] for one in found.of("deadline_against")} == {ORDINARY.midnight}


@pytest.mark.parametrize(
    ("kind", "at", "due"),
    [
        # 24:00 of the sixth day after the date in Tokyo, whatever the hour.
        ("note", "2026-03-20T00:00:00+09:00", "2026-03-27T00:00:00+09:00"),
        ("note", "2026-03-20T23:59:59+09:00", "2026-03-27T00:00:00+09:00"),
        ("note", "2026-03-20T23:59:59.999999+09:00", "2026-03-27T00:00:00+09:00"),
        ("note", "2026-03-21T00:00:00+09:00", "2026-03-28T00:00:00+09:00"),
        ("mail", "2026-03-20T00:00:00+09:00", "2026-03-27T00:00:00+09:00"),
        ("mail", "2026-03-20T23:59:59+09:00", "2026-03-27T00:00:00+09:00"),
        ("mail", "2026-03-20T15:00:00+00:00", "2026-03-28T00:00:00+09:00"),
        ("mail", "2026-03-20T07:59:59-07:00", "2026-03-27T00:00:00+09:00"),
    ],
)
def test_the_date_of_a_filing_is_that_of_tokyo_to_the_second(kind: str, at: str, due: str) -> None:
    told = story().note("escrow_funded", instant(at) - days(9))
    if kind == "note":
        told.note("reminder_filed", instant(at), PROJECT)
    else:
        told.mail("連絡催促の申請を受け付けました", instant(at))
    (alert,) = moment(told, instant(at)).of("deadline_against")
    assert alert["due_at"] == due
