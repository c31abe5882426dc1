"""Connecting: TLS, logins, and what is said when it does not work."""

from __future__ import annotations

import base64
import logging
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inboxwatch.mailbox.errors import (
    CertificateRefused,
    ConnectionLost,
    LoginRefused,
    MailboxError,
    NotNow,
    Unreachable,
    server_text,
)
from inboxwatch.mailbox.imap import Account, Login
from tests.mailbox.support import a_mail, connect, read_all, subjects, trusted
from tests.servers.dovecot import JAPANESE_PASSWORD, JAPANESE_USER, Dovecot
from tests.servers.proxy import Proxy
from tests.servers.scripted import ScriptedServer, Talk

MakeProxy = Callable[[int], Proxy]
MakeServer = Callable[..., ScriptedServer]


def nothing(talk: Talk, line: bytes) -> bool:
    return False


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_trusted_server_is_read_over_tls(dovecot: Dovecot, user: str, tls: str, host: str) -> None:
    dovecot.append(user, a_mail("One"))
    port = dovecot.tls_port if tls == "implicit" else dovecot.port
    account = connect(port, user, tls=tls, host=host, **trusted(dovecot))
    assert subjects(read_all(account)) == ["One"]
    assert account.supports_idle
    account.close()
    account.close()  # again is no fault


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_an_untrusted_certificate_is_refused_before_any_secret_is_sent(dovecot: Dovecot, user: str, tls: str) -> None:
    port = dovecot.tls_port if tls == "implicit" else dovecot.port
    with pytest.raises(CertificateRefused, match="ca_file"):
        connect(port, user, tls=tls)


