"""What the tests of the commands share: a configuration in a folder of the test's own, mails, and calls of `main`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from email.header import Header
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from inboxwatch.__main__ import main

JST = timezone(timedelta(hours=9))
GOLDEN = Path(__file__).parent.parent / "mails" / "lancers"
TITLE = "商品紹介文の作成"
PROJECT = "lancers/90020001"
LINK = "https://www.lancers.jp/work/detail/90020001"
PAID = "連絡期限経過による支払い確定及びプロジェクト完了通知"

#: Shared by tests of processes: none of the developer's own configuration may be found.
PLACES = ("INBOXWATCH_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "STATE_DIRECTORY")


def jst(text: str) -> datetime:
    """An instant in Japan."""
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def comment(client: str = "青空商店", title: str = TITLE) -> str:
    """An attested subject: contact by the client."""
    return f"[ランサーズ] {client} さんから {title} のコメントが届いています"


def a_mail(
    subject: str, at: datetime, *, link: str = LINK, sender: str = "noreply@lancers.co.jp", name: str | None = None
) -> bytes:
    """A mail of the platform, in UTF-8."""
    identity = name or f"{at:%Y%m%d%H%M%S}"
    return (
        f"Received: from out.example.net by mx.example.com; {format_datetime(at)}\r\n"
        f"From: <{sender}>\r\nTo: me@example.com\r\nSubject: {Header(subject, 'utf-8').encode()}\r\n"
        f"Message-ID: <{identity}@mail.example.net>\r\nDate: {format_datetime(at)}\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"花村 さん\r\n\r\n{link}\r\n"
    ).encode()


def write_mails(folder: Path, *mails: bytes) -> Path:
    """The mails as .eml files in a new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, mail in enumerate(mails):
        (folder / f"{number:03d}.eml").write_bytes(mail)
    return folder


def write_config(folder: Path, *more: str, port: int = 1, mailboxes: str | None = None) -> Path:
    """A configuration whose one mailbox answers on `port`, with a password file and a state folder beside it."""
    password = folder / "password"
    password.write_text("secret\n")
    password.chmod(0o600)
    written = mailboxes or (
        f"mailboxes:\n  - name: main\n    host: 127.0.0.1\n    port: {port}\n    tls: none\n"
        f"    username: me@example.com\n    password: {{file: {password}}}\n"
    )
    path = folder / "config.yaml"
    path.write_text(f"language: en\nstate: {folder / 'state'}\n{written}" + "".join(f"{line}\n" for line in more))
    path.chmod(0o600)
    return path


class Commands:
    """Runs commands in this process and gives what they printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], config: Path | None) -> None:
        self._capsys = capsys
        self.config = config
        self.err = ""

    def __call__(self, *arguments: object, code: int = 0) -> str:
        """Run one command, which must end with `code`; return its standard output."""
        before = ["-c", str(self.config)] if self.config else []
        found = main([*before, *(str(argument) for argument in arguments)])
        captured = self._capsys.readouterr()
        self.err = captured.err
        assert found == code, f"ended with {found}: {captured.err}"
        assert "Traceback" not in captured.err
        return captured.out

    def json(self, *arguments: object, code: int = 0) -> Any:
        """Run one command with --json, which prints one document."""
        return json.loads(self(*arguments, "--json", code=code))

    def lines(self, *arguments: object, code: int = 0) -> list[dict[str, Any]]:
        """Run one command with --json, which prints lines."""
        return [json.loads(line) for line in self(*arguments, "--json", code=code).splitlines()]


def environment(home: Path, **more: str) -> dict[str, str]:
    """An environment in which no configuration is found."""
    kept = {name: value for name, value in os.environ.items() if name not in PLACES}
    return {**kept, "HOME": str(home), "PYTHONIOENCODING": "", "LC_ALL": "C.UTF-8", **more}


def process(arguments: Sequence[str], home: Path, **more: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the program as a user does, in the empty folder `home`."""
    return subprocess.run(
        [sys.executable, "-m", "inboxwatch", *arguments],
        cwd=home,
        env=environment(home),
        capture_output=True,
        timeout=30,
        check=False,
        **more,
    )
