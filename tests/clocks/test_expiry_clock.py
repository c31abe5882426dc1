"""取引期限: a year by the calendar of Tokyo, put off by steps and by what the platform states; told 30 days before."""

from __future__ import annotations

import pytest

from tests.clocks.eras import Deal, every_deal
from tests.clocks.kit import AROUND, TOKYO, Moment, around, beside, days, instant, moment, story
from tests.pipeline.story import HOUR, SECOND, Story

MUSTS = ("expiry", "deadline_against")
BEGUN, DUE, WARNED = "2026-01-10T09:00:00+09:00", "2027-01-10T09:00:00+09:00", "2026-12-11T09:00:00+09:00"


def deal(begun: str = BEGUN, zone: object = TOKYO, fact: str = "escrow_funded") -> Story:
    """A contract; it is her turn, so that nothing is told of silence."""
    told = story(zone)  # type: ignore[arg-type]
    return told.note(fact, instant(begun)).note("waiting", instant(begun), by="me")


def ends(found: Moment) -> str:
    return str(found.deadline("deal_expiry")["due_at"])


@every_deal
@pytest.mark.parametrize("fact", ["started", "escrow_funded"])
def test_it_is_told_30_days_before_and_at_half_to_the_second(era: Deal, fact: str) -> None:
    told = deal(era.begun, era.zone, fact)
    before, at, after = around(told, era.warned)
    assert before.told(*MUSTS) == []
    assert at.told(*MUSTS) == after.told(*MUSTS) == [("expiry", era.warned)]
    (alert,) = at.of("expiry")
    assert (alert["due_at"], alert["urgent"]) == (era.due, True)
    assert before.advice != at.advice == after.advice
    before, at, after = around(told, era.half)
    assert before.told(*MUSTS) == [("expiry", era.warned)]
    assert at.told(*MUSTS) == after.told(*MUSTS) == [("expiry", era.warned), ("deadline_against", era.half)]


@every_deal
def test_it_ends_one_calendar_year_after_the_start_in_tokyo(era: Deal) -> None:
    before, at, after = around(deal(era.begun, era.zone), era.due)
    assert [ends(one) for one in (before, at, after)] == [era.due] * 3
    assert [one.deadline("deal_expiry")["state"] for one in (before, at, after)] == ["running", "done", "done"]
    assert before.advice != at.advice == after.advice
    assert before.told() == at.told() == after.told()


@pytest.mark.parametrize(
    ("step", "due"),
    [
        # October 10 + 3 months is the end itself.
        ("2026-10-10T08:59:59+09:00", DUE),
        ("2026-10-10T09:00:00+09:00", DUE),
        ("2026-10-10T09:00:01+09:00", "2027-01-10T09:00:01+09:00"),
        # November has 30 days, but months go by the calendar; the last day of February where there is no 29th to 31st.
        ("2026-11-29T12:00:00+09:00", "2027-02-28T12:00:00+09:00"),
        ("2026-11-30T12:00:00+09:00", "2027-02-28T12:00:00+09:00"),
        ("2026-12-01T12:00:00+09:00", "2027-03-01T12:00:00+09:00"),
        ("2026-12-31T23:59:59+09:00", "2027-03-31T23:59:59+09:00"),
        # In the last second, at the end, and after it: the step shows that the deal lives.
        ("2027-01-10T08:59:59+09:00", "2027-04-10T08:59:59+09:00"),
        ("2027-01-10T09:00:00+09:00", "2027-04-10T09:00:00+09:00"),
        ("2027-01-10T09:00:01+09:00", "2027-04-10T09:00:01+09:00"),
    ],
)
def test_a_step_leaves_three_months_at_least(step: str, due: str) -> None:
    told = deal().note("completion_reported", instant(step))
    before, after = moment(told, instant(step) - SECOND), moment(told, instant(step))
    assert (ends(before), ends(after)) == (DUE, due)


@pytest.mark.parametrize(
    ("begun", "step", "due"),
    [
        # Three months to a leap day, from the 29th and from the 30th.
        ("2026-12-20T12:00:00+09:00", "2027-11-29T12:00:00+09:00", "2028-02-29T12:00:00+09:00"),
        ("2026-12-20T12:00:00+09:00", "2027-11-30T12:00:00+09:00", "2028-02-29T12:00:00+09:00"),
        ("2027-04-01T12:00:00+09:00", "2028-02-29T12:00:00+09:00", "2028-05-29T12:00:00+09:00"),
        # A step in another zone on a last of the month that in Tokyo is the first of the next.
        ("2026-12-20T12:00:00+09:00", "2027-11-30T12:00:00-05:00", "2028-03-01T02:00:00+09:00"),
    ],
)
def test_three_months_to_and_from_a_leap_day(begun: str, step: str, due: str) -> None:
    told = deal(begun).note("change_settled", instant(step))
    assert ends(moment(told, instant(step))) == due


@pytest.mark.parametrize(
    "fact",
    [
        "escrow_funded",
        "completion_reported",
        "change_proposed",
        "change_settled",
        "reminder_filed",
        "reminder_received",
    ],
)
def test_every_step_that_the_notice_names_puts_it_off(fact: str) -> None:
    told = deal().note(fact, instant("2026-12-20T09:00:00+09:00"))
    assert ends(moment(told, instant("2026-12-20T09:00:00+09:00"))) == "2027-03-20T09:00:00+09:00"


@pytest.mark.parametrize("fact", ["contact", "delivered", "answered", "completion_withdrawn", "revision_requested"])
def test_what_it_does_not_name_puts_off_nothing(fact: str) -> None:
    told = deal().note(fact, instant("2026-12-20T09:00:00+09:00"))
    assert ends(moment(told, instant("2026-12-20T09:00:00+09:00"))) == DUE


