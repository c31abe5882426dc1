"""The texts that are ready to be sent: short, polite, Japanese, and with nothing in them that is not known."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.paste import answer, ask_for_help, ask_for_result, nudge
from inboxwatch.policy import Policy
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Project, fold
from inboxwatch.wording.say import Language, Wording
from tests.pipeline.story import DAY, KNOWN, REMINDED, SILENT, TOKYO, Story, comment, contracted, jst
from tests.timeline.making import PROJECT, at, event

NAMED = {"client": "青空商店", "title": "商品紹介文の作成"}
FUNDED, CONTACT = event("escrow_funded", 0), event("contact", 1, **NAMED)
STATES: dict[str, list[Event]] = {
    "escrow": [event("started", 0), CONTACT],
    "working": [FUNDED, CONTACT],
    "part": [FUNDED, CONTACT, event("delivered", 26, part="4/5")],
    "delivered": [FUNDED, CONTACT, event("delivered", 26)],
    "reported": [FUNDED, CONTACT, event("delivered", 26), event("completion_reported", 50)],
    "plans": [event("escrow_funded", 0, plan=1), event("escrow_funded", 0.1, plan=2), CONTACT],
}
START, LAST = jst("2026-03-01 09:00"), jst("2026-03-02 10:30")


def project(state: str) -> Project:
    return fold(PROJECT, STATES[state], delivered_awaits_approval=False)


def unnamed(state: str) -> Project:
    return replace(project(state), client=None, title=None)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_nudge_is_short_names_client_and_project_and_never_threatens(state: str, number: int) -> None:
    text = nudge(project(state), number, request_exists=True)
    assert len(text.splitlines()) <= 6
    assert text.startswith("青空商店様\nお世話になっております。「商品紹介文の作成」の件で")
    assert ("連絡催促申請" in text) is (number >= 3)
    assert not re.search(r"[{}A-Za-z]|None|法的|訴|違約|評価|必ず|至急|返金", text)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_where_no_request_exists_none_is_announced(number: int) -> None:
    assert "催促" not in nudge(project("escrow"), number, request_exists=False)


@pytest.mark.parametrize("state", STATES)
def test_the_three_nudges_differ_and_the_fourth_is_the_third(state: str) -> None:
    texts = [nudge(project(state), number, request_exists=True) for number in (1, 2, 3, 4)]
    assert len(set(texts[:3])) == 3
    assert texts[3] == texts[2]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("escrow", "仮払い"),
        ("working", "3月2日（月）のご連絡のあと"),
        ("part", "3月3日（火）に、4/5まで納品"),
        ("delivered", "3月3日（火）に納品"),
        ("reported", "3月4日（水）に完了報告"),
    ],
)
def test_a_nudge_asks_for_what_the_state_waits_for_with_its_date(state: str, words: str) -> None:
    assert words in nudge(project(state), 1, request_exists=True)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_without_a_name_or_a_title_a_nudge_reads_on(state: str, number: int) -> None:
    text = nudge(unnamed(state), number, request_exists=True)
    assert text.startswith("ご担当者様\nお世話になっております。ご依頼の件で")
    assert "「」" not in text


def test_after_what_she_has_delivered_since_the_last_word_of_the_client_is_no_date_to_count_from() -> None:
    assert "その後" in nudge(project("reported"), 3, request_exists=True)
    later = fold(PROJECT, [*STATES["delivered"], event("contact", 60, **NAMED)], delivered_awaits_approval=False)
    assert "3月4日（水）のご連絡のあと" in nudge(later, 3, request_exists=True)


def test_a_nudge_without_any_contact_names_no_date() -> None:
    text = nudge(fold(PROJECT, [FUNDED]), 2, request_exists=True)
    assert "その後、ご返信を確認できておりません" in text


def test_what_must_be_done_again_is_not_called_delivered() -> None:
    events = [*STATES["delivered"], event("revision_requested", 40)]
    assert "納品" not in nudge(fold(PROJECT, events, delivered_awaits_approval=False), 1, request_exists=True)


def test_names_of_any_length_and_with_line_ends_stay_on_one_line_and_braces_stand_as_they_are() -> None:
    odd = replace(project("working"), client="{title}\n" + "長" * 300, title="{last} の\r\n記事")
    text = nudge(odd, 1, request_exists=True)
    assert len(text.splitlines()) == 4
    assert "「{last} の 記事」" in text
    assert max(map(len, text.splitlines())) < 100


def test_a_name_that_is_polite_already_is_not_made_more_so() -> None:
    assert nudge(replace(project("working"), client="青空商店 御中"), 1, request_exists=True).startswith(
        "青空商店 御中\n"
    )


def test_support_is_told_what_is_recorded_and_nothing_else() -> None:
    reported = ask_for_result(project("reported"), at(60), at(60) + timedelta(hours=168))
    assert "連絡催促申請をした日：3月4日（水）" in reported
    assert "連絡期限（3月11日（水））" in reported
    assert "完了報告をした日：3月4日（水）" in reported
    unreported = ask_for_help(project("working"), at(60))
    assert "納品" not in unreported
    assert "納品した分：4/5（3月3日（火））" in ask_for_help(project("part"), at(60))
    assert "案件：lancers/5545030" in ask_for_help(unnamed("working"), at(60))


def test_support_is_told_which_plans_are_reported() -> None:
    events = [*STATES["plans"], event("completion_reported", 2, plan=1)]
    text = ask_for_help(fold(PROJECT, events), at(60))
    assert "完了報告ずみ：計画1\n完了報告がまだ：計画2" in text


@pytest.mark.parametrize(
    ("state", "words", "blank"),
    [
        ("working", "〔どこまで進んでいるか〕", True),
        ("part", "3月3日（火）に、4/5まで納品しております", True),
        ("reported", "3月4日（水）に完了報告をしております", False),
    ],
)
def test_an_answer_says_how_far_the_work_is_and_leaves_blank_what_only_she_knows(
    state: str, words: str, blank: bool
) -> None:
    text = answer(project(state))
    assert words in text
    assert ("〔何月何日まで〕" in text) is blank


# -- in the alerts


def pasted(alert: Alert) -> str:
    found = re.findall(r"----------\n(.*?)\n----------", alert.body, flags=re.DOTALL)
    assert len(found) == 1, alert.body
    return str(found[0])


def told(story: Story, until: float, kind: str) -> list[Alert]:
    return [alert for alert in story.alerts(LAST + until * DAY) if alert.kind == kind]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_nudge_has_its_text_and_the_window_the_third(language: Language) -> None:
    story = contracted(START, wording=Wording(language, TOKYO)).mail(comment(), LAST)
    first, second = told(story, 8, "silence")
    (window,) = told(story, 8, "reminder_available")
    assert "あらためて" not in pasted(first)
    assert "あらためて" in pasted(second)
    assert "重ねて" in pasted(window)
    assert "l1035/163" in window.body
    assert len({pasted(alert) for alert in (first, second, window)}) == 3


def test_a_fourth_nudge_gets_the_third_text() -> None:
    policy = Policy(known=KNOWN)
    policy = replace(policy, habits=replace(policy.habits, silence=tuple(n * DAY for n in (1, 2, 3, 4))))
    alerts = told(contracted(START, policy=policy).mail(comment(), LAST), 5, "silence")
    assert [("重ねて" in pasted(alert)) for alert in alerts] == [False, False, True, True]


def test_before_the_escrow_a_nudge_asks_for_it_and_speaks_of_no_request() -> None:
    story = Story().note("started", START).mail(comment(), LAST)
    for alert in told(story, 9, "silence"):
        assert "仮払い" in pasted(alert)
        assert "仮払いの記録がまだありません" in alert.body
        assert "催促" not in alert.body


def test_while_she_owes_an_answer_she_is_not_made_to_ask_for_one() -> None:
    story = contracted(START).mail(comment(), LAST).mail(REMINDED, LAST + DAY)
    (first, *_) = told(story, 4, "silence")
    assert pasted(first).splitlines()[1].startswith("ご連絡がおそくなり")


def test_no_message_is_proposed_to_a_client_whose_contract_or_payment_is_in_doubt() -> None:
    (assumed,) = told(Story().mail(comment(), LAST), 8, "reminder_available")
    assert "----------" not in assumed.body
    perhaps_paid = contracted(START).mail(comment(), LAST).mail("支払いが確定しました", LAST + DAY)
    (window,) = told(perhaps_paid, 8, "reminder_available")
    assert "----------" not in window.body


def test_an_overdue_result_and_the_emergency_have_a_text_for_support() -> None:
    filed = LAST + SILENT
    story = contracted(START).mail(comment(), LAST).note("reminder_filed", filed)
    (emergency, *_) = told(story, 18, "deadline_against")
    assert "完了報告をする前に" in pasted(emergency)
    (overdue,) = told(story, 18, "result_overdue")
    assert "連絡期限（3月16日（月））" in pasted(overdue)
