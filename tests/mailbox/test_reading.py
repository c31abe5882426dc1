"""Reading folders of a real Dovecot."""

from __future__ import annotations

import locale
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from inboxwatch.mailbox import reading, searching
from inboxwatch.mailbox.errors import FolderMissing
from inboxwatch.mailbox.folders import Folder
from inboxwatch.mailbox.imap import Account
from inboxwatch.mailbox.progress import Progress, Search
from tests.mailbox.support import BEGINNING, a_mail, batches_of, connect, is_any, read_all, subjects
from tests.mailbox.test_odd_servers import KNOWN, header_answer, mailbox, uids_in
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import ScriptedServer, Talk

MakeServer = Callable[..., ScriptedServer]

SHOP = "news@shop.example"


@pytest.fixture
def account(dovecot: Dovecot, user: str) -> Iterator[Account]:
    account = connect(dovecot.port, user)
    yield account
    account.close()


def test_the_first_read_finds_by_search_and_ends_at_uidnext(dovecot: Dovecot, user: str, account: Account) -> None:
    dovecot.append(user, a_mail("One"), a_mail("Sale", SHOP), a_mail("Two"), a_mail("Sale again", SHOP))
    batches = read_all(account)
    assert subjects(batches) == ["One", "Two"]
    assert [batch.complete for batch in batches] == [True]
    assert batches[0].progress.uid == 4
    assert batches[0].passed_over == 0  # what the search does not find is not even looked at
    assert batches[0].holes == ()


def test_an_empty_folder_gives_one_complete_batch(account: Account) -> None:
    (batch,) = read_all(account)
    assert (batch.fetched, batch.complete, batch.progress.uid) == ((), True, 0)


def test_a_later_read_looks_at_every_new_mail_and_passes_over_what_nobody_wants(
    dovecot: Dovecot, user: str, account: Account
) -> None:
    dovecot.append(user, a_mail("Old"))
    progress = read_all(account)[-1].progress
    dovecot.append(user, a_mail("Sale", SHOP), a_mail("New"), a_mail("Sale again", SHOP))
    batches = read_all(account, progress)
    assert subjects(batches) == ["New"]
    assert sum(batch.passed_over for batch in batches) == 2
    assert batches[-1].progress.uid == 4


def test_nothing_new_gives_one_complete_batch_and_never_the_last_mail_again(
    dovecot: Dovecot, user: str, account: Account
) -> None:
    dovecot.append(user, a_mail("Old"))
    progress = read_all(account)[-1].progress
    (batch,) = read_all(account, progress)
    assert (batch.fetched, batch.passed_over, batch.complete) == ((), 0, True)
    assert batch.progress.uid == progress.uid


def test_the_instant_of_reading_is_before_the_server_was_asked(dovecot: Dovecot, user: str, account: Account) -> None:
    before = datetime.now(UTC)
    (batch,) = read_all(account)
    assert before <= batch.read_at <= datetime.now(UTC)


@pytest.fixture
def far_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process in a zone that is far from UTC."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_zone")
def test_internaldate_becomes_an_aware_instant_in_utc(dovecot: Dovecot, user: str, account: Account) -> None:
    arrival = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    dovecot.append(user, a_mail("One"), when=arrival)
    (batch,) = read_all(account)
    received_at = batch.fetched[0].mail.received_at
    assert received_at == arrival
    assert received_at.utcoffset() == timedelta(0)


def test_a_japanese_subject_can_be_searched_for(dovecot: Dovecot, user: str, account: Account) -> None:
    dovecot.append(
        user, a_mail("連絡期限経過による支払い確定", "x@lancers.example"), a_mail("お知らせ", "x@lancers.example")
    )
    batches = read_all(account, searches=(Search("SUBJECT", "支払い"),))
    assert subjects(batches) == ["連絡期限経過による支払い確定"]
    assert batches[0].refused_searches == ()


