"""The installed service as the proofs see it: its configuration, what systemd says of it, what its target was told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from tests.servers.dovecot import Dovecot
from tests.service.house import PASSWORD, now, platform_mail
from tests.systemd.installing import HER, USER
from tests.systemd.machine import Machine

_projects = count(7_000_001)
PAID = "連絡期限経過による支払い確定及びプロジェクト完了通知"


class Service:
    """One of the two units; `manager` is the command that controls its manager."""

    def __init__(self, machine: Machine, server: Dovecot, mailbox: str) -> None:
        self.machine = machine
        self.server = server
        self.mailbox = mailbox
        self.manager = ("systemctl",)
        self.owner = USER
        self.folder = "/etc/inboxwatch"
        self.state = "/var/lib/inboxwatch"
        self.password: dict[str, str] = {"credential": "imap-password"}

    def configure(self, **more: Any) -> None:
        """Write the configuration, as its owner's alone; `port` of the mailbox may be another."""
        mailbox = {
            **{"name": "main", "host": "127.0.0.1", "port": more.pop("port", self.server.port), "tls": "none"},
            **{"username": self.mailbox, "password": self.password, "poll": "5s"},
        }
        target = ["/opt/inboxwatch/bin/python", f"{self.folder}/probe.py", f"{self.state}/heard.jsonl"]
        content = {
            **{"language": "en", "state": self.state, "me": ["me@example.com"], "mailboxes": [mailbox]},
            **{"alerts": {"targets": [{"command": target}, {"journal": True}]}, **more},
        }
        self.write("config.yaml", yaml.safe_dump(content, allow_unicode=True))

    def write(self, name: str, text: str) -> None:
        """Write a file of its configuration folder."""
        self.machine.write(f"{self.folder}/{name}", text, 0o600)
        self.machine.out("chown", f"{self.owner}:", f"{self.folder}/{name}")

    def install_probe(self) -> None:
        """Its target: it tries what it could do, and records what it was told."""
        self.write("probe.py", (Path(__file__).parent / "probe.py").read_text(encoding="utf-8"))

    def control(self, *words: str) -> str:
        """Run systemctl on the unit, which must succeed."""
        return self.machine.out(*self.manager, *words, "inboxwatch", seconds=120)

    def show(self, name: str) -> str:
        """A property of the unit."""
        return self.machine.out(*self.manager, "show", "-P", name, "inboxwatch")

    def wait_until(self, name: str, value: str, seconds: float = 40) -> None:
        """Return as soon as a property of the unit has this value."""
        wait(lambda: self.show(name) == value, f"{name} is {value}", seconds, lambda: self.show(name) + self.journal())

    def journal(self) -> str:
        """What the service and its manager have written."""
        return self.machine.out("journalctl", "--no-pager", "-o", "cat", "-n", "200")

    def begin(self) -> None:
        """A running service with the usual configuration, and a mail read."""
        self.configure()
        self.machine.run(*self.manager, "reset-failed", "inboxwatch")
        self.control("restart")
        self.wait_until("ActiveState", "active")

    def heard(self) -> list[dict[str, Any]]:
        """What the target wrote, in order: the alert, what it could do, and its process's status."""
        file = self.machine.root / self.state.lstrip("/") / "heard.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def mail(self) -> str:
        """A mail comes that tells of a payment; the project that it is about."""
        number = next(_projects)
        link = f"https://www.lancers.jp/work/detail/{number}"
        self.server.append(self.mailbox, platform_mail(now(), PAID, link))
        return f"lancers/{number}"

    def told_of(self, project: str) -> list[dict[str, Any]]:
        """Each telling of a project to the target."""
        return [each for each in self.heard() if each["told"] and each["told"].get("project") == project]

    def tells(self, seconds: float = 40) -> dict[str, Any]:
        """A mail comes, and the target is told of it once: what the target wrote."""
        project = self.mail()
        wait(lambda: bool(self.told_of(project)), f"she is told of {project}", seconds, self.journal)
        (told,) = self.told_of(project)
        return told


def her_service(machine: Machine, server: Dovecot) -> Service:
    """That of one person, under her own manager."""
    service = Service(machine, server, HER)
    number = machine.out("id", "-u", HER)
    service.manager = ("runuser", "-u", HER, "--", "env", f"XDG_RUNTIME_DIR=/run/user/{number}", "systemctl", "--user")
    service.owner = HER
    service.folder = f"/home/{HER}/.config/inboxwatch"
    service.state = f"/home/{HER}/.local/state/inboxwatch"
    service.password = {"file": "password"}
    machine.out("install", "-d", "-o", HER, "-g", HER, service.folder)
    service.write("password", PASSWORD + "\n")
    return service


def wait(true: Callable[[], bool], what: str, seconds: float = 40, words: Callable[[], str] = str) -> None:
    """Return as soon as it is true; at the end of the time fail with `words`."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}\n{words()}"
        time.sleep(0.1)  # systemd and the target tell nobody here
