"""A fault of inboxwatch itself stops one mail or one project, never a mailbox or all alerts."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from inboxwatch.alerts.compose import Coverage
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.platforms.pattern import Spans
from inboxwatch.platforms.prepared import Profiles, together
from inboxwatch.store.model import StoreError
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.event import Event
from inboxwatch.wording.say import Wording
from tests.pipeline.story import HOUR, KNOWN, PAID, PAYOUT, SECOND, TOKYO, a_mail, comment, jst, kinds, profiles

AT = jst("2026-03-02 10:30")
BAD, GOOD = "lancers/111", "lancers/222"


class StumblingPattern:
    """A rule whose matching has a fault, for subjects with a certain word."""

    def match(self, text: str) -> Spans | None:
        if "躓き" in text:
            raise ValueError(f"what is that: {text}")
        return None


def stumbling() -> Profiles:
    """The shipped profiles, with a faulty rule before all others of Lancers."""
    lancers = next(one for one in profiles().platforms if one.profile.platform == "lancers")
    faulty = replace(lancers.attested[0], subject=StumblingPattern())  # type: ignore[arg-type]
    return together([replace(lancers, attested=(faulty, *lancers.attested))])


def a_pipeline(store: Store, with_profiles: Profiles | None = None) -> Pipeline:
    return Pipeline(store, with_profiles or profiles(), Policy(known=KNOWN), Wording("ja", TOKYO))


def two_payments(store: Store) -> Pipeline:
    pipeline = a_pipeline(store)
    pipeline.awake(AT)
    pipeline.take([a_mail(PAID, AT, project="111"), a_mail(PAID, AT + SECOND, project="222")], AT)
    return pipeline


def damage(store: Store) -> None:
    """One project's event as no version has ever written it."""
    store._do("UPDATE event SET content = '{' WHERE project = ?", BAD)


def test_a_mail_over_which_inboxwatch_stumbles_is_in_quarantine_and_the_others_are_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pipeline = a_pipeline(Store.in_memory(), stumbling())
    assert pipeline.take([a_mail("躓きのお知らせ", AT), a_mail(comment(), AT)], AT) == 2
    (kept,) = pipeline.store.review()
    assert kept.quarantined == "a fault in inboxwatch (ValueError)"
    assert len(pipeline.store.projects()) == 1
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "ValueError" in record.getMessage() and kept.identity[:16] in record.getMessage()
    assert "躓き" not in caplog.text


def test_a_project_over_which_inboxwatch_stumbles_does_not_keep_the_others_from_being_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pipeline = two_payments(Store.in_memory())
    damage(pipeline.store)
    told = pipeline.decide(AT + HOUR, Coverage(AT + HOUR))
    assert [(alert.kind, alert.project) for alert in told] == [("payment_confirmed", GOOD)]
    assert BAD in caplog.text and "JSONDecodeError" in caplog.text
    assert pipeline.store.next_due() == AT + 2 * HOUR


def test_a_project_is_told_an_hour_later_if_the_fault_is_gone() -> None:
    pipeline = two_payments(Store.in_memory())
    damage(pipeline.store)
    pipeline.decide(AT + HOUR, Coverage(AT + HOUR))
    pipeline.derive(AT + HOUR)
    pipeline.store._do("UPDATE project SET digest = '' WHERE name = ?", BAD)
    pipeline.derive(AT + HOUR)
    told = pipeline.decide(AT + 2 * HOUR, Coverage(AT + 2 * HOUR))
    assert [(alert.kind, alert.project) for alert in told] == [("payment_confirmed", BAD)]


def test_the_summary_comes_without_the_project_over_which_inboxwatch_stumbles() -> None:
    pipeline = a_pipeline(Store.in_memory())
    pipeline.take(
        [a_mail(comment(), AT, project="111"), a_mail(comment("別の客"), AT, project="222")], AT, history=True
    )
    damage(pipeline.store)
    summary = pipeline.decide(AT + HOUR, Coverage(AT + HOUR))[0]
    assert summary.kind == "summary"
    assert GOOD in summary.body and BAD not in summary.body


def test_a_mail_of_no_project_that_cannot_be_told_keeps_nothing_else_from_being_told() -> None:
    class StumblingWording(Wording):
        def title(self, key: str, name: str, **values: object) -> str:
            if "payout_fixed" in key:
                raise KeyError(name)
            return super().title(key, name, **values)

    pipeline = Pipeline(Store.in_memory(), profiles(), Policy(known=KNOWN), StumblingWording("ja", TOKYO))
    pipeline.awake(AT)
    pipeline.take([a_mail(PAYOUT, AT, project=None), a_mail(PAID, AT + SECOND, project=None)], AT)
    told = [*pipeline.decide(AT + HOUR, Coverage(AT + HOUR)), *pipeline.decide(AT + HOUR, Coverage(AT + HOUR))]
    assert kinds(told) == ["payment_confirmed"]


def test_a_failing_database_is_no_fault_of_one_project() -> None:
    class FailingStore(Store):
        def events(self, project: str) -> list[Event]:
            raise StoreError("the disk is full", may_pass=True)

    pipeline = two_payments(FailingStore.in_memory())
    with pytest.raises(StoreError):
        pipeline.decide(AT + HOUR, Coverage(AT + HOUR))
