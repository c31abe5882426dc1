"""A mail that waits to be told as of no project is not told so once it has a place."""

from __future__ import annotations

from inboxwatch.alerts.compose import Coverage
from inboxwatch.alerts.model import Alert
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.reading import Correction, Fact
from inboxwatch.wording.say import Wording
from tests.pipeline.story import DAY, HOUR, KNOWN, PAID, PROJECT, TOKYO, a_mail, comment, jst, kinds, profiles

START = jst("2026-03-02T10:00")
NOW = START + 2 * DAY


def waiting(*, suspicious: bool = False) -> Pipeline:
    """A payment that names no project has been taken, and nothing has been decided since."""
    pipeline = Pipeline(Store.in_memory(), profiles(), Policy(known=KNOWN), Wording("en", TOKYO))
    pipeline.take([a_mail(comment(), START)], START)
    pipeline.awake(NOW)
    sender = "noreply@lancers-co-jp.example" if suspicious else "noreply@lancers.co.jp"
    pipeline.take([a_mail(PAID, NOW, project=None, sender=f"ランサーズ事務局 <{sender}>")], NOW)
    assert [mail.subject for mail in pipeline.store.mails_to_show()] == [PAID]
    return pipeline


def decide(pipeline: Pipeline) -> list[Alert]:
    return pipeline.decide(NOW + HOUR, Coverage(NOW + HOUR))


def test_while_it_has_none_it_is_told_as_of_no_project() -> None:
    assert [(one.kind, one.project) for one in decide(waiting())] == [("payment_confirmed", None)]


def test_once_she_has_assigned_it_it_is_not_told_as_of_no_project() -> None:
    pipeline = waiting()
    (mail,) = pipeline.store.mails_to_show()
    with pipeline.reading_again(NOW):
        pipeline.correct(mail, Correction(PROJECT), NOW)
    assert decide(pipeline) == []


def test_nor_once_she_has_set_it_aside() -> None:
    pipeline = waiting()
    (mail,) = pipeline.store.mails_to_show()
    pipeline.correct(mail, Correction(None, set_aside=True), NOW)
    assert decide(pipeline) == []


def test_where_a_recorded_filing_gives_it_its_place_the_payment_is_told_of_that_project() -> None:
    pipeline = waiting()
    filed = NOW - DAY
    pipeline.record(Fact(0, PROJECT, "reminder_filed", filed, NOW, by="me"), NOW)
    told = [one for one in decide(pipeline) if one.kind == "payment_confirmed"]
    assert [one.project for one in told] == [PROJECT]


def test_a_suspicious_one_has_no_place_and_is_told_all_the_same() -> None:
    pipeline = waiting(suspicious=True)
    pipeline.record(Fact(0, PROJECT, "reminder_filed", NOW - DAY, NOW, by="me"), NOW)
    assert "suspicious_mail" in kinds(decide(pipeline))
