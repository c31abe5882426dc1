"""What a read ends is forgotten only once that is kept: a disk that is full at that moment loses no alert."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inboxwatch.mailbox.progress import Batch, Progress
from inboxwatch.service.daemon import Daemon
from inboxwatch.service.notify import Notifier
from inboxwatch.service.readers import Found
from inboxwatch.store.model import StoreError
from inboxwatch.store.sqlite import Store
from tests.service.house import House, days, now, wait_until
from tests.service.test_ping import a_maildir


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, [a_maildir(tmp_path)])


@pytest.fixture
def daemon(house: House) -> Iterator[Daemon]:
    """A daemon that has told of a blind spell of its mailbox, and whose watcher does not run."""
    made = Daemon(house.app(), Notifier({}), now)
    made._blinded("main", days(1))
    yield made
    made.close()


def test_a_state_folder_that_is_deleted_under_the_daemon_is_told_as_blindness(house: House, tmp_path: Path) -> None:
    daemon = Daemon(house.app(), Notifier({}), now)
    progress = Progress("main", "INBOX", 1, 1)
    found = Found("main", "INBOX", Batch((), (), 1, progress, now(), True), role="inbox")
    daemon.keep(found)
    (tmp_path / "state").rename(tmp_path / "elsewhere")
    Store.open(tmp_path / "state").close()  # as `status` does, which would find nothing of what is kept
    with pytest.raises(StoreError, match="was moved or deleted while it was in use; restart inboxwatch") as caught:
        daemon.keep(found)
    daemon.failed("main", caught.value)
    daemon._blinded("main", days(1))
    (row,) = daemon._store.alerts()
    daemon.close()
    assert row.alert.kind == "watch_blind"
    assert "What is read cannot be kept on this computer" in row.alert.body
    assert "restart inboxwatch" in row.alert.body


def test_the_end_of_a_blind_spell_is_told_by_the_next_read_if_it_cannot_be_written(
    house: House, daemon: Daemon
) -> None:
    for when in ("INSERT", "UPDATE"):
        daemon._store._connection.execute(
            f"CREATE TEMP TRIGGER full_{when} BEFORE {when} ON watch BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    with pytest.raises(StoreError):
        daemon.read("main", now(), {"INBOX"})
    for when in ("INSERT", "UPDATE"):
        daemon._store._connection.execute(f"DROP TRIGGER full_{when}")
    daemon.read("main", now(), {"INBOX"})
    store = house.store()
    kinds = [row.alert.kind for row in store.alerts()]
    blind_since = store.watch()["main"].blind_since
    store.close()
    assert kinds.count("watch_restored") == 1
    assert blind_since is None


def full(daemon: Daemon) -> Callable[[], None]:
    """From now on nothing can be written; what is returned ends that."""
    names = [f"full_{table}_{when}" for table in ("watch", "alert") for when in ("INSERT", "UPDATE")]
    for name in names:
        _, table, when = name.split("_")
        daemon._store._connection.execute(
            f"CREATE TEMP TRIGGER {name} BEFORE {when} ON {table} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )

    def end() -> None:
        for name in names:
            daemon._store._connection.execute(f"DROP TRIGGER {name}")

    return end


def test_while_nothing_can_be_written_she_is_told_all_the_same_and_of_its_end(house: House) -> None:
    daemon = Daemon(house.app(), Notifier({}), now)
    room_again = full(daemon)
    for _ in range(3):
        with pytest.raises(StoreError):
            daemon._blinded("main", days(1))
    told = house.wait_for("watch_blind")
    # The target has it a moment before its program has ended and that is known here.
    wait_until(lambda: bool(daemon._unwritten._told["main"].taken_by))
    with pytest.raises(StoreError):
        daemon.read("main", now(), {"INBOX"})
    room_again()
    daemon.read("main", now(), {"INBOX"})
    rows = {row.alert.kind: row for row in daemon._store.alerts()}
    daemon.close()
    assert house.kinds() == ["watch_blind"]
    # It is in the outbox as what it is: sent. Only the end is still to be delivered.
    assert rows["watch_blind"].alert.key == told["key"]
    assert [one.state for one in rows["watch_blind"].deliveries] == ["sent"]
    assert [one.state for one in rows["watch_restored"].deliveries] == ["waiting"]


def test_a_target_that_may_have_it_gets_its_repeat_with_a_mark(house: House) -> None:
    daemon = Daemon(house.app(), Notifier({}), now)
    program = house.folder / "tell-me"
    program.write_text("#!/bin/sh\ntouch begun\nexec sleep 60\n")
    room_again = full(daemon)
    with pytest.raises(StoreError):
        daemon._blinded("main", days(1))
    wait_until(lambda: daemon._unwritten._told["main"].tried != set())
    room_again()
    daemon._blinded("main", days(1))
    (delivery,) = daemon._store.due_deliveries(now(), 9)
    daemon.close()
    assert delivery.attempted_at is not None and delivery.attempts == 1
