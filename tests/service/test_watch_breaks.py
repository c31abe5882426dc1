"""The watch goes on through everything that a line, a server and a provider can do (complaints.md A)."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from inboxwatch.mailbox.errors import ConnectionLost, LoginRefused, NotNow, Unreachable
from inboxwatch.mailbox.progress import Batch, Progress
from inboxwatch.service import readers, watcher
from inboxwatch.service.readers import Found
from inboxwatch.service.watcher import Watcher, delay
from tests.mailbox.support import connect as connect_to
from tests.mailbox.test_odd_servers import mailbox as script_of
from tests.servers.dovecot import Dovecot
from tests.servers.proxy import Proxy
from tests.servers.scripted import ScriptedServer, Talk
from tests.service.bench import Bench
from tests.service.house import House, account, comment, days, now, paid

MakeProxy = Callable[[int], Proxy]
MakeServer = Callable[..., ScriptedServer]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting again without long pauses, and every command answered within two seconds or never."""
    monkeypatch.setattr(watcher, "FIRST_DELAY", 0.05)
    monkeypatch.setattr(watcher, "LONGEST_DELAY", 0.2)
    monkeypatch.setattr(watcher, "FIRST_DELAY_AFTER_REFUSAL", 0.05)
    monkeypatch.setattr(watcher, "LONGEST_DELAY_AFTER_REFUSAL", 0.2)
    monkeypatch.setattr(watcher, "FIRST_DELAY_AFTER_NOT_NOW", 0.05)
    monkeypatch.setattr(watcher, "LONGEST_DELAY_AFTER_NOT_NOW", 0.2)
    monkeypatch.setattr(readers, "LONGEST_COMMAND", 2.0)
    monkeypatch.setattr("inboxwatch.mailbox.idle.DONE_SECONDS", 1.0)


pytestmark = pytest.mark.usefixtures("quick")


def on(port: int, user: str, tmp_path: Path, **more: object) -> House:
    """An installation with one mailbox, on this port."""
    settings = {"name": "main", "host": "127.0.0.1", "port": port, "tls": "none", "username": user, **more}
    return House(tmp_path, [settings])


def test_a_line_that_is_reset_again_and_again_in_idle_brings_each_mail_by_push(
    dovecot: Dovecot, user: str, tmp_path: Path, make_proxy: MakeProxy
) -> None:
    proxy = make_proxy(dovecot.port)
    with Bench(on(proxy.port, user, tmp_path), poll=600) as bench:  # no poll: only IDLE or a new connection brings it
        bench.until(lambda: bench.rounds >= 1)
        for number in range(1, 6):
            dovecot.append(user, comment(now()))
            bench.until(lambda: len(bench.subjects()) == number)  # noqa: B023  waited for in this very round
            rounds = bench.rounds
            proxy.reset()
            bench.until(lambda: bench.rounds > rounds)  # noqa: B023
    assert {type(error) for error in bench.failures} <= {ConnectionLost}


