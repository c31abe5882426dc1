"""A rule that is taught while the daemon runs holds for the very next mail, and tells nothing of the past."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

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
