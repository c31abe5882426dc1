"""Who answers a mail with a client is found on a real server, though nobody knows his address."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest

from inboxwatch.store.sqlite import Store
from tests.servers.dovecot import Dovecot
from tests.service.house import House, account, days, now

CLIENT, COLLEAGUE = "yamada@example.co.jp", "sato@example.co.jp"
CLIENTS = [{"name": "山田商店", "addresses": [CLIENT], "projects": ["lancers/5545030"]}]


def letter(sender: str, name: str, at: datetime, answers: str | None = None, to: str = "me@example.com") -> bytes:
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = "ご相談"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{name}@example.co.jp>"
    if answers:
        mail["References"] = f"<somebody@example.net> <{answers}@example.co.jp>"
    mail.set_content("明日ご相談できますか。\n")
    return mail.as_bytes()


def kept(folder: Path) -> list[tuple[str | None, str | None]]:
    store = Store.open(folder / "state")
    try:
        return [(mail.message_id, mail.recognition and mail.recognition.rule) for mail in store.stored_mails()]
    finally:
        store.close()


@pytest.fixture
def house(dovecot: Dovecot, user: str, tmp_path: Path) -> House:
    dovecot.append(user, letter("nobody@example.net", "old", now() - days(9)))
    house = House(tmp_path, [account(dovecot, user)], clients=CLIENTS)
    assert house.once() == ()
    return house


def test_an_answer_in_the_same_batch_or_later_is_kept_and_other_mail_of_the_same_person_is_not(
    dovecot: Dovecot, user: str, tmp_path: Path, house: House
) -> None:
    dovecot.append(
        user, letter(CLIENT, "first", now() - days(0.2)), letter(COLLEAGUE, "reply", now() - days(0.1), "first")
    )
    house.once()
    dovecot.append(user, letter(COLLEAGUE, "again", now(), "reply"), letter(COLLEAGUE, "other", now()))
    house.once()
    assert kept(tmp_path) == [
        ("<first@example.co.jp>", "direct/client"),
        ("<reply@example.co.jp>", "direct/thread"),
        ("<again@example.co.jp>", "direct/thread"),
    ]


def test_an_answer_to_her_own_mail_in_sent_is_kept(dovecot: Dovecot, user: str, tmp_path: Path, house: House) -> None:
    dovecot.append(user, letter("me@example.com", "hers", now() - days(0.2), to=CLIENT), folder="Sent")
    house.once()
    dovecot.append(user, letter(COLLEAGUE, "reply", now() - days(0.1), "hers"))
    house.once()
    assert [name for name, _ in kept(tmp_path)] == ["<hers@example.co.jp>", "<reply@example.co.jp>"]


def test_without_clients_nothing_of_other_people_is_kept(dovecot: Dovecot, user: str, tmp_path: Path) -> None:
    house = House(tmp_path, [account(dovecot, user)])
    house.once()
    dovecot.append(
        user, letter(CLIENT, "first", now() - days(0.2)), letter(COLLEAGUE, "reply", now() - days(0.1), "first")
    )
    house.once()
    assert kept(tmp_path) == []