def test_the_search_goes_back_one_day_more_than_asked_whatever_the_locale(
    dovecot: Dovecot, user: str, account: Account
) -> None:
    dovecot.append(user, a_mail("Too old"), when=BEGINNING - timedelta(days=3))
    dovecot.append(user, a_mail("Just before"), when=BEGINNING - timedelta(hours=12))
    dovecot.append(user, a_mail("After"), when=BEGINNING + timedelta(days=3))
    before = locale.setlocale(locale.LC_TIME)
    try:
        for name in ("ja_JP.UTF-8", "de_DE.UTF-8", "C.UTF-8"):
            try:
                locale.setlocale(locale.LC_TIME, name)
                break
            except locale.Error:
                continue
        assert subjects(read_all(account)) == ["Just before", "After"]
    finally:
        locale.setlocale(locale.LC_TIME, before)


def test_without_searches_the_first_read_looks_at_every_mail(dovecot: Dovecot, user: str, account: Account) -> None:
    dovecot.append(user, a_mail("Sale", SHOP), a_mail("One"))
    batches = read_all(account, searches=())
    assert subjects(batches) == ["One"]
    assert batches[0].passed_over == 1


def test_reading_leaves_all_flags_as_they_were(dovecot: Dovecot, user: str, account: Account) -> None:
    dovecot.append(user, a_mail("One"), a_mail("Two"))
    with dovecot.client(user) as other:
        other.select_folder("INBOX")
        other.add_flags([2], [b"\\Seen", b"\\Flagged"])
    assert not list(dovecot.maildir(user).glob("new/*"))
    dovecot.append(user, a_mail("Three"))  # nobody has selected the folder since: this one is \Recent
    progress = read_all(account)[-1].progress
    read_all(account, progress)
    account.idle(Folder("INBOX", "inbox"), 0.1, None)
    with dovecot.client(user) as other:
        answer = other.select_folder("INBOX", readonly=True)
        flags = {uid: entry[b"FLAGS"] for uid, entry in other.fetch([1, 2, 3], ["FLAGS"]).items()}
    assert answer[b"RECENT"] == 1
    assert b"\\Seen" not in flags[1] + flags[3]
    assert set(flags[2]) == {b"\\Seen", b"\\Flagged"}
    assert b"\\Recent" in flags[3]


def test_a_folder_made_anew_is_searched_again(dovecot: Dovecot, user: str, account: Account) -> None:
    folder = Folder("Work", "other")
    dovecot.append(user, a_mail("Old"), a_mail("Older"), a_mail("Oldest"), folder="Work")
    progress = read_all(account, folder=folder)[-1].progress
    with dovecot.client(user) as other:
        other.delete_folder("Work")
    dovecot.append(user, a_mail("New"), a_mail("Sale", SHOP), folder="Work")
    with dovecot.client(user) as other:  # Dovecot's UIDVALIDITY is a clock of seconds
        validity = other.select_folder("Work", readonly=True)[b"UIDVALIDITY"]
    known = Progress(progress.mailbox, progress.folder, validity - 1, progress.uid)
    batches = read_all(account, known, folder=folder)
    assert subjects(batches) == ["New"]
    assert batches[-1].progress.uidvalidity == validity
    assert batches[-1].progress.uid == 2
    assert batches[-1].holes == ()


def test_a_folder_made_anew_shows_every_mail_since_the_last_read(dovecot: Dovecot, user: str, account: Account) -> None:
    answer = "client at home <home@client.example>"  # whom no search knows, only the thread does
    dovecot.append(user, a_mail("Long ago", answer), when=datetime.now(UTC) - timedelta(days=20))
    dovecot.append(user, a_mail("Known"), a_mail("An answer", answer))
    with dovecot.client(user) as other:
        validity = other.select_folder("INBOX", readonly=True)[b"UIDVALIDITY"]
    read_up_to = datetime.now(UTC) - timedelta(hours=1)
    known = Progress("main", "INBOX", validity - 1, 900, 0, read_up_to)
    assert subjects(read_all(account, known, wanted=is_any)) == ["Known", "An answer"]
    midway = Progress("main", "INBOX", validity, 2, 3, read_up_to)  # the connection was lost after the second
    assert subjects(read_all(account, midway, wanted=is_any)) == ["An answer"]


