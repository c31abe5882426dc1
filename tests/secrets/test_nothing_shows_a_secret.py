"""Secrets stand in every place where one can stand; every command and the daemon run into every failure with -v.

Then everything that was written is searched for them: outputs, log, what systemd and the journal were told, the state
folder, the exported pack, and the arguments and environments of all that was started.
"""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from inboxwatch import cli
from inboxwatch.__main__ import main
from tests.cli.support import environment
from tests.secrets.canaries import Canaries, bytes_of, watched_children
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import ScriptedServer, Talk
from tests.service.house import comment, days, funded, now, paid, platform_mail

PROJECT = "lancers/5545030"


class _Echo(BaseHTTPRequestHandler):
    """Refuses everything, and says in its refusal all that it was told, as some services do."""

    def _refuse(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        signed = (self.headers.get("Authorization") or "").removeprefix("Basic ")
        try:
            name = base64.b64decode(signed)
        except ValueError:
            name = b""
        said = b"cannot take " + self.requestline.encode() + b"\n" + bytes(self.headers) + b"\n" + name
        self.server.asked.append(said)  # type: ignore[attr-defined]
        self.send_response(403, f"no {self.path}")
        self.send_header("Location", self.path)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST = do_PUT = _refuse

    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def _echoing_service() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _echo_the_password(talk: Talk, line: bytes) -> bool:
    """A server that says in its refusal what it was given, in every form."""
    words = line.split()
    if len(words) < 2 or words[1].upper() not in (b"LOGIN", b"AUTHENTICATE"):
        return False
    if words[1].upper() == b"LOGIN":
        given = line
    else:
        if len(words) < 4:
            talk.say(b"+ \r\n")
        given = words[3] if len(words) > 3 else talk.line()
        given += b" " + base64.b64decode(given).replace(b"\0", b" ")
    talk.answer(line, result=b"NO [AUTHENTICATIONFAILED] you sent " + given)
    return True


@dataclass
class Planted:
    """One installation in which a secret stands in every place; `written` gathers what came out of it."""

    folder: Path
    canary: Canaries
    environ: dict[str, str]
    service: ThreadingHTTPServer
    told: socket.socket
    written: list[bytes] = field(default_factory=list)
    children: dict[str, set[bytes]] = field(default_factory=lambda: {"cmdline": set(), "environ": set()})

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    def only_what_can_be_read(self) -> None:
        """Leave the mailboxes out that cannot be read: until they are known to be blind nothing is decided."""
        content = yaml.safe_load(self.config.read_text())
        good = ("plain", "file", "env", "command", "credential")
        content["mailboxes"] = [one for one in content["mailboxes"] if one["name"] in good]
        self.config.write_text(yaml.safe_dump(content, allow_unicode=True))

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "inboxwatch", "-v", "-c", str(self.config), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.environ,
        )

    def run(self, *arguments: str) -> str:
        """Run one command to its end, with eyes on all that it starts; return what it printed."""
        process = self.start(*arguments)
        with watched_children(process.pid) as seen:
            out, err = process.communicate(timeout=90)
        self._keep(seen, out, err)
        return (out + err).decode()

    def daemon(self, until: Callable[[str], bool]) -> str:
        """Run the daemon until this is true of what it has said, and stop it."""
        process = self.start("run")
        said: list[bytes] = []
        # Read while it runs: a full pipe would hold it up.
        readers = [
            threading.Thread(target=said.extend, args=(stream,), daemon=True)
            for stream in (process.stdout, process.stderr)
        ]
        for reader in readers:
            reader.start()
        with watched_children(process.pid) as seen:
            end = time.monotonic() + 60
            while not until(b"".join(said).decode()) and process.poll() is None:
                assert time.monotonic() < end, b"".join(said).decode()
                time.sleep(0.1)
            process.send_signal(signal.SIGHUP)
            process.terminate()
            process.wait(30)
        for reader in readers:
            reader.join(5)
        self._keep(seen, *said)
        assert process.returncode == 0, b"".join(said).decode()
        return b"".join(said).decode()

    def _keep(self, seen: dict[str, set[bytes]], *said: bytes) -> None:
        self.written += said
        for name, found in seen.items():
            self.children[name] |= found

    def heard_by_systemd(self) -> bytes:
        self.told.setblocking(False)
        heard = b""
        try:
            while True:
                heard += self.told.recv(65536) + b"\n"
        except BlockingIOError:
            return heard


