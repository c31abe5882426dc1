"""What a server says to harm, or because it is broken: it ends at a bound of time and memory, and is never believed."""

from __future__ import annotations

import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from inboxwatch.mailbox import client
from inboxwatch.mailbox.errors import CommandRefused, ConnectionLost, MailboxError, NotNow, Unreachable
from inboxwatch.mailbox.folders import Folder
from inboxwatch.mailbox.progress import Search
from tests.mailbox.support import INBOX, connect, read_all, subjects
from tests.mailbox.test_odd_servers import KNOWN, body_answer, header_answer, uids_in
from tests.mailbox.test_odd_servers import mailbox as script_of
from tests.servers.scripted import ScriptedServer, Talk

MakeServer = Callable[..., ScriptedServer]


def a_line_without_end() -> Iterator[bytes]:
    yield b"* 1 FETCH ("
    for _ in range(100):
        yield b"x" * 1_000_000


def a_huge_literal() -> Iterator[bytes]:
    yield b"* 1 FETCH (UID 1 BODY[] {4000000000}\r\n"
    for _ in range(100):
        yield b"x" * 1_000_000


def lines_without_end() -> Iterator[bytes]:
    for _ in range(2000):
        yield b"* 1 FETCH (FLAGS ())\r\n" * 1000


def literals_without_end() -> Iterator[bytes]:
    for _ in range(2000):
        yield b"* LIST {2}\r\nab\r\n" * 1000


