"""What servers do that Dovecot will not: scripted."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from inboxwatch.mailbox.errors import ConnectionLost
from inboxwatch.mailbox.folders import Folder
from inboxwatch.mailbox.progress import Batch, Progress, Search
from tests.mailbox.support import batches_of, connect, read_all, subjects
from tests.servers.scripted import Handler, ScriptedServer, Talk

MakeServer = Callable[..., ScriptedServer]

KNOWN = Progress("main", "INBOX", 7, 0)


def uids_in(line: bytes) -> list[int]:
    """The UIDs that a UID FETCH asks for."""
    return [int(uid) for uid in line.split(b" ")[3].split(b",")]


def header_answer(uid: int) -> bytes:
    text = b"From: a@lancers.example\r\nSubject: Mail %d\r\n\r\n" % uid
    facts = b'UID %d RFC822.SIZE 100 INTERNALDATE "02-Nov-2026 10:00:00 +0900"' % uid
    return b"* %d FETCH (%b BODY[HEADER.FIELDS (FROM)] {%d}\r\n%b)\r\n" % (uid, facts, len(text), text)


def body_answer(uid: int) -> bytes:
    text = b"Subject: Mail %d\r\n\r\nwords" % uid
    return b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (uid, uid, len(text), text)


def mailbox(there: list[int], spoil: Handler | None = None) -> Handler:
    """A script for a folder with these UIDs; `spoil` may take a line first."""

    def handler(talk: Talk, line: bytes) -> bool:
        if spoil is not None and spoil(talk, line):
            return True
        if b"UID SEARCH" in line:
            talk.answer(line, b"* SEARCH " + b" ".join(b"%d" % uid for uid in there) + b"\r\n")
        elif b"UID FETCH" in line:
            answer = header_answer if b"HEADER" in line else body_answer
            talk.answer(line, b"".join(answer(uid) for uid in uids_in(line) if uid in there))
        else:
            return False
        return True

    return handler


def test_a_body_that_is_nil_is_asked_for_again_and_then_counted_as_vanished(scripted: MakeServer) -> None:
    asked: list[bytes] = []

    def nil(talk: Talk, line: bytes) -> bool:
        if b"BODY.PEEK[]" not in line or 2 not in uids_in(line):
            return False
        asked.append(line)
        others = b"".join(body_answer(uid) for uid in uids_in(line) if uid != 2)
        talk.answer(line, others + b"* 2 FETCH (UID 2 BODY[] NIL)\r\n")
        return True

    account = connect(scripted(mailbox([1, 2, 3], nil), uidnext=4, exists=3).port, "anybody")
    (batch,) = read_all(account, KNOWN)
    account.close()
    assert subjects([batch]) == ["Mail 1", "Mail 3"]
    assert (batch.vanished, batch.progress.uid, len(asked)) == (1, 3, 2)
    assert batch.holes[0].since == batch.holes[0].until


def test_a_mail_announced_before_it_can_be_found_is_asked_for_again(scripted: MakeServer) -> None:
    searches: list[bytes] = []

    def late(talk: Talk, line: bytes) -> bool:
        if b"UID SEARCH" not in line or searches:
            return False
        searches.append(line)
        talk.answer(line, b"* SEARCH 1\r\n")
        return True

    account = connect(scripted(mailbox([1, 2], late), uidnext=3, exists=2).port, "anybody")
    batches = read_all(account, KNOWN)
    account.close()
    assert subjects(batches) == ["Mail 1", "Mail 2"]
    assert batches[0].vanished == 0


@pytest.mark.parametrize("words", [b"NO [SERVERBUG] cannot read it", b"BAD what"])
@pytest.mark.parametrize("part", [b"HEADER", b"BODY.PEEK[]"])
def test_a_mail_that_the_server_refuses_is_unfetchable_and_the_folder_goes_on(
    scripted: MakeServer, part: bytes, words: bytes
) -> None:
    def refuse(talk: Talk, line: bytes) -> bool:
        if b"UID FETCH" not in line or part not in line or 2 not in uids_in(line):
            return False
        talk.answer(line, result=words)
        return True

    account = connect(scripted(mailbox([1, 2, 3], refuse), uidnext=4, exists=3).port, "anybody")
    (batch,) = read_all(account, KNOWN)
    account.close()
    assert subjects([batch]) == ["Mail 1", "Mail 3"]
    assert [each.uid for each in batch.unfetchable] == [2]
    assert words.split(b" ")[-1].decode() in batch.unfetchable[0].reason
    assert (batch.vanished, batch.passed_over, batch.progress.uid) == (0, 0, 3)


def test_an_answer_that_cannot_be_read_is_unfetchable_and_its_words_are_not_repeated(scripted: MakeServer) -> None:
    def garble(talk: Talk, line: bytes) -> bool:
        if b"BODY.PEEK[]" not in line or 2 not in uids_in(line):
            return False
        talk.answer(line, b'* 2 FETCH (UID 2 BODY[] "private words\r\n')
        return True

    account = connect(scripted(mailbox([1, 2, 3], garble), uidnext=4, exists=3).port, "anybody")
    (batch,) = read_all(account, KNOWN)
    account.close()
    assert subjects([batch]) == ["Mail 1", "Mail 3"]
    assert "private" not in batch.unfetchable[0].reason


def test_a_mail_on_which_the_server_hangs_up_can_be_found_and_given_up(scripted: MakeServer) -> None:
    def hang_up(talk: Talk, line: bytes) -> bool:
        if b"BODY.PEEK[]" not in line or 2 not in uids_in(line):
            return False
        talk.say(b"* BYE internal error\r\n")
        talk.close()
        return True

    port = scripted(mailbox([1, 2, 3], hang_up), uidnext=4, exists=3).port
    with pytest.raises(ConnectionLost) as caught:
        read_all(connect(port, "anybody"), KNOWN)
    assert caught.value.uids == (1, 2, 3)
    got: list[Batch] = []
    with pytest.raises(ConnectionLost) as caught:
        got.extend(batches_of(connect(port, "anybody"), KNOWN, one_by_one=True))
    assert caught.value.uids == (2,)
    batches = read_all(connect(port, "anybody"), got[-1].progress, given_up=frozenset(caught.value.uids))
    assert subjects(got + batches) == ["Mail 1", "Mail 3"]
    assert [each.uid for each in batches[0].unfetchable] == [2]


def test_a_charset_that_the_server_refuses_is_told_and_the_other_searches_count(scripted: MakeServer) -> None:
    def refuse(talk: Talk, line: bytes) -> bool:
        if b"CHARSET" in line:
            talk.line()  # the literal's rest
            talk.answer(line, result=b"NO [BADCHARSET (US-ASCII)] no")
        return b"CHARSET" in line

    account = connect(scripted(mailbox([2], refuse), uidnext=4, exists=3).port, "anybody")
    japanese = Search("SUBJECT", "支払い")
    (batch,) = read_all(account, searches=(japanese, Search("FROM", "lancers.example")))
    account.close()
    assert batch.refused_searches == (japanese,)
    assert subjects([batch]) == ["Mail 2"]


def test_when_every_search_is_refused_every_mail_is_looked_at(scripted: MakeServer) -> None:
    def refuse(talk: Talk, line: bytes) -> bool:
        if b" FROM " in line and b"SEARCH" in line:
            talk.answer(line, result=b"NO cannot")
            return True
        return False

    account = connect(scripted(mailbox([1, 3], refuse), uidnext=4, exists=2).port, "anybody")
    batches = read_all(account)
    account.close()
    assert subjects(batches) == ["Mail 1", "Mail 3"]


def test_the_server_is_only_asked_and_never_told_to_change_anything(scripted: MakeServer) -> None:
    server = scripted(mailbox([1, 2]), uidnext=3, exists=2)
    account = connect(server.port, "anybody")
    account.folders("auto", "auto")
    read_all(account)
    read_all(account, KNOWN)
    account.noop()
    account.close()
    words = {line.split(b" ")[1].upper() for line in server.lines if b" " in line}
    assert words <= {b"CAPABILITY", b"AUTHENTICATE", b"LIST", b"EXAMINE", b"UID", b"NOOP", b"LOGOUT"}
    for line in server.lines:
        assert not re.search(rb"BODY\[|RFC822(?!\.SIZE)|STORE|COPY|MOVE|EXPUNGE|SELECT", line)


def test_nothing_new_costs_one_command(scripted: MakeServer) -> None:
    server = scripted(mailbox([1, 2]), uidnext=3, exists=2)
    account = connect(server.port, "anybody")
    before = len(server.lines)
    assert read_all(account, Progress("main", "INBOX", 7, 2))[0].complete
    assert [line.split(b" ")[1] for line in server.lines[before:]] == [b"EXAMINE"]
    account.close()


def test_a_server_without_uidnext_is_read_all_the_same(scripted: MakeServer) -> None:
    def old(talk: Talk, line: bytes) -> bool:
        if b"EXAMINE" in line:
            talk.answer(line, b"* FLAGS ()\r\n* 2 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7] ok\r\n")
        elif b"STATUS" in line:
            talk.answer(line, result=b"BAD no")
        elif b" FETCH 2 " in line and b"UID FETCH" not in line:
            talk.answer(line, b"* 2 FETCH (UID 9)\r\n")
        else:
            return False
        return True

    account = connect(scripted(mailbox([4, 9], old)).port, "anybody")
    batches = read_all(account, KNOWN)
    account.close()
    assert subjects(batches) == ["Mail 4", "Mail 9"]
    assert batches[-1].progress.uid == 9


def test_gmail_is_read_from_all_mail_and_its_labels_tell_what_was_sent(scripted: MakeServer) -> None:
    listing = (
        b'* LIST (\\HasNoChildren) "/" "INBOX"\r\n'
        b'* LIST (\\HasChildren \\Noselect) "/" "[Gmail]"\r\n'
        b'* LIST (\\All \\HasNoChildren) "/" "[Gmail]/&MFkweTBmMG4w4TD8MOs-"\r\n'
        b'* LIST (\\HasNoChildren \\Junk) "/" "[Gmail]/&j,dg0TDhMPww6w-"\r\n'
        b'* LIST (\\HasNoChildren \\Sent) "/" "[Gmail]/&kAFP4W4IMH8w4TD8MOs-"\r\n'
    )

    def gmail(talk: Talk, line: bytes) -> bool:
        if b" LIST " in line:
            talk.answer(line, listing)
        elif b"X-GM-LABELS" in line:
            answer = header_answer(1).replace(b"UID 1 ", b'UID 1 X-GM-LABELS ("\\\\Inbox" "\\\\Sent") ')
            talk.answer(line, answer + header_answer(2).replace(b"UID 2 ", b"UID 2 X-GM-LABELS () "))
        else:
            return False
        return True

    server = scripted(
        mailbox([1, 2], gmail), uidnext=3, exists=2, capabilities="IMAP4rev1 X-GM-EXT-1 SPECIAL-USE AUTH=PLAIN"
    )
    account = connect(server.port, "anybody")
    folders = account.folders("auto", "auto")
    assert folders == (
        Folder("[Gmail]/すべてのメール", "all"),
        Folder("[Gmail]/迷惑メール", "junk"),
        Folder("[Gmail]/送信済みメール", "sent"),
    )
    (batch,) = read_all(account, KNOWN, folder=folders[0])
    account.close()
    assert [each.mail.in_sent for each in batch.fetched] == [True, False]
