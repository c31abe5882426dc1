"""Silence, the open window and what blocks it: each at its instant, and not a second before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from inboxwatch.alerts.decide import Habits
from inboxwatch.pipeline import Policy
from inboxwatch.wording.say import Language, Wording
from tests.pipeline.story import (
    CHANGE,
    DAY,
    KNOWN,
    NEW_YORK,
    PROBABLY_CANCELLED,
    PROBABLY_PAID,
    PROJECT,
    REMINDED,
    SECOND,
    SILENT,
    TOKYO,
    Story,
    comment,
    contracted,
    jst,
    kinds,
    message,
)

START = jst("2026-03-01 09:00")
LAST = jst("2026-03-02 10:30")

#: Across a year's end, a leap day, and both changes of New York's clock.
LAST_CONTACTS = [
    LAST,
    jst("2025-12-28 23:59:59"),
    jst("2024-02-25 00:00"),
    datetime(2026, 3, 5, 1, 30, tzinfo=NEW_YORK).astimezone(UTC),
    datetime(2026, 10, 28, 1, 30, tzinfo=NEW_YORK).astimezone(UTC),
]


@pytest.mark.parametrize("last", LAST_CONTACTS)
@pytest.mark.parametrize("zone", [TOKYO, NEW_YORK])
def test_the_window_opens_168_hours_after_the_last_contact_and_not_a_second_before(
    last: datetime, zone: ZoneInfo
) -> None:
    story = contracted(last - DAY, wording=Wording("en", zone)).mail(comment(), last)
    assert story.told(last + SILENT - SECOND, "reminder_available") == []
    (alert,) = [a for a in story.alerts(last + SILENT) if a.kind == "reminder_available"]
    assert (alert.at, alert.due_at) == (last + SILENT, last + SILENT)
    assert story.told(last + SILENT + SECOND, "reminder_available") == [("reminder_available", last + SILENT)]
    assert story.told(last + 100 * DAY, "reminder_available") == [("reminder_available", last + SILENT)]


@pytest.mark.parametrize(("span", "days"), [("3日", 3), ("5日", 5)])
def test_a_nudge_comes_at_its_span_and_not_a_second_before(span: str, days: int) -> None:
    story = contracted(START).mail(comment(), LAST)
    due = LAST + days * DAY
    assert ("silence", due) not in story.told(due - SECOND)
    nudge = story.alerts(due)[-1]
    assert (nudge.kind, nudge.at) == ("silence", due)
    assert nudge.title.startswith(f"{span}連絡なし")
    assert nudge.evidence[0].startswith("<") and nudge.proof == "complete"


def test_the_story_of_a_silence_is_two_nudges_and_one_window() -> None:
    alerts = contracted(START).mail(comment(), LAST).alerts(LAST + 60 * DAY)
    assert kinds(alerts) == ["silence", "silence", "reminder_available"]


def test_no_spans_mean_no_nudges() -> None:
    policy = Policy(known=KNOWN, habits=Habits(silence=()))
    assert contracted(START, policy=policy).mail(comment(), LAST).told(LAST + 9 * DAY, "silence") == []


def test_the_evidence_of_a_silence_alert_holds_the_message_id_of_the_last_contact() -> None:
    story = contracted(START).mail(comment(), LAST, message_id="<last.contact@mail.example.net>")
    for alert in story.alerts(LAST + 8 * DAY):
        assert "<last.contact@mail.example.net>" in alert.evidence


def test_without_a_completion_report_the_title_begins_by_telling_her_not_to_file() -> None:
    beginnings: dict[Language, str] = {"ja": "まだ申請しないで", "en": "Don't file yet"}
    for language, beginning in beginnings.items():
        story = contracted(START, wording=Wording(language, TOKYO)).mail(comment(), LAST)
        (alert,) = [a for a in story.alerts(LAST + 8 * DAY) if a.kind == "reminder_available"]
        assert alert.outcome == "refunded"
        assert alert.title.startswith(beginning)


def test_a_completion_report_changes_the_outcome_of_the_open_window_at_once_and_its_withdrawal_again() -> None:
    reported, withdrawn, again = LAST + 10 * DAY, LAST + 11 * DAY, LAST + 12 * DAY
    story = contracted(START).mail(comment(), LAST)
    story.note("completion_reported", reported).note("completion_withdrawn", withdrawn)
    story.note("completion_reported", again)
    found = [(a.at, a.outcome) for a in story.alerts(LAST + 20 * DAY) if a.kind == "reminder_available"]
    assert found == [(LAST + SILENT, "refunded"), (reported, "paid"), (withdrawn, "refunded"), (again, "paid")]


def test_a_completion_report_before_the_window_makes_it_one_alert_with_paid() -> None:
    story = contracted(START).mail(comment(), LAST).note("completion_reported", LAST + DAY)
    found = [(a.at, a.outcome) for a in story.alerts(LAST + 20 * DAY) if a.kind == "reminder_available"]
    assert found == [(LAST + SILENT, "paid")]


def test_the_window_shows_both_readings_of_seven_days_and_names_what_it_counts_from() -> None:
    (alert,) = [
        a for a in contracted(START).mail(comment(), LAST).alerts(LAST + 8 * DAY) if a.kind == "reminder_available"
    ]
    assert "2026年3月9日(月) 10:30" in alert.body
    assert "2026年3月10日(火) 00:00" in alert.body
    assert "2026年3月2日(月) 10:30 の連絡から168時間" in alert.body


def test_a_window_that_counts_from_the_escrow_says_so() -> None:
    story = Story().mail(comment(), START - DAY).note("escrow_funded", START)
    (alert,) = [a for a in story.alerts(START + 8 * DAY) if a.kind == "reminder_available"]
    assert alert.at == START + SILENT
    assert "2026年3月1日(日) 09:00 の仮払いから168時間" in alert.body


@pytest.mark.parametrize("fact", ["completion_reported", "change_settled", "delivered"])
def test_what_is_not_contact_restarts_nothing(fact: str) -> None:
    story = contracted(START).mail(comment(), LAST).note(fact, LAST + 2 * DAY)
    assert story.told(LAST + 9 * DAY, "reminder_available") == [("reminder_available", LAST + SILENT)]


@pytest.mark.parametrize("paid_as", ["hourly", "monthly", "task", "contest"])
def test_what_is_not_a_fixed_price_has_no_window(paid_as: str) -> None:
    story = contracted(START).note(paid_as, START).mail(comment(), LAST)
    assert story.told(LAST + 30 * DAY, "reminder_available") == []


def test_a_package_has_a_window_and_says_that_it_is_not_known() -> None:
    story = contracted(START).note("package", START).mail(comment(), LAST)
    (alert,) = [a for a in story.alerts(LAST + 8 * DAY) if a.kind == "reminder_available"]
    assert "パッケージ方式で" in alert.body


def test_before_the_escrow_there_is_no_window() -> None:
    story = Story().note("started", START).mail(comment(), LAST)
    assert story.told(LAST + 30 * DAY, "reminder_available") == []


# -- blocked


def test_a_pending_change_blocks_the_window_at_the_instant_it_would_have_opened() -> None:
    story = contracted(START).mail(comment(), LAST).mail(CHANGE, LAST + DAY)
    assert story.told(LAST + SILENT - SECOND, "reminder_blocked", "reminder_available") == []
    assert story.told(LAST + SILENT, "reminder_blocked", "reminder_available") == [("reminder_blocked", LAST + SILENT)]
    story.note("change_settled", LAST + 9 * DAY)
    assert story.told(LAST + 30 * DAY, "reminder_available") == [("reminder_available", LAST + 9 * DAY)]


def test_a_reminder_of_any_grade_aimed_at_her_blocks_the_window_until_it_has_ended() -> None:
    story = contracted(START).mail(comment(), LAST).mail(REMINDED, LAST + DAY)
    story.note("answered", LAST + 2 * DAY, by="me")
    assert story.told(LAST + 9 * DAY, "reminder_blocked", "reminder_available") == [("reminder_blocked", LAST + SILENT)]
    story.note("reminder_ended", LAST + 10 * DAY)
    assert story.told(LAST + 20 * DAY, "reminder_available") == [("reminder_available", LAST + 10 * DAY)]


def test_her_own_filing_blocks_the_window_without_an_alert() -> None:
    story = contracted(START).mail(comment(), LAST).note("completion_reported", LAST)
    story.note("reminder_filed", LAST + 6 * DAY)
    assert story.told(LAST + 8 * DAY, "reminder_blocked", "reminder_available") == []


def test_a_reminder_that_comes_after_the_window_has_opened_is_told_once_and_not_as_a_block_too() -> None:
    reminded = LAST + 9 * DAY
    story = contracted(START).mail(comment(), LAST).mail(REMINDED, reminded)
    assert [kind for kind, at in story.told(reminded) if at == reminded] == ["reminder_received"]


# -- whose turn, assumed, probable closings


def test_while_it_is_her_turn_there_are_no_nudges_but_the_window_opens() -> None:
    story = contracted(START).mail(comment(), LAST).note("waiting", LAST + DAY, by="me")
    assert story.told(LAST + 9 * DAY) == [("reminder_available", LAST + SILENT)]


def test_a_nudge_missed_in_her_turn_is_not_made_up_for_when_she_has_written() -> None:
    story = contracted(START).mail(comment(), LAST).note("waiting", LAST + DAY, by="me")
    story.note("contact", LAST + 4 * DAY, by="me")
    assert story.told(LAST + 6 * DAY) == [("silence", LAST + 5 * DAY)]


def test_a_project_known_from_contact_alone_gets_one_alert_that_asks_first() -> None:
    policy = Policy(known=KNOWN, habits=Habits(repeat={"reminder_available": DAY}))
    story = Story(policy=policy).mail(comment(), LAST)
    (alert,) = story.alerts(LAST + 60 * DAY)
    assert (alert.kind, alert.at, alert.project) == ("reminder_available", LAST + SILENT, PROJECT)
    assert "契約していますか" in alert.body


def test_any_other_fact_ends_the_assumption() -> None:
    story = Story().mail(comment(), LAST).note("delivered", LAST + DAY)
    assert story.told(LAST + 4 * DAY) == [("silence", LAST + 3 * DAY)]


@pytest.mark.parametrize("subject", [PROBABLY_PAID, PROBABLY_CANCELLED])
def test_a_probable_closing_stops_the_nudges_closes_nothing_and_is_mentioned_later(subject: str) -> None:
    story = contracted(START).mail(comment(), LAST).mail(subject, LAST + 2 * DAY)
    pipeline, alerts = story.play(LAST + 9 * DAY)
    assert kinds(alerts) in (["payment_confirmed", "reminder_available"], ["cancelled", "reminder_available"])
    assert f"inboxwatch record {PROJECT} {alerts[0].kind}" in alerts[0].body
    assert f"inboxwatch record {PROJECT} {alerts[0].kind}" in alerts[1].body
    (row,) = pipeline.store.projects()
    assert pipeline.situation(row, LAST + 9 * DAY).project.state == "in_progress"


def test_a_recorded_closing_settles_the_doubt() -> None:
    story = contracted(START).mail(comment(), LAST).mail(PROBABLY_PAID, LAST + 2 * DAY)
    story.note("payment_confirmed", LAST + 3 * DAY)
    assert kinds(story.alerts(LAST + 30 * DAY)) == ["payment_confirmed"]


# -- replies


def test_ordinary_traffic_raises_no_alert() -> None:
    story = contracted(START)
    for number in range(10):
        story.mail(comment(), LAST + number * DAY, body=f"{number}")
    assert story.told(LAST + 11 * DAY) == []


def test_contact_that_ends_an_alerted_silence_is_told_once() -> None:
    story = contracted(START).mail(comment(), LAST).mail(comment(), LAST + 4 * DAY)
    story.mail(comment(), LAST + 5 * DAY)
    assert story.told(LAST + 6 * DAY) == [("silence", LAST + 3 * DAY), ("client_replied", LAST + 4 * DAY)]


def test_a_second_episode_has_its_own_alerts_and_keys() -> None:
    story = contracted(START).mail(comment(), LAST).mail(comment(), LAST + 20 * DAY)
    alerts = story.alerts(LAST + 40 * DAY)
    assert len({alert.key for alert in alerts}) == len(alerts)
    episode = ["silence", "silence", "reminder_available"]
    assert kinds(alerts) == [*episode, "client_replied", *episode]


def test_a_message_of_the_client_that_names_no_project_counts_too() -> None:
    story = contracted(START).mail(comment(), LAST).mail(message(), LAST + 2 * DAY, project=None)
    assert story.told(LAST + 30 * DAY, "reminder_available") == [("reminder_available", LAST + 2 * DAY + SILENT)]


# -- direct contact


def test_direct_contact_delays_the_window_and_both_readings_are_shown() -> None:
    direct = LAST + 2 * DAY
    story = contracted(START).mail(comment(), LAST)
    story.mail("進捗の件", direct, project=None, sender="鈴木 <suzuki@example.org>")
    (alert,) = [a for a in story.alerts(direct + 8 * DAY) if a.kind == "reminder_available"]
    assert alert.at == direct + SILENT
    assert "サイト上の連絡だけで数えると：2026年3月9日(月) 10:30" in alert.body


def test_with_the_strict_reading_direct_contact_delays_nothing() -> None:
    policy = Policy(known=KNOWN, contact={"lancers": "platform"})
    story = contracted(START, policy=policy).mail(comment(), LAST)
    story.mail("進捗の件", LAST + 2 * DAY, project=None, sender="鈴木 <suzuki@example.org>")
    assert story.told(LAST + 9 * DAY, "reminder_available") == [("reminder_available", LAST + SILENT)]


def test_with_the_strict_reading_direct_contact_is_told_without_saying_that_it_restarts_anything() -> None:
    policy = Policy(known=KNOWN, contact={"lancers": "platform"})
    for channel, words in (("suzuki@example.org", "数えなおしません"), (None, "この連絡からです")):
        story = contracted(START, policy=policy).mail(comment(), LAST)
        if channel:
            story.mail("進捗の件", LAST + 4 * DAY, project=None, sender=f"鈴木 <{channel}>")
        else:
            story.mail(comment(), LAST + 4 * DAY)
        (alert,) = [a for a in story.alerts(LAST + 4 * DAY) if a.kind == "client_replied"]
        assert words in alert.body


def test_recorded_contact_elsewhere_delays_the_window() -> None:
    story = contracted(START).mail(comment(), LAST).note("contact", LAST + DAY)
    assert story.told(LAST + 9 * DAY, "reminder_available") == [("reminder_available", LAST + DAY + SILENT)]


def test_until_is_inclusive_and_every_alert_is_at_its_instant_however_the_clock_is_cut() -> None:
    story = contracted(START).mail(comment(), LAST).mail(REMINDED, LAST + 9 * DAY).note("waiting", LAST, by="client")
    whole = story.alerts(LAST + 30 * DAY)
    for alert in whole:
        assert alert.key in {a.key for a in story.alerts(alert.at)}
        assert alert.key not in {a.key for a in story.alerts(alert.at - timedelta(microseconds=1))}


def test_mails_are_told_in_the_order_of_their_dates_whatever_order_they_come_in() -> None:
    story = contracted(START).mail(comment(), LAST).mail(CHANGE, LAST + DAY).mail(comment(), LAST + 12 * DAY)
    turned = replace(story, mails=story.mails[::-1])
    assert story.alerts(LAST + 40 * DAY) == turned.alerts(LAST + 40 * DAY)
