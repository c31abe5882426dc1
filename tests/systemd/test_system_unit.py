"""The system unit as shipped, under a real systemd, on a real mailbox. The tests share one machine, in this order."""

from __future__ import annotations

import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.servers.dovecot import Dovecot
from tests.service.house import PASSWORD
from tests.systemd.installing import PROGRAM, USER, install_for_the_system
from tests.systemd.machine import Machine
from tests.systemd.probe import ACTS, STRANGER
from tests.systemd.service import Service, wait

ETC = "/etc/inboxwatch"
#: A drop-in of the tests: the watchdog and the pause before a restart are shortened, for a test waits for both.
SOON = "[Service]\nWatchdogSec=8s\nRestartSec=1s\nTimeoutAbortSec=2s\n"


@pytest.fixture(scope="module")
def service(machine: Machine, server: Dovecot) -> Iterator[Service]:
    install_for_the_system(machine)
    machine.write(f"{ETC}/password", PASSWORD + "\n", 0o600)
    machine.write(f"{STRANGER}/about", "")
    machine.out("cp", "/usr/bin/id", f"{STRANGER}/setuid-id")
    machine.out("chmod", "4755", f"{STRANGER}/setuid-id")
    machine.out("chmod", "0777", STRANGER)
    machine.out("systemctl", "daemon-reload")
    made = Service(machine, server, USER)
    made.install_probe()
    yield made
    machine.run("systemctl", "stop", "inboxwatch")


@pytest.fixture
def running(service: Service) -> Service:
    """The service, active; started if it is not."""
    if service.show("ActiveState") != "active":
        service.begin()
    return service


@pytest.fixture
def soon(service: Service) -> Iterator[Service]:
    """The service with the drop-in SOON."""
    service.machine.write("etc/systemd/system/inboxwatch.service.d/soon.conf", SOON)
    service.machine.out("systemctl", "daemon-reload")
    service.begin()
    yield service
    (service.machine.root / "etc/systemd/system/inboxwatch.service.d/soon.conf").unlink()
    service.machine.out("systemctl", "daemon-reload")


def test_it_is_active_only_when_the_first_login_has_come_to_an_end(service: Service) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        service.configure(port=deaf.getsockname()[1])
        service.control("start", "--no-block")
        connection, _ = deaf.accept()  # the daemon runs, and waits for the server's greeting
        assert service.show("Type") == "notify"
        time.sleep(1)
        assert (service.show("ActiveState"), service.show("SubState")) == ("activating", "start")
        connection.close()
        service.wait_until("ActiveState", "active")


def test_a_reload_takes_a_new_configuration_without_a_restart(running: Service) -> None:
    before = running.show("MainPID")
    running.configure()
    running.control("reload")
    wait(lambda: "read up to" in running.show("StatusText"), "the mailbox is read", words=running.journal)
    assert running.show("MainPID") == before


def test_a_mail_is_told_to_a_command_within_the_walls_and_to_the_journal(running: Service) -> None:
    told = running.tells()["told"]
    assert told["kind"] == "payment_confirmed"
    assert told["title"] in running.machine.out("journalctl", "--no-pager", "-o", "cat", "-u", "inboxwatch")


def test_the_status_line_says_up_to_when_each_mailbox_was_read(running: Service) -> None:
    wait(lambda: "main: read up to 20" in running.show("StatusText"), "it is read", words=running.journal)


def test_the_password_comes_by_a_credential_and_its_file_stays_roots(running: Service) -> None:
    machine = running.machine
    assert machine.out("stat", "-c", "%U %a", f"{ETC}/password") == "root 600"
    assert machine.run("runuser", "-u", USER, "--", "cat", f"{ETC}/password").returncode != 0
    number = running.show("MainPID")
    words = machine.out("cat", f"/proc/{number}/cmdline", f"/proc/{number}/environ")
    assert "CREDENTIALS_DIRECTORY=" in words
    assert PASSWORD not in words + machine.out("journalctl", "--no-pager") + machine.out(
        "systemctl", "show", "inboxwatch"
    )


def test_what_it_keeps_is_its_users_alone(running: Service) -> None:
    machine = running.machine
    assert machine.out("stat", "-c", "%U %G %a", running.state) == f"{USER} {USER} 700"
    modes = machine.out("find", running.state, "-type", "f", "-printf", "%u %m %f\\n").splitlines()
    assert len(modes) > 2
    assert [line for line in modes if not line.startswith(f"{USER} 600 ")] == []


@pytest.fixture(scope="module")
def within(service: Service) -> dict[str, str | None]:
    """What the target of an alert could do, each with the error that stopped it."""
    if service.show("ActiveState") != "active":
        service.begin()
    found: dict[str, str | None] = service.tells()["acts"]
    return found


