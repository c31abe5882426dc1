"""What a mail's own signature proves, and what it does not."""

from __future__ import annotations

import resource
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxwatch.mail.authenticity import judge
from inboxwatch.mail.model import Proof, RawMail, Trust
from inboxwatch.mail.parse import parse
from inboxwatch.mail.signatures import KeyUnknown, examine
from tests.mail.building import ARRIVAL
from tests.servers.signer import name_of, record, sealed, signed

SUBJECT = "連絡期限経過による支払い確定及びプロジェクト完了通知"
OWN = frozenset({"mx.example.net"})


def a_mail(sender: str = "noreply@lancers.co.jp", text: str = "お支払いが確定しました。") -> bytes:
    return (
        f"From: Lancers <{sender}>\nTo: me@example.com\nSubject: {SUBJECT}\n"
        f"Date: Mon, 23 Nov 2026 10:00:00 +0900\nMessage-ID: <1@mail.example>\n"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{text}\nhttps://www.lancers.jp/work/detail/5545030\n"
    ).encode()


class Keys:
    """The keys that are published; what was asked for."""

    def __init__(self, *domains: str, bits: int = 2048) -> None:
        self.records = {name_of(domain): record(bits) for domain in domains}
        self.asked: list[str] = []

    def __call__(self, name: str) -> bytes | None:
        self.asked.append(name)
        return self.records.get(name)


def unknown(name: str) -> bytes | None:
    raise KeyUnknown("DNS does not answer.")


def verdict(raw: bytes, proof: Proof | None, own: frozenset[str] = frozenset()) -> Trust:
    trust, why = judge(parse(RawMail(raw, ARRIVAL, proof=proof)), own)
    assert why.endswith(".")
    return trust


def test_a_signature_of_the_senders_domain_that_holds_proves_the_mail() -> None:
    keys = Keys("lancers.co.jp")
    raw = signed(a_mail(), "lancers.co.jp")
    proof = examine(raw, keys)
    assert proof == Proof("pass", "The signature of lancers.co.jp holds.", "lancers.co.jp")
    assert verdict(raw, proof) == "verified"
    assert keys.asked == [name_of("lancers.co.jp")]


def test_a_signature_of_a_subdomain_speaks_for_its_domain() -> None:
    raw = signed(a_mail(), "mail.lancers.co.jp")
    assert verdict(raw, examine(raw, Keys("mail.lancers.co.jp"))) == "verified"


def test_a_signature_need_not_cover_the_date() -> None:
    raw = signed(a_mail(), "lancers.co.jp", headers=(b"content-type", b"from", b"mime-version", b"subject", b"to"))
    assert verdict(raw, examine(raw, Keys("lancers.co.jp"))) == "verified"


def test_a_mail_without_a_signature_is_asked_for_nothing() -> None:
    keys = Keys("lancers.co.jp")
    assert examine(a_mail(), keys) is None
    assert keys.asked == []


def test_another_domains_signature_proves_nothing_and_its_nameserver_hears_of_nothing() -> None:
    keys = Keys("evil.example", "co.jp")
    assert examine(signed(a_mail(), "evil.example"), keys) is None
    assert examine(signed(a_mail(), "co.jp"), keys) is None
    assert keys.asked == []


