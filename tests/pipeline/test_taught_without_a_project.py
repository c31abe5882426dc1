"""What a mail is understood to say only now, and no project can be found for: of the past nothing is told."""

from __future__ import annotations

from datetime import datetime

import pytest

from inboxwatch.alerts.coverage import Coverage
from inboxwatch.mail.model import RawMail
from inboxwatch.pipeline import Pipeline
from inboxwatch.store.sqlite import Store
from tests.pipeline.story import DAY, HOUR, a_mail, comment, kinds
from tests.pipeline.test_rebuilding import AT, UNKNOWN, a_pipeline, decided, rebuilt, taught

#: Two projects, so that a mail that names neither belongs to none.
TWO = (a_mail(comment(), AT), a_mail(comment("白雲工房", "旅行記事"), AT + HOUR, project="5545031"))
PAST = ["payment_confirmed", "cancelled", "reminder_received", "cancel_requested", "refund_requested", "dispute_opened"]
PAST += ["expiry_notice", "payout_fixed"]


def unknown(at: datetime) -> RawMail:
    return a_mail(UNKNOWN, at, project=None)


def watched(*mails: RawMail, waits: bool) -> Pipeline:
    """Two projects, and mails of an unknown template: told as such already, or still waiting for the morning."""
    pipeline = a_pipeline(Store.in_memory())
    pipeline.decide(AT - HOUR, Coverage(AT - HOUR))
    pipeline.take(TWO, AT + HOUR)
    pipeline.decide(AT + HOUR, Coverage(AT + HOUR))
    taken_at = AT + 20 * DAY
    pipeline.awake(taken_at)
    pipeline.take(mails, taken_at)
    if not waits:
        decided(pipeline, taken_at, taken_at + DAY)
    return pipeline


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("kind", PAST)
def test_what_is_past_stays_in_review(kind: str, waits: bool) -> None:
    pipeline = watched(unknown(AT + 2 * DAY), unknown(AT + 9 * DAY), waits=waits)
    now = AT + 21 * DAY + 2 * HOUR
    wiser, changes = rebuilt(pipeline, taught((UNKNOWN, kind)), now)
    assert [one.projects_after for one in changes] == [(), ()]
    told = decided(wiser, now, now + 2 * DAY)
    assert [alert for alert in told if alert.project is None] == []
    if kind != "payout_fixed":
        assert len(wiser.timeline().unplaced) == 2


@pytest.mark.parametrize("waits", [True, False])
def test_only_what_she_can_still_answer_is_told_and_once(waits: bool) -> None:
    pipeline = watched(unknown(AT + 2 * DAY), unknown(AT + 19 * DAY), waits=waits)
    now = AT + 21 * DAY + 2 * HOUR
    wiser, _ = rebuilt(pipeline, taught((UNKNOWN, "reminder_received")), now)
    told = [alert for alert in decided(wiser, now, now + 2 * DAY) if alert.project is None]
    assert kinds(told) == ["reminder_received"]
    assert told[0].due_at is not None and told[0].due_at > now
    again, _ = rebuilt(wiser, taught((UNKNOWN, "noise")), now + 2 * DAY)
    back, _ = rebuilt(again, taught((UNKNOWN, "reminder_received")), now + 2 * DAY)
    assert [one for one in decided(back, now + 2 * DAY, now + 3 * DAY) if one.kind == "reminder_received"] == []


def test_what_waited_to_be_told_as_what_it_is_waits_still() -> None:
    """It came a moment ago, and the rules that were read again do not concern it."""
    pipeline = watched(waits=True)
    now = AT + 20 * DAY
    paid = a_mail("連絡期限経過による支払い確定及びプロジェクト完了通知", now - HOUR, project=None)
    pipeline.take([paid], now)
    wiser, _ = rebuilt(pipeline, taught((UNKNOWN, "noise")), now)
    assert kinds(decided(wiser, now, now + HOUR)).count("payment_confirmed") == 1