def test_after_a_move_to_another_server_only_so_many_are_looked_at_again(
    dovecot: Dovecot, user: str, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "LOOKED_AT_AGAIN", 2)  # all of them arrived on the day of the move
    dovecot.append(user, a_mail("Known"), *(a_mail(f"Sale {number}", SHOP) for number in range(4)))
    known = Progress("main", "INBOX", 1, 900, 0, datetime.now(UTC))
    assert subjects(read_all(account, known, wanted=is_any)) == ["Known", "Sale 2", "Sale 3"]


@pytest.mark.parametrize("to_come", [datetime(2098, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)])
def test_a_date_to_come_bounds_no_hole(scripted: MakeServer, to_come: datetime) -> None:
    def dated(talk: Talk, line: bytes) -> bool:
        if b"UID FETCH" not in line or b"HEADER" not in line:
            return False
        wrong = format(to_come, "%d-%b-%Y %H:%M:%S +0000").encode()
        answers = [header_answer(uid) for uid in uids_in(line) if uid in (1, 4)]
        talk.answer(line, b"".join(answers).replace(b"02-Nov-2026 10:00:00 +0900", wrong))
        return True

    account = connect(scripted(mailbox([1, 4], dated), uidnext=6, exists=2).port, "anybody")
    (batch,) = read_all(account, KNOWN)
    account.close()
    assert [hole.mails for hole in batch.holes] == [2, 1]
    assert all(hole.since == hole.until == batch.read_at for hole in batch.holes)


def test_a_uidnext_that_went_back_starts_the_folder_anew(dovecot: Dovecot, user: str, account: Account) -> None:
    dovecot.append(user, a_mail("One"))
    progress = read_all(account)[-1].progress
    beyond = Progress(progress.mailbox, progress.folder, progress.uidvalidity, 900)
    assert subjects(read_all(account, beyond)) == ["One"]


def test_a_mail_that_can_be_found_a_moment_after_the_one_behind_it_is_read(scripted: MakeServer) -> None:
    searches: list[bytes] = []

    def late(talk: Talk, line: bytes) -> bool:
        if b"UID SEARCH" not in line or searches:
            return False
        searches.append(line)
        talk.answer(line, b"* SEARCH 1 3\r\n")
        return True

    account = connect(scripted(mailbox([1, 2, 3], late), uidnext=4, exists=3).port, "anybody")
    (batch,) = read_all(account, KNOWN)
    account.close()
    assert subjects([batch]) == ["Mail 1", "Mail 2", "Mail 3"]
    assert batch.holes == ()


def test_mails_gone_before_they_were_read_are_holes_between_their_neighbours(
    dovecot: Dovecot, user: str, account: Account
) -> None:
    hours = [BEGINNING + timedelta(hours=hour) for hour in range(6)]
    progress = read_all(account)[-1].progress
    for number, hour in enumerate(hours):
        dovecot.append(user, a_mail(f"Mail {number}"), when=hour)
    with dovecot.client(user) as other:
        other.select_folder("INBOX")
        other.delete_messages([1, 3, 4, 6])
        other.expunge()
    (batch,) = read_all(account, progress)
    assert subjects([batch]) == ["Mail 1", "Mail 4"]
    assert [hole.mails for hole in batch.holes] == [1, 2, 1]
    assert batch.vanished == 4
    assert batch.holes[0].since is None
    assert (batch.holes[1].since, batch.holes[1].until) == (hours[1], hours[4])
    assert (batch.holes[2].since, batch.holes[2].until) == (hours[4], batch.read_at)
    assert batch.progress.uid == 6


