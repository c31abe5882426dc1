"""Waiting for news: a real server, and the odd ones."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from inboxwatch.mailbox import idle
from inboxwatch.mailbox.errors import ConnectionLost
from inboxwatch.mailbox.imap import Account
from tests.mailbox.support import INBOX, a_mail, connect, read_all, subjects, trusted
from tests.servers.dovecot import Dovecot
from tests.servers.proxy import Proxy
from tests.servers.scripted import ScriptedServer, Talk

MakeProxy = Callable[[int], Proxy]
MakeServer = Callable[..., ScriptedServer]


@pytest.fixture
def wake() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def after(seconds: float, act: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_a_mail_that_arrives_ends_the_wait(dovecot: Dovecot, user: str, tls: str) -> None:
    account = connect(dovecot.port if tls == "none" else dovecot.tls_port, user, tls=tls, **trusted(dovecot))
    progress = read_all(account)[-1].progress
    timer = after(0.2, lambda: dovecot.append(user, a_mail("New")))
    started = time.monotonic()
    assert account.idle(INBOX, 20, None)
    assert time.monotonic() - started < 10
    assert subjects(read_all(account, progress)) == ["New"]
    timer.join()
    account.close()


def test_without_news_the_wait_ends_in_time(dovecot: Dovecot, user: str) -> None:
    account = connect(dovecot.port, user)
    read_all(account)
    started = time.monotonic()
    assert not account.idle(INBOX, 0.5, None)
    assert 0.4 < time.monotonic() - started < 5
    account.noop()  # the session goes on
    account.close()


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_the_wake_pipe_ends_the_wait_and_is_drained(
    dovecot: Dovecot, user: str, tls: str, wake: tuple[int, int]
) -> None:
    account = connect(dovecot.port if tls == "none" else dovecot.tls_port, user, tls=tls, **trusted(dovecot))
    timer = after(0.1, lambda: os.write(wake[1], b"xx"))
    started = time.monotonic()
    assert not account.idle(INBOX, 20, wake[0])
    assert not account.idle(INBOX, 0.1, wake[0])
    assert time.monotonic() - started < 10
    timer.join()
    account.close()


def test_a_mail_that_came_between_reading_and_waiting_is_news_at_once(dovecot: Dovecot, user: str) -> None:
    account = connect(dovecot.port, user)
    read_all(account)
    dovecot.append(user, a_mail("Between"))
    started = time.monotonic()
    assert account.idle(INBOX, 20, None)
    assert time.monotonic() - started < 5
    account.close()


@pytest.mark.parametrize("tls", ["none", "implicit"])
@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_connection_that_dies_while_waiting_is_lost_at_once(
    dovecot: Dovecot, user: str, make_proxy: MakeProxy, tls: str, how: str
) -> None:
    proxy = make_proxy(dovecot.port if tls == "none" else dovecot.tls_port)
    account = connect(proxy.port, user, tls=tls, **trusted(dovecot))
    timer = after(0.2, getattr(proxy, how))
    started = time.monotonic()
    with pytest.raises(ConnectionLost):
        account.idle(INBOX, 20, None)
    assert time.monotonic() - started < 5
    timer.join()
    account.close()


def test_a_black_hole_is_found_when_the_wait_ends(
    dovecot: Dovecot, user: str, make_proxy: MakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle, "DONE_SECONDS", 0.5)
    proxy = make_proxy(dovecot.port)
    account = connect(proxy.port, user)
    timer = after(0.2, proxy.stall)
    started = time.monotonic()
    with pytest.raises(ConnectionLost, match="end of IDLE"):
        account.idle(INBOX, 0.6, None)
    assert time.monotonic() - started < 4
    timer.join()
    account.close()


def on_idle(act: Callable[[Talk, bytes], None]) -> Callable[[Talk, bytes], bool]:
    """A script that takes over at IDLE."""

    def handler(talk: Talk, line: bytes) -> bool:
        if line.endswith(b"IDLE"):
            act(talk, line)
        return line.endswith(b"IDLE")

    return handler


def finish(talk: Talk, line: bytes) -> None:
    assert talk.line() == b"DONE"
    talk.answer(line)


def idle_with(scripted: MakeServer, act: Callable[[Talk, bytes], None], seconds: float = 10.0) -> tuple[bool, float]:
    account: Account = connect(scripted(on_idle(act)).port, "anybody")
    started = time.monotonic()
    try:
        return account.idle(INBOX, seconds, None), time.monotonic() - started
    finally:
        account.close()


def test_exists_in_one_segment_with_the_plus_is_not_slept_through(scripted: MakeServer) -> None:
    def act(talk: Talk, line: bytes) -> None:
        talk.say(b"+ idling\r\n* 2 EXISTS\r\n")
        finish(talk, line)

    changed, took = idle_with(scripted, act)
    assert changed
    assert took < 3


def test_exists_before_the_plus_is_news(scripted: MakeServer) -> None:
    def act(talk: Talk, line: bytes) -> None:
        talk.say(b"* 2 EXISTS\r\n+ idling\r\n")
        finish(talk, line)

    changed, took = idle_with(scripted, act)
    assert changed
    assert took < 3


def test_exists_in_one_segment_with_the_answer_to_done_is_news(scripted: MakeServer) -> None:
    def act(talk: Talk, line: bytes) -> None:
        talk.say(b"+ idling\r\n")
        assert talk.line() == b"DONE"
        talk.answer(line, b"* 3 EXISTS\r\n")

    assert idle_with(scripted, act, 0.2)[0]


def test_still_here_and_changes_of_flags_are_no_news(scripted: MakeServer) -> None:
    def act(talk: Talk, line: bytes) -> None:
        talk.say(b"+ idling\r\n* OK Still here\r\n")
        talk.say(b"* 1 FETCH (FLAGS (\\Seen))\r\n* OK Still here\r\n")
        finish(talk, line)

    changed, took = idle_with(scripted, act, 0.5)
    assert not changed
    assert took >= 0.5


@pytest.mark.parametrize(
    "words",
    [
        b"* BYE going down\r\n",
        b"+ idling\r\n* BYE going down\r\n",
        b"+ idling\r\n* 2 EXI",
    ],
    ids=["BYE instead of plus", "BYE while waiting", "a line that is cut"],
)
def test_a_server_that_goes_away_is_a_lost_connection(scripted: MakeServer, words: bytes) -> None:
    def act(talk: Talk, line: bytes) -> None:
        talk.say(words)
        if b"EXI" not in words:
            talk.close()

    started = time.monotonic()
    with pytest.raises(ConnectionLost):
        idle_with(scripted, act)
    assert time.monotonic() - started < 5


def test_a_refused_idle_is_a_lost_connection_and_does_not_hang(scripted: MakeServer) -> None:
    with pytest.raises(ConnectionLost, match="IDLE"):
        idle_with(scripted, lambda talk, line: talk.answer(line, result=b"NO not now"))


@pytest.mark.parametrize("pause", [0.0, 0.3], ids=["at once", "while waiting"])
def test_a_server_that_says_goodbye_and_does_not_hang_up_is_not_waited_for(scripted: MakeServer, pause: float) -> None:
    def act(talk: Talk, line: bytes) -> None:
        talk.say(b"+ idling\r\n" + b"* BYE going down\r\n" * (not pause))
        if pause:
            after(pause, lambda: talk.say(b"* BYE going down\r\n")).join()

    started = time.monotonic()
    with pytest.raises(ConnectionLost, match="BYE"):
        idle_with(scripted, act, 4)
    assert time.monotonic() - started < 3
