"""One more mail added to an assignment that stands gives what assigning everything anew gives."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from inboxwatch.platforms.recognition import Recognition
from inboxwatch.timeline.assign import Assignment, assign
from inboxwatch.timeline.names import KnownProjects
from inboxwatch.timeline.reading import Correction, Fact, Reading

START = datetime(2026, 1, 5, tzinfo=UTC)
KINDS = ["contact", "started", "escrow_funded", "payment_confirmed", "reminder_received", "notice", "payout_fixed"]
KNOWN = [KnownProjects("山本企画"), KnownProjects("佐藤商店", ("lancers/1",))]

TITLES = [None, None, "記事5本の執筆", "記事5本の推敲", "記事5本の執…", "記事5本…", "ロゴの作成"]
#: One whole, and its beginning that is long enough to tell.
TITLES += ["記事5本の執筆をお願いします", "記事5本の執筆をお願いし…"]
#: Now and then it is so quiet that nobody guesses a project any more.
HOURS = st.one_of(st.integers(0, 6), st.just(50 * 24))

recognitions = st.builds(
    Recognition,
    platform=st.sampled_from(["lancers", "lancers", "lancers", "direct"]),
    event=st.sampled_from(KINDS),
    why=st.just("a test"),
    by=st.just("client"),
    channel=st.just("platform"),
    grade=st.just("attested"),
    project=st.sampled_from([None, "1", "2", "3"]),
    title=st.sampled_from(TITLES),
    client=st.sampled_from([None, "山本企画", "佐藤商店", "lancers_abc"]),
    quoted=st.sampled_from([(), ("案件：記事5本の執筆",)]),
    answers=st.lists(st.integers(0, 8).map(lambda number: f"<{number}@mail.example>"), max_size=2).map(tuple),
)


def _as_it_comes(recognition: Recognition) -> Recognition:
    """Only people answer mails, and a person's mail names no project."""
    if recognition.platform == "direct":
        client = recognition.client or "山本企画"
        return replace(recognition, project=None, title=None, quoted=(), client=client, event="contact")
    return replace(recognition, answers=())


mails = st.lists(st.tuples(HOURS, recognitions.map(_as_it_comes)), max_size=14)
corrections = st.dictionaries(
    st.integers(0, 13).map(lambda number: f"{number:016}"),
    st.builds(
        Correction,
        project=st.sampled_from(
            [None, "lancers/1", "lancers/2", "lancers/9", "lancers/ロゴの作成", "lancers/@lancers_abc"]
        ),
        set_aside=st.booleans(),
        alone=st.booleans(),
    ),
    max_size=4,
)


def _read(steps: list[tuple[int, Recognition]]) -> list[Reading]:
    found: list[Reading] = []
    at = START
    for number, (hours, recognition) in enumerate(steps):
        at += timedelta(hours=hours)
        found.append(Reading(f"{number:016}", at, at, f"<{number}@mail.example>", recognition))
    return found


@settings(max_examples=400, deadline=None)
@given(mails, corrections, st.booleans())
def test_adding_mail_by_mail_gives_the_timeline_of_assigning_all_at_once(
    steps: list[tuple[int, Recognition]], said: dict[str, Correction], filed: bool
) -> None:
    facts = [Fact(1, "lancers/1", "reminder_filed", START, START, by="me")] if filed else []
    readings: list[Reading] = []
    live = Assignment.of(readings, facts, said, known=KNOWN)
    for reading in _read(steps):
        readings.append(reading)
        if live.add(reading) is None:
            live = Assignment.of(readings, facts, said, known=KNOWN)
        assert live.timeline() == assign(readings, facts, said, known=KNOWN)


@settings(max_examples=200, deadline=None)
@given(mails, corrections, st.randoms(use_true_random=False))
def test_the_order_in_which_mails_become_known_changes_nothing(
    steps: list[tuple[int, Recognition]], said: dict[str, Correction], chance: random.Random
) -> None:
    readings = _read(steps)
    shuffled = list(readings)
    chance.shuffle(shuffled)
    assert assign(shuffled, (), said, known=KNOWN) == assign(readings, (), said, known=KNOWN)


@settings(max_examples=200, deadline=None)
@given(mails, corrections)
def test_what_she_assigned_is_where_she_said_and_what_she_set_aside_is_a_notice(
    steps: list[tuple[int, Recognition]], said: dict[str, Correction]
) -> None:
    readings = _read(steps)
    timeline = assign(readings, (), said, known=KNOWN)
    unplaced = {one.key for one in timeline.unplaced}
    for reading in readings:
        correction = said.get(reading.key)
        found = {name: e for name, events in timeline.events.items() for e in events if e.key == reading.key}
        if correction is None or reading.recognition.event == "payout_fixed":
            continue
        if correction.set_aside:
            assert reading.key not in unplaced
            assert {event.kind for event in found.values()} <= {"notice"}
        if correction.project in ("lancers/1", "lancers/2", "lancers/9"):
            assert list(found) == [correction.project]


def test_a_second_comment_on_a_known_project_is_added_by_itself() -> None:
    comment = Recognition(
        "lancers", "contact", "a test", by="client", project="1", title="ロゴの作成", client="山本企画"
    )
    live = Assignment.of([Reading("a", START, START, None, comment)])
    later = START + timedelta(hours=1)
    assert live.add(Reading("b", later, later, None, comment)) == frozenset({"lancers/1"})


def test_a_late_mail_is_not_added_by_itself() -> None:
    comment = Recognition(
        "lancers", "contact", "a test", by="client", project="1", title="ロゴの作成", client="山本企画"
    )
    live = Assignment.of([Reading("a", START, START, None, comment)])
    earlier = START - timedelta(hours=1)
    assert live.add(Reading("b", earlier, earlier, None, comment)) is None


def test_what_a_mail_that_names_nothing_has_closed_is_over_for_later_messages_too() -> None:
    filed = [Fact(1, "lancers/1", "reminder_filed", START, START, by="me")]
    found = [
        Recognition("lancers", "started", "a test", by="client", project="1", client="山本企画"),
        Recognition("lancers", "started", "a test", by="client", project="2", client="山本企画"),
        Recognition("lancers", "payment_confirmed", "a test", by="client"),
        Recognition("lancers", "contact", "a test", by="client", client="山本企画"),
    ]
    readings = _read([(1, one) for one in found])
    live = Assignment.of(readings[:3], filed)
    assert live.add(readings[3]) == frozenset({"lancers/2"})
    assert live.timeline() == assign(readings, filed)


def test_a_client_whose_mail_she_assigned_and_who_then_writes_again_under_the_title_is_the_projects_own() -> None:
    contact = Recognition(
        why="", platform="lancers", event="contact", by="client", client="山本企画", title="ロゴの作成"
    )
    named = Recognition(why="", platform="lancers", event="notice", title="ロゴの作成", project="1")
    *first, last = readings = _read([(1, named), (1, contact), (1, contact)])
    said = {first[1].key: Correction("lancers/1")}
    live = Assignment.of(first, (), said)
    if live.add(last) is None:
        live = Assignment.of(readings, (), said)
    assert live.timeline() == assign(readings, (), said)
    assert [event.brought for event in live.timeline().events["lancers/1"]] == [False, True, False]
