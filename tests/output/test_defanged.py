"""Links, domains and addresses of a suspicious mail: readable, and dead."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxwatch.alerts.defang import LONGEST_QUOTED, defanged, quoted, quoted_suspect, unlinked
from inboxwatch.alerts.suspicions import suspicion
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.wording.say import Language, Wording
from tests.alerts.samples import TOKYO

_TLD = re.compile(r"[A-Za-z0-9-][.．](?:example|jp|com)\b", re.I)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://bank.example/x?y=1.5", "hxxps[:]//bank[.]example/x?y=1.5"),
        ("HTTP://BANK.EXAMPLE", "HXXP[:]//BANK[.]EXAMPLE"),
        ("振込先はwww.bank.co.jpです", "振込先はwww[.]bank[.]co[.]jpです"),
        ("support@bank.example まで", "support[@]bank[.]example まで"),
        ("bank．example と bank。com", "bank[.]example と bank[.]com"),
        ("https：//bank.example https:\\\\bank.example", "hxxps[:]//bank[.]example hxxps[:]\\\\bank[.]example"),
        ("ftp://1.2.3.4/ mailto:a@b.jp tel:+8190", "ftp[:]//1.2.3.4/ mailto[:]a[@]b[.]jp tel[:]+8190"),
        ("銀行.jp へ", "銀行[.]jp へ"),
        ("3.5万円、2026.11.24、支払い確定。確認して", "3.5万円、2026.11.24、支払い確定。確認して"),
        ("Re: 見積もり：3件", "Re: 見積もり：3件"),
    ],
)
def test_what_could_be_followed_is_dead_and_the_rest_stays(written: str, shown: str) -> None:
    assert defanged(written) == shown


@pytest.mark.parametrize("title", ["Node.jsの開発", "@cosme の記事", "example.co.jp の改修", "Ver.2.0 対応：3件"])
def test_a_title_of_an_ordinary_mail_stays_as_it_is_where_it_holds_no_link(title: str) -> None:
    assert quoted(title) == title


def test_a_link_in_an_ordinary_title_is_dead_too() -> None:
    assert quoted("記事 https://evil.example/x") == "記事 hxxps[:]//evil.example/x"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.sampled_from("htps:/.@[]aA1-。．：/\\wx mailto銀jp\u200b\n")))
def test_any_text_is_dead_and_twice_is_the_same(text: str) -> None:
    for dead in (defanged(text), unlinked(text)):
        assert not re.search(r"(?<![0-9A-Za-z])https?\s*:\s?//", dead, re.I)
    assert defanged(defanged(text)) == defanged(text)
    assert not re.search(r"[A-Za-z]\.[A-Za-z]", defanged(text))
    assert len(quoted(text)) <= LONGEST_QUOTED


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=400), st.sampled_from(["bank.example", "https://a.jp/", "x@y.com"]), st.text(max_size=50))
def test_no_neighbourhood_keeps_a_domain_alive(before: str, link: str, after: str) -> None:
    assert not _TLD.search(quoted_suspect(f"{before} {link} {after}"))


def test_a_megabyte_is_defanged_in_linear_time() -> None:
    for text in ("a." * 500_000, "https" * 200_000, ":" * 1_000_000, "@" * 1_000_000, "https \t" * 100_000):
        defanged(text)


def _said(language: Language, domain: str) -> str:
    found = Recognition(None, None, "", suspicious="x", suspicion=("imitates_domain", domain, "lancers", "lancers.jp"))
    return suspicion(found, Wording(language, TOKYO), lambda name: name)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_domain_of_foreign_letters_is_shown_as_it_looks_and_as_it_truly_is(language: Language) -> None:
    for domain in ("xn--lncers-3nf.jp", "l\u0430ncers.jp", "l\u0430ncers.jp (xn--lncers-3nf.jp)"):
        said = _said(language, domain)
        assert "l\u0430ncers[.]jp" in said
        assert said.count("xn--lncers-3nf[.]jp") == 1
    assert re.search("見た目の似た別の文字|only look like", said)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_domain_of_plain_letters_is_shown_once_and_dead(language: Language) -> None:
    said = _said(language, "lancers-co.jp")
    assert "lancers-co[.]jp" in said
    assert "xn--" not in said


@pytest.mark.parametrize(
    "domain", ["xn--\u0000.jp", "xn--99999999.jp", "xn--.jp", "", "." * 50, "\ud800.jp", "a" * 5000]
)
def test_no_domain_breaks_the_sentence(domain: str) -> None:
    assert len(_said("en", domain)) < 500