def test_a_ca_file_that_is_missing_is_named(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    with pytest.raises(CertificateRefused, match=r"gone\.pem"):
        connect(dovecot.tls_port, user, tls="implicit", ca_file=tmp_path / "gone.pem")


def test_a_wrong_password_is_a_refused_login_and_is_not_repeated_in_words(dovecot: Dovecot, user: str) -> None:
    with pytest.raises(LoginRefused) as caught:
        connect(dovecot.port, user, password="wrong-secret")
    assert "wrong-secret" not in str(caught.value)
    assert user in str(caught.value)


def test_a_japanese_password_is_accepted(dovecot: Dovecot) -> None:
    account = connect(dovecot.port, JAPANESE_USER, password=JAPANESE_PASSWORD)
    account.noop()
    account.close()


def test_the_secret_is_asked_anew_at_every_connect(dovecot: Dovecot, user: str) -> None:
    secrets = iter(["outdated", "secret"])
    login = Login("127.0.0.1", dovecot.port, "none", None, user, "password", lambda: next(secrets))
    with pytest.raises(LoginRefused):
        Account.connect("main", login)
    Account.connect("main", login).close()


def test_a_secret_that_cannot_be_had_is_a_refused_login(dovecot: Dovecot, user: str) -> None:
    def ask() -> str:
        raise FileNotFoundError("token of user hush-hush")

    with pytest.raises(LoginRefused) as caught:
        Account.connect("main", Login("127.0.0.1", dovecot.port, "none", None, user, "password", ask))
    assert "hush" not in str(caught.value)


def test_a_refused_port_and_an_unknown_host_are_unreachable(user: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
    with pytest.raises(Unreachable, match=rf"127\.0\.0\.1:{port}"):
        connect(port, user)
    with pytest.raises(Unreachable, match="not found"):
        connect(993, user, host="imap.invalid")


@pytest.mark.parametrize(("tls", "wrong"), [("implicit", "port"), ("starttls", "tls_port"), ("none", "tls_port")])
def test_a_port_of_the_other_kind_is_unreachable_in_time_with_a_hint(
    dovecot: Dovecot, user: str, tls: str, wrong: str
) -> None:
    started = time.monotonic()
    with pytest.raises(Unreachable, match="993: implicit"):
        connect(getattr(dovecot, wrong), user, tls=tls, seconds=0.5, **trusted(dovecot))
    assert time.monotonic() - started < 3


def test_starttls_that_is_not_offered_is_no_reason_to_go_on_in_the_clear(scripted: MakeServer, user: str) -> None:
    server = scripted(nothing)
    with pytest.raises(Unreachable, match="STARTTLS"):
        connect(server.port, user, tls="starttls")
    assert not any(b"AUTHENTICATE" in line for line in server.lines)


def test_a_server_that_is_busy_is_not_called_a_refused_login(scripted: MakeServer, user: str) -> None:
    def busy(talk: Talk, line: bytes) -> bool:
        if b"AUTHENTICATE" not in line:
            return False
        talk.answer(line, result=b"NO [ALERT] Too many simultaneous connections. (Failure)")
        return True

    with pytest.raises(NotNow, match="Too many simultaneous"):
        connect(scripted(busy).port, user)


def test_a_connection_lost_during_the_login_is_not_called_a_refused_login(scripted: MakeServer, user: str) -> None:
    def hang_up(talk: Talk, line: bytes) -> bool:
        if b"AUTHENTICATE" in line:
            talk.close()
        return b"AUTHENTICATE" in line

    with pytest.raises(Unreachable, match="login"):
        connect(scripted(hang_up).port, user)


def test_xoauth2_sends_the_token_once_and_answers_the_error_with_nothing(scripted: MakeServer, user: str) -> None:
    def refuse(talk: Talk, line: bytes) -> bool:
        if b"AUTHENTICATE" not in line:
            return False
        talk.say(b"+ \r\n")
        talk.line()
        talk.say(b"+ " + base64.b64encode(b'{"status":"401"}') + b"\r\n")
        talk.line()
        talk.answer(line, result=b"NO [AUTHENTICATIONFAILED] Invalid credentials ya29.token")
        return True

    server = scripted(refuse)
    with pytest.raises(LoginRefused, match="authorise again") as caught:
        connect(server.port, user, password="ya29.token", auth="xoauth2")
    assert "ya29" not in str(caught.value)
    place = next(place for place, line in enumerate(server.lines) if b"AUTHENTICATE XOAUTH2" in line)
    assert base64.b64decode(server.lines[place + 1]) == f"user={user}\x01auth=Bearer ya29.token\x01\x01".encode()
    assert server.lines[place + 2] == b""


def test_without_sasl_plain_the_login_command_is_used_and_quoted(scripted: MakeServer) -> None:
    server = scripted(nothing, capabilities="IMAP4rev1")
    connect(server.port, 'a "b', password='c"d').close()
    assert any(line.endswith(b'LOGIN "a \\"b" "c\\"d"') for line in server.lines)
    with pytest.raises(LoginRefused, match="ASCII"):
        connect(server.port, "a", password="x\r\nA1 DELETE INBOX")
    assert not any(b"DELETE" in line for line in server.lines)


def test_a_greeting_that_trickles_ends_at_the_deadline(dovecot: Dovecot, user: str, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(dovecot.port)
    proxy.trickle(0.1)
    started = time.monotonic()
    with pytest.raises(Unreachable, match=r"within 0\.8 s"):
        connect(proxy.port, user, seconds=0.8)
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_an_answer_that_stalls_or_trickles_ends_at_the_deadline_of_the_whole_command(
    dovecot: Dovecot, user: str, make_proxy: MakeProxy, tls: str
) -> None:
    dovecot.append(user, a_mail("One", text="x" * 5000))
    proxy = make_proxy(dovecot.port if tls == "none" else dovecot.tls_port)
    for spoil in (proxy.stall, proxy.trickle):
        proxy.heal()
        account = connect(proxy.port, user, seconds=1.0, tls=tls, **trusted(dovecot))
        spoil()
        started = time.monotonic()
        with pytest.raises(ConnectionLost, match="within 1 s"):
            read_all(account)
        assert time.monotonic() - started < 3
        with pytest.raises(ConnectionLost, match="given up"):
            account.noop()
        account.close()


@pytest.mark.parametrize("tls", ["none", "implicit"])
@pytest.mark.parametrize("count", [0, 90, 2500])
def test_a_connection_that_is_cut_is_lost_and_names_no_mail_text(
    dovecot: Dovecot, user: str, make_proxy: MakeProxy, tls: str, count: int
) -> None:
    dovecot.append(user, *(a_mail(f"Mail {number}", text="private words " * 100) for number in range(5)))
    proxy = make_proxy(dovecot.port if tls == "none" else dovecot.tls_port)
    account = connect(proxy.port, user, tls=tls, **trusted(dovecot))
    proxy.cut_after(count)
    with pytest.raises(ConnectionLost) as caught:
        read_all(account)
    assert "private" not in str(caught.value)
    account.close()
    proxy.heal()
    again = connect(proxy.port, user, tls=tls, **trusted(dovecot))
    assert len(subjects(read_all(again))) == 5
    again.close()


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_a_reset_connection_is_lost(dovecot: Dovecot, user: str, make_proxy: MakeProxy, tls: str) -> None:
    proxy = make_proxy(dovecot.port if tls == "none" else dovecot.tls_port)
    account = connect(proxy.port, user, tls=tls, **trusted(dovecot))
    proxy.reset()
    with pytest.raises(ConnectionLost):
        account.noop()
    account.close()


def test_a_killed_server_is_noticed_and_a_new_one_is_read(own_dovecot: Dovecot, user: str) -> None:
    account = connect(own_dovecot.port, user)
    progress = read_all(account)[-1].progress
    own_dovecot.kill()
    with pytest.raises(MailboxError):
        account.noop()
    account.close()
    own_dovecot.start()
    own_dovecot.append(user, a_mail("After the crash"))
    again = connect(own_dovecot.port, user)
    assert subjects(read_all(again, progress)) == ["After the crash"]
    again.close()


def test_many_connects_leave_no_threads_and_no_sockets(dovecot: Dovecot, user: str, make_proxy: MakeProxy) -> None:
    proxy = make_proxy(dovecot.port)

    def one_round() -> None:
        account = connect(dovecot.port, user)
        read_all(account)
        account.close()
        with pytest.raises(LoginRefused):
            connect(dovecot.port, "", password="")
        account = connect(proxy.port, user)
        proxy.reset()
        with pytest.raises(ConnectionLost):
            account.noop()

    def ours() -> tuple[int, int]:
        timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
        for timer in timers:
            timer.join(2)
        return len([timer for timer in timers if timer.is_alive()]), len(list(Path("/proc/self/fd").iterdir()))

    one_round()
    before = ours()
    for _ in range(3):
        one_round()
    assert ours() == before


def test_nothing_of_a_session_is_ever_logged(dovecot: Dovecot, user: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    dovecot.append(user, a_mail("One", text="private words"))
    account = connect(dovecot.port, user)
    read_all(account)
    account.close()
    assert caplog.text == ""


def test_what_a_server_says_is_cut_and_free_of_control_characters_and_secrets() -> None:
    said = server_text(b"bad\r\n\x1b[31mpass \xff" + "ひみつ".encode() + b"x" * 500, "ひみつ")
    assert len(said) == 200
    assert "ひみつ" not in said
    assert said.isprintable()
