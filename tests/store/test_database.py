"""The database file: transactions whole or not at all, failures in plain words, modes, two writers."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from inboxwatch.kept import StoredMail
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.store import database
from inboxwatch.store.database import FILE_NAME, _plainly
from inboxwatch.store.model import StoreError
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.reading import Fact
from tests.alerts.samples import AT


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(tmp_path / "state")
    yield made
    made.close()


def a_mail(number: int, raw: bytes = b"raw") -> StoredMail:
    taken_for = Recognition("lancers", "contact", "a test", project="1", title="記事", client="山田")
    return StoredMail(f"{number:064x}", f"<{number}@b.example>", AT, AT, AT, "a@b.example", "件名", taken_for, raw)


def test_what_fails_in_the_middle_leaves_nothing_half_written(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        store.add_mail(a_mail(1))
        with store.transaction():
            store.remember("name", "value")
        raise RuntimeError
    assert (store.readings(), store.recall("name")) == ([], None)
    with store.transaction():
        store.add_mail(a_mail(1))
    assert len(store.readings()) == 1


def test_two_stores_on_one_file_see_each_others_writes(store: Store, tmp_path: Path) -> None:
    other = Store.open(tmp_path / "state")
    before = other.changes()
    with store.transaction():
        store.remember("name", "value")
        assert other.recall("name") is None
    assert other.recall("name") == "value"
    assert other.changes() != before
    other.close()


def test_a_new_database_is_private_even_under_a_loose_umask(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "deep" / "state")
    store.remember("name", "value")
    folder = tmp_path / "deep" / "state"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert files[FILE_NAME] == 0o600
    assert set(files.values()) == {0o600}
    store.close()


def test_the_database_is_safe_against_a_power_cut(store: Store) -> None:
    pragmas = [store._rows(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert pragmas == ["wal", 2, 1]


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    for number in range(3):
        store = Store.open(tmp_path)
        store.add_mail(a_mail(number))
        store.close()
    store = Store.open(tmp_path)
    assert len(store.readings()) == 3
    store.close()


def test_many_that_open_a_new_database_at_once_all_succeed(tmp_path: Path) -> None:
    errors: list[Exception] = []
    together = threading.Barrier(6)

    def open_it() -> None:
        together.wait()
        try:
            Store.open(tmp_path).close()
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match=r"written by a newer inboxwatch \(schema 99"):
        Store.open(tmp_path)
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 99


def test_a_migration_that_fails_leaves_the_old_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store.open(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        known = connection.execute("PRAGMA user_version").fetchone()[0]
    never_again = ["-- never run again;"] * known
    steps = [*never_again, "CREATE TABLE fresh (x INTEGER) STRICT;\nCREATE TABLE mail (x INTEGER) STRICT;\n"]
    monkeypatch.setattr("inboxwatch.store.database._steps", lambda: steps)
    with pytest.raises(StoreError, match="mail already exists"):
        Store.open(tmp_path)
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == known
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'fresh'").fetchone()[0] == 0


def test_a_database_of_the_first_schema_keeps_its_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = database._steps()[:1]
    with monkeypatch.context() as patched:
        patched.setattr(database, "_steps", lambda: first)
        Store.open(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("INSERT INTO fact (project, kind, at, recorded_at) VALUES ('lancers/1', 'delivered', 5, 6)")
    store = Store.open(tmp_path)
    (fact,) = store.facts()
    assert (fact.project, fact.kind, fact.part, fact.mail) == ("lancers/1", "delivered", None, None)
    store.close()


def test_a_file_that_is_no_database_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"this is a letter to my aunt\n" * 100)
    with pytest.raises(StoreError, match=f"{FILE_NAME} is not a database of inboxwatch"):
        Store.open(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes().startswith(b"this is a letter")


def test_a_file_where_the_folder_should_be_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    for folder in (tmp_path / "state", tmp_path / "state" / "deeper"):
        with pytest.raises(StoreError, match="is not a folder; name a folder"):
            Store.open(folder)


def test_a_folder_where_the_file_should_be_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StoreError, match="is a folder where the database file should be"):
        Store.open(tmp_path)


def test_a_full_disk_says_so_and_leaves_nothing_half_written(store: Store) -> None:
    pages = store._rows("PRAGMA page_count")[0][0]
    store._do(f"PRAGMA max_page_count = {pages + 3}")
    # Bytes that no compression makes smaller.
    big = random.Random(1).randbytes(100_000)  # noqa: S311 - no secret
    with pytest.raises(StoreError, match="the disk is full"), store.transaction():
        store.remember("progress", "moved")
        for number in range(50):
            store.add_mail(a_mail(number, big))
    assert (store.readings(), store.recall("progress")) == ([], None)
    store._do(f"PRAGMA max_page_count = {pages + 3000}")
    with store.transaction():
        store.remember("progress", "moved")
    assert store.recall("progress") == "moved"


@pytest.mark.parametrize(
    ("flags", "free", "sentence"),
    [(os.ST_RDONLY, 10**6, "is read-only"), (0, 3, "the disk is full"), (0, 10**6, "it must be a file that belongs")],
    ids=["read-only disk", "full disk", "another's file"],
)
def test_a_database_that_cannot_be_opened_names_the_cause_that_the_disk_shows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flags: int, free: int, sentence: str
) -> None:
    # A disk is the edge: the tests have none that they may fill or lock.
    disk = os.statvfs_result((4096, 4096, 10**6, free, free, 0, 0, 0, flags, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(tmp_path / "no folder" / "file")
    told = _plainly(caught.value, str(tmp_path / "inboxwatch.sqlite3"))
    assert sentence in str(told)
    assert told.may_pass == ("full" in sentence)


def test_another_writer_is_waited_for_and_then_named(store: Store, tmp_path: Path) -> None:
    other = Store.open(tmp_path / "state")
    other._do("PRAGMA busy_timeout = 10")
    with (
        store.transaction(),
        pytest.raises(StoreError, match="in use by another process; try again in a minute"),
        other.transaction(),
    ):
        pass
    other.close()


@pytest.mark.parametrize("text", ["a\ud800b", "a\udcffb", "a\0b", "\0", "かな\udce3"])
def test_text_that_utf8_cannot_carry_is_kept_without_it(store: Store, text: str) -> None:
    store.add_fact(Fact(0, f"lancers/{text}", "contact", AT, AT, note=text))
    (fact,) = store.facts()
    assert fact.note is not None
    fact.note.encode()
    assert "\0" not in fact.note and "\0" not in fact.project
    store.remember("name", text)
    assert store.recall("name") is not None


def test_a_mail_is_kept_once_and_read_back_whole(store: Store) -> None:
    assert store.add_mail(a_mail(1)) and not store.add_mail(a_mail(1))
    (reading,) = store.readings()
    assert (reading.key, reading.at, reading.message_id) == ("0" * 16, AT, "<1@b.example>")
    assert reading.recognition == a_mail(1).recognition
    assert store.has_mail(f"{1:064x}") and not store.has_mail(f"{2:064x}")


def test_instants_are_kept_to_the_microsecond_before_and_after_1970(store: Store) -> None:
    for instant in (datetime(1969, 12, 31, 23, 59, 59, 999999, UTC), datetime(2026, 3, 2, 1, 2, 3, 4, UTC)):
        store.remember_instant("then", instant)
        assert store.recall_instant("then") == instant


def anything(store: Store) -> list[Any]:
    return [store.readings(), store.facts(), store.projects(), store.alerts(), store.folders(), store.holes()]


def test_an_empty_store_is_empty(store: Store) -> None:
    assert anything(store) == [[], [], [], [], [], []]
    assert (store.next_due(), store.next_delivery_at(), store.watch()) == (None, None, {})


# -- the log


def test_the_log_is_emptied_though_another_connection_is_open(tmp_path: Path) -> None:
    store, beside = Store.open(tmp_path), Store.open(tmp_path)
    store.remember("word", "tadpole")
    assert beside.recall("word") == "tadpole"
    log = tmp_path / f"{FILE_NAME}-wal"
    assert b"tadpole" in log.read_bytes()
    assert store.empty_log()
    assert log.read_bytes() == b""
    assert beside.recall("word") == "tadpole"


def test_a_log_that_another_connection_reads_is_left_as_it_is(tmp_path: Path) -> None:
    store, beside = Store.open(tmp_path), Store.open(tmp_path)
    with beside.snapshot():
        assert beside.recall("word") is None
        store.remember("word", "tadpole")
        assert not store.empty_log(seconds=0.01)
    assert store.empty_log()
    assert Store.in_memory().empty_log()