def test_a_server_that_is_away_for_long_ends_nothing(own_dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    own_dovecot.append(user, comment(now()))
    with Bench(on(own_dovecot.port, user, tmp_path)) as bench:
        bench.until(lambda: bench.rounds >= 1)
        own_dovecot.kill()
        bench.until(lambda: len(bench.failures) >= 8)
        own_dovecot.start()
        own_dovecot.append(user, paid(now()))
        bench.until(lambda: len(bench.subjects()) == 2)
    assert isinstance(bench.failures[-1], Unreachable), "the reconnect itself failed, and was tried again"


def test_an_address_that_changed_leaves_the_old_connection_mute_and_a_new_one_is_made(
    dovecot: Dovecot, user: str, tmp_path: Path, make_proxy: MakeProxy
) -> None:
    proxy = make_proxy(dovecot.port)
    with Bench(on(proxy.port, user, tmp_path, poll="5s"), poll=0.5) as bench:
        bench.until(lambda: bench.rounds >= 1)
        proxy.stall()  # what was sent to the old address never comes
        bench.until(lambda: bool(bench.failures))
        proxy.heal()
        dovecot.append(user, paid(now()))
        bench.until(lambda: len(bench.subjects()) == 1)


@pytest.mark.parametrize("fault", ["stall", "trickle"])
def test_without_idle_a_dead_line_is_found_by_the_first_sign_of_life_that_is_missing(
    dovecot: Dovecot, user: str, tmp_path: Path, make_proxy: MakeProxy, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("inboxwatch.mailbox.imap.PROOF_SECONDS", 0.5)
    monkeypatch.setattr(readers, "LONGEST_COMMAND", 15.0)
    proxy = make_proxy(dovecot.port)
    with Bench(on(proxy.port, user, tmp_path, idle=False, poll="5s")) as bench:
        bench.until(lambda: bench.rounds >= 2)
        getattr(proxy, fault)()
        begun = time.monotonic()
        bench.until(lambda: bool(bench.failures))
        assert time.monotonic() - begun < 4
    assert "within" in str(bench.failures[0])


def test_a_command_may_take_no_longer_than_a_dead_connection_may_go_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scripted: MakeServer
) -> None:
    monkeypatch.setattr(readers, "LONGEST_COMMAND", 60.0)
    allowed: list[float] = []
    connect = readers.Account.connect

    def note(name: str, login: object, **more: float) -> object:
        allowed.append(more["command_timeout"])
        return connect(name, login, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(readers.Account, "connect", note)
    server = scripted(lambda talk, line: False)
    for poll in ("5s", "60s", "10m"):
        with Bench(on(server.port, "anybody", tmp_path / poll, poll=poll)) as bench:
            bench.until(lambda: bench.rounds >= 1)
    assert allowed == [30.0, 60.0, 60.0]  # the poll and 30 s (CONTRACT), and never more than a minute


def test_a_new_mail_in_another_folder_is_found_while_the_first_is_in_idle(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, folder="Work")
    house = House(tmp_path, [account(dovecot, user, folders=["INBOX", "Work"])])
    with Bench(house, poll=0.5) as bench:
        bench.until(lambda: bench.rounds >= 1)
        dovecot.append(user, paid(now()), folder="Work")
        bench.until(lambda: len(bench.subjects()) == 1)
    assert not bench.failures


def test_a_mute_idle_hides_no_mail_longer_than_the_poll(scripted: MakeServer, tmp_path: Path) -> None:
    idling = threading.Event()

    def mute(talk: Talk, line: bytes) -> bool:
        if line.endswith(b" IDLE"):
            talk.say(b"+ idling\r\n")
            idling.set()
            talk.line()
            talk.answer(line)
            return True
        return False

    server = scripted(script_of([1], mute), uidnext=1)
    with Bench(on(server.port, "anybody", tmp_path), poll=0.4) as bench:
        bench.until(idling.is_set)
        server.uidnext, server.exists = 2, 1
        bench.until(lambda: any(found.batch.passed_over for found in bench.kept))
    assert not bench.failures


@pytest.mark.parametrize("word", [b" LIST ", b"EXAMINE", b"UID SEARCH", b"UID FETCH", b" IDLE"])
def test_a_goodbye_at_any_point_ends_the_connection_and_the_next_one_goes_on(
    scripted: MakeServer, tmp_path: Path, word: bytes
) -> None:
    said: list[bytes] = []

    def goodbye(talk: Talk, line: bytes) -> bool:
        if line.endswith(b"+}"):  # a Japanese word to search for
            talk.line()
        if word not in line or said:
            if line.endswith(b" IDLE"):
                talk.say(b"+ idling\r\n")
                talk.line()
                talk.answer(line)
                return True
            return False
        said.append(line)
        talk.say(b"* BYE [UNAVAILABLE] restarting\r\n")
        talk.close()
        return True

    server = scripted(script_of([1, 2], goodbye), uidnext=3, exists=2)
    with Bench(on(server.port, "anybody", tmp_path)) as bench:
        bench.until(lambda: bench.rounds >= 2)
    assert len(said) == len(bench.failures) == 1


def test_a_token_that_expires_in_the_middle_is_asked_for_anew(scripted: MakeServer, tmp_path: Path) -> None:
    tokens: list[bytes] = []

    def expire(talk: Talk, line: bytes) -> bool:
        if b"AUTHENTICATE XOAUTH2" in line:
            talk.say(b"+ \r\n")
            tokens.append(talk.line())
            talk.answer(line)
        elif line.endswith(b" IDLE") and len(tokens) < 2:
            (tmp_path / "password").write_text("second-token\n")
            talk.say(b"+ idling\r\n* BYE AccessTokenExpired\r\n")
            talk.close()
        else:
            return False
        return True

    server = scripted(expire, capabilities="IMAP4rev1 IDLE AUTH=XOAUTH2")
    with Bench(on(server.port, "anybody", tmp_path, auth="xoauth2")) as bench:
        bench.until(lambda: len(tokens) >= 2)
    assert tokens[0] != tokens[1]


def _saying(words: bytes) -> Callable[[Talk, bytes], bool]:
    def refuse(talk: Talk, line: bytes) -> bool:
        if b"AUTHENTICATE" not in line:
            return False
        talk.answer(line, result=words)
        return True

    return refuse


@pytest.mark.parametrize(
    ("words", "kind", "told"),
    [
        (b"NO [ALERT] Too many simultaneous connections. (Failure)", NotNow, "Too many"),
        (b"NO [LIMIT] rate limited", NotNow, "rate limited"),
        (b"NO [UNAVAILABLE] Temporary authentication failure", NotNow, "Temporary"),
        (b"NO [CONTACTADMIN] the account is locked", LoginRefused, "locked"),
        (b"NO Basic authentication is disabled.", LoginRefused, "xoauth2"),
        (b"NO [AUTHENTICATIONFAILED] Invalid credentials", LoginRefused, "Check `username:`"),
        (b"NO [ALERT] Application-specific password required", LoginRefused, "app password"),
    ],
)
def test_what_a_provider_says_at_the_door_is_named_and_tried_again_without_hurry(
    scripted: MakeServer, tmp_path: Path, words: bytes, kind: type[Exception], told: str
) -> None:
    server = scripted(_saying(words))
    with Bench(on(server.port, "anybody", tmp_path)) as bench:
        bench.until(lambda: len(bench.failures) >= 2)
    assert isinstance(bench.failures[0], kind)
    assert told in str(bench.failures[0])
    patience: watcher.Patience = "refused" if kind is LoginRefused else "not now"
    # Jitter is a fifth at most, so the second pause is longer than the first whatever the dice say.
    assert max(delay(1, patience) for _ in range(50)) < min(delay(2, patience) for _ in range(50))


def test_the_pause_doubles_with_jitter_up_to_a_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for failures, seconds in [(1, 2), (2, 4), (5, 32), (8, 256), (9, 300), (10_000, 300)]:
        drawn = {delay(failures, "away") for _ in range(200)}
        assert len(drawn) > 100, "without jitter many installations would ask in step"
        assert seconds * 0.8 <= min(drawn) <= max(drawn) <= seconds * 1.2
    assert 48 <= delay(1, "refused") <= 72
    assert delay(10_000, "refused") <= 1800 * 1.2


def test_a_password_that_is_changed_and_changed_back_is_a_refusal_in_between(
    dovecot: Dovecot, user: str, tmp_path: Path, make_proxy: MakeProxy
) -> None:
    proxy = make_proxy(dovecot.port)
    with Bench(on(proxy.port, user, tmp_path)) as bench:
        bench.until(lambda: bench.rounds >= 1)
        (tmp_path / "password").write_text("outdated-words\n")
        proxy.reset()
        bench.until(lambda: any(isinstance(error, LoginRefused) for error in bench.failures))
        (tmp_path / "password").write_text("secret\n")
        rounds = bench.rounds
        bench.until(lambda: bench.rounds > rounds)
    assert "outdated-words" not in str(bench.failures)


def test_a_certificate_that_has_expired_is_named_and_no_secret_is_sent(
    own_dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    ca_file = str(own_dovecot.certificate)
    house = on(own_dovecot.tls_port, user, tmp_path, tls="implicit", ca_file=ca_file)
    with Bench(house) as bench:
        bench.until(lambda: bench.rounds >= 1)
        own_dovecot.kill()
        own_dovecot.make_certificate(days=-1)
        own_dovecot.start()
        bench.until(lambda: any("expired" in str(error) for error in bench.failures))
        told = next(str(error) for error in bench.failures if "expired" in str(error))
        last = (now() - days(1)).strftime("%Y-%m-%d")
        assert "localhost" in told and f" to {last} " in told and "renew" in told
        own_dovecot.kill()
        own_dovecot.make_certificate(days=30)
        own_dovecot.start()
        rounds = bench.rounds
        bench.until(lambda: bench.rounds > rounds)


def test_a_password_that_is_changed_is_told_once_and_forgotten_when_it_is_right_again(
    dovecot: Dovecot, user: str, tmp_path: Path, make_proxy: MakeProxy
) -> None:
    proxy = make_proxy(dovecot.port)
    house = on(proxy.port, user, tmp_path)
    dovecot.append(user, comment(now() - days(1)))
    with house.daemon():
        house.wait_for("summary")
        (tmp_path / "password").write_text("outdated-words\n")
        proxy.reset()
        blind = house.wait_for("watch_blind")
        dovecot.append(user, paid(now()))
        (tmp_path / "password").write_text("secret\n")
        restored = house.wait_for("watch_restored")
        house.wait_for("payment_confirmed")
    assert "refused the login" in blind["body"] and "outdated-words" not in blind["body"]
    assert "could not from" in restored["body"] and "clients: 1" in restored["body"]
    assert (house.kinds().count("watch_blind"), house.kinds().count("watch_restored")) == (1, 1)


@pytest.mark.parametrize(
    ("word", "named", "half"),
    [
        (b"CAPABILITY", "greeting", b""),
        (b"AUTHENTICATE", "login", b"* OK hal"),
        (b" LIST ", "LIST", b""),
        (b"EXAMINE", "EXAMINE", b"* 1 EXI"),
        (b"UID SEARCH", "SEARCH", b""),
        (b"HEADER", "FETCH of headers", b"* 1 FET"),
        (b"BODY.PEEK[]", "FETCH of mails", b"* 1 FETCH (UID 1 BODY[] {500}\r\nhalf"),
    ],
)
def test_a_black_hole_in_any_phase_makes_blind_once_with_its_name_and_is_over_when_it_answers(
    scripted: MakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: bytes, named: str, half: bytes
) -> None:
    monkeypatch.setattr(readers, "LONGEST_COMMAND", 0.5)
    monkeypatch.setattr("inboxwatch.mailbox.idle.DONE_SECONDS", 0.5)
    monkeypatch.setattr("inboxwatch.service.daemon.blind_after", lambda poll: timedelta(seconds=4))
    connect = readers.Account.connect
    monkeypatch.setattr(
        readers.Account, "connect", lambda name, login, **more: connect(name, login, connect_timeout=0.5, **more)
    )
    mute = [True]
    words = b"From: a@lancers.jp\r\nSubject: Mail 1\r\n\r\n"
    facts = b'UID 1 RFC822.SIZE 100 INTERNALDATE "02-Nov-2026 10:00:00 +0900"'
    mail = b"* 1 FETCH (%b BODY[HEADER.FIELDS (FROM)] {%d}\r\n%b)\r\n" % (facts, len(words), words)

    def black(talk: Talk, line: bytes) -> bool:
        if line.endswith(b"+}"):
            line += talk.line()
        if mute[0] and word in line and not line.endswith(b"LOGOUT"):
            talk.say(half)
        elif line.endswith(b" IDLE"):
            talk.say(b"+ idling\r\n")
            talk.line()
            talk.answer(line)
        elif b"UID FETCH" in line and b"HEADER" in line:
            talk.answer(line, mail)
        elif b"UID SEARCH" in line:
            talk.answer(line, b"* SEARCH 1\r\n")
        else:
            return False
        return True

    server = scripted(script_of([1], black), uidnext=2, exists=1)
    house = on(server.port, "anybody", tmp_path, poll="5s")
    with house.daemon():
        alert = house.wait_for("watch_blind")
        mute[0] = False
        house.wait_for("watch_restored")
    assert re.search(named, alert["body"]), alert["body"]
    assert house.kinds().count("watch_blind") == 1


@pytest.mark.parametrize("word", [b" IDLE", b"DONE"])
def test_an_idle_that_is_never_answered_leaves_a_watch_that_polls(
    scripted: MakeServer, tmp_path: Path, word: bytes
) -> None:
    def mute(talk: Talk, line: bytes) -> bool:
        if line.endswith(b"+}"):  # a Japanese word to search for
            talk.line()
        if line.endswith(b" IDLE") and word != b" IDLE":
            talk.say(b"+ idling\r\n")
            talk.line()
        return line.endswith(b" IDLE")

    server = scripted(script_of([1, 2], mute), uidnext=2, exists=1)
    with Bench(on(server.port, "anybody", tmp_path)) as bench:
        bench.until(lambda: bench.rounds >= 2)
        server.uidnext, server.exists = 3, 2
        bench.until(lambda: sum(found.batch.passed_over for found in bench.kept) == 2)
    assert {type(error) for error in bench.failures} == {ConnectionLost}


@pytest.mark.parametrize("tls", ["none", "implicit", "starttls"])
def test_a_server_that_takes_the_call_and_says_nothing_is_left_in_time(tls: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        with pytest.raises(Unreachable, match=r"within 0\.6 s"):
            connect_to(silent.getsockname()[1], "anybody", seconds=0.6, tls=tls)
        assert time.monotonic() - begun < 3


class Door:
    """A reader whose `open` fails as told, in order; then it can be read."""

    name = "main"

    def __init__(self, *failures: Exception) -> None:
        self.left = list(failures)
        self.waits: list[float] = []

    def open(self) -> None:
        if self.left:
            raise self.left.pop(0)

    def read(self, lookup: object, keep: object) -> None: ...

    def wait(self, seconds: float, wake_fd: int) -> None:
        self.waits.append(seconds)
        time.sleep(0.01)  # the server's part: a wait that took no time would spin

    def close(self) -> None: ...


class Ear:
    """The desk, as far as a watcher needs one that keeps nothing."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.opened_times = 0

    def keep(self, found: object) -> None: ...
    def folder(self, mailbox: str, folder: str) -> None: ...
    def opened(self, mailbox: str) -> None:
        self.opened_times += 1

    def read(self, mailbox: str, read_at: object, folders: object) -> None: ...
    def failed(self, mailbox: str, error: Exception) -> None:
        self.failures.append(error)

    def to_prove(self) -> list[tuple[str, bytes]]:
        return []

    def prove(self, identity: str, proof: object) -> None: ...


def test_idle_is_renewed_every_two_minutes_however_rare_the_poll() -> None:
    door = Door()
    watched = Watcher(door, Ear(), poll=86_400.0)
    watched.start()
    _until(lambda: bool(door.waits))
    watched.stop()
    assert watched.ended(5)
    assert set(door.waits) == {120.0}


def test_a_refusal_after_a_night_without_a_network_waits_a_minute_and_not_half_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paused: list[tuple[int, str]] = []

    def note(failures: int, kind: str) -> float:
        paused.append((failures, kind))
        return 0.0

    monkeypatch.setattr(watcher, "delay", note)
    away, no = Unreachable("nobody is there"), LoginRefused("no")
    watched = Watcher(Door(away, away, away, no, no, away), Ear(), poll=60.0)
    watched.start()
    _until(lambda: len(paused) == 6)
    watched.stop()
    assert watched.ended(5)
    assert paused == [(1, "away"), (2, "away"), (3, "away"), (1, "refused"), (2, "refused"), (1, "away")]


def test_a_connection_that_ends_each_time_is_made_anew_at_once_only_while_it_brings_mails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paused: list[int] = []

    def note(failures: int, kind: str) -> float:
        paused.append(failures)
        return 0.0

    class Dropping(Door):
        def read(self, lookup: object, keep: Callable[[Found], None]) -> None:  # type: ignore[override]
            progress = Progress("main", "INBOX", 1, len(paused))
            keep(Found("main", "INBOX", Batch((), (), 50 if len(paused) < 4 else 0, progress, now(), False)))
            raise ConnectionLost("the connection ended")

    monkeypatch.setattr(watcher, "delay", note)
    watched = Watcher(Dropping(), Ear(), poll=60.0)
    watched.start()
    _until(lambda: len(paused) >= 8)
    watched.stop()
    assert watched.ended(5)
    assert paused[:8] == [1, 1, 1, 1, 2, 3, 4, 5]


def test_a_login_that_leads_to_no_mail_is_not_taken_for_sight(
    scripted: MakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inboxwatch.service.daemon.blind_after", lambda poll: timedelta(seconds=2))

    def useless(talk: Talk, line: bytes) -> bool:
        if b"EXAMINE" in line:
            talk.say(b"* BYE internal error\r\n")
            talk.close()
        return b"EXAMINE" in line

    house = on(scripted(useless).port, "anybody", tmp_path)
    with house.daemon():
        alert = house.wait_for("watch_blind")
    assert "the connection ended" in alert["body"], "the cause stands in the alert in words"
    assert house.kinds() == ["watch_blind"], "it is told once"


def test_a_folder_that_is_never_read_makes_blind_though_the_first_is_read_each_time(
    scripted: MakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = time.monotonic()
    monkeypatch.setattr("inboxwatch.service.daemon.blind_after", lambda poll: timedelta(seconds=2))

    def refuse(talk: Talk, line: bytes) -> bool:
        if b"LIST" in line:
            talk.answer(line, b'* LIST () "/" INBOX\r\n* LIST () "/" Work\r\n')
        elif b"EXAMINE" in line and b"Work" in line:
            talk.answer(line, result=b"NO [SERVERBUG] cannot open it")
        else:
            return False
        return True

    house = on(scripted(refuse).port, "anybody", tmp_path, folders=["INBOX", "Work"], sent=None)
    with house.daemon():
        alert = house.wait_for("watch_blind")
    assert time.monotonic() - begun > 2, "a refusal that may pass is not told at once"
    assert "cannot open it" in alert["body"]


def test_run_once_ends_in_time_when_the_network_goes_and_leaves_no_stale_lock(
    dovecot: Dovecot, user: str, tmp_path: Path, make_proxy: MakeProxy
) -> None:
    proxy = make_proxy(dovecot.port)
    dovecot.append(user, comment(now() - days(1)))
    house = on(proxy.port, user, tmp_path)
    house.once()
    proxy.cut_after(400)
    begun = time.monotonic()
    (failure,) = house.once()
    assert failure.startswith("main: ")
    assert time.monotonic() - begun < 10
    proxy.heal()
    assert house.once() == ()


def _until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.01)