@pytest.fixture(scope="module")
def without(service: Service) -> dict[str, str | None]:
    """The same program without the walls: as the service's user, and where that is not enough, as root."""
    found: dict[str, str | None] = {}
    for user in ("root", USER):
        out = f"/tmp/{user}.jsonl"
        probe = ["/opt/inboxwatch/bin/python", f"{ETC}/probe.py", out]
        service.machine.out("runuser", "-u", user, "--", *probe)
        acts = json.loads(service.machine.out("cat", out))["acts"]
        found = {name: None if found.get(name, "") is None else error for name, error in acts.items()}
        service.machine.out("rm", "-f", "/tmp/left-by-the-probe")
    return found


@pytest.mark.parametrize("act", ACTS)
def test_from_within_the_walls_nobody_can(
    act: str, within: dict[str, str | None], without: dict[str, str | None]
) -> None:
    if act != "leave a file in /tmp that others see":
        assert within[act] is not None, "it could"
    assert without[act] is None, f"the probe cannot tell, for without the walls neither: {without[act]}"


def test_what_a_target_leaves_in_tmp_nobody_else_sees(running: Service, within: dict[str, str | None]) -> None:
    assert within["leave a file in /tmp that others see"] is None
    assert running.machine.run("test", "-e", "/tmp/left-by-the-probe").returncode != 0


def test_it_has_no_capability_and_can_gain_none(running: Service) -> None:
    status = running.heard()[-1]["status"]
    assert {status[f"Cap{each}"] for each in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def test_systemd_itself_rates_the_running_unit_at_most_1_5(running: Service) -> None:
    running.machine.out("systemd-analyze", "security", "--threshold=15", "--no-pager", "inboxwatch.service")


def test_commands_beside_the_daemon_answer_as_the_readme_tells(running: Service) -> None:
    project = running.tells()["told"]["project"]
    command = [PROGRAM, "-c", f"{ETC}/config.yaml"]
    said = running.machine.out("runuser", "-u", USER, "--", *command, "status", "--json")
    assert json.loads(said)["service"]["running"] is True
    assert project in said
    credential = f"LoadCredential=imap-password:{ETC}/password"
    asked = ["systemd-run", "--pipe", "--wait", f"--uid={USER}", "-p", credential, *command, "check"]
    assert "main" in running.machine.out(*asked)


def test_a_reload_with_a_broken_file_leaves_the_old_configuration_in_force(running: Service) -> None:
    number = running.show("MainPID")
    running.write("config.yaml", "language: en\nmailboxes: [\n")
    # systemd only delivers the signal: the outcome is told in the status line and the journal.
    running.control("reload")
    wait(lambda: "the old one stays in force" in running.show("StatusText"), "it says so", words=running.journal)
    assert "config.yaml:" in running.journal()
    assert (running.show("MainPID"), running.show("ActiveState")) == (number, "active")
    running.tells()
    running.configure()
    running.control("reload")
    wait(lambda: "old one" not in running.show("StatusText"), "the new one is in force", words=running.journal)


def test_with_a_broken_file_it_ends_with_78_and_is_not_started_again(running: Service) -> None:
    running.write("config.yaml", "language: en\nmailboxes: [\n")
    assert running.machine.run("systemctl", "restart", "inboxwatch", seconds=120).returncode != 0
    assert running.show("ExecMainStatus") == "78"
    # Were it to be started again, it would be `activating` (auto-restart) until then.
    assert (running.show("ActiveState"), running.show("SubState"), running.show("NRestarts")) == (
        "failed",
        "failed",
        "0",
    )


def test_it_stops_within_20_seconds_and_what_it_keeps_is_whole(running: Service) -> None:
    running.tells()
    project = running.mail()  # comes while it stops, or just before
    begun = time.monotonic()
    running.control("stop")
    assert time.monotonic() - begun < 20
    assert (running.show("Result"), running.show("ExecMainStatus")) == ("success", "0")
    with closing(sqlite3.connect(running.machine.root / "var/lib/inboxwatch/inboxwatch.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    running.begin()
    wait(lambda: len(running.told_of(project)) == 1, "the mail that came meanwhile is told once", words=running.journal)


def test_after_a_kill_it_is_started_again_and_no_mail_is_lost(soon: Service) -> None:
    number = soon.show("MainPID")
    soon.machine.out("kill", "-KILL", number)
    project = soon.mail()
    soon.wait_until("NRestarts", "1")
    wait(lambda: len(soon.told_of(project)) == 1, "the mail that came meanwhile is told", words=soon.journal)
    assert soon.show("MainPID") != number


def test_a_daemon_that_hangs_is_ended_by_the_watchdog_and_started_again(soon: Service) -> None:
    number = soon.show("MainPID")
    assert soon.show("WatchdogUSec") == "8s"
    time.sleep(9)
    assert soon.show("MainPID") == number, "while it lives, it is left alone"
    soon.machine.out("kill", "-STOP", number)
    project = soon.mail()
    soon.wait_until("NRestarts", "1")
    assert "atchdog timeout" in soon.machine.out("journalctl", "--no-pager", "-u", "inboxwatch")
    wait(lambda: len(soon.told_of(project)) == 1, "the mail that came meanwhile is told", words=soon.journal)
