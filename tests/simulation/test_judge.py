"""The simulation can fail: an alert too few or too many, an unmarked repeat, a changed timeline is found and shrunk."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from inboxwatch.store.sqlite import Store
from tests.simulation.judge import difference, faults, own_promises
from tests.simulation.machine import Machine
from tests.simulation.model import Model
from tests.simulation.mutants import mutated
from tests.simulation.playing import shrink
from tests.simulation.recording import Outcome
from tests.simulation.secrets import SECRET_SUBJECT, kept_secrets
from tests.simulation.server import Server, SimulatedConnection
from tests.simulation.steps import Arrival, Story
from tests.simulation.trying import fault_with
from tests.simulation.writing import write

STORY = write(1)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return Machine(STORY, tmp_path_factory.mktemp("judge") / "state").run()


def judged(outcome: Outcome) -> list[str]:
    return faults(STORY, outcome, Model(STORY).follow(outcome.log))


def test_a_good_run_has_no_faults(outcome: Outcome) -> None:
    assert judged(outcome) == []


def test_each_alert_that_is_lost_is_missed(outcome: Outcome) -> None:
    for row in outcome.alerts:
        rest = [one for one in outcome.alerts if one is not row]
        assert any(line.startswith("missing: ") for line in judged(replace(outcome, alerts=rest))), row.alert.key


def test_an_alert_too_many_is_found(outcome: Outcome) -> None:
    row = outcome.alerts[-1]
    more = replace(row, alert=replace(row.alert, at=row.alert.at + timedelta(seconds=1)))
    assert judged(replace(outcome, alerts=[*outcome.alerts, more]))[0].startswith("not expected: ")


def test_a_repeat_without_a_mark_is_found_and_one_with_a_mark_is_not(outcome: Outcome) -> None:
    first = outcome.received[0]
    plain, marked = replace(first, maybe_repeat=False), replace(first, maybe_repeat=True)
    assert "twice without a mark" in own_promises(replace(outcome, received=[*outcome.received, plain]))[0]
    assert own_promises(replace(outcome, received=[*outcome.received, marked])) == []


def test_a_delivery_that_is_called_sent_and_is_not_is_found(outcome: Outcome) -> None:
    assert "called sent and is not" in own_promises(replace(outcome, received=outcome.received[1:]))[0]


def test_a_fresh_alert_behind_an_old_retry_is_found(outcome: Outcome) -> None:
    first = outcome.attempts[0]
    retry, fresh = replace(first, number=1), replace(first, key="another")
    assert "behind an old retry" in judged(replace(outcome, attempts=[retry, fresh]))[0]
    assert judged(replace(outcome, attempts=[fresh, retry])) == []


def test_what_is_kept_of_a_secret_mail_is_found(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path)) as store:
        assert list(kept_secrets(store, tmp_path)) == []
        store.remember("note", f"{SECRET_SUBJECT}: 123456")
        assert "the subject of a secret mail stands in" in next(kept_secrets(store, tmp_path))


def test_a_timeline_that_a_kill_has_changed_is_found(outcome: Outcome) -> None:
    name = next(iter(outcome.timelines))
    aliases, events = outcome.timelines[name]
    changed = {**outcome.timelines, name: (aliases, events[:-1])}
    assert difference(outcome, replace(outcome, timelines=changed)) == ["the timelines differ after kills"]
    assert difference(outcome, outcome) == []


@pytest.mark.parametrize("name", ["the reminder is a day late", "a secret is kept with its subject"])
def test_a_fault_of_the_product_is_caught(name: str) -> None:
    assert any(fault_with(name, seed) for seed in range(6))


def test_a_mutation_is_gone_when_it_has_been_tried() -> None:
    with mutated("a hole is dropped"):
        assert Store.add_hole.__name__ == "<lambda>"
    assert Store.add_hole.__name__ == "add_hole"


def test_a_failing_story_is_shrunk_to_the_steps_that_matter() -> None:
    def wrong(story: Story) -> list[str]:
        names = {step.name for step in story.steps if isinstance(step, Arrival)}
        return ["both are there"] if {"m2", "m5"} <= names else []

    assert {getattr(step, "name", "") for step in shrink(STORY, wrong).steps} == {"m2", "m5"}


def test_the_simulated_server_knows_no_command_that_writes() -> None:
    with SimulatedConnection(Server()).command("anything") as client:
        public = {name for name in dir(client) if not name.startswith("_")}
    assert public == {"examine", "fetch", "list_all", "noop", "search"}


def test_the_same_seed_writes_the_same_story(tmp_path: Path) -> None:
    assert write(17) == write(17) != write(18)
