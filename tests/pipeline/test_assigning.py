"""Contact of a name that no project knows never makes a false silence; a correction tells nothing of the past."""

from __future__ import annotations

from datetime import datetime

from inboxwatch.alerts.compose import Coverage
from inboxwatch.alerts.model import Alert
from inboxwatch.mail.model import RawMail
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.platforms.known import Known, KnownClient
from inboxwatch.replay import understood
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.reading import Correction, Fact
from inboxwatch.wording.say import Wording
from tests.pipeline.story import (
    DAY,
    KNOWN,
    PROJECT,
    REMINDED,
    SILENT,
    TOKYO,
    Story,
    a_mail,
    comment,
    contracted,
    jst,
    kinds,
    message,
    profiles,
)

START = jst("2026-06-01T10:00")
STRANGER = "lancers_abc"
PASSED = "dmarc=pass header.from=example.org; dkim=pass header.d=example.org"
SILENCE = ("silence", "reminder_available")


def test_a_message_of_somebody_unknown_counts_where_no_client_is_known() -> None:
    story = contracted(START).mail(message(STRANGER), START + 3 * DAY, project=None)
    pipeline, alerts = story.play(START + 9 * DAY)
    told = [alert for alert in alerts if alert.kind in SILENCE and alert.project == PROJECT]
    assert [alert.at for alert in told] == [START + 6 * DAY, START + 8 * DAY]
    assert pipeline.store.events(PROJECT)[-1].also == (f"lancers/@{STRANGER}",)
    assert f"inboxwatch assign {pipeline.store.events(PROJECT)[-1].key}" in told[0].body


def test_a_message_of_before_the_project_began_is_not_its_contact() -> None:
    story = Story().mail(message(STRANGER), START - DAY, project=None).note("escrow_funded", START)
    pipeline, _ = story.play(START + DAY)
    assert kinds_of(pipeline, PROJECT) == ["escrow_funded"]


def test_where_a_client_is_known_the_alert_names_the_message_and_how_to_link_it() -> None:
    story = contracted(START).mail(comment(), START).mail(message(STRANGER), START + 2 * DAY, project=None)
    pipeline, alerts = story.play(START + SILENT)
    told = [alert for alert in alerts if alert.project == PROJECT and alert.kind in SILENCE]
    assert [alert.kind for alert in told] == ["silence", "silence", "reminder_available"]
    key = pipeline.store.events(f"lancers/@{STRANGER}")[0].key
    for alert in told:
        line = next(line for line in alert.body.splitlines() if STRANGER in line)
        assert f"inboxwatch assign {key} {PROJECT}" in line
        assert "6月3日" in line
    mine = [alert for alert in alerts if alert.project == f"lancers/@{STRANGER}"]
    assert all("inboxwatch assign" not in alert.body for alert in mine)


def test_what_came_before_the_last_contact_is_not_named() -> None:
    story = contracted(START).mail(message(STRANGER), START - DAY, project=None).mail(comment(), START)
    told = [alert for alert in story.alerts(START + SILENT) if alert.project == PROJECT]
    assert "reminder_available" in kinds(told)
    assert all(STRANGER not in alert.body for alert in told)


def test_of_many_messages_the_latest_of_each_of_the_latest_three_people_is_named() -> None:
    story = contracted(START).mail(comment(), START)
    for number in range(1, 6):
        story.mail(message(f"lancers_u{number}"), START + number * DAY / 4, project=None)
        story.mail(message(f"lancers_u{number}"), START + number * DAY / 3, project=None, body="もう一度")
    first = next(alert for alert in story.alerts(START + 4 * DAY) if alert.project == PROJECT)
    named = [line for line in first.body.splitlines() if "lancers_u" in line]
    assert [line.partition(" さん")[0][-10:] for line in named] == ["lancers_u3", "lancers_u4", "lancers_u5"]


def test_once_linked_it_is_contact_and_no_longer_named() -> None:
    pipeline, _ = _read(a_mail(comment(), START), a_mail(message(STRANGER), START + 2 * DAY, project=None))
    mail = pipeline.store.find_mails(pipeline.store.events(f"lancers/@{STRANGER}")[0].key)[0]
    _correct(pipeline, mail.message_id or "", Correction(PROJECT), START + 2 * DAY)
    assert pipeline.unlinked("lancers") == ()
    assert [row.name for row in pipeline.store.projects()] == [PROJECT]
    told = _decide(pipeline, START + 5 * DAY)
    assert kinds(told) == ["silence"]
    assert told[0].evidence == (mail.message_id,)


