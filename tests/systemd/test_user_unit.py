"""The user unit as shipped, under her own manager in a real systemd. The tests share one machine, in this order."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.servers.dovecot import Dovecot
from tests.systemd.installing import HER, PROGRAM, install_for_her
from tests.systemd.machine import Machine
from tests.systemd.service import Service, her_service, wait


@pytest.fixture(scope="module")
def service(machine: Machine, server: Dovecot) -> Iterator[Service]:
    install_for_her(machine)
    manager = f"user@{machine.out('id', '-u', HER)}.service"
    machine.out("systemctl", "start", manager)  # as `loginctl enable-linger` has it done at the boot
    made = her_service(machine, server)
    made.configure()
    made.install_probe()
    machine.out("chown", "-R", f"{HER}:", f"/home/{HER}")
    made.machine.out(*made.manager, "daemon-reload")
    yield made
    machine.run("systemctl", "stop", manager)


@pytest.fixture
def running(service: Service) -> Service:
    """The service, active; started if it is not."""
    if service.show("ActiveState") != "active":
        service.begin()
    return service


def test_it_is_enabled_and_started_by_one_command(service: Service) -> None:
    service.control("enable", "--now")
    assert (service.show("ActiveState"), service.show("Type")) == ("active", "notify")
    wait(lambda: "main: read up to 20" in service.show("StatusText"), "it is read", words=service.journal)


def test_a_mail_is_told_to_her_command_and_to_the_journal(running: Service) -> None:
    told = running.tells()["told"]
    assert told["title"] in running.journal()


def test_from_within_her_unit_nobody_becomes_root_or_talks_to_the_kernel(running: Service) -> None:
    heard = running.tells()
    held = {name for name, error in heard["acts"].items() if error is not None}
    wanted = {"run a program with root's rights", "set a setuid bit", "take a realtime priority", "mount something"}
    wanted |= {"change the execution domain"}
    assert wanted - held == set()
    assert (heard["status"]["NoNewPrivs"], heard["status"]["Seccomp"]) == ("1", "2")
    # What a password command or a target of hers may need: home, its own programs, sandboxes of theirs.
    assert heard["acts"]["see home folders"] is None


def test_her_commands_see_the_same_state(running: Service) -> None:
    project = running.tells()["told"]["project"]
    hers = ("runuser", "-u", HER, "--", "env", "-C", f"/home/{HER}", f"HOME=/home/{HER}", PROGRAM)
    said = running.machine.out(*hers, "status", "--json")
    assert project in said
    assert json.loads(said)["service"]["running"] is True
    state = running.machine.out("find", running.state, "-printf", "%m %f\\n").splitlines()
    assert [line for line in state if not line.startswith(("600 ", "700 inboxwatch"))] == []


def test_a_reload_with_a_broken_file_leaves_the_old_configuration_in_force(running: Service) -> None:
    number = running.show("MainPID")
    running.write("config.yaml", "language: en\nmailboxes: [\n")
    running.control("reload")
    wait(lambda: "the old one stays in force" in running.show("StatusText"), "it says so", words=running.journal)
    running.tells()
    running.configure()
    running.control("reload")
    wait(lambda: "old one" not in running.show("StatusText"), "the new one is in force", words=running.journal)
    assert running.show("MainPID") == number


def test_it_stops_within_20_seconds(running: Service) -> None:
    begun = time.monotonic()
    running.control("stop")
    assert time.monotonic() - begun < 20
    assert (running.show("Result"), running.show("ExecMainStatus")) == ("success", "0")
