"""`login`, by the real command, with a browser that follows the printed address, on a Dovecot that takes the token."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.support import Commands, a_mail, comment, environment, jst, process
from tests.servers.authorisation import CLIENT_SECRET, Authorisation, Reply
from tests.servers.dovecot import Dovecot


class Setting:
    """A configuration in a test's folder whose mailbox `main` is read by permission."""

    def __init__(self, folder: Path, server: Authorisation, dovecot: Dovecot, **oauth: Any) -> None:
        self.folder, self.provider = folder, server
        self.home, self.state = folder / "home", folder / "state"
        self.home.mkdir(exist_ok=True)
        self.file = folder / "config.yaml"
        mailbox = {"host": "127.0.0.1", "port": dovecot.port, "tls": "none", "username": server.account}
        settings = {name: value for name, value in server.settings(**oauth).items() if value is not None}
        self.write(language="en", mailboxes=[{"name": "main", **mailbox, "oauth": settings}])

    def write(self, **content: Any) -> None:
        """Write these settings in place of those that were there."""
        told = self.folder / "tell-me"
        told.write_text(f'#!/bin/sh\ncat >> "{self.folder}/told"\n')
        told.chmod(0o755)
        before = yaml.safe_load(self.file.read_text()) if self.file.exists() else {}
        defaults = {"state": str(self.state), "alerts": {"targets": [{"command": [str(told)]}]}}
        self.file.write_text(yaml.safe_dump({**defaults, **before, **content}, allow_unicode=True))
        self.file.chmod(0o600)

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command to its end; what it printed, both streams."""
        done = process(["-c", str(self.file), *arguments], self.home, stdin=subprocess.DEVNULL)
        printed = (done.stdout + done.stderr).decode()
        assert done.returncode == code, printed
        assert "Traceback" not in printed
        self.shows_no_secret(printed)
        return printed

    def shows_no_secret(self, printed: str, but: tuple[str, ...] = ()) -> None:
        for secret in (*self.provider.given, CLIENT_SECRET):
            assert secret in but or secret not in printed

    @contextmanager
    def login(self, *arguments: str, code: int, **environ: str) -> Iterator[Session]:
        """`login main`, which is talked to while it runs, and must end with `code`."""
        process = subprocess.Popen(
            [sys.executable, "-m", "inboxwatch", "-c", str(self.file), "login", "main", *arguments],
            cwd=self.home,
            env=environment(self.home, **environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        session = Session(process)
        try:
            yield session
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
            process.wait()
        session.printed += out.decode() + err.decode()
        assert process.returncode == code, session.printed
        assert "Traceback" not in session.printed
        self.shows_no_secret(session.printed)

    def kept(self) -> list[Path]:
        return [path for path in self.state.glob("logins/*") if not path.name.startswith(".")]


class Session:
    """A `login` that is running."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.printed = ""

    def until(self, pattern: str) -> str:
        """What it has printed when this has come; the match."""
        assert self.process.stdout is not None
        end = time.monotonic() + 30
        while not (found := re.search(pattern, self.printed)):
            assert time.monotonic() < end, self.printed
            if select.select([self.process.stdout], [], [], 0.5)[0]:
                piece = os.read(self.process.stdout.fileno(), 65_536)
                assert piece, self.printed
                self.printed += piece.decode()
        return found[0]

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def allow(session: Session) -> str:
    """The browser opens the printed address, she says yes or no there; where it is sent then."""
    address = session.until(r"http://127\.0\.0\.1:\d+/authorise\?\S+\n").strip()
    try:
        urllib.request.build_opener(_Stay).open(address, timeout=10)
    except urllib.error.HTTPError as answer:
        to: str = answer.headers["Location"]
        answer.close()
        return to
    raise AssertionError("the sign-in server did not send the browser on")


def browse(address: str) -> str:
    """The browser goes where it was sent; what it shows."""
    with urllib.request.urlopen(address, timeout=10) as page:  # noqa: S310 - of this computer
        return str(page.read().decode())


@pytest.fixture
def setting(tmp_path: Path, provider: Authorisation, token_dovecot: Dovecot) -> Setting:
    return Setting(tmp_path, provider, token_dovecot)


