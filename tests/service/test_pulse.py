"""The signs of life: `WATCHDOG=1` only while every loop, the decider and the sender come round."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inboxwatch.service.daemon import Daemon
from inboxwatch.service.notify import Notifier
from inboxwatch.service.pulse import STUCK_SECONDS, Pulse
from inboxwatch.service.status_line import status_line
from inboxwatch.wording.say import Language, Wording
from tests.alerts.samples import TOKYO
from tests.service.house import House, comment, now, wait_until
from tests.service.test_ping import a_maildir


class Manager:
    """Where systemd listens."""

    def __init__(self, folder: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        self._socket.setblocking(False)
        self.environ = {"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "3000000"}

    def heard(self) -> list[str]:
        lines: list[str] = []
        while True:
            try:
                lines += self._socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return lines

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    made = Manager(tmp_path)
    yield made
    made.close()


@pytest.fixture
def daemon(tmp_path: Path, manager: Manager) -> Iterator[Daemon]:
    """A daemon that has not begun: nothing in it comes round."""
    made = Daemon(House(tmp_path, [a_maildir(tmp_path)]).app(), Notifier(manager.environ), now)
    yield made
    made.close()


def pulse_of(daemon: Daemon) -> Pulse:
    return daemon._pulse


def test_the_watchdog_is_fed_while_all_come_round(daemon: Daemon, manager: Manager) -> None:
    pulse_of(daemon).feed_watchdog()
    assert manager.heard() == ["WATCHDOG=1"]


@pytest.mark.parametrize("part", ["the loop of main", "deciding", "sending"])
def test_the_watchdog_is_not_fed_while_one_of_them_stands_still(
    daemon: Daemon, manager: Manager, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulse = pulse_of(daemon)
    begun = time.monotonic()
    rarely = 3 * 5.0  # a mailbox may be late by three polls more
    monkeypatch.setattr(time, "monotonic", lambda: begun + STUCK_SECONDS + rarely + 1)
    if part != "the loop of main":
        daemon._watchers[0].progress_at = time.monotonic()
    if part != "deciding":
        pulse.decided()
    if part != "sending":
        daemon._sending._made_at = time.monotonic()
    assert pulse.stuck() == f"{part} has not come round for {STUCK_SECONDS + rarely + 1:.0f} seconds"
    pulse.feed_watchdog()
    assert manager.heard() == []


def test_a_decider_that_fails_each_time_is_not_alive_however_its_loop_turns(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided = pulse_of(daemon)._decided_at
    daemon._store.close()  # as a broken disk: every decision fails
    daemon._safely(daemon._decide)
    assert pulse_of(daemon)._decided_at == decided


def test_systemd_hears_of_the_stop_before_it_takes_its_time_and_of_what_waits(tmp_path: Path, manager: Manager) -> None:
    house = House(tmp_path, [a_maildir(tmp_path)], url="json://127.0.0.1:1/")
    (tmp_path / "Maildir" / "new" / "1.a.b").write_bytes(comment(now()))
    heard: list[str] = []

    def waiting_is_said() -> bool:
        heard.extend(manager.heard())
        return any("alerts waiting: 1" in line for line in heard)

    with house.daemon(environ=manager.environ):
        house.wait_for("summary")
        wait_until(waiting_is_said)
    heard += manager.heard()
    assert "READY=1" in heard
    assert any(line.startswith("STATUS=main: read up to ") and line.endswith("waiting: 1") for line in heard)
    assert heard[-1] == "STOPPING=1"
    assert "JST" in next(line for line in heard if "read up to" in line)


@pytest.mark.parametrize(
    ("language", "read", "unread"),
    [("en", "a: read up to 2026-11-24 09:00:00 JST", "b: no way"), ("ja", "まで", "b：no")],
)
def test_the_status_line_is_in_her_language_and_begins_with_what_is_wrong(
    language: Language, read: str, unread: str
) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    words = Wording(language, TOKYO)
    line = status_line(words.say, TOKYO, {"a": at, "b": None, "c": None}, {"b": "no way\nthere"}, 2, old_settings=True)
    assert line.index(unread) < line.index(read)
    assert line.startswith(words.say("manager.old_settings"))
    assert line.endswith(words.say("manager.waiting", n=2))
    assert "\n" not in line


def test_a_reload_that_failed_is_said_to_the_service_manager_until_one_succeeds(
    tmp_path: Path, manager: Manager
) -> None:
    house = House(tmp_path, [a_maildir(tmp_path)])
    heard: list[str] = []

    def is_heard(words: str) -> bool:
        heard.extend(manager.heard())
        return any(words in line for line in heard)

    good = house.file.read_text()
    with house.daemon(environ=manager.environ):
        house.wait_for("summary")
        house.file.write_text(good + "nonsense: 1\n")
        (tmp_path / "state" / "profiles").mkdir(exist_ok=True)
        (tmp_path / "state" / "profiles" / "own.yaml").write_text("# a taught rule\n")
        wait_until(lambda: is_heard("the new configuration has a mistake"))
        (tmp_path / "Maildir" / "new" / "1.a.b").write_bytes(comment(now()))
        heard.clear()
        wait_until(lambda: is_heard("the old one stays in force; main: read up to"))
        house.file.write_text(good)
        (tmp_path / "state" / "profiles" / "own.yaml").write_text("# another taught rule\n")
        heard.clear()
        wait_until(lambda: is_heard("STATUS=main: read up to"))


def test_when_daylight_saving_time_ends_the_periodic_work_goes_on(
    tmp_path: Path, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC-3")
    time.tzset()
    try:
        house = House(tmp_path, [a_maildir(tmp_path)])
        with house.daemon(environ=manager.environ):
            house.wait_for("summary")
            wait_until(lambda: "WATCHDOG=1" in manager.heard())
            monkeypatch.setenv("TZ", "UTC")  # the local clock goes back by three hours, and the instant stays
            time.tzset()
            time.sleep(1.5)  # a job that was due within the second may still have run
            manager.heard()
            wait_until(lambda: "WATCHDOG=1" in manager.heard(), 8)
    finally:
        monkeypatch.undo()
        time.tzset()
