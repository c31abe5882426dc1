"""Rebuilding: by the same rules nothing changes, by others it is as if they had always held; nothing past is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from inboxwatch.alerts.compose import Coverage
from inboxwatch.alerts.model import Alert
from inboxwatch.facts import Statement, as_fact
from inboxwatch.kept import StoredMail
from inboxwatch.mail.model import RawMail
from inboxwatch.pipeline import Pipeline, Policy, Recipient
from inboxwatch.platforms.known import Known
from inboxwatch.platforms.load import load_profiles
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.platforms.taught import extended
from inboxwatch.rebuilding import MailChange, rebuild
from inboxwatch.store.sqlite import Store
from inboxwatch.wording.say import Wording
from tests.pipeline.story import (
    CHANGE,
    DAY,
    HOUR,
    KNOWN,
    PAID,
    PROBABLY_PAID,
    PROJECT,
    SILENT,
    TOKYO,
    a_mail,
    comment,
    jst,
    kinds,
    message,
    profiles,
)

AT = jst("2026-03-02 10:30")
UNKNOWN = "検収作業が終わりました"
CODE = "二段階認証番号 4821 を送ります"
TELLING = Policy(known=KNOWN, recipients=(Recipient("phone"),))


def taught(*rules: tuple[str, str]) -> Profiles:
    """The profiles with rules of the user's own: what a subject means."""
    text: str | None = None
    for subject, event in rules:
        secret = event == "secret"
        rule: dict[str, Any] = {"subject": subject} if secret else {"event": event, "subject": subject}
        if event == "contact":
            rule["by"] = "client"
        text = extended(text, "lancers", "secret" if secret else "mails", rule, subject)
    return load_profiles([], None, lambda name: True, instead={Path("/nowhere/lancers.yaml"): text or ""})


def a_pipeline(store: Store, known: Profiles | None = None, policy: Policy = TELLING) -> Pipeline:
    return Pipeline(store, known or profiles(), policy, Wording("ja", TOKYO))


def decided(pipeline: Pipeline, since: datetime, until: datetime) -> list[Alert]:
    told: list[Alert] = []
    while since <= until:
        told += pipeline.decide(since, Coverage(since))
        since += 6 * HOUR
    return told


def begun(*mails: RawMail, until: datetime, fact: str | None = "escrow_funded") -> Pipeline:
    """A project whose mails came one by one while the daemon ran."""
    pipeline = a_pipeline(Store.in_memory())
    pipeline.decide(AT - HOUR, Coverage(AT - HOUR))
    if fact:
        recorded(pipeline, fact, AT)
    now = AT
    for mail in sorted(mails, key=lambda one: one.received_at):
        decided(pipeline, now, mail.received_at)
        pipeline.take([mail], mail.received_at)
        now = mail.received_at
    decided(pipeline, now, until)
    return pipeline


def recorded(pipeline: Pipeline, fact: str, at: datetime) -> None:
    rows = pipeline.store.projects()
    pipeline.record(as_fact(Statement(PROJECT, fact), at, TOKYO, rows, ["lancers"]), at)


def rebuilt(pipeline: Pipeline, known: Profiles, now: datetime) -> tuple[Pipeline, list[MailChange]]:
    wiser = a_pipeline(pipeline.store, known, pipeline.policy)
    return wiser, rebuild(wiser, now, lambda number: None)


def events(store: Store) -> dict[str, list[Any]]:
    return {row.name: store.events(row.name) for row in store.projects()}


def readings(store: Store) -> set[Any]:
    return {(mail.identity, repr(mail.recognition), mail.subject, mail.quarantined) for mail in store.stored_mails()}


def everything(store: Store) -> tuple[Any, ...]:
    alerts = [(row.alert, row.deliveries) for row in store.alerts()]
    return readings(store), events(store), alerts, store.facts(), sorted(store.told([None, PROJECT]))


# -- the same rules, other rules

