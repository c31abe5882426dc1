"""Sends one test alert to one target, for `check --send-test`."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.sending_words import TEST_BODY, TEST_TITLE, Language
from inboxwatch.alerts.targets import Target


def send_test(target: Target, zone: ZoneInfo, language: Language, *, now: datetime, seconds: float = 30.0) -> None:
    """Send a harmless alert to `target`, whatever kinds it wants, naming `now` in `zone`.

    Raises DeliveryFailed when the target did not take it within `seconds`.
    """
    at = now.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    alert = Alert(
        key=f"test {now.isoformat()}",
        at=now,
        kind="summary",
        project=None,
        urgent=False,
        title=TEST_TITLE[language],
        body=TEST_BODY[language].format(at=f"{at} {zone.key}"),
    )
    target.deliver(alert, seconds)
