"""The assignment: by id, by title, by client; safe where it is ambiguous, and the same in any order."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxwatch.timeline.assign import Timeline, assign
from inboxwatch.timeline.names import KnownProjects
from inboxwatch.timeline.reading import Correction, Fact, Reading
from tests.timeline.making import at, reading

ONE, TWO = "lancers/1", "lancers/2"


def fact(number: int, kind: str, hours: float, project: str = ONE, **more: Any) -> Fact:
    return Fact(id=number, project=project, kind=kind, at=at(hours), recorded_at=at(hours), **more)


def placed(timeline: Timeline) -> dict[str, list[str]]:
    """Each project's events, by the first letter of their mail's key."""
    return {name: [event.key[0] for event in events] for name, events in timeline.events.items()}


def test_a_link_names_the_project() -> None:
    found = assign([reading("a", 0, project="1", title="記事", client="山田")])
    assert placed(found) == {ONE: ["a"]}


def test_a_title_alone_makes_a_project_and_joins_it_once_a_mail_shows_both() -> None:
    first = reading("a", 0, title="記事の執筆", client="山田")
    (name,) = assign([first]).events
    assert name == "lancers/記事の執筆"
    both = assign([first, reading("b", 1, project="1", title="記事の執筆", client="山田")])
    assert placed(both) == {ONE: ["a", "b"]}
    assert name in both.aliases[ONE]


def test_a_title_is_the_same_in_full_and_half_width() -> None:
    found = assign([reading("a", 0, title="ＳＥＯ記事"), reading("b", 1, title="SEO記事")])
    assert list(placed(found).values()) == [["a", "b"]]


def test_a_client_alone_makes_a_project_of_his_name() -> None:
    found = assign([reading("a", 0, client="山田")])
    assert placed(found) == {"lancers/@山田": ["a"]}


def test_two_projects_of_one_client_both_get_his_message_and_say_so() -> None:
    found = assign(
        [
            reading("a", 0, project="1", title="記事", client="山田"),
            reading("b", 0, project="2", title="動画", client="山田"),
            reading("c", 1, client="山田"),
        ]
    )
    assert placed(found) == {ONE: ["a", "c"], TWO: ["b", "c"]}
    assert found.events[ONE][1].also == (TWO,)
    assert found.events[TWO][1].also == (ONE,)


def test_a_project_that_is_over_gets_no_message_that_may_belong_to_an_open_one() -> None:
    found = assign(
        [
            reading("a", 0, project="1", title="記事", client="山田"),
            reading("p", 1, "payment_confirmed", project="1"),
            reading("b", 0, project="2", title="動画", client="山田"),
            reading("c", 2, client="山田"),
        ]
    )
    assert placed(found) == {ONE: ["a", "p"], TWO: ["b", "c"]}


def test_projects_are_never_merged_by_the_clients_name_alone() -> None:
    found = assign([reading("a", 0, title="記事", client="山田"), reading("b", 1, title="動画", client="山田")])
    assert len(found.events) == 2


def test_two_clients_of_one_name_on_two_platforms_are_two() -> None:
    found = assign([reading("a", 0, project="1", client="山田"), reading("b", 1, platform="other", client="山田")])
    assert placed(found) == {ONE: ["a"], "other/@山田": ["b"]}


@pytest.mark.parametrize("kind", ["payment_confirmed", "cancelled", "accepted", "closed", "escrow_funded"])
def test_what_closes_or_pays_is_never_shared(kind: str) -> None:
    known = [reading("a", 0, project="1", title="記事", client="山田"), reading("b", 0, project="2", client="山田")]
    for found in (assign([*known, reading("p", 1, kind, client="山田")]), assign([*known, reading("p", 1, kind)])):
        assert placed(found) == {ONE: ["a"], TWO: ["b"]}
        assert [r.key[0] for r in found.unplaced] == ["p"]


def test_a_nameless_payment_goes_only_where_a_reminder_is_pending() -> None:
    payment = reading("p", 5, "payment_confirmed")
    alone = assign([payment], [fact(1, "escrow_funded", 0)])
    assert [r.key[0] for r in alone.unplaced] == ["p"]
    filed = assign([payment], [fact(1, "escrow_funded", 0), fact(2, "reminder_filed", 1, by="me")])
    assert "p" in placed(filed)[ONE]
    both = [fact(3, "escrow_funded", 0, TWO), fact(4, "reminder_filed", 1, TWO, by="me")]
    assert assign([payment], [fact(1, "escrow_funded", 0), fact(2, "reminder_filed", 1, by="me"), *both]).unplaced


@pytest.mark.parametrize(
    "more",
    [{"trust": "forged"}, {"suspicious": "a lookalike"}, {"event": "noise"}, {"event": None}, {"platform": None}],
)
def test_what_is_forged_suspicious_or_no_event_moves_nothing(more: dict[str, Any]) -> None:
    assert assign([reading("a", 0, **{"project": "1", **more})]).events == {}


def test_a_direct_mail_goes_to_the_projects_the_configuration_names() -> None:
    direct = reading("d", 1, platform="direct", client="鈴木", channel="mail")
    found = assign([direct], [fact(1, "escrow_funded", 0)], known=[KnownProjects("鈴木", (ONE,))])
    assert placed(found) == {ONE: ["f", "d"]}


def test_a_direct_mail_goes_to_the_clients_open_projects_of_any_platform_else_to_one_of_his_own() -> None:
    direct = reading("d", 1, platform="direct", client="鈴木", channel="mail")
    assert placed(assign([direct])) == {"direct/鈴木": ["d"]}
    found = assign([direct, reading("a", 0, project="1", title="記事", client="鈴木")])
    assert placed(found) == {ONE: ["a", "d"]}


def test_a_correction_wins_and_teaches_the_title() -> None:
    first, like = reading("a", 0, title="記事", client="山田"), reading("b", 1, title="記事", client="山田")
    found = assign([first, like], corrections={first.key: Correction(TWO)})
    assert placed(found) == {TWO: ["a", "b"]}


def test_a_fact_recorded_under_the_title_follows_it_to_the_id() -> None:
    recorded = fact(1, "escrow_funded", 1, "lancers/記事")
    assert placed(assign([reading("a", 0, title="記事")], [recorded])) == {"lancers/記事": ["a", "f"]}
    found = assign([reading("a", 0, title="記事"), reading("b", 2, project="1", title="記事")], [recorded])
    assert placed(found) == {ONE: ["a", "f", "b"]}


def test_a_notice_that_names_nothing_is_put_nowhere_and_nobody_must_look() -> None:
    found = assign([reading("a", 0, project="1"), reading("n", 1, "notice")])
    assert (placed(found), found.unplaced) == ({ONE: ["a"]}, ())


STORY = [
    reading("a", 0, title="記事", client="山田"),
    reading("b", 1, project="1", title="記事", client="山田"),
    reading("c", 2, client="山田"),
    reading("d", 3, project="2", title="動画", client="山田"),
    reading("e", 4, client="山田"),
    reading("p", 5, "payment_confirmed", project="1"),
    reading("g", 6, client="山田"),
    reading("h", 6, "reminder_received"),
]
FACTS = [
    fact(1, "escrow_funded", 0, "lancers/記事"),
    fact(2, "reminder_filed", 3, ONE, by="me"),
    fact(3, "delivered", 4),
]


@settings(max_examples=150, deadline=None)
@given(st.permutations(STORY), st.permutations(FACTS))
def test_the_order_of_input_never_matters(readings: list[Reading], facts: list[Fact]) -> None:
    expected = assign(STORY, FACTS)
    found = assign(readings, facts)
    assert dict(found.events) == dict(expected.events)
    assert {n: set(a) for n, a in found.aliases.items()} == {n: set(a) for n, a in expected.aliases.items()}
    assert set(found.unplaced) == set(expected.unplaced)


def test_repeated_input_order_of_mails_of_one_instant_never_matters() -> None:
    same = [reading(key, 0, client="山田", **more) for key, more in (("a", {"project": "1"}), ("b", {}), ("c", {}))]
    assert len({str(placed(assign(order))) for order in permutations(same)}) == 1
