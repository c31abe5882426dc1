"""A snoozed project: no nudges and no repeats until then; all else comes, and nothing is made up for later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxwatch.alerts.compose import Coverage
from inboxwatch.alerts.decide import Habits
from inboxwatch.alerts.model import Alert
from inboxwatch.facts import Statement, as_fact
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.store.sqlite import Store
from inboxwatch.views.as_json import status_as_json
from inboxwatch.views.standing import standings
from inboxwatch.wording.say import Wording
from tests.pipeline.story import (
    CLIENT,
    DAY,
    HOUR,
    KNOWN,
    PAID,
    PROJECT,
    REMINDED,
    SECOND,
    TITLE,
    TOKYO,
    a_mail,
    comment,
    jst,
    kinds,
    message,
    profiles,
)

AT = jst("2026-03-02 10:30")
Act = Callable[[Pipeline, datetime], None]
Acts = Sequence[tuple[datetime, Act]]


def mail(subject: str, **more: str | None) -> Act:
    def act(pipeline: Pipeline, now: datetime) -> None:
        pipeline.take([a_mail(subject, now, **more)], now)  # type: ignore[arg-type]

    return act


def note(fact: str, **more: str) -> Act:
    def act(pipeline: Pipeline, now: datetime) -> None:
        stated = Statement(PROJECT, fact, **more)  # type: ignore[arg-type]
        pipeline.record(as_fact(stated, now, TOKYO, pipeline.store.projects(), ["lancers"]), now)

    return act


def snooze(span: timedelta) -> Act:
    def act(pipeline: Pipeline, now: datetime) -> None:
        for row in pipeline.store.projects():
            pipeline.snooze(row, now + span, now)

    return act


def play(acts: Acts, until: datetime, repeat: dict[str, timedelta] | None = None) -> tuple[Pipeline, list[Alert]]:
    """Do each act at its instant, and decide there and wherever something falls due, up to and with `until`."""
    policy = Policy(known=KNOWN, habits=Habits(repeat=repeat))
    pipeline = Pipeline(Store.in_memory(), profiles(), policy, Wording("ja", TOKYO))
    told: list[Alert] = []

    def decide(now: datetime) -> None:
        pipeline.awake(now)
        told.extend(pipeline.decide(now, Coverage(now)))

    def decide_before(limit: datetime) -> None:
        last = None
        while (due := pipeline.next_due(limit)) and due < limit and due != last:
            decide(due)
            last = due

    for at, act in sorted(acts, key=lambda one: one[0]):
        decide_before(at)
        act(pipeline, at)
        decide(at)
    decide_before(until + timedelta(microseconds=1))
    return pipeline, told


def instants(alerts: Sequence[Alert], kind: str) -> list[datetime]:
    return [alert.at for alert in alerts if alert.kind == kind]


BEGUN: Acts = [(AT, note("escrow_funded")), (AT, mail(comment()))]


def test_a_nudge_whose_instant_lies_in_a_snooze_is_gone_and_the_next_comes() -> None:
    _, told = play([*BEGUN, (AT + DAY, snooze(3 * DAY))], AT + 7 * DAY)
    assert [(alert.kind, alert.at) for alert in told] == [
        ("silence", AT + 5 * DAY),
        ("reminder_available", AT + 7 * DAY),
    ]


def test_nothing_is_made_up_for_when_the_snooze_is_over() -> None:
    _, told = play([*BEGUN, (AT + DAY, snooze(5 * DAY))], AT + 7 * DAY - SECOND)
    assert told == []


def test_a_snooze_ends_at_its_instant_and_not_a_second_before() -> None:
    _, told = play([*BEGUN, (AT, snooze(3 * DAY))], AT + 4 * DAY)
    assert instants(told, "silence") == [AT + 3 * DAY]
    _, told = play([*BEGUN, (AT, snooze(3 * DAY + SECOND))], AT + 4 * DAY)
    assert told == []


def test_a_nudge_that_waits_for_the_mailbox_to_be_read_is_not_told_once_she_has_snoozed() -> None:
    pipeline, _ = play(BEGUN, AT + DAY)
    blind = Coverage(AT + DAY, blind=True)
    pipeline.awake(AT + 3 * DAY)
    assert pipeline.decide(AT + 3 * DAY, blind) == []
    snooze(HOUR)(pipeline, AT + 3 * DAY + HOUR)
    for hours in (1, 2, 3):
        now = AT + 3 * DAY + hours * HOUR
        assert pipeline.decide(now, Coverage(now)) == []


def test_a_snooze_that_is_ended_lets_the_next_nudge_come() -> None:
    acts = [*BEGUN, (AT + DAY, snooze(14 * DAY)), (AT + 4 * DAY, snooze(timedelta(0)))]
    _, told = play(acts, AT + 6 * DAY)
    assert instants(told, "silence") == [AT + 5 * DAY]


def test_a_second_snooze_takes_the_place_of_the_first() -> None:
    acts = [*BEGUN, (AT + DAY, snooze(14 * DAY)), (AT + 2 * DAY, snooze(HOUR))]
    _, told = play(acts, AT + 6 * DAY)
    assert instants(told, "silence") == [AT + 3 * DAY, AT + 5 * DAY]


def test_a_repeat_in_a_snooze_is_gone_and_later_ones_come() -> None:
    acts = [*BEGUN, (AT + 7 * DAY + HOUR, snooze(4 * DAY))]
    _, told = play(acts, AT + 20 * DAY, {"reminder_available": 3 * DAY})
    opened = AT + 7 * DAY
    assert instants(told, "reminder_available") == [opened, opened + 6 * DAY, opened + 9 * DAY]


def test_contact_and_facts_end_no_snooze() -> None:
    acts = [*BEGUN, (AT, snooze(9 * DAY)), (AT + DAY, mail(comment())), (AT + 2 * DAY, note("delivered"))]
    pipeline, told = play(acts, AT + 8 * DAY)
    assert instants(told, "silence") == []
    (document,) = status_as_json(pipeline, standings(pipeline, AT + 8 * DAY), AT + 8 * DAY)["projects"]
    assert document["snoozed_until"] == (AT + 9 * DAY).isoformat()
    assert instants(told, "reminder_available") == [AT + 8 * DAY]


def test_status_names_no_snooze_that_is_over_and_at_an_instant_of_the_past_the_one_that_ran_then() -> None:
    pipeline, _ = play([*BEGUN, (AT + 2 * DAY, snooze(2 * DAY))], AT + 6 * DAY)

    def until(now: datetime) -> datetime | None:
        (found,) = standings(pipeline, now, past_only=True)
        return found.snoozed_until

    assert until(AT + 6 * DAY) is None
    assert until(AT + 4 * DAY) is None
    assert until(AT + 4 * DAY - SECOND) == AT + 4 * DAY
    assert until(AT + 2 * DAY - SECOND) is None


def test_a_reminder_of_the_clients_comes_through_a_snooze_and_so_do_its_repeats() -> None:
    acts = [*BEGUN, (AT, snooze(60 * DAY)), (AT + DAY, mail(REMINDED))]
    _, told = play(acts, AT + 6 * DAY, {"reminder_received": DAY})
    urgent = [(alert.kind, alert.at) for alert in told]
    assert urgent[0] == ("reminder_received", AT + DAY)
    assert [kind for kind, _ in urgent].count("reminder_received") == 4
    assert "deadline_against" in [kind for kind, _ in urgent]


def test_a_snooze_outlives_that_the_project_is_called_by_its_number() -> None:
    acts = [
        (AT, mail(comment(), project=None)),
        (AT + HOUR, snooze(9 * DAY)),
        (AT + DAY, mail(comment())),
        (AT + DAY + HOUR, note("escrow_funded")),
    ]
    pipeline, told = play(acts, AT + 7 * DAY)
    (row,) = pipeline.store.projects()
    assert row.name == PROJECT and any(TITLE in alias for alias in row.aliases)
    assert instants(told, "silence") == []


def test_a_snooze_of_one_project_is_not_one_of_another() -> None:
    other = "lancers/1111111"

    def snooze_other(pipeline: Pipeline, now: datetime) -> None:
        (row,) = [row for row in pipeline.store.projects() if row.name == other]
        pipeline.snooze(row, now + 60 * DAY, now)

    acts = [*BEGUN, (AT, mail(comment("鈴木", "翻訳"), project="1111111")), (AT + HOUR, snooze_other)]
    _, told = play(acts, AT + 4 * DAY)
    assert {alert.project for alert in told} == {PROJECT}


def snooze_client(pipeline: Pipeline, now: datetime) -> None:
    (row,) = pipeline.store.projects()
    assert row.name == f"lancers/@{CLIENT}"
    pipeline.snooze(row, now + 60 * DAY, now)


def until_of(pipeline: Pipeline, now: datetime) -> dict[str, datetime | None]:
    return {row.name: pipeline.situation(row, now).snoozed_until for row in pipeline.store.projects()}


TALKED: Acts = [(AT, mail(message(), project=None)), (AT + HOUR, snooze_client)]


def test_a_snooze_of_all_that_is_known_of_a_client_stays_that_of_his_only_project() -> None:
    pipeline, _ = play([*TALKED, (AT + DAY, mail(comment()))], AT + 2 * DAY)
    assert until_of(pipeline, AT + 2 * DAY) == {PROJECT: AT + HOUR + 60 * DAY}


def test_it_holds_back_nothing_where_he_turns_out_to_have_two_projects() -> None:
    two = [(AT + DAY, mail(comment())), (AT + 2 * DAY, mail(comment(CLIENT, "翻訳"), project="1111111"))]
    pipeline, told = play([*TALKED, *two, (AT + 2 * DAY, note("escrow_funded"))], AT + 6 * DAY)
    assert until_of(pipeline, AT + 6 * DAY) == {PROJECT: None, "lancers/1111111": None}
    assert "silence" in kinds(told)


def test_the_snooze_of_a_client_that_his_only_project_has_kept_can_be_ended_there() -> None:
    def end(pipeline: Pipeline, now: datetime) -> None:
        (row,) = pipeline.store.projects()
        pipeline.snooze(row, now, now)

    pipeline, _ = play([*TALKED, (AT + DAY, mail(comment())), (AT + 2 * DAY, end)], AT + 3 * DAY)
    assert until_of(pipeline, AT + 3 * DAY) == {PROJECT: AT + 2 * DAY}


_HAPPENINGS: dict[str, Act] = {
    "comment": mail(comment()),
    "reminded": mail(REMINDED),
    "paid": mail(PAID),
    "delivered": note("delivered"),
    "reported": note("completion_reported"),
    "filed": note("reminder_filed"),
    "answered": note("answered"),
    "her turn": note("waiting", by="me"),
    "again": note("escrow_funded"),
}
_SPANS = st.integers(0, 21 * 24)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    happenings=st.lists(st.tuples(_SPANS, st.sampled_from(sorted(_HAPPENINGS))), max_size=5),
    snoozes=st.lists(st.tuples(_SPANS, st.integers(0, 14 * 24)), min_size=1, max_size=3),
)
def test_with_and_without_a_snooze_all_but_nudges_and_repeats_is_the_same(
    happenings: list[tuple[int, str]], snoozes: list[tuple[int, int]]
) -> None:
    acts = [*BEGUN, *((AT + (hours + 0.5) * HOUR, _HAPPENINGS[name]) for hours, name in happenings)]
    snoozed = [(AT + hours * HOUR + HOUR / 4, snooze(span * HOUR)) for hours, span in snoozes]
    repeat = {"reminder_available": 2 * DAY, "silence": DAY}
    _, without = play(acts, AT + 40 * DAY, repeat)
    _, told = play([*acts, *snoozed], AT + 40 * DAY, repeat)

    def rest(alerts: Sequence[Alert]) -> set[tuple[str, datetime]]:
        # A reply is told where it ends an episode of which something was told, which may have been a nudge.
        optional = ("silence", "client_replied")
        return {(a.key, a.at) for a in alerts if a.kind not in optional and "/repeat" not in a.key}

    assert rest(told) == rest(without)
    assert {(a.key, a.at) for a in told} <= {(a.key, a.at) for a in without}
    ends = _ends(snoozed_at=snoozes)
    held = [a for a in told if a.kind == "silence" or "/repeat" in a.key]
    assert not [a for a in held if any(begin <= a.at < end for begin, end in ends)]


def _ends(snoozed_at: list[tuple[int, int]]) -> list[tuple[datetime, datetime]]:
    """From when until when each snooze ran: the next one takes its place."""
    begun = sorted((AT + hours * HOUR + HOUR / 4, number) for number, (hours, _) in enumerate(snoozed_at))
    found = []
    for position, (begin, number) in enumerate(begun):
        end = begin + snoozed_at[number][1] * HOUR
        following = [later for later, _ in begun[position + 1 :]]
        found.append((begin, min([end, *following])))
    return found
