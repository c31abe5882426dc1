"""A platform's own mail that no rule can read: the ruling sentence by sentence (CONTRACT, `unrecognised_mail`)."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from inboxwatch.alerts.compose import Coverage
from inboxwatch.alerts.model import Alert
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.store.sqlite import Store
from inboxwatch.wording.say import Language, Wording
from tests.pipeline.story import (
    CLIENT,
    DAY,
    HOUR,
    KNOWN,
    NEW_YORK,
    PAID,
    PAYOUT,
    REMINDED,
    SECOND,
    TITLE,
    TOKYO,
    Story,
    a_mail,
    comment,
    contracted,
    jst,
    kinds,
    profiles,
)

AT = jst("2026-03-02 10:30")
NINE = jst("2026-03-03 09:00")
PLAIN = "新機能「まとめ」のご案内"
PRESSING = "返金に関するご連絡"


def drift(story: Story, until: datetime) -> list[Alert]:
    return [alert for alert in story.alerts(until) if alert.kind == "unrecognised_mail"]


def ids(story: Story, until: datetime) -> list[str]:
    """The ids of the mails that `review` lists as unrecognised, oldest first."""
    return [mail.key for mail in story.play(until)[0].store.review()]


# -- which words are told at once


@pytest.mark.parametrize(
    "word", ["キャンセル", "返金", "催促", "期限", "支払", "refund", "dispute", "cancel", "payment"]
)
def test_each_of_the_nine_words_is_told_at_once(word: str) -> None:
    (alert,) = drift(Story().mail(f"大切なお知らせ{word}について", AT, project=None), AT)
    assert (alert.at, alert.project, alert.urgent) == (AT, None, False)


@pytest.mark.parametrize("word", ["ｷｬﾝｾﾙ", "ＲＥＦＵＮＤ", "Ｐａｙｍｅｎｔ", "DISPUTE", "Cancelled", "お支払い"])
def test_they_are_told_at_once_in_whatever_width_and_case(word: str) -> None:
    assert [a.at for a in drift(Story().mail(f"Notice {word}", AT, project=None), AT)] == [AT]


def test_a_word_in_the_body_alone_does_not_press() -> None:
    assert drift(Story().mail(PLAIN, AT, project=None, body="返金のお知らせ"), AT) == []


# -- the rest is gathered daily


def test_the_rest_is_gathered_at_nine_and_not_a_second_before() -> None:
    story = Story().mail(PLAIN, AT, project=None).mail("アンケートのお願い", NINE - SECOND, project=None)
    assert drift(story, NINE - SECOND) == []
    (alert,) = drift(story, NINE)
    assert alert.at == NINE and len(alert.evidence) == 2


def test_what_comes_after_nine_waits_for_the_next_day() -> None:
    story = Story().mail(PLAIN, NINE, project=None).mail("アンケートのお願い", NINE + SECOND, project=None)
    assert [a.at for a in drift(story, NINE + 5 * DAY)] == [NINE, NINE + DAY]


def test_a_pressing_mail_does_not_take_the_others_with_it() -> None:
    story = Story().mail(PLAIN, AT, project=None).mail(PRESSING, AT + HOUR, project=None)
    assert [a.at for a in drift(story, NINE + DAY)] == [AT + HOUR, NINE]


@pytest.mark.parametrize(
    ("at", "nine"),
    [
        # Clocks go forward on 8 March 2026 and back on 1 November in New York: nine is nine by the clock on the wall.
        ("2026-03-07T10:00-05:00", "2026-03-08T09:00-04:00"),
        ("2026-03-08T01:30-05:00", "2026-03-08T09:00-04:00"),
        ("2026-10-31T10:00-04:00", "2026-11-01T09:00-05:00"),
        ("2026-11-01T01:30-04:00", "2026-11-01T09:00-05:00"),
        ("2026-11-01T01:30-05:00", "2026-11-01T09:00-05:00"),
        ("2024-02-28T09:00:01-05:00", "2024-02-29T09:00-05:00"),
        ("2026-12-31T23:59-05:00", "2027-01-01T09:00-05:00"),
    ],
)
def test_nine_is_nine_in_her_zone_through_daylight_saving_leap_days_and_years_ends(at: str, nine: str) -> None:
    story = Story(wording=Wording("en", NEW_YORK)).mail(PLAIN, datetime.fromisoformat(at), project=None)
    assert drift(story, datetime.fromisoformat(nine) - SECOND) == []
    assert [a.at for a in drift(story, datetime.fromisoformat(nine))] == [datetime.fromisoformat(nine)]


# -- once a template


def test_digits_of_any_width_are_folded() -> None:
    story = Story().mail("返金のお願い12", AT, project=None).mail("返金のお願い３４５", AT + DAY, project=None)
    story.mail("返金のお願い2026", AT + 2 * DAY, project=None)
    assert [a.at for a in drift(story, AT + 5 * DAY)] == [AT]


def test_known_names_and_titles_are_removed() -> None:
    story = contracted(AT - DAY).mail(comment(), AT - HOUR)
    story.mail(f"{CLIENT}の返金のお願い", AT, project=None).mail(f"{TITLE}の返金のお願い", AT + DAY, project=None)
    assert [a.at for a in drift(story, AT + 5 * DAY)] == [AT]


def test_a_name_of_one_letter_makes_no_two_templates_one() -> None:
    story = contracted(AT - DAY).mail(comment("返"), AT - HOUR)
    story.mail("返金のお願い、期限", AT, project=None).mail("金のお願い、期限", AT + DAY, project=None)
    assert [a.at for a in drift(story, AT + 5 * DAY)] == [AT, AT + DAY]


def test_a_name_that_only_a_forged_mail_shows_is_not_taken_out() -> None:
    story = contracted(AT - DAY).mail(comment("返金の"), AT - HOUR, verdict="dmarc=fail header.from=lancers.co.jp")
    story.mail("返金のお願い、支払", AT, project=None).mail("お願い、支払", AT + DAY, project=None)
    assert [a.at for a in drift(story, AT + 5 * DAY)] == [AT, AT + DAY]


def test_another_domain_of_the_same_platform_is_another_template() -> None:
    story = Story().mail(PRESSING, AT, project=None)
    story.mail(PRESSING, AT + DAY, project=None, sender="<info@lancers.jp>")
    assert [a.at for a in drift(story, AT + 5 * DAY)] == [AT, AT + DAY]


def test_a_gathered_template_is_told_once_in_whatever_alert() -> None:
    story = Story()
    for day in range(4):
        story.mail(f"アンケート第{day}回", AT + day * DAY, project=None)
    story.mail(PLAIN, AT + 3 * DAY, project=None)
    first, second = drift(story, AT + 9 * DAY)
    assert (first.at, second.at) == (NINE, NINE + 3 * DAY)
    assert "アンケート" not in second.body


def test_it_is_told_once_across_restarts(tmp_path: Path) -> None:
    told: list[str] = []
    for day in range(3):
        store = Store.open(tmp_path)
        pipeline = Pipeline(store, profiles(), Policy(known=KNOWN), Wording("ja", TOKYO))
        now = AT + day * DAY
        pipeline.awake(now)
        pipeline.take([a_mail(f"{PRESSING}{day}", now, project=None), a_mail(f"{PLAIN}{day}", now, project=None)], now)
        for instant in (now, now + 23 * HOUR):
            told += kinds(pipeline.decide(instant, Coverage(instant)))
        store.close()
    assert told == ["unrecognised_mail", "unrecognised_mail"]


# -- what is not drift


def test_a_forged_or_suspicious_mail_is_suspicious_and_never_unrecognised() -> None:
    story = Story().mail(PRESSING, AT, project=None, verdict="dmarc=fail header.from=lancers.co.jp")
    story.mail(PRESSING, AT, project=None, sender="ランサーズ事務局 <noreply@lancers-co.example>")
    pipeline, alerts = story.play(NINE + DAY)
    assert kinds(alerts) == ["suspicious_mail", "suspicious_mail"]
    assert not [alert for alert in alerts if "teach" in alert.body or "assign" in alert.body]
    # Nor does it use the template up.
    assert [a.at for a in drift(story.mail(PRESSING, AT + DAY, project=None), AT + DAY)] == [AT + DAY]
    assert pipeline.store.mails_to_show() == []


def test_what_was_read_as_history_is_in_review_and_no_alert() -> None:
    pipeline = Pipeline(Store.in_memory(), profiles(), Policy(known=KNOWN), Wording("ja", TOKYO))
    pipeline.take([a_mail(PRESSING, AT, project=None), a_mail(PLAIN, AT, project=None)], AT, history=True)
    assert kinds(pipeline.decide(AT + DAY, Coverage(AT + DAY))) == ["summary"]
    assert len(pipeline.store.review()) == 2


def test_a_mail_of_nobody_we_know_is_no_drift() -> None:
    assert Story().mail(PRESSING, AT, project=None, sender="<info@shop.example>").alerts(NINE) == []


# -- how to settle it


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_alert_names_the_command_that_teaches_it(language: Language) -> None:
    story = Story(wording=Wording(language, TOKYO)).mail(PRESSING, AT, project=None)
    (alert,), (key,) = drift(story, AT), ids(story, AT)
    assert f"inboxwatch teach {key} --as " in alert.body
    assert PRESSING in alert.body and "inboxwatch review" in alert.body


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_gathered_alert_lists_each_with_its_id(language: Language) -> None:
    story = Story(wording=Wording(language, TOKYO)).mail(PLAIN, AT, project=None)
    story.mail("アンケートのお願い", AT + HOUR, project=None)
    (alert,) = drift(story, NINE)
    found = ids(story, NINE)
    lines = alert.body.splitlines()
    for key, subject in zip(found, (PLAIN, "アンケートのお願い"), strict=True):
        assert [line for line in lines if key in line and subject in line]
    assert re.search(r"inboxwatch teach \S+ --as ", alert.body)


def test_the_id_is_one_by_which_the_mail_is_found() -> None:
    pipeline, _ = Story().mail(PRESSING, AT, project=None).play(AT)
    (mail,) = pipeline.store.review()
    assert [found.identity for found in pipeline.store.find_mails(mail.key)] == [mail.identity]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("subject", [REMINDED, PAID, "キャンセルが完了しました", "取引期限のお知らせ"])
def test_a_mail_whose_project_is_not_known_names_the_command_that_assigns_it(subject: str, language: Language) -> None:
    story = Story(wording=Wording(language, TOKYO)).mail(subject, AT, project=None)
    pipeline, (alert,) = story.play(AT)
    (mail,) = pipeline.store.stored_mails()
    assert alert.project is None
    project = {"ja": "案件", "en": "PROJECT"}[language]
    assert f"inboxwatch assign {mail.key} {project}" in alert.body
    assert f"inboxwatch record {project} " in alert.body


def test_a_payout_needs_no_project() -> None:
    (alert,) = Story().mail(PAYOUT, AT, project=None).alerts(AT)
    assert "assign" not in alert.body and "teach" not in alert.body
