"""A server that fails, refuses or babbles costs no mail, and is not asked in a tight loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inboxwatch.mailbox.errors import CommandRefused, ConnectionLost, LoginRefused, NotNow, Unreachable
from inboxwatch.mailbox.progress import Batch, Progress
from inboxwatch.service import watcher
from inboxwatch.service.readers import Found
from inboxwatch.service.watcher import Watcher
from tests.mailbox.test_odd_servers import body_answer, header_answer, uids_in
from tests.mailbox.test_odd_servers import mailbox as script_of
from tests.servers.scripted import ScriptedServer, Talk
from tests.service.bench import Bench
from tests.service.house import now
from tests.service.test_watch_breaks import Door, Ear, on

MakeServer = Callable[..., ScriptedServer]
Script = Callable[[Talk, bytes], bool]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure is followed by another try at once."""
    for kind in ("", "_AFTER_NOT_NOW", "_AFTER_REFUSAL"):
        monkeypatch.setattr(watcher, f"FIRST_DELAY{kind}", 0.02)
        monkeypatch.setattr(watcher, f"LONGEST_DELAY{kind}", 0.05)


def idling(spoil: Script) -> Script:
    """A script with which one can wait in IDLE and search for Japanese; `spoil` may take a line first."""

    def handler(talk: Talk, line: bytes) -> bool:
        if line.endswith(b"+}"):
            talk.line()
        if spoil(talk, line):
            return True
        if line.endswith(b" IDLE"):
            talk.say(b"+ idling\r\n")
            talk.line()
            talk.answer(line)
            return True
        return False

    return handler


def served(bench: Bench) -> set[int]:
    """The UIDs of which nobody may say any more that they were never seen."""
    return {unfetchable.uid for found in bench.kept for unfetchable in found.batch.unfetchable}


def looked_at(bench: Bench) -> int:
    return sum(found.batch.passed_over + len(found.batch.fetched) for found in bench.kept)


@pytest.mark.parametrize("how", ["hang up", "NO [SERVERBUG] Internal error", "NO [UNAVAILABLE]", "BAD no"])
@pytest.mark.parametrize("part", [b"UID FETCH", b"UID FETCH 1", b"HEADER"])
def test_a_server_that_serves_no_mail_for_a_time_costs_none(
    scripted: MakeServer, tmp_path: Path, how: str, part: bytes
) -> None:
    broken = [True]

    def refuse(talk: Talk, line: bytes) -> bool:
        if not broken[0] or (part not in line and b"BODY.PEEK[]" not in line):
            return False
        if how == "hang up":
            talk.close()
        else:
            talk.answer(line, result=how.encode())
        return True

    server = scripted(script_of([1, 2, 3], idling(refuse)), uidnext=4, exists=3)
    with Bench(on(server.port, "anybody", tmp_path)) as bench:
        bench.until(lambda: len(bench.failures) >= 12)
        assert (bench.rounds, served(bench)) == (0, set())
        broken[0] = False
        bench.until(lambda: bench.rounds >= 1)
        assert looked_at(bench) == 3
        assert served(bench) == set()
        assert bench.store.holes() == []
    assert {type(error) for error in bench.failures} <= {ConnectionLost, NotNow, CommandRefused}


