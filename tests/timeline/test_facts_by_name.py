"""Facts recorded on a title or a client: they follow to the project that this turns out to be, and to no other."""

from __future__ import annotations

from typing import Any

import pytest

from inboxwatch.timeline.assign import Timeline, assign
from inboxwatch.timeline.reading import Fact
from tests.timeline.making import at, reading

ONE, TWO = "lancers/1", "lancers/2"
CLIENT = "lancers/@山田商店"


def fact(kind: str, project: str = CLIENT, number: int = 1, **more: Any) -> Fact:
    return Fact(id=number, project=project, kind=kind, at=at(1), recorded_at=at(1), **more)


def kinds(timeline: Timeline) -> dict[str, list[str]]:
    return {name: [event.kind for event in events] for name, events in timeline.events.items()}


def test_a_fact_on_a_client_follows_to_his_one_project_when_its_id_appears() -> None:
    message = reading("a", 0, client="山田商店")
    before = assign([message], [fact("completion_reported")])
    assert kinds(before) == {CLIENT: ["contact", "completion_reported"]}
    after = assign(
        [message, reading("b", 2, project="1", title="記事", client="山田商店")], [fact("completion_reported")]
    )
    assert kinds(after) == {ONE: ["contact", "completion_reported", "contact"]}
    assert CLIENT in after.aliases[ONE]
    assert after.ambiguous_facts == ()


def test_a_fact_on_a_client_follows_to_his_one_project_of_which_only_the_title_is_known() -> None:
    found = assign([reading("b", 2, title="記事", client="山田商店")], [fact("escrow_funded")])
    assert kinds(found) == {"lancers/記事": ["escrow_funded", "contact"]}


@pytest.mark.parametrize("kind", ["completion_reported", "escrow_funded", "payment_confirmed", "reminder_filed"])
def test_a_fact_on_a_client_of_two_projects_is_credited_to_none_and_listed(kind: str) -> None:
    both = [reading("a", 2, project="1", client="山田商店"), reading("b", 3, project="2", client="山田商店")]
    found = assign(both, [fact(kind)])
    assert kinds(found) == {ONE: ["contact"], TWO: ["contact"]}
    assert [(one.fact.kind, one.names) for one in found.ambiguous_facts] == [(kind, (ONE, TWO))]


def test_a_reminder_aimed_at_her_counts_in_each_project_it_may_concern_and_is_listed() -> None:
    both = [reading("a", 2, project="1", client="山田商店"), reading("b", 3, project="2", client="山田商店")]
    found = assign(both, [fact("reminder_received")])
    assert kinds(found) == {ONE: ["reminder_received", "contact"], TWO: ["reminder_received", "contact"]}
    assert found.events[ONE][0].also == (TWO,)
    assert len(found.ambiguous_facts) == 1


def test_a_fact_on_a_title_that_two_projects_have_is_credited_to_none() -> None:
    both = [reading("a", 2, project="1", title="記事"), reading("b", 3, project="2", title="記事")]
    found = assign(both, [fact("completion_reported", "lancers/記事")])
    assert kinds(found) == {ONE: ["contact"], TWO: ["contact"]}
    assert [one.names for one in found.ambiguous_facts] == [(ONE, TWO)]


def test_a_fact_on_a_client_of_another_platform_stays_there() -> None:
    found = assign([reading("a", 2, project="1", client="山田商店")], [fact("escrow_funded", "other/@山田商店")])
    assert kinds(found)["other/@山田商店"] == ["escrow_funded"]


def test_a_fact_on_a_direct_client_stays_with_him() -> None:
    direct = reading("d", 0, platform="direct", client="鈴木")
    paid = [fact("payment_received", "direct/鈴木")]
    found = assign([direct, reading("a", 2, project="1", client="鈴木")], paid)
    assert kinds(found)["direct/鈴木"] == ["payment_received"]
