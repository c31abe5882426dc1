"""A reload is all or nothing, a stop is clean in the middle of a read, and two daemons never meet."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inboxwatch.app import App
from inboxwatch.service.daemon import serve
from inboxwatch.service.desk import Desk
from inboxwatch.service.lock import LockError, held, holder
from inboxwatch.store.model import StoreError
from tests.alerts.samples import TOKYO
from tests.servers.dovecot import Dovecot
from tests.servers.http_target import http_target
from tests.servers.proxy import Proxy
from tests.service.house import House, account, comment, days, funded, now, paid, wait_until
from tests.service.test_ping import a_maildir


@pytest.mark.parametrize("broken", ["loading", "making"])
def test_a_reload_that_stumbles_leaves_the_old_configuration_in_force(tmp_path: Path, broken: str) -> None:
    house = House(tmp_path, [a_maildir(tmp_path)])
    loads: list[int] = []

    def load() -> App:
        loads.append(1)
        app = house.app()
        if len(loads) > 1 and broken == "loading":
            raise RuntimeError("rules over which inboxwatch stumbles")
        if len(loads) > 1:
            # Over rules that are none the new daemon stumbles when it is made.
            object.__setattr__(app, "profiles", None)
        return app

    stop, code = threading.Event(), list[int]()
    thread = threading.Thread(target=lambda: code.append(serve(load, {}, stop=stop)))
    thread.start()
    try:
        house.wait_for("summary")
        (tmp_path / "state" / "profiles").mkdir(exist_ok=True)
        (tmp_path / "state" / "profiles" / "own.yaml").write_text("# a taught rule\n")
        wait_until(lambda: len(loads) == 2)
        (tmp_path / "Maildir" / "new" / "1.a.b").write_bytes(paid(now()))
        house.wait_for("payment_confirmed")
        assert len(loads) == 2, "it was tried again and again"
    finally:
        stop.set()
        thread.join(15)
    assert code == [0]


def test_a_stop_in_the_middle_of_a_read_is_clean_and_what_was_not_read_is_read_by_the_next(
    dovecot: Dovecot, user: str, tmp_path: Path, make_proxy: Callable[[int], Proxy]
) -> None:
    proxy = make_proxy(dovecot.port)
    dovecot.append(user, comment(now() - days(1)))
    house = House(tmp_path, [account(dovecot, user, port=proxy.port, poll="5s")])
    with house.daemon():
        house.wait_for("summary")
        proxy.stall()
        dovecot.append(user, paid(now()))
        time.sleep(1.0)  # let the read begin that will not end; nothing tells when it has
    proxy.heal()
    with house.daemon():
        house.wait_for("payment_confirmed")
    assert house.kinds() == ["summary", "payment_confirmed"]


def test_a_stop_during_a_reload_does_not_wait_for_a_target_that_hangs(tmp_path: Path) -> None:
    with http_target() as endpoint:
        endpoint.held = True
        house = House(tmp_path, [a_maildir(tmp_path)], url=f"json://127.0.0.1:{endpoint.port}/")
        process = subprocess.Popen([sys.executable, "-m", "inboxwatch", "-c", str(house.file), "run"])
        try:
            wait_until(lambda: bool(endpoint.received))
            process.send_signal(signal.SIGHUP)
            time.sleep(2.0)  # the reload has to have begun; nothing tells when it has
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            assert time.monotonic() - begun < 11, "it waited for more than one stop"
            assert len(endpoint.received) == 1
        finally:
            process.kill()
            process.wait()


def test_after_a_week_without_the_daemon_the_state_is_told_in_order_and_nothing_of_the_past(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, funded(now() - days(2)), comment(now() - days(1)))
    house = House(tmp_path, [account(dovecot, user)])
    with house.daemon():
        house.wait_for("summary")
    with house.daemon(clock=lambda: now() + days(8)):
        window = house.wait_for("reminder_available")
        wait_until(lambda: house.kinds().count("summary") == 2)
    # Two nudges fell due meanwhile and are history; the window is open still.
    assert house.kinds() == ["summary", "summary", "reminder_available"]
    assert window["outcome"] == "refunded"


def test_the_second_of_two_names_the_first_and_a_look_at_the_lock_is_no_second(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    begun = now().replace(microsecond=0)
    with held(tmp_path):
        found = holder(tmp_path)
        assert found is not None
        assert (found.pid, found.machine) == (os.getpid(), "")
        assert begun <= found.since <= now()
        since = rf"since {found.since.astimezone(TOKYO):%Y-%m-%d %H:%M} JST"
        with (
            pytest.raises(LockError, match=rf"already running on {tmp_path} \(process {os.getpid()}, {since}\)"),
            held(tmp_path, TOKYO),
        ):
            raise AssertionError("both had the lock")
    assert holder(tmp_path) is None


def test_a_lock_of_another_machine_on_a_network_drive_names_the_machine(tmp_path: Path) -> None:
    with held(tmp_path):
        (tmp_path / "lock").write_text("4711\nlaptop-of-hers\n")  # as the other machine wrote it
        with pytest.raises(LockError, match="process 4711 on the machine laptop-of-hers, since"), held(tmp_path):
            raise AssertionError("both had the lock")


def test_the_state_by_another_path_is_the_same_state(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "state")
    with held(tmp_path / "link"), pytest.raises(LockError), held(tmp_path / "state"):
        raise AssertionError("both had the lock")


def test_a_drive_without_locks_is_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(StoreError, match="cannot be locked: No locks available; name a folder"), held(tmp_path):
        raise AssertionError("it went on without a lock")
    assert holder(tmp_path) is None


def test_what_a_killed_daemon_left_behind_keeps_nobody_out(tmp_path: Path) -> None:
    house = House(tmp_path, [a_maildir(tmp_path)])
    process = subprocess.Popen([sys.executable, "-m", "inboxwatch", "-c", str(house.file), "run"])
    try:
        house.wait_for("summary")
        found = holder(tmp_path / "state")
        assert found is not None and found.pid == process.pid
    finally:
        process.kill()
        process.wait()
    assert (tmp_path / "state" / "lock").exists()
    assert house.once() == ()


def test_run_once_beside_a_daemon_refuses_with_75_and_says_since_when(tmp_path: Path) -> None:
    house = House(tmp_path, [a_maildir(tmp_path)])
    with house.daemon():
        house.wait_for("summary")
        command = [sys.executable, "-m", "inboxwatch", "-c", str(house.file), "run", "--once"]
        second = subprocess.run(command, capture_output=True, check=False, timeout=30, text=True)
    assert second.returncode == 75
    assert f"(process {os.getpid()}, since {now().astimezone(TOKYO):%Y-%m-%d}" in second.stderr


def test_a_daemon_that_starts_while_somebody_looks_at_the_lock_starts_all_the_same(tmp_path: Path) -> None:
    with held(tmp_path):
        pass
    looking = os.open(tmp_path / "lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    timer = threading.Timer(0.2, os.close, [looking])
    timer.start()
    with held(tmp_path):
        assert holder(tmp_path) is not None
    timer.join()


def test_the_number_of_a_longer_earlier_process_does_not_show_through(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("1234567890\n")
    with held(tmp_path):
        assert (tmp_path / "lock").read_text().split("\n")[0] == str(os.getpid())


def test_many_mailboxes_with_much_to_bring_do_not_keep_the_writer_from_deciding() -> None:
    class Writer:
        def keep(self, found: object) -> None:
            time.sleep(0.01)  # what a batch costs

        def folder(self, mailbox: str, folder: str) -> None: ...
        def opened(self, mailbox: str) -> None: ...
        def read(self, mailbox: str, read_at: object, folders: object) -> None: ...
        def failed(self, mailbox: str, error: Exception) -> None: ...

    desk, ended = Desk(Writer()), threading.Event()

    def bring() -> None:
        while not ended.is_set():
            desk.keep(object())  # type: ignore[arg-type]

    threads = [threading.Thread(target=bring, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    threading.Timer(5.0, ended.set).start()  # so that a desk that serves on and on is a failure, and not a hang
    begun = time.monotonic()
    desk.serve(0.3)
    spent = time.monotonic() - begun
    ended.set()
    desk.serve(0.3)
    for thread in threads:
        thread.join(5)
    assert spent < 2.0