_SUBJECTS = (
    comment(),
    message(),
    PAID,
    PROBABLY_PAID,
    CHANGE,
    UNKNOWN,
    CODE,
    "[ランサーズ] 仕事",
    "連絡催促のお知らせ",
)
_MAILS = st.builds(
    lambda subject, hours, project, sender, verdict: a_mail(
        subject, AT + hours * HOUR, project=project, sender=sender, verdict=verdict
    ),
    st.sampled_from(_SUBJECTS),
    st.integers(0, 700),
    st.sampled_from(["5545030", "5545031", None]),
    # A lookalike's mail is kept only since its subject is known: what was not kept cannot be read again.
    st.sampled_from(["noreply@lancers.co.jp", "noreply@lancers.co.jp", "suzuki@example.org"]),
    st.sampled_from([None, None, "dkim=pass header.d=lancers.co.jp", "dmarc=fail"]),
)
_STORIES = st.lists(_MAILS, max_size=8)


@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(_STORIES)
def test_by_the_same_rules_a_rebuild_changes_nothing(mails: list[RawMail]) -> None:
    pipeline = begun(*mails, until=AT + 30 * DAY)
    before = everything(pipeline.store)
    assert rebuilt(pipeline, profiles(), AT + 30 * DAY)[1] == []
    assert everything(pipeline.store) == before


@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(_STORIES)
def test_by_other_rules_it_is_as_if_they_had_always_held(mails: list[RawMail]) -> None:
    other = taught(
        (UNKNOWN, "contact"), (PROBABLY_PAID, "payment_confirmed"), ("{client}さんからのメッセージ受信通知", "noise")
    )
    now = AT + 30 * DAY
    pipeline = begun(*mails, until=now)
    wiser, _ = rebuilt(pipeline, other, now)
    fresh = a_pipeline(Store.in_memory(), other)
    recorded(fresh, "escrow_funded", AT)
    fresh.take(mails, now)
    assert readings(wiser.store) == readings(fresh.store)
    assert events(wiser.store) == events(fresh.store)
    assert rebuilt(wiser, other, now)[1] == []


# -- nothing of the past is told


def test_a_payment_understood_late_is_paid_and_not_told() -> None:
    pipeline = begun(a_mail(comment(), AT), a_mail(UNKNOWN, AT + DAY), until=AT + 3 * DAY)
    now = AT + 3 * DAY + HOUR
    wiser, changes = rebuilt(pipeline, taught((UNKNOWN, "payment_confirmed")), now)
    assert [(one.before.recognition.event, one.after.recognition.event) for one in changes] == [  # type: ignore[union-attr]
        (None, "payment_confirmed")
    ]
    (row,) = wiser.store.projects()
    assert wiser.situation(row, now).project.state == "paid"
    assert decided(wiser, now, now + 5 * DAY) == []


def test_neither_is_it_told_when_something_else_of_the_project_waited() -> None:
    pipeline = begun(a_mail(comment(), AT), a_mail(UNKNOWN, AT + 6 * DAY), until=AT + 6 * DAY)
    for hours in range(0, 48, 6):  # blind: the open window waits
        pipeline.decide(AT + 6 * DAY + hours * HOUR, Coverage(AT + 6 * DAY, blind=True))
    now = AT + 8 * DAY
    wiser, _ = rebuilt(pipeline, taught((UNKNOWN, "cancel_requested")), now)
    assert kinds(decided(wiser, now, now + DAY)) == ["reminder_available"]


def test_what_is_open_now_is_told() -> None:
    pipeline = begun(a_mail(comment(), AT - HOUR), a_mail(UNKNOWN, AT), until=AT + 8 * DAY, fact=None)
    now = AT + 8 * DAY + HOUR
    wiser, _ = rebuilt(pipeline, taught((UNKNOWN, "escrow_funded")), now)
    told = decided(wiser, now, now + DAY)
    assert [(alert.kind, alert.outcome) for alert in told] == [("reminder_available", "refunded")]


def test_contact_understood_late_takes_back_the_alert_that_had_called_the_client_silent() -> None:
    pipeline = begun(a_mail(comment(), AT), a_mail(UNKNOWN, AT + 4 * DAY), until=AT + SILENT + HOUR)
    assert "reminder_available" in [row.alert.kind for row in pipeline.store.alerts()]
    now = AT + SILENT + 2 * HOUR
    wiser, _ = rebuilt(pipeline, taught((UNKNOWN, "contact")), now)
    assert kinds(decided(wiser, now, now + HOUR)) == ["client_replied"]


