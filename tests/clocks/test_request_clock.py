"""連絡催促申請: the nudges before it, the instant it opens, what blocks it, and the outcome at that instant."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from inboxwatch.alerts.decide import Habits
from tests.clocks.eras import SILENCES, Silence, every_silence
from tests.clocks.kit import AROUND, around, beside, days, funded, instant, moment, story
from tests.pipeline.story import CHANGE, HOUR, PAID, REMINDED, SECOND, Story, comment

ORDINARY = SILENCES[0]
WINDOW = ("reminder_available", "reminder_blocked")


@every_silence
def test_the_window_opens_at_its_second(era: Silence) -> None:
    before, at, after = around(funded(era.contact, era.zone), era.due)
    assert before.told(*WINDOW) == []
    assert at.told(*WINDOW) == after.told(*WINDOW) == [("reminder_available", era.due)]
    (alert,) = at.of("reminder_available")
    assert (alert["due_at"], alert["outcome"], alert["urgent"]) == (era.due, "refunded", False)
    states = [one.deadline("reminder_request")["state"] for one in (before, at, after)]
    assert states == ["running", "open", "open"]


@every_silence
def test_its_three_instants_are_shown_from_the_beginning_and_do_not_move(era: Silence) -> None:
    told = funded(era.contact, era.zone)
    for text in (era.contact, era.three_days, era.due, era.certain):
        for seconds in (0, 1):
            found = moment(told, beside(text, seconds)).deadline("reminder_request")
            shown = (found["due_at"], found["platform_due_at"], found["certain_at"])
            assert shown == (era.due, era.due, era.certain)


@every_silence
def test_the_advice_turns_at_that_second_and_not_again(era: Silence) -> None:
    before, at, after = around(funded(era.contact, era.zone), era.due)
    assert before.advice == moment(funded(era.contact, era.zone), instant(era.contact)).advice
    assert before.advice != at.advice == after.advice


@every_silence
def test_nothing_changes_when_every_reading_agrees(era: Silence) -> None:
    before, at, after = around(funded(era.contact, era.zone), era.certain)
    assert before.told() == at.told() == after.told()
    assert before.advice == at.advice == after.advice
    assert at.deadline("reminder_request")["state"] == "open"


@every_silence
@pytest.mark.parametrize("span", ["three_days", "five_days"])
def test_a_nudge_comes_at_its_second(era: Silence, span: str) -> None:
    text = getattr(era, span)
    before, at, after = around(funded(era.contact, era.zone), text)
    assert ("silence", text) not in before.told("silence")
    assert at.told("silence")[-1] == after.told("silence")[-1] == ("silence", text)
    assert len(at.told("silence")) == (1 if span == "three_days" else 2)


@pytest.mark.parametrize("era", SILENCES, ids=lambda era: era.name)
def test_silence_is_counted_in_seconds_that_have_passed(era: Silence) -> None:
    before, at, after = around(funded(era.contact, era.zone), era.due)
    assert [one.project["silence"] for one in (before, at, after)] == [604799, 604800, 604801]


def test_a_span_of_hours_and_one_as_long_as_the_window_itself_come_at_their_seconds() -> None:
    habits = Habits(silence=(timedelta(hours=36), days(7)))
    told = funded(ORDINARY.contact, habits=habits)
    # 10:30 + 36 h = 22:30 of the next day.
    before, at, _ = around(told, "2026-03-03T22:30:00+09:00")
    assert (before.told(), at.told()) == ([], [("silence", "2026-03-03T22:30:00+09:00")])
    before, at, _ = around(told, ORDINARY.due)
    assert len(before.told()) == 1
    assert sorted(at.told()[1:]) == [("reminder_available", ORDINARY.due), ("silence", ORDINARY.due)]


@pytest.mark.parametrize(("seconds", "days_of_nudges"), [(-1, [5]), (0, [5]), (1, [3, 5])])
def test_her_turn_stops_the_nudge_that_falls_due_at_that_second_or_later(
    seconds: int, days_of_nudges: list[int]
) -> None:
    told = funded(ORDINARY.contact)
    told.note("waiting", beside(ORDINARY.three_days, seconds), by="me")
    told.note("waiting", instant(ORDINARY.three_days) + HOUR, by="client")
    nudges = {3: ("silence", ORDINARY.three_days), 5: ("silence", ORDINARY.five_days)}
    assert moment(told, instant(ORDINARY.due) - HOUR).told() == [nudges[n] for n in days_of_nudges]


# -- contact near the second


@every_silence
@pytest.mark.parametrize("seconds", AROUND)
def test_contact_up_to_and_at_that_second_restarts_the_clock_and_later_contact_ends_an_open_window(
    era: Silence, seconds: int
) -> None:
    reply = beside(era.due, seconds)
    told = funded(era.contact, era.zone).mail(comment(), reply)
    now = moment(told, reply)
    nudged = [("silence", era.three_days), ("silence", era.five_days)]
    window = [("reminder_available", era.due)] if seconds > 0 else []
    answered = ("client_replied", reply.astimezone(era.zone).isoformat())
    assert now.told() == [*nudged, *window, answered]
    assert now.deadline("reminder_request")["state"] == "running"
    again = instant(now.deadline("reminder_request")["due_at"])
    assert (again - instant(era.due)).total_seconds() == 604800 + seconds
    assert moment(told, again - SECOND).told()[len(now.told()) :] == [
        ("silence", (reply + days(3)).astimezone(era.zone).isoformat()),
        ("silence", (reply + days(5)).astimezone(era.zone).isoformat()),
    ]
    assert moment(told, again).told()[-1] == ("reminder_available", again.isoformat())


@pytest.mark.parametrize("fact", ["started", "escrow_funded"])
@pytest.mark.parametrize("seconds", AROUND)
def test_the_latest_of_contact_contract_and_escrow_counts_to_the_second(fact: str, seconds: int) -> None:
    told = funded(ORDINARY.contact).note(fact, beside(ORDINARY.contact, seconds))
    found = moment(told, instant(ORDINARY.contact) + SECOND).deadline("reminder_request")
    assert instant(found["due_at"]) == beside(ORDINARY.due, max(seconds, 0))


# -- contact elsewhere: both readings


DIRECT: dict[str, object] = {"project": None, "sender": "鈴木 <suzuki@example.org>"}
#: Written on March 4 at 23:59:59 in Tokyo: + 168 h, and 00:00 of the eighth day after it.
WRITTEN, DELAYED, DELAYED_CERTAIN = (
    "2026-03-04T23:59:59+09:00",
    "2026-03-11T23:59:59+09:00",
    "2026-03-12T00:00:00+09:00",
)


def with_direct_mail(setting: str | None) -> Story:
    contact = {"lancers": setting} if setting else {}
    return funded(ORDINARY.contact, contact=contact).mail("打ち合わせの件", instant(WRITTEN), **DIRECT)


@pytest.mark.parametrize("setting", [None, "any"])
def test_direct_contact_delays_the_alert_and_both_instants_are_kept(setting: str | None) -> None:
    told = with_direct_mail(setting)
    before, at, after = around(told, DELAYED)
    for one in (before, at, after):
        found = one.deadline("reminder_request")
        assert (found["due_at"], found["platform_due_at"]) == (DELAYED, ORDINARY.due)
        assert found["certain_at"] == DELAYED_CERTAIN
    assert before.told(*WINDOW) == []
    assert at.told(*WINDOW) == after.told(*WINDOW) == [("reminder_available", DELAYED)]
    assert [one.deadline("reminder_request")["state"] for one in (before, at, after)] == ["running", "open", "open"]


def test_at_the_platforms_own_instant_nothing_is_told_of_a_window_that_waits_for_the_later() -> None:
    before, at, after = around(with_direct_mail(None), ORDINARY.due)
    assert before.told() == at.told() == after.told()
    assert at.deadline("reminder_request")["state"] == "running"


def test_by_the_strict_setting_direct_contact_delays_nothing() -> None:
    before, at, after = around(with_direct_mail("platform"), ORDINARY.due)
    assert (before.told(*WINDOW), at.told(*WINDOW)) == ([], [("reminder_available", ORDINARY.due)])
    found = at.deadline("reminder_request")
    assert (found["due_at"], found["platform_due_at"]) == (ORDINARY.due, ORDINARY.due)
    assert found["certain_at"] == ORDINARY.certain
    assert after.told(*WINDOW) == at.told(*WINDOW)


# -- the outcome at the second


@every_silence
@pytest.mark.parametrize("seconds", AROUND)
def test_a_completion_report_up_to_that_second_makes_it_one_window_and_a_later_one_changes_it(
    era: Silence, seconds: int
) -> None:
    reported = beside(era.due, seconds)
    told = funded(era.contact, era.zone).note("completion_reported", reported)
    found = [(one["at"], one["outcome"]) for one in moment(told, reported + HOUR).of("reminder_available")]
    paid = (max(reported, instant(era.due)).astimezone(era.zone).isoformat(), "paid")
    assert found == ([(era.due, "refunded"), paid] if seconds > 0 else [paid])


@pytest.mark.parametrize("seconds", AROUND)
def test_a_withdrawal_up_to_that_second_too(seconds: int) -> None:
    told = funded(ORDINARY.contact).note("completion_reported", instant(ORDINARY.contact))
    told.note("completion_withdrawn", beside(ORDINARY.due, seconds))
    found = [one["outcome"] for one in moment(told, instant(ORDINARY.certain)).of("reminder_available")]
    assert found == (["paid", "refunded"] if seconds > 0 else ["refunded"])


def test_an_open_window_that_goes_to_and_fro_is_told_at_each_turn_under_a_key_of_its_own() -> None:
    told = funded(ORDINARY.contact)
    turns = [instant(ORDINARY.due) + number * SECOND for number in range(1, 7)]
    for number, turn in enumerate(turns):
        told.note("completion_withdrawn" if number % 2 else "completion_reported", turn)
    found = moment(told, turns[-1]).of("reminder_available")
    assert [instant(one["at"]) for one in found] == [instant(ORDINARY.due), *turns]
    assert [one["outcome"] for one in found] == ["refunded", *["paid", "refunded"] * 3]
    assert len({one["key"] for one in found}) == 7


def test_a_report_that_changes_nothing_is_not_told_again() -> None:
    told = funded(ORDINARY.contact).note("completion_reported", instant(ORDINARY.contact))
    told.note("completion_reported", beside(ORDINARY.due, 1))
    assert len(moment(told, beside(ORDINARY.due, 2)).of("reminder_available")) == 1


# -- blocked


@every_silence
@pytest.mark.parametrize(("subject", "blocker"), [(CHANGE, "change_proposed"), (REMINDED, "reminder_received")])
def test_what_blocks_it_is_told_at_the_second_at_which_it_would_have_opened(
    era: Silence, subject: str, blocker: str
) -> None:
    told = funded(era.contact, era.zone).mail(subject, instant(era.contact) + HOUR)
    before, at, after = around(told, era.due)
    assert before.told(*WINDOW) == []
    assert at.told(*WINDOW) == after.told(*WINDOW) == [("reminder_blocked", era.due)]
    for one in (before, at, after):
        found = one.deadline("reminder_request")
        assert (found["state"], found["blocked_by"], found["due_at"]) == ("blocked", blocker, era.due)


@pytest.mark.parametrize(("seconds", "kind"), [(-1, WINDOW[1]), (0, WINDOW[1]), (1, WINDOW[0])])
def test_a_change_proposed_up_to_that_second_blocks_and_a_later_one_finds_it_told(seconds: int, kind: str) -> None:
    told = funded(ORDINARY.contact).mail(CHANGE, beside(ORDINARY.due, seconds))
    found = moment(told, beside(ORDINARY.due, 2))
    assert found.told(*WINDOW) == [(kind, ORDINARY.due)]
    assert found.deadline("reminder_request")["state"] == "blocked"


@pytest.mark.parametrize("seconds", AROUND)
def test_a_change_settled_up_to_that_second_blocks_no_more_and_later_it_opens_at_once(seconds: int) -> None:
    settled = beside(ORDINARY.due, seconds)
    told = funded(ORDINARY.contact).mail(CHANGE, instant(ORDINARY.contact) + HOUR).note("change_settled", settled)
    opened = ("reminder_available", max(settled, instant(ORDINARY.due)).isoformat())
    blocked = [("reminder_blocked", ORDINARY.due)] if seconds > 0 else []
    assert moment(told, beside(ORDINARY.due, 2)).told(*WINDOW) == [*blocked, opened]


@pytest.mark.parametrize("seconds", AROUND)
def test_her_own_filing_blocks_from_its_second_on_without_a_word(seconds: int) -> None:
    told = funded(ORDINARY.contact).note("completion_reported", instant(ORDINARY.contact))
    told.note("reminder_filed", beside(ORDINARY.due, seconds))
    found = moment(told, beside(ORDINARY.due, 2))
    assert found.told(*WINDOW) == ([("reminder_available", ORDINARY.due)] if seconds > 0 else [])
    assert found.deadline("reminder_request")["blocked_by"] == "reminder_filed"


@pytest.mark.parametrize("seconds", AROUND)
def test_a_payment_up_to_that_second_leaves_nothing_to_be_told(seconds: int) -> None:
    told = funded(ORDINARY.contact).mail(PAID, beside(ORDINARY.due, seconds))
    found = moment(told, beside(ORDINARY.due, 2))
    assert found.told(*WINDOW) == ([("reminder_available", ORDINARY.due)] if seconds > 0 else [])
    assert found.deadline("reminder_request")["state"] == "stopped"


@pytest.mark.parametrize("seconds", AROUND)
def test_a_contract_learnt_of_up_to_that_second_is_not_asked_for(seconds: int) -> None:
    told = story().mail(comment(), instant(ORDINARY.contact))
    told.note("delivered", beside(ORDINARY.due, seconds))
    (alert,) = moment(told, beside(ORDINARY.due, 2)).of("reminder_available")
    unasked = story().mail(comment(), instant(ORDINARY.contact))
    (asked,) = moment(unasked, instant(ORDINARY.due)).of("reminder_available")
    assert (alert["title"] == asked["title"]) == (seconds > 0)


def test_until_an_instant_includes_it_and_a_longer_play_says_the_same_of_it() -> None:
    told = funded(ORDINARY.contact).mail(CHANGE, beside(ORDINARY.due, 1))
    told.note("change_settled", beside(ORDINARY.due, 9))
    whole = moment(told, instant(ORDINARY.certain) + days(100)).alerts
    stops: list[datetime] = [beside(ORDINARY.due, seconds) for seconds in range(-1, 12)]
    for stop in stops:
        assert moment(told, stop).alerts == [one for one in whole if instant(one["at"]) <= stop]
