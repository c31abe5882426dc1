"""Which of two things of the same second came first: a mail before what she recorded, and facts as they were recorded.

Mails carry the whole second and notes often the whole minute: that they meet is common, and must not hang on a hash.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import fold
from tests.clocks.kit import NEW_YORK, days, instant, moment, story
from tests.pipeline.story import HOUR, PROJECT, REMINDED, SECOND, comment

AT = instant("2026-03-20T18:00:00+09:00")


@pytest.mark.parametrize("earlier", range(12))
def test_facts_of_one_second_count_in_the_order_of_their_numbers(earlier: int) -> None:
    told = story().note("escrow_funded", AT - days(9))
    for number in range(earlier):
        told.note("delivered", AT - days(8) + number * HOUR)
    told.note("completion_reported", AT).note("completion_withdrawn", AT)
    assert moment(told, AT).project["completion_reported"] is False


@pytest.mark.parametrize("key", ["0" * 16, "fa" * 8, "ff" * 8])
@pytest.mark.parametrize("arrived_later", [0, 30])
def test_a_fact_of_a_mails_second_comes_after_it_whatever_its_key_and_arrival(key: str, arrived_later: int) -> None:
    mail = Event(key, PROJECT, AT, AT + arrived_later * SECOND, "contact", by="client", channel="platform")
    fact = Event("fact-1", PROJECT, AT, AT, "reminder_filed", by="me")
    for events in ([mail, fact], [fact, mail]):
        assert fold(PROJECT, events).filed == fact


@pytest.mark.parametrize("identity", range(60))
def test_an_answer_noted_in_the_second_of_the_reminder_answers_it(identity: int) -> None:
    told = story().note("escrow_funded", AT - days(1)).note("answered", AT)
    told.mail(REMINDED, AT, message_id=f"<{identity}@mail.example.net>")
    assert moment(told, AT).deadline("reminder_answer")["state"] == "done"


def by_her_clock(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_notes_in_a_missing_hour_are_played_in_the_order_in_which_they_happened() -> None:
    """02:30 does not exist: it is 07:30 UTC, and 03:10 of the new time, 07:10 UTC, came before it."""
    told = story(NEW_YORK).note("escrow_funded", instant("2026-03-01T00:00:00-05:00"))
    told.note("completion_withdrawn", by_her_clock("2026-03-08T02:30:00", NEW_YORK))
    told.note("completion_reported", by_her_clock("2026-03-08T03:10:00", NEW_YORK))
    found = moment(told, instant("2026-03-08T12:00:00-04:00")).of("reminder_available")
    assert [(one["at"], one["outcome"]) for one in found] == [
        ("2026-03-08T00:00:00-05:00", "refunded"),
        ("2026-03-08T03:10:00-04:00", "paid"),
        ("2026-03-08T03:30:00-04:00", "refunded"),
    ]


def test_a_note_and_a_mail_of_one_instant_in_an_hour_that_comes_twice_are_taken_together() -> None:
    told = story(NEW_YORK).note("escrow_funded", instant("2026-10-22T01:30:00-04:00"))
    told.mail(REMINDED, instant("2026-11-01T01:30:00-04:00"))
    told.note("answered", by_her_clock("2026-11-01T01:30:00", NEW_YORK))
    assert moment(told, instant("2026-11-01T03:00:00-05:00")).of("reminder_received") == []


def test_a_comment_and_a_filing_of_one_second_leave_it_filed() -> None:
    told = story().note("escrow_funded", AT - days(9)).note("reminder_filed", AT).mail(comment(), AT)
    assert moment(told, AT).project["reminder_filed"] is True