@pytest.mark.parametrize("bomb", [a_line_without_end, a_huge_literal, lines_without_end, literals_without_end])
@pytest.mark.parametrize("word", [b" LIST ", b"UID SEARCH", b"UID FETCH", b" IDLE"])
def test_what_does_not_end_is_cut_off_before_it_fills_the_memory(
    scripted: MakeServer, bomb: Callable[[], Iterator[bytes]], word: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ANSWER_BYTES", 2 * 1024 * 1024)

    def burst(talk: Talk, line: bytes) -> bool:
        if word not in line:
            return False
        for piece in bomb():
            talk.say(piece)
        return True

    server = scripted(script_of([1], burst), uidnext=2, exists=1)
    account = connect(server.port, "anybody", seconds=20)
    tracemalloc.start()
    with pytest.raises(ConnectionLost, match="more than"):
        account.folders("auto", None)
        read_all(account, KNOWN)
        account.idle(INBOX, 20, None)
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < 8 * 1024 * 1024
    account.close()


@pytest.mark.parametrize(
    "words",
    [
        b"* 1 FETCH (UID 1 BODY[] {" + b"9" * 5000 + b"}\r\n",
        b"* 1 FETCH (UID 1 BODY[] {18446744073709551616}\r\n",
        b"hello\r\n",
        b"\r\n",
        b"\x00\xff\xfe\x80\r\n",
        b"A99 OK done\r\n",
    ],
    ids=["5000 digits", "2**64", "words of its own", "an empty line", "no text", "a tag of nobody"],
)
def test_after_words_that_are_out_of_step_nothing_more_is_read_from_that_connection(
    scripted: MakeServer, words: bytes
) -> None:
    def babble(talk: Talk, line: bytes) -> bool:
        if b"UID FETCH" in line:
            talk.answer(line, words)
        return b"UID FETCH" in line

    account = connect(scripted(script_of([1], babble), uidnext=2, exists=1).port, "anybody")
    with pytest.raises(ConnectionLost) as caught:
        read_all(account, KNOWN)
    assert "hello" not in str(caught.value)
    with pytest.raises(ConnectionLost, match="given up"):
        account.noop()
    account.close()


def test_a_second_answer_to_one_command_is_not_taken_for_the_answer_to_the_next(scripted: MakeServer) -> None:
    def twice(talk: Talk, line: bytes) -> bool:
        if b"UID SEARCH" in line:
            talk.answer(line, b"* SEARCH 1 2\r\n")
            talk.answer(line)
        return b"UID SEARCH" in line

    account = connect(scripted(script_of([1, 2], twice), uidnext=3, exists=2).port, "anybody")
    with pytest.raises(ConnectionLost):
        read_all(account, KNOWN)
    account.close()


def test_mails_that_nobody_asked_for_are_not_kept(scripted: MakeServer) -> None:
    def generous(talk: Talk, line: bytes) -> bool:
        if b"UID FETCH" not in line:
            return False
        answer = header_answer if b"HEADER" in line else body_answer
        talk.answer(line, b"".join(answer(uid) for uid in (99, *uids_in(line), 7)))
        return True

    account = connect(scripted(script_of([1, 2], generous), uidnext=3, exists=2).port, "anybody")
    assert subjects(read_all(account, KNOWN)) == ["Mail 1", "Mail 2"]
    account.close()


@pytest.mark.parametrize("words", [b"", b"* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n"], ids=["nothing", "some"])
def test_a_folder_of_which_the_number_of_mails_is_not_told_is_not_taken_for_empty(
    scripted: MakeServer, words: bytes
) -> None:
    def silent(talk: Talk, line: bytes) -> bool:
        if b"EXAMINE" in line:
            talk.answer(line, words)
        return b"EXAMINE" in line

    account = connect(scripted(script_of([1, 2, 3], silent)).port, "anybody")
    for progress in (None, KNOWN):
        with pytest.raises(CommandRefused, match="how many"):
            read_all(account, progress)
    account.close()


def test_a_folder_of_which_no_uid_is_told_is_not_taken_for_read(scripted: MakeServer) -> None:
    def vague(talk: Talk, line: bytes) -> bool:
        if b"EXAMINE" in line:
            talk.answer(line, b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n")
        elif b" FETCH " in line or b"STATUS" in line:
            talk.answer(line)
        else:
            return False
        return True

    account = connect(scripted(script_of([1, 2, 3], vague)).port, "anybody")
    with pytest.raises(CommandRefused, match="UIDNEXT"):
        read_all(account, KNOWN)
    account.close()


def test_fewer_mails_than_before_without_a_word_are_no_fault(scripted: MakeServer) -> None:
    server = scripted(script_of([1, 2, 3]), uidnext=4, exists=3)
    account = connect(server.port, "anybody")
    progress = read_all(account, KNOWN)[-1].progress
    server.exists = 1
    (batch,) = read_all(account, progress)
    assert (batch.complete, batch.vanished, batch.progress.uid) == (True, 0, 3)
    account.close()


def test_special_uses_that_nobody_answers_leave_the_names(scripted: MakeServer) -> None:
    def partly(talk: Talk, line: bytes) -> bool:
        if b" LIST " in line:
            talk.answer(line, b"" if b"SPECIAL-USE" in line else b'* LIST () "/" INBOX\r\n* LIST () "/" Sent\r\n')
        return b" LIST " in line

    account = connect(scripted(partly, capabilities="IMAP4rev1 SPECIAL-USE AUTH=PLAIN").port, "anybody")
    assert account.folders("auto", "auto") == (Folder("INBOX", "inbox"), Folder("Sent", "sent"))
    account.close()


def test_a_server_that_lists_nothing_at_all_is_read_in_inbox(scripted: MakeServer) -> None:
    account = connect(scripted(lambda talk, line: False).port, "anybody")
    assert account.folders("auto", "auto") == (INBOX,)
    account.close()


REFUSALS = [
    b"NO [UNAVAILABLE] the store is away",
    b"NO [THROTTLED] slow down",
    b"NO [LIMIT] rate",
    b"NO [OVERQUOTA] no",
    b"NO [ALERT] Account exceeded command or bandwidth limits. (Failure)",
    b"BAD Request is throttled. Suggested Backoff Time: 299000 milliseconds",
]


@pytest.mark.parametrize("words", REFUSALS)
@pytest.mark.parametrize("word", [b" LIST ", b"EXAMINE", b"UID SEARCH", b"HEADER", b"BODY.PEEK[]"])
def test_what_a_server_is_not_up_to_at_present_is_held_against_no_mail_and_no_search(
    scripted: MakeServer, word: bytes, words: bytes
) -> None:
    def busy(talk: Talk, line: bytes) -> bool:
        if line.endswith(b"+}"):
            talk.line()
        if word in line:
            talk.answer(line, result=words)
        return word in line

    account = connect(scripted(script_of([1, 2, 3], busy), uidnext=4, exists=3).port, "anybody")
    with pytest.raises(NotNow):
        account.folders("auto", None)
        read_all(account, searches=(Search("SUBJECT", "支払い"),))
    account.noop()  # in step all the same
    account.close()


@pytest.mark.parametrize(
    "greeting", [b"* BYE Too many connections from your address\r\n", b"* BYE [UNAVAILABLE] shutting down\r\n"]
)
def test_a_server_that_turns_everybody_away_at_the_door_says_so(
    scripted: MakeServer, monkeypatch: pytest.MonkeyPatch, greeting: bytes
) -> None:
    monkeypatch.setattr("tests.servers.scripted.GREETING", greeting)
    with pytest.raises(NotNow) as caught:
        connect(scripted(lambda talk, line: False).port, "anybody")
    assert "tls" not in str(caught.value)


def test_a_machine_without_a_thread_to_spare_blames_no_mail(
    scripted: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = connect(scripted(script_of([1, 2]), uidnext=3, exists=2).port, "anybody")

    def none_left(self: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as short:
        short.setattr("threading.Timer.start", none_left)
        with pytest.raises(ConnectionLost):
            read_all(account, KNOWN)
        account.close()
        with pytest.raises(MailboxError):
            connect(scripted(lambda talk, line: False).port, "anybody")


def test_all_addresses_of_a_host_together_take_no_longer_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{number}", 993)) for number in range(1, 7)]
    shares: list[float] = []

    def swallowed(address: tuple[str, int], seconds: float) -> socket.socket:
        shares.append(seconds)
        time.sleep(seconds)
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    monkeypatch.setattr(socket, "create_connection", swallowed)
    with pytest.raises(Unreachable, match=r"no answer within 1\.2 s"):
        connect(993, "anybody", host="many.example", seconds=1.2)
    assert len(shares) == 6, "the last one may be the one that lives"
    assert sum(shares) < 1.5
