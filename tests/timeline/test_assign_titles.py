"""Titles that are cut short, written otherwise or changed lead to one project, and to several only where it is said."""

from __future__ import annotations

import pytest

from inboxwatch.timeline.assign import Assignment, Timeline, assign
from inboxwatch.timeline.project import fold
from inboxwatch.timeline.reading import Correction, Fact
from tests.timeline.making import at, reading

ONE, TWO = "lancers/1", "lancers/2"
WHOLE = "商品紹介記事の執筆（5本）"


def placed(timeline: Timeline) -> dict[str, list[str]]:
    return {name: [event.key[0] for event in events] for name, events in timeline.events.items()}


@pytest.mark.parametrize("cut", ["商品紹介記事…", "商品紹介記事...", "商品紹介記事の …", "商品紹介記事......"])
def test_a_title_cut_short_is_the_one_that_begins_so(cut: str) -> None:
    found = assign(
        [reading("a", 0, project="1", title=WHOLE, client="山田"), reading("b", 1, title=cut, client="山田")]
    )
    assert placed(found) == {ONE: ["a", "b"]}
    assert found.events[ONE][1].title == WHOLE
    assert fold(ONE, found.events[ONE]).title == WHOLE


def test_it_joins_also_where_only_the_short_one_came_with_the_id_or_neither_did() -> None:
    short = reading("a", 0, project="1", title="商品紹介記事…", client="山田")
    assert placed(assign([short, reading("b", 1, title=WHOLE, client="山田")])) == {ONE: ["a", "b"]}
    bare = [reading("a", 0, title="商品紹介記事…", client="山田"), reading("b", 1, title=WHOLE, client="山田")]
    (events,) = assign(bare).events.values()
    assert [event.key[0] for event in events] == ["a", "b"]


def test_a_fact_recorded_under_the_short_title_follows() -> None:
    fact = Fact(1, "lancers/商品紹介記事-1", "delivered", at(0), at(0), by="me")
    short = reading("a", 0, title="商品紹介記事…", client="山田")
    (name,) = assign([short]).events
    found = assign(
        [short, reading("b", 1, project="1", title=WHOLE, client="山田")],
        [Fact(1, name, "delivered", at(0.5), at(0.5), by="me")],
    )
    assert [event.kind for event in found.events[ONE]] == ["contact", "delivered", "contact"]
    assert name in found.aliases[ONE]
    assert fact.project != name


def test_where_two_begin_so_the_contact_counts_in_both_and_a_payment_in_neither() -> None:
    both = [
        reading("a", 0, project="1", title="商品紹介記事の執筆", client="山田"),
        reading("b", 1, project="2", title="商品紹介記事の推敲", client="山田"),
    ]
    found = assign([*both, reading("c", 2, title="商品紹介記事…", client="山田")])
    assert placed(found) == {ONE: ["a", "c"], TWO: ["b", "c"]}
    assert found.events[ONE][1].also == (TWO,)
    unsure = assign([*both, reading("c", 2, "payment_confirmed", title="商品紹介記事…", client="山田")])
    assert [one.key[0] for one in unsure.unplaced] == ["c"]


def test_another_clients_title_is_not_meant() -> None:
    found = assign(
        [
            reading("a", 0, project="1", title="商品紹介記事の執筆", client="山田"),
            reading("b", 1, project="2", title="商品紹介記事の推敲", client="鈴木"),
            reading("c", 2, title="商品紹介記事…", client="鈴木"),
        ]
    )
    assert placed(found) == {ONE: ["a"], TWO: ["b", "c"]}


def test_whose_a_title_is_decides_what_it_may_be_so_a_new_client_beside_it_is_no_mere_addition() -> None:
    mails = [
        reading("a", 0, project="1", title="別の題名", client="山田"),
        reading("b", 1, project="1", title=WHOLE),
        reading("c", 2, title="商品紹介記事…", client="鈴木"),
    ]
    live = Assignment.of(mails)
    assert live.add(reading("d", 3, project="1", title=WHOLE)) is not None
    assert live.add(reading("e", 4, project="1", title=WHOLE, client="山田")) is None


def test_a_beginning_of_a_few_letters_joins_nothing() -> None:
    found = assign([reading("a", 0, project="1", title="記事の執筆", client="山田"), reading("b", 1, title="記事…")])
    assert set(found.events) > {ONE}


@pytest.mark.parametrize(
    "other", ["商品紹介記事の執筆(5本)", " 商品紹介記事の執筆（５本） ", "商品紹介記事の執筆（5本）\u3000"]
)
def test_the_same_title_in_another_width_or_with_other_spaces_is_the_same(other: str) -> None:
    found = assign(
        [reading("a", 0, project="1", title=WHOLE, client="山田"), reading("b", 1, title=other, client="山田")]
    )
    assert placed(found) == {ONE: ["a", "b"]}


def test_a_renamed_project_shows_its_newest_title_and_both_lead_to_it() -> None:
    found = assign(
        [
            reading("a", 0, project="1", title="旧い題名", client="山田"),
            reading("b", 1, project="1", title="新しい題名", client="山田"),
            reading("c", 2, title="旧い題名", client="山田"),
            reading("d", 3, title="新しい題名", client="山田"),
        ]
    )
    assert placed(found) == {ONE: ["a", "b", "c", "d"]}
    assert {"lancers/旧い題名", "lancers/新しい題名"} <= set(found.aliases[ONE])
    assert fold(ONE, found.events[ONE][:2]).title == "新しい題名"


def test_two_projects_of_one_client_known_first_by_title_are_told_apart_when_their_ids_come() -> None:
    first = [reading("a", 0, title="記事の執筆", client="山田"), reading("b", 1, title="図の作成", client="山田")]
    then = [
        reading("c", 2, project="1", title="記事の執筆", client="山田"),
        reading("d", 3, project="2", title="図の作成", client="山田"),
    ]
    assert placed(assign(first)) == {"lancers/記事の執筆": ["a"], "lancers/図の作成": ["b"]}
    assert placed(assign([*first, *then])) == {ONE: ["a", "c"], TWO: ["b", "d"]}


def test_what_was_assigned_to_a_title_follows_when_its_id_is_known() -> None:
    mails = [reading("a", 0, title="旧い題名"), reading("b", 1, title="別の題名"), reading("c", 2, title="旧い題名")]
    said = {mails[0].key: Correction("lancers/別の題名")}
    assert placed(assign(mails, corrections=said)) == {"lancers/別の題名": ["a", "b", "c"]}
    with_id = [*mails, reading("d", 3, project="1", title="別の題名")]
    found = assign(with_id, corrections=said)
    assert placed(found) == {ONE: ["a", "b", "c", "d"]}
    assert {"lancers/旧い題名", "lancers/別の題名"} <= set(found.aliases[ONE])


def test_two_corrections_that_contradict_each_other_end() -> None:
    mails = [reading("a", 0, title="一つ目の題名"), reading("b", 1, title="二つ目の題名")]
    said = {mails[0].key: Correction("lancers/二つ目の題名"), mails[1].key: Correction("lancers/一つ目の題名")}
    assert sum(len(events) for events in assign(mails, corrections=said).events.values()) == 2
