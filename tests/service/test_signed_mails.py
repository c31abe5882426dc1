"""A platform's signature, from a real mailbox and a real nameserver to the alert that rests on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.names import Nameserver
from tests.servers.signer import name_of, record, signed
from tests.service.house import House, account, comment, days, now, paid, wait_until

DOMAIN = "lancers.co.jp"


@pytest.fixture
def names() -> Iterator[Nameserver]:
    with Nameserver() as nameserver:
        nameserver.records[name_of(DOMAIN)] = record(2048)
        yield nameserver


def a_house(tmp_path: Path, names: Nameserver, *mailboxes: dict[str, Any], **more: Any) -> House:
    return House(tmp_path, list(mailboxes), **{"nameservers": [names.address], **more})


def trusts(house: House) -> list[str]:
    store = house.store()
    try:
        return [mail.recognition.trust for mail in store.stored_mails() if mail.recognition]
    finally:
        store.close()


def test_a_payment_that_the_platform_has_signed_is_told_as_verified(
    dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver
) -> None:
    house = a_house(tmp_path, names, account(dovecot, user))
    dovecot.append(user, signed(comment(now() - days(1)), DOMAIN))
    house.once()
    dovecot.append(user, signed(paid(now()), DOMAIN))
    house.once()
    assert house.alerts()[-1]["kind"] == "payment_confirmed"
    assert house.alerts()[-1]["trust"] == "verified"
    assert set(names.asked) == {name_of(DOMAIN)}


def test_the_key_is_asked_for_once_for_all_mails_of_a_round(
    dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver
) -> None:
    dovecot.append(user, *(signed(comment(now() - timedelta(hours=hours)), DOMAIN) for hours in range(1, 12)))
    a_house(tmp_path, names, account(dovecot, user)).once()
    assert names.asked == [name_of(DOMAIN)]


def test_a_payment_whose_text_was_changed_on_its_way_says_that_it_is_not_verified(
    dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver
) -> None:
    house = a_house(tmp_path, names, account(dovecot, user))
    house.once()
    dovecot.append(user, signed(paid(now()), DOMAIN).replace(b"detail/5545030", b"detail/5545031"))
    house.once()
    assert house.alerts()[-1]["trust"] == "unverified"
    assert "look" in house.alerts()[-1]["body"].lower()


def test_with_dkim_off_no_name_is_asked_for(dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver) -> None:
    dovecot.append(user, signed(paid(now()), DOMAIN))
    house = a_house(tmp_path, names, account(dovecot, user), dkim=False)
    house.once()
    assert trusts(house) == ["unverified"]
    assert names.asked == []


def test_nobodys_mail_and_other_domains_signatures_ask_nothing(
    dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver
) -> None:
    spam = comment(now() - days(1)).replace(b"noreply@lancers.co.jp", b"a@evil.example")
    dovecot.append(user, signed(spam, "evil.example"), signed(comment(now() - days(2)), "evil.example"))
    a_house(tmp_path, names, account(dovecot, user)).once()
    assert names.asked == []


@pytest.mark.parametrize("fault", ["silent", "broken"])
def test_a_dead_nameserver_forges_nothing_and_is_asked_once_more_later(
    dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver, fault: str
) -> None:
    house = a_house(tmp_path, names, account(dovecot, user), platforms={"lancers": {"require_verified": True}})
    house.once()
    setattr(names, fault, True)
    dovecot.append(user, signed(paid(now()), DOMAIN))
    house.once()
    assert trusts(house) == ["unverified"]
    assert house.kinds() == ["summary"], "what is not verified waits"
    setattr(names, fault, False)
    house.once()
    assert trusts(house) == ["unverified"], "it is not asked for at each read"
    house.once(lambda: now() + timedelta(minutes=61))
    assert trusts(house) == ["verified"]
    assert house.kinds() == ["summary", "payment_confirmed"]
    assert house.alerts()[-1]["trust"] == "verified"


def test_what_cannot_be_asked_for_twice_is_not_asked_for_a_third_time(
    dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver
) -> None:
    names.broken = True
    dovecot.append(user, signed(paid(now()), DOMAIN))
    house = a_house(tmp_path, names, account(dovecot, user))
    house.once()
    house.once(lambda: now() + timedelta(hours=2))
    asked = len(names.asked)
    house.once(lambda: now() + timedelta(hours=4))
    assert len(names.asked) == asked
    assert trusts(house) == ["unverified"]


def test_the_daemon_asks_again_too(dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver) -> None:
    names.broken = True
    house = a_house(tmp_path, names, account(dovecot, user, poll="5s"))
    dovecot.append(user, signed(comment(now() - days(1)), DOMAIN))
    house.once()
    names.broken = False
    with house.daemon(lambda: now() + timedelta(hours=2)):
        wait_until(lambda: trusts(house) == ["verified"])


# --- two mailboxes ----------------------------------------------------------------------------------------------------

BELIEVED = b"Authentication-Results: mx.one.example; dmarc=pass header.from=lancers.co.jp\n"
REFUSED = b"Authentication-Results: mx.two.example; dmarc=fail header.from=lancers.co.jp\n"


def two(dovecot: Dovecot, user: str) -> list[dict[str, Any]]:
    one = account(dovecot, user, authserv_id="mx.one.example")
    other = account(dovecot, f"{user}b", authserv_id="mx.two.example") | {"name": "side"}
    return [other, one]


def test_a_mailbox_believes_only_its_own_provider(
    dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver
) -> None:
    dovecot.append(f"{user}b", BELIEVED + paid(now()))
    house = a_house(tmp_path, names, *two(dovecot, user))
    house.once()
    assert trusts(house) == ["unverified"], "in this mailbox the other's name is the sender's text"


def test_a_copy_that_is_proved_takes_the_place_of_one_that_was_forwarded(
    dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver
) -> None:
    house = a_house(tmp_path, names, *two(dovecot, user))
    house.once()
    mail = paid(now())
    dovecot.append(f"{user}b", REFUSED + mail)
    house.once()
    assert trusts(house) == ["forged"]
    assert house.kinds() == ["summary", "suspicious_mail"]
    dovecot.append(user, BELIEVED + mail)
    house.once()
    assert trusts(house) == ["verified"]
    assert house.kinds() == ["summary", "suspicious_mail", "payment_confirmed"]
    assert house.alerts()[-1]["trust"] == "verified"


def test_an_unverified_copy_in_another_mailbox_does_not_lift_what_was_found_forged(
    dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver
) -> None:
    house = a_house(tmp_path, names, *two(dovecot, user))
    house.once()
    mail = paid(now())
    dovecot.append(f"{user}b", REFUSED + mail)
    house.once()
    dovecot.append(user, mail)
    house.once()
    assert trusts(house) == ["forged"]
    assert house.kinds() == ["summary", "suspicious_mail"]


def test_what_another_mailboxs_provider_finds_forged_later_counts_no_more_and_is_told(
    dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver
) -> None:
    house = a_house(tmp_path, names, *two(dovecot, user))
    house.once()
    mail = paid(now())
    dovecot.append(user, mail)
    house.once()
    assert house.kinds() == ["summary", "payment_confirmed"]
    dovecot.append(f"{user}b", REFUSED + mail)
    house.once()
    assert trusts(house) == ["forged"]
    assert house.kinds() == ["summary", "payment_confirmed", "suspicious_mail"]
    store = house.store()
    assert store.projects() == []
    store.close()


def test_a_copy_that_proves_less_changes_nothing(
    dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver
) -> None:
    house = a_house(tmp_path, names, *two(dovecot, user))
    mail = paid(now())
    dovecot.append(user, BELIEVED + mail)
    house.once()
    dovecot.append(f"{user}b", REFUSED + mail)
    house.once()
    assert trusts(house) == ["verified"]
    assert "suspicious_mail" not in house.kinds()


def test_a_genuine_mail_that_was_written_to_somebody_else_is_not_verified_by_its_signature(
    dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver
) -> None:
    """The client gets mails of the same project, too, and can send them on with their signatures whole."""
    house = a_house(tmp_path, names, account(dovecot, user), me=["me@example.com"])
    house.once()
    hers = paid(now() - timedelta(hours=1))
    assert b"To: me@example.com" in hers
    others = paid(now()).replace(b"To: me@example.com", b"To: client@example.net")
    dovecot.append(user, signed(others, DOMAIN), signed(hers, DOMAIN))
    house.once()
    assert sorted(trusts(house)) == ["unverified", "verified"]


def test_her_address_with_a_tag_is_hers(dovecot: Dovecot, user: str, tmp_path: Path, names: Nameserver) -> None:
    house = a_house(tmp_path, names, account(dovecot, user), me=["me@example.com"])
    dovecot.append(user, signed(paid(now()).replace(b"To: me@", b"To: me+lancers@"), DOMAIN))
    house.once()
    assert trusts(house) == ["verified"]