def test_the_whole_way_from_no_permission_to_a_mail_that_is_read(
    setting: Setting, provider: Authorisation, token_dovecot: Dovecot, user: str
) -> None:
    token_dovecot.append(user, a_mail(comment(), jst("2026-06-01T10:00")))
    assert "inboxwatch login main" in setting.run("check", code=1)
    assert "inboxwatch login main" in setting.run("run", "--once", code=75)
    with setting.login(code=0) as session:
        assert "Close this page" in browse(allow(session))
    assert f"let {user} in with this permission" in session.printed
    assert "inboxwatch check" in session.printed
    (kept,) = setting.kept()
    assert kept.read_text().strip() in provider.refresh_tokens
    checked = setting.run("check")
    assert f"logged in to 127.0.0.1:{token_dovecot.port} as {user}" in checked
    assert f"by the permission kept in {kept}" in checked
    setting.run("run", "--once")
    assert "lancers/90020001" in setting.run("status", "--json")
    assert b"\\Seen" not in next(iter(token_dovecot.flags(user).values()))
    # Each command of the way was a process of its own: what they have left behind holds the secret in one place.
    for path in setting.folder.rglob("*"):
        if path.is_file() and path != kept:
            content = path.read_bytes()
            assert not [secret for secret in (*provider.given, CLIENT_SECRET) if secret.encode() in content], path
    modes = {path.stat().st_mode & 0o777 for path in setting.state.rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_a_secret_of_the_client_is_sent_and_never_shown(
    tmp_path: Path, provider: Authorisation, token_dovecot: Dovecot
) -> None:
    secret = tmp_path / "client-secret"
    secret.write_text(f"{CLIENT_SECRET}\n")
    secret.chmod(0o600)
    setting = Setting(tmp_path, provider, token_dovecot, client_secret={"file": "client-secret"})
    with setting.login("-v", code=0) as session:
        browse(allow(session))
    setting.run("check", "-v")
    forms = [form for path, form in provider.asked if path == "/token"]
    assert forms and all(form["client_secret"] == CLIENT_SECRET for form in forms)


def test_no_secret_stands_in_the_process_list(setting: Setting, provider: Authorisation) -> None:
    with setting.login("--device", code=0) as session:
        session.until("Waiting")
        listed = Path(f"/proc/{session.process.pid}/cmdline").read_bytes().decode()
        setting.shows_no_secret(listed)
        provider.pending = 0


def test_where_no_browser_reaches_this_computer_she_pastes_the_address(setting: Setting) -> None:
    with setting.login("--paste", code=0) as session:
        session.until("paste it here")
        address = allow(session)
        session.say("")
        session.say("is it this one?")
        session.until("That is not the address")
        session.say(address)
    assert len(setting.kept()) == 1


def test_three_wrong_addresses_or_none_end_it(setting: Setting) -> None:
    with setting.login("--paste", code=1) as session:
        for _ in range(3):
            session.say("http://127.0.0.1:1/?code=stolen&state=guessed")
    assert "login main --paste" in session.printed
    assert "did not come" in setting.run("login", "main", "--paste", code=1)
    assert setting.kept() == []


def test_a_code_is_typed_on_any_device(setting: Setting, provider: Authorisation) -> None:
    provider.pending = 1
    with setting.login("--device", code=0) as session:
        assert session.until("WDJB-MJHT")
    assert f"{provider.url}/activate" in session.printed
    assert len(setting.kept()) == 1


@pytest.mark.parametrize("urls", [{"authorise_url": None}, {"provider": "microsoft"}])
def test_the_way_is_the_one_that_the_provider_has_or_recommends(
    tmp_path: Path, provider: Authorisation, token_dovecot: Dovecot, urls: dict[str, Any]
) -> None:
    setting = Setting(tmp_path, provider, token_dovecot, **urls)
    with setting.login(code=0) as session:
        assert session.until("WDJB-MJHT")


def test_a_no_in_the_browser_is_a_no_and_changes_nothing(setting: Setting, provider: Authorisation) -> None:
    provider.consents = False
    with setting.login(code=1) as session:
        browse(allow(session))
    assert "permission was not given, so nothing was changed" in session.printed
    assert "permission was not given" in setting.run("login", "main", "--device", code=1)
    assert setting.kept() == []


def test_permission_of_another_account_is_not_kept_in_place_of_a_good_one(
    setting: Setting, provider: Authorisation, user: str
) -> None:
    setting.run("login", "main", "--device")
    (kept,) = setting.kept()
    before = kept.read_text()
    provider.account = "somebody.else"
    printed = setting.run("login", "main", "--device", code=1)
    assert f"sign in as {user}" in printed and "nothing was changed" in printed
    assert kept.read_text() == before
    setting.run("check")


def test_a_forged_answer_to_the_port_does_not_end_the_wait(setting: Setting) -> None:
    with setting.login(code=0) as session:
        address = allow(session)
        forged = re.sub(r"state=[^&]+", "state=guessed", address)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            browse(forged)
        browse(address)
    assert len(setting.kept()) == 1


def test_ctrl_c_ends_it_cleanly_and_changes_nothing(setting: Setting) -> None:
    for way in ("--loopback", "--paste", "--device"):
        setting.provider.pending = 1000
        with setting.login(way, code=130) as session:
            session.until("Ctrl-C|paste it here")
            time.sleep(0.3)  # it has said so before it waits
            session.process.send_signal(signal.SIGINT)
        assert "nothing was changed" in session.printed
    assert setting.kept() == []


def test_a_sign_in_server_that_does_not_answer_is_75(setting: Setting, provider: Authorisation) -> None:
    provider.replies = [Reply(503)]
    assert "cannot answer just now" in setting.run("login", "main", "--device", code=75)
    assert setting.kept() == []


def test_a_mail_server_that_does_not_answer_is_75_and_what_she_gave_is_kept(
    setting: Setting, provider: Authorisation
) -> None:
    content = yaml.safe_load(setting.file.read_text())
    content["mailboxes"][0]["port"] = 1
    setting.write(**content)
    printed = setting.run("login", "main", "--device", code=75)
    (kept,) = setting.kept()
    assert str(kept) in printed and "inboxwatch check" in printed


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply.of(401, error="invalid_client"), "client_id and client_secret"),
        (Reply.of(400, error="invalid_scope"), "no permission to read mail"),
        (Reply.of(400, error="odd", error_description="\x1b]0;evil\x07\u202e"), "the provider said no"),
        (Reply.of(200, user_code="A"), "cannot be used"),
    ],
)
def test_each_no_of_the_provider_has_its_sentence(
    setting: Setting, provider: Authorisation, reply: Reply, words: str
) -> None:
    provider.replies = [reply]
    printed = setting.run("login", "main", "--device", code=1)
    assert words in printed
    assert "\x1b" not in printed and "\u202e" not in printed