#: What an honest sender's signature covers.
ALL = (b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type")


def _all_signed(text: bytes | None = None, domain: str = "lancers.co.jp") -> bytes:
    return signed(a_mail() if text is None else text, domain, headers=ALL)


def _of_another_with_the_senders_name() -> bytes:
    """A mail that evil.example signs as its own, while a reader of headers that is less strict sees Lancers."""
    text = a_mail().replace(b"From:", b"From :", 1).replace(b"\n\n", b"\nFrom: a@evil.example\n\n", 1)
    return _all_signed(text, "evil.example")


def _second_subject(raw: bytes) -> bytes:
    return b"Subject: [\xe3\x83\xa9\xe3\x83\xb3\xe3\x82\xb5\xe3\x83\xbc\xe3\x82\xba] other\n" + raw


FORGERIES: dict[str, Callable[[], bytes]] = {
    "the text was changed": lambda: signed(a_mail(), "lancers.co.jp").replace(b"5545030", b"5545031"),
    "the subject was changed": lambda: signed(a_mail(), "lancers.co.jp").replace(
        "支払い確定".encode(), "支払い取消".encode()
    ),
    "a second Subject stands above the signed one": lambda: _second_subject(signed(a_mail(), "lancers.co.jp")),
    "a second From stands above the signed one": lambda: b"From: a@evil.example\n" + signed(a_mail(), "lancers.co.jp"),
    "a second Date stands above the signed one": lambda: (
        b"Date: Mon, 23 Nov 2026 11:00:00 +0900\n" + signed(a_mail(), "lancers.co.jp")
    ),
    "text follows behind the length that is signed": lambda: (
        signed(a_mail(), "lancers.co.jp", length=True) + "キャンセル\n".encode()
    ),
    "the length is signed, and nothing follows": lambda: signed(a_mail(), "lancers.co.jp", length=True),
    "the subject is not signed": lambda: signed(a_mail(), "lancers.co.jp", headers=(b"from", b"to", b"date")),
    "the recipient is not signed": lambda: signed(a_mail(), "lancers.co.jp", headers=(b"from", b"subject", b"date")),
    "the key is published no more": lambda: signed(a_mail(), "lancers.jp").replace(b"@lancers.co.jp", b"@lancers.jp"),
    "it is signed by SHA-1": lambda: signed(a_mail(), "lancers.co.jp", algorithm=b"rsa-sha1"),
    "a header ends its line as only some programs see": lambda: (
        b"X-Note: a\rSubject: b\n" + signed(a_mail(), "lancers.co.jp")
    ),
    "the From names two": lambda: signed(
        a_mail().replace(b"<noreply@lancers.co.jp>", b"<noreply@lancers.co.jp>, a@evil.example"), "lancers.co.jp"
    ),
    "the signature is cut": lambda: signed(a_mail(), "lancers.co.jp").replace(b"bh=", b"zz=", 1),
    "a second To stands above the signed one": lambda: b"To: me@example.com\n" + _all_signed(),
    "a second Message-ID stands above the signed one": lambda: b"Message-ID: <2@evil.example>\n" + _all_signed(),
    "a second Content-Type stands above the signed one": lambda: (
        b"Content-Type: text/plain; charset=utf-16\n" + _all_signed()
    ),
    "two Content-Types stand above a signature that covers none": lambda: (
        b"Content-Type: text/html\n" + signed(a_mail(), "lancers.co.jp")
    ),
    "a To with a blank before its colon stands above the signed one": lambda: b"To : me@example.com\n" + _all_signed(),
    "a header's name is longer than any": lambda: _all_signed().replace(
        b"\n\n", b"\n" + b"X" * 201 + b":\n https://www.lancers.jp/work/detail/1\n\n", 1
    ),
    "a header has no name": lambda: b":a:\n" + _all_signed(),
    "a line of an mbox stands among the headers": lambda: _all_signed().replace(b"\nTo:", b"\nFrom x\nTo:", 1),
    "the headers begin with a folded line": lambda: b" x\n" + _all_signed(),
    "a tag stands twice": lambda: signed(a_mail(), "lancers.co.jp").replace(b"v=1;", b"v=1; d=lancers.co.jp;", 1),
}


@pytest.mark.parametrize("make", FORGERIES.values(), ids=FORGERIES.keys())
def test_what_a_signature_does_not_cover_is_not_proved_by_it(make: Callable[[], bytes]) -> None:
    raw = make()
    proof = examine(raw, Keys("lancers.co.jp"))
    assert proof is None or proof.outcome == "fail"
    assert verdict(raw, proof) == "unverified"


def test_a_sender_who_is_read_otherwise_by_the_signatures_library_is_not_proved_by_his_own_signature() -> None:
    raw = _of_another_with_the_senders_name()
    assert parse(RawMail(raw, ARRIVAL)).sender is not None
    proof = examine(raw, Keys("evil.example"))
    assert proof is None or proof.outcome == "fail"
    assert verdict(raw, proof) == "unverified"


def test_a_signature_counts_only_for_the_sender_that_is_shown() -> None:
    """Whatever the reason for which the two part: the last look is at what she sees."""
    assert verdict(a_mail(), Proof("pass", "The signature of evil.example holds.", "evil.example")) == "unverified"
    assert verdict(a_mail(), Proof("pass", "The signature of lancers.co.jp holds.", "lancers.co.jp")) == "verified"


def test_what_an_honest_sender_signs_holds_however_the_lines_end() -> None:
    for raw in (_all_signed(), _all_signed().replace(b"\n", b"\r\n")):
        assert verdict(raw, examine(raw, Keys("lancers.co.jp"))) == "verified"


def test_a_short_key_proves_nothing() -> None:
    raw = signed(a_mail(), "lancers.co.jp", bits=512)
    proof = examine(raw, Keys("lancers.co.jp", bits=512))
    assert proof is not None and proof.outcome == "fail"


def test_a_record_larger_than_any_key_is_not_read() -> None:
    keys = Keys("lancers.co.jp")
    keys.records[name_of("lancers.co.jp")] += b" " * 1024
    proof = examine(signed(a_mail(), "lancers.co.jp"), keys)
    assert proof is not None and proof.outcome == "fail"


@pytest.mark.parametrize("flag", [b"t=y; ", b"t=s:y; ", b"h=sha1; "])
def test_a_key_that_is_only_tried_or_for_other_hashes_proves_nothing(flag: bytes) -> None:
    keys = Keys("lancers.co.jp")
    keys.records[name_of("lancers.co.jp")] = keys.records[name_of("lancers.co.jp")].replace(
        b"k=rsa; ", b"k=rsa; " + flag
    )
    proof = examine(signed(a_mail(), "lancers.co.jp"), keys)
    assert proof is not None and proof.outcome == "fail"


def test_a_second_signature_that_holds_is_enough() -> None:
    raw = signed(signed(a_mail(), "lancers.co.jp"), "old.lancers.co.jp")
    proof = examine(raw, Keys("lancers.co.jp"))
    assert proof is not None and (proof.outcome, proof.domain) == ("pass", "lancers.co.jp")


def test_at_most_three_signatures_are_tried() -> None:
    raw = a_mail()
    for number in range(8):
        raw = signed(raw, f"s{number}.lancers.co.jp")
    keys = Keys()
    assert examine(raw, keys) is not None
    assert len(keys.asked) == 3


def test_a_key_that_cannot_be_asked_for_is_no_forgery() -> None:
    raw = signed(a_mail(), "lancers.co.jp")
    proof = examine(raw, unknown)
    assert proof == Proof("unsure", "DNS does not answer.", "lancers.co.jp")
    assert verdict(raw, proof) == "unverified"


def test_the_provider_saying_that_it_is_forged_goes_before_a_signature_that_holds() -> None:
    raw = b"Authentication-Results: mx.example.net; dmarc=fail header.from=lancers.co.jp\n" + signed(
        a_mail(), "lancers.co.jp"
    )
    proof = examine(raw, Keys("lancers.co.jp"))
    assert verdict(raw, proof, OWN) == "forged"
    assert verdict(raw, proof) == "verified"


def test_what_the_provider_did_not_say_the_signature_may_prove() -> None:
    raw = b"Authentication-Results: mx.example.net; dmarc=none\n" + signed(a_mail(), "lancers.co.jp")
    assert verdict(raw, examine(raw, Keys("lancers.co.jp")), OWN) == "verified"


def test_two_subjects_are_not_verified_by_the_provider_either() -> None:
    raw = b"Authentication-Results: mx.example.net; dmarc=pass header.from=lancers.co.jp\n"
    assert verdict(raw + a_mail(), None, OWN) == "verified"
    assert verdict(_second_subject(raw + a_mail()), None, OWN) == "unverified"


# --- mail that was forwarded ------------------------------------------------------------------------------------------

FOUND = "mx.forwarder.example; dmarc=pass header.from=lancers.co.jp; dkim=pass header.d=lancers.co.jp"


def forwarded(results: str = FOUND, domain: str = "forwarder.example", **more: str) -> bytes:
    """A platform's mail whose own signature the forwarder has broken, sealed by him."""
    return sealed(a_mail(text="お支払いが確定しました。[転送]"), domain, results, **more)  # type: ignore[arg-type]


def test_the_seal_of_a_configured_forwarder_proves_what_he_found() -> None:
    raw = b"Authentication-Results: mx.example.net; dmarc=fail header.from=lancers.co.jp\n" + forwarded()
    proof = examine(raw, Keys("forwarder.example"), {"forwarder.example"})
    assert proof is not None and proof.sealed == FOUND
    assert verdict(raw, proof, OWN) == "verified"


def test_the_seal_of_anybody_else_proves_nothing_and_is_not_asked_for() -> None:
    keys = Keys("forwarder.example", "evil.example")
    raw = forwarded(domain="evil.example")
    assert examine(raw, keys, {"forwarder.example"}) is None
    assert examine(raw, keys) is None
    assert keys.asked == []


@pytest.mark.parametrize(
    "changed",
    [
        lambda raw: raw.replace(b"5545030", b"5545031"),
        lambda raw: raw.replace(b"dmarc=pass", b"dmarc=none").replace(b"dkim=pass", b"dkim=fail"),
        lambda raw: raw.replace("支払い確定".encode(), "支払い取消".encode()),
        lambda raw: b"Subject: x\n" + raw,
    ],
    ids=["text", "results", "subject", "second subject"],
)
def test_a_mail_that_was_changed_behind_the_seal_is_not_proved_by_it(changed: Callable[[bytes], bytes]) -> None:
    raw = changed(forwarded())
    proof = examine(raw, Keys("forwarder.example"), {"forwarder.example"})
    assert proof is None or proof.sealed is None
    assert verdict(raw, proof) == "unverified"


def test_a_seal_counts_only_for_what_is_written_to_her() -> None:
    """Whoever forwards his own mails by the same forwarder could else send her the payment of another."""
    raw = forwarded()
    mail = parse(RawMail(raw, ARRIVAL, proof=examine(raw, Keys("forwarder.example"), {"forwarder.example"})))
    assert judge(mail, frozenset())[0] == "verified"
    trust, why = judge(mail, frozenset(), to_her=False)
    assert trust == "unverified" and "under `me:`" in why


@pytest.mark.parametrize("added", [b"To: me@example.com\n", b"To : me@example.com\n"])
def test_a_recipient_above_the_one_that_is_sealed_proves_nothing(added: bytes) -> None:
    proof = examine(added + forwarded(), Keys("forwarder.example"), {"forwarder.example"})
    assert proof is None or proof.sealed is None


def test_a_seal_over_a_mail_whose_subject_is_not_signed_proves_nothing() -> None:
    raw = forwarded(headers="from:to:date")
    assert examine(raw, Keys("forwarder.example"), {"forwarder.example"}) is None


def test_what_the_forwarder_found_forged_is_forged() -> None:
    raw = forwarded("mx.forwarder.example; dmarc=fail header.from=lancers.co.jp")
    assert verdict(raw, examine(raw, Keys("forwarder.example"), {"forwarder.example"})) == "forged"


def test_the_key_of_a_seal_that_cannot_be_had_is_asked_for_again() -> None:
    proof = examine(forwarded(), unknown, {"forwarder.example"})
    assert proof is not None and proof.outcome == "unsure"


# --- hostile ----------------------------------------------------------------------------------------------------------

_D = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=lancers.co.jp; s=test1; h=from:subject:date; "
_TAIL = b"bh=AAAA; b=AAAA\n"
BOMBS: dict[str, Callable[[], bytes]] = {
    "a line of blanks of 5 MB": lambda: _D + _TAIL + a_mail() + b" " * 5_000_000,
    "a body of short lines of 9 MB": lambda: _D + _TAIL + a_mail() + b"a \n" * 3_000_000,
    "runs of 1,000 blanks": lambda: _D + _TAIL + a_mail() + (b" " * 1_000 + b"a") * 9_000,
    "a header folded 30,000 times": lambda: b"X: a\n" + b" b\n" * 20_000 + _D + _TAIL + a_mail(),
    "a signature of blanks": lambda: _D + b"b=" + b" \n " * 1_300 + b"; bh=AAAA\n" + a_mail(),
    "a signature of commas and blanks": lambda: _D.replace(b"h=", b"h=" + b"a : " * 900) + _TAIL + a_mail(),
    "a thousand signatures": lambda: (_D + _TAIL) * 400 + a_mail(),
    "a first line that is a fold": lambda: b" x\n" + _D + _TAIL + a_mail(),
    "a length of 70 digits": lambda: _D + b"l=" + b"9" * 70 + b"; " + _TAIL + a_mail(),
    "a selector that is no name": lambda: _D.replace(b"test1", b"." * 300) + _TAIL + a_mail(),
}


@pytest.mark.parametrize("make", BOMBS.values(), ids=BOMBS.keys())
def test_no_signature_costs_more_than_a_second(make: Callable[[], bytes]) -> None:
    raw = make()
    keys = Keys("lancers.co.jp")
    before = resource.getrusage(resource.RUSAGE_SELF)
    proof = examine(raw, keys, {"lancers.co.jp"})
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert proof is None or proof.outcome == "fail"
    assert after.ru_utime - before.ru_utime < 1.0
    assert (after.ru_maxrss - before.ru_maxrss) / 1024 < 200


@given(st.binary(max_size=400), st.binary(max_size=200))
def test_no_bytes_make_it_raise_or_pass(tags: bytes, behind: bytes) -> None:
    raw = b"DKIM-Signature: d=lancers.co.jp; s=test1; " + tags + b"\n" + a_mail() + behind
    proof = examine(raw, Keys("lancers.co.jp"), {"lancers.co.jp"})
    assert proof is None or proof.outcome != "pass"
