"""The outbox in the running daemon: targets that hang, fail for hours, are renamed; a disk that refuses; a restart."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from inboxwatch.store.database import FILE_NAME
from tests.servers.dovecot import Dovecot
from tests.servers.http_target import HttpTarget, http_target
from tests.service.house import House, account, comment, days, funded, now, paid, wait_until


def json_url(endpoint: HttpTarget, host: str = "127.0.0.1") -> str:
    return f"json://{host}:{endpoint.port}/"


def test_a_target_that_hangs_delays_no_other_by_more_than_a_few_seconds(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, comment(now() - days(1)))
    with http_target() as endpoint:
        endpoint.held = True
        house = House(tmp_path, [account(dovecot, user)], url=json_url(endpoint))
        with house.daemon():
            house.wait_for("summary")
            wait_until(lambda: len(endpoint.received) == 1)
            begun = time.monotonic()
            dovecot.append(user, paid(now()))
            house.wait_for("payment_confirmed", seconds=12)
            assert time.monotonic() - begun < 12
            assert len(endpoint.received) == 1, "the hanging target had come back: this proves nothing"
            endpoint.held = False
            endpoint.release.set()
            wait_until(lambda: len(endpoint.received) == 2)


def test_a_target_that_fails_for_hours_is_told_once_through_the_other(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, comment(now() - days(1)))
    with http_target() as endpoint:
        endpoint.statuses = [500]
        house = House(tmp_path, [account(dovecot, user)], url=json_url(endpoint))
        with house.daemon():
            house.wait_for("summary")
            wait_until(lambda: bool(endpoint.received))
        house.fail_the_url_target(times=7)
        with house.daemon():
            told = house.wait_for("undelivered")
        assert told["title"] == "Alerts do not arrive: json://127.0.0.1"
        assert "sent to json://127.0.0.1 have not arrived." in told["body"]
        assert "Internal server error" in told["body"]
        house.fail_the_url_target(times=9)
        endpoint.statuses = [500, 200]
        with house.daemon():
            wait_until(lambda: len(endpoint.received) == 3)
        assert house.kinds().count("undelivered") == 1
        assert "undelivered" not in [one.get("type") for one in endpoint.received]


def test_while_a_mailbox_is_blind_a_failing_target_is_no_news(tmp_path: Path, dovecot: Dovecot, user: str) -> None:
    from inboxwatch.service.undelivered import tell_undelivered
    from inboxwatch.store.model import WatchState

    house = House(tmp_path, [account(dovecot, user)], url="json://127.0.0.1:1/")
    store = house.store()
    pipeline = house.app().pipeline(store)
    store.save_watch(WatchState("main", None, now() - days(1), "no network"))
    assert not tell_undelivered(pipeline, "json://127.0.0.1", "no such host", now())
    store.save_watch(WatchState("main", now(), None, None))
    assert tell_undelivered(pipeline, "json://127.0.0.1", "no such host", now())
    assert not tell_undelivered(pipeline, "json://127.0.0.1", "no such host", now())
    assert [(one.alert.kind, one.target) for one in store.due_deliveries(now(), 9)] == [
        ("undelivered", str(tmp_path / "tell-me"))
    ]
    store.close()


def test_after_a_restart_what_was_put_off_is_tried_at_once(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, comment(now() - days(1)))
    with http_target() as endpoint:
        endpoint.statuses = [500, 200]
        house = House(tmp_path, [account(dovecot, user)], url=json_url(endpoint))
        with house.daemon():
            wait_until(lambda: len(endpoint.received) == 1)
            house.wait_for("summary")
        with house.daemon():
            wait_until(lambda: len(endpoint.received) == 2, 20)  # its delay alone would have been 48 s at least
        assert house.kinds() == ["summary"], "the other target was told again"


def test_a_target_whose_address_is_mended_gets_what_it_missed_and_no_other_gets_it_twice(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, funded(now() - days(20)), comment(now() - days(8)))
    house = House(tmp_path, [account(dovecot, user)], url="json://127.0.0.1:1/")
    with house.daemon():
        house.wait_for("reminder_available")
    with http_target() as endpoint:
        house = House(tmp_path, [account(dovecot, user)], url=json_url(endpoint, "localhost"))
        with house.daemon():
            wait_until(lambda: len(endpoint.received) == 2)
    assert house.kinds() == ["summary", "reminder_available"]
    store = house.store()
    rows = {(row.alert.kind, one.target): one.state for row in store.alerts() for one in row.deliveries}
    store.close()
    assert len(rows) == 6
    assert rows["summary", "json://localhost"] == "sent"
    assert rows["summary", "json://127.0.0.1"] in ("dead", "maybe_sent")


def test_a_target_that_is_added_gets_nothing_old(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, comment(now() - days(1)))
    house = House(tmp_path, [account(dovecot, user)])
    with house.daemon():
        house.wait_for("summary")
    with http_target() as endpoint:
        house = House(tmp_path, [account(dovecot, user)], url=json_url(endpoint))
        with house.daemon():
            dovecot.append(user, paid(now()))
            house.wait_for("payment_confirmed")
            wait_until(lambda: bool(endpoint.received))
        assert len(endpoint.received) == 1


def test_a_success_that_a_busy_database_would_not_take_is_noted_later_and_not_sent_again(
    dovecot: Dovecot, user: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inboxwatch.store.database._BUSY_SECONDS", 0.2)
    monkeypatch.setattr("inboxwatch.service.sending._AFTER_A_FAULT", 0.2)
    dovecot.append(user, comment(now() - days(1)))
    with http_target() as endpoint:
        endpoint.held = True
        house = House(tmp_path, [account(dovecot, user)], url=json_url(endpoint))
        with house.daemon():
            wait_until(lambda: bool(endpoint.received))
            house.wait_for("summary")
            other = sqlite3.connect(tmp_path / "state" / FILE_NAME, isolation_level=None, timeout=5)
            other.execute("BEGIN IMMEDIATE")
            endpoint.held = False
            endpoint.release.set()
            time.sleep(2.0)  # the database has to be busy for a while; what fails meanwhile cannot be seen from here
            other.execute("ROLLBACK")
            other.close()
            wait_until(lambda: _states(house) == {"sent"})
        assert len(endpoint.received) == 1


def _states(house: House) -> set[str]:
    store = house.store()
    try:
        return {one.state for row in store.alerts() for one in row.deliveries}
    finally:
        store.close()
