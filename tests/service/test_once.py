"""`run --once` against a real Dovecot, a real command and a real HTTP endpoint."""

from __future__ import annotations

from pathlib import Path

from inboxwatch.store.sqlite import Store
from tests.servers.dovecot import Dovecot
from tests.servers.http_target import http_target
from tests.service.house import House, account, client_mail, comment, days, funded, now, paid, platform_mail


def test_the_first_read_tells_a_summary_and_the_open_window_to_every_target_once(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, funded(now() - days(20)), comment(now() - days(8)))
    with http_target() as endpoint:
        house = House(tmp_path, [account(dovecot, user)], url=f"json://127.0.0.1:{endpoint.port}/")
        assert house.once() == ()
        assert sorted(house.kinds()) == ["reminder_available", "summary"]
        assert len(endpoint.received) == 2
        (window,) = [alert for alert in house.alerts() if alert["kind"] == "reminder_available"]
        assert (window["project"], window["outcome"], window["proof"]) == ("lancers/5545030", "refunded", "complete")
        assert house.once() == ()
        assert len(house.alerts()) == len(endpoint.received) == 2, "the second run told something again"


def test_no_flag_of_any_mail_changes(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, comment(now() - days(8)), platform_mail(now(), "[ランサーズ] 振込報酬額確定のお知らせ"))
    dovecot.append(user, comment(now() - days(9)), folder="Sent")
    before = dovecot.flags(user), dovecot.flags(user, "Sent")
    House(tmp_path, [account(dovecot, user)]).once()
    assert (dovecot.flags(user), dovecot.flags(user, "Sent")) == before
    assert all(b"\\Seen" not in flags for flags in before[0].values())


