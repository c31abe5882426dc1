"""Every doubt has one line with a command that settles it; alerts and `status` use the same words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from inboxwatch.alerts.doubts import doubts
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import fold
from inboxwatch.wording.say import Language, Wording
from tests.pipeline.story import CHANGE, DAY, PROBABLY_PAID, TOKYO, Story, comment, contracted, jst, message
from tests.timeline.making import PROJECT, event

START, LAST = jst("2026-03-01 09:00"), jst("2026-03-02 10:30")
LANGUAGES: tuple[Language, ...] = ("ja", "en")


def mailed(kind: str, hours: float, **more: Any) -> Event:
    made = {
        "grade": "probable",
        "mail": "<m@b.example>",
        "trust": "unverified",
        "key": f"{kind.encode().hex()[:16]:0<16}",
    }
    return event(kind, hours, **{**made, **more})


FUNDED, CONTACT = event("escrow_funded", 0), event("contact", 1)
#: The code, what brings the doubt, and the fact that settles it (None: the mail is set aside or assigned).
CASES: dict[str, tuple[list[Event], str | None]] = {
    "assumed": ([CONTACT], "escrow_funded"),
    "probable_closing": ([FUNDED, CONTACT, mailed("cancelled", 2)], "cancelled"),
    "probable_contact": ([FUNDED, mailed("contact", 2)], None),
    "shared_contact": ([FUNDED, mailed("contact", 2, grade="attested", also=("lancers/2",))], None),
    "probable_escrow": ([mailed("escrow_funded", 0), CONTACT], "escrow_funded"),
    "probable_report": ([FUNDED, CONTACT, mailed("completion_reported", 2)], "completion_reported"),
    "probable_withdrawal": (
        [FUNDED, CONTACT, event("completion_reported", 2), mailed("revision_requested", 2.5)],
        "completion_reported",
    ),
    "probable_filing": ([FUNDED, CONTACT, mailed("reminder_filed", 2, by="me")], None),
    "probable_reminder": ([FUNDED, CONTACT, mailed("reminder_received", 2)], None),
    "probable_change": ([FUNDED, CONTACT, mailed("change_proposed", 2)], "change_settled"),
    "unverified_payment": ([FUNDED, CONTACT, mailed("payment_confirmed", 2, grade="attested")], "payment_confirmed"),
    "package": ([FUNDED, CONTACT, event("package", 2)], "fixed_price"),
    "filed_before_escrow": ([event("started", 0), CONTACT, event("reminder_filed", 2, by="me")], "escrow_funded"),
}


def found(events: list[Event], language: Language = "en") -> dict[str, str]:
    return {doubt.code: doubt.line for doubt in doubts(fold(PROJECT, events), Wording(language, TOKYO))}


def test_a_payment_is_not_doubted_where_a_verified_mail_shows_it_too() -> None:
    doubted = mailed("payment_confirmed", 2, grade="attested")
    proved = mailed("payment_confirmed", 2.5, grade="attested", trust="verified", key="0" * 16)
    for mails in ([doubted, proved], [proved, doubted]):
        assert "unverified_payment" not in found([FUNDED, CONTACT, *mails])
    again = [FUNDED, CONTACT, proved, event("escrow_funded", 3), mailed("payment_confirmed", 4, grade="attested")]
    assert "unverified_payment" in found(again), "the next payment is another one"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CASES)
def test_each_doubt_is_one_line_with_a_command(code: str, language: Language) -> None:
    events, fact = CASES[code]
    line = found(events, language)[code]
    assert "\n" not in line
    command = rf"inboxwatch record {PROJECT} {fact}" if fact else r"inboxwatch (record --undo|assign) [0-9a-f]{16}"
    assert re.search(command, line), line


@pytest.mark.parametrize("code", CASES)
def test_what_the_line_says_settles_the_doubt(code: str) -> None:
    events, fact = CASES[code]
    assert code in found(events)
    without = [one for one in events if one.recorded]
    settled = [*events, event(fact, 3)] if fact else without
    assert code not in found(settled)


def test_a_project_without_doubts_has_none() -> None:
    assert found([FUNDED, CONTACT, event("completion_reported", 2), event("reminder_filed", 3)]) == {}


def test_a_payment_that_she_recorded_leaves_no_doubt() -> None:
    assert found([FUNDED, CONTACT, event("payment_confirmed", 2)]) == {}


# -- in the alerts


@pytest.mark.parametrize("language", LANGUAGES)
def test_alerts_that_rest_on_a_doubt_say_its_line(language: Language) -> None:
    wording = Wording(language, TOKYO)
    told = contracted(START, wording=wording).mail(comment(), LAST).mail(PROBABLY_PAID, LAST + DAY)
    pipeline, alerts = told.play(LAST + 8 * DAY)
    (row,) = pipeline.store.projects()
    (doubt,) = doubts(pipeline.situation(row, LAST + 8 * DAY).project, wording)
    (window,) = [alert for alert in alerts if alert.kind == "reminder_available"]
    assert doubt.code == "probable_closing"
    assert doubt.line in window.body


def test_a_blocked_request_says_how_to_settle_the_doubt_once() -> None:
    told = contracted(START).mail(comment(), LAST).mail(CHANGE, LAST + DAY)
    (alert,) = [alert for alert in told.alerts(LAST + 8 * DAY) if alert.kind == "reminder_blocked"]
    assert alert.body.count("change_settled") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reply_that_may_be_meant_for_another_project_says_so_first(language: Language) -> None:
    story = Story(wording=Wording(language, TOKYO)).mail(comment(), LAST)
    story.mail(comment(title="別の記事"), LAST, project="6000000")
    story.note("escrow_funded", START).note("escrow_funded", START, project="lancers/6000000")
    story.mail(message(), LAST + 4 * DAY, project=None)
    replies = [alert for alert in story.alerts(LAST + 4 * DAY) if alert.kind == "client_replied"]
    assert len(replies) == 2
    for alert in replies:
        other = "lancers/6000000" if alert.project == PROJECT else PROJECT
        assert other in alert.body.splitlines()[1]
        assert re.search(r"inboxwatch assign [0-9a-f]{16} ", alert.body)
