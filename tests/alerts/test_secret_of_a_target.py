"""A target whose URL cannot be had: nothing was sent, and the reason says what would help."""

from __future__ import annotations

from pathlib import Path

import pytest

from inboxwatch.alerts.targets import DeliveryFailed
from inboxwatch.app import App
from inboxwatch.config import load
from tests.alerts.samples import an_alert


def test_a_missing_secret_is_a_failed_delivery_that_says_which_file_to_create(tmp_path: Path) -> None:
    missing = tmp_path / "url"
    configured = tmp_path / "config.yaml"
    configured.write_text(f"alerts:\n  targets:\n    - url: {{file: {missing}}}\n", encoding="utf-8")
    configured.chmod(0o600)
    app = App.of(load(configured), {"STATE_DIRECTORY": str(tmp_path)})
    with pytest.raises(DeliveryFailed) as failed:
        next(iter(app.targets().values())).deliver(an_alert(), 5.0)
    assert not failed.value.maybe
    assert f"there is no file {missing}; create it" in failed.value.reason
