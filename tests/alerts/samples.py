"""One invented alert for the tests of delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from inboxwatch.alerts.model import Alert

TOKYO = ZoneInfo("Asia/Tokyo")
AT = datetime(2026, 11, 9, 3, 30, tzinfo=UTC)

_ALERT = Alert(
    key="lancers/5545030 reminder_available c1 refunded",
    at=AT,
    kind="reminder_available",
    project="lancers/5545030",
    urgent=False,
    title="まだ申請しないでください: 連絡催促申請",
    body="山田花子さんから 7 日間連絡がありません。\n完了報告をしてから申請してください。",
    outcome="refunded",
    proof="complete",
    trust="verified",
    evidence=("<contact-1@platform.example>",),
    due_at=datetime(2026, 11, 16, 15, 0, tzinfo=UTC),
    url="https://www.lancers.jp/work/detail/5545030",
)


def an_alert(**changes: Any) -> Alert:
    return replace(_ALERT, **changes)