@pytest.fixture
def planted(tmp_path: Path, own_dovecot: Dovecot, scripted: Callable[..., ScriptedServer]) -> Iterator[Planted]:
    canary = Canaries()
    users = {form: f"user-{form}" for form in ("plain", "file", "env", "command", "credential")}
    for form, name in users.items():
        own_dovecot.append(name, funded(now() - days(20)), comment(now() - days(8)), paid(now() - days(2)))
        own_dovecot.append(name, platform_mail(now() - days(1), f"知らないお知らせ {form}"))
    own_dovecot.set_passwords({name: canary(f"password as {form}") for form, name in users.items()})
    echoing = scripted(_echo_the_password, capabilities="IMAP4rev1 AUTH=PLAIN")
    old_fashioned = scripted(_echo_the_password, capabilities="IMAP4rev1")
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(tmp_path / "notify"))
    with _echoing_service() as service:
        content = _content(tmp_path, canary, own_dovecot, echoing, old_fashioned, service.server_port)
        config = tmp_path / "config.yaml"
        config.write_text(yaml.safe_dump(content, allow_unicode=True))
        config.chmod(0o600)
        environ = environment(
            tmp_path,
            MAIL_PASSWORD=canary("password as env"),
            TARGET_URL=f"json://127.0.0.1:{service.server_port}/{canary('url from env')}",
            CREDENTIALS_DIRECTORY=str(tmp_path / "credentials"),
            NOTIFY_SOCKET=str(tmp_path / "notify"),
            PYTHONFAULTHANDLER="1",
        )
        yield Planted(tmp_path, canary, environ, service, told)
    told.close()


def _secret_file(folder: Path, name: str, secret: str) -> str:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{secret}\n")
    path.chmod(0o600)
    return str(path)


def _content(
    folder: Path,
    canary: Canaries,
    dovecot: Dovecot,
    echoing: ScriptedServer,
    old_fashioned: ScriptedServer,
    port: int,
) -> dict[str, Any]:
    """The configuration: mailboxes that are read and that are not, targets that refuse and that cannot be reached."""
    _secret_file(folder, "credentials/mail", canary("password as credential"))
    kept = _secret_file(folder, "kept", canary("password as command"))
    noisy = folder / "tell-password"
    noisy.write_text(
        f"#!/bin/sh\necho {canary('on standard error of the command')} >&2\ncat {kept}\n"
        f"env >>{folder}/environment-of-the-command\n"
    )
    noisy.chmod(0o700)
    failing = folder / "fail"
    failing.write_text(f"#!/bin/sh\necho {canary('of a failing command')}\ncat {kept} >&2\nexit 3\n")
    failing.chmod(0o700)
    listener = folder / "listen"
    listener.write_text(f"#!/bin/sh\ncat >/dev/null\nenv >>{folder}/environment-of-the-target\n")
    listener.chmod(0o700)

    def account(name: str, password: Any, **more: Any) -> dict[str, Any]:
        place = {"host": "127.0.0.1", "port": dovecot.port, "tls": "none", "poll": "5s"}
        return {"name": name, "username": f"user-{name}", "password": password, **place, **more}

    def url(scheme: str, name: str, at: int = port) -> str:
        parts = [canary(f"{name}: {part}") for part in ("user", "password", "path", "query", "header", "fragment")]
        return "{}://{}:{}@127.0.0.1:{}/{}/?token={}&+X-Token={}#{}".format(scheme, *parts[:2], at, *parts[2:])

    return {
        "language": "en",
        "state": str(folder / "state"),
        "me": ["me@example.com"],
        "mailboxes": [
            account("plain", canary("password as plain")),
            account("file", {"file": _secret_file(folder, "mail-password", canary("password as file"))}),
            account("env", {"env": "MAIL_PASSWORD"}),
            account("command", {"command": [str(noisy)]}),
            account("credential", {"credential": "mail"}),
            account("wrong", canary("a wrong password")),
            account("failing", {"command": [str(failing)]}),
            account("dead", canary("for a dead server"), port=1),
            account("echo", canary("for a server that echoes"), port=echoing.port),
            account("old", canary("for an old server that echoes"), port=old_fashioned.port),
        ],
        "alerts": {
            "targets": [
                {"url": url("json", "refusing")},
                {"url": url("ntfy", "refusing ntfy")},
                {"url": url("xml", "unreachable", 1)},
                {"url": {"file": _secret_file(folder, "url", f"form://127.0.0.1:{port}/{canary('url from file')}")}},
                {"url": {"env": "TARGET_URL"}},
                {"url": f"nosuchservice://{canary('of an unknown service')}/x"},
                {"command": [str(listener)]},
                {"journal": True},
            ]
        },
        "ping": {"url": f"http://127.0.0.1:{port}/{canary('ping: path')}?x={canary('ping: query')}", "every": "1m"},
    }