def test_when_all_new_mails_are_gone_the_progress_moves_and_the_hole_is_told(
    dovecot: Dovecot, user: str, account: Account
) -> None:
    progress = read_all(account)[-1].progress
    dovecot.append(user, a_mail("One"), a_mail("Two"))
    with dovecot.client(user) as other:
        other.select_folder("INBOX")
        other.delete_messages([1, 2])
        other.expunge()
    (batch,) = read_all(account, progress)
    assert (batch.vanished, batch.progress.uid, batch.complete) == (2, 2, True)
    assert read_all(account, batch.progress)[0].vanished == 0


def test_a_mail_expunged_between_headers_and_body_is_a_hole_at_its_arrival(
    dovecot: Dovecot, user: str, account: Account
) -> None:
    arrival = BEGINNING + timedelta(days=1)
    dovecot.append(user, a_mail("One"), a_mail("Two"), when=arrival)

    def delete_while_judging(headers: bytes, folder: Folder) -> bool:
        if b"Two" in headers:
            for path in dovecot.maildir(user).glob("*/*"):
                if b"Subject: Two" in path.read_bytes():
                    path.unlink()
            with dovecot.client(user) as other:
                other.select_folder("INBOX")
                other.delete_messages([2])
                other.expunge()
        return True

    batches = read_all(account, wanted=delete_while_judging)
    assert subjects(batches) == ["One"]
    assert [(hole.mails, hole.since, hole.until) for hole in batches[-1].holes] == [(1, arrival, arrival)]
    assert batches[-1].progress.uid == 2


def test_twelve_hundred_mails_come_in_bounded_ascending_batches(dovecot: Dovecot, user: str, account: Account) -> None:
    progress = read_all(account)[-1].progress
    dovecot.append_many(user, [a_mail(f"Mail {number}", number=number) for number in range(1200)])
    batches = read_all(account, progress)
    assert subjects(batches) == [f"Mail {number}" for number in range(1200)]
    assert max(len(batch.fetched) for batch in batches) <= reading.BODY_BATCH
    assert [batch.progress.uid for batch in batches] == sorted({batch.progress.uid for batch in batches})
    assert [batch.complete for batch in batches] == [False] * (len(batches) - 1) + [True]
    for batch in batches:
        assert batch.progress.uid >= max(each.uid for each in batch.fetched)


def test_a_reading_that_stopped_midway_goes_on_from_its_progress(dovecot: Dovecot, user: str, account: Account) -> None:
    dovecot.append_many(user, [a_mail(f"Mail {number}", number=number) for number in range(130)])
    dovecot.append(user, a_mail("Sale", SHOP))
    with dovecot.client(user) as other:
        other.select_folder("INBOX")
        other.delete_messages([70, 71])
        other.expunge()
    first = next(batches_of(account, wanted=is_any, since=None))
    assert not first.complete
    dovecot.append(user, a_mail("Reply of a known client", "client@client.example"))
    rest = read_all(account, first.progress, wanted=is_any)
    got = subjects([first, *rest])
    assert len(got) == 128 + 1  # each once; the sale was never asked for, the reply came after the first read began
    assert got[-1] == "Reply of a known client"
    assert sum(batch.vanished for batch in rest) == 0  # old deletions are no holes