@pytest.mark.parametrize("how", ["hang up", "NO [SERVERBUG] cannot read it"])
@pytest.mark.parametrize("where", ["INBOX", "Work"])
def test_one_mail_that_is_to_blame_is_given_up_when_another_is_served(
    scripted: MakeServer, tmp_path: Path, how: str, where: str
) -> None:
    opened: dict[int, bytes] = {}

    def spoil(talk: Talk, line: bytes) -> bool:
        if b"EXAMINE" in line:
            opened[id(talk)] = b"INBOX" if b"INBOX" in line else b"Work"
            full = opened[id(talk)].decode() == where or healed[0]
            known = b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 2] ok\r\n"
            talk.answer(line, known % full)
        elif b" LIST " in line:
            talk.answer(line, b'* LIST () "/" INBOX\r\n* LIST () "/" Work\r\n')
        elif b"UID SEARCH" in line:
            full = opened[id(talk)].decode() == where or healed[0]
            talk.answer(line, b"* SEARCH 1\r\n" if full else b"")
        elif b"UID FETCH" in line and opened[id(talk)].decode() == where:
            if how == "hang up":
                talk.close()
            else:
                talk.answer(line, result=how.encode())
        elif b"UID FETCH" in line:
            answer = header_answer if b"HEADER" in line else body_answer
            talk.answer(line, b"".join(answer(uid) for uid in uids_in(line)))
        else:
            return False
        return True

    healed = [False]
    server = scripted(idling(spoil))
    house = on(server.port, "anybody", tmp_path, folders=["INBOX", "Work"], sent=None)
    with Bench(house) as bench:
        bench.until(lambda: len(bench.failures) >= 8)
        assert served(bench) == set(), "it is the only mail that there is: nothing shows that it is to blame"
        healed[0] = True
        bench.until(lambda: bench.rounds >= 1)
        assert served(bench) == {1}


def test_a_mail_among_others_of_the_only_folder_is_found_and_given_up_alone(
    scripted: MakeServer, tmp_path: Path
) -> None:
    def hang_up(talk: Talk, line: bytes) -> bool:
        if b"UID FETCH" not in line or 2 not in uids_in(line):
            return False
        talk.close()
        return True

    server = scripted(script_of([1, 2, 3], idling(hang_up)), uidnext=4, exists=3)
    with Bench(on(server.port, "anybody", tmp_path)) as bench:
        bench.until(lambda: bench.rounds >= 1)
        assert (looked_at(bench), served(bench)) == (2, {2})


def test_a_uid_that_was_given_up_names_another_mail_in_a_folder_made_anew(scripted: MakeServer, tmp_path: Path) -> None:
    validity = [7]

    def spoil(talk: Talk, line: bytes) -> bool:
        if b"EXAMINE" in line:
            known = b"* 3 EXISTS\r\n* OK [UIDVALIDITY %d] ok\r\n* OK [UIDNEXT 4] ok\r\n"
            talk.answer(line, known % validity[0])
            return True
        if validity[0] != 7 or b"UID FETCH" not in line or 2 not in uids_in(line):
            return False
        talk.close()
        return True

    with Bench(on(scripted(script_of([1, 2, 3], idling(spoil))).port, "anybody", tmp_path)) as bench:
        bench.until(lambda: bench.rounds >= 1)
        validity[0] = 8
        anew: list[Found] = []
        bench.until(
            lambda: bool(anew) or anew.extend(f for f in bench.kept if f.batch.progress.uidvalidity == 8) or False
        )
    assert [found.batch.unfetchable for found in anew] == [()] * len(anew)


def test_news_that_is_none_again_and_again_is_not_run_after(scripted: MakeServer, tmp_path: Path) -> None:
    def eager(talk: Talk, line: bytes) -> bool:
        if line.endswith(b" IDLE"):
            talk.say(b"+ idling\r\n* 3 EXISTS\r\n")
            talk.line()
            talk.answer(line)
        return line.endswith(b" IDLE")

    server = scripted(script_of([1, 2, 3], idling(eager)), uidnext=4, exists=3)
    with Bench(on(server.port, "anybody", tmp_path), poll=60) as bench:
        begun = time.monotonic()
        bench.until(lambda: time.monotonic() - begun > 4)
        assert bench.rounds < 15
        server.uidnext, server.exists = 5, 4
        rounds = bench.rounds
        bench.until(lambda: bench.rounds > rounds, watcher.LONGEST_DELAY_AFTER_EMPTY_NEWS + 5)
    assert not bench.failures


