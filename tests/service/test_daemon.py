"""`run`: the daemon on a real Dovecot, with IDLE and without, through breaks of the server and of the line."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch.mailbox.errors import Unreachable
from inboxwatch.service.daemon import serve
from inboxwatch.service.lock import LockError
from inboxwatch.service.watcher import Watcher
from inboxwatch.store.model import StoreError
from inboxwatch.store.sqlite import Store
from tests.servers.dovecot import Dovecot
from tests.servers.http_target import http_target
from tests.servers.proxy import Proxy
from tests.service.house import House, account, comment, days, funded, now, paid


@pytest.mark.parametrize("idle", [True, False])
def test_a_mail_that_arrives_is_told_once_to_each_target(
    dovecot: Dovecot, user: str, tmp_path: Path, idle: bool
) -> None:
    dovecot.append(user, comment(now() - days(1)))
    with http_target() as endpoint:
        url = f"json://127.0.0.1:{endpoint.port}/"
        # With IDLE the poll is too rare to have brought it in time.
        house = House(tmp_path, [account(dovecot, user, idle=idle, poll="10m" if idle else "5s")], url=url)
        with house.daemon():
            house.wait_for("summary")
            dovecot.append(user, paid(now()))
            alert = house.wait_for("payment_confirmed")
            _until(lambda: len(endpoint.received) == 2)
        assert alert["evidence"][0].startswith("<")
        assert house.kinds() == ["summary", "payment_confirmed"]


def test_the_window_is_told_when_168_hours_have_passed_and_not_before(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    contact_at = (now() - timedelta(hours=168) + timedelta(seconds=6)).replace(microsecond=0)
    dovecot.append(user, funded(contact_at - days(9)), comment(contact_at))
    house = House(tmp_path, [account(dovecot, user)])
    with house.daemon():
        house.wait_for("summary")
        assert house.kinds() == ["summary"]
        window = house.wait_for("reminder_available")
    assert window["due_at"] <= window["at"]
    assert window["outcome"] == "refunded"


def test_a_recorded_fact_is_noticed_and_changes_the_outcome(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, funded(now() - days(20)), comment(now() - days(8)))
    house = House(tmp_path, [account(dovecot, user)])
    with house.daemon():
        assert house.wait_for("reminder_available")["outcome"] == "refunded"
        _record(house, "completion_reported")
        assert house.wait_for("reminder_available", times=2)["outcome"] == "paid"


def test_a_killed_server_is_found_again_and_what_came_meanwhile_is_told(
    own_dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    own_dovecot.append(user, comment(now() - days(1)))
    house = House(tmp_path, [account(own_dovecot, user, poll="5s")])
    with house.daemon():
        house.wait_for("summary")
        own_dovecot.kill()
        own_dovecot.start()
        own_dovecot.append(user, paid(now()))
        house.wait_for("payment_confirmed", seconds=40)


def test_a_line_that_falls_silent_is_given_up_and_made_anew(
    dovecot: Dovecot, user: str, tmp_path: Path, make_proxy: Callable[[int], Proxy]
) -> None:
    proxy = make_proxy(dovecot.port)
    dovecot.append(user, comment(now() - days(1)))
    house = House(tmp_path, [account(dovecot, user, port=proxy.port, poll="5s")])
    with house.daemon():
        house.wait_for("summary")
        proxy.stall()
        dovecot.append(user, paid(now()))
        time.sleep(1.0)  # the fault has to last a while; nothing is awaited here
        proxy.heal()
        # A dead connection is found within poll + 30 s (CONTRACT).
        house.wait_for("payment_confirmed", seconds=50)


def test_a_refused_login_is_told_as_blind_at_the_second_time(
    dovecot: Dovecot, user: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inboxwatch.service.watcher.FIRST_DELAY_AFTER_REFUSAL", 0.5)
    house = House(tmp_path, [account(dovecot, user)])
    (tmp_path / "password").write_text("not the password\n")
    with house.daemon():
        alert = house.wait_for("watch_blind")
        (tmp_path / "password").write_text("secret\n")
        house.wait_for("watch_restored")
        house.wait_for("summary")
    assert "not the password" not in str(house.alerts())
    assert "main" in alert["title"]


def test_a_second_daemon_on_the_same_state_refuses_and_names_the_first(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    house = House(tmp_path, [account(dovecot, user)])
    with house.daemon():
        house.wait_for("summary")
        with pytest.raises(LockError, match=str(os.getpid())):
            serve(house.app, {})
        with pytest.raises(LockError):
            house.once()


def test_sigterm_ends_the_process_with_0_within_ten_seconds_in_the_middle_of_idle(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    house = House(tmp_path, [account(dovecot, user)])
    process = subprocess.Popen([sys.executable, "-m", "inboxwatch", "-c", str(house.file), "run"])
    try:
        house.wait_for("summary")
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - begun < 10
    finally:
        process.kill()
        process.wait()


def test_systemd_is_told_when_it_is_ready_and_what_it_has_read(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = House(tmp_path, [account(dovecot, user)])
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "3000000"}
        environment.pop("WATCHDOG_PID", None)
        process = subprocess.Popen([sys.executable, "-m", "inboxwatch", "-c", str(house.file), "run"], env=environment)
        try:
            heard: list[str] = []
            while not ("WATCHDOG=1" in heard and "READY=1" in heard and any("read up to" in line for line in heard)):
                heard += manager.recv(4096).decode().split("\n")
            process.terminate()
            while "STOPPING=1" not in heard:
                heard += manager.recv(4096).decode().split("\n")
            assert process.wait(10) == 0
        finally:
            process.kill()
            process.wait()


def test_a_killed_daemon_tells_nothing_twice_and_forgets_nothing(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, funded(now() - days(20)), comment(now() - days(8)))
    house = House(tmp_path, [account(dovecot, user, poll="5s")])
    for _ in range(2):
        process = subprocess.Popen([sys.executable, "-m", "inboxwatch", "-c", str(house.file), "run"])
        try:
            house.wait_for("reminder_available")
        finally:
            process.kill()
            process.wait()
    dovecot.append(user, paid(now()))
    with house.daemon():
        house.wait_for("payment_confirmed")
    settled = [alert for alert in house.alerts() if not alert["maybe_repeat"]]
    assert sorted(alert["kind"] for alert in settled) == ["payment_confirmed", "reminder_available", "summary"]


def test_a_bad_new_configuration_leaves_the_old_one_in_force(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, comment(now() - days(1)))
    house = House(tmp_path, [account(dovecot, user)])
    process = subprocess.Popen(
        [sys.executable, "-m", "inboxwatch", "-c", str(house.file), "run"], stderr=subprocess.PIPE, text=True
    )
    try:
        house.wait_for("summary")
        good = house.file.read_text()
        house.file.write_text(good + "\nmailboxs: []\n")
        process.send_signal(signal.SIGHUP)
        assert process.stderr is not None
        assert any("mailboxs" in line for line in process.stderr)
        dovecot.append(user, paid(now()))
        house.wait_for("payment_confirmed")
    finally:
        process.kill()
        process.wait()


def test_a_machine_that_slept_for_days_tells_a_summary_after_it_has_read_and_no_flood(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, comment(now() - days(1)))
    house = House(tmp_path, [account(dovecot, user, poll="5s")])
    asleep = [timedelta(0)]
    with house.daemon(clock=lambda: now() + asleep[0]):
        house.wait_for("summary")
        asleep[0] = days(4)
        dovecot.append(user, paid(now() + days(2)))
        summary = house.wait_for("summary", times=2)
        dovecot.append(user, comment(now() + days(4)))
    assert "lancers/5545030" in summary["body"], "the summary was told before the mails of those days were read"
    assert house.kinds() == ["summary", "summary"]


def test_a_clock_that_is_set_back_stops_nothing(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, funded(now() - days(20)), comment(now() - days(9)))
    house = House(tmp_path, [account(dovecot, user)])
    back = [timedelta(0)]
    with house.daemon(clock=lambda: now() - back[0]):
        assert house.wait_for("reminder_available")["outcome"] == "refunded"
        back[0] = timedelta(hours=12)
        _record(house, "completion_reported", at=now() - days(1), clock=lambda: now() - back[0])
        assert house.wait_for("reminder_available", times=2)["outcome"] == "paid"


def test_a_good_new_configuration_takes_the_place_of_the_old_one(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, comment(now() - days(1)))
    house = House(tmp_path, [account(dovecot, user)])
    process = subprocess.Popen([sys.executable, "-m", "inboxwatch", "-c", str(house.file), "run"])
    try:
        house.wait_for("summary")
        with http_target() as endpoint:
            House(tmp_path, [account(dovecot, user)], url=f"json://127.0.0.1:{endpoint.port}/")
            process.send_signal(signal.SIGHUP)
            time.sleep(1.0)  # the signal has to arrive; nothing tells when it has
            dovecot.append(user, paid(now()))
            house.wait_for("payment_confirmed")
            _until(lambda: len(endpoint.received) == 1)
        process.terminate()
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
    assert house.kinds() == ["summary", "payment_confirmed"]


def test_a_failure_that_cannot_be_noted_does_not_end_the_watching() -> None:
    tried = threading.Event()
    again = threading.Event()

    class Reader:
        name = "main"

        def open(self) -> None:
            (again if tried.is_set() else tried).set()
            raise Unreachable("nobody is there")

        def read(self, lookup: object, keep: object) -> None: ...
        def wait(self, seconds: float, wake_fd: int) -> None: ...
        def close(self) -> None: ...

    class FullDisk:
        def keep(self, found: object) -> None: ...
        def folder(self, mailbox: str, folder: str) -> None: ...
        def opened(self, mailbox: str) -> None: ...
        def read(self, mailbox: str, read_at: object, folders: object) -> None: ...
        def failed(self, mailbox: str, error: Exception) -> None:
            raise StoreError("the disk is full")

    watcher = Watcher(Reader(), FullDisk(), 60.0)
    watcher.start()
    assert tried.wait(5)
    assert again.wait(10), "the loop ended with the first failure"
    watcher.stop()
    assert watcher.ended(15)


def _record(house: House, kind: str, at: datetime | None = None, clock: Callable[[], datetime] = now) -> None:
    """What `record` does in a process of its own."""
    from inboxwatch.facts import Statement, as_fact

    app = house.app()
    store = Store.open(house.folder / "state")
    stated = Statement("lancers/5545030", kind, at=at.isoformat() if at else None)
    fact = as_fact(stated, clock(), app.config.zone, store.projects(), ["lancers"])
    app.pipeline(store).record(fact, clock())
    store.close()


def _until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)
