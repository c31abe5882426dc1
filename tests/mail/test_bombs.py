"""Mails made to exhaust time or memory (reference/parsing.md 4, dependencies.md 1.3): each is read within limits."""

# ruff: noqa: E501 - a table reads best with a case a line

from __future__ import annotations

import random

import pytest

from inboxwatch.mail.limits import HTML_CHARACTERS, LINES, MAIL_BYTES, PART_TEXT_BYTES, PARTS, TEXT_CHARACTERS
from inboxwatch.mail.model import Mail
from tests.mail.building import mail, read

HEAD = b"From: a@client.example\nSubject: x\n"
MULTI = b"Content-Type: multipart/mixed; boundary=b\n\n"


def nested(depth: int, inside: bytes = b"deep\n") -> bytes:
    levels = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(depth))
    return HEAD + levels + b"Content-Type: text/plain\n\n" + inside


def labelled(charset: bytes, body: bytes) -> bytes:
    return HEAD + b"Content-Type: text/plain; charset=" + charset + b"\n\n" + body


BOMBS = {
    "500 nested multiparts": lambda: nested(500),
    "3,000 nested multiparts": lambda: nested(3_000),
    "1,000 nested forwarded mails": lambda: HEAD + b"Content-Type: message/rfc822\n\n" * 1_000,
    "100,000 parts": lambda: HEAD + MULTI + b"--b\n\nx\n" * 100_000,
    "a digest of 100,000": lambda: HEAD + MULTI.replace(b"mixed", b"digest") + b"--b\n\nx\n" * 100_000,
    "20,000 addresses": lambda: HEAD + b"To: " + b", ".join(b'"u %d" <u%d@a.example>' % (n, n) for n in range(20_000)) + b"\n\nx",
    "=? a hundred thousand times": lambda: HEAD[:23] + b"Subject: " + b"=?" * 100_000 + b"\n\nx",
    "words without end": lambda: b"Subject: " + b"=?a?q?" * 100_000 + b"\n\nx",
    "From of 100,000 brackets": lambda: b"From: " + b"(" * 100_000 + b"\n\nx",
    "From of 100,000 angle brackets": lambda: b"From: " + b"<" * 100_000 + b"\n\nx",
    "20,000 parameters": lambda: HEAD + b"Content-Type: text/plain" + b"".join(b";a%d=b" % n for n in range(20_000)) + b"\n\nx",
    "parameters in 199 parts": lambda: HEAD + MULTI + (b"--b\nContent-Type: multipart/mixed" + b";a" * 8_000 + b"\n\nx\n") * 199,
    "10,000 Received": lambda: b"Received: from a by b; Mon, 23 Nov 2026 09:00:05 +0900\n" * 10_000 + HEAD + b"\nx",
    "100,000 header names": lambda: b"".join(b"x%d: a\n" % n for n in range(100_000)) + HEAD + b"\nx",
    "10 MB of empty lines": lambda: HEAD + b"\n" * 10_000_000,
    "10 MB of carriage returns": lambda: HEAD + b"\n" + b"\r" * 10_000_000,
    "one line of 12 MB": lambda: HEAD + b"\n" + b"x" * 12_000_000,
    "one header of 12 MB": lambda: b"Subject: " + b"x" * 12_000_000,
    "a header of 4,000,000 lines": lambda: b"Subject: \n" + b" x\n" * 4_000_000,
    "many lines at the greatest depth": lambda: nested(19, b"--b\n" * LINES),
    "5 MB of escapes": lambda: labelled(b"iso-2022-jp", (b"\x1b$B;\x1b(B" * 12 + b"\n") * 60_000),
    "5 MB of broken EUC": lambda: labelled(b"euc-jp", (b"\xa1\xff" * 40 + b"\n") * 60_000),
    "a quadratic codec": lambda: labelled(b"punycode", b"a9" * 4_000_000),
    "marks on one character": lambda: labelled(b"utf-8", ("a" + "\u0301\u0316" * 400_000).encode()),
    "a link without end": lambda: HEAD + b"\nhttp://a" + b")" * 900_000,
    "hostile HTML": lambda: HEAD + b"Content-Type: text/html\n\n" + b"<ul><li>" * 200_000,
    "HTML in 199 parts": lambda: HEAD + MULTI + (b"--b\nContent-Type: text/html\n\n" + b"<b><p>" * 7_000 + b"\n") * 199,
    "broken EUC in many parts": lambda: HEAD + MULTI + (b"--b\nContent-Type: text/plain; charset=euc-jp\n\n" + b"\xa1\xff" * 450_000 + b"\n") * 10,
    "uuencoded": lambda: HEAD + b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n" + (b"M" + b"x" * 60 + b"\n") * 140_000,
    "random bytes": lambda: HEAD + b"\n" + random.Random(1).randbytes(5_000_000),  # noqa: S311 - no secret
}  # fmt: skip


