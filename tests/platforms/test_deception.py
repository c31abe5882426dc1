"""Mails made to be taken for a platform's, from their bytes to what they are taken for: none of them moves anything."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from inboxwatch.mail.model import RawMail
from inboxwatch.mail.parse import look, parse
from inboxwatch.platforms.classify import Headers, Known, classify, wanted
from inboxwatch.platforms.load import load_profiles
from inboxwatch.platforms.recognition import Recognition

PROFILES = load_profiles((), None, lambda platform: True)
SUBJECT = "連絡期限経過による支払い確定及びプロジェクト完了通知"
OWN = Known(authserv_ids=frozenset({"mx.example.net"}))
PASS = b"Authentication-Results: mx.example.net; dmarc=pass header.from=lancers.jp; dkim=pass header.d=lancers.jp\n"


def a_mail(sender: bytes, *above: bytes, subject: str = SUBJECT, text: str = "") -> bytes:
    return b"".join(above) + b"From: " + sender + (
        f"\nTo: me@example.com\nSubject: {subject}\nDate: Mon, 23 Nov 2026 10:00:00 +0900\n"
        f"Message-ID: <1@mail.example>\nContent-Type: text/plain; charset=utf-8\n\n{text}"
        "https://www.lancers.jp/work/detail/5545030\n"
    ).encode()  # fmt: skip


def taken_for(raw: bytes) -> Recognition:
    """What the mail is taken for; if it is for anything, its headers alone must have been enough to fetch it."""
    found = classify(parse(RawMail(raw, datetime(2026, 11, 23, 1, tzinfo=UTC))), PROFILES, OWN)
    seen = look(raw.partition(b"\n\n")[0])
    headers = Headers(sender=seen.sender, subject=seen.subject, to=seen.to, in_sent=False, answers=seen.answers)
    if found.platform or found.suspicious:
        assert wanted(headers, PROFILES, OWN), "it would never have been fetched"
    return found


def test_the_true_sender_is_taken_for_what_it_is() -> None:
    found = taken_for(a_mail(b"Lancers <noreply@lancers.jp>", PASS))
    assert (found.platform, found.event, found.trust, found.suspicious) == (
        *("lancers", "payment_confirmed", "verified"),
        None,
    )


@pytest.mark.parametrize(
    "sender",
    [
        b"noreply@lancers.jp <a@evil.example>",
        b'"noreply@lancers.jp" <a@evil.example>',
        b'"x\\" <noreply@lancers.jp>" <a@evil.example>',
        b"a@evil.example (noreply@lancers.jp)",
        b'"noreply@lancers.jp"@evil.example',
        b"noreply@lancers.jp@evil.example",
        b"noreply@lancers.jp.evil.example",
        b"noreply@lancers.co.jp.evil.example",
        b"noreply@lancers-jp.example",
        b"noreply@1ancers.jp",
        b"noreply@lancers.jp%evil.example",
        b"noreply@lancers.jp\x00.evil.example",
        b"noreply@lancers.jp\n\t.evil.example",
        b"noreply@[lancers.jp]",
        "noreply@lancers．jp".encode(),
        "noreply@lancеrs.jp".encode(),
        b"noreply@xn--lancrs-4uf.jp",
        b"=?utf-8?B?bm9yZXBseUBsYW5jZXJzLmpw?= <a@evil.example>",
        b"=?utf-8?Q?Lancers_<noreply=40lancers.jp>,?= <a@evil.example>",
        "Ｌａｎｃｅｒｓ <a@evil.example>".encode(),
        "L\u200bancers <a@evil.example>".encode(),
        "\u202eランサーズ\u202c <a@evil.example>".encode(),
        "Lаncers <a@evil.example>".encode(),
        "ラソサーズ <a@evil.example>".encode(),
        b"=?utf-8?Q?noreply=40lancers.jp?=",
        b"<>",
        b"",
    ],
)
def test_a_sender_that_only_looks_like_the_platform_is_suspicious_and_of_no_platform(sender: bytes) -> None:
    for raw in (a_mail(sender), a_mail(sender, PASS)):
        found = taken_for(raw)
        assert (found.platform, found.event) == (None, None)
        assert found.suspicious
        assert found.suspicion[0] in {"imitates_domain", "shows_name", "has_subject", "borrows_name", "no_sender"}


@pytest.mark.parametrize(
    "sender",
    [
        b"noreply@lancers.jp, a@evil.example",
        b"a@evil.example, noreply@lancers.jp",
        b"noreply@lancers.jp;a@evil.example",
        b"Lancers: noreply@lancers.jp, a@evil.example;",
        b"<noreply@lancers.jp> <a@evil.example>",
        b"noreply@lancers.jp a@evil.example",
        b"noreply@lancers.jp\nFrom: a@evil.example",
        b"a@evil.example\nFrom: noreply@lancers.jp",
    ],
)
def test_a_mail_of_several_senders_moves_nothing_whatever_passes(sender: bytes) -> None:
    found = taken_for(a_mail(sender, PASS))
    assert found.trust == "unverified"
    assert found.suspicious


def test_one_sender_in_group_syntax_is_that_sender() -> None:
    found = taken_for(a_mail(b"Lancers: noreply@lancers.jp;", PASS))
    assert (found.platform, found.event, found.trust) == ("lancers", "payment_confirmed", "verified")


@pytest.mark.parametrize("name", [b"Subject", b"SUBJECT", b"subject "])
def test_a_second_subject_moves_nothing_whatever_passes(name: bytes) -> None:
    found = taken_for(a_mail(b"noreply@lancers.jp", PASS, name + b": " + SUBJECT.encode() + b"\n"))
    assert found.trust == "unverified"
    assert found.suspicion == ("several_subjects",)


def test_a_second_date_is_never_verified() -> None:
    found = taken_for(a_mail(b"noreply@lancers.jp", PASS, b"Date: Mon, 23 Nov 2026 09:00:00 +0900\n"))
    assert found.trust == "unverified"
    assert "more than one header Date" in found.trust_why


@pytest.mark.parametrize("header", [b"Sender: noreply@lancers.jp", b"Resent-From: noreply@lancers.jp"])
def test_other_headers_that_name_a_sender_make_nobody_the_platform(header: bytes) -> None:
    found = taken_for(a_mail(b"friend@example.com", header + b"\n"))
    assert found.platform is None
    assert found.suspicion[0] == "has_subject"


@pytest.mark.parametrize("prefix", ["Fwd: ", "FW: ", "転送: "])
def test_what_a_friend_forwards_is_shown_and_moves_nothing(prefix: str) -> None:
    found = taken_for(a_mail(b"friend@example.com", PASS, subject=prefix + SUBJECT))
    assert (found.platform, found.event, found.forwarded, found.suspicious) == (None, None, True, None)


def test_what_a_forwarding_service_hands_on_under_its_own_name_moves_nothing() -> None:
    text = "---------- Forwarded message ---------\nFrom: Lancers <noreply@lancers.jp>\n\n"
    found = taken_for(a_mail(b"friend@example.com", subject="FYI", text=text))
    assert (found.platform, found.event, found.forwarded) == (None, None, True)


def test_forged_is_suspicious_and_moves_nothing_and_unverified_is_marked() -> None:
    refused = b"Authentication-Results: mx.example.net; dmarc=fail header.from=lancers.jp\n"
    found = taken_for(a_mail(b"noreply@lancers.jp", refused, PASS))
    assert (found.trust, found.suspicion) == ("forged", ("forged",))
    found = taken_for(a_mail(b"noreply@lancers.jp", PASS.replace(b"mx.example.net", b"mx.evil.example")))
    assert (found.trust, found.suspicious) == ("unverified", None)


@pytest.mark.parametrize(
    "sender", ["ランサーズ <a@evil.example>", "'ランサーズ' via group <group@example.org>", "a@1ancers.jp"]
)
def test_nothing_is_kept_of_a_code_that_a_stranger_sends_for_it_may_be_a_true_one(sender: str) -> None:
    found = taken_for(a_mail(sender.encode(), subject="【ランサーズ】ログイン認証コード 482193"))
    assert (found.platform, found.event, found.suspicious) == (None, "secret", None)
    assert "482193" not in repr(found)
