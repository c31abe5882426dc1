"""Mails of no known project: her time to answer by the profile's rule; templates once, whatever names are learned."""

from __future__ import annotations

import pytest

from inboxwatch.alerts.compose import Coverage
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.store.sqlite import Store
from inboxwatch.wording.say import Language, Wording
from tests.pipeline.story import (
    DAY,
    HOUR,
    KNOWN,
    REMINDED,
    TITLE,
    TOKYO,
    Story,
    a_mail,
    comment,
    jst,
    kinds,
    profiles,
)

AT = jst("2026-11-01 23:30")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_reminder_of_no_known_project_must_be_answered_before_the_eighth_day_begins(language: Language) -> None:
    (alert,) = Story(wording=Wording(language, TOKYO)).mail(REMINDED, AT, project=None).alerts(AT)
    assert (alert.kind, alert.project, alert.urgent) == ("reminder_received", None, True)
    assert alert.due_at == jst("2026-11-08 00:00")


def test_a_payout_has_no_end() -> None:
    (alert,) = Story().mail("[ランサーズ] 振込報酬額確定のお知らせ", AT, project=None).alerts(AT)
    assert alert.due_at is None


def test_an_end_that_the_mail_itself_states_is_the_alerts() -> None:
    body = "取引期限：2026年12月1日"
    (alert,) = Story().mail("取引期限のお知らせ", AT, project=None, body=body).alerts(AT)
    assert (alert.kind, alert.due_at is not None) == ("expiry", True)


@pytest.mark.parametrize("subject", [f"「{TITLE}」の返金についてのお願い", f"「{TITLE}」についてのアンケート"])
def test_a_template_is_told_once_although_a_name_in_it_is_learned_in_between(subject: str) -> None:
    pipeline = Pipeline(Store.in_memory(), profiles(), Policy(known=KNOWN), Wording("ja", TOKYO))
    pipeline.awake(AT)
    told = []
    for mail in (
        a_mail(subject, AT, project=None),
        a_mail(comment(), AT + DAY),
        a_mail(subject, AT + DAY, project=None),
    ):
        pipeline.take([mail], AT + DAY)
        told += pipeline.decide(AT + DAY + 12 * HOUR, Coverage(AT + DAY + 12 * HOUR))
    assert kinds(told).count("unrecognised_mail") == 1


def test_a_template_of_history_was_not_told_and_is_told_when_it_comes_again() -> None:
    pipeline = Pipeline(Store.in_memory(), profiles(), Policy(known=KNOWN), Wording("ja", TOKYO))
    pipeline.awake(AT)
    pipeline.take([a_mail("返金のお願い1", AT - 9 * DAY, project=None)], AT, history=True)
    assert pipeline.decide(AT, Coverage(AT)) == []
    pipeline.take([a_mail("返金のお願い2", AT, project=None)], AT)
    assert kinds(pipeline.decide(AT, Coverage(AT))) == ["unrecognised_mail"]
