"""The demo's story, once played from files and once lived through on a real Dovecot: the same alerts, once each."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch import demo
from inboxwatch.__main__ import main
from inboxwatch.app import App
from inboxwatch.commands.notes import parse_notes
from inboxwatch.config import default
from inboxwatch.facts import as_fact
from inboxwatch.mail.model import RawMail
from inboxwatch.mail.parse import parse
from inboxwatch.store.sqlite import Store
from tests.servers.dovecot import Dovecot
from tests.servers.http_target import http_target
from tests.service.house import House, account

FOLDER = Path(demo.__file__).parent
MAILS = [(parse(RawMail(f.read_bytes(), datetime.now(UTC))).sent_at, f.read_bytes()) for f in FOLDER.glob("*.eml")]
NOTES = parse_notes((FOLDER / "notes.yaml").read_text(), "notes.yaml", default().zone, ["lancers"])


def test_the_story_gives_the_same_alerts_on_a_real_server_as_in_the_demo(
    dovecot: Dovecot, user: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--json"]) == 0
    played = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    with http_target() as endpoint:
        house = House(tmp_path, [account(dovecot, user)], url=f"json://127.0.0.1:{endpoint.port}/")
        flags = _live_through(house, dovecot, user, [datetime.fromisoformat(alert["at"]) for alert in played])
        told = [alert for alert in house.alerts() if alert["kind"] != "summary"]
        posted = len(endpoint.received)
    assert [(a["key"], a["at"], a["outcome"]) for a in told] == [(a["key"], a["at"], a["outcome"]) for a in played]
    assert house.kinds().count("summary") == 1
    assert posted == len(told) + 1
    assert set(flags.values()) <= {(), (b"\\Recent",)}, "a flag was set"


def _live_through(house: House, dovecot: Dovecot, user: str, alerts: list[datetime]) -> dict[int, tuple[bytes, ...]]:
    """A round of `run --once` a day, at each mail and note, and at each instant of an alert, by the story's clock."""
    arrivals = dict(sorted(MAILS))
    notes = {note.at.astimezone(UTC): note for note in NOTES}
    first, last = min(arrivals) - timedelta(hours=1), max(*arrivals, *alerts)
    daily = {first + timedelta(days=n) for n in range((last - first).days + 2)}
    for at in sorted({*daily, *arrivals, *notes, *alerts}):
        if at in arrivals:
            dovecot.append(user, arrivals[at], when=at)
        if at in notes:
            _record(house, notes[at].stated, at)
        assert house.once(lambda at=at: at) == ()  # type: ignore[misc]
    assert house.once(lambda: last + timedelta(hours=1)) == ()
    return dovecot.flags(user)


def _record(house: House, stated: object, at: datetime) -> None:
    app = App.of(house.app().config, os.environ)
    store = Store.open(house.folder / "state")
    fact = as_fact(stated, at, app.config.zone, store.projects(), ["lancers"])  # type: ignore[arg-type]
    app.pipeline(store).record(fact, at)
    store.close()
