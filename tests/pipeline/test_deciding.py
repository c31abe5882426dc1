"""First read, long stops, blindness, dormancy, quiet hours, repeats, imports: what is told when the watch is real."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inboxwatch.alerts.compose import Coverage, Gap
from inboxwatch.alerts.decide import Habits
from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.quiet import after_quiet_hours
from inboxwatch.facts import Statement, as_fact
from inboxwatch.mail.model import RawMail
from inboxwatch.pipeline import Pipeline, Policy, Recipient
from inboxwatch.store.sqlite import Store
from inboxwatch.wording.say import Wording
from tests.pipeline.story import (
    DAY,
    HOUR,
    KNOWN,
    NEW_YORK,
    PAID,
    PROJECT,
    REMINDED,
    SECOND,
    SILENT,
    TOKYO,
    a_mail,
    comment,
    jst,
    kinds,
    profiles,
)

LAST = jst("2026-03-02 10:30")
PHONE = Recipient("phone")


class Watch:
    """A pipeline on a file, whose clock and coverage the test sets."""

    def __init__(self, folder: Path, **policy: object) -> None:
        self.store = Store.open(folder)
        settings = Policy(known=KNOWN, recipients=(PHONE,), **policy)  # type: ignore[arg-type]
        self.pipeline = Pipeline(self.store, profiles(), settings, Wording("ja", TOKYO))

    def take(self, now: datetime, *mails: RawMail, history: bool | None = None) -> None:
        self.pipeline.take(mails, now, history=self.pipeline.starting(now) if history is None else history)

    def record(self, fact: str, now: datetime, **more: object) -> int:
        stated = Statement(PROJECT, fact, **more)  # type: ignore[arg-type]
        return self.pipeline.record(as_fact(stated, now, TOKYO, self.store.projects(), ["lancers"]), now).id

    def decide(self, now: datetime, **coverage: object) -> list[Alert]:
        return self.pipeline.decide(now, Coverage(**{"known_until": now, **coverage}))  # type: ignore[arg-type]

    def running_from(self, now: datetime) -> Watch:
        """The first read is behind it."""
        self.decide(now)
        return self


@pytest.fixture
def watch(tmp_path: Path) -> Iterable[Watch]:
    made = Watch(tmp_path)
    yield made
    made.store.close()


# -- the first read


def test_the_first_read_tells_one_summary_and_what_is_open_and_a_second_decision_nothing(watch: Watch) -> None:
    now = LAST + 9 * DAY
    watch.record("escrow_funded", LAST - DAY)
    watch.take(now, a_mail(comment(), LAST))
    first = watch.decide(now)
    assert sorted(kinds(first)) == ["reminder_available", "summary"]
    assert [a.project for a in first if a.kind == "summary"] == [None]
    assert watch.decide(now) == []
    assert watch.decide(now + HOUR) == []


def test_the_first_read_tells_running_musts_as_deadline_against(watch: Watch) -> None:
    now = LAST + 2 * DAY
    watch.take(now, a_mail(REMINDED, LAST))
    first = watch.decide(now)
    assert sorted(kinds(first)) == ["deadline_against", "summary"]
    (must,) = [a for a in first if a.kind == "deadline_against"]
    assert must.urgent and must.due_at == jst("2026-03-09 00:00")


def test_the_first_read_tells_nothing_of_the_past(watch: Watch) -> None:
    now = LAST + 60 * DAY
    watch.take(
        now,
        a_mail(comment(), LAST - 20 * DAY),
        a_mail(REMINDED, LAST - 10 * DAY),
        a_mail("返金に関するご連絡", LAST),
        a_mail("[ランサーズ] 振込報酬額確定のお知らせ", LAST, project=None),
        a_mail(PAID, LAST),
    )
    assert kinds(watch.decide(now)) == ["summary"]
    assert watch.decide(now + 30 * DAY + SECOND) != []  # a long stop: another summary, and still nothing of the past
    assert kinds(row.alert for row in watch.store.alerts()) == ["summary", "summary"]


def test_before_a_complete_read_nothing_but_musts_is_decided(watch: Watch) -> None:
    now = LAST + 2 * DAY
    watch.take(now, a_mail(REMINDED, LAST), a_mail(comment(), LAST - 30 * DAY))
    watch.record("escrow_funded", now)
    assert kinds(watch.decide(now, known_until=None)) == ["deadline_against"]
    assert kinds(watch.decide(now + HOUR)) == ["summary"]


def test_an_empty_mailbox_has_a_summary_too(watch: Watch) -> None:
    (alert,) = watch.decide(LAST)
    assert (alert.kind, alert.project) == ("summary", None)


def test_what_comes_after_the_first_read_is_told(watch: Watch) -> None:
    watch.running_from(LAST)
    watch.take(LAST + HOUR, a_mail(PAID, LAST + HOUR))
    assert kinds(watch.decide(LAST + HOUR)) == ["payment_confirmed"]


# -- a stop


@pytest.mark.parametrize(("stop", "summaries"), [(2 * DAY, 0), (2 * DAY + SECOND, 1)])
def test_a_stop_of_more_than_two_days_ends_with_a_summary(watch: Watch, stop: timedelta, summaries: int) -> None:
    watch.running_from(LAST)
    assert kinds(watch.decide(LAST + stop)).count("summary") == summaries


def test_after_a_long_stop_what_is_over_is_not_told_and_what_is_open_is(watch: Watch) -> None:
    watch.running_from(LAST - DAY)
    watch.record("escrow_funded", LAST - DAY)
    watch.take(LAST, a_mail(comment(), LAST))
    now = LAST + 9 * DAY
    assert watch.pipeline.starting(now)
    watch.take(now, a_mail("返金に関するご連絡", now - DAY))
    assert sorted(kinds(watch.decide(now))) == ["reminder_available", "summary"]


# -- dormant


def test_a_project_without_any_event_for_90_days_sleeps_until_a_new_mail(watch: Watch) -> None:
    now = LAST + 90 * DAY
    watch.take(now, a_mail(comment(), LAST))
    (summary,) = watch.decide(now)
    assert "動きのない案件" in summary.body and PROJECT in summary.body
    for days in range(1, 20):
        assert watch.decide(now + days * DAY) == []
    woken = now + 20 * DAY
    watch.take(woken, a_mail(comment(), woken))
    for hours in range(8 * 24):
        assert watch.decide(woken + hours * HOUR) == [] or hours == 168


def test_a_project_of_89_days_is_awake(watch: Watch) -> None:
    now = LAST + 90 * DAY - SECOND
    watch.take(now, a_mail(comment(), LAST))
    assert sorted(kinds(watch.decide(now))) == ["reminder_available", "summary"]


def test_a_recorded_fact_wakes_a_dormant_project_and_its_open_window_is_told(watch: Watch) -> None:
    now = LAST + 100 * DAY
    watch.take(now, a_mail(comment(), LAST))
    assert kinds(watch.decide(now)) == ["summary"]
    watch.record("delivered", now + HOUR)
    assert kinds(watch.decide(now + HOUR)) == ["reminder_available"]


# -- blind or unread


def test_silence_is_held_while_not_read_so_far_and_told_when_it_is(watch: Watch) -> None:
    watch.running_from(LAST - DAY)
    watch.record("escrow_funded", LAST - DAY)
    watch.take(LAST, a_mail(comment(), LAST))
    due = LAST + 3 * DAY
    for hours in range(0, 72, 24):
        watch.decide(LAST + hours * HOUR)
    assert watch.decide(due, known_until=due - SECOND) == []
    assert watch.decide(due + HOUR, known_until=due + HOUR, blind=True) == []
    assert kinds(watch.decide(due + 2 * HOUR, known_until=due)) == ["silence"]


def test_musts_are_told_while_blind_and_unread(watch: Watch) -> None:
    watch.running_from(LAST)
    watch.take(LAST + HOUR, a_mail(REMINDED, LAST + HOUR))
    assert kinds(watch.decide(LAST + HOUR, known_until=LAST - DAY, blind=True)) == ["reminder_received"]
    half = LAST + HOUR + (jst("2026-03-09 00:00") - LAST - HOUR) / 2
    for hours in range(1, 48):
        watch.decide(LAST + hours * HOUR, blind=True)
    assert kinds(watch.decide(half, known_until=None)) == ["deadline_against"]


def test_contact_that_is_found_late_withdraws_the_alert_in_words(watch: Watch) -> None:
    watch.running_from(LAST - DAY)
    watch.record("escrow_funded", LAST - DAY)
    watch.take(LAST, a_mail(comment(), LAST))
    told = [a for hours in range(0, 80, 24) for a in watch.decide(LAST + hours * HOUR)]
    assert kinds(told) == ["silence"]
    watch.take(LAST + 4 * DAY, a_mail(comment(), LAST + 2 * DAY))
    (alert,) = watch.decide(LAST + 4 * DAY)
    assert alert.kind == "client_replied"
    assert "取り消します" in alert.body


def test_a_hole_is_told_by_the_alert_that_rests_on_it_and_by_no_other(watch: Watch) -> None:
    watch.running_from(LAST - DAY)
    watch.record("escrow_funded", LAST - DAY)
    watch.take(LAST, a_mail(comment(), LAST))
    before, within = Gap(LAST - DAY, LAST - HOUR, 3), Gap(LAST + HOUR, LAST + 2 * HOUR, 2)
    watch.decide(LAST + 2 * DAY)
    (holed,) = watch.decide(LAST + 3 * DAY, gaps=(before, within))
    assert holed.proof == "holed"
    assert "2通" in holed.body
    watch.decide(LAST + 4 * DAY)
    (complete,) = watch.decide(LAST + 5 * DAY, gaps=(before,))
    assert complete.proof == "complete"


def test_a_response_deadline_that_is_decided_late_tells_the_state_of_its_own_instant(watch: Watch) -> None:
    watch.running_from(LAST)
    watch.record("escrow_funded", LAST)
    watch.record("reminder_filed", LAST)
    for days in range(1, 7):
        watch.decide(LAST + days * DAY)
    watch.record("completion_reported", LAST + SILENT + HOUR)
    (alert,) = watch.decide(LAST + SILENT + 2 * HOUR)
    assert (alert.kind, alert.outcome) == ("reminder_deadline", "refunded")


# -- quiet hours


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-02 21:59:59", "2026-03-02 21:59:59"),
        ("2026-03-02 22:00", "2026-03-03 07:00"),
        ("2026-03-03 00:30", "2026-03-03 07:00"),
        ("2026-03-03 06:59:59", "2026-03-03 07:00"),
        ("2026-03-03 07:00", "2026-03-03 07:00"),
    ],
)
def test_quiet_hours_end_when_they_end(now: str, due: str) -> None:
    assert after_quiet_hours(jst(now), (time(22), time(7)), TOKYO) == jst(due)


def test_quiet_hours_within_a_day_and_over_a_change_of_the_clock() -> None:
    assert after_quiet_hours(jst("2026-03-02 13:00"), (time(12), time(14)), TOKYO) == jst("2026-03-02 14:00")
    night = datetime(2026, 3, 7, 23, 0, tzinfo=NEW_YORK)
    woken = after_quiet_hours(night, (time(22), time(7)), NEW_YORK)
    assert woken.astimezone(UTC) == datetime(2026, 3, 8, 11, 0, tzinfo=UTC)
    assert after_quiet_hours(night, None, NEW_YORK) == night


def test_quiet_hours_hold_what_is_not_urgent_and_nothing_else(tmp_path: Path) -> None:
    watch = Watch(tmp_path, quiet_hours=(time(22), time(7))).running_from(jst("2026-03-02 20:00"))
    night = jst("2026-03-02 23:00")
    watch.take(night, a_mail(REMINDED, night), a_mail(PAID, night, project="99"))
    watch.decide(night)
    due = {d.alert.kind for d in watch.store.due_deliveries(night, 10)}
    assert due == {"summary", "reminder_received"}  # the summary was decided before the night
    assert len(watch.store.due_deliveries(jst("2026-03-03 07:00") - SECOND, 10)) == 2
    assert len(watch.store.due_deliveries(jst("2026-03-03 07:00"), 10)) == 3


# -- repeats


def told_over(watch: Watch, begin: datetime, days: int) -> list[tuple[str, datetime]]:
    return [(a.kind, a.at) for n in range(days * 4) for a in watch.decide(begin + n * 6 * HOUR)]


def repeating(folder: Path) -> Watch:
    watch = Watch(folder, habits=Habits(silence=(), repeat={"reminder_available": 3 * DAY})).running_from(LAST - DAY)
    watch.record("escrow_funded", LAST - DAY)
    watch.take(LAST, a_mail(comment(), LAST))
    return watch


def test_a_repeat_comes_three_times_at_most(tmp_path: Path) -> None:
    opened = LAST + SILENT
    found = told_over(repeating(tmp_path), LAST, 40)
    assert found == [("reminder_available", opened + n * 3 * DAY) for n in range(4)]


def test_acknowledging_ends_the_repeats(tmp_path: Path) -> None:
    watch = repeating(tmp_path)
    told_over(watch, LAST, 11)
    (_, first, second) = watch.store.alerts()
    assert second.alert.key.startswith(first.alert.key)
    assert watch.store.acknowledge(second.alert.key, LAST + 11 * DAY)
    assert told_over(watch, LAST + 11 * DAY, 20) == []


def test_recording_the_filing_ends_the_repeats(tmp_path: Path) -> None:
    watch = repeating(tmp_path)
    watch.record("completion_reported", LAST)
    told_over(watch, LAST, 8)
    watch.record("reminder_filed", LAST + 8 * DAY)
    assert [kind for kind, _ in told_over(watch, LAST + 8 * DAY, 20)] == ["reminder_deadline", "result_overdue"]


# -- imports, keys, recipients


def test_imported_history_raises_no_alert_for_the_past_and_an_open_window_is_told(watch: Watch) -> None:
    watch.running_from(LAST + 20 * DAY)
    now = LAST + 20 * DAY + HOUR
    watch.take(now, a_mail(comment(), LAST), a_mail(PAID, LAST + DAY, project="77"), history=True)
    watch.pipeline.settle_history(now)
    assert kinds(watch.decide(now)) == ["reminder_available"]
    assert watch.decide(now + DAY) == []


def test_importing_twice_adds_nothing(watch: Watch) -> None:
    watch.running_from(LAST)
    mails = [a_mail(comment(), LAST), a_mail(PAID, LAST, project="77")]
    assert watch.pipeline.take(mails, LAST, history=True) == 2
    assert watch.pipeline.take(mails, LAST, history=True) == 0


def test_a_title_that_is_joined_with_its_id_later_repeats_no_alert(watch: Watch) -> None:
    watch.running_from(LAST - DAY)
    watch.take(LAST, a_mail(comment(), LAST, project=None))
    for days in range(1, 8):
        watch.decide(LAST + days * DAY)
    assert kinds(r.alert for r in watch.store.alerts()) == ["summary", "reminder_available"]
    now = LAST + 8 * DAY
    watch.take(now, a_mail("商品紹介記事の評価のお知らせ", now, project=None))
    watch.take(now, a_mail("[ランサーズ] 山田商店 さんが 商品紹介記事 にコメントしました", LAST - HOUR))
    assert [row.name for row in watch.store.projects()] == [PROJECT]
    assert watch.decide(now) == []


def test_a_kind_that_a_target_does_not_want_is_not_queued_for_it(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    watch.pipeline.policy = Policy(known=KNOWN, recipients=(PHONE, Recipient("desk", frozenset({"summary"}))))
    watch.running_from(LAST)
    watch.take(LAST + HOUR, a_mail(PAID, LAST + HOUR))
    watch.decide(LAST + HOUR)
    rows = {row.alert.kind: {d.target for d in row.deliveries} for row in watch.store.alerts()}
    assert rows == {"summary": {"phone", "desk"}, "payment_confirmed": {"phone"}}


def test_a_withdrawn_fact_is_as_if_it_had_never_been(watch: Watch) -> None:
    watch.running_from(LAST)
    watch.record("escrow_funded", LAST)
    number = watch.record("completion_reported", LAST)
    assert watch.pipeline.withdraw(number, LAST) is not None
    assert watch.pipeline.withdraw(number, LAST) is None
    (row,) = watch.store.projects()
    assert watch.pipeline.situation(row, LAST).project.state == "in_progress"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_deciding_in_any_zone_is_the_same(tmp_path: Path, zone: str) -> None:
    watch = Watch(tmp_path).running_from(LAST)
    local = ZoneInfo(zone)
    watch.take(LAST + HOUR, a_mail(REMINDED, LAST + HOUR))
    told = [(a.kind, a.at) for n in range(100) for a in watch.decide((LAST + HOUR + n * HOUR).astimezone(local))]
    assert [kind for kind, _ in told] == ["reminder_received", "deadline_against"]
