"""`alerts`: what was sent, and what is done about one of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from inboxwatch.alerts.model import Alert
from inboxwatch.store.sqlite import Store
from tests.cli.support import Commands, write_config

_AT = datetime(2026, 6, 4, 1, tzinfo=UTC)


def _alert(key: str, kind: str = "silence") -> Alert:
    return Alert(key, _AT, kind, "lancers/1", False, "3日連絡なし", "本文", evidence=("<a@example.net>",), due_at=_AT)


@pytest.fixture
def sent(tmp_path: Path, commands: Commands) -> Commands:
    """Two alerts, one of them delivered and one that failed for good."""
    store = Store.open(tmp_path / "state")
    for key in ("lancers/1/silence/a/3d", "lancers/1/silence/a/5d"):
        store.add_alert(_alert(key), {"journal": _AT})
    first, second = store.due_deliveries(_AT, 10)
    for delivery in (first, second):
        store.attempting(delivery, _AT)
    store.delivered(first, _AT)
    store.failed(second, _AT, "nobody was there", None)
    store.close()
    return commands


def test_each_alert_is_a_line_with_its_deliveries(sent: Commands) -> None:
    lines = sent.lines("alerts")
    assert [line["key"] for line in lines] == ["lancers/1/silence/a/3d", "lancers/1/silence/a/5d"]
    assert lines[0].items() >= {
        "at": "2026-06-04T10:00:00+09:00", "kind": "silence", "project": "lancers/1", "urgent": False,
        "maybe_repeat": False, "title": "3日連絡なし", "body": "本文", "outcome": None, "proof": None, "trust": None,
        "evidence": ["<a@example.net>"], "due_at": "2026-06-04T10:00:00+09:00",
    }.items()  # fmt: skip
    at = "2026-06-04T10:00:00+09:00"
    assert lines[0]["deliveries"] == [{"target": "journal", "state": "sent", "attempts": 1, "at": at, "error": None}]
    assert lines[1]["deliveries"] == [
        {"target": "journal", "state": "dead", "attempts": 1, "at": at, "error": "nobody was there"}
    ]


def test_people_see_title_and_what_failed(sent: Commands) -> None:
    printed = sent("alerts")
    assert "3日連絡なし" in printed
    assert "nobody was there" in " ".join(printed.split())


def test_an_alert_is_acknowledged_by_its_key_or_a_beginning_that_fits_only_one(sent: Commands) -> None:
    sent("alerts", "ack", "lancers/1/silence/a/3")
    assert [line["acknowledged_at"] is not None for line in sent.lines("alerts")] == [True, False]


def test_a_beginning_that_fits_several_or_none_is_refused(sent: Commands) -> None:
    sent("alerts", "ack", "lancers/1", code=1)
    assert "lancers/1/silence/a/5d" in sent.err
    sent("alerts", "ack", "lancer/1/silence/a/5d", code=1)
    assert "did you mean 'lancers/1/silence/a/5d'" in sent.err


def test_resending_makes_it_wait_again_and_says_that_the_target_may_have_it(sent: Commands, tmp_path: Path) -> None:
    assert "journal" in sent("alerts", "resend", "lancers/1/silence/a/3d")
    assert [line["deliveries"][0]["state"] == "sent" for line in sent.lines("alerts")] == [False, False]
    store = Store.open(tmp_path / "state")
    (delivery,) = store.due_deliveries(datetime.now(UTC), 10)
    store.close()
    assert delivery.alert.maybe_repeat


def test_what_no_target_wants_is_not_sent_again(sent: Commands, tmp_path: Path) -> None:
    write_config(tmp_path, "alerts: {targets: [{journal: true, kinds: [payment_confirmed]}]}")
    sent("alerts", "resend", "lancers/1/silence/a/3d", code=1)
    assert "silence" in sent.err
