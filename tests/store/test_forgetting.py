"""What is forgotten is out of the rows and out of the bytes, and stays away; what a kill left is finished later."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import ClassVar

import pytest

from inboxwatch.alerts.deliver import Sender
from inboxwatch.alerts.model import Alert, Delivery, Forgotten
from inboxwatch.kept import StoredMail
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.store.model import FolderState, Hole, Sighting, WatchState
from inboxwatch.store.sqlite import FILE_NAME, Store

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def a_kept_mail(identity: str, *, mailbox: str | None = None, subject: str = "件名") -> StoredMail:
    """A mail as it is kept; its identity is the canary by which it is looked for."""
    recognition = Recognition(platform="lancers", event="contact", why="a test", title=f"title {identity}")
    return StoredMail(
        identity, f"<{identity}@x.example>", NOW, NOW, NOW, "a@x.example", subject, recognition, b"raw", mailbox=mailbox
    )


def an_alert(key: str, *, project: str | None = None, body: str = "", evidence: tuple[str, ...] = ()) -> Alert:
    return Alert(
        key=key, at=NOW, kind="silence", project=project, urgent=False, title="t", body=body, evidence=evidence
    )


def in_files(folder: Path, *traces: str) -> list[str]:
    """Which of these can be found in the files of the state folder."""
    files = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    return [trace for trace in traces if trace.encode() in files]


def test_a_forgotten_mail_is_not_taken_again_from_anywhere(tmp_path: Path) -> None:
    with_store = Store.open(tmp_path)
    assert with_store.add_mail(a_kept_mail("canary", mailbox="main"))
    with with_store.removing():
        with_store.forget_mails(["canary"])
    assert not with_store.has_mail("canary")
    for mailbox in ("main", "other", None):
        assert not with_store.add_mail(a_kept_mail("canary", mailbox=mailbox))
    assert with_store.mailboxes() == []
    with_store.close()
    again = Store.open(tmp_path)
    assert again.is_forgotten("canary")
    assert not again.add_mail(a_kept_mail("canary"))
    assert again.add_mail(a_kept_mail("another"))
    again.close()


def test_the_marks_tell_nothing_by_themselves_and_differ_between_databases(tmp_path: Path) -> None:
    marks = []
    for name in ("one", "two"):
        store = Store.open(tmp_path / name)
        store.add_mail(a_kept_mail("canary", mailbox="main"))
        with store.removing():
            store.forget_mails(["canary"])
        store.close()
        rows = sqlite3.connect(tmp_path / name / FILE_NAME).execute("SELECT * FROM forgotten").fetchall()
        assert [len(row) for row in rows] == [1]
        marks.append(rows[0][0])
    assert marks[0] != marks[1]
    assert len(marks[0]) == 16


def test_everything_that_names_the_mail_by_its_identity_goes_with_it(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.add_mail(a_kept_mail("canary", mailbox="main"))
    store.settle("canary", "unrecognised", NOW)
    with store.removing():
        store.forget_mails(["canary"])
    assert store.overwrite()
    assert in_files(tmp_path, "canary") == []
    assert store.settled() == {}
    store.close()


def _canary(number: int) -> str:
    return f"canary{number:05d}"


def test_no_byte_of_it_is_left_where_sqlite_had_not_been_told_to_overwrite_what_it_deletes(tmp_path: Path) -> None:
    # Debian's SQLite overwrites by itself; others do not, and pages that were moved hold copies nobody points to.
    store = Store.open(tmp_path)
    store._connection.execute("PRAGMA secure_delete = OFF")
    random = Random(4)  # noqa: S311 - the same disorder each time
    numbers = list(range(400))
    for number in numbers:
        store.add_mail(a_kept_mail(_canary(number), subject=_canary(number) + "y" * random.randint(1, 300)))
    for _ in range(3):
        random.shuffle(numbers)
        for number in numbers:
            store._connection.execute("DELETE FROM settled WHERE identity = ?", [_canary(number)])
        for number in numbers:
            store.settle(_canary(number), "x" * random.randint(1, 200), NOW)
    gone = [_canary(number) for number in numbers[:80]]
    with store.removing():
        store.forget_mails(gone)
    store.empty_log()
    assert in_files(tmp_path, *gone), "without being rewritten the file holds copies; else this test proves nothing"
    assert store.overwrite()
    assert in_files(tmp_path, *gone) == []
    assert len(in_files(tmp_path, *(_canary(number) for number in numbers))) == 320
    store.close()


def test_every_connection_overwrites_what_it_deletes(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    assert store._connection.execute("PRAGMA secure_delete").fetchone()[0] == 1
    store.close()


def test_what_a_kill_left_in_the_file_is_overwritten_when_it_is_opened_next(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.add_mail(a_kept_mail("canary"))
    store.empty_log()
    with store.removing():
        store.forget_mails(["canary"])
    # A reader beside it keeps the log from being emptied when this connection ends, as a kill would.
    beside = sqlite3.connect(tmp_path / FILE_NAME)
    beside.execute("BEGIN")
    beside.execute("SELECT count(*) FROM meta").fetchone()
    store.close()
    assert in_files(tmp_path, "canary")
    beside.close()
    Store.open(tmp_path).close()
    assert in_files(tmp_path, "canary") == []


def test_while_another_reads_it_says_that_it_could_not_and_does_it_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "empty_log", lambda self: super(Store, self).empty_log(0.05))
    store = Store.open(tmp_path)
    store.add_mail(a_kept_mail("canary"))
    reader = Store.open(tmp_path)
    with reader.snapshot():
        assert reader.last_mail() == 1
        with store.removing():
            store.forget_mails(["canary"])
        assert not store.overwrite()
    assert store.overwrite()
    assert in_files(tmp_path, "canary") == []
    for one in (store, reader):
        one.close()


def test_what_was_forgotten_while_it_was_about_to_be_sent_is_not_sent(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.add_alert(an_alert("p/1/silence", project="p/1"), {"phone": NOW})
    (delivery,) = store.due_deliveries(NOW, 10)
    with store.removing():
        store.forget_alerts(["p/1/silence"])
    with pytest.raises(Forgotten):
        store.attempting(delivery, NOW)
    assert store.pass_on(delivery, ["desk"], maybe=False) == ["desk"]
    assert store.due_deliveries(NOW, 10) == []
    store.close()


def test_the_sender_lets_it_be_and_goes_on_with_the_next(tmp_path: Path) -> None:
    class ForgottenMeanwhile(Store):
        def due_deliveries(self, now: datetime, limit: int) -> list[Delivery]:
            found = super().due_deliveries(now, limit)
            self.forget_alerts(["p/1/silence"])
            return found

    class Phone:
        name, kinds = "phone", None
        heard: ClassVar[list[str]] = []

        def deliver(self, alert: Alert, seconds: float) -> None:
            self.heard.append(alert.key)

    store = ForgottenMeanwhile.open(tmp_path)
    for number in (1, 2):
        store.add_alert(an_alert(f"p/{number}/silence", project=f"p/{number}"), {"phone": NOW})
    report = Sender(store, {"phone": Phone()}, random=lambda: 0.5).send_due(lambda: NOW)
    assert (report.sent, report.failed, Phone.heard) == (1, 0, ["p/2/silence"])
    store.close()


def test_alerts_are_found_by_project_by_what_they_rest_on_and_by_the_beginning_of_their_key(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    for alert in (
        an_alert("p/1/silence", project="p/1"),
        an_alert("p/2/silence", project="p/2", evidence=("<a@x>",)),
        an_alert("payment_confirmed/aaaa", evidence=("<a@x>",)),
        an_alert("unrecognised_mail/gathered/b", evidence=("<a@x>", "<b@x>")),
        an_alert("watch_blind/old/2026", body="old"),
        an_alert("summary/1"),
    ):
        store.add_alert(alert, {"phone": NOW})
    found = store.alerts_about({"p/1"}, {"<a@x>"}, ["watch_blind/old/"])
    assert sorted(found) == ["p/1/silence", "payment_confirmed/aaaa", "watch_blind/old/2026"]
    assert store.sent_and_waiting(found) == (3, 3)
    store.close()


def test_words_are_taken_out_of_what_stays_the_longer_ones_first(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.add_alert(an_alert("summary/1", body="青空商店の記事 / 青空 / 別", evidence=("<a@x>", "<b@x>")), {})
    with store.removing():
        store.take_out(["青空", "青空商店の記事"], {"<a@x>"})
    (row,) = store.alerts()
    assert (row.alert.body, row.alert.evidence) == ("… / … / 別", ("<b@x>",))
    store.close()


def test_a_mailbox_is_known_by_all_that_is_kept_of_it_and_unknown_when_that_is_forgotten(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.add_mail(a_kept_mail("alone", mailbox="a"))
    store.add_mail(a_kept_mail("both", mailbox="a"))
    store.add_mail(a_kept_mail("both", mailbox="b"))
    store.add_mail(a_kept_mail("imported"))
    store.save_folder(FolderState("c", "INBOX", 1, 5, NOW))
    store.add_hole(Hole("d", "INBOX", NOW, NOW + timedelta(hours=1), 1))
    store.add_sightings([Sighting("e", "INBOX", "m", NOW, "inbox")])
    store.save_watch(WatchState("f", NOW, None, None))
    assert store.mailboxes() == list("abcdef")
    assert [mail.identity for mail in store.found_only_in("a")] == ["alone"]
    assert (store.found_with_others("a"), store.found_nowhere()) == (1, 1)
    with store.removing():
        for name in "cdef":
            store.forget_reading(name)
        store.forget_origin("a")
    assert store.mailboxes() == ["b"]
    assert store.has_mail("both")
    store.close()
