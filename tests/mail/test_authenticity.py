"""Whose word is believed about where a mail comes from."""

# ruff: noqa: E501 - a table reads best with a case a line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxwatch.mail.authenticity import aligned, judge, read_results
from tests.mail.building import mail, read

OWN = frozenset({"mx.example.net"})


def verdict(*values: str, sender: bytes = b"Lancers <info@lancers.jp>", own: frozenset[str] = OWN) -> str:
    head = b"".join(b"Authentication-Results: " + value.encode() + b"\n" for value in values)
    trust, why = judge(read(head + mail(sender=sender)), own)
    assert why.endswith(".")
    return trust


@pytest.mark.parametrize(
    ("value", "trust"),
    [
        ("mx.example.net; dmarc=pass (p=REJECT) header.from=lancers.jp", "verified"),
        ("MX.Example.NET 1; dmarc=pass header.from=Lancers.JP", "verified"),
        ("mx.example.net; dmarc=pass header.from=mail.lancers.jp", "verified"),
        ("mx.example.net; dmarc=pass header.from=evil.example", "unverified"),
        ("mx.example.net; dmarc=pass", "unverified"),
        ("mx.example.net; dkim=pass header.d=lancers.jp; dmarc=fail header.from=lancers.jp", "forged"),
        ("mx.example.net; dmarc=pass header.from=lancers.jp; dmarc=fail header.from=lancers.jp", "forged"),
        ("mx.example.net; dkim=pass header.d=lancers.jp", "verified"),
        ("mx.example.net; dkim=pass header.i=@lancers.jp header.s=s1 header.b=abc", "verified"),
        ("mx.example.net; dkim=pass header.d=sendgrid.example; dkim=pass header.d=lancers.jp", "verified"),
        ("mx.example.net; dkim=pass header.d=sendgrid.example header.i=@lancers.jp", "unverified"),
        ("mx.example.net; dkim=fail header.d=lancers.jp", "unverified"),
        ("mx.example.net; dkim=pass header.d=lancers.jp; dmarc=none header.from=lancers.jp", "verified"),
        ("mx.example.net; spf=pass smtp.mailfrom=bounce@lancers.jp", "verified"),
        ("mx.example.net; spf=pass smtp.mailfrom=lancers.jp; dmarc=none", "unverified"),
        ("mx.example.net; spf=pass smtp.mailfrom=bounce@evil.example", "unverified"),
        ("mx.example.net; spf=pass smtp.helo=lancers.jp", "unverified"),
        ("mx.example.net; none", "unverified"),
        ("mx.example.net.evil.example; dmarc=pass header.from=lancers.jp", "unverified"),
        ("other.example; dmarc=pass header.from=lancers.jp", "unverified"),
        ("other.example; dmarc=fail header.from=lancers.jp", "unverified"),
        ("mx.example.net (c; dmarc=pass header.from=lancers.jp); spf=fail", "unverified"),
        ('mx.example.net; x="; dmarc=pass header.from=lancers.jp"', "unverified"),
        ("mx.example.net; dmarc=pass (unclosed header.from=lancers.jp", "unverified"),
        ('mx.example.net; dmarc=pass header.from="lancers.jp', "unverified"),
        ("mx.example.net; dkim=passed header.d=lancers.jp2", "unverified"),
        ("mx.example.net; dmarc=pass header.from=co.jp", "unverified"),
        ("mx.example.net (外部); dmarc=pass header.from=lancers.jp", "verified"),
        ("", "unverified"),
        (";", "unverified"),
    ],
)
def test_the_verdict_follows_the_own_servers_words(value: str, trust: str) -> None:
    assert verdict(value) == trust


def test_without_a_configured_server_nothing_is_believed() -> None:
    assert verdict("mx.example.net; dmarc=pass header.from=lancers.jp", own=frozenset()) == "unverified"


def test_only_the_topmost_header_of_the_server_counts() -> None:
    good = "mx.example.net; dmarc=pass header.from=lancers.jp"
    assert verdict("mx.example.net; dmarc=none", good) == "unverified"
    assert verdict("mx.example.net; dmarc=fail", good) == "forged"
    assert verdict("mx.example.net; dmarc=pass (unclosed", good) == "unverified"
    assert verdict("other.example; dmarc=fail", good) == "verified"


def test_a_mail_of_two_senders_is_never_verified() -> None:
    value = "mx.example.net; dmarc=pass header.from=lancers.jp"
    assert verdict(value, sender=b"info@lancers.jp, a@evil.example") == "unverified"
    assert verdict(value, sender=b"") == "unverified"


def test_the_form_of_microsoft_names_no_server() -> None:
    value = "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=lancers.jp; dkim=pass (signature was verified) header.d=lancers.jp;dmarc=pass action=none header.from=lancers.jp;compauth=pass reason=100"
    results = read_results(value)
    assert results is not None
    assert results.server is None
    assert [result.method for result in results.results] == ["spf", "dkim", "dmarc", "compauth"]
    assert verdict(value) == "unverified"
    assert verdict(value, own=frozenset({"spf=pass"})) == "unverified"


def test_the_form_of_yahoo_japan_has_more_behind_the_server() -> None:
    value = "mta9.mail.example.jp  from=lancers.jp; domainkeys=neutral (no sig); dkim=pass (ok) header.i=@lancers.jp; header.from=lancers.jp; dmarc=pass header.from=lancers.jp"
    assert verdict(value, own=frozenset({"mta9.mail.example.jp"})) == "verified"


@pytest.mark.parametrize(
    ("claimed", "domain", "expected"),
    [
        ("lancers.jp", "lancers.jp", True),
        ("mail.lancers.jp", "lancers.jp", True),
        ("lancers.jp", "mail.lancers.jp", True),
        ("@lancers.jp", "LANCERS.JP.", True),
        ("notlancers.jp", "lancers.jp", False),
        ("co.jp", "client.co.jp", False),
        ("jp", "lancers.jp", False),
        ("a.lancers.jp", "b.lancers.jp", False),
        ("", "", False),
    ],
)
def test_domains_are_aligned_when_one_lies_within_the_other(claimed: str, domain: str, expected: bool) -> None:
    assert aligned(claimed, domain) is expected


@given(st.text(max_size=300))
def test_no_header_breaks_the_reading(value: str) -> None:
    read_results(value)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "value", ["(" * 200_000, "a=" * 100_000, ";" * 200_000, '"' * 199_999, "dkim=pass " + "a.b=" * 100_000]
)
def test_hostile_headers_end(value: str) -> None:
    results = read_results(value)
    assert results is None or results.server != "mx.example.net"
