"""Facts that she mails to herself: found in Sent they are recorded, found anywhere else they move nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from inboxwatch.alerts.coverage import Coverage
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.platforms.fact_names import NAMES, fact_called
from inboxwatch.platforms.kinds import FACTS
from inboxwatch.platforms.known import Known
from inboxwatch.rebuilding import rebuild
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.reading import Fact
from inboxwatch.wording.say import Wording
from tests.pipeline.mailing import ME, to_herself
from tests.pipeline.story import DAY, HOUR, KNOWN, PROJECT, SECOND, TOKYO, Story, a_mail, comment, jst, profiles

AT = jst("2026-11-23 12:00")


def a_pipeline(policy: Policy | None = None) -> Pipeline:
    """A pipeline that knows the project from one comment, and has been running."""
    pipeline = Pipeline(Store.in_memory(), profiles(), policy or Policy(known=KNOWN), Wording("ja", TOKYO))
    pipeline.take([a_mail(comment(), AT - 2 * DAY)], AT - 2 * DAY)
    pipeline.awake(AT - DAY)
    pipeline.decide(AT - DAY, Coverage(AT - DAY))
    return pipeline


def recorded(subject: str, at: datetime = AT, pipeline: Pipeline | None = None, **more: object) -> list[Fact]:
    """The facts that stand after one such mail has been read."""
    pipeline = pipeline or a_pipeline()
    pipeline.take([to_herself(subject, at, **more)], at)  # type: ignore[arg-type]
    return pipeline.store.facts()


def only(subject: str, **more: object) -> Fact:
    (fact,) = recorded(subject, **more)  # type: ignore[arg-type]
    return fact


def problem(subject: str, **more: object) -> str:
    """Why this mail was not taken, by its code; it must be told at once, and listed in `review`."""
    pipeline = a_pipeline()
    assert recorded(subject, pipeline=pipeline, **more) == []  # type: ignore[arg-type]
    (listed,) = pipeline.store.review()
    assert listed.recognition is not None
    told = pipeline.decide(AT, Coverage(AT))
    assert [(alert.kind, alert.project, alert.at) for alert in told] == [("unrecognised_mail", None, AT)]
    assert "理由：" in told[0].body
    assert pipeline.decide(AT + HOUR, Coverage(AT + HOUR)) == [], "told twice"
    return listed.recognition.problem[0]


# -- what is written


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("完了報告", "completion_reported"),
        ("完了報告しました", "completion_reported"),
        ("completion_reported", "completion_reported"),
        ("Completion reported", "completion_reported"),
        ("申請した", "reminder_filed"),
        ("催促申請した", "reminder_filed"),
        ("連絡催促申請", "reminder_filed"),
        ("納品", "delivered"),
        ("計画変更", "change_proposed"),
        ("変更成立", "change_settled"),
        ("完了撤回", "completion_withdrawn"),
        ("修正依頼", "revision_requested"),
        ("仮払い済み", "escrow_funded"),
        ("入金", "payment_received"),
        ("催促された", "reminder_received"),
        ("支払い確定", "payment_confirmed"),
        ("キャンセル", "cancelled"),
        ("終了", "closed"),
        ("時間報酬", "hourly"),
    ],
)
def test_a_fact_is_understood_as_she_would_write_it(words: str, kind: str) -> None:
    assert only(f"inboxwatch 5545030 {words}").kind == kind


@pytest.mark.parametrize("kind", FACTS)
def test_every_fact_has_its_own_name_and_a_japanese_one(kind: str) -> None:
    assert fact_called(kind) is not None
    assert [name for name, named in NAMES.items() if named.kind == kind and not name.isascii()]


@pytest.mark.parametrize(
    ("words", "kind", "by"),
    [
        ("連絡あり", "contact", "client"),
        ("連絡した", "contact", "me"),
        ("返事した", "answered", "me"),
        ("返信しました", "answered", "me"),
        ("私の番", "waiting", "me"),
        ("こちらの番", "waiting", "me"),
        ("相手の番", "waiting", "client"),
        ("納品", "delivered", "me"),
        ("キャンセル依頼", "cancel_requested", "client"),
        ("キャンセル依頼 by me", "cancel_requested", "me"),
        ("キャンセル依頼 自分から", "cancel_requested", "me"),
    ],
)
def test_the_name_says_whose_act_it_was(words: str, kind: str, by: str) -> None:
    fact = only(f"inboxwatch 5545030 {words}")
    assert (fact.kind, fact.by) == (kind, by)


@pytest.mark.parametrize(
    "words", ["連絡", "返事", "完了", "催促した", "連絡なし", "納品していない", "申請していません"]
)
def test_what_may_mean_two_things_or_denies_the_fact_is_asked_and_not_guessed(words: str) -> None:
    assert problem(f"inboxwatch 5545030 {words}") in ("fact", "fact_near")


@pytest.mark.parametrize(
    "subject",
    [
        "inboxwatch 5545030 納品",
        "Inboxwatch Lancers/5545030 納品",
        "ＩＮＢＯＸＷＡＴＣＨ\u3000５５４５０３０\u3000納品",
        "inboxwatch：5545030 納品",
        "inboxwatch 5545030納品",
        "inboxwatch\u30005545030、納品。",
        "INBOXWATCH https://www.lancers.jp/work/detail/5545030 納品",
        "inboxwatch 商品紹介記事 納品",
    ],
)
def test_a_project_is_found_as_a_phone_may_write_it(subject: str) -> None:
    fact = only(subject)
    assert (fact.kind, fact.at, fact.recorded_at) == ("delivered", AT, AT)
    assert [row.name for row in a_pipeline().store.projects() if fact.project in row.aliases] == [PROJECT]


def test_a_new_project_is_made_of_platform_and_number() -> None:
    pipeline = a_pipeline()
    recorded("inboxwatch lancers/77 仮払い", pipeline=pipeline)
    recorded("inboxwatch direct/鈴木 契約", pipeline=pipeline)
    assert {"lancers/77", "direct/鈴木"} <= {row.name for row in pipeline.store.projects()}


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("2026-11-20", "2026-11-20 00:00"),
        ("2026-11-20T18:30", "2026-11-20 18:30"),
        ("2026-11-20 18:30", "2026-11-20 18:30"),
        ("2026/11/20", "2026-11-20 00:00"),
        ("2026年11月20日 18時30分", "2026-11-20 18:30"),
        ("11/20", "2026-11-20 00:00"),
        ("11月20日", "2026-11-20 00:00"),
        ("11月20日(金) 18:30", "2026-11-20 18:30"),
        ("11/23", "2026-11-23 00:00"),
        ("11/24", "2025-11-24 00:00"),
        ("2/29", "2024-02-29 00:00"),
    ],
)
def test_a_date_is_the_latest_such_date_not_after_the_mail(words: str, at: str) -> None:
    assert only(f"inboxwatch 5545030 申請した {words}").at == jst(at)


def test_what_stands_behind_the_fact_stands_in_any_order() -> None:
    one = only("inboxwatch 5545030 納品 4/5 計画2 11月20日 メモ 残りは来週 渡す")
    other = only("inboxwatch 5545030 delivered 2026-11-20 plan 2 part 4/5 note 残りは来週 渡す")
    assert (one.part, one.plan, one.at, one.note) == ("4/5", 2, jst("2026-11-20 00:00"), "残りは来週 渡す")
    assert (other.part, other.plan, other.at, other.note) == (one.part, one.plan, one.at, one.note)


def test_the_date_of_an_expiry_notice_is_its_deadline() -> None:
    for words in ("12/1", "due 2026-12-01", "期限 12月1日", "12月1日まで"):
        fact = only(f"inboxwatch 5545030 取引期限 {words}")
        assert (fact.at, fact.due_at) == (AT, jst("2026-12-01 00:00"))


@pytest.mark.parametrize(
    ("words", "part", "at"),
    [
        ("4/5", "4/5", AT),
        ("４／５", "4/5", AT),
        ("5/5", "5/5", AT),
        ("4/5本", "4/5", AT),
        ("11/20本", "11/20", AT),
        ("11/5", None, jst("2026-11-05 00:00")),
        ("11/20 10:00", None, jst("2026-11-20 10:00")),
        ("11月20日", None, jst("2026-11-20 00:00")),
    ],
)
def test_a_delivery_of_n_of_m_is_a_part_where_m_is_at_least_n_and_else_a_date(
    words: str, part: str | None, at: datetime
) -> None:
    fact = only(f"inboxwatch 5545030 納品 {words}")
    assert (fact.part, fact.at) == (part, at)


def test_of_anything_but_a_delivery_n_of_m_is_a_date() -> None:
    fact = only("inboxwatch 5545030 完了報告 4/5")
    assert (fact.part, fact.at) == (None, jst("2026-04-05 00:00"))


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ("inboxwatch", "incomplete"),
        ("inboxwatch 5545030", "incomplete"),
        ("inboxwatch 5545031 納品", "project_near"),
        ("inboxwatch 1 納品", "project"),
        ("inboxwatch nowhere/1 納品", "project"),
        ("inboxwatch 5545030 納品 まだ", "words"),
        ("inboxwatch 5545030 納品 していない", "words"),
        ("inboxwatch 5545030 納品 11/22", "part_or_date"),
        ("inboxwatch 5545030 申請した 4/5本", "part_of_what"),
        ("inboxwatch 5545030 納品 5/4本", "part"),
        ("inboxwatch 5545030 申請した 2026-11-24", "future"),
        ("inboxwatch 5545030 申請した 11/23 12:01", "future"),
        ("inboxwatch 5545030 申請した 2/30", "date"),
        ("inboxwatch 5545030 申請した 0001-01-01", "date"),
        ("inboxwatch 5545030 取引期限 9999-12-31T23:59-09:00", "date"),
        ("inboxwatch 5545030 申請した 11/20 11/21", "words"),
        ("inboxwatch 5545030 計画変更 計画0", "plan"),
        ("inboxwatch 5545030 連絡あり by cliant", "words"),
        ("Re: inboxwatch 5545030 納品", "answer"),
        ("転送：inboxwatch 5545030 納品", "answer"),
    ],
)
def test_what_cannot_be_understood_is_told_at_once_with_what_would_be_right(subject: str, code: str) -> None:
    assert problem(subject) == code


def test_a_name_of_several_projects_is_asked_back() -> None:
    pipeline = a_pipeline()
    pipeline.take([a_mail(comment(title="別の記事"), AT - DAY, project="6600001")], AT - DAY)
    assert recorded("inboxwatch @山田商店 終了", pipeline=pipeline) == []
    (told,) = [a for a in pipeline.decide(AT, Coverage(AT)) if a.kind == "unrecognised_mail"]
    assert PROJECT in told.body and "lancers/6600001" in told.body


# -- where it is found, and from whom


def test_a_mail_found_anywhere_but_in_sent_moves_nothing() -> None:
    pipeline = a_pipeline()
    senders = (ME, f"わたし <{ME}>", "thief@example.net", "suzuki@example.org")
    for number, sender in enumerate(senders):
        recorded("inboxwatch 5545030 支払い確定", AT + number * SECOND, pipeline, sender=sender, in_sent=False)
    (row,) = pipeline.store.projects()
    assert pipeline.store.facts() == []
    assert pipeline.situation(row, AT + HOUR).project.state == "in_progress"
    assert "payment_confirmed" not in {alert.kind for alert in pipeline.decide(AT + HOUR, Coverage(AT + HOUR))}


def test_the_copy_in_sent_counts_although_the_one_in_inbox_was_read_first() -> None:
    for more in ("", "Authentication-Results: mx.example.com; dmarc=fail header.from=example.com"):
        pipeline = a_pipeline()
        mail = {"message_id": "<one@phone.example>"}
        recorded("inboxwatch 5545030 完了報告", pipeline=pipeline, in_sent=False, more=more, **mail)
        assert pipeline.store.facts() == []
        (fact,) = recorded("inboxwatch 5545030 完了報告", pipeline=pipeline, **mail)
        assert fact.kind == "completion_reported"
        recorded("inboxwatch 5545030 完了報告", pipeline=pipeline, in_sent=False, more=more, **mail)
        assert pipeline.store.facts() == [fact], "the copy in INBOX changed something"
        assert pipeline.store.review() == []


def test_a_mail_to_nobody_counts_and_one_to_somebody_else_does_not() -> None:
    assert only("inboxwatch 5545030 納品", to=None).kind == "delivered"
    assert only("inboxwatch 5545030 納品", to="").kind == "delivered"
    assert only("inboxwatch 5545030 納品", to="Me <ME+work@example.com>").kind == "delivered"
    assert only("inboxwatch 5545030 納品", to=f"friend@example.org, {ME}").kind == "delivered"
    pipeline = a_pipeline()
    assert recorded("inboxwatch 5545030 納品", pipeline=pipeline, to="suzuki@example.org") == [], "to a client"
    assert recorded("inboxwatch は便利", pipeline=pipeline, to="friend@example.org") == []
    assert pipeline.store.review() == []


def test_a_fact_sent_to_an_address_that_is_not_known_as_hers_is_told_to_be_not_recorded() -> None:
    assert problem("inboxwatch 5545030 完了報告", to="home@example.org") == "recipient"


def test_an_address_that_is_not_known_as_hers_is_told_and_not_believed() -> None:
    other = "other@example.com"
    assert problem("inboxwatch 5545030 納品", sender=other, to=other) == "sender"
    nobody = Policy(known=Known())
    assert only("inboxwatch 5545030 納品", pipeline=a_pipeline(nobody), sender=other, to=other).kind == "delivered"


def test_other_mails_to_herself_are_not_kept() -> None:
    pipeline = a_pipeline()
    for subject in ("買い物", "inboxwatch.example の件", "inboxwatcher 5545030 納品", "inboxwatch-notes"):
        recorded(subject, pipeline=pipeline)
    assert len(pipeline.store.stored_mails()) == 1
    assert pipeline.decide(AT, Coverage(AT)) == []


# -- once, and in whatever order


def test_the_same_mail_is_taken_once() -> None:
    pipeline = a_pipeline()
    for _ in range(3):
        assert len(recorded("inboxwatch 5545030 申請した", pipeline=pipeline)) == 1


def test_a_withdrawn_fact_does_not_come_back() -> None:
    pipeline = a_pipeline()
    (fact,) = recorded("inboxwatch 5545030 申請した", pipeline=pipeline)
    assert pipeline.withdraw(fact.id, AT + HOUR)
    assert recorded("inboxwatch 5545030 申請した", pipeline=pipeline) == []
    pipeline.derive(AT + 2 * HOUR)
    rebuild(pipeline, AT + 3 * HOUR, lambda read: None)
    for mail in pipeline.store.stored_mails():
        pipeline.store.must_show(mail.identity)
    pipeline.derive(AT + 4 * HOUR)
    assert pipeline.store.facts() == []
    assert pipeline.store.review() == []


def test_a_rebuild_changes_nothing_of_what_was_mailed() -> None:
    pipeline = a_pipeline()
    facts = recorded("inboxwatch 5545030 申請した", pipeline=pipeline)
    recorded("inboxwatch 5545031 納品", AT + SECOND, pipeline)
    before = pipeline.store.review()
    assert rebuild(pipeline, AT + HOUR, lambda read: None) == []
    assert pipeline.store.facts() == facts
    assert pipeline.store.review() == before
    assert [alert.kind for alert in pipeline.decide(AT + HOUR, Coverage(AT + HOUR))].count("unrecognised_mail") == 1
    rebuild(pipeline, AT + 2 * HOUR, lambda read: None)
    assert pipeline.decide(AT + 3 * HOUR, Coverage(AT + 3 * HOUR)) == []
    assert len(pipeline.store.review()) == 1


def test_a_mail_read_before_its_project_is_known_is_taken_as_soon_as_it_is() -> None:
    pipeline = Pipeline(Store.in_memory(), profiles(), Policy(known=KNOWN), Wording("ja", TOKYO))
    pipeline.take([to_herself("inboxwatch 5545030 申請した", AT - DAY)], AT, history=True)
    assert [mail.recognition.problem[0] for mail in pipeline.store.review() if mail.recognition] == ["project"]
    pipeline.take([a_mail(comment(), AT - 9 * DAY)], AT, history=True)
    (fact,) = pipeline.store.facts()
    assert (fact.project, fact.at, fact.recorded_at) == (PROJECT, AT - DAY, AT - DAY)
    assert pipeline.store.review() == []
    (row,) = pipeline.store.projects()
    assert pipeline.situation(row, AT).project.filed is not None


def test_one_mailed_fact_may_make_the_project_that_another_names() -> None:
    pipeline = Pipeline(Store.in_memory(), profiles(), Policy(known=KNOWN), Wording("ja", TOKYO))
    mails = [to_herself("inboxwatch 77 納品", AT - HOUR), to_herself("inboxwatch lancers/77 仮払い", AT)]
    pipeline.take(mails, AT, history=True)
    assert sorted(fact.kind for fact in pipeline.store.facts()) == ["delivered", "escrow_funded"]


def test_what_she_was_told_of_is_not_taken_behind_her_back_when_she_states_it_anew() -> None:
    pipeline = a_pipeline()
    assert recorded("inboxwatch 77 申請した", pipeline=pipeline) == []
    pipeline.decide(AT, Coverage(AT))
    facts = recorded("inboxwatch lancers/77 申請した", AT + HOUR, pipeline)
    assert [(fact.project, fact.at) for fact in facts] == [("lancers/77", AT + HOUR)]


def test_what_was_mailed_long_ago_and_cannot_be_taken_is_listed_and_not_told() -> None:
    pipeline = a_pipeline()
    pipeline.take([to_herself("inboxwatch 77 納品", AT - 30 * DAY)], AT, history=True)
    assert pipeline.decide(AT, Coverage(AT)) == []
    assert len(pipeline.store.review()) == 1


def test_the_fact_counts_from_when_the_mail_came_however_late_it_is_read() -> None:
    pipeline = a_pipeline()
    mail = to_herself("inboxwatch 5545030 完了報告", AT)
    pipeline.take([mail], AT + DAY)
    (fact,) = pipeline.store.facts()
    assert (fact.at, fact.recorded_at) == (AT, AT)


@pytest.mark.parametrize("late", [2 * HOUR, -HOUR / 2])
def test_it_happened_when_she_sent_the_mail_and_is_known_since_it_arrived(late: timedelta) -> None:
    # Half an hour before: a phone whose clock is fast.
    pipeline = a_pipeline()
    pipeline.take([replace(to_herself("inboxwatch 5545030 完了報告", AT), received_at=AT + late)], AT + DAY)
    (fact,) = pipeline.store.facts()
    assert (fact.at, fact.recorded_at) == (AT, AT + late)


def test_nothing_is_kept_of_a_mail_whose_transaction_fails() -> None:
    pipeline = a_pipeline()
    with pytest.raises(RuntimeError), pipeline.store.transaction():
        recorded("inboxwatch 5545030 申請した", pipeline=pipeline)
        raise RuntimeError
    assert pipeline.store.facts() == []
    assert len(recorded("inboxwatch 5545030 申請した", pipeline=pipeline)) == 1


# -- what follows


def test_a_replay_plays_mailed_facts_as_it_plays_notes() -> None:
    start = jst("2026-09-01 10:00")
    noted = Story().mail(comment(), start).note("escrow_funded", start - DAY)
    noted.note("completion_reported", start + DAY).note("reminder_filed", start + 8 * DAY)
    mailed = Story().mail(comment(), start)
    mailed.mails += [
        to_herself("inboxwatch lancers/5545030 仮払い済み", start - DAY),
        to_herself("inboxwatch 5545030 完了報告", start + DAY),
        to_herself("inboxwatch 5545030 催促申請した", start + 8 * DAY),
    ]
    until = start + 30 * DAY
    assert mailed.told(until) == noted.told(until)
    assert "result_overdue" in {kind for kind, _ in mailed.told(until)}


def test_a_filing_mailed_without_a_report_is_the_emergency_at_once() -> None:
    start = jst("2026-09-01 10:00")
    story = Story().mail(comment(), start)
    story.mails.append(to_herself("inboxwatch 5545030 申請した", start + 8 * DAY))
    assert ("deadline_against", start + 8 * DAY) in story.told(start + 9 * DAY)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_title_of_these_alerts_could_be_taken_for_a_statement_itself(language: str) -> None:
    # Alerts may be mailed from her own account, and then lie in Sent.
    pipeline = Pipeline(Store.in_memory(), profiles(), Policy(known=KNOWN), Wording(language, TOKYO))  # type: ignore[arg-type]
    pipeline.awake(AT - DAY)
    pipeline.take([to_herself("inboxwatch inboxwatch inboxwatch 納品", AT)], AT)
    (told,) = [alert for alert in pipeline.decide(AT, Coverage(AT)) if alert.kind == "unrecognised_mail"]
    assert len(told.title) <= 40
    assert recorded(told.title, AT + HOUR, pipeline) == []
    assert not [a for a in pipeline.decide(AT + HOUR, Coverage(AT + HOUR)) if a.kind == "unrecognised_mail"]