def test_a_demand_understood_late_runs_against_her_and_is_told() -> None:
    pipeline = begun(a_mail(comment(), AT), a_mail(UNKNOWN, AT + DAY), until=AT + 2 * DAY)
    now = AT + 2 * DAY + HOUR
    wiser, _ = rebuilt(pipeline, taught((UNKNOWN, "reminder_received")), now)
    assert kinds(decided(wiser, now, now + HOUR)) == ["reminder_received"]


def test_a_mail_that_waited_to_be_shown_and_is_known_now_is_not_shown() -> None:
    pipeline = begun(a_mail(comment(), AT), until=AT + DAY)
    pipeline.take([a_mail(UNKNOWN, AT + DAY + HOUR)], AT + DAY + HOUR)
    wiser, _ = rebuilt(pipeline, taught((UNKNOWN, "noise")), AT + DAY + 2 * HOUR)
    assert decided(wiser, AT + DAY + 2 * HOUR, AT + 2 * DAY + 20 * HOUR) == []


# -- what stays, and what does not


@pytest.mark.parametrize(
    ("verdict", "then"),
    [("dmarc=fail", "forged"), ("dkim=pass header.d=lancers.co.jp", "verified"), (None, "unverified")],
)
def test_the_verdict_on_a_sender_is_never_asked_again(verdict: str | None, then: str) -> None:
    pipeline = begun(a_mail(PAID, AT + DAY, verdict=verdict), until=AT + 2 * DAY)
    nobody = Policy(known=Known(me=KNOWN.me, clients=KNOWN.clients, authserv_ids=frozenset({"other.example"})))
    changes = rebuild(a_pipeline(pipeline.store, policy=nobody), AT + 2 * DAY, lambda number: None)
    (mail,) = pipeline.store.stored_mails()
    assert mail.recognition is not None
    assert (changes, mail.recognition.trust, bool(mail.recognition.suspicious)) == ([], then, then == "forged")


def test_a_verdict_is_not_made_worse_by_whom_is_believed_today() -> None:
    """Then nobody was asked; asked today, the same header would call it forged."""
    mail = a_mail(PAID, AT + DAY, verdict="dmarc=fail")
    unasked = Policy(known=Known(me=KNOWN.me))
    pipeline = a_pipeline(Store.in_memory(), policy=unasked)
    pipeline.take([mail], AT + DAY)
    assert rebuild(a_pipeline(pipeline.store), AT + 2 * DAY, lambda number: None) == []
    (kept,) = pipeline.store.stored_mails()
    assert kept.recognition is not None
    assert (kept.recognition.trust, kept.recognition.suspicious) == ("unverified", None)


def in_quarantine(raw: RawMail) -> StoredMail:
    """As an older program would have left it that could not read the mail."""
    return StoredMail("ab" * 32, None, raw.received_at, raw.received_at, raw.received_at, "", "", None, raw.raw,
                      quarantined="a fault in inboxwatch (ValueError)")  # fmt: skip


def test_what_lay_in_quarantine_and_can_be_read_now_counts() -> None:
    pipeline = begun(a_mail(comment(), AT), until=AT + DAY)
    pipeline.keep([in_quarantine(a_mail(PAID, AT + DAY))], AT + DAY)
    wiser, changes = rebuilt(pipeline, profiles(), AT + 2 * DAY)
    assert [(bool(one.before.quarantined), one.projects_after) for one in changes] == [(True, (PROJECT,))]
    (row,) = wiser.store.projects()
    assert wiser.situation(row, AT + 2 * DAY).project.state == "paid"
    assert rebuilt(pipeline, profiles(), AT + 2 * DAY)[1] == []
    assert decided(wiser, AT + 2 * DAY, AT + 3 * DAY) == []


def test_what_lay_in_quarantine_and_is_kept_from_elsewhere_goes() -> None:
    mail = a_mail(comment(), AT)
    pipeline = begun(mail, until=AT + DAY)
    pipeline.keep([in_quarantine(mail)], AT + DAY)
    rebuilt(pipeline, profiles(), AT + DAY)
    assert [one.quarantined for one in pipeline.store.stored_mails()] == [None]


