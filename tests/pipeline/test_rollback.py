"""What a transaction around the pipeline takes back must leave no trace in what the pipeline remembers."""

from __future__ import annotations

import pytest

from inboxwatch.alerts.compose import Coverage
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.store.sqlite import Store
from inboxwatch.wording.say import Wording
from tests.pipeline.story import DAY, KNOWN, PAID, PROJECT, TOKYO, a_mail, comment, jst, profiles

AT = jst("2026-03-02 10:30")


def test_a_mail_that_an_outer_transaction_took_back_moves_nothing_later() -> None:
    pipeline = Pipeline(Store.in_memory(), profiles(), Policy(known=KNOWN), Wording("ja", TOKYO))
    pipeline.decide(AT, Coverage(AT))
    pipeline.take([a_mail(comment(), AT)], AT)
    with pytest.raises(OSError, match="the disk"), pipeline.store.transaction():
        pipeline.take([a_mail(PAID, AT + DAY)], AT + DAY)
        raise OSError("the disk is full where the progress is kept")
    # A mail of no project takes the number that the other had.
    lookalike = a_mail("ランサーズ 認証", AT + DAY, sender="ランサーズ <x@lancers-jp.example>", project=None)
    assert pipeline.take([lookalike], AT + DAY) == 1
    pipeline.take([a_mail(comment(), AT + 2 * DAY)], AT + 2 * DAY)
    (row,) = pipeline.store.projects()
    project = pipeline.situation(row, AT + 2 * DAY).project
    assert (row.name, project.state) == (PROJECT, "in_progress")
    assert [event.kind for event in project.events] == ["contact", "contact"]


def test_the_store_counts_what_it_took_back() -> None:
    store = Store.in_memory()
    with store.transaction():
        store.remember("name", "value")
    assert store.rollbacks == 0
    with pytest.raises(OSError, match="cut"), store.transaction():
        with store.transaction():
            store.remember("name", "other")
        raise OSError("cut")
    assert (store.rollbacks, store.recall("name")) == (1, "value")
