"""Mails that vanished before they were read: a hole, closed only when it is proved where they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch.mailbox.progress import Batch, Progress
from inboxwatch.mailbox.progress import Hole as MissingMails
from inboxwatch.service.closing import filled
from inboxwatch.service.keeping import keep_found
from inboxwatch.service.readers import Found
from inboxwatch.store.model import Hole, Sighting
from inboxwatch.store.sqlite import Store
from tests.mailbox.support import a_mail
from tests.servers.dovecot import Dovecot
from tests.service.house import House, account, comment, days, now, paid

NEWS = "news@shop.example"


def the_house(dovecot: Dovecot, user: str, tmp_path: Path) -> House:
    """An installation that watches INBOX and Archive, and has read both."""
    dovecot.append(user, folder="Archive")
    house = House(tmp_path, [account(dovecot, user, folders=["INBOX", "Archive"])])
    dovecot.append(user, comment(now() - days(1)))
    assert house.once() == ()
    return house


def move(dovecot: Dovecot, user: str, *uids: int) -> None:
    with dovecot.client(user) as other:
        other.select_folder("INBOX")
        other.move(list(uids), "Archive")


def delete(dovecot: Dovecot, user: str, *uids: int) -> None:
    with dovecot.client(user) as other:
        other.select_folder("INBOX")
        other.delete_messages(list(uids))
        other.expunge()


def lost(tmp_path: Path) -> int:
    """How many mails are missing, as `status` and the alerts know it."""
    store = Store.open(tmp_path / "state")
    holes = store.holes()
    store.close()
    return sum(hole.mails for hole in holes)


@pytest.mark.parametrize("mail", [a_mail("Sale", NEWS), paid(now())], ids=["unwanted", "of the platform"])
def test_a_mail_that_a_filter_moved_before_it_was_read_is_no_hole(
    dovecot: Dovecot, user: str, tmp_path: Path, mail: bytes
) -> None:
    house = the_house(dovecot, user, tmp_path)
    dovecot.append(user, mail)
    move(dovecot, user, 2)
    house.once()
    assert lost(tmp_path) == 0


def test_a_mail_that_turns_up_a_round_later_closes_its_hole(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = the_house(dovecot, user, tmp_path)
    at = now()
    vanished, stays = a_mail("Sale", NEWS), a_mail("Stays", NEWS)
    dovecot.append(user, vanished, stays, when=at)
    delete(dovecot, user, 2)
    house.once()
    assert lost(tmp_path) == 1
    dovecot.append(user, vanished, folder="Archive", when=at)  # with its old arrival, as a slow program moves it
    house.once()
    assert lost(tmp_path) == 0


def test_a_mail_that_was_deleted_stays_a_hole(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = the_house(dovecot, user, tmp_path)
    dovecot.append(user, a_mail("Sale", NEWS))
    delete(dovecot, user, 2)
    house.once()
    house.once()
    assert lost(tmp_path) == 1


def test_one_moved_and_one_deleted_is_no_proof_of_which(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = the_house(dovecot, user, tmp_path)
    dovecot.append(user, a_mail("Sale", NEWS), a_mail("Another", NEWS))
    move(dovecot, user, 2)
    delete(dovecot, user, 3)
    house.once()
    assert lost(tmp_path) == 2


def test_a_copy_of_a_mail_that_was_read_proves_nothing(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = the_house(dovecot, user, tmp_path)
    dovecot.append(user, a_mail("Read", NEWS), a_mail("Deleted", NEWS))
    with dovecot.client(user) as other:
        other.select_folder("INBOX")
        other.copy([2], "Archive")
    delete(dovecot, user, 3)
    house.once()
    assert lost(tmp_path) == 1


def test_a_mail_that_was_read_and_archived_later_proves_nothing(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = the_house(dovecot, user, tmp_path)
    dovecot.append(user, a_mail("Read", NEWS), a_mail("Deleted", NEWS))
    delete(dovecot, user, 3)
    house.once()
    move(dovecot, user, 2)
    house.once()
    assert lost(tmp_path) == 1


def test_a_folder_that_also_gets_mail_of_its_own_proves_nothing(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = the_house(dovecot, user, tmp_path)
    dovecot.append(user, a_mail("Sorted by the server", NEWS), folder="Archive")
    house.once()
    dovecot.append(user, a_mail("Sale", NEWS))
    move(dovecot, user, 2)
    house.once()
    assert lost(tmp_path) == 1


def test_after_a_folder_was_made_anew_nothing_is_concluded_of_the_time_before(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, folder="Archive")
    dovecot.append(user, comment(now() - days(1)), folder="Work")
    house = House(tmp_path, [account(dovecot, user, folders=["INBOX", "Work", "Archive"])])
    house.once()
    house.once(lambda: now() + timedelta(minutes=2))
    when = now() + timedelta(minutes=3)
    dovecot.append(user, a_mail("Deleted", NEWS), when=when)
    delete(dovecot, user, 1)
    with dovecot.client(user) as other:
        other.delete_folder("Work")
    dovecot.append(user, a_mail("Not seen one by one", NEWS), folder="Work", when=when)
    house.once(lambda: now() + timedelta(minutes=5))
    assert lost(tmp_path) == 1
    with dovecot.client(user) as other:
        other.select_folder("Work")
        other.move([1], "Archive")
    house.once(lambda: now() + timedelta(minutes=7))
    assert lost(tmp_path) == 1


def test_a_mailbox_that_comes_back_closes_no_hole_of_the_time_before(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    house = the_house(dovecot, user, tmp_path)
    dovecot.append(user, a_mail("Read", NEWS), a_mail("Deleted", NEWS), when=now() + timedelta(minutes=3))
    delete(dovecot, user, 3)
    house.once(lambda: now() + timedelta(minutes=5))
    other = House(tmp_path, [account(dovecot, f"{user}-other", folders=["INBOX"]) | {"name": "other"}])
    other.once(lambda: now() + timedelta(minutes=6))
    house = House(tmp_path, [account(dovecot, user, folders=["INBOX", "Archive"])])
    house.once(lambda: now() + timedelta(minutes=7))
    move(dovecot, user, 2)
    house.once(lambda: now() + timedelta(minutes=9))
    assert lost(tmp_path) == 1


def test_a_mail_of_another_mailbox_closes_no_hole(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, folder="Archive")
    dovecot.append(f"{user}-b", folder="Archive")
    boxes = [account(dovecot, one, folders=["INBOX", "Archive"]) | {"name": one} for one in (user, f"{user}-b")]
    house = House(tmp_path, boxes)
    house.once()
    at, vanished = now(), a_mail("Sale", NEWS)
    dovecot.append(user, vanished, when=at)
    delete(dovecot, user, 1)
    dovecot.append(f"{user}-b", vanished, folder="Archive", when=at)
    house.once()
    house.once(lambda: now() + timedelta(minutes=2))
    assert lost(tmp_path) == 1


def test_a_hole_found_before_the_first_read_came_to_its_end_begins_with_that_read(tmp_path: Path) -> None:
    house = House(tmp_path, [{"name": "main", "host": "127.0.0.1", "port": 1, "tls": "none", "username": "anybody"}])
    store = house.store()
    pipeline = house.app().pipeline(store)
    begun, later = now() - timedelta(hours=2), now()

    def batch(uid: int, read_at: datetime, *holes: MissingMails, complete: bool = False) -> Found:
        progress = Progress("main", "INBOX", 7, uid, 10)
        return Found("main", "INBOX", Batch((), (), 1, progress, read_at, complete, holes), "x", role="inbox")

    keep_found(pipeline, batch(5, begun), begun, history=True)  # and the connection is lost
    keep_found(pipeline, batch(12, later, MissingMails(2, None, later), complete=True), later, history=True)
    assert [(one.from_at, one.to_at, one.mails) for one in store.holes()] == [(begun, later, 2)]
    store.close()


NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def hole(start: float, end: float, mails: int = 1, folder: str = "INBOX") -> Hole:
    return Hole("main", folder, at(start), at(end), mails)


def seen(mark: str, minutes: float, folder: str = "Archive", role: str = "other") -> Sighting:
    return Sighting("main", folder, mark, at(minutes), role)


@pytest.mark.parametrize(
    ("holes", "sightings", "closed"),
    [
        ([hole(0, 10)], [seen("a", 5)], [0]),
        ([hole(0, 10)], [seen("a", 5, "All Mail", "all")], [0]),
        ([hole(0, 10, 2)], [seen("a", 5), seen("b", 6)], [0]),
        ([hole(0, 10), hole(20, 30)], [seen("a", 5), seen("b", 25)], [0, 1]),
        ([hole(0, 10), hole(5, 15, folder="Work")], [seen("a", 7), seen("b", 8)], [0, 1]),
        # What could be something else, or is not all of it, closes nothing.
        ([hole(0, 10, 2)], [seen("a", 5)], []),
        ([hole(0, 10)], [seen("a", 5), seen("b", 6)], []),
        ([hole(0, 10), hole(5, 15, folder="Work")], [seen("a", 7)], []),
        ([hole(0, 10)], [seen("a", 11)], []),
        ([hole(0, 10)], [seen("a", 5), seen("b", 30)], []),
        ([hole(0, 10)], [seen("a", 5, "Sent", "sent")], []),
        ([hole(0, 10)], [seen("a", 5, "Junk", "junk")], []),
        ([hole(0, 10)], [seen("a", 5, "INBOX", "inbox")], []),
        ([hole(0, 10)], [seen("a", 5, "All Mail", "all"), seen("a", 5, "Sent", "sent")], []),
        ([hole(0, 10)], [seen("a", 5), seen("a", 5, "INBOX", "inbox")], []),
        ([hole(0, 10, folder="Archive")], [seen("a", 5)], []),
        # Before it was known which mail was seen where, and before every folder was read so far.
        ([hole(-90, 10)], [seen("a", 5)], []),
        ([hole(0, 90)], [seen("a", 5)], []),
    ],
)
def test_what_closes_a_hole_and_what_does_not(holes: list[Hole], sightings: list[Sighting], closed: list[int]) -> None:
    numbered = dict(enumerate(holes))
    assert filled(numbered, [], sightings, at(-60), at(60)) == closed


def test_a_mail_that_closed_one_hole_closes_no_second_one() -> None:
    before, after = hole(0, 10), hole(5, 15)
    assert filled({7: after}, [before], [seen("a", 7)], at(-60), at(60)) == []
    assert filled({7: after}, [before], [seen("a", 7), seen("b", 9)], at(-60), at(60)) == [7]


def test_of_a_login_code_not_even_a_mark_of_its_words_is_kept(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = the_house(dovecot, user, tmp_path)
    when = now()
    code = a_mail("ログイン認証コード 271828", number=1), a_mail("ログイン認証コード 314159", number=2)
    news = a_mail("Sale", NEWS, number=1), a_mail("Sale", NEWS, number=2)
    for folder, mails in (("INBOX", (code[0], news[0])), ("Archive", (code[1], news[1]))):
        dovecot.append(user, *mails, folder=folder, when=when)
    house.once()
    store = Store.open(tmp_path / "state")
    here, there = ({one.mark for one in store.sightings("main") if one.folder == name} for name in ("INBOX", "Archive"))
    store.close()
    # What differs between the codes is in no mark; what differs between the others is in theirs.
    assert len(there) == 2
    assert len(here & there) == 1