class Clock:
    """The steady clock of a watcher, moved by its pauses and its waits alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []
        monkeypatch.setattr(watcher.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(Watcher, "_pause", self._pause)

    def _pause(self, seconds: float, over: object = None) -> None:
        self.pauses.append(seconds)
        self.now += seconds


class Broken(Door):
    """A reader that fails at one phase, each time or for so many times, after having worked for so many seconds."""

    def __init__(self, phase: str, error: Exception, clock: Clock, lasts: float = 0.0) -> None:
        super().__init__()
        self.phase, self.error, self.clock, self.lasts = phase, error, clock, lasts
        self.connects: list[float] = []

    def open(self) -> None:
        self.connects.append(self.clock.now)
        self._fail("open")

    def read(self, lookup: object, keep: Callable[[Found], None]) -> None:  # type: ignore[override]
        self._fail("read")
        keep(Found("main", "INBOX", Batch((), (), 0, Progress("main", "INBOX", 1, 1), now(), True)))

    def wait(self, seconds: float, wake_fd: int) -> None:
        self.clock.now += self.lasts
        self._fail("wait")

    def _fail(self, phase: str) -> None:
        if phase == self.phase:
            raise self.error


def connects_in(hours: float, door: Broken, poll: float = 60.0) -> int:
    """How often the watcher connects in so many hours."""
    watched = Watcher(door, Ear(), poll)
    begun = door.clock.now
    original = door.open

    def until_then() -> None:
        if door.clock.now - begun > hours * 3600:
            watched._stopping.set()
            raise Unreachable("the test is over")
        original()

    door.open = until_then  # type: ignore[method-assign]
    watched._run()
    return len(door.connects)


@pytest.mark.parametrize(
    ("phase", "error", "lasts", "most"),
    [
        ("open", Unreachable("gone"), 0, 12 * 1.3 + 10),
        ("open", NotNow("too many connections"), 0, 6 * 1.3 + 6),
        ("open", LoginRefused("no"), 0, 2 * 1.3 + 7),
        ("read", ConnectionLost("cut"), 0, 12 * 1.3 + 10),
        ("read", NotNow("throttled"), 0, 6 * 1.3 + 6),
        ("read", CommandRefused("no"), 0, 12 * 1.3 + 10),
        ("wait", ConnectionLost("cut at IDLE"), 0, 60 * 1.3 + 7),
        ("wait", ConnectionLost("cut in IDLE"), 20, 60 * 1.3 + 7),
        ("wait", ConnectionLost("cut in IDLE after long"), 60, 60 * 1.3),
    ],
)
def test_a_server_that_fails_at_one_phase_each_time_is_connected_to_ever_more_rarely(
    monkeypatch: pytest.MonkeyPatch, phase: str, error: Exception, lasts: float, most: float
) -> None:
    monkeypatch.undo()
    door = Broken(phase, error, Clock(monkeypatch), lasts)
    assert connects_in(1.0, door) <= most


def test_a_line_that_lasts_is_made_anew_at_once_and_one_that_is_read_whole_never_later_than_a_poll(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    clock = Clock(monkeypatch)
    connects_in(1.0, Broken("wait", ConnectionLost("cut"), clock, lasts=100))
    assert max(clock.pauses) <= watcher.FIRST_DELAY * 1.2
    clock.pauses.clear()
    connects_in(5.0, Broken("wait", ConnectionLost("cut"), clock), poll=20.0)
    assert 15 < max(clock.pauses) <= 20


def test_refusals_with_other_failures_between_them_are_not_hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    clock = Clock(monkeypatch)

    class Mixed(Broken):
        def _fail(self, phase: str) -> None:
            if phase == "open":
                raise LoginRefused("no") if len(self.connects) % 2 else Unreachable("not there")

    # Providers that count wrong passwords answer "no" and nothing in turn; each "no" may be the one that locks.
    door = Mixed("open", Unreachable(""), clock)
    connects_in(6.0, door)
    assert len([pause for pause in clock.pauses if pause > 45]) <= 6 * 2 * 1.3 + 6


def test_a_connection_that_cannot_even_be_closed_does_not_end_the_watching() -> None:
    class Stuck(Door):
        def close(self) -> None:
            raise RuntimeError("can't start new thread")

    ear = Ear()
    watched = Watcher(Stuck(Unreachable("one"), Unreachable("two"), Unreachable("three")), ear, 60.0)
    watched.start()
    end = time.monotonic() + 10
    while len(ear.failures) < 3:
        assert time.monotonic() < end
        time.sleep(0.01)
    watched.stop()
    assert watched.ended(5)
