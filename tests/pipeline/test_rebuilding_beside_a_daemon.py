"""Mails are read again outside of any transaction: what the daemon keeps meanwhile is never written over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from inboxwatch.alerts.coverage import Coverage
from inboxwatch.kept import StoredMail
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.rebuilding import every_change, keep_again
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.reading import Correction
from inboxwatch.wording.say import Wording
from tests.pipeline.mailing import to_herself
from tests.pipeline.story import DAY, ESCROW, HOUR, KNOWN, PROJECT, SECOND, TOKYO, a_mail, comment, jst, profiles
from tests.pipeline.test_rebuilding import CODE, UNKNOWN, taught

AT = jst("2026-03-02 10:00")
NOW = AT + HOUR


def _opened(folder: Path, known: Profiles | None = None) -> Pipeline:
    return Pipeline(Store.open(folder), known or profiles(), Policy(known=KNOWN), Wording("en", TOKYO))


def _daemon(folder: Path) -> Pipeline:
    found = _opened(folder)
    found.awake(AT - HOUR)
    return found


def _stated(pipeline: Pipeline) -> StoredMail:
    (mail,) = (mail for mail in pipeline.store.stored_mails() if mail.states)
    return mail


def test_a_fact_that_is_taken_meanwhile_stays_taken_and_is_not_told_as_missing(tmp_path: Path) -> None:
    daemon = _daemon(tmp_path)
    daemon.take([to_herself("inboxwatch 5545030 delivered", AT)], AT + 60 * SECOND)
    mail = _stated(daemon)
    assert mail.recognition is not None and mail.recognition.problem
    older = replace(mail.recognition, why="as an older program wrote it")
    daemon.store.judge_stated(mail.identity, older, look=True)
    command = _opened(tmp_path)
    found = every_change(command, lambda number: None)
    assert len(found) == 1
    daemon.take([a_mail(ESCROW, AT + 2 * SECOND)], NOW)  # now the project is known
    assert [fact.kind for fact in daemon.store.facts()] == ["delivered"]
    keep_again(command, found, NOW)
    taken = _stated(command)
    assert taken.recognition is not None
    assert (taken.look, taken.recognition.problem) == (False, ())
    assert "unrecognised_mail" not in [alert.kind for alert in daemon.decide(NOW + HOUR, Coverage(NOW + HOUR))]


def test_a_mail_that_is_told_meanwhile_is_not_told_twice(tmp_path: Path) -> None:
    daemon = _daemon(tmp_path)
    daemon.take([a_mail(comment(), AT - SECOND), a_mail(UNKNOWN, AT)], AT)
    command = _opened(tmp_path, taught((UNKNOWN, "payout_fixed")))
    found = every_change(command, lambda number: None)
    daemon.store.shown(found[0].before.identity)
    keep_again(command, found, NOW)
    (mail,) = (mail for mail in command.store.stored_mails() if mail.identity == found[0].before.identity)
    assert mail.recognition is not None
    assert (mail.recognition.event, mail.look) == ("payout_fixed", False)


def test_a_copy_that_is_found_in_sent_meanwhile_stays_her_own_word(tmp_path: Path) -> None:
    daemon = _daemon(tmp_path)
    daemon.take([a_mail(ESCROW, AT)], AT)
    elsewhere = a_mail(UNKNOWN, AT + SECOND)
    daemon.take([elsewhere], AT + SECOND)
    command = _opened(tmp_path, taught((UNKNOWN, "notice")))
    found = every_change(command, lambda number: None)
    (one,) = found
    assert one.before.recognition is not None
    own = replace(one.before, in_sent=True, recognition=replace(one.before.recognition, why="found in Sent"))
    assert daemon.store.found_in_sent(own)
    keep_again(command, found, NOW)
    (mail,) = (mail for mail in command.store.stored_mails() if mail.identity == one.before.identity)
    assert mail.in_sent and mail.recognition is not None
    assert mail.recognition.platform is None


def test_a_mail_that_another_command_made_secret_meanwhile_does_not_come_back(tmp_path: Path) -> None:
    daemon = _daemon(tmp_path)
    daemon.take([a_mail(CODE, AT)], AT)
    slow, quick = _opened(tmp_path, taught((CODE, "notice"))), _opened(tmp_path, taught((CODE, "secret")))
    found = every_change(slow, lambda number: None)
    keep_again(quick, every_change(quick, lambda number: None), NOW)
    keep_again(slow, found, NOW)
    assert [(mail.subject, mail.sender) for mail in slow.store.stored_mails()] == [("", "lancers.co.jp")]


def test_what_she_said_of_a_mail_goes_with_it_when_it_becomes_secret(tmp_path: Path) -> None:
    daemon = _daemon(tmp_path)
    daemon.take([a_mail(comment(), AT), a_mail(CODE, AT + DAY, project=None)], AT + DAY)
    (mail,) = (mail for mail in daemon.store.stored_mails() if mail.subject == CODE)
    daemon.correct(mail, Correction(PROJECT), AT + DAY)
    command = _opened(tmp_path, taught((CODE, "secret")))
    keep_again(command, every_change(command, lambda number: None), AT + 2 * DAY)
    assert command.store.corrections() == {}
