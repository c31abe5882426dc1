"""Mails in files: .eml, mbox, Maildir, and folders of them."""

from __future__ import annotations

import io
import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inboxwatch.mailbox import files, maildir
from inboxwatch.mailbox.errors import Unreachable
from inboxwatch.mailbox.files import FileMail, read_paths
from inboxwatch.mailbox.folders import Folder
from inboxwatch.mailbox.maildir import WatchedMaildir
from inboxwatch.mailbox.mbox import mails_of
from tests.mailbox.support import BEGINNING, a_mail, is_from_platform, present, subject_of, subjects

SECONDS = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())


def make_maildir(path: Path) -> Path:
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True)
    return path


def put(folder: Path, name: str, subject: str, sender: str = "notice@lancers.example") -> Path:
    path = folder / name
    path.write_bytes(a_mail(subject, sender))
    return path


def good(found: FileMail) -> bytes:
    assert found.error is None
    assert found.mail is not None
    return found.mail.raw


def test_an_eml_file_keeps_its_bytes_and_takes_the_files_time(tmp_path: Path) -> None:
    path = put(tmp_path, "x.eml", "One")
    os.utime(path, (SECONDS, SECONDS))
    (found,) = read_paths([path])
    assert found.name == str(path)
    assert found.mail is not None
    assert found.mail.raw == a_mail("One")
    assert found.mail.received_at == datetime.fromtimestamp(SECONDS, UTC)
    assert not found.mail.in_sent


def test_a_file_of_any_name_that_is_given_is_read_as_a_mail(tmp_path: Path) -> None:
    path = put(tmp_path, "mail.yaml", "One")
    assert [subject_of(good(found)) for found in read_paths([path])] == ["One"]


def test_a_missing_an_empty_and_a_folder_without_mail_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    (tmp_path / "empty.eml").touch()
    last = put(tmp_path, "x.eml", "One")
    found = list(read_paths([tmp_path / "gone.eml", tmp_path / "nothing", tmp_path / "empty.eml", last]))
    assert [each.error is None for each in found] == [False, False, False, True]
    assert found[0].name == str(tmp_path / "gone.eml")
    assert all(each.mail is None for each in found[:3])


