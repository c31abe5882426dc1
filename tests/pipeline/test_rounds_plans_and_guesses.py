"""What ends no clock: another plan's payment, a guess at a report, the payment of the round before, an older filing."""

from __future__ import annotations

from inboxwatch.alerts.model import Alert
from tests.pipeline.story import DAY, HOUR, PAID, REMINDED, TOKYO, Story, comment, contracted, jst

START, LAST = jst("2026-03-01 09:00"), jst("2026-03-02 09:30")
FILED = jst("2026-03-10 10:00")
REPORT_MAIL = "完了報告を受け付けました"
REVISION_MAIL = "修正依頼が届いています"


def brief(alerts: list[Alert], *kinds: str) -> list[tuple[str, str | None, str]]:
    return [(a.kind, a.outcome, f"{a.at.astimezone(TOKYO):%m-%d %H}") for a in alerts if a.kind in kinds]


def at_work() -> Story:
    return contracted(START).mail(comment(), LAST)


def test_the_payment_of_one_plan_leaves_the_emergency_of_another_running() -> None:
    story = Story().note("escrow_funded", START, plan=1).note("escrow_funded", START + HOUR, plan=2)
    story.mail(comment(), LAST).note("completion_reported", LAST + DAY, plan=1).note("reminder_filed", FILED)
    story.note("payment_confirmed", FILED + 2 * DAY, plan=1)
    found = [
        kind
        for kind, *_ in brief(story.alerts(FILED + 11 * DAY), "deadline_against", "reminder_deadline", "result_overdue")
    ]
    assert found == ["deadline_against", "deadline_against", "reminder_deadline", "result_overdue"]


def test_the_payment_of_every_plan_ends_them() -> None:
    story = Story().note("escrow_funded", START, plan=1).note("escrow_funded", START + HOUR, plan=2)
    story.mail(comment(), LAST).note("completion_reported", LAST + DAY, plan=1).note("reminder_filed", FILED)
    story.note("payment_confirmed", FILED + DAY, plan=1).note("payment_confirmed", FILED + DAY + HOUR, plan=2)
    assert brief(story.alerts(FILED + 11 * DAY), "reminder_deadline", "result_overdue") == []


def test_a_mail_that_seems_to_tell_of_a_report_neither_ends_the_emergency_nor_turns_the_outcome() -> None:
    story = at_work().mail(REPORT_MAIL, LAST + DAY).note("reminder_filed", FILED)
    alerts = story.alerts(FILED + 8 * DAY)
    assert {a.outcome for a in alerts if a.outcome} == {"refunded"}
    assert len(brief(alerts, "deadline_against")) == 2
    assert "record lancers/5545030 completion_reported" in alerts[-1].body
    told = at_work().mail(REPORT_MAIL, LAST + DAY).note("completion_reported", LAST + 2 * DAY).alerts(LAST + 7 * DAY)
    assert brief(told, "reminder_available")[-1][1] == "paid"


def test_a_reminder_after_the_payment_is_urgent_all_the_same() -> None:
    story = at_work().mail(PAID, LAST + DAY).mail(REMINDED, LAST + 20 * DAY)
    (received,) = [a for a in story.alerts(LAST + 20 * DAY) if a.kind == "reminder_received"]
    assert received.urgent


def test_a_filing_after_the_payment_is_one_of_another_round_and_nothing_of_it_is_reported() -> None:
    story = at_work().note("completion_reported", LAST + HOUR).mail(PAID, LAST + DAY).mail(comment(), LAST + 2 * DAY)
    story.note("reminder_filed", LAST + 12 * DAY)
    found = brief(story.alerts(LAST + 12 * DAY), "deadline_against")
    assert found == [("deadline_against", "refunded", f"{LAST + 12 * DAY:%m-%d %H}")]


def test_a_second_filing_days_later_is_told_at_once_and_the_same_one_known_twice_is_not() -> None:
    twice = at_work().note("reminder_filed", FILED).note("reminder_filed", FILED + HOUR)
    assert len(brief(twice.alerts(FILED + 2 * HOUR), "deadline_against")) == 1
    again = at_work().note("reminder_filed", FILED).note("reminder_filed", FILED + 3 * DAY)
    assert len(brief(again.alerts(FILED + 3 * DAY), "deadline_against")) == 2


def test_after_a_request_for_revision_no_text_complains_of_silence_and_none_admits_what_is_not_so() -> None:
    story = at_work().note("completion_reported", LAST + DAY).mail(REVISION_MAIL, LAST + 2 * DAY)
    for alert in story.alerts(LAST + 8 * DAY):
        if alert.at > LAST + 2 * DAY and alert.kind in ("silence", "reminder_available"):
            assert "ご返信を確認できて" not in alert.body
            assert "修正依頼" in alert.body
    filed = at_work().note("completion_reported", LAST + DAY).note("reminder_filed", FILED)
    emergency = filed.mail(REVISION_MAIL, FILED + 2 * DAY).alerts(FILED + 2 * DAY)[-1]
    assert emergency.kind == "deadline_against"
    assert "完了報告をする前に" not in emergency.body
    assert "修正依頼" in emergency.body


def test_a_guess_of_the_round_before_is_no_doubt_of_the_next() -> None:
    story = at_work().mail(REPORT_MAIL, LAST + DAY).mail(PAID, LAST + 2 * DAY)
    story.note("escrow_funded", LAST + 3 * DAY).mail(comment(), LAST + 4 * DAY)
    (window,) = [a for a in story.alerts(LAST + 11 * DAY) if a.kind == "reminder_available"]
    assert window.outcome == "refunded"
    assert "「完了報告」らしいメール" not in window.body


def test_what_was_asked_in_the_round_before_is_settled_by_its_payment() -> None:
    story = at_work().mail(REVISION_MAIL, LAST + DAY).mail(PAID, LAST + 2 * DAY)
    story.note("escrow_funded", LAST + 3 * DAY)
    (window,) = [a for a in story.alerts(LAST + 10 * DAY) if a.kind == "reminder_available"]
    assert "修正依頼" not in window.body
