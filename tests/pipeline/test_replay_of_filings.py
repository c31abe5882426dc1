"""After a filing, a reminder aimed at her, the deal's expiry: what must be done, by when, and what comes of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from inboxwatch.alerts.model import Alert
from tests.pipeline.story import (
    DAY,
    HOUR,
    PAID,
    PROBABLY_PAID,
    PROJECT,
    REMINDED,
    SECOND,
    SILENT,
    STARTED,
    Story,
    a_mail,
    comment,
    contracted,
    jst,
    kinds,
)

START = jst("2026-03-01 09:00")
LAST = jst("2026-03-02 10:30")
FILED = jst("2026-03-20 18:00")


def filed(reported: bool = True) -> Story:
    story = contracted(START).mail(comment(), LAST)
    if reported:
        story.note("completion_reported", FILED - DAY)
    return story.note("reminder_filed", FILED)


def after(alerts: list[Alert], instant: datetime) -> list[tuple[str, datetime, str | None]]:
    return [(a.kind, a.at, a.outcome) for a in alerts if a.at >= instant]


def test_a_filing_with_completion_reported_has_a_deadline_and_a_result_to_wait_for() -> None:
    assert after(filed().alerts(FILED + 60 * DAY), FILED) == [
        ("reminder_deadline", FILED + SILENT, "paid"),
        ("result_overdue", FILED + 240 * HOUR, "paid"),
    ]


@pytest.mark.parametrize(("kind", "hours"), [("reminder_deadline", 168), ("result_overdue", 240)])
def test_they_come_at_their_second(kind: str, hours: int) -> None:
    due = FILED + hours * HOUR
    assert filed().told(due - SECOND, kind) == []
    assert filed().told(due, kind) == [(kind, due)]


def test_a_filing_without_completion_is_an_emergency_at_once_due_at_midnight_of_the_seventh_date() -> None:
    (alert,) = [a for a in filed(reported=False).alerts(FILED) if a.at == FILED]
    assert (alert.kind, alert.urgent, alert.outcome) == ("deadline_against", True, "refunded")
    assert alert.due_at == jst("2026-03-27 00:00")


def test_the_emergency_is_told_again_at_half_of_what_is_left_and_then_the_deadline_says_refunded() -> None:
    half = FILED + (jst("2026-03-27 00:00") - FILED) / 2
    assert after(filed(reported=False).alerts(FILED + 60 * DAY), FILED) == [
        ("deadline_against", FILED, "refunded"),
        ("deadline_against", half, "refunded"),
        ("reminder_deadline", FILED + SILENT, "refunded"),
        ("result_overdue", FILED + 240 * HOUR, "refunded"),
    ]


@pytest.mark.parametrize(("left", "again"), [(24 * HOUR, False), (24 * HOUR + 2 * SECOND, True)])
def test_the_second_warning_comes_only_if_more_than_a_day_is_left(left: timedelta, again: bool) -> None:
    due = jst("2026-03-27 00:00")
    story = contracted(START).mail(comment(), LAST)
    # Told late: recorded on a later day than it was filed.
    story.note("reminder_filed", due - left, at="2026-03-20T18:00")
    warned = [at for kind, at in story.told(due) if kind == "deadline_against"]
    assert warned == ([due - left, due - left / 2] if again else [due - left])


def test_a_completion_report_after_the_filing_ends_the_emergency() -> None:
    story = filed(reported=False).note("completion_reported", FILED + HOUR)
    found = after(story.alerts(FILED + 60 * DAY), FILED)
    assert [kind for kind, _, _ in found] == ["deadline_against", "reminder_deadline", "result_overdue"]
    assert {outcome for kind, _, outcome in found if kind != "deadline_against"} == {"paid"}


def test_a_report_that_is_withdrawn_after_the_filing_is_an_emergency_of_its_own() -> None:
    story = filed().note("completion_withdrawn", FILED + HOUR)
    assert ("deadline_against", FILED + HOUR) in story.told(FILED + HOUR)


def test_answered_ends_the_second_warning_of_the_emergency() -> None:
    story = filed(reported=False).note("answered", FILED + HOUR, by="me")
    assert len(story.told(FILED + 6 * DAY, "deadline_against")) == 1


def test_the_deadline_tells_the_state_of_its_instant_and_the_overdue_result_that_of_its_own() -> None:
    story = filed(reported=False).note("completion_reported", FILED + SILENT + SECOND)
    found = after(story.alerts(FILED + 60 * DAY), FILED + SILENT)
    assert found == [
        ("reminder_deadline", FILED + SILENT, "refunded"),
        ("result_overdue", FILED + 240 * HOUR, "paid"),
    ]


def test_the_result_mail_ends_everything() -> None:
    paid = FILED + 9 * DAY
    story = filed().mail(PAID, paid, project=None)
    pipeline, alerts = story.play(FILED + 60 * DAY)
    assert after(alerts, FILED + SILENT + SECOND) == [("payment_confirmed", paid, None)]
    (row,) = pipeline.store.projects()
    assert pipeline.situation(row, paid).project.state == "paid"


def test_a_probable_payment_does_not_end_the_wait_for_the_result() -> None:
    story = filed().mail(PROBABLY_PAID, FILED + 8 * DAY)
    assert kinds(story.alerts(FILED + 60 * DAY))[-2:] == ["payment_confirmed", "result_overdue"]


def test_an_unverified_payment_is_told_with_the_words_to_look_at_the_platform() -> None:
    (alert,) = [a for a in filed().mail(PAID, FILED + DAY).alerts(FILED + DAY) if a.kind == "payment_confirmed"]
    assert alert.trust == "unverified"
    assert "サイトでも確認してください" in alert.body


def test_a_verified_payment_needs_no_such_words() -> None:
    verdict = "dkim=pass header.d=lancers.co.jp; dmarc=pass header.from=lancers.co.jp"
    story = filed().mail(PAID, FILED + DAY, verdict=verdict)
    (alert,) = [a for a in story.alerts(FILED + DAY) if a.kind == "payment_confirmed"]
    assert alert.trust == "verified"
    assert "技術的には確認されていません" not in alert.body


def test_contact_on_the_platform_ends_the_filing_and_a_later_window_says_that_a_second_is_not_documented() -> None:
    reply = FILED + 2 * DAY
    alerts = filed().mail(comment(), reply).alerts(reply + 30 * DAY)
    found = [a for a in alerts if a.at >= FILED]
    assert kinds(found) == ["client_replied", "silence", "silence", "reminder_available"]
    assert found[-1].at == reply + SILENT
    assert "2回目の申請が認められるかどうか" in found[-1].body


def test_contact_elsewhere_is_told_but_does_not_end_the_filing() -> None:
    story = filed()
    story.mail("遅くなりました", FILED + DAY, project=None, sender="鈴木 <suzuki@example.org>")
    found = [kind for kind, _, _ in after(story.alerts(FILED + 11 * DAY), FILED)]
    assert found.count("client_replied") == 1
    assert {"reminder_deadline", "result_overdue"} <= set(found)
    assert "reminder_available" not in found


def test_contact_on_the_platform_after_contact_elsewhere_ends_the_filing_and_is_told_too() -> None:
    story = filed()
    story.mail("遅くなりました", FILED + DAY, project=None, sender="鈴木 <suzuki@example.org>")
    story.mail(comment(), FILED + 2 * DAY)
    found = [a for a in story.alerts(FILED + 4 * DAY) if a.kind == "client_replied"]
    assert [a.at for a in found] == [FILED + DAY, FILED + 2 * DAY]
    assert ["催促はここで終わります" in a.body for a in found] == [False, True]


def test_a_recorded_end_of_the_reminder_ends_the_wait() -> None:
    assert after(filed().note("reminder_ended", FILED + DAY).alerts(FILED + 60 * DAY), FILED + DAY) == []


# -- aimed at her


def test_a_reminder_whose_direction_is_unknown_is_urgent_and_due_at_midnight_of_the_seventh_date() -> None:
    reminded = jst("2026-03-10 23:59")
    story = contracted(START).mail(REMINDED, reminded)
    (alert,) = [a for a in story.alerts(reminded) if a.at == reminded]
    assert (alert.kind, alert.urgent, alert.due_at) == ("reminder_received", True, jst("2026-03-17 00:00"))
    assert "かもしれません" in alert.body


def test_it_is_told_again_at_half_and_answering_ends_it() -> None:
    reminded = jst("2026-03-10 12:00")
    half = reminded + (jst("2026-03-17 00:00") - reminded) / 2
    story = contracted(START).mail(REMINDED, reminded)
    musts = ("reminder_received", "deadline_against")
    assert story.told(reminded + 30 * DAY, *musts) == [("reminder_received", reminded), ("deadline_against", half)]
    story.note("answered", half - SECOND)
    assert story.told(reminded + 30 * DAY, *musts) == [("reminder_received", reminded)]


def test_a_second_urging_mail_does_not_put_off_the_first_deadline() -> None:
    reminded = jst("2026-03-10 12:00")
    story = contracted(START).mail(REMINDED, reminded).mail(REMINDED, reminded + 3 * DAY, body="再度のお知らせ")
    alerts = [a for a in story.alerts(reminded + 30 * DAY) if a.urgent]
    assert kinds(alerts) == ["reminder_received", "deadline_against"]
    assert {a.due_at for a in alerts} == {jst("2026-03-17 00:00")}


def test_an_urging_mail_after_the_first_deadline_is_told_anew() -> None:
    reminded = jst("2026-03-10 12:00")
    story = contracted(START).mail(REMINDED, reminded).mail(REMINDED, reminded + 20 * DAY, body="別のお知らせ")
    assert ("reminder_received", reminded + 20 * DAY) in story.told(reminded + 20 * DAY)


def test_a_reminder_is_not_client_contact() -> None:
    story = contracted(START).mail(comment(), LAST).mail(REMINDED, LAST + 4 * DAY)
    assert story.told(LAST + 6 * DAY, "client_replied", "silence") == [
        ("silence", LAST + 3 * DAY),
        ("silence", LAST + 5 * DAY),
    ]


# -- 取引期限


def test_the_expiry_is_told_30_days_before_one_year_by_the_calendar_and_again_at_half() -> None:
    begun = jst("2023-12-15 09:00")
    due = jst("2024-12-15 09:00")
    story = contracted(begun).note("waiting", begun, by="me")
    found = [(a.kind, a.at, a.due_at) for a in story.alerts(due + 30 * DAY) if a.kind in ("expiry", "deadline_against")]
    assert found == [("expiry", due - 30 * DAY, due), ("deadline_against", due - 15 * DAY, due)]
    assert story.told(due - 30 * DAY - SECOND, "expiry", "deadline_against") == []


def test_a_deal_that_began_on_a_leap_day_expires_on_the_last_of_february() -> None:
    (alert,) = [a for a in contracted(jst("2024-02-29 09:00")).alerts(jst("2025-02-10 09:00")) if a.kind == "expiry"]
    assert alert.due_at == jst("2025-02-28 09:00")


def test_a_step_of_the_deal_puts_the_expiry_off_to_three_months_at_least() -> None:
    begun, step = jst("2025-01-10 09:00"), jst("2025-12-30 10:00")
    story = contracted(begun).note("change_proposed", step)
    (first, second) = [a for a in story.alerts(jst("2026-03-10 09:00")) if a.kind == "expiry"]
    assert first.due_at == jst("2026-01-10 09:00")
    assert (second.due_at, second.at) == (jst("2026-03-30 10:00"), jst("2026-02-28 10:00"))


def test_a_notice_that_states_another_year_is_told_although_the_first_was() -> None:
    begun = jst("2025-01-10 09:00")
    story = contracted(begun)
    story.mail("取引期限のお知らせ", jst("2026-12-11 09:00"), body="取引期限：2027年1月10日")
    assert [a.due_at.year for a in story.alerts(jst("2026-12-20 09:00")) if a.kind == "expiry"] == [2026, 2027]  # type: ignore[union-attr]


def test_started_alone_awaits_escrow_and_its_year_runs() -> None:
    mail = a_mail(STARTED, START)
    pipeline, alerts = Story(mails=[mail]).play(START + 20 * DAY)
    (row,) = pipeline.store.projects()
    here = pipeline.situation(row, START + 20 * DAY)
    assert (row.name, here.project.state, alerts) == (PROJECT, "awaiting_escrow", [])
    assert [d.state for d in here.deadlines if d.rule.id == "deal_expiry"] == ["running"]
