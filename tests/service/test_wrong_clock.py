"""A machine without a clock that runs on boots in 1970, or in any year: nothing is told wrongly, nothing lost."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch.alerts.compose import Coverage
from inboxwatch.pipeline import Pipeline
from inboxwatch.service.clock import is_doubtful, wait_for_the_clock
from inboxwatch.store.sqlite import Store
from tests.service.house import House, comment, days, funded, now, paid, wait_until
from tests.service.test_ping import a_maildir

BOOT = datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC)
FAR = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("wrong", [BOOT, datetime(2024, 6, 1, tzinfo=UTC), FAR])
def test_a_clock_that_is_set_after_the_boot_tells_all_that_is_due_and_nothing_else(
    tmp_path: Path, wrong: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(tmp_path, [a_maildir(tmp_path)])
    _arrives(tmp_path, "1", funded(now() - days(20)))
    _arrives(tmp_path, "2", comment(now() - days(6)))
    with house.daemon():
        house.wait_for("summary")
    _arrives(tmp_path, "3", paid(now()))
    shift = [wrong - now()]
    with house.daemon(clock=lambda: now() + shift[0]):
        _wait_for_words(caplog, "clock of this machine seems to be wrong")
        assert house.kinds() == ["summary"]
        shift[0] = timedelta(hours=8)
        house.wait_for("payment_confirmed")
    assert house.kinds() == ["summary", "payment_confirmed"]


def test_a_first_run_waits_for_the_clock_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    house = House(tmp_path, [a_maildir(tmp_path)])
    _arrives(tmp_path, "1", comment(now() - days(1)))
    shift = [BOOT - now()]
    with house.daemon(clock=lambda: now() + shift[0]):
        _wait_for_words(caplog, "clock of this machine seems to be wrong")
        shift[0] = timedelta(0)
        summary = house.wait_for("summary")
    assert house.kinds() == ["summary"]
    assert not summary["at"].startswith("19")


def test_a_clock_is_doubted_before_this_program_and_far_from_the_last_decision() -> None:
    last = datetime(2026, 11, 24, tzinfo=UTC)
    assert is_doubtful(BOOT, None)
    assert not is_doubtful(last, None)
    assert is_doubtful(last - timedelta(hours=25), last)
    assert not is_doubtful(last - timedelta(hours=23), last)
    assert not is_doubtful(last + days(365), last)
    assert is_doubtful(last + days(366), last)


def test_a_clock_that_stays_wrong_is_waited_for_no_longer_than_patience_lasts_nor_after_a_stop() -> None:
    said: list[str] = []
    begun = time.monotonic()
    wait_for_the_clock(lambda: BOOT, None, threading.Event(), lambda: said.append("waiting"), seconds=0.6)
    assert 0.6 <= time.monotonic() - begun < 5
    assert said == ["waiting"]
    stopped = threading.Event()
    stopped.set()
    begun = time.monotonic()
    wait_for_the_clock(lambda: BOOT, None, stopped, lambda: None)
    assert time.monotonic() - begun < 5


def test_the_way_from_a_wrong_date_to_the_right_one_is_no_stop_of_years(tmp_path: Path) -> None:
    pipeline, store = _decided(tmp_path, now())
    for minutes in (0, 5, 59):
        pipeline.decide(BOOT + timedelta(minutes=minutes), Coverage(BOOT))
        assert not pipeline.starting(now() + timedelta(hours=8))
    store.close()


def test_a_second_boot_with_a_wrong_date_is_reckoned_anew(tmp_path: Path) -> None:
    pipeline, store = _decided(tmp_path, now())
    pipeline.decide(BOOT, Coverage(BOOT))
    pipeline.decide(now() + timedelta(hours=1), Coverage(now()))
    later = BOOT + days(200)  # the next boot gives it another wrong date, an hour and more after the first
    pipeline.decide(later, Coverage(later))
    assert not pipeline.starting(now() + timedelta(hours=8))
    store.close()


def test_a_clock_that_was_ahead_is_believed_when_it_has_run_right_for_an_hour(tmp_path: Path) -> None:
    pipeline, store = _decided(tmp_path, FAR)
    begun = now()
    for minutes in (0, 61):
        at = begun + timedelta(minutes=minutes)
        pipeline.decide(at, Coverage(at))
    assert store.recall_instant("decided_at") == at
    assert store.recall_instant("first_read_at") == at, "projects would be asleep by a date that has not come"
    assert pipeline.starting(at + days(3))
    store.close()


def test_before_a_complete_read_nothing_is_kept_as_past(tmp_path: Path) -> None:
    house = House(tmp_path, [a_maildir(tmp_path)])
    _arrives(tmp_path, "1", funded(now() - days(20)))
    _arrives(tmp_path, "2", comment(now() - days(6)))
    house.once()
    store = house.store()
    pipeline = house.app().pipeline(store)
    before = _keys(store)
    pipeline.decide(FAR, Coverage(None))
    assert _keys(store) == before
    store.close()


def _keys(store: Store) -> set[str]:
    return set(store.told([None, *(name for row in store.projects() for name in row.aliases)]))


def _decided(folder: Path, at: datetime) -> tuple[Pipeline, Store]:
    """A pipeline that has decided at this instant."""
    house = House(folder, [a_maildir(folder)])
    store = house.store()
    pipeline = house.app().pipeline(store)
    pipeline.decide(at, Coverage(at))
    return pipeline, store


def _arrives(folder: Path, name: str, mail: bytes) -> None:
    (folder / "Maildir" / "new" / f"{name}.a.b").write_bytes(mail)


def _wait_for_words(caplog: pytest.LogCaptureFixture, words: str) -> None:
    wait_until(lambda: any(words in record.getMessage() for record in caplog.records), 15)
