"""Which mails are fetched at all, and what the server is asked to search for."""

from __future__ import annotations

from typing import Any

import pytest

from inboxwatch.platforms.classify import Headers, Known, searches, wanted
from tests.platforms.sample import KNOWN, SHIPPED, address

CLIENT = "yamada@example.co.jp"
PAID = "連絡期限経過による支払い確定及びプロジェクト完了通知"


def is_wanted(sender: str, subject: str = "こんにちは", name: str = "", **more: Any) -> bool:
    return wanted(Headers(address(sender, name), subject, **more), SHIPPED, KNOWN)


def test_mail_of_platforms_and_clients_is_wanted_whatever_it_says() -> None:
    assert is_wanted("noreply@lancers.co.jp")
    assert is_wanted("anything@mail.lancers.jp")
    assert is_wanted(CLIENT)


def test_suspicious_mail_is_wanted() -> None:
    assert is_wanted("info@example.net", name="ランサーズ事務局")
    assert is_wanted("info@1ancers.co.jp")
    assert is_wanted("info@example.net", PAID)


def test_a_forward_is_wanted() -> None:
    assert is_wanted("friend@example.org", "Fwd: " + PAID)
    assert is_wanted("me@example.com", "Fwd: [ランサーズ] お知らせ")


def test_everybody_elses_mail_is_not_wanted() -> None:
    assert not is_wanted("friend@example.org", "ランサーズの話")
    assert not is_wanted("news@freelancers.example", "News", "Freelancers Union")
    assert not wanted(Headers(None, "ご相談"), SHIPPED, KNOWN)


def test_a_platforms_subject_without_any_sender_is_wanted_for_it_is_suspicious() -> None:
    assert wanted(Headers(None, PAID), SHIPPED, KNOWN)


def test_of_her_own_mails_those_to_clients_and_recorded_facts_are_wanted() -> None:
    assert is_wanted("me@example.com", to=(address(CLIENT),), in_sent=True)
    assert is_wanted("me@example.com", "inboxwatch 5545030 完了報告", in_sent=True)
    assert not is_wanted("me@example.com", "ごはん", to=(address("friend@example.org"),), in_sent=True)


def test_senders_are_searched_by_their_main_label_so_that_lookalikes_come_too() -> None:
    found = searches(SHIPPED, KNOWN, "inbox")
    assert {("FROM", "lancers"), ("FROM", "ランサーズ"), ("SUBJECT", "ランサーズ"), ("FROM", CLIENT)} <= set(found)
    assert not [text for field, text in found if field == "TO"]


def test_sent_is_searched_for_clients_and_recorded_facts_only() -> None:
    words = (("SUBJECT", "inboxwatch"), ("SUBJECT", "ｉｎｂｏｘｗａｔｃｈ"))
    assert searches(SHIPPED, KNOWN, "sent") == (("TO", CLIENT), *words)


def test_junk_is_searched_for_platforms_only() -> None:
    found = searches(SHIPPED, KNOWN, "junk")
    assert ("FROM", "lancers") in found
    assert {field for field, _ in found} == {"FROM"}
    assert ("FROM", CLIENT) not in found


def test_all_mail_is_inbox_and_sent_in_one() -> None:
    both = {*searches(SHIPPED, KNOWN, "inbox"), *searches(SHIPPED, KNOWN, "sent")}
    assert set(searches(SHIPPED, KNOWN, "all")) == both


@pytest.mark.parametrize("role", ["inbox", "all", "junk", "sent"])
def test_no_search_is_asked_twice(role: Any) -> None:
    found = searches(SHIPPED, Known(clients=KNOWN.clients * 2), role)
    assert len(found) == len(set(found))
