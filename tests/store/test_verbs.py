"""The verbs about alerts, deliveries, projects and progress."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch.alerts.model import Delivery
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.store.model import FolderState, Hole, WatchState
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.event import Event
from inboxwatch.wording.say import Wording
from tests.alerts.samples import AT, an_alert
from tests.pipeline import story

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store.in_memory()
    yield made
    made.close()


def add(store: Store, key: str, *targets: str, at: datetime = AT) -> None:
    assert store.add_alert(an_alert(key=key, at=at), dict.fromkeys(targets, at))


def due(store: Store, at: datetime = AT, limit: int = 10) -> list[Delivery]:
    return store.due_deliveries(at, limit)


def names(deliveries: list[Delivery]) -> list[tuple[str, str]]:
    return [(delivery.alert.key, delivery.target) for delivery in deliveries]


def test_a_key_is_told_once(store: Store) -> None:
    add(store, "lancers/1/a", "phone")
    assert not store.add_alert(an_alert(key="lancers/1/a"), {"desk": AT})
    assert names(due(store)) == [("lancers/1/a", "phone")]


def test_a_muted_alert_is_remembered_and_never_sent(store: Store) -> None:
    assert store.add_alert(an_alert(key="a"), {"phone": AT}, muted=True)
    assert (due(store), store.alerts()) == ([], [])
    assert store.told(["lancers/5545030"])["a"].muted
    assert not store.acknowledge("a", AT)
    assert not store.resend("a", ["phone"], AT)


def test_fresh_alerts_go_before_retries_and_old_before_new(store: Store) -> None:
    add(store, "retry", "phone")
    (retry,) = due(store)
    store.attempting(retry, AT)
    store.failed(retry, AT, "down", AT + MINUTE)
    add(store, "second", "phone", at=AT + 2 * MINUTE)
    add(store, "first", "phone", at=AT + MINUTE)
    assert names(due(store, AT + 2 * MINUTE)) == [("first", "phone"), ("second", "phone"), ("retry", "phone")]
    assert names(due(store, AT + 2 * MINUTE, limit=1)) == [("first", "phone")]
    assert store.next_delivery_at() == AT + MINUTE


def test_what_is_not_due_is_not_handed_out(store: Store) -> None:
    add(store, "a", "phone", at=AT + MINUTE)
    assert due(store, AT + MINUTE - timedelta(microseconds=1)) == []
    assert len(due(store, AT + MINUTE)) == 1


def test_an_attempt_that_was_never_settled_may_have_arrived(store: Store) -> None:
    add(store, "a", "phone")
    store.attempting(due(store)[0], AT)
    (again,) = due(store)
    assert (again.attempted_at, again.attempts) == (AT, 1)
    assert store.alerts()[0].deliveries[0].state == "maybe_sent"


def test_a_clean_failure_leaves_no_doubt_and_an_unclean_one_does(store: Store) -> None:
    for maybe in (False, True):
        key = f"maybe {maybe}"
        add(store, key, "phone")
        (delivery,) = [d for d in due(store) if d.alert.key == key]
        store.attempting(delivery, AT)
        store.failed(delivery, AT, "down", AT, maybe=maybe)
    found = {d.alert.key: (d.attempted_at, d.alert.maybe_repeat, d.error) for d in due(store)}
    assert found == {"maybe False": (None, False, "down"), "maybe True": (None, True, "down")}


@pytest.mark.parametrize(("maybe", "state"), [(False, "dead"), (True, "maybe_sent")])
def test_what_is_given_up_is_visible_and_not_tried_again(store: Store, maybe: bool, state: str) -> None:
    add(store, "a", "phone")
    (delivery,) = due(store)
    store.attempting(delivery, AT)
    store.failed(delivery, AT, "gone", None, maybe=maybe)
    (row,) = store.alerts()[0].deliveries
    assert (row.state, row.attempts, row.error, row.at) == (state, 1, "gone", AT)
    assert due(store, AT + timedelta(days=99)) == []


def test_a_delivered_alert_is_sent_to_that_target_alone(store: Store) -> None:
    add(store, "a", "desk", "phone")
    desk = due(store)[0]
    store.attempting(desk, AT)
    store.delivered(desk, AT + MINUTE)
    assert names(due(store)) == [("a", "phone")]
    assert [(d.target, d.state, d.at) for d in store.alerts()[0].deliveries] == [
        ("desk", "sent", AT + MINUTE),
        ("phone", "waiting", None),
    ]


def test_sending_again_says_that_it_may_be_a_repeat_to_those_who_may_have_it_alone(store: Store) -> None:
    add(store, "a", "desk", "phone")
    desk, phone = due(store)
    store.attempting(desk, AT)
    store.delivered(desk, AT)
    store.attempting(phone, AT)
    store.failed(phone, AT, "gone", None)
    assert store.resend("a", ["desk", "phone", "new"], AT + MINUTE)
    again = {d.target: (d.alert.maybe_repeat, d.attempts) for d in due(store, AT + MINUTE)}
    assert again == {"desk": (True, 0), "phone": (False, 0), "new": (False, 0)}
    assert not store.resend("unknown", ["desk"], AT)


def test_what_was_told_is_found_by_any_name_of_a_project_and_not_by_a_longer_one(store: Store) -> None:
    for key, project in (("1", "lancers/1"), ("11", "lancers/11"), ("t", "lancers/記事"), ("-", None)):
        store.add_alert(an_alert(key=key, project=project), {})
    assert set(store.told(["lancers/1", "lancers/記事"])) == {"1", "t"}
    assert set(store.told([None])) == {"-"}


def test_an_acknowledgement_is_kept(store: Store) -> None:
    add(store, "a", "phone")
    assert not store.told(["lancers/5545030"])["a"].acknowledged
    assert store.acknowledge("a", AT)
    assert store.told(["lancers/5545030"])["a"].acknowledged
    assert not store.acknowledge("unknown", AT)


# -- projects

EVENT = Event("0123456789abcdef", "lancers/1", AT, AT, "contact", by="client", channel="platform", also=("lancers/2",))


def test_only_a_project_that_changed_is_looked_at(store: Store) -> None:
    late = AT + 30 * MINUTE
    timeline = {"lancers/1": [EVENT], "lancers/2": [replace(EVENT, project="lancers/2", also=())]}
    names = {name: (name,) for name in timeline}
    assert set(store.save_timeline(timeline, names, AT)) == set(timeline)
    for name in timeline:
        store.look_again(name, late)
    assert store.save_timeline(timeline, names, AT) == []
    timeline["lancers/2"].append(replace(EVENT, key="f" * 16, project="lancers/2"))
    assert store.save_timeline(timeline, names, AT) == ["lancers/2"]
    assert [row.name for row in store.due_projects(AT)] == ["lancers/2"]
    assert store.events("lancers/1") == [EVENT]
    assert store.next_due() == AT


def test_a_project_that_is_no_more_is_gone_with_its_events(store: Store) -> None:
    store.save_timeline({"lancers/1": [EVENT]}, {}, AT)
    store.save_timeline({}, {}, AT)
    assert (store.projects(), store.events("lancers/1")) == ([], [])


# -- progress


def test_progress_holes_and_watch_are_kept(store: Store) -> None:
    states = [FolderState("main", "INBOX", 7, 42, None), FolderState("main", "Sent", 8, 1, AT, 3, "x", 9)]
    for state in states:
        store.save_folder(state)
    store.save_folder(moved := replace(states[0], uid=43, read_up_to=AT))
    assert store.folders() == [moved, states[1]]
    assert store.folder("main", "INBOX") == moved
    assert store.folder("other", "INBOX") is None
    store.add_hole(hole := Hole("main", "INBOX", AT, AT + MINUTE, 2))
    assert store.holes() == [hole]
    store.save_watch(WatchState("main", AT, None, None))
    store.save_watch(blind := WatchState("main", AT, AT + MINUTE, "refused"))
    assert store.watch() == {"main": blind}


# -- secrets


def test_of_a_secret_mail_nothing_but_instant_domain_and_rule_is_in_the_file(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    pipeline = Pipeline(store, story.profiles(), Policy(known=story.KNOWN), Wording("ja", story.TOKYO))
    at = story.jst("2026-03-02 10:30")
    mail = story.a_mail(
        "ログイン認証コード 802647", at, body="コードは 802647 です。", message_id="<secret.one@b.example>"
    )
    assert pipeline.take([mail], at) == 1
    assert pipeline.take([mail], at) == 0
    store.close()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in ("802647", "認証コード", "コードは", "secret.one", "noreply"):
        assert secret.encode() not in written
    assert b"lancers.co.jp" in written and b"lancers/secret/1" in written


def test_a_mail_that_matters_is_kept_as_it_was_received(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    pipeline = Pipeline(store, story.profiles(), Policy(known=story.KNOWN), Wording("ja", story.TOKYO))
    at = story.jst("2026-03-02 10:30")
    mail = story.a_mail(story.comment(), at)
    stranger = story.a_mail("夕食の件", at, sender="田中 <tanaka@example.org>", project=None)
    assert pipeline.take([mail, stranger], at) == 1
    (row,) = store._rows("SELECT deflated FROM raw")
    assert zlib.decompress(row[0]) == mail.raw
    store.close()
