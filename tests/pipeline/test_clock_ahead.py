"""A clock that ran ahead and was set right: what it told is not told again in a lesser form, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch.alerts.compose import Gap
from inboxwatch.alerts.decide import Habits
from inboxwatch.alerts.model import Alert
from tests.pipeline.story import DAY, HOUR, SECOND, a_mail, comment, kinds
from tests.pipeline.test_deciding import LAST, Watch


@pytest.fixture
def watch(tmp_path: Path) -> Iterable[Watch]:
    made = Watch(tmp_path, habits=Habits(repeat={"reminder_available": DAY}))
    made.running_from(LAST - DAY)
    made.record("escrow_funded", LAST - DAY)
    made.take(LAST, a_mail(comment(), LAST))
    yield made
    made.store.close()


def days_pass(watch: Watch, first: datetime, last: datetime, **coverage: object) -> list[Alert]:
    """Decide each day, and at the last instant."""
    told = []
    while first < last:
        told += watch.decide(first, **coverage)
        first += DAY
    return told + watch.decide(last, **coverage)


def test_what_was_held_while_the_clock_ran_ahead_is_told_when_it_is_right_again(watch: Watch) -> None:
    # By the clock that is ahead the second nudge hides the first; both wait, for a mailbox cannot be read.
    assert days_pass(watch, LAST, LAST + 5 * DAY + HOUR, blind=True) == []
    right = LAST + 4 * DAY
    watch.decide(right, blind=True)
    (nudge,) = watch.decide(right + HOUR)
    assert nudge.kind == "silence" and nudge.key.endswith("/3d")
    (second,) = days_pass(watch, right + HOUR, LAST + 5 * DAY)
    assert second.key.endswith("/5d")


def test_a_shorter_silence_is_no_news_after_a_longer_one(watch: Watch) -> None:
    days_pass(watch, LAST, LAST + 2 * DAY)
    days_pass(watch, LAST + 2 * DAY, LAST + 4 * DAY, blind=True)
    (nudge,) = watch.decide(LAST + 5 * DAY + HOUR)
    assert nudge.key.endswith("/5d")
    right = LAST + 4 * DAY
    assert watch.decide(right) == []
    watch.record("delivered", right + HOUR)  # whatever makes it look again
    assert watch.decide(right + HOUR) == []


def test_an_earlier_repeat_is_not_made_up_for_after_a_later_one(watch: Watch) -> None:
    opened = LAST + 7 * DAY
    told = days_pass(watch, LAST, opened + DAY - HOUR)
    assert kinds(told) == ["silence", "silence", "reminder_available"]
    (second,) = watch.decide(opened + 2 * DAY)
    assert second.key.endswith("/repeat2")
    right = opened + DAY + HOUR
    assert watch.decide(right) == []
    watch.record("delivered", right + HOUR)
    assert watch.decide(right + HOUR) == []
    (third,) = days_pass(watch, right + HOUR, opened + 3 * DAY)
    assert third.key.endswith("/repeat3")


def test_a_nudge_is_proved_from_the_last_contact_on_even_if_its_request_was_reckoned_anew_since(watch: Watch) -> None:
    days_pass(watch, LAST, LAST + DAY)
    watch.record("escrow_funded", LAST + DAY)
    lost = Gap(LAST + HOUR, LAST + HOUR + timedelta(minutes=1), 1)
    assert days_pass(watch, LAST + DAY, LAST + 3 * DAY - SECOND) == []
    (nudge,) = watch.decide(LAST + 3 * DAY, gaps=(lost,))
    assert nudge.proof == "holed"
