"""Whatever bytes arrive, parsing ends in a clean Mail or in `Unreadable`."""

# ruff: noqa: E501 - a table reads best with a case a line

from __future__ import annotations

import dataclasses
import random
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxwatch.mail.addresses import read_addresses
from inboxwatch.mail.dates import read_date
from inboxwatch.mail.html import read_html
from inboxwatch.mail.model import Mail
from inboxwatch.mail.parse import Unreadable, look
from inboxwatch.mail.words import decode_value, decode_words
from tests.mail.building import jis, read
from tests.mail.test_matrix import BODIES, FILE_NAMES, SENDERS, SHAPES, SUBJECTS

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
PIECES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [b"\n", b"\n\n", b": ", b"Content-Type: ", b"multipart/mixed; boundary=b", b"--b", b"--b--", b"From: ", b"Date: ",
             b"Subject: ", b"charset=", b"=?utf-8?B?", b"?=", b"text/html", b"message/rfc822", b"\x1b$B", b"\x1b(B", b"\0",
             b"Content-Transfer-Encoding: base64", b"Content-Disposition: attachment; filename*0*=", b"<", b">", b"(", b'"',
             b"Received: ", b"; ", b"Mon, 23 Nov 2026 09:00:00 +0900", b"\xff", jis("納品"), b"a@b.example"]
        ),
    ),
    max_size=30,
).map(b"".join)  # fmt: skip


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for inner in value for text in strings(inner)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [text for field in dataclasses.fields(value) for text in strings(getattr(value, field.name))]
    return []


def assert_clean(found: Mail) -> None:
    for text in strings(found):
        assert not _UNSAFE.search(text), ascii(text)
        text.encode("utf-8")
    assert "\n" not in found.subject
    for instant in (found.arrived_at, found.sent_at, found.date):
        assert instant is None or instant.utcoffset() is not None
    hash(found)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PIECES)
def test_any_bytes_end_in_a_clean_mail_or_in_unreadable(raw: bytes) -> None:
    try:
        assert_clean(read(raw))
    except Unreadable as unreadable:
        assert unreadable.reason.endswith(".")
    look(raw)


@pytest.mark.timeout(60)
def test_mails_changed_at_random_end_in_a_clean_mail_or_in_unreadable() -> None:
    chance = random.Random(20261123)  # noqa: S311 - a seed, no secret
    corpus = [raw for raw, _ in (*BODIES.values(), *SHAPES.values())]
    for _ in range(3_000):
        raw = bytearray(chance.choice(corpus))
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(raw) or 1)
            match chance.randrange(3):
                case 0:
                    raw[at : at + 1] = chance.randbytes(1)
                case 1:
                    del raw[at : at + chance.randint(1, 20)]
                case _:
                    raw[at:at] = chance.choice(corpus)[:80]
        try:
            assert_clean(read(bytes(raw)))
        except Unreadable:
            continue


@given(st.binary(max_size=200))
def test_no_header_value_breaks_its_reading(raw: bytes) -> None:
    assert not _UNSAFE.search(decode_value(raw))
    for address in read_addresses(raw):
        assert "@" in address.address
        assert address.address == address.address.lower()


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_dates_words_or_html(text: str) -> None:
    read_date(text)
    decode_words(text)
    read_html(text)


def test_the_corpus_is_not_empty() -> None:
    assert min(map(len, (BODIES, FILE_NAMES, SENDERS, SHAPES, SUBJECTS))) > 0