def _commands(planted: Planted, mails: Path) -> dict[str, list[list[str]]]:
    """Every command, with arguments that lead it far. A new command fails the test until it is here."""
    broken = planted.folder / "nothing.eml"
    return {
        "check": [["check", "--send-test"]],
        "import": [["import", str(mails), str(broken)]],
        "record": [["record", PROJECT, "completion_reported"], ["record", "x/y/z", "nonsense"]],
        "snooze": [["snooze", PROJECT, "--until", "2d"]],
        "status": [["status"], ["status", "--json"]],
        "timeline": [["timeline", PROJECT], ["timeline", PROJECT, "--json"], ["timeline", "nothing"]],
        "alerts": [["alerts"], ["alerts", "--json"], ["alerts", "resend", "summary"]],
        "assign": [["assign", "0123456789ab", PROJECT]],
        "export": [["export", PROJECT, "--to", str(planted.folder / "pack")]],
        "review": [["review"], ["review", "--json"]],
        "teach": [["teach", "0123456789ab", "--as", "noise"]],
        "rebuild": [["rebuild"]],
        "classify": [["classify", str(mails), "--json"]],
        "replay": [["replay", str(mails)]],
        "schema": [["schema"]],
        "version": [["version"]],
        "demo": [["demo"]],
        "login": [["login", "plain"]],
        "forget": [["forget", PROJECT, "--dry-run"], ["forget", "--mailbox", "file", "--yes"]],
        "run": [["run", "--once"]],
    }


#: What the daemon must have met before it is stopped: of mailboxes, and of targets.
NOT_READ = ("echo: ", "old: ", "wrong: ", "refused the login", "cannot be reached", "ended with code 3")
NOT_SENT = ("error=403", "Apprise does not accept", "connection was refused")


