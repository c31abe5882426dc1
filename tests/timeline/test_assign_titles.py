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


SHORT_CUT = "商品紹介…"


@pytest.mark.parametrize("project", [None, "1"])
def test_a_payment_under_a_title_cut_after_a_few_signs_closes_nothing(project: str | None) -> None:
    whole = reading("a", 0, "escrow_funded", project=project, title=WHOLE, client="山田")
    found = assign([whole, reading("b", 1, "payment_confirmed", title=SHORT_CUT)])
    assert [one.key[0] for one in found.unplaced] == ["b"]
    assert [event.key[0] for events in found.events.values() for event in events] == ["a"]


def test_contact_under_such_a_title_counts_in_both_and_says_so() -> None:
    found = assign([reading("a", 0, project="1", title=WHOLE, client="山田"), reading("b", 1, title=SHORT_CUT)])
    (short,) = found.events.keys() - {ONE}
    assert placed(found) == {ONE: ["a", "b"], short: ["b"]}
    assert found.events[ONE][1].also == (short,)
    assert found.events[ONE][1].title == SHORT_CUT
    assert short not in found.aliases[ONE]


@pytest.mark.parametrize("cut", [SHORT_CUT, "商品紹介記事の執筆（5本…"])
def test_no_project_becomes_another_ones_number_by_a_cut_title_alone(cut: str) -> None:
    whole = reading("a", 0, "escrow_funded", title=WHOLE)
    found = assign([whole, reading("b", 1, "payment_confirmed", project="2", title=cut)])
    (name,) = found.events.keys() - {TWO}
    assert placed(found) == {name: ["a"], TWO: ["b"]}
    assert name not in found.aliases[TWO]
    later = assign([whole, reading("b", 1, project="2", title=cut), reading("c", 2, "cancelled", title=cut)])
    assert [one.key[0] for one in later.unplaced] == ["c"]


def test_a_long_beginning_joins_where_no_other_client_is_known_and_a_short_one_does_not() -> None:
    for cut, kinds in (
        ("あいうえおかきくけこさし…", ["escrow_funded", "payment_confirmed"]),
        ("あいうえおかきくけこさ…", ["escrow_funded"]),
    ):
        whole = reading("a", 0, "escrow_funded", project="1", title="あいうえおかきくけこさしすせそ", client="山田")
        found = assign([whole, reading("b", 1, "payment_confirmed", title=cut)])
        assert [event.kind for event in found.events[ONE]] == kinds


def test_of_another_clients_title_not_even_a_long_beginning_is_joined() -> None:
    whole = reading("a", 0, "escrow_funded", project="1", title=WHOLE, client="山田")
    cut = [reading(key, 1, "payment_confirmed", title="商品紹介記事の執筆（5本…", client="鈴木") for key in "bc"]
    assert [event.key[0] for event in assign([whole, *cut]).events[ONE]] == ["a"]


def test_that_the_client_has_cut_it_so_is_no_proof_for_a_mail_that_names_nobody() -> None:
    known = [
        reading("a", 0, "escrow_funded", project="1", title=WHOLE, client="山田"),
        reading("b", 1, title=SHORT_CUT, client="山田"),
    ]
    found = assign([*known, reading("c", 2, "payment_confirmed", title=SHORT_CUT)])
    assert (placed(found), [one.key[0] for one in found.unplaced]) == ({ONE: ["a", "b"]}, ["c"])
    mine = assign([*known, reading("c", 2, "payment_confirmed", title=SHORT_CUT, client="山田")])
    assert placed(mine) == {ONE: ["a", "b", "c"]}


def test_while_a_request_is_pending_its_result_under_a_cut_title_ends_it() -> None:
    whole = reading("a", 0, "escrow_funded", project="1", title=WHOLE, client="山田")
    filed = Fact(1, ONE, "reminder_filed", at(1), at(1), by="me")
    found = assign([whole, reading("b", 2, "payment_confirmed", title=SHORT_CUT)], [filed])
    assert [event.kind for event in found.events[ONE]] == ["escrow_funded", "reminder_filed", "payment_confirmed"]


def test_a_mail_of_another_client_under_the_same_cut_title_takes_nothing_from_the_first() -> None:
    mails = [
        reading("a", 0, "escrow_funded", project="1", title=WHOLE, client="山田"),
        reading("b", 1, "payment_confirmed", title=SHORT_CUT, client="鈴木"),
        reading("c", 2, "payment_confirmed", title=SHORT_CUT, client="山田"),
    ]
    found = assign(mails)
    assert [event.key[0] for event in found.events[ONE]] == ["a", "c"]
