"""Any crash, at any step, then a restart: the same timeline and the same alerts (promise 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from inboxwatch.alerts.compose import Coverage
from inboxwatch.facts import Statement, as_fact
from inboxwatch.pipeline import Pipeline, Policy, Recipient
from inboxwatch.store.sqlite import Store
from inboxwatch.wording.say import Wording
from tests.pipeline.story import (
    CHANGE,
    DAY,
    HOUR,
    KNOWN,
    PAID,
    PROJECT,
    REMINDED,
    TOKYO,
    a_mail,
    comment,
    jst,
    profiles,
)

BEGIN = jst("2026-03-01 09:00")


class PowerCut(BaseException):
    """The machine stops here; not even a broad `except Exception` may go on."""


class FragileStore(Store):
    """A real store whose process dies at the n-th write."""

    left: int | None = None

    def _do(self, sql: str, *values: Any) -> Any:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise PowerCut
        return super()._do(sql, *values)


Step = Callable[[Pipeline], object]


def steps() -> Iterator[Step]:
    """A story with contact, silence, a late mail, a filing, a reminder, an unknown mail and the payment."""
    mails = {
        0: [a_mail(comment(), BEGIN)],
        1: [a_mail("新しい何か", BEGIN + DAY)],
        4: [a_mail(comment(), BEGIN + 2 * DAY), a_mail(CHANGE, BEGIN + 3 * DAY)],
        12: [a_mail(REMINDED, BEGIN + 12 * DAY, project="77")],
        14: [a_mail(PAID, BEGIN + 14 * DAY), a_mail(comment(), BEGIN + 13 * DAY)],
    }
    facts = {0: "escrow_funded", 5: "change_settled", 10: "completion_reported", 11: "reminder_filed"}
    yield lambda pipeline: pipeline.decide(BEGIN - HOUR, Coverage(BEGIN - HOUR))
    for day in range(18):
        now = BEGIN + day * DAY + HOUR
        if day in mails:
            yield lambda pipeline, now=now, day=day: pipeline.take(mails[day], now)  # type: ignore[misc]
        if day in facts:
            yield lambda pipeline, now=now, day=day: once(pipeline, facts[day], now)  # type: ignore[misc]
        yield lambda pipeline, now=now: pipeline.decide(now, Coverage(now))  # type: ignore[misc]


def once(pipeline: Pipeline, kind: str, now: datetime) -> None:
    """Record a fact as she would: again only if the first time was lost."""
    if all(fact.kind != kind for fact in pipeline.store.facts()):
        pipeline.record(as_fact(Statement(PROJECT, kind), now, TOKYO, pipeline.store.projects(), ["lancers"]), now)


def a_pipeline(folder: Path) -> Pipeline:
    policy = Policy(known=KNOWN, recipients=(Recipient("phone"), Recipient("desk")))
    return Pipeline(FragileStore.open(folder), profiles(), policy, Wording("ja", TOKYO))


def outcome(folder: Path) -> tuple[object, ...]:
    """All that may not differ: timelines, alerts, deliveries, and when what is looked at next."""
    with_store = Store.open(folder)
    projects = with_store.projects()
    events = {row.name: with_store.events(row.name) for row in projects}
    alerts = [(row.alert, row.deliveries) for row in with_store.alerts()]
    with_store.close()
    return projects, events, alerts


def writes(folder: Path) -> list[int]:
    """Play it without a crash; return how many writes each step makes."""
    counts = []
    pipeline = a_pipeline(folder)
    store = pipeline.store
    assert isinstance(store, FragileStore)
    for step in steps():
        store.left = 10_000
        step(pipeline)
        counts.append(10_000 - store.left)
    store.close()
    return counts


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[int], tuple[object, ...]]:
    folder = tmp_path_factory.mktemp("undisturbed")
    counts = writes(folder)
    return counts, outcome(folder)


def test_the_story_has_alerts_of_many_kinds(undisturbed: tuple[list[int], tuple[Any, ...]]) -> None:
    _, (_, _, alerts) = undisturbed
    assert {alert.kind for alert, _ in alerts} == {
        "summary",
        "silence",
        "client_replied",
        "reminder_available",
        "reminder_received",
        "unrecognised_mail",
        "payment_confirmed",
        "deadline_against",
    }
    assert len({alert.key for alert, _ in alerts}) == len(alerts)


def test_a_crash_at_any_write_and_a_restart_leave_the_same_timeline_and_the_same_alerts(
    undisturbed: tuple[list[int], tuple[object, ...]], tmp_path: Path
) -> None:
    counts, expected = undisturbed
    assert sum(counts) > 60
    pipeline = a_pipeline(tmp_path)
    for count, step in zip(counts, steps(), strict=True):
        # Die at every write of the step in turn, each time with a restart, then let it through.
        for dies_at in range(count):
            assert isinstance(pipeline.store, FragileStore)
            pipeline.store.left = dies_at
            with pytest.raises(PowerCut):
                step(pipeline)
            pipeline.store.close()
            pipeline = a_pipeline(tmp_path)
        step(pipeline)
    pipeline.store.close()
    assert outcome(tmp_path) == expected
