"""A platform that sends nothing any more while a project is open: told once a spell, of what is known to be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch.alerts.compose import Coverage, Gap
from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.quiet import after_quiet_hours
from inboxwatch.config import default
from inboxwatch.facts import Statement, as_fact
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.platforms.load import load_profiles
from inboxwatch.policy import Recipient
from inboxwatch.rebuilding import rebuild
from inboxwatch.store.sqlite import Store
from inboxwatch.wording.say import Language, Wording
from tests.pipeline.story import (
    DAY,
    HOUR,
    KNOWN,
    NEW_YORK,
    PAID,
    PROBABLY_PAID,
    PROJECT,
    SECOND,
    TOKYO,
    Story,
    a_mail,
    comment,
    jst,
    profiles,
)
from tests.pipeline.test_rebuilding import CODE as SECRET
from tests.pipeline.test_rebuilding import taught

AT = jst("2026-03-02 10:30")
LATER = AT + DAY
AFTER = 14 * DAY
POLICY = Policy(known=KNOWN, no_platform_mail=AFTER)
DIGEST = "[ランサーズ] 【新着】ライティングカテゴリに、新しい仕事が登録されました!"
LOGIN = "新しい端末からのログインを検知しました"
CODE = "ログイン認証コード 123456"
SETTINGS = "https://www.lancers.jp/mypage/receive_email"


def story(**more: object) -> Story:
    """One contact in a contract that was recorded a day before."""
    return Story(policy=POLICY, **more).note("escrow_funded", AT - DAY).mail(comment(), AT)  # type: ignore[arg-type]


def told(found: Story, until: datetime) -> list[Alert]:
    return [alert for alert in found.alerts(until) if alert.kind == "no_platform_mail"]


def instants(found: Story, until: datetime) -> list[datetime]:
    return [alert.at for alert in told(found, until)]


def test_it_is_told_after_the_configured_time_and_not_a_second_before() -> None:
    assert instants(story(), AT + AFTER - SECOND) == []
    (alert,) = told(story(), AT + AFTER)
    assert (alert.at, alert.project, alert.urgent, alert.proof) == (AT + AFTER, None, False, "complete")
    assert alert.key.startswith("no_platform_mail/lancers/")
    assert len(alert.evidence) == 1 and alert.trust == "unverified"


def test_it_is_told_once_a_spell_however_long_it_lasts() -> None:
    assert instants(story(), AT + 200 * DAY) == [AT + AFTER]


@pytest.mark.parametrize("subject", [DIGEST, LOGIN, CODE, "だれも知らないお知らせ"])
def test_any_mail_of_the_platforms_own_is_life(subject: str) -> None:
    found = story().mail(subject, AT + AFTER - SECOND, project=None)
    assert instants(found, AT + AFTER + DAY) == []
    assert instants(found, AT + 60 * DAY) == [AT + 2 * AFTER - SECOND]


@pytest.mark.parametrize(
    ("sender", "verdict"),
    [
        ("ランサーズ事務局 <noreply@lancers-co.example>", None),
        ("ランサーズ事務局 <noreply@lancers.co.jp>", "dmarc=fail header.from=lancers.co.jp"),
        ("鈴木 <suzuki@example.org>", None),
    ],
)
def test_what_others_send_is_not(sender: str, verdict: str | None) -> None:
    found = story().mail(DIGEST, AT + DAY, project=None, sender=sender, verdict=verdict)
    assert instants(found, AT + 60 * DAY) == [AT + AFTER]


def test_a_mail_ends_the_spell_and_a_new_one_is_told_again() -> None:
    found = story().mail(DIGEST, AT + 20 * DAY, project=None)
    alerts = told(found, AT + 60 * DAY)
    assert [alert.at for alert in alerts] == [AT + AFTER, AT + 20 * DAY + AFTER]
    assert len({alert.key for alert in alerts}) == 2


def test_where_nothing_is_open_no_mail_is_no_wonder() -> None:
    assert instants(Story(policy=POLICY).mail(DIGEST, AT), AT + 60 * DAY) == []
    assert instants(story().note("cancelled", AT + DAY), AT + 60 * DAY) == []
    assert instants(story().note("payment_confirmed", AT + AFTER - SECOND), AT + 60 * DAY) == []


def test_what_is_perhaps_over_is_not_waited_for() -> None:
    assert instants(story().mail(PROBABLY_PAID, AT + DAY), AT + 60 * DAY) == []


def test_a_project_known_from_contact_alone_counts_for_its_contract_may_be_what_is_missing() -> None:
    assert instants(Story(policy=POLICY).mail(comment(), AT), AT + 60 * DAY) == [AT + AFTER]


def test_the_time_runs_from_when_the_project_began_where_the_last_mail_is_older() -> None:
    found = Story(policy=POLICY).mail(DIGEST, AT, project=None).note("escrow_funded", AT + 40 * DAY)
    assert instants(found, AT + 90 * DAY) == [AT + 40 * DAY + AFTER]


def test_a_project_of_which_no_mail_has_ever_come_is_told_in_its_own_words() -> None:
    (alert,) = told(Story(policy=POLICY).note("escrow_funded", AT), AT + 60 * DAY)
    assert (alert.at, alert.evidence, alert.trust) == (AT + AFTER, (), None)
    assert "まだ1通も" in alert.body


def test_after_all_has_ended_a_new_project_is_told_of_anew() -> None:
    found = story().note("cancelled", AT + 20 * DAY).note("escrow_funded", AT + 50 * DAY, project="lancers/2")
    assert instants(found, AT + 90 * DAY) == [AT + AFTER, AT + 50 * DAY + AFTER]


def test_of_two_open_projects_it_is_told_once() -> None:
    found = story().note("escrow_funded", AT + DAY, project="lancers/2")
    assert instants(found, AT + 90 * DAY) == [AT + AFTER]


def test_switched_off_it_is_never_told() -> None:
    found = replace(story(), policy=replace(POLICY, no_platform_mail=None))
    assert instants(found, AT + 200 * DAY) == []


def test_without_a_word_in_the_configuration_it_waits_longer_than_a_request_takes_to_its_result() -> None:
    span = default().alerts.no_platform_mail
    assert span is not None and span > timedelta(days=7 + 10)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_says_where_to_look(language: Language) -> None:
    (alert,) = told(story(wording=Wording(language, NEW_YORK)), AT + AFTER)
    assert SETTINGS in alert.body
    assert "inboxwatch status" in alert.body
    assert ("14日" if language == "ja" else "14 days") in alert.body
    assert "{" not in alert.body


def test_a_platform_without_a_known_page_gets_general_words(tmp_path: Path) -> None:
    (tmp_path / "workdesk.yaml").write_text(
        "platform: workdesk\nname: {ja: ワークデスク, en: Workdesk}\nsenders: [workdesk.example]\n"
        "mails:\n  - event: started\n    subject: 'Contract with {client} on {title}'\n    source: a test\n",
        encoding="utf-8",
    )
    found = load_profiles((tmp_path,), None, lambda name: True)
    pipeline = Pipeline(Store.in_memory(), found, POLICY, Wording("en", TOKYO))
    pipeline.awake(AT + AFTER)
    pipeline.take([a_mail("Contract with Aoba on Poems", AT, project=None, sender="<no-reply@workdesk.example>")], AT)
    (alert,) = [a for a in pipeline.decide(AT + AFTER, Coverage(AT + AFTER)) if a.kind == "no_platform_mail"]
    assert "Workdesk" in alert.title
    assert "https://" not in alert.body and "settings" in alert.body


# -- in the daemon


def at_work(*, history: bool = False, policy: Policy = POLICY) -> Pipeline:
    """A pipeline that has read one contact."""
    pipeline = Pipeline(Store.in_memory(), profiles(), policy, Wording("ja", TOKYO))
    if not history:
        pipeline.awake(AT)
    pipeline.take([a_mail(comment(), AT)], AT, history=history)
    return pipeline


def decided(pipeline: Pipeline, now: datetime, coverage: Coverage | None = None, *, awake: bool = True) -> list[str]:
    if awake:
        pipeline.awake(now)
    return [alert.kind for alert in pipeline.decide(now, coverage or Coverage(now))]


def test_nothing_is_said_while_a_mailbox_is_blind_or_not_read_up_to_then() -> None:
    pipeline, now = at_work(), AT + AFTER + HOUR
    for coverage in (Coverage(now, blind=True), Coverage(None), Coverage(AT + AFTER - SECOND)):
        assert "no_platform_mail" not in decided(pipeline, now, coverage)
    assert pipeline.next_due(now) == AT + AFTER
    assert "no_platform_mail" in decided(pipeline, now)
    assert "no_platform_mail" not in decided(pipeline, now + HOUR)


def test_the_clock_stops_where_it_falls_due_and_is_then_free_again() -> None:
    pipeline = at_work()
    decided(pipeline, AT + 13 * DAY)
    assert pipeline.next_due(AT + 13 * DAY) == AT + AFTER
    decided(pipeline, AT + AFTER)
    assert pipeline.next_due(AT + AFTER) is None


def test_it_is_not_told_again_because_the_last_mail_turns_out_to_be_secret() -> None:
    pipeline = at_work()
    pipeline.take([a_mail(SECRET, AT + HOUR, project=None)], AT + HOUR)
    assert decided(pipeline, AT + HOUR + AFTER).count("no_platform_mail") == 1
    wiser = Pipeline(pipeline.store, taught((SECRET, "secret")), POLICY, pipeline.wording)
    now = AT + AFTER + DAY
    changes = rebuild(wiser, now, lambda number: None)
    assert [one.after.identity != one.before.identity for one in changes] == [True]
    assert "no_platform_mail" not in decided(wiser, now)


def test_a_hole_in_the_reading_is_said() -> None:
    pipeline, now = at_work(), AT + AFTER
    pipeline.awake(now)
    holed = Coverage(now, gaps=(Gap(AT + DAY, AT + 2 * DAY, 3),))
    (alert,) = [a for a in pipeline.decide(now, holed) if a.kind == "no_platform_mail"]
    assert alert.proof == "holed" and "3通" in alert.body


def in_the_summary(pipeline: Pipeline, now: datetime) -> bool:
    """At a start it is told in the summary, and never beside it nor again."""
    told = pipeline.decide(now, Coverage(now))
    assert "no_platform_mail" not in [alert.kind for alert in told]
    assert "no_platform_mail" not in decided(pipeline, now + HOUR)
    (summary,) = [alert for alert in told if alert.kind == "summary"]
    return "ランサーズからメールが来ていません" in summary.body


def test_the_first_read_tells_it_in_its_summary_if_it_is_true_then() -> None:
    assert in_the_summary(at_work(history=True), AT + AFTER)
    pipeline = at_work(history=True)
    assert "no_platform_mail" not in decided(pipeline, AT + AFTER - SECOND, awake=False)
    assert decided(pipeline, AT + AFTER).count("no_platform_mail") == 1


def test_a_project_that_sleeps_since_before_the_first_read_is_not_missed() -> None:
    pipeline = at_work(history=True)
    assert "no_platform_mail" not in decided(pipeline, AT + 90 * DAY, awake=False)


def test_of_a_long_stop_only_what_is_true_at_its_end_is_told() -> None:
    pipeline = at_work()
    pipeline.take([a_mail(DIGEST, AT + 40 * DAY, project=None)], AT + 45 * DAY, history=True)
    assert not in_the_summary(pipeline, AT + 45 * DAY)
    assert in_the_summary(pipeline, AT + 60 * DAY)


def test_imported_history_raises_none_of_its_own() -> None:
    pipeline = at_work()
    pipeline.begin_history(AT + DAY)
    pipeline.take([a_mail(DIGEST, AT - 300 * DAY, project=None)], AT + DAY, history=True)
    pipeline.settle_history(AT + DAY)
    assert "no_platform_mail" not in decided(pipeline, AT + DAY)


def test_a_mail_whose_date_lies_far_ahead_hides_nothing() -> None:
    pipeline = at_work()
    pipeline.take([a_mail(DIGEST, AT + 9000 * DAY, project=None)], AT + DAY)
    assert "no_platform_mail" in decided(pipeline, AT + AFTER)


def test_a_changed_configuration_takes_effect_and_a_restart_repeats_nothing() -> None:
    pipeline = at_work(policy=replace(POLICY, no_platform_mail=None))
    assert "no_platform_mail" not in decided(pipeline, AT + AFTER)
    again = Pipeline(pipeline.store, profiles(), POLICY, pipeline.wording)
    assert decided(again, AT + AFTER + HOUR).count("no_platform_mail") == 1
    third = Pipeline(pipeline.store, profiles(), POLICY, pipeline.wording)
    assert "no_platform_mail" not in decided(third, AT + AFTER + 2 * HOUR)


def test_a_project_that_opens_or_ends_while_the_daemon_runs_is_noticed() -> None:
    pipeline = at_work()
    record(pipeline, "cancelled", AT + DAY)
    assert "no_platform_mail" not in decided(pipeline, AT + AFTER)
    record(pipeline, "escrow_funded", AT + 20 * DAY)
    assert "no_platform_mail" not in decided(pipeline, AT + 34 * DAY - SECOND)
    assert "no_platform_mail" in decided(pipeline, AT + 34 * DAY)


def record(pipeline: Pipeline, fact: str, now: datetime) -> None:
    stated = Statement(PROJECT, fact)
    pipeline.record(as_fact(stated, now, TOKYO, pipeline.store.projects(), ["lancers"]), now)


def test_it_is_not_urgent_and_waits_for_the_morning() -> None:
    night = jst("2026-03-02 23:30")
    hours = (night.time().replace(hour=22, minute=0), night.time().replace(hour=7, minute=0))
    policy = replace(POLICY, quiet_hours=hours, recipients=(Recipient("journal"),))
    pipeline = Pipeline(Store.in_memory(), profiles(), policy, Wording("ja", TOKYO))
    pipeline.awake(night)
    pipeline.take([a_mail(comment(), night)], night)
    now = night + AFTER
    assert "no_platform_mail" in decided(pipeline, now)
    waiting = pipeline.store.next_delivery_at()
    assert waiting == after_quiet_hours(now, hours, TOKYO) == jst("2026-03-17 07:00")


def test_a_payment_that_ends_the_last_project_ends_the_waiting() -> None:
    assert instants(story().mail(PAID, LATER), AT + 60 * DAY) == []
