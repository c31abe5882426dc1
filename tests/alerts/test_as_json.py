"""The alert as the object that CONTRACT describes."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from inboxwatch.alerts.as_json import alert_as_json
from tests.alerts.samples import TOKYO, an_alert

CONTRACT_KEYS = ["key", "at", "kind", "project", "urgent", "maybe_repeat", "title", "body"]
CONTRACT_KEYS += ["outcome", "proof", "trust", "evidence", "due_at"]


def test_an_alert_has_exactly_the_keys_of_the_contract_and_its_url() -> None:
    assert list(alert_as_json(an_alert(), TOKYO)) == [*CONTRACT_KEYS, "url"]


def test_instants_carry_the_offset_of_the_users_zone() -> None:
    read = alert_as_json(an_alert(), TOKYO)
    assert read["at"] == "2026-11-09T12:30:00+09:00"
    assert read["due_at"] == "2026-11-17T00:00:00+09:00"
    assert alert_as_json(an_alert(), ZoneInfo("Europe/Berlin"))["at"] == "2026-11-09T04:30:00+01:00"


def test_absent_values_are_null_and_evidence_is_a_list() -> None:
    read = alert_as_json(
        an_alert(project=None, outcome=None, proof=None, trust=None, due_at=None, url=None, evidence=()), TOKYO
    )
    assert [key for key, value in read.items() if value is None] == [
        "project",
        "outcome",
        "proof",
        "trust",
        "due_at",
        "url",
    ]
    assert read["evidence"] == []


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        alert_as_json(an_alert(due_at=datetime(2026, 11, 9)), TOKYO)  # noqa: DTZ001