def test_a_permission_that_does_not_last_is_not_kept(setting: Setting, provider: Authorisation) -> None:
    provider.gives_refresh = False
    assert "offline_access" in setting.run("login", "main", "--device", code=1)
    assert setting.kept() == []


def test_the_code_runs_out(setting: Setting, provider: Authorisation) -> None:
    provider.pending, provider.device_seconds = 1000, 2
    assert "nobody gave permission in time" in setting.run("login", "main", "--device", code=1)


def test_it_speaks_japanese(setting: Setting, provider: Authorisation, user: str) -> None:
    setting.write(language="ja")
    assert "読む許可がないか、切れています。次の命令で許可してください： inboxwatch login main" in setting.run(
        "check", code=1
    )
    with setting.login(code=0) as session:
        assert "返事が届きました" in browse(allow(session))
    assert f"この許可で、{user} として" in session.printed
    provider.consents = False
    assert "許可されなかったので、何も変えていません" in setting.run("login", "main", "--device", code=1)


def test_a_browser_is_opened_only_when_that_is_asked_for(setting: Setting, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" > "{tmp_path}/opened"\n')
    browser.chmod(0o755)
    with setting.login(code=0, BROWSER=f"{browser} %s") as session:
        browse(allow(session))
    assert not (tmp_path / "opened").exists()
    with setting.login("--browser", code=0, BROWSER=f"{browser} %s") as session:
        browse(allow(session))
    assert (tmp_path / "opened").read_text().strip() in session.printed


# What only the configuration can mend.


def test_a_mailbox_that_is_not_there_or_needs_no_permission_is_78(
    setting: Setting, tmp_path: Path, token_dovecot: Dovecot
) -> None:
    assert "there is no mailbox other" in setting.run("login", "other", code=78)
    server = {"host": "127.0.0.1", "port": token_dovecot.port, "tls": "none", "username": "me"}
    content = yaml.safe_load(setting.file.read_text())
    mailboxes = [
        *content["mailboxes"],
        {"name": "by password", **server, "password": {"command": ["true"]}},
        {"name": "folder", "maildir": str(tmp_path)},
        {"name": "elsewhere", **server, "oauth": setting.provider.settings(refresh_token={"command": ["true"]})},
        {"name": "google", **server, "oauth": {"provider": "google", "client_id": "id"}},
    ]
    setting.write(mailboxes=mailboxes)
    assert "read with a password" in setting.run("login", "by password", code=78)
    assert "a folder on this computer" in setting.run("login", "folder", code=78)
    assert "Remove `refresh_token:`" in setting.run("login", "elsewhere", code=78)
    assert "--device cannot be used for google" in setting.run("login", "google", "--device", code=78)


def test_a_client_secret_that_is_missing_is_78(tmp_path: Path, provider: Authorisation, token_dovecot: Dovecot) -> None:
    setting = Setting(tmp_path, provider, token_dovecot, client_secret={"file": "gone"})
    assert "gone" in setting.run("login", "main", "--device", code=78)
    assert "mailboxes[0].oauth.client_secret" in setting.run("run", code=78)


def test_a_state_folder_that_cannot_be_used_is_told_before_she_is_sent_anywhere(
    setting: Setting, provider: Authorisation
) -> None:
    setting.state.write_text("a file")
    assert "cannot be written" in setting.run("login", "main", code=78)
    assert provider.asked == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make the folder of another user")
def test_root_does_not_keep_what_the_daemon_could_not_read(setting: Setting, provider: Authorisation) -> None:
    setting.state.mkdir()
    os.chown(setting.state, 65534, 65534)
    assert "sudo -u nobody inboxwatch login" in setting.run("login", "main", code=1)
    assert provider.asked == []


def test_two_ways_at_once_are_wrong_usage(bare: Commands) -> None:
    bare("login", "main", "--device", "--paste", code=2)