@pytest.mark.timeout(240)
def test_no_secret_is_written_anywhere_by_any_command_or_the_daemon(
    planted: Planted,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    mails = planted.folder / "mails"
    mails.mkdir()
    (mails / "one.eml").write_bytes(comment(now() - days(9)))
    planted.daemon(lambda said: all(failure in said for failure in NOT_READ))
    assert "echo: " in planted.run("run", "--once")
    whole = planted.config.read_text()
    planted.only_what_can_be_read()
    planted.daemon(lambda said: all(failure in said for failure in NOT_SENT))
    planted.config.write_text(whole)

    commands = _commands(planted, mails)
    assert set(cli._COMMANDS) <= set(commands), "a new command: let it run here too"
    for name, value in planted.environ.items():
        monkeypatch.setenv(name, value)
    caplog.set_level("DEBUG")
    for name in sorted(set(cli._COMMANDS) - {"run"}, key=list(commands).index):
        for arguments in commands[name]:
            main(["-v", "-c", str(planted.config), *arguments])
    captured = capfd.readouterr()
    said = captured.out + captured.err + caplog.text
    planted.written.append(said.encode())
    assert "Traceback" not in said
    assert "answered 403" in said, "the ping must have been refused"

    canary = planted.canary
    assert canary.found(b"".join(planted.service.asked)), "the service was never told anything"  # type: ignore[attr-defined]
    assert b"summary" in _all(planted), "the state folder holds no alert"
    assert (planted.folder / "pack").is_dir()
    assert canary.found(b"\n".join(planted.written)) == []
    assert canary.found(planted.heard_by_systemd()) == []
    assert canary.found(bytes_of(planted.folder / "state")) == []
    assert canary.found(bytes_of(planted.folder / "pack")) == []


@pytest.mark.timeout(120)
def test_nothing_that_is_started_has_a_secret_among_its_arguments_or_in_its_environment(planted: Planted) -> None:
    told = planted.folder / "environment-of-the-target"
    planted.only_what_can_be_read()
    planted.daemon(lambda said: "error=403" in said and told.exists())
    arguments = b"\n".join(planted.children["cmdline"])
    assert b"apprise_child" in arguments
    assert planted.canary.found(arguments) == []
    # In the moment between fork and exec a child still shows the daemon's own environment.
    environments = [one for one in planted.children["environ"] if b"NOTIFY_SOCKET=" not in one]
    assert environments and planted.canary.found(b"\n".join(environments)) == []
    for file in (told, planted.folder / "environment-of-the-command"):
        assert b"HOME=" in file.read_bytes()
        assert planted.canary.found(file.read_bytes()) == []
        assert b"NOTIFY_SOCKET" not in file.read_bytes()


def _all(planted: Planted) -> bytes:
    return bytes_of(planted.folder / "state") if (planted.folder / "state").is_dir() else b""


#: What she may have written wrongly; `{}` is the secret.
WRONG = {
    "a number": "mailboxes: [{{name: m, host: h.example, username: u, password: 12345678{}}}]",
    "a mapping": "mailboxes: [{{name: m, host: h.example, username: u, password: {{{}: x}}}}]",
    "braces": "mailboxes: [{{name: m, host: h.example, username: u, password: {{file: x, {}: y}}}}]",
    "a list": "mailboxes: [{{name: m, host: h.example, username: u, password: [{}]}}]",
    "a file": "mailboxes: [{{name: m, host: h.example, username: u, password: {{fil: {}}}}}]",
    "a variable": "mailboxes: [{{name: m, host: h.example, username: u, password: {{env: '{} x'}}}}]",
    "a credential": "mailboxes: [{{name: m, host: h.example, username: u, password: {{credential: '../{}'}}}}]",
    "two lines": 'mailboxes: [{{name: m, host: h.example, username: u, password: "{}\\nx"}}]',
    "an unquoted colon": "mailboxes:\n  - name: m\n    password: {}: x: y\n",
    "an unclosed quote": 'mailboxes:\n  - name: m\n    password: "{}\n    host: x\n',
    "an alias": "mailboxes:\n  - name: m\n    password: *{}\n",
    "a tag": "mailboxes:\n  - name: m\n    password: !{} x\n",
    "twice": "mailboxes:\n  - name: m\n    password: {}\n    password: {}\n",
    "a url that is none": "alerts: {{targets: [{{url: '{}'}}]}}",
    "a url with a space": "alerts: {{targets: [{{url: 'js on://{}'}}]}}",
    "a ping that is none": "ping: {{url: 'ftp://{}'}}",
    "a misspelt key": "alerts: {{targets: [{{ulr: 'json://{}'}}]}}",
    "a target that is a text": "alerts: {{targets: ['json://{}']}}",
    "a mailbox that is a text": "mailboxes: ['imaps://me:{}@h.example']",
    "a misspelt password": "mailboxes: [{{name: m, host: h.example, username: u, pasword: {}}}]",
}


@pytest.mark.parametrize("mistake", sorted(WRONG))
def test_what_is_written_wrongly_is_not_quoted(
    tmp_path: Path, mistake: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = Canaries()
    secret = canary(mistake)
    config = tmp_path / "config.yaml"
    config.write_text(WRONG[mistake].replace("{}", secret).replace("{{", "{").replace("}}", "}"))
    config.chmod(0o600)
    monkeypatch.chdir(tmp_path)
    assert main(["-v", "-c", str(config), "check"]) != 0
    captured = capfd.readouterr()
    assert "config.yaml" in captured.err
    assert canary.found((captured.out + captured.err).encode()) == []


def test_no_repr_shows_a_secret(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    from inboxwatch.app import App
    from inboxwatch.config import load

    for name in ("MAIL_PASSWORD", "TARGET_URL", "CREDENTIALS_DIRECTORY"):
        monkeypatch.setenv(name, planted.environ[name])
    app = App.of(load(planted.config), os.environ)
    targets = app.targets()
    shown = [repr(app), str(app), repr(app.config), str(app.config), repr(targets), repr(app.policy)]
    shown += [repr(one) + str(one) + repr(getattr(one, "__dict__", "")) for one in app.config.mailboxes]
    shown += [f"{one!r} {one}" for one in targets.values()]
    assert planted.canary.found("\n".join(shown).encode()) == []