def test_what_comes_after_the_first_read_is_told_by_itself(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = House(tmp_path, [account(dovecot, user)])
    dovecot.append(user, comment(now() - days(1)))
    house.once()
    dovecot.append(user, paid(now()))
    house.once()
    # Nobody filed and the subject names no project, but its link does.
    assert house.kinds() == ["summary", "payment_confirmed"]
    assert house.alerts()[-1]["project"] == "lancers/5545030"
    assert house.alerts()[-1]["trust"] == "unverified"


def test_a_mail_of_history_is_no_alert_of_its_own(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, comment(now() - days(40)), paid(now() - days(30)))
    house = House(tmp_path, [account(dovecot, user)])
    house.once()
    assert house.kinds() == ["summary"]


def test_the_same_mail_in_two_folders_is_one_mail(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    mail = comment(now() - days(1))
    dovecot.append(user, mail)
    dovecot.append(user, mail, folder="Archive")
    house = House(tmp_path, [account(dovecot, user, folders=["INBOX", "Archive"])])
    house.once()
    store = Store.open(tmp_path / "state")
    assert len(store.readings()) == 1
    store.close()


def test_a_wrong_password_is_named_and_the_other_mailbox_is_read_all_the_same(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not the password\n")
    wrong.chmod(0o600)
    dovecot.append(user, comment(now() - days(1)))
    house = House(
        tmp_path,
        [
            account(dovecot, user),
            account(dovecot, f"{user}-other", name="other", password={"file": str(wrong)}),
        ],
    )
    (failure,) = house.once()
    assert failure.startswith("other: ")
    assert "not the password" not in failure
    dovecot.append(user, paid(now()))
    house.once()
    assert "payment_confirmed" in house.kinds()


def test_nothing_is_said_about_silence_while_a_mailbox_cannot_be_read(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    dovecot.append(user, funded(now() - days(20)), comment(now() - days(8)))
    house = House(tmp_path, [account(dovecot, user), account(dovecot, "nobody", name="gone", port=1)])
    house.once()
    assert house.kinds() == ["summary"]


def test_a_new_client_address_searches_the_mailbox_again(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, client_mail(now() - days(5)))
    House(tmp_path, [account(dovecot, user)]).once()
    house = House(
        tmp_path, [account(dovecot, user)], clients=[{"name": "山田商店", "addresses": ["yamada@example.co.jp"]}]
    )
    house.once()
    store = Store.open(tmp_path / "state")
    assert [reading.recognition.client for reading in store.readings()] == ["山田商店"]
    store.close()


def test_a_failing_target_is_named_and_the_other_one_gets_the_alert(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    with http_target() as endpoint:
        endpoint.statuses = [500]
        house = House(tmp_path, [account(dovecot, user)], url=f"json://127.0.0.1:{endpoint.port}/")
        (failure,) = house.once()
        assert "json://127.0.0.1" in failure
        assert house.kinds() == ["summary"]


def test_a_mail_in_junk_is_taken_from_the_platform_only(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = House(
        tmp_path, [account(dovecot, user)], clients=[{"name": "山田商店", "addresses": ["yamada@example.co.jp"]}]
    )
    house.once()
    dovecot.append(user, comment(now()), client_mail(now()), folder="Junk")
    house.once()
    store = Store.open(tmp_path / "state")
    assert [reading.recognition.platform for reading in store.readings()] == ["lancers"]
    store.close()


def test_a_mailbox_that_comes_later_gives_a_summary_and_no_flood(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    House(tmp_path, [account(dovecot, user)]).once()
    other = f"{user}-other"
    dovecot.append(other, comment(now() - days(40)), paid(now() - days(30)))
    dovecot.append(other, platform_mail(now() - days(20), "[ランサーズ] 返金についてのお知らせ"))
    house = House(tmp_path, [account(dovecot, user), account(dovecot, other, name="other")])
    house.once()
    assert house.kinds() == ["summary", "summary"]
    dovecot.append(other, paid(now()))
    house.once()
    assert house.kinds() == ["summary", "summary", "payment_confirmed"]


def test_a_mail_in_a_folder_that_is_new_is_news(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = House(tmp_path, [account(dovecot, user)])
    dovecot.append(user, comment(now() - days(1)))
    house.once()
    dovecot.append(user, paid(now()), folder="Junk")
    house.once()
    assert house.kinds() == ["summary", "payment_confirmed"]


def test_what_came_while_a_client_was_added_is_told_all_the_same(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, comment(now() - days(1)))
    House(tmp_path, [account(dovecot, user)]).once()
    dovecot.append(user, paid(now()))
    house = House(
        tmp_path, [account(dovecot, user)], clients=[{"name": "山田商店", "addresses": ["yamada@example.co.jp"]}]
    )
    house.once()
    assert house.kinds() == ["summary", "payment_confirmed"]


def test_a_missing_folder_is_named_and_the_others_are_read(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, comment(now() - days(1)))
    House(tmp_path, [account(dovecot, user)]).once()
    house = House(tmp_path, [account(dovecot, user, folders=["INBOX", "nai"], sent=None)])
    dovecot.append(user, paid(now()))
    (failure,) = house.once()
    assert "nai" in failure
    assert house.kinds() == ["summary", "payment_confirmed"]


def test_a_login_refused_twice_is_told_as_blind_and_then_as_restored(
    dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    house = House(tmp_path, [account(dovecot, user)])
    house.once()
    (tmp_path / "password").write_text("not the password\n")
    house.once()
    assert house.kinds() == ["summary"], "one failure is told by the exit code alone"
    house.once()
    house.once()
    (tmp_path / "password").write_text("secret\n")
    house.once()
    assert house.kinds() == ["summary", "watch_blind", "watch_restored"]


def test_a_target_that_fails_for_three_alerts_is_named_once(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = House(tmp_path, [account(dovecot, user)])
    (tmp_path / "tell-me").write_text("#!/bin/sh\nexit 3\n")
    dovecot.append(user, comment(now() - days(1)))
    house.once()
    dovecot.append(user, paid(now()), platform_mail(now(), "[ランサーズ] 振込報酬額確定のお知らせ"))
    (failure,) = house.once()
    assert "exit code 3" in failure


def test_an_old_mail_of_a_new_client_in_a_maildir_is_history(tmp_path: Path) -> None:
    maildir = tmp_path / "Maildir"
    for part in ("cur", "new", "tmp"):
        (maildir / part).mkdir(parents=True)
    at = now() - days(30)
    (maildir / "new" / f"{at.timestamp():.0f}.1.host").write_bytes(client_mail(at))
    House(tmp_path / "house", [{"name": "main", "maildir": str(maildir)}]).once()
    house = House(
        tmp_path / "house",
        [{"name": "main", "maildir": str(maildir)}],
        clients=[{"name": "山田商店", "addresses": ["yamada@example.co.jp"]}],
    )
    house.once()
    store = Store.open(tmp_path / "house" / "state")
    assert [reading.history for reading in store.readings()] == [True]
    store.close()


def test_what_is_not_watched_any_more_holds_up_nothing(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    dovecot.append(user, comment(now() - days(1)), folder="Archive")
    both = account(dovecot, user, folders=["INBOX", "Archive"], sent=None)
    House(tmp_path, [both, account(dovecot, f"{user}-other", name="other")]).once()
    House(tmp_path, [account(dovecot, user, folders=["INBOX"], sent=None)]).once()
    store = Store.open(tmp_path / "state")
    assert [(folder.mailbox, folder.folder) for folder in store.folders()] == [("main", "INBOX")]
    assert len(store.readings()) == 1, "the mails stay"
    store.close()
