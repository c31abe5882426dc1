"""`status` and `check` of the service: whether it runs, whether alerts arrive, and whether the ping does."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch.service.lock import held
from inboxwatch.store.model import WatchState
from inboxwatch.store.sqlite import Store
from tests.alerts.samples import an_alert
from tests.cli.support import Commands, write_config
from tests.servers.http_target import http_target


def _now() -> datetime:
    return datetime.now(UTC)


def _open(folder: Path) -> Store:
    return Store.open(folder / "state")


def _fail(store: Store, key: str, *, for_good: bool, target: str = "journal") -> None:
    store.add_alert(an_alert(key=key, at=_now() - timedelta(hours=3)), {target: _now()})
    delivery = next(one for one in store.due_deliveries(_now(), 9) if one.alert.key == key)
    store.attempting(delivery, _now())
    store.failed(delivery, _now(), "no such host", None if for_good else _now() + timedelta(hours=1))


def test_a_daemon_that_never_ran_is_said_not_to_run(commands: Commands) -> None:
    service = commands.json("status")["service"]
    problems = service.pop("problems")
    assert service == {
        "running": False,
        "pid": None,
        "since": None,
        "decided_at": None,
        "well": False,
        "outbox": {"waiting": 0, "dead": 0, "oldest_waiting": None, "targets": []},
    }
    assert problems[0]["code"] == "not_running_yet"
    assert "inboxwatch is not running, and nothing has been watched yet." in commands("status")


def test_a_daemon_that_runs_is_named_by_its_process(tmp_path: Path, commands: Commands) -> None:
    with held(tmp_path / "state"):
        service = commands.json("status")["service"]
        assert "not running" not in commands("status")
    assert (service["running"], service["pid"]) == (True, os.getpid())
    assert commands.json("status")["service"]["running"] is False


def test_a_look_at_the_lock_keeps_no_daemon_from_starting_and_makes_no_file(tmp_path: Path, commands: Commands) -> None:
    commands("status")
    assert not (tmp_path / "state" / "lock").exists()


def test_a_watch_that_stopped_long_ago_is_told_and_one_by_a_timer_is_not(tmp_path: Path, commands: Commands) -> None:
    store = _open(tmp_path)
    store.remember_instant("decided_at", _now() - timedelta(minutes=50))
    assert "not running" not in commands("status")
    store.remember_instant("decided_at", _now() - timedelta(hours=30))
    store.close()
    assert "careful: inboxwatch is not running. Nothing has been watched since about" in commands("status")
    assert commands.json("status")["service"]["decided_at"].endswith("+09:00")


def test_who_only_imports_files_is_not_told_of_a_daemon(tmp_path: Path, commands: Commands) -> None:
    write_config(tmp_path, mailboxes="mailboxes: []\n")
    assert "running" not in commands("status")


def test_what_does_not_arrive_is_told_with_its_reason_until_it_is_acknowledged(
    tmp_path: Path, commands: Commands
) -> None:
    store = _open(tmp_path)
    _fail(store, "a", for_good=False)
    _fail(store, "b", for_good=True)
    store.add_alert(an_alert(key="held until the morning"), {"journal": _now() + timedelta(hours=9)})
    store.close()
    outbox = commands.json("status")["service"]["outbox"]
    assert (outbox["waiting"], outbox["dead"]) == (2, 1)
    assert outbox["targets"] == [
        {"target": "journal", "waiting": 2, "dead": 1, "attempts": 1, "error": "no such host"},
    ]
    printed = commands("status")
    assert "alerts do not reach you at journal" in printed
    assert "(no such host)" in printed
    assert "1 alert(s) for journal were given up" in printed
    commands("alerts", "ack", "b")
    assert "given up" not in commands("status")
    assert commands.json("status")["service"]["outbox"]["dead"] == 0


def test_what_only_waits_for_the_end_of_the_quiet_hours_is_no_fault(tmp_path: Path, commands: Commands) -> None:
    store = _open(tmp_path)
    store.add_alert(an_alert(), {"journal": _now() + timedelta(hours=9)})
    store.close()
    assert "do not reach you" not in commands("status")
    assert commands.json("status")["service"]["outbox"]["waiting"] == 1


def test_what_was_given_up_for_a_target_that_was_removed_is_no_fault(tmp_path: Path, commands: Commands) -> None:
    store = _open(tmp_path)
    _fail(store, "a", for_good=True, target="ntfy://old.example")
    store.close()
    assert commands.json("status")["service"]["outbox"]["dead"] == 0
    assert "given up" not in commands("status")


def _codes(commands: Commands) -> tuple[bool, list[str]]:
    """What a monitor reads: whether all is well, and what is not."""
    service = commands.json("status")["service"]
    return service["well"], [problem["code"] for problem in service["problems"]]


def test_a_monitor_reads_from_the_json_alone_whether_she_must_be_woken(tmp_path: Path, commands: Commands) -> None:
    assert _codes(commands) == (False, ["not_running_yet"])
    with held(tmp_path / "state"):
        assert _codes(commands) == (True, []), "it has just begun"
        store = _open(tmp_path)
        store.remember_instant("decided_at", _now())
        store.remember_instant("looked_at", _now())
        assert _codes(commands) == (True, [])
        _fail(store, "a", for_good=False)
        assert _codes(commands) == (True, ["not_arriving"]), "one attempt failed: the next may not"
        _fail(store, "b", for_good=True)
        assert _codes(commands) == (False, ["not_arriving", "given_up"])
        store.acknowledge("b", _now())
        store.save_watch(WatchState("main", None, _now(), "the login was refused"))
        assert _codes(commands) == (False, ["blind", "not_arriving"])
    store.remember_instant("decided_at", _now() - timedelta(hours=2))
    assert _codes(commands)[1][0] == "not_running"
    store.close()


def test_a_daemon_that_stands_still_is_not_well_although_its_process_is_there(
    tmp_path: Path, commands: Commands
) -> None:
    store = _open(tmp_path)
    store.remember_instant("looked_at", _now() - timedelta(minutes=45))
    store.close()
    with held(tmp_path / "state"):
        assert _codes(commands) == (True, []), "it has just begun"
        long_ago = (_now() - timedelta(minutes=40)).timestamp()
        os.utime(tmp_path / "state" / "lock", (long_ago, long_ago))
        assert _codes(commands) == (False, ["stands_still"])
        assert "inboxwatch is there but has not moved since" in commands("status")


def test_a_watch_that_can_tell_nobody_is_not_well(tmp_path: Path, commands: Commands) -> None:
    write_config(tmp_path, "alerts: {targets: []}")
    assert _codes(commands) == (False, ["not_running_yet", "no_targets"])
    assert "no target is configured, so no alert can reach you" in commands("status")


@pytest.mark.parametrize(
    ("status", "line"), [(200, "✓ ping URL: it was reached"), (404, "✗ ping URL: 127.0.0.1 answered 404")]
)
def test_check_tries_the_ping_when_asked_to(tmp_path: Path, commands: Commands, status: int, line: str) -> None:
    with http_target() as endpoint:
        endpoint.statuses = [status]
        (tmp_path / "url").write_text(f"http://127.0.0.1:{endpoint.port}/SECRET\n")
        (tmp_path / "url").chmod(0o600)
        write_config(tmp_path, f"ping: {{url: {{file: {tmp_path / 'url'}}}}}", mailboxes="mailboxes: []\n")
        assert "not tried" in next(one for one in commands("check", code=78).splitlines() if "ping URL" in one)
        assert endpoint.asked == []
        printed = commands("check", "--send-test", code=78)
        assert line in printed.splitlines()
        assert "SECRET" not in printed + commands.err
