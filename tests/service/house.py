"""A whole installation in a test's folder: configuration, state, targets that record, and mails of a platform."""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from inboxwatch import config
from inboxwatch.app import App
from inboxwatch.service.daemon import serve
from inboxwatch.service.once import run_once
from inboxwatch.store.sqlite import Store

PASSWORD = "secret"
LINK = "https://www.lancers.jp/work/detail/5545030"
_numbers = count(1)


def now() -> datetime:
    return datetime.now(UTC)


def platform_mail(at: datetime, subject: str, body: str = LINK, sender: str = "noreply@lancers.co.jp") -> bytes:
    """A notification of the platform, as it lies in the mailbox."""
    mail = EmailMessage()
    mail["Received"] = f"from mta.example by mx.example.com; {format_datetime(at)}"
    mail["From"] = f"ランサーズ事務局 <{sender}>"
    mail["To"] = "me@example.com"
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{next(_numbers)}.{at.timestamp():.0f}@mail.example>"
    mail.set_content(f"me さん\n\nお知らせです。\n{body}\n")
    return mail.as_bytes()


def client_mail(at: datetime) -> bytes:
    """A client writes directly."""
    mail = EmailMessage()
    mail["From"] = "山田 <yamada@example.co.jp>"
    mail["To"] = "me@example.com"
    mail["Subject"] = "ご相談"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{next(_numbers)}.{at.timestamp():.0f}@example.co.jp>"
    mail.set_content("明日ご相談できますか。\n")
    return mail.as_bytes()


def comment(at: datetime) -> bytes:
    """The client writes on the platform."""
    return platform_mail(at, "[ランサーズ] 山本企画 さんから 記事5本の執筆 のコメントが届いています")


def funded(at: datetime) -> bytes:
    """The escrow is paid in: a probable subject."""
    return platform_mail(at, "[ランサーズ] 仮払いが完了しました")


def paid(at: datetime) -> bytes:
    """The reminder's deadline passed, and the payment is confirmed."""
    return platform_mail(at, "連絡期限経過による支払い確定及びプロジェクト完了通知")


class House:
    """One installation: `mailboxes` and `targets` are as in the configuration file."""

    def __init__(self, folder: Path, mailboxes: list[dict[str, Any]], url: str | None = None, **more: Any) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.heard = folder / "heard.jsonl"
        program = folder / "tell-me"
        program.write_text(f"#!{sys.executable}\nimport sys\nopen({str(self.heard)!r}, 'a').write(sys.stdin.read())\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        password = folder / "password"
        password.write_text(PASSWORD + "\n")
        password.chmod(0o600)
        for mailbox in mailboxes:
            if "host" in mailbox and "oauth" not in mailbox:
                mailbox.setdefault("password", {"file": str(password)})
        targets: list[dict[str, Any]] = [{"command": [str(program)]}, *([{"url": url}] if url else [])]
        content = {
            "language": "en",
            "state": str(folder / "state"),
            "me": ["me@example.com"],
            "mailboxes": mailboxes,
            "alerts": {"targets": targets, **more.pop("alerts", {})},
            **more,
        }
        self.file = folder / "config.yaml"
        self.file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        self.file.chmod(0o600)

    def app(self) -> App:
        return App.of(config.load(self.file, check_files=True), os.environ)

    def once(self, clock: Callable[[], datetime] = now) -> tuple[str, ...]:
        """`run --once`; what could not be reached."""
        return run_once(self.app(), clock, lambda mailbox, mails: None).failures

    def alerts(self) -> list[dict[str, Any]]:
        """What the command target was told, in order."""
        if not self.heard.exists():
            return []
        return [json.loads(line) for line in self.heard.read_text(encoding="utf-8").splitlines()]

    def kinds(self) -> list[str]:
        return [alert["kind"] for alert in self.alerts()]

    def store(self) -> Store:
        """The database, as a command of hers opens it."""
        return Store.open(self.folder / "state")

    def fail_the_url_target(self, times: int) -> None:
        """What waits for the URL target has failed so often, and is due now."""
        store = self.store()
        store.hasten(now())
        for delivery in store.due_deliveries(now(), 99):
            for _ in range(times - delivery.attempts if "://" in delivery.target else 0):
                store.attempting(delivery, now())
                store.failed(delivery, now(), "the service did not take the alert", now())
        store.close()

    @contextmanager
    def daemon(
        self, clock: Callable[[], datetime] = now, environ: Mapping[str, str] = MappingProxyType({})
    ) -> Iterator[None]:
        """`run`, in a thread; it has ended cleanly when the block is left."""
        stop, code = threading.Event(), []
        thread = threading.Thread(target=lambda: code.append(serve(self.app, environ, stop=stop, clock=clock)))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(15)
        assert code == [0], "the daemon did not end by itself"

    def wait_for(self, kind: str, seconds: float = 25.0, times: int = 1) -> dict[str, Any]:
        """The alert of this kind, as soon as the command target has it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = [alert for alert in self.alerts() if alert["kind"] == kind]
            if len(found) >= times:
                return found[times - 1]
            time.sleep(0.05)
        raise AssertionError(f"no alert of kind {kind} within {seconds} s; there were {self.kinds()}")


def wait_until(true: Callable[[], bool], seconds: float = 25.0) -> None:
    """Return as soon as it is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)


def account(dovecot: Any, user: str, **more: Any) -> dict[str, Any]:
    """A mailbox on the test's Dovecot, as in the configuration."""
    return {"name": "main", "host": "127.0.0.1", "port": dovecot.port, "tls": "none", "username": user, **more}


def days(number: float) -> timedelta:
    return timedelta(days=number)