def test_a_big_folder_is_searched_in_windows(
    dovecot: Dovecot, user: str, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SEARCH_AT_ONCE", 40)
    monkeypatch.setattr(searching, "WINDOW", 25)
    dovecot.append_many(user, [a_mail(f"Mail {number}", number=number) for number in range(180)])
    with dovecot.client(user) as other:  # sparse UIDs: the windows follow what is there
        other.select_folder("INBOX")
        other.delete_messages(list(range(2, 80)))
        other.expunge()
    expected = ["Mail 0", *(f"Mail {number}" for number in range(79, 180))]
    assert subjects(read_all(account)) == expected
    known = Progress("main", "INBOX", read_all(account)[-1].progress.uidvalidity, 1)
    assert subjects(read_all(account, known)) == expected[1:]


def test_a_too_large_mail_comes_truncated(
    dovecot: Dovecot, user: str, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST_WHOLE", 100_000)
    monkeypatch.setattr(reading, "FIRST_PART", 20_000)
    dovecot.append(user, a_mail("Large", text="0123456789" * 20_000), a_mail("Small"))
    (batch,) = read_all(account)
    large, small = (each.mail for each in batch.fetched)
    assert (len(large.raw), large.truncated) == (20_000, True)
    assert large.raw.startswith(b"From: ")
    assert not small.truncated


def test_a_batch_is_bounded_by_bytes_too(
    dovecot: Dovecot, user: str, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BODY_BYTES", 50_000)
    dovecot.append(user, *(a_mail(f"Mail {number}", text="x" * 20_000) for number in range(5)))
    assert [len(batch.fetched) for batch in read_all(account)] == [2, 2, 1]


def test_headers_that_cannot_be_judged_do_not_stop_the_folder(dovecot: Dovecot, user: str, account: Account) -> None:
    dovecot.append(user, a_mail("Poison"), a_mail("Next"))

    def judge(headers: bytes, folder: Folder) -> bool:
        if b"Poison" in headers:
            raise RecursionError
        return True

    assert subjects(read_all(account, wanted=judge)) == ["Poison", "Next"]


def test_one_by_one_reads_the_same_and_what_was_given_up_is_unfetchable(
    dovecot: Dovecot, user: str, account: Account
) -> None:
    progress = read_all(account)[-1].progress
    dovecot.append(user, a_mail("One"), a_mail("Two"), a_mail("Three"))
    batches = read_all(account, progress, one_by_one=True, given_up=frozenset({2}))
    assert subjects(batches) == ["One", "Three"]
    assert [each.uid for batch in batches for each in batch.unfetchable] == [2]
    assert [batch.progress.uid for batch in batches] == [1, 2, 3]
    assert sum(batch.vanished + batch.passed_over for batch in batches) == 0


def test_a_mail_in_sent_is_marked_so(dovecot: Dovecot, user: str, account: Account) -> None:
    dovecot.append(user, a_mail("Mine"), folder="Outgoing")
    (batch,) = read_all(account, folder=Folder("Outgoing", "sent"))
    assert batch.fetched[0].mail.in_sent


def test_sent_and_junk_are_found_by_special_use(dovecot: Dovecot, user: str, account: Account) -> None:
    for name in ("Outgoing", "Junk", "Sent", "Drafts"):
        dovecot.append(user, folder=name)
    assert account.folders("auto", "auto") == (
        Folder("INBOX", "inbox"),
        Folder("Junk", "junk"),
        Folder("Outgoing", "sent"),
    )


def test_sent_is_found_by_its_japanese_name_and_can_be_read(dovecot: Dovecot, user: str, account: Account) -> None:
    dovecot.append(user, a_mail("Mine"), folder="送信済みアイテム")
    folders = account.folders("auto", "auto")
    assert folders[-1] == Folder("送信済みアイテム", "sent")
    assert subjects(read_all(account, folder=folders[-1])) == ["Mine"]
    assert subjects(read_all(account, folder=account.folders(["送信済みアイテム"], None)[0])) == ["Mine"]


def test_a_folder_that_is_not_there_is_named_with_those_that_are(dovecot: Dovecot, user: str, account: Account) -> None:
    dovecot.append(user, folder="Projekte")
    with pytest.raises(FolderMissing, match=r"'Projects'.*Projekte"):
        account.folders(["INBOX", "Projects"], "auto")
    with pytest.raises(FolderMissing, match=r"'Gone'.*Projekte"):
        read_all(account, folder=Folder("Gone", "other"))
    assert read_all(account)[-1].complete  # the connection still works
