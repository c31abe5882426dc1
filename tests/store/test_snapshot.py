"""What the evidence pack asks of the store: one instant, mails by key, withdrawn facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from inboxwatch.store.model import StoreError
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.reading import Fact
from tests.alerts.samples import AT

FACT = Fact(0, "lancers/1", "delivered", AT, AT, note="4/5")


def test_a_snapshot_does_not_see_what_is_written_meanwhile_and_holds_nobody_up(tmp_path: Path) -> None:
    mine, other = Store.open(tmp_path), Store.open(tmp_path)
    with mine.snapshot():
        assert mine.facts() == []
        other.add_fact(FACT)
        assert mine.facts() == []
    assert len(mine.facts()) == 1
    mine.add_fact(FACT)


def test_nothing_can_be_written_in_a_snapshot() -> None:
    store = Store.in_memory()
    with store.snapshot(), pytest.raises(StoreError):
        store.add_fact(FACT)
    assert store.add_fact(FACT) == 1


def test_a_withdrawn_fact_is_kept_with_when_it_was_withdrawn() -> None:
    store = Store.in_memory()
    number = store.add_fact(FACT)
    assert store.withdrawn_facts() == []
    store.withdraw_fact(number, AT)
    (one,) = store.withdrawn_facts()
    assert (one.fact.key, one.fact.note, one.at) == ("fact-1", "4/5", AT)
    assert store.facts() == []


def test_mails_that_are_not_kept_are_not_among_those_asked_for() -> None:
    assert Store.in_memory().mails_by_key(["0" * 16, "'\"", ""]) == {}
