"""No mail is missed and none is told twice, whatever becomes of UIDs and Message-IDs (complaints.md B)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from inboxwatch.service import readers, watcher
from inboxwatch.store.sqlite import Store
from tests.mailbox.test_odd_servers import uids_in
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import ScriptedServer, Talk
from tests.service.bench import Bench
from tests.service.house import House, account, comment, days, now, paid, platform_mail

MakeServer = Callable[..., ScriptedServer]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure is followed by another try at once."""
    monkeypatch.setattr(watcher, "FIRST_DELAY", 0.02)
    monkeypatch.setattr(watcher, "LONGEST_DELAY", 0.05)
    monkeypatch.setattr(readers, "LONGEST_COMMAND", 10.0)


def test_a_folder_made_anew_with_its_mails_tells_only_what_is_new(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    old = [comment(now() - days(3)), paid(now() - days(2))]
    house = House(tmp_path, [account(dovecot, user, folders=["INBOX", "Work"])])
    dovecot.append(user, *old, folder="Work")
    house.once()
    with dovecot.client(user) as other:
        other.delete_folder("Work")
    dovecot.append(user, paid(now()), *reversed(old), folder="Work")  # and the UIDs name other mails now
    house.once()
    assert house.kinds() == ["summary", "payment_confirmed"]
    store = Store.open(tmp_path / "state")
    assert (len(store.readings()), store.holes()) == (3, [])
    store.close()


def a_server_of(mails: dict[int, bytes], uidvalidity: list[int]) -> Callable[[Talk, bytes], bool]:
    """A script for an INBOX with these mails by UID, and the UIDVALIDITY of the moment."""

    def handler(talk: Talk, line: bytes) -> bool:
        if line.endswith(b"+}"):
            talk.line()
        if b"EXAMINE" in line:
            known = b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] ok\r\n* OK [UIDNEXT %d] ok\r\n"
            talk.answer(line, known % (len(mails), uidvalidity[0], max(mails, default=0) + 1), b"OK [READ-ONLY] done")
        elif b"UID SEARCH" in line:
            talk.answer(line, b"* SEARCH " + b" ".join(b"%d" % uid for uid in sorted(mails)) + b"\r\n")
        elif b"UID FETCH" in line:
            talk.answer(line, b"".join(_answer(uid, mails[uid], line) for uid in uids_in(line) if uid in mails))
        else:
            return False
        return True

    return handler


def _answer(uid: int, mail: bytes, line: bytes) -> bytes:
    header = b"HEADER" in line
    text = mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if header:
        text = text.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    facts = b'UID %d RFC822.SIZE %d INTERNALDATE "%s"' % (
        uid,
        len(text),
        format(now(), "%d-%b-%Y %H:%M:%S +0000").encode(),
    )
    return b"* %d FETCH (%b %b {%d}\r\n%b)\r\n" % (
        uid, facts, b"BODY[HEADER.FIELDS (FROM)]" if header else b"BODY[]", len(text), text
    )  # fmt: skip


def on(server: ScriptedServer, tmp_path: Path, **more: object) -> House:
    """An installation with one mailbox, on this server."""
    settings = {"name": "main", "host": "127.0.0.1", "port": server.port, "tls": "none", "username": "anybody"}
    return House(tmp_path, [{**settings, **more}])


@pytest.mark.parametrize("validities", [(0, 0), (0, 5), (5, 0)])
def test_a_uidvalidity_of_0_is_one_like_any_other(
    scripted: MakeServer, tmp_path: Path, validities: tuple[int, int]
) -> None:
    mails = {1: comment(now() - days(1))}
    validity = [validities[0]]
    server = scripted(a_server_of(mails, validity))
    house = on(server, tmp_path)
    assert house.once() == ()
    searched = len([line for line in server.lines if b"SEARCH" in line and b"FROM" in line])
    mails[2] = paid(now())
    validity[0] = validities[1]
    house.once()
    house.once()
    assert house.kinds() == ["summary", "payment_confirmed"]
    anew = len([line for line in server.lines if b"SEARCH" in line and b"FROM" in line]) > searched
    assert anew == (validities[0] != validities[1]), "the same one is no other one"


def test_another_account_under_the_old_name_is_read_though_its_uids_are_the_same(
    scripted: MakeServer, tmp_path: Path
) -> None:
    # Many servers begin with the UIDVALIDITY 1 for everybody.
    house = on(scripted(a_server_of({uid: comment(now() - days(uid)) for uid in range(1, 5)}, [1])), tmp_path)
    house.once()
    others = {1: platform_mail(now() - days(3), "[ランサーズ] 仮払いが完了しました"), 2: paid(now()), 8: comment(now())}
    house = on(scripted(a_server_of(others, [1])), tmp_path, username="somebody-else")
    house.once()
    store = Store.open(tmp_path / "state")
    assert len(store.readings()) == 7
    assert store.holes() == []
    store.close()
    assert house.kinds() == ["summary", "payment_confirmed"]


@pytest.mark.parametrize("written", [b"", b"Message-ID:\r\n", b"Message-ID: <same@x.example>\r\n"])
def test_mails_with_an_empty_a_missing_or_the_same_message_id_are_all_kept(
    dovecot: Dovecot, user: str, tmp_path: Path, written: bytes
) -> None:
    at = now()
    head = (
        b"From: notice@lancers.jp\r\nTo: me@example.com\r\nSubject: News\r\nDate: %b\r\n" % format_datetime(at).encode()
    )
    mails = [head + written + b"\r\nText %d\r\n" % number for number in range(3)]  # the same second, too
    dovecot.append(user, *mails)
    House(tmp_path, [account(dovecot, user)]).once()
    store = Store.open(tmp_path / "state")
    assert len(store.stored_mails()) == 3
    store.close()


