"""History that comes beside the watch mutes its own past, and nothing that was waiting to be told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from inboxwatch.alerts.coverage import Coverage
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.platforms.load import load_profiles
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.reading import Fact
from inboxwatch.wording.say import Wording

FILED = datetime(2026, 6, 1, 1, tzinfo=UTC)
DUE = FILED + timedelta(hours=168)
LATER = DUE + timedelta(hours=6)


def _pipeline() -> Pipeline:
    """A project that is filed and whose completion is reported; decided until shortly before the deadline."""
    profiles = load_profiles([], None, lambda name: True)
    pipeline = Pipeline(Store.in_memory(), profiles, Policy(), Wording("en", ZoneInfo("Asia/Tokyo")))
    pipeline.decide(FILED, Coverage(FILED))
    for kind in ("escrow_funded", "completion_reported", "reminder_filed"):
        pipeline.record(Fact(0, "lancers/5545030", kind, FILED, FILED, by="me"), FILED)
    for hours in range(0, 168, 24):
        now = FILED + timedelta(hours=hours)
        pipeline.decide(now, Coverage(now))
    return pipeline


def test_what_fell_due_before_history_was_taken_is_told_after_it() -> None:
    pipeline = _pipeline()
    pipeline.begin_history(LATER)
    pipeline.settle_history(LATER)
    assert [alert.kind for alert in pipeline.decide(LATER, Coverage(LATER))] == ["reminder_deadline"]


def test_what_history_itself_shows_to_be_past_is_not_told() -> None:
    pipeline = _pipeline()
    pipeline.begin_history(LATER)
    old = FILED - timedelta(days=30)
    for kind in ("escrow_funded", "completion_reported", "reminder_filed"):
        pipeline.record(Fact(0, "lancers/7000001", kind, old, old, by="me"), LATER)
    pipeline.settle_history(LATER)
    assert {alert.project for alert in pipeline.decide(LATER, Coverage(LATER))} == {"lancers/5545030"}


def test_a_batch_that_is_settled_is_not_told_before_the_next_one_comes() -> None:
    """A daemon decides between the batches of a long import, and perhaps there is no next one."""
    pipeline = _pipeline()
    old = FILED - timedelta(days=30)
    with pytest.raises(KeyboardInterrupt), pipeline.history(LATER):
        for kind in ("escrow_funded", "completion_reported", "reminder_filed"):
            pipeline.record(Fact(0, "lancers/7000001", kind, old, old, by="me"), LATER)
        pipeline.settle_history(LATER, more=True)
        assert {alert.project for alert in pipeline.decide(LATER, Coverage(LATER))} == {"lancers/5545030"}
        raise KeyboardInterrupt


def test_history_that_was_broken_off_leaves_nothing_behind_for_the_next() -> None:
    pipeline = _pipeline()
    with pytest.raises(KeyboardInterrupt), pipeline.history(FILED + timedelta(days=6)):
        raise KeyboardInterrupt
    pipeline.begin_history(LATER)  # what is due by now counts, and not what was due then
    pipeline.settle_history(LATER)
    assert [alert.kind for alert in pipeline.decide(LATER, Coverage(LATER))] == ["reminder_deadline"]
