"""A rule that is taught while the daemon runs holds for the very next mail, and tells nothing of the past."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

import pytest

from inboxwatch.mail.model import RawMail
from inboxwatch.mailbox.progress import Batch, Fetched, Progress
from inboxwatch.platforms.taught import replace_text
from inboxwatch.service.daemon import Daemon
from inboxwatch.service.notify import Notifier
from inboxwatch.service.once import run_once
from inboxwatch.service.readers import Found
from inboxwatch.service.rules import RulesChanged
from inboxwatch.store.sqlite import Store
from tests.cli.support import process
from tests.servers.dovecot import Dovecot
from tests.service.house import House, account, comment, days, funded, now, platform_mail

_NEW = "[ランサーズ] 検収作業が終わり、お支払いへ進みました"


def _teach(house: House, home: Path, kind: str) -> None:
    store = Store.open(house.folder / "state")
    (mail,) = (one for one in store.stored_mails() if one.subject == _NEW)
    store.close()
    done = process(["-c", str(house.file), "teach", mail.identity[:12], "--as", kind], home)
    assert done.returncode == 0, done.stderr.decode()


def test_the_daemon_knows_the_next_mail_of_a_template_that_was_just_taught(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, funded(now() - days(2)), comment(now() - days(1)))
    house = House(tmp_path, [account(dovecot, user)])
    with house.daemon():
        house.wait_for("summary")
        dovecot.append(user, platform_mail(now(), _NEW))
        house.wait_for("unrecognised_mail")  # 支払 presses: at once
        _teach(house, tmp_path, "payment_confirmed")
        # Right behind the command, before the daemon can have looked.
        second = platform_mail(now(), _NEW)
        dovecot.append(user, second)
        alert = house.wait_for("payment_confirmed")
    assert alert["evidence"][0].encode() in second
    assert house.kinds() == ["summary", "unrecognised_mail", "payment_confirmed"]


def test_a_broken_rule_is_told_in_the_log_once_and_the_watch_goes_on(
    dovecot: Dovecot, user: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.append(user, funded(now() - days(2)), comment(now() - days(1)))
    house = House(tmp_path, [account(dovecot, user, poll="5s")])
    with house.daemon(), caplog.at_level(logging.ERROR):
        house.wait_for("summary")
        folder = house.folder / "state" / "profiles"
        folder.mkdir()
        (folder / "lancers.yaml").write_text("platform: lancers\nmails: [{event: paid}]\n")
        until = time.monotonic() + 10
        while "cannot be used" not in caplog.text and time.monotonic() < until:
            time.sleep(0.05)
        dovecot.append(user, platform_mail(now(), "連絡期限経過による支払い確定及びプロジェクト完了通知"))
        house.wait_for("payment_confirmed")
    assert caplog.text.count("cannot be used") == 1


# -- between two batches


_OWN = 'platform: lancers\nmails: [{event: payment_confirmed, subject: "検収作業が終わり、お支払いへ進みました"}]\n'


def _maildir(folder: Path, *mails: bytes) -> Path:
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    for number, mail in enumerate(mails):
        (folder / "new" / f"1.{number}.host").write_bytes(mail)
    return folder


class _Watch:
    """A daemon whose watchers are not started: the test hands in what they would bring."""

    def __init__(self, folder: Path) -> None:
        self.house = House(folder, [{"name": "main", "maildir": str(_maildir(folder / "Maildir"))}])
        self.app = self.house.app()
        self.daemon = Daemon(self.app, Notifier({}), now)
        self._uid = 0

    def keep(self, mail: bytes, folder: str = "INBOX") -> None:
        self._uid += 1
        read_at = now()
        one = Fetched(self._uid, RawMail(mail, read_at))
        batch = Batch((one,), (), 0, Progress("main", folder, 1, self._uid, 0), read_at, True)
        self.daemon.keep(Found("main", folder, batch))

    def teach(self) -> None:
        replace_text(self.app.taught_profiles / "lancers.yaml", _OWN)

    def kept(self) -> list[str]:
        store = self.house.store()
        found = [mail.subject for mail in store.stored_mails()]
        store.close()
        return found


def test_no_batch_is_kept_by_the_old_rules_however_many_wait(tmp_path: Path) -> None:
    watch = _Watch(tmp_path)
    watch.keep(comment(now()))
    watch.teach()
    for folder in ("Junk", "INBOX", "INBOX"):
        with pytest.raises(RulesChanged):
            watch.keep(platform_mail(now(), _NEW), folder)
    watch.daemon.close()
    assert len(watch.kept()) == 1


def test_nor_is_one_that_waits_until_the_teaching_is_committed(tmp_path: Path) -> None:
    begun, teaching, at_it = threading.Event(), threading.Event(), threading.Event()
    raised: list[RulesChanged] = []
    found: list[_Watch] = []

    def write() -> None:
        found.append(_Watch(tmp_path))
        begun.set()
        teaching.wait(20)
        at_it.set()
        try:
            found[0].keep(platform_mail(now(), _NEW))
        except RulesChanged as changed:
            raised.append(changed)
        found[0].daemon.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert begun.wait(20)
    store = found[0].house.store()
    with store.transaction():
        teaching.set()
        assert at_it.wait(20)
        found[0].teach()
    thread.join(20)
    assert ([mail.subject for mail in store.stored_mails()], len(raised)) == ([], 1)
    store.close()


def test_nothing_is_decided_by_the_old_rules_by_a_decision_that_waits_for_the_teaching(tmp_path: Path) -> None:
    begun, teaching, at_it = threading.Event(), threading.Event(), threading.Event()
    found: list[_Watch] = []

    def write() -> None:
        found.append(_Watch(tmp_path))
        begun.set()
        teaching.wait(20)
        at_it.set()
        found[0].daemon._decide()
        found[0].daemon.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert begun.wait(20)
    store = found[0].house.store()
    with store.transaction():
        teaching.set()
        assert at_it.wait(20)
        found[0].teach()
        store.remember("derived_by", "the wiser rules")
    thread.join(20)
    assert store.recall("derived_by") == "the wiser rules", "it was derived by the old rules once more"
    store.close()


def test_run_once_reads_what_is_left_by_the_rule_that_is_taught_meanwhile(tmp_path: Path) -> None:
    mails = {"first": comment(now() - days(1)), "second": platform_mail(now(), _NEW)}
    mailboxes = [{"name": name, "maildir": str(_maildir(tmp_path / name, mail))} for name, mail in mails.items()]
    house = House(tmp_path, mailboxes)
    app = house.app()

    def teach(mailbox: str, mails: int) -> None:
        if not app.taught_profiles.exists():
            replace_text(app.taught_profiles / "lancers.yaml", _OWN)

    assert run_once(app, now, teach).failures == ()
    store = house.store()
    read = {mail.subject: mail.recognition for mail in store.stored_mails()}
    assert all(state.blind_since is None for state in store.watch().values())
    store.close()
    found = read[_NEW]
    assert found is not None and found.event == "payment_confirmed"


def test_run_once_gives_up_where_the_rules_change_all_the_time(tmp_path: Path) -> None:
    house = House(tmp_path, [{"name": "main", "maildir": str(_maildir(tmp_path / "main", comment(now())))}])
    app = house.app()

    def teach(mailbox: str, mails: int) -> None:
        replace_text(app.taught_profiles / "lancers.yaml", f"{_OWN}# {time.monotonic_ns()}\n")

    assert run_once(app, now, teach).failures == (
        "the rules have changed meanwhile; this is read again by the new ones",
    )