def test_of_what_is_secret_now_only_instant_domain_and_rule_stay(tmp_path: Path) -> None:
    pipeline = a_pipeline(Store.open(tmp_path))
    pipeline.decide(AT - HOUR, Coverage(AT - HOUR))
    mail = a_mail(CODE, AT, body="認証番号は 4821 です。", message_id="<secret@mail.example.net>")
    pipeline.take([mail], AT)
    told = decided(pipeline, AT, AT + DAY)
    assert kinds(told) == ["unrecognised_mail"]
    rebuilt(pipeline, taught(("二段階認証番号", "secret")), AT + DAY)
    (kept,) = pipeline.store.stored_mails()
    assert (kept.message_id, kept.subject, kept.sender) == (None, "", "lancers.co.jp")
    assert list(pipeline.store.every_mail()) == []
    (row,) = (row for row in pipeline.store.alerts() if row.alert.kind == "unrecognised_mail")
    assert (row.alert.evidence, "4821" in row.alert.title + row.alert.body) == ((), False)
    wal = tmp_path / "inboxwatch.sqlite3-wal"
    assert wal.exists()  # closing would delete it: it is looked at before
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert CODE.encode() not in left
    assert b"secret@mail" not in left
    pipeline.store.close()


def test_a_secret_that_is_seen_again_is_not_kept_twice() -> None:
    pipeline = begun(a_mail(CODE, AT), until=AT + DAY, fact=None)
    wiser, _ = rebuilt(pipeline, taught(("二段階認証番号", "secret")), AT + DAY)
    assert wiser.take([a_mail(CODE, AT)], AT + DAY) == 0


def test_a_mail_that_is_nobodys_by_todays_configuration_comes_back_with_the_old_one() -> None:
    mail = a_mail("ご相談", AT + HOUR, project=None, sender="suzuki@example.org")
    pipeline = begun(mail, a_mail(comment(), AT), until=AT + DAY)
    before = events(pipeline.store)
    without = a_pipeline(pipeline.store, policy=replace(TELLING, known=Known(me=KNOWN.me)))
    changes = rebuild(without, AT + DAY, lambda number: None)
    assert [(one.projects_before, one.projects_after) for one in changes] == [((PROJECT,), ())]
    rebuilt(pipeline, profiles(), AT + DAY)
    assert events(pipeline.store) == before


def test_progress_is_told_for_each_mail() -> None:
    pipeline = begun(*(a_mail(comment(), AT + number * HOUR) for number in range(120)), until=AT + 5 * DAY)
    seen: list[int] = []
    rebuild(pipeline, AT + 5 * DAY, seen.append)
    assert seen == list(range(1, 121))


def sent(subject: str, at: datetime) -> RawMail:
    """A mail to herself, found in Sent."""
    return replace(a_mail(subject, at, project=None, sender="me@example.com"), in_sent=True)


def test_facts_that_she_mailed_to_herself_stay_as_they_are() -> None:
    known, unknown = sent(f"inboxwatch {PROJECT} 納品", AT + HOUR), sent("inboxwatch 99 納品", AT + 2 * HOUR)
    pipeline = begun(a_mail(comment(), AT), known, unknown, until=AT + DAY)
    assert [fact.kind for fact in pipeline.store.facts()] == ["escrow_funded", "delivered"]
    before = everything(pipeline.store)
    assert rebuilt(pipeline, profiles(), AT + DAY)[1] == []
    assert everything(pipeline.store) == before
    assert decided(pipeline, AT + DAY, AT + 2 * DAY) == []


def test_a_fact_that_lay_in_quarantine_is_taken_when_it_can_be_read() -> None:
    pipeline = begun(a_mail(comment(), AT), until=AT + DAY)
    stated = sent(f"inboxwatch {PROJECT} 納品", AT + HOUR)
    pipeline.keep([replace(in_quarantine(stated), in_sent=True)], AT + DAY)
    rebuilt(pipeline, profiles(), AT + DAY)
    assert [fact.kind for fact in pipeline.store.facts()] == ["escrow_funded", "delivered"]
