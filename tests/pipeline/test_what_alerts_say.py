"""What alerts assert: nothing that was not seen, and no advice that harms when it is followed word for word."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from inboxwatch.alerts.compose import advice
from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.summary import summarise
from inboxwatch.pipeline import Pipeline
from inboxwatch.timeline.reading import Correction
from inboxwatch.views.standing import standings
from inboxwatch.wording.say import Language, Wording
from tests.pipeline.story import (
    CHANGE,
    DAY,
    ESCROW,
    HOUR,
    PAID,
    PROBABLY_PAID,
    PROJECT,
    REMINDED,
    SILENT,
    TOKYO,
    Story,
    comment,
    contracted,
    jst,
    message,
)

START = jst("2026-03-01 09:00")
LAST = jst("2026-03-02 10:30")
FILED = jst("2026-03-10 09:00")
REMINDED_AT = FILED + 6 * HOUR
LANGUAGES: tuple[Language, ...] = ("ja", "en")


def story(language: Language = "ja") -> Story:
    return contracted(START, wording=Wording(language, TOKYO)).mail(comment(), LAST)


def only(alerts: list[Alert], kind: str) -> Alert:
    (alert,) = [alert for alert in alerts if alert.kind == kind]
    return alert


def deadline_states(pipeline: Pipeline, now: datetime) -> dict[str, str]:
    (row,) = pipeline.store.projects()
    return {deadline.rule.id: deadline.state for deadline in pipeline.situation(row, now).deadlines}


def advised(pipeline: Pipeline, now: datetime) -> str:
    (row,) = pipeline.store.projects()
    here = pipeline.situation(row, now)
    return advice(here.project, here.deadlines, now, pipeline.wording, dormant=here.dormant)


# -- the copy of her own request


@pytest.mark.parametrize("language", LANGUAGES)
def test_following_the_advice_for_the_copy_of_her_own_request_leaves_the_clients_time_running(
    language: Language,
) -> None:
    def begun() -> Story:
        return story(language).note("completion_reported", LAST + DAY).mail(REMINDED, REMINDED_AT)

    body = only(begun().alerts(REMINDED_AT), "reminder_received").body
    commands = re.findall(rf"inboxwatch record {PROJECT} (\w+)( --at \S+)?", body)
    at = {"en": " --at WHEN_YOU_FILED", "ja": " --at 申請した日時"}[language]
    assert commands == [("answered", ""), ("reminder_filed", at)]
    (event,) = re.findall(r"inboxwatch record --undo (\w+)", body)
    now = REMINDED_AT + 2 * HOUR
    pipeline, _ = begun().note("reminder_filed", REMINDED_AT + HOUR, at=FILED.isoformat()).play(now)
    with pipeline.store.transaction():
        (mail,) = pipeline.store.find_mails(event)
        pipeline.store.correct(mail.identity, Correction(None, set_aside=True), now)
        pipeline.derive(now)
    states = deadline_states(pipeline, now)
    assert states["reminder_response"] == "running"
    assert "reminder_answer" not in states
    assert pipeline.wording.instant(FILED + SILENT) in advised(pipeline, now)


# -- a reminder that was not answered in time


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reminder_whose_time_has_passed_is_not_called_answered(language: Language) -> None:
    now = REMINDED_AT + 8 * DAY
    pipeline, _ = story(language).mail(REMINDED, REMINDED_AT).play(now)
    sentence = advised(pipeline, now)
    assert not sentence.startswith(("Answered", "催促に返事ずみ"))
    assert pipeline.wording.end_of_day(jst("2026-03-17 00:00")) in sentence
    assert f"inboxwatch record {PROJECT} answered" in sentence


def test_a_late_answer_is_called_an_answer() -> None:
    now = REMINDED_AT + 8 * DAY
    pipeline, _ = story("en").mail(REMINDED, REMINDED_AT).note("answered", now).play(now)
    assert advised(pipeline, now).startswith("Answered.")


def test_a_passed_reminder_stands_with_what_presses_in_the_summary_and_first_in_the_status() -> None:
    now = REMINDED_AT + 8 * DAY
    told = story("en").mail(REMINDED, REMINDED_AT).mail(comment("別の人", "別の件"), START, project="1111111")
    told.note("escrow_funded", START, project="lancers/1111111")
    pipeline, _ = told.play(now)
    standing = standings(pipeline, now)
    assert [one.project.id for one in standing] == [PROJECT, "lancers/1111111"]
    deadline = standing[0].next_deadline(now)
    assert deadline and deadline.rule.id == "reminder_answer"
    body = summarise([(one.project, one.deadlines, one.dormant) for one in standing], now, pipeline.wording).body
    assert re.search(rf"DEADLINES AGAINST YOU\n- {PROJECT} ", body)


# -- plans


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_several_plans_each_alert_says_which_is_reported_and_which_is_not(language: Language) -> None:
    plans = contracted(START, wording=Wording(language, TOKYO)).mail(comment(), LAST)
    plans.notes.clear()
    plans.note("escrow_funded", START, plan=1).note("escrow_funded", START, plan=2)
    plans.note("completion_reported", LAST + DAY, plan=1).note("reminder_filed", FILED)
    alerts = plans.alerts(FILED + 11 * DAY)
    told = [a for a in alerts if a.outcome == "refunded"]
    assert {a.kind for a in told} == {"reminder_available", "deadline_against", "reminder_deadline", "result_overdue"}
    one, two = ("計画1", "計画2") if language == "ja" else ("plan 1", "plan 2")
    for alert in told:
        assert one in alert.body and two in alert.body, alert.body
        assert not re.search("no completion report|完了報告の記録がありません|完了報告の記録がないため", alert.body)
    steps = [a.body for a in told if a.kind in ("reminder_available", "deadline_against")]
    assert all(f"inboxwatch record {PROJECT} completion_reported --plan 2" in body for body in steps)
    pipeline, _ = plans.play(FILED + DAY)
    assert two in advised(pipeline, FILED + DAY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_several_plans_none_reported_is_said_as_of_one(language: Language) -> None:
    plans = Story(wording=Wording(language, TOKYO)).mail(comment(), LAST)
    plans.note("escrow_funded", START, plan=1).note("escrow_funded", START, plan=2)
    body = only(plans.alerts(LAST + SILENT), "reminder_available").body
    assert re.search(r"no completion report|完了報告の記録がありません", body)


def test_after_the_time_to_report_has_passed_the_advice_promises_no_payment() -> None:
    now = FILED + 6 * DAY + 20 * HOUR
    pipeline, _ = story("en").note("reminder_filed", FILED).play(now)
    assert deadline_states(pipeline, now)["reminder_response"] == "running"
    sentence = advised(pipeline, now)
    assert "may go back to the client" in sentence
    assert "is confirmed" not in sentence


# -- what was not seen


def test_a_reminder_that_she_recorded_is_said_to_be_her_record() -> None:
    noted = story("en").note("reminder_received", REMINDED_AT)
    alert = only(noted.alerts(REMINDED_AT), "reminder_received")
    assert "You recorded" in alert.body
    assert "maybe" not in alert.title
    assert not re.search("A mail|may be aimed|copy of your own", alert.body)


def test_a_blocked_request_whose_reminder_is_answered_asks_for_no_second_answer() -> None:
    blocked = story("en").mail(REMINDED, LAST + DAY).note("answered", LAST + 2 * DAY)
    alert = only(blocked.alerts(LAST + SILENT), "reminder_blocked")
    assert not re.search("answer on the site|answer first", alert.body + alert.title)
    assert f"has ended, record it: inboxwatch record {PROJECT} reminder_ended" in alert.body


@pytest.mark.parametrize("subject", [REMINDED, CHANGE])
def test_a_request_blocked_by_a_probable_mail_may_be_blocked(subject: str) -> None:
    alert = only(story("en").mail(subject, LAST + DAY).alerts(LAST + SILENT), "reminder_blocked")
    assert "may be blocked" in alert.title
    assert "[no] no change" not in alert.body


def test_a_blocked_request_is_not_said_to_be_possible_and_marks_what_is_not_met() -> None:
    for language, unmet, wrong in (("en", "[no] no change", "possible from"), ("ja", "× 計画変更", "申請できる時刻")):
        told = contracted(START, wording=Wording(language, TOKYO)).mail(comment(), LAST)  # type: ignore[arg-type]
        alert = only(told.note("change_proposed", LAST + DAY).alerts(LAST + SILENT), "reminder_blocked")
        assert wrong not in alert.body
        assert unmet in alert.body
        legend = next(line for line in alert.body.splitlines() if unmet.split()[0] in line)
        assert legend != next(line for line in alert.body.splitlines() if unmet in line)


def test_an_overdue_result_names_the_probable_result_first() -> None:
    overdue = story("en").note("completion_reported", LAST + DAY).note("reminder_filed", FILED)
    alert = only(overdue.mail(PROBABLY_PAID, FILED + 8 * DAY).alerts(FILED + 11 * DAY), "result_overdue")
    assert alert.body.index(f"inboxwatch record {PROJECT} payment_confirmed") < alert.body.index("10 days have passed")
    assert alert.body.count("payment_confirmed") == 1


def test_nobody_is_told_to_say_that_the_work_is_delivered_unless_it_is() -> None:
    for alert in story("en").note("reminder_filed", FILED).alerts(FILED + 11 * DAY):
        for sentence in re.findall(r"[^.:]*work is delivered[^.]*", alert.body):
            assert re.search("(if|once) the work is delivered", sentence.casefold()), alert.body


def test_a_verified_payment_has_no_empty_evidence() -> None:
    verdict = "dkim=pass header.d=lancers.co.jp; dmarc=pass header.from=lancers.co.jp"
    paid = story("en").mail("連絡期限経過による支払い確定及びプロジェクト完了通知", LAST + DAY, verdict=verdict)
    assert "RESTS ON" not in only(paid.alerts(LAST + DAY), "payment_confirmed").body


def test_a_package_and_what_is_taken_for_granted_are_to_be_checked_by_eye() -> None:
    marks = {}
    for kind in ("package", "fixed_price", None):
        told = story("en").note(kind, START) if kind else story("en")
        body = only(told.alerts(LAST + SILENT), "reminder_available").body
        marks[kind] = next(line for line in body.splitlines() if "fixed-price" in line).partition(" a ")[0]
    assert marks == {"package": "[ ]", "fixed_price": "[x]", None: "[ ]"}


def test_a_nudge_cites_the_rule_only_where_its_clock_runs() -> None:
    cited = {}
    for kind in ("fixed_price", "hourly"):
        alerts = story("en").note(kind, START).alerts(LAST + 3 * DAY)
        cited[kind] = "source of the rule" in only(alerts, "silence").body
    assert cited == {"fixed_price": True, "hourly": False}


@pytest.mark.parametrize("language", LANGUAGES)
def test_contact_restarts_seven_days_only_where_a_request_is_waited_for(language: Language) -> None:
    seven = {}
    for kind in ("fixed_price", "hourly"):
        replied = story(language).note(kind, START).mail(comment(), LAST + 4 * DAY)
        body = only(replied.alerts(LAST + 4 * DAY), "client_replied").body
        seven[kind] = bool(re.search("7 days|7日間", body))
    assert seven == {"fixed_price": True, "hourly": False}


# -- the end of a date


@pytest.mark.parametrize(("language", "words"), [("ja", "2026年7月20日(月) 24:00"), ("en", "Mon 2026-07-20 24:00")])
def test_an_expiry_that_is_stated_as_a_date_ends_at_its_24_00(language: Language, words: str) -> None:
    stated = Story(wording=Wording(language, TOKYO)).note("escrow_funded", jst("2026-06-01 09:00"))
    stated.mail("取引期限のお知らせ", jst("2026-06-20 10:00"), body="取引期限：2026年7月20日")
    alert = only(stated.alerts(jst("2026-06-21 00:00")), "expiry")
    assert alert.due_at == jst("2026-07-21 00:00")
    assert words in alert.body


def test_the_time_to_answer_ends_at_the_24_00_of_the_day_before() -> None:
    alert = only(story("en").mail(REMINDED, REMINDED_AT).alerts(REMINDED_AT), "reminder_received")
    assert alert.due_at == jst("2026-03-17 00:00")
    assert "BEFORE Mon 2026-03-16 24:00" in alert.body


# -- mails of no project


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "sender",
    [
        "ランサーズ事務局 <noreply@lancers-co.jp>",
        "ランサーズ <info@mail.example.net>",
        "通知 <notice@mail.example.net>",
        "サポート <info@lancers-support.example>",
    ],
)
def test_a_suspicious_mail_is_explained_in_her_language(language: Language, sender: str) -> None:
    told = story(language).mail(comment("甲", "乙"), LAST + HOUR, sender=sender, project=None)
    body = only(told.alerts(LAST + HOUR), "suspicious_mail").body
    (reason,) = [line for line in body.splitlines() if line.startswith(("Why: ", "理由："))]
    assert bool(re.search(r"[ぁ-ん]", reason)) is (language == "ja")
    assert sender.rpartition("@")[2].strip(">").replace(".", "[.]") in reason


def test_the_summary_says_how_many_mails_need_a_look() -> None:
    now = LAST + DAY
    pipeline, _ = story("en").mail("新機能のご案内", LAST + HOUR).play(now)
    assert "need a look: 1. To see them: inboxwatch review" in pipeline.summarise(now).body
    pipeline, _ = story("en").play(now)
    assert "inboxwatch review" not in pipeline.summarise(now).body


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_filing_that_only_a_probable_mail_shows_is_told_as_seeming(language: Language) -> None:
    told = story(language).mail("連絡催促申請を受け付けました", FILED)
    body = only(told.alerts(FILED), "deadline_against").body
    assert re.search("you seem to have filed|申請されたようですが", body)


# -- parts, plans, and what shows a condition


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_part_each_alert_that_names_the_money_says_how_much_and_both_ways_out(language: Language) -> None:
    told = story(language).note("delivered", LAST + DAY, part="4/5").note("reminder_filed", FILED)
    alerts = [a for a in told.alerts(FILED + 11 * DAY) if a.outcome == "refunded"]
    assert {a.kind for a in alerts} == {"reminder_available", "deadline_against", "reminder_deadline", "result_overdue"}
    assert all("4/5" in alert.body for alert in alerts)
    window = only(alerts, "reminder_available")
    assert "4/5" in window.title
    for words in {
        "ja": ("減らして", "残りも納品", "計画変更", "サポート"),
        "en": ("reduced", "Deliver the rest", "計画変更", "support"),
    }[language]:
        assert words in window.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_part_whose_change_is_pending_says_both_ways_out_and_that_it_blocks(language: Language) -> None:
    told = story(language).note("delivered", LAST + DAY, part="4/5").note("change_proposed", LAST + 2 * DAY)
    body = only(told.alerts(LAST + SILENT), "reminder_blocked").body
    assert re.search("two ways out|道は2つ", body)
    assert f"inboxwatch record {PROJECT} change_settled" in body


def test_the_plan_that_is_delivered_is_the_one_to_be_reported() -> None:
    plans = Story(wording=Wording("en", TOKYO)).mail(comment(), LAST)
    plans.note("escrow_funded", START, plan=1).note("escrow_funded", START, plan=2).note(
        "delivered", LAST + DAY, plan=2
    )
    body = only(plans.alerts(LAST + SILENT), "reminder_available").body
    assert "--plan 2" in body and "plan 1: unless it is delivered" in body


def test_a_payment_of_one_plan_names_the_plans_that_are_not_paid() -> None:
    plans = Story(wording=Wording("en", TOKYO)).mail(comment(), LAST)
    plans.note("escrow_funded", START, plan=1).note("escrow_funded", START, plan=2)
    plans.note("completion_reported", LAST + DAY, plan=1).mail(PAID, LAST + 2 * DAY)
    assert "Not every plan is paid yet: plan 2." in only(plans.alerts(LAST + 2 * DAY), "payment_confirmed").body


def line_of(alert: Alert, words: str) -> str:
    (line,) = [line for line in alert.body.splitlines() if words in line and line.startswith("[")]
    return line


def test_each_condition_says_what_shows_it_or_that_nothing_does() -> None:
    told = story("en").note("fixed_price", START).note("change_proposed", START).note("change_settled", START + DAY)
    alert = only(told.alerts(LAST + SILENT), "reminder_available")
    assert "[x]" in line_of(alert, "fixed-price") and "you recorded: fixed price" in line_of(alert, "fixed-price")
    assert "you recorded: escrow paid in, Sun 2026-03-01 09:00" in line_of(alert, "escrow")
    assert "[~]" in line_of(alert, "7 days") and "by mail: contact, Mon 2026-03-02 10:30" in line_of(alert, "7 days")
    assert "[ ]" in line_of(alert, "filed already") and "none recorded" in line_of(alert, "filed already")
    assert "you recorded: change settled, Mon 2026-03-02 09:00" in line_of(alert, "plan pending")


def test_a_certain_record_of_the_escrow_is_shown_before_a_mail_that_only_seems_to_say_so() -> None:
    for first, mark in ((story("en"), "[x]"), (Story(wording=Wording("en", TOKYO)).mail(comment(), LAST), "[~]")):
        alert = only(first.mail(ESCROW, START + HOUR).alerts(LAST + SILENT), "reminder_available")
        assert line_of(alert, "escrow").startswith(mark)


def test_a_doubt_about_the_last_contact_is_said_once() -> None:
    told = (
        Story(wording=Wording("en", TOKYO))
        .mail(comment(), START)
        .mail(comment(title="別の記事"), START, project="6000000")
    )
    told.note("escrow_funded", START).note("escrow_funded", START, project="lancers/6000000")
    told.mail(message(), LAST, project=None)
    nudges = [a for a in told.alerts(LAST + 3 * DAY) if a.kind == "silence" and a.at == LAST + 3 * DAY]
    assert len(nudges) == 2
    assert all(alert.body.count("inboxwatch assign") == 1 for alert in nudges)