def test_a_folder_is_read_recursively_in_sorted_order_without_what_is_no_mail(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    put(tmp_path / "b", "2.eml", "Third")
    put(tmp_path, "c.eml", "Fourth")
    put(tmp_path, "a.eml", "First")
    put(tmp_path, "aa", "Second")
    (tmp_path / "a.yaml").write_text("event: contact\n")
    (tmp_path / "notes").write_text("just words\n")
    (tmp_path / ".hidden").write_bytes(a_mail("Hidden"))
    found = list(read_paths([tmp_path]))
    assert [subject_of(good(each)) for each in found] == ["First", "Second", "Third", "Fourth"]
    assert found[2].name == str(tmp_path / "b" / "2.eml")


def test_a_given_relative_path_is_named_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mails").mkdir()
    put(tmp_path / "mails", "1.eml", "One")
    monkeypatch.chdir(tmp_path)
    assert [each.name for each in read_paths([Path("mails")])] == ["mails/1.eml"]


def test_links_that_lead_back_do_not_loop(tmp_path: Path) -> None:
    put(tmp_path, "1.eml", "One")
    (tmp_path / "up").symlink_to(tmp_path, target_is_directory=True)
    assert len(list(read_paths([tmp_path]))) == 1


def test_an_mbox_is_split_unquoted_and_numbered(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    path.write_bytes(
        b"From a@x.example Mon Nov  2 10:00:00 2026\n"
        b"Subject: One\n\n>From the start\n>>From deeper\n\nFrom here on we talk.\n\n"
        b"From - Mon Nov  2 11:00:00 2026\nSubject: Two\n\n"
        b"Not a separator:\nFrom a@x.example Mon Nov  2 10:00:00 2026\n\n"
        b"From MAILER-DAEMON\r\nSubject: Three\r\n\r\nlast without an end"
    )
    found = list(read_paths([path]))
    assert [each.name for each in found] == [f"{path}:1", f"{path}:2", f"{path}:3"]
    assert [good(each) for each in found] == [
        b"Subject: One\n\nFrom the start\n>From deeper\n\nFrom here on we talk.\n",
        b"Subject: Two\n\nNot a separator:\nFrom a@x.example Mon Nov  2 10:00:00 2026\n",
        b"Subject: Three\r\n\r\nlast without an end",
    ]


def test_a_large_mail_in_an_mbox_is_cut_and_the_next_one_still_found() -> None:
    whole = b"From a@x.example Mon Nov  2 10:00:00 2026\nSubject: L\n\n" + b"x" * 300_000 + b"\n\n"
    mbox = io.BytesIO(whole + b"From a@x.example Mon Nov  2 10:00:00 2026\nSubject: S\n\nshort\n")
    assert [(len(raw), cut) for raw, cut in mails_of(mbox, 1000)] == [
        (1000, True),
        (len(b"Subject: S\n\nshort\n"), False),
    ]


def test_from_in_the_middle_of_a_very_long_line_separates_nothing() -> None:
    line = b"x" * (64 * 1024) + b"From a@x.example Mon Nov  2 10:00:00 2026\n"
    mbox = io.BytesIO(b"From a@x.example Mon Nov  2 10:00:00 2026\nSubject: L\n\n" + line)
    assert len(list(mails_of(mbox, 10_000_000))) == 1


def test_an_mbox_is_never_held_whole(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    with path.open("wb") as file:
        for _ in range(40):
            file.write(b"From a@x.example Mon Nov  2 10:00:00 2026\nSubject: L\n\n" + b"x" * 1_000_000 + b"\n\n")
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_paths([path])) == 40
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_too_large_eml_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_WHOLE", 100)
    (found,) = read_paths([put(tmp_path, "x.eml", "One")])
    assert found.mail is not None
    assert (len(found.mail.raw), found.mail.truncated) == (100, True)


def test_a_maildir_takes_the_arrival_from_the_file_name_when_it_is_sane(tmp_path: Path) -> None:
    box = make_maildir(tmp_path / "Mail")
    put(box / "cur", f"{SECONDS}.M1P2.host:2,S", "Sane")
    odd = put(box / "new", f"{SECONDS}000000.host", "Odd")
    os.utime(odd, (SECONDS + 60, SECONDS + 60))
    put(box / "tmp", "1.host", "Being written")
    arrivals = {subject_of(good(each)): each.mail.received_at for each in read_paths([box]) if each.mail}
    assert arrivals == {
        "Sane": datetime.fromtimestamp(SECONDS, UTC),
        "Odd": datetime.fromtimestamp(SECONDS + 60, UTC),
    }


@pytest.mark.parametrize("name", [".Sent", ".INBOX.Sent", ".&kAFP4W4IMH8-", ".送信済みアイテム"])
def test_the_sent_folder_of_a_maildir_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    box = make_maildir(tmp_path / "Mail")
    put(box / "cur", f"{SECONDS}.1.host", "Received")
    put(make_maildir(box / name) / "cur", f"{SECONDS}.2.host", "Mine")
    put(make_maildir(box / ".Archive") / "cur", f"{SECONDS}.3.host", "Kept")
    found = {subject_of(good(each)): each.mail.in_sent for each in read_paths([box]) if each.mail}
    assert found == {"Received": False, "Mine": True, "Kept": False}


def test_what_lies_in_a_folder_called_sent_is_sent(tmp_path: Path) -> None:
    for name in ("inbox", "Sent"):
        (tmp_path / name).mkdir()
        put(tmp_path / name, "1.eml", name)
    found = {subject_of(good(each)): each.mail.in_sent for each in read_paths([tmp_path]) if each.mail}
    assert found == {"inbox": False, "Sent": True}
    (direct,) = read_paths([tmp_path / "Sent"])
    assert direct.mail is not None
    assert direct.mail.in_sent


def test_a_watched_maildir_hands_out_each_mail_once_however_it_is_renamed(tmp_path: Path) -> None:
    box = make_maildir(tmp_path / "Mail")
    watched = WatchedMaildir("archive", box)
    put(box / "new", f"{SECONDS}.1.host", "One")
    put(box / "new", f"{SECONDS}.2.host", "Sale", "news@shop.example")
    first = list(watched.read(wanted=is_from_platform, since=BEGINNING, now=present))
    assert (subjects(first), first[-1].passed_over, first[-1].complete) == (["One"], 1, True)
    (box / "new" / f"{SECONDS}.1.host").rename(box / "cur" / f"{SECONDS}.1.host:2,S")
    put(make_maildir(box / ".Sent") / "cur", f"{SECONDS}.3.host", "Two")
    second = list(watched.read(wanted=is_from_platform, since=BEGINNING, now=present))
    assert (subjects(second), second[-1].passed_over) == (["Two"], 0)
    assert second[-1].fetched[0].mail.in_sent
    assert subjects(list(watched.read(wanted=is_from_platform, since=BEGINNING, now=present))) == []


def test_a_batch_of_a_maildir_that_was_not_stored_comes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maildir, "BODY_BATCH", 2)
    box = make_maildir(tmp_path / "Mail")
    watched = WatchedMaildir("archive", box)
    for number in range(5):
        put(box / "new", f"{SECONDS + number}.host", f"Mail {number}")
    reading = watched.read(wanted=is_from_platform, since=None, now=present)
    next(reading)
    second = next(reading)  # the first is stored; during the second the program ends
    assert subjects([second]) == ["Mail 2", "Mail 3"]
    del reading
    again = list(watched.read(wanted=is_from_platform, since=None, now=present))
    assert subjects(again) == ["Mail 2", "Mail 3", "Mail 4"]
    assert [batch.complete for batch in again] == [False, True]


def test_a_watched_maildir_leaves_out_what_is_older_than_asked(tmp_path: Path) -> None:
    box = make_maildir(tmp_path / "Mail")
    put(box / "cur", f"{SECONDS}.1.host", "Old")
    put(box / "cur", f"{SECONDS + 100}.2.host", "New")
    since = datetime.fromtimestamp(SECONDS + 50, UTC)
    batches = list(WatchedMaildir("a", box).read(wanted=is_from_platform, since=since, now=present))
    assert subjects(batches) == ["New"]


def test_a_watched_maildir_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    watched = WatchedMaildir("archive", tmp_path / "Mail")
    with pytest.raises(Unreachable, match="mounted"):
        list(watched.read(wanted=is_from_platform, since=None, now=present))
    make_maildir(tmp_path / "Mail")
    assert watched.folders() == (Folder("INBOX", "inbox"),)
