"""Folders that come, go, are missing or cannot be opened: no other folder waits for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from inboxwatch.mailbox.errors import CommandRefused, PartlyRead
from inboxwatch.service import readers, watcher
from tests.mailbox.test_odd_servers import uids_in
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import ScriptedServer, Talk
from tests.service.bench import Bench
from tests.service.house import House, account, comment, days, funded, now, paid

MakeServer = Callable[..., ScriptedServer]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders are looked for at each read, and a failure is followed by another try at once."""
    monkeypatch.setattr(readers, "LOOK_FOR_FOLDERS_EVERY", timedelta(0))
    monkeypatch.setattr(watcher, "FIRST_DELAY", 0.05)
    monkeypatch.setattr(watcher, "LONGEST_DELAY", 0.1)


def test_a_sent_folder_that_comes_later_is_read_without_a_new_connection(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    with Bench(House(tmp_path, [account(dovecot, user)])) as bench:
        bench.until(lambda: bench.rounds >= 1)
        dovecot.append(user, comment(now()), folder="Outgoing")  # marked as Sent by the server
        bench.until(lambda: any(found.role == "sent" and found.batch.complete for found in bench.kept))
    assert (bench.openings, bench.failures) == (1, [])


def test_beside_a_missing_folder_the_others_are_read_at_once_over_the_same_connection(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    house = House(tmp_path, [account(dovecot, user, folders=["INBOX", "Projects"], sent=None)])
    with Bench(house, poll=600) as bench:
        bench.until(lambda: bool(bench.failures))
        dovecot.append(user, paid(now()))
        bench.until(lambda: len(bench.subjects()) == 1)  # by push: no poll and no new connection brings it
        assert (bench.openings, bench.rounds) == (1, 0), "the mailbox is not read completely"
        dovecot.append(user, comment(now()), folder="Projects")
        bench.watcher.wake()
        bench.until(lambda: bench.rounds >= 1)
        assert len(bench.subjects()) == 2
    assert all(isinstance(error, PartlyRead) and error.contact for error in bench.failures)
    assert "'Projects'" in str(bench.failures[0])


def test_a_missing_folder_is_called_missing_and_not_the_mailbox_and_told_when_it_is_back(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, comment(now() - days(1)))
    house = House(tmp_path, [account(dovecot, user, folders=["INBOX", "Projects"], sent=None, poll="5s")])
    with house.daemon():
        blind = house.wait_for("watch_blind")
        dovecot.append(user, paid(now()))
        house.wait_for("payment_confirmed")
        dovecot.append(user, folder="Projects")
        house.wait_for("watch_restored")
    assert blind["title"] == "A folder of your mail is missing: main"
    assert "'Projects' is not in the mailbox" in blind["body"]
    assert "other folders are being read" in blind["body"]
    assert house.kinds().count("watch_blind") == 1


def test_silence_is_held_while_a_folder_that_could_hold_contact_is_missing(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, funded(now() - days(20)), comment(now() - days(8)))
    house = House(tmp_path, [account(dovecot, user, folders=["INBOX", "Projects"], sent=None)])
    (failure,) = house.once()
    assert "'Projects'" in failure
    assert house.kinds() == ["summary"]
    dovecot.append(user, folder="Projects")
    assert house.once() == ()
    assert house.kinds() == ["summary", "reminder_available"]


def test_a_missing_sent_folder_is_named_but_holds_no_silence_back(
    dovecot: Dovecot, user: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.append(user, funded(now() - days(20)), comment(now() - days(8)))
    house = House(tmp_path, [account(dovecot, user, sent="Mine")])
    (failure,) = house.once()
    assert "'Mine'" in failure
    assert sorted(house.kinds()) == ["reminder_available", "summary"]  # no contact of a client is ever in Sent
    with caplog.at_level(logging.WARNING), Bench(house) as bench:
        bench.until(lambda: bench.rounds >= 3)
    assert bench.failures == []
    assert caplog.text.count("'Mine'") == 1, "it is said once and not at every round"


def test_a_folder_that_nobody_named_may_go(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, folder="Junk")
    with Bench(House(tmp_path, [account(dovecot, user)]), poll=0.2) as bench:
        bench.until(lambda: bench.rounds >= 1)
        with dovecot.client(user) as other:
            other.delete_folder("Junk")
        rounds = bench.rounds
        bench.until(lambda: bench.rounds >= rounds + 2)
    assert (bench.openings, bench.failures) == (1, [])


def test_a_named_folder_that_goes_is_told_at_the_next_read(
    dovecot: Dovecot, user: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "LOOK_FOR_FOLDERS_EVERY", timedelta(minutes=5))
    dovecot.append(user, folder="Work")
    with Bench(House(tmp_path, [account(dovecot, user, folders=["INBOX", "Work"], sent=None)])) as bench:
        bench.until(lambda: bench.rounds >= 1)
        with dovecot.client(user) as other:
            other.delete_folder("Work")
        bench.until(lambda: bool(bench.failures))
    assert isinstance(bench.failures[0], PartlyRead)
    assert "'Work'" in str(bench.failures[0])


def two_folders(refuse: Callable[[Talk, bytes], bool]) -> Callable[[Talk, bytes], bool]:
    """A script for INBOX and Work, each with the UIDs 1 to 3; `refuse` is asked while Work is open."""
    opened: dict[int, bool] = {}

    def handler(talk: Talk, line: bytes) -> bool:
        if b"EXAMINE" in line:
            opened[id(talk)] = b"Work" in line
        if line.endswith(b"+}"):
            talk.line()
        if opened.get(id(talk)) and refuse(talk, line):
            return True
        if b" LIST " in line:
            talk.answer(line, b'* LIST () "/" INBOX\r\n* LIST () "/" Work\r\n')
        elif b"UID SEARCH" in line:
            talk.answer(line, b"* SEARCH 1 2 3\r\n")
        elif b"UID FETCH" in line:
            name = b"work" if opened[id(talk)] else b"inbox"
            talk.answer(line, b"".join(_answer(uid, name, b"HEADER" in line) for uid in uids_in(line)))
        elif line.endswith(b" IDLE"):
            talk.say(b"+ idling\r\n")
            talk.line()
            talk.answer(line)
        else:
            return False
        return True

    return handler


def _answer(uid: int, name: bytes, header: bool) -> bytes:
    text = b"From: notice@lancers.jp\r\nSubject: %b %d\r\nMessage-ID: <%d.%b@x.example>\r\n\r\n" % (
        name,
        uid,
        uid,
        name,
    )
    facts = b'UID %d RFC822.SIZE 100 INTERNALDATE "02-Nov-2026 10:00:00 +0900"' % uid
    part = b"BODY[HEADER.FIELDS (FROM)]" if header else b"BODY[]"
    return b"* %d FETCH (%b %b {%d}\r\n%b)\r\n" % (uid, facts, part, len(text), text)


def house_of(server: ScriptedServer, tmp_path: Path) -> House:
    settings = {"name": "main", "host": "127.0.0.1", "port": server.port, "tls": "none", "username": "anybody"}
    return House(tmp_path, [{**settings, "folders": ["Work", "INBOX"], "sent": None}])


def test_a_folder_that_the_server_will_not_open_keeps_no_other_waiting(scripted: MakeServer, tmp_path: Path) -> None:
    left = [2]

    def refuse(talk: Talk, line: bytes) -> bool:
        if b"EXAMINE" not in line or not left[0]:
            return False
        left[0] -= 1
        talk.answer(line, result=b"NO [SERVERBUG] cannot open it")
        return True

    with Bench(house_of(scripted(two_folders(refuse), uidnext=4, exists=3), tmp_path)) as bench:
        bench.until(lambda: bool(bench.failures))
        assert sorted(bench.subjects()) == ["inbox 1", "inbox 2", "inbox 3"]
        assert bench.rounds == 0
        bench.until(lambda: bench.rounds >= 1)
        assert len(bench.subjects()) == 6
    assert {type(error) for error in bench.failures} == {CommandRefused}


def test_a_mail_on_which_the_server_hangs_up_is_given_up_in_any_folder(scripted: MakeServer, tmp_path: Path) -> None:
    def hang_up(talk: Talk, line: bytes) -> bool:
        if b"UID FETCH" not in line or b"BODY.PEEK[]" not in line or 2 not in uids_in(line):
            return False
        talk.close()
        return True

    server = scripted(two_folders(hang_up), uidnext=4, exists=3)
    house = house_of(server, tmp_path)
    settings = house.file.read_text().replace("- Work\n  - INBOX", "- INBOX\n  - Work")
    assert settings.index("- INBOX") < settings.index("- Work"), "INBOX is read well before, each time"
    house.file.write_text(settings)
    with Bench(house) as bench:
        bench.until(lambda: bench.rounds >= 1)
        quarantined = [mail.quarantined for mail in bench.store.stored_mails() if mail.quarantined]
        assert len(bench.subjects()) == 6
    assert len(quarantined) == 1
    assert "UID 2" in quarantined[0]