@pytest.mark.timeout(20)
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_read_within_limits(bomb: str) -> None:
    found = read(BOMBS[bomb]())
    assert_bounded(found)


def assert_bounded(found: Mail) -> None:
    assert len(found.subject) <= 1_000
    assert len(found.text) <= TEXT_CHARACTERS
    assert len(found.links) <= 200
    assert all(len(link) <= 500 for link in found.links)
    assert len(found.to) <= 100
    assert len(found.defects) <= 60
    assert len(found.attachments) <= PARTS


@pytest.mark.parametrize(
    ("bomb", "words"),
    [
        ("500 nested multiparts", "nested deeper"),
        ("100,000 parts", "parts"),
        ("20,000 addresses", "header to exceeds"),
        ("10,000 Received", "headers"),
        ("10 MB of empty lines", "lines"),
        ("one line of 12 MB", f"only the first {MAIL_BYTES}"),
        ("hostile HTML", "HTML is too long"),
    ],
)
def test_what_was_cut_is_told(bomb: str, words: str) -> None:
    assert any(words in defect for defect in read(BOMBS[bomb]()).defects)


def test_what_stands_before_a_limit_is_read() -> None:
    assert read(HEAD + MULTI + b"--b\n\nfirst\n" + b"--b\nContent-Type: a/b\n\nx\n" * 1_000).text.strip() == "first"
    assert read(b"Subject: " + b"x" * 300_000 + b"\n\nthe body").text == "the body"
    long = read(HEAD + b"\n" + b"y" * (PART_TEXT_BYTES + 5))
    assert len(long.text) == PART_TEXT_BYTES
    page = read(HEAD + b"Content-Type: text/html\n\n<p>first</p>" + b"z" * HTML_CHARACTERS)
    assert page.text.startswith("first")


def test_twenty_thousand_encoded_words_are_decoded_as_far_as_one_header_goes() -> None:
    found = read(mail(subject=b" ".join([b"=?utf-8?B?5pSv5omV?="] * 20_000)))
    assert found.subject.startswith("支払支払支払")


def test_parts_up_to_the_limit_are_all_read() -> None:
    found = read(HEAD + MULTI + b"--b\n\nx\n" * (PARTS - 1) + b"--b--\n")
    assert found.text.count("x") == PARTS - 1
    assert not any("parts" in defect for defect in found.defects)


def test_the_text_above_the_greatest_depth_is_read() -> None:
    deep = b"".join(b'--b%d\nContent-Type: multipart/mixed; boundary="b%d"\n\n' % (n, n + 1) for n in range(30))
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b0\n\n--b0\n\nfirst\n" + deep
    found = read(raw)
    assert found.text.strip() == "first"
    assert any("deeper" in defect for defect in found.defects)


@pytest.mark.parametrize("filler", [b"X-A: b\n" * 2_000, b"X-A: " + b"b" * 300_000 + b"\n"])
def test_a_sender_that_may_hide_behind_a_limit_counts(filler: bytes) -> None:
    assert read(b"From: a@lancers.jp\n" + filler + b"From: b@evil.example\n\nx").sender_count == 2


def test_a_sender_behind_the_end_of_a_cut_header_counts() -> None:
    assert read(b"From: a@lancers.jp" + b" " * 20_000 + b", b@evil.example\n\nx").sender_count == 2