@pytest.mark.parametrize("seconds", AROUND)
def test_a_step_up_to_the_warning_puts_it_off_and_a_later_one_is_told_anew(seconds: int) -> None:
    told = deal().note("change_proposed", beside(WARNED, seconds))
    # Three months after December 11, and 30 days before that: March 11 - 30 = February 9.
    later = ("expiry", beside("2027-02-09T09:00:00+09:00", seconds).isoformat())
    found = moment(told, beside("2027-02-09T09:00:00+09:00", 2)).told("expiry")
    assert found == ([("expiry", WARNED), later] if seconds > 0 else [later])


@pytest.mark.parametrize(("step", "count"), [("2026-10-10T09:00:00+09:00", 1), ("2026-10-10T09:00:01+09:00", 2)])
def test_a_step_recorded_after_the_warning_that_moves_nothing_is_not_told_anew(step: str, count: int) -> None:
    told = deal().note("change_proposed", beside(WARNED, 2), at=step)
    assert len(moment(told, beside(WARNED, 3)).of("expiry")) == count


def test_a_step_after_the_first_warning_leaves_its_second_warning_untold() -> None:
    told = deal().note("change_proposed", beside(WARNED, 1))
    assert moment(told, instant(WARNED) + days(30)).told(*MUSTS) == [("expiry", WARNED)]


@pytest.mark.parametrize("seconds", AROUND)
@pytest.mark.parametrize("fact", ["payment_confirmed", "cancelled", "closed"])
def test_an_end_of_the_project_up_to_the_warning_leaves_nothing_to_be_told(seconds: int, fact: str) -> None:
    told = deal().note(fact, beside(WARNED, seconds))
    found = moment(told, beside(WARNED, 2))
    assert found.told("expiry") == ([("expiry", WARNED)] if seconds > 0 else [])
    assert found.deadline("deal_expiry")["state"] == "stopped"


# -- what the platform states


@pytest.mark.parametrize(
    ("stated", "told_again"),
    [
        # Two days beside the reckoned end are the same end: a notice names a date, the reckoning an instant.
        ("2027-01-12T09:00:01+09:00", True),
        ("2027-01-12T09:00:00+09:00", False),
        ("2027-01-10T09:00:00+09:00", False),
        ("2027-01-08T09:00:00+09:00", False),
        ("2027-01-08T08:59:59+09:00", True),
    ],
)
def test_a_stated_end_wins_and_is_told_anew_if_it_is_another(stated: str, told_again: bool) -> None:
    told = deal().note("expiry_notice", instant(WARNED) + HOUR, due=stated)
    found = moment(told, instant(WARNED) + days(40))
    assert ends(found) == stated
    assert len(found.of("expiry")) == (2 if told_again else 1)


def test_a_mail_that_states_a_date_means_24_00_of_it_in_tokyo() -> None:
    told = deal().mail("取引期限のお知らせ", instant("2026-12-10T09:00:00+09:00"), body="取引期限：2027年1月10日")
    # 24:00 of January 10; 30 days before: December 12 00:00.
    before, at, _ = around(told, "2026-12-12T00:00:00+09:00")
    assert ends(at) == "2027-01-11T00:00:00+09:00"
    assert (before.told("expiry"), at.told("expiry")) == ([], [("expiry", "2026-12-12T00:00:00+09:00")])


@pytest.mark.parametrize(
    ("noticed", "due"),
    [
        # A notice without a date comes one month before, by the calendar.
        ("2026-11-30T10:00:00+09:00", "2026-12-30T10:00:00+09:00"),
        ("2027-12-29T10:00:00+09:00", "2028-01-29T10:00:00+09:00"),
        ("2028-01-31T10:00:00+09:00", "2028-02-29T10:00:00+09:00"),
        ("2027-01-31T10:00:00+09:00", "2027-02-28T10:00:00+09:00"),
    ],
)
def test_a_notice_without_a_date_of_a_deal_whose_start_is_not_known(noticed: str, due: str) -> None:
    told = story().note("expiry_notice", instant(noticed)).note("waiting", instant(noticed), by="me")
    found = moment(told, instant(noticed))
    assert ends(found) == due
    # 30 days before its end have not come yet, or have come to the very second, unless the month has fewer or more.
    warned = max(instant(due) - days(30), instant(noticed))
    assert [instant(at) for _, at in moment(told, warned).told("expiry")] == [warned]
    assert moment(told, warned - SECOND).told("expiry") == []


@pytest.mark.parametrize("seconds", AROUND)
def test_a_step_after_the_notice_extends_from_what_it_stated(seconds: int) -> None:
    # December 15 + 3 months = March 15: exactly what the notice stated, a second less, a second more.
    told = deal().note("expiry_notice", instant(WARNED) - HOUR, due="2027-03-15T09:00:00+09:00")
    told.note("change_proposed", beside("2026-12-15T09:00:00+09:00", seconds))
    found = moment(told, instant("2026-12-16T09:00:00+09:00"))
    assert ends(found) == beside("2027-03-15T09:00:00+09:00", max(seconds, 0)).isoformat()


def test_a_deal_first_seen_within_its_last_month_is_told_at_once_and_again_at_half() -> None:
    # Recorded 10 days before its end: half is 5 days.
    recorded = "2026-12-31T09:00:00+09:00"
    told = story().note("started", instant(recorded), at=BEGUN).note("waiting", instant(recorded), by="me")
    assert moment(told, instant(DUE)).told(*MUSTS) == [
        ("expiry", recorded),
        ("deadline_against", "2027-01-05T09:00:00+09:00"),
    ]