def test_a_forged_answer_in_a_thread_moves_nothing() -> None:
    known = Known(
        clients=(KnownClient("鈴木", frozenset({"suzuki@example.org"}), (PROJECT,)),),
        authserv_ids=frozenset({"mx.example.com"}),
    )
    first = _direct(START, "suzuki@example.org", "<one@example.org>")
    forged = _direct(START + DAY, "fake@example.org", "<two@example.org>", "<one@example.org>", "dmarc=fail")
    honest = _direct(START + 2 * DAY, "colleague@example.org", "<three@example.org>", "<one@example.org>", PASSED)
    to_forged = _direct(START + 3 * DAY, "fake@example.org", "<four@example.org>", "<two@example.org>")
    found = {
        mail.message_id: mail.recognition
        for mail in understood([first, forged, honest, to_forged], profiles(), known)
        if mail.recognition
    }
    assert found["<two@example.org>"].suspicious
    assert (found["<three@example.org>"].trust, found["<three@example.org>"].rule) == ("unverified", "direct/thread")
    assert "<four@example.org>" not in found


def test_a_thread_is_remembered_after_a_restart() -> None:
    store = Store.in_memory()
    first = Pipeline(store, profiles(), Policy(known=_fresh()), Wording("ja", TOKYO))
    first.take([_direct(START, "suzuki@example.org", "<one@example.org>")], START)
    again = Pipeline(store, profiles(), Policy(known=_fresh()), Wording("ja", TOKYO))
    assert again.take([_direct(START + DAY, "x@example.org", "<two@example.org>", "<one@example.org>")], START) == 1
    assert kinds_of(again, PROJECT) == ["contact", "contact"]


def test_an_assignment_mutes_the_past_and_leaves_open_what_is_true_now() -> None:
    pipeline, _ = _read(a_mail(comment(), START), a_mail(comment(), START + 6 * DAY, body="別の話です"))
    now = START + 8 * DAY
    assert _decide(pipeline, now) == []
    last = pipeline.store.events(PROJECT)[-1]
    mail = pipeline.store.find_mails(last.key)[0]
    _correct(pipeline, mail.message_id or "", Correction("lancers/90000001", alone=True), now)
    assert kinds(_decide(pipeline, now)) == ["reminder_available"]


def test_setting_aside_the_copy_of_her_own_request_ends_what_it_started() -> None:
    pipeline, before = _read(a_mail(comment(), START), a_mail(REMINDED, START + DAY))
    now = START + DAY
    assert "reminder_received" in kinds(before)
    mail = next(event for event in pipeline.store.events(PROJECT) if event.kind == "reminder_received")
    _correct(pipeline, mail.mail or "", Correction(None, set_aside=True), now)
    told = [alert for day in range(1, 9) for alert in _decide(pipeline, now + day * DAY)]
    assert "deadline_against" not in kinds(told)
    assert "reminder_available" in kinds(told)
    assert "reminder_blocked" not in kinds(told)


def kinds_of(pipeline: Pipeline, project: str) -> list[str]:
    return [event.kind for event in pipeline.store.events(project)]


def _fresh() -> Known:
    return Known(me=KNOWN.me, clients=KNOWN.clients)


def _direct(at: datetime, sender: str, name: str, answers: str | None = None, verdict: str | None = None) -> RawMail:
    mail = a_mail("ご連絡", at, project=None, sender=sender, message_id=name, verdict=verdict)
    reply = f"In-Reply-To: {answers}\n".encode() if answers else b""
    return RawMail(reply + mail.raw, mail.received_at)


def _read(*mails: RawMail) -> tuple[Pipeline, list[Alert]]:
    """A pipeline that has read these mails as they came, the escrow recorded at the start."""
    pipeline = Pipeline(Store.in_memory(), profiles(), Policy(known=_fresh()), Wording("ja", TOKYO))
    pipeline.awake(START)
    pipeline.record(Fact(0, PROJECT, "escrow_funded", START, START, by="client"), START)
    told: list[Alert] = []
    for mail in mails:
        pipeline.take([mail], mail.received_at)
        told += _decide(pipeline, mail.received_at)
    return pipeline, told


def _decide(pipeline: Pipeline, at: datetime) -> list[Alert]:
    pipeline.awake(at)
    return pipeline.decide(at, Coverage(at))


def _correct(pipeline: Pipeline, name: str, correction: Correction, now: datetime) -> None:
    mail = pipeline.store.find_mails(name)[0]
    with pipeline.reading_again(now):
        pipeline.correct(mail, correction, now)


def test_what_was_due_in_one_project_is_not_thereby_due_in_the_one_that_the_mail_is_moved_to() -> None:
    other = "lancers/90000001"
    pipeline, _ = _read(a_mail(comment(), START))
    pipeline.record(Fact(0, other, "escrow_funded", START, START, by="client"), START)
    now = START + 3 * DAY
    pipeline.awake(now)
    assert pipeline.decide(now, Coverage(now, blind=True)) == []  # the nudge is due, and waits
    (key,) = (event.key for event in pipeline.store.events(PROJECT) if event.kind == "contact")
    _correct(pipeline, key, Correction(other, alone=True), now)
    assert sorted(event.kind for event in pipeline.store.events(other)) == ["contact", "escrow_funded"]
    assert _decide(pipeline, now) == []