def test_the_same_mail_under_a_new_uid_is_told_once(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = House(tmp_path, [account(dovecot, user)])
    house.once()
    told = paid(now())
    dovecot.append(user, told)
    house.once()
    dovecot.append(user, told)  # as a virus scanner or a mail program puts it back
    with dovecot.client(user) as other:
        other.select_folder("INBOX")
        other.delete_messages([1])
        other.expunge()
    house.once()
    assert house.kinds() == ["summary", "payment_confirmed"]


def test_a_mail_moved_in_with_an_old_date_is_told_though_it_is_late(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, comment(now() - days(6)))
    dovecot.append(user, folder="Elsewhere")
    house = House(tmp_path, [account(dovecot, user)])
    house.once()
    at = now() - days(5)
    dovecot.append(user, paid(at), folder="Elsewhere", when=at)
    with dovecot.client(user) as other:
        other.select_folder("Elsewhere")
        other.move([1], "INBOX")
    house.once()
    assert house.kinds() == ["summary", "payment_confirmed"]


@pytest.mark.parametrize("minutes", [9, 15])
def test_the_first_mail_ever_in_a_folder_is_news_though_all_others_were_read_meanwhile(
    dovecot: Dovecot, user: str, tmp_path: Path, minutes: int
) -> None:
    # Junk comes with its first mail, and INBOX is read before it is seen.
    house = House(tmp_path, [account(dovecot, user)])
    dovecot.append(user, comment(now() - days(6)))
    house.once(lambda: now() - timedelta(minutes=minutes + 3))
    at = now() - timedelta(minutes=minutes)
    dovecot.append(user, paid(at), folder="Junk", when=at)
    house.once()
    assert house.kinds() == ["summary", "payment_confirmed"]


def test_a_folder_that_she_adds_to_the_configuration_brings_history_and_no_flood(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    at = now() - timedelta(hours=2)
    dovecot.append(user, *(paid(at) for _ in range(3)), folder="Work", when=at)
    for hours in (1, 0.5, 0):
        House(tmp_path, [account(dovecot, user)]).once(lambda ago=timedelta(hours=hours): now() - ago)  # type: ignore[misc]
    house = House(tmp_path, [account(dovecot, user, folders=["INBOX", "Work"])])
    house.once()
    assert house.kinds() == ["summary"]
    store = house.store()
    assert len(store.readings()) == 3
    store.close()


def test_deleting_another_mail_tells_nothing(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = House(tmp_path, [account(dovecot, user)])
    house.once()
    dovecot.append(user, comment(now()), paid(now()))
    house.once()
    with dovecot.client(user) as other:
        other.select_folder("INBOX")
        other.delete_messages([1])
        other.expunge()
    house.once()
    assert house.kinds() == ["summary", "payment_confirmed"]
    store = Store.open(tmp_path / "state")
    assert store.holes() == [], "what was read may be deleted"
    store.close()


def test_a_full_disk_loses_no_mail(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    with Bench(House(tmp_path, [account(dovecot, user)])) as bench:
        bench.until(lambda: bench.rounds >= 1)
        bench.full = 3
        dovecot.append(user, paid(now()))
        bench.until(lambda: len(bench.subjects()) == 1)
    assert [str(error) for error in bench.failures] == ["the disk is full"] * 3


def test_200_mails_over_a_line_that_drops_after_each_batch_all_come_and_none_twice(
    scripted: MakeServer, tmp_path: Path
) -> None:
    mails = {uid: comment(now() - days(1)) for uid in range(1, 201)}
    whole = a_server_of(mails, [7])
    bodies: list[int] = []

    def drop(talk: Talk, line: bytes) -> bool:
        if b"BODY.PEEK[]" in line:
            if bodies and talk.lines and any(b"BODY.PEEK[]" in said for said in talk.lines[:-1]):
                talk.close()
                return True
            bodies.extend(uids_in(line))
        return whole(talk, line)

    with Bench(on(scripted(drop), tmp_path)) as bench:
        bench.until(lambda: bench.rounds >= 1)
        assert len(bench.subjects()) == 200
    assert bodies == list(range(1, 201)), "each was asked for once"
    assert len(bench.failures) == 3


def test_what_nobody_wants_is_looked_at_once_and_its_body_never(scripted: MakeServer, tmp_path: Path) -> None:
    news = b"From: news@shop.example\r\nSubject: Sale\r\n\r\nbuy\r\n"
    mails = {1: comment(now() - days(1))}
    server = scripted(a_server_of(mails, [7]))
    house = on(server, tmp_path)
    house.once()
    mails.update(dict.fromkeys(range(2, 40), news))
    for _ in range(3):
        house.once()
    fetches = [line for line in server.lines if b"UID FETCH" in line]
    assert sum(b"HEADER" in line for line in fetches) == 2
    assert [uids_in(line) for line in fetches if b"BODY.PEEK[]" in line] == [[1]]


def test_when_it_sees_again_it_says_how_long_it_did_not_and_how_many_mails_came_meanwhile(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, comment(now() - days(1)))
    house = House(tmp_path, [account(dovecot, user)])
    house.once()
    (tmp_path / "password").write_text("outdated-words\n")
    house.once(lambda: now() - timedelta(minutes=30))
    house.once()
    dovecot.append(user, comment(now()), comment(now() - timedelta(minutes=5)))
    (tmp_path / "password").write_text("secret\n")
    house.once()
    blind, restored = (alert for alert in house.alerts() if alert["kind"].startswith("watch_"))
    assert "refused the login" in blind["body"]
    assert "clients: 2." in restored["body"], restored["body"]
    assert house.kinds().count("watch_blind") == house.kinds().count("watch_restored") == 1
