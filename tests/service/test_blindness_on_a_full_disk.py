"""What a read ends is forgotten only once that is kept: a disk that is full at that moment loses no alert."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inboxwatch.service.daemon import Daemon
from inboxwatch.service.notify import Notifier
from inboxwatch.store.model import StoreError
from tests.service.house import House, days, now
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
