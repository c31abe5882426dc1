"""Alerts of no single project: unrecognised, suspicious, payouts, and results whose project is not known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from inboxwatch.pipeline import Policy
from inboxwatch.wording.say import Language, Wording
from tests.pipeline.story import (
    DAY,
    HOUR,
    KNOWN,
    PAID,
    PAYOUT,
    PROJECT,
    SECOND,
    TOKYO,
    Story,
    comment,
    contracted,
    jst,
    kinds,
)

AT = jst("2026-03-02 10:30")
NINE = jst("2026-03-03 09:00")
UNKNOWN = "新機能「まとめ」のご案内"


@pytest.mark.parametrize(
    "subject",
    [
        "返金に関するご連絡",
        "お支払に関するご案内",
        "期限についてのご連絡",
        "Your refund",
        "DISPUTE update",
        "Payment information",
    ],
)
def test_an_unrecognised_mail_whose_subject_presses_is_told_at_once(subject: str) -> None:
    (alert,) = Story().mail(subject, AT).alerts(AT)
    assert (alert.kind, alert.at, alert.project) == ("unrecognised_mail", AT, None)
    assert subject in alert.body


def test_other_unrecognised_mails_are_gathered_at_nine_into_one_alert() -> None:
    story = Story().mail(UNKNOWN, AT).mail("アンケートのお知らせ", AT + HOUR)
    assert story.alerts(NINE - SECOND) == []
    (alert,) = story.alerts(NINE + 3 * DAY)
    assert (alert.kind, alert.at, alert.project) == ("unrecognised_mail", NINE, None)
    assert UNKNOWN in alert.body and "アンケート" in alert.body
    assert len(alert.evidence) == 2


def test_a_mail_at_nine_sharp_is_told_at_nine_sharp() -> None:
    assert [a.at for a in Story().mail(UNKNOWN, NINE).alerts(NINE)] == [NINE]


def test_a_template_is_told_once_whatever_its_digits_names_and_titles() -> None:
    story = contracted(AT - DAY).mail(comment(), AT - HOUR)
    story.mail("山田商店のアンケート12", AT, project=None).mail("商品紹介記事のアンケート3", AT + 2 * DAY, project=None)
    story.mail("のアンケート999", AT + 3 * DAY, project=None)
    assert [at for _, at in story.told(AT + 6 * DAY, "unrecognised_mail")] == [NINE]


def test_a_lookalike_sender_is_suspicious_and_moves_nothing() -> None:
    story = contracted(AT - DAY).mail(PAID, AT, sender="ランサーズ事務局 <noreply@lancers-co.example>")
    pipeline, alerts = story.play(AT)
    assert kinds(alerts) == ["suspicious_mail"]
    assert alerts[0].project is None
    (row,) = pipeline.store.projects()
    assert pipeline.situation(row, AT).project.state == "in_progress"
    assert "https://" not in alerts[0].body


def test_a_forged_mail_moves_nothing_and_is_told_as_suspicious() -> None:
    story = contracted(AT - DAY).mail(comment(), AT, verdict="dkim=pass; dmarc=fail header.from=lancers.co.jp")
    story.mail(PAID, AT + HOUR, verdict="dmarc=fail header.from=lancers.co.jp")
    pipeline, alerts = story.play(AT + HOUR)
    assert kinds(alerts) == ["suspicious_mail", "suspicious_mail"]
    assert {a.trust for a in alerts} == {"forged"}
    (row,) = pipeline.store.projects()
    project = pipeline.situation(row, AT + HOUR).project
    assert (project.state, project.last_contact) == ("in_progress", None)


def test_a_payout_concerns_no_project() -> None:
    pipeline, (alert,) = contracted(AT - DAY).mail(PAYOUT, AT, project=None).play(AT)
    assert (alert.kind, alert.project, alert.at) == ("payout_fixed", None, AT)
    (row,) = pipeline.store.projects()
    assert pipeline.situation(row, AT).project.state == "in_progress"


def test_an_invitation_is_no_alert_and_nothing_to_review() -> None:
    story = contracted(AT - DAY).note("escrow_funded", AT - DAY, project="lancers/2")
    pipeline, alerts = story.mail("仕事の招待状が届きました", AT, project=None).play(AT + DAY)
    assert alerts == []
    assert pipeline.store.recall("ambiguous") == "0"


def test_a_digest_a_login_notice_and_a_code_raise_no_alert() -> None:
    story = Story()
    for subject in (
        "[ランサーズ] 【新着】ライティングカテゴリに、新しい仕事が登録されました!",
        "新しい端末からのログインを検知しました",
        "ログイン認証コード 123456",
    ):
        story.mail(subject, AT)
    assert story.alerts(AT + 3 * DAY) == []


def test_a_payment_whose_project_is_not_known_is_told_and_guessed_to_none() -> None:
    story = contracted(AT - DAY).note("escrow_funded", AT - DAY, project="lancers/2").mail(PAID, AT, project=None)
    pipeline, alerts = story.play(AT)
    assert [(a.kind, a.project) for a in alerts] == [("payment_confirmed", None)]
    assert {pipeline.situation(row, AT).project.state for row in pipeline.store.projects()} == {"in_progress"}


def test_a_payment_goes_to_the_one_project_whose_reminder_is_pending() -> None:
    story = contracted(AT - DAY).note("escrow_funded", AT - DAY, project="lancers/2")
    story.note("completion_reported", AT - DAY, project="lancers/2").note(
        "reminder_filed", AT - DAY, project="lancers/2"
    )
    (alert,) = [a for a in story.mail(PAID, AT, project=None).alerts(AT) if a.kind == "payment_confirmed"]
    assert alert.project == "lancers/2"


def test_what_is_not_verified_waits_where_that_is_asked_for() -> None:
    policy = Policy(known=KNOWN, require_verified=frozenset({"lancers"}))
    story = contracted(AT - DAY, policy=policy).mail(comment(), AT).mail(PAID, AT + HOUR).mail(PAYOUT, AT + HOUR)
    pipeline, alerts = story.play(AT + DAY)
    assert alerts == []
    (row,) = pipeline.store.projects()
    assert [event.kind for event in pipeline.store.events(row.name)] == ["escrow_funded"]
    verified = "dkim=pass header.d=lancers.co.jp; dmarc=pass header.from=lancers.co.jp"
    story.mail(PAID, AT + 2 * HOUR, verdict=verified)
    assert [(a.kind, a.project) for a in story.alerts(AT + DAY)] == [("payment_confirmed", PROJECT)]


def test_a_mail_without_a_message_id_is_told_like_any_other() -> None:
    story = contracted(AT - DAY).mail(PAID, AT, message_id=None)
    assert story.told(AT) == [("payment_confirmed", AT)]


def test_a_forward_by_anybody_else_moves_nothing() -> None:
    story = contracted(AT - DAY).mail(f"Fwd: {PAID}", AT, sender="佐藤 <sato@example.org>")
    pipeline, alerts = story.play(AT + DAY)
    assert "payment_confirmed" not in kinds(alerts)
    (row,) = pipeline.store.projects()
    assert pipeline.situation(row, AT).project.state == "in_progress"
    assert len(pipeline.store.review()) == 1


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    ("subject", "kind", "urgent"),
    [
        (PAID, "payment_confirmed", False),
        ("キャンセルが完了しました", "cancelled", False),
        ("連絡催促のお知らせ", "reminder_received", True),
        ("キャンセル依頼が届きました", "deadline_against", True),
        ("取引期限のお知らせ", "expiry", True),
    ],
)
def test_what_her_money_hangs_on_is_told_though_no_project_is_known(
    subject: str, kind: str, urgent: bool, language: Language
) -> None:
    (alert,) = Story(wording=Wording(language, TOKYO)).mail(subject, AT, project=None).alerts(AT)
    assert (alert.kind, alert.at, alert.project, alert.urgent) == (kind, AT, None, urgent)
    assert len(alert.title) <= 40
    assert not set("{}") & set(alert.title + alert.body)


@pytest.mark.parametrize("subject", ["仮払いが完了しました", "契約が成立しました", "計画変更の依頼が届きました"])
def test_what_waits_for_its_project_is_counted_and_raises_no_alert(subject: str) -> None:
    pipeline, alerts = Story().mail(subject, AT, project=None).play(AT + DAY)
    assert (alerts, pipeline.store.recall("ambiguous")) == ([], "1")


def _suspicious(number: int, *, every: timedelta = timedelta(minutes=1)) -> Story:
    story = Story()
    for index in range(number):
        story.mail(f"{PAID} {index}", AT + index * every, sender=f"a{index}@1ancers.jp")
    return story


def test_a_thousand_suspicious_mails_are_five_alerts_and_one_for_the_others_at_nine() -> None:
    alerts = _suspicious(1000, every=timedelta(seconds=1)).alerts(NINE + 3 * DAY)
    assert kinds(alerts) == ["suspicious_mail"] * 6
    assert [alert.at for alert in alerts[:5]] == [AT + index * SECOND for index in range(5)]
    assert alerts[5].at == NINE
    assert "995" in alerts[5].title
    assert len(alerts[5].body) < 8_000
    assert "975" in alerts[5].body, "how many are not listed is said"


def test_five_suspicious_mails_a_day_are_told_one_by_one_on_every_day() -> None:
    alerts = _suspicious(20, every=timedelta(hours=5)).alerts(AT + 9 * DAY)
    assert kinds(alerts) == ["suspicious_mail"] * 20


def test_a_crowd_of_suspicious_mails_does_not_delay_what_matters() -> None:
    story = _suspicious(50)
    story.mail("返金に関するご連絡", AT + HOUR)
    alerts = story.alerts(AT + 2 * HOUR)
    assert kinds(alerts) == ["suspicious_mail"] * 5 + ["unrecognised_mail"]
