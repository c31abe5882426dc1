"""Cleaning and folding, and the table of Japanese characters behind the decoder."""

# ruff: noqa: E501 - a table reads best with a case a line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxwatch.mail.charset import clean, decode, fold
from inboxwatch.mail.jis import decode_cp50221, decode_cp51932

WILD = st.text(st.characters(blacklist_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1日〜3日", "1日～3日"),
        ("A−B", "A－B"),
        ("A–B", "A-B"),
        ("ﾗﾝｻｰｽﾞ", "ランサーズ"),
        ("①㈱", "1(株)"),
        ("１０，０００", "10,000"),
        ("\u3000件名\u3000\t の\n件", "件名 の 件"),
        ("支\u200b払\ufeffい", "支払い"),
        ("\ufa19社", "神社"),
        ("コメント‐確認", "コメント-確認"),
    ],
)
def test_what_a_reader_takes_for_the_same_folds_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_folding_keeps_case_and_the_long_vowel_mark() -> None:
    assert fold("Lancers データー") == "Lancers データー"


def test_folding_a_million_marks_on_one_character_ends() -> None:
    assert len(fold("a" + "\u0301\u0316" * 500_000)) < 100


@given(WILD)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(WILD, st.booleans())
def test_clean_text_can_be_stored_and_shown(text: str, one_line: bool) -> None:
    cleaned = clean(text, one_line=one_line)
    cleaned.encode("utf-8")
    assert not set(cleaned) & (set(map(chr, range(32))) - {"\n", "\t"})
    assert not set(cleaned) & set("\x7f\x9b\u202e\u2066\u2028\ufeff"[:5])
    assert clean(cleaned, one_line=one_line) == cleaned
    if one_line:
        assert "\n" not in cleaned
        assert cleaned == cleaned.strip()


def test_cleaning_keeps_lines_and_tabs_apart_from_one_line() -> None:
    assert clean("a\r\nb\rc\td\x1b[0m\u202ee\ud800") == "a\nb\nc\td[0me"
    assert clean(" a\r\n b\tc ", one_line=True) == "a b c"


def test_every_pair_of_jis_x_0208_reads_as_the_standard_codec_reads_it_but_for_the_vendors_eight() -> None:
    different = set()
    for row in range(0x21, 0x7F):
        for cell in range(0x21, 0x7F):
            pair = bytes((row, cell))
            try:
                standard = (b"\x1b$B" + pair + b"\x1b(B").decode("iso2022_jp")
            except UnicodeDecodeError:
                continue
            if decode_cp50221(b"\x1b$B" + pair + b"\x1b(B") != standard:
                different.add(standard)
            assert decode_cp51932(bytes(byte | 0x80 for byte in pair)) == decode_cp50221(b"\x1b$B" + pair)
    assert different <= set("¢£¬‖−〜\\—＼")
    assert {"−", "〜"} <= different


def test_a_character_of_the_supplement_is_read() -> None:
    assert (
        decode(b"\x1b$(D" + bytes(b & 0x7F for b in "丂".encode("euc_jp")[1:]) + b"\x1b(B", "iso-2022-jp-1").text
        == "丂"
    )


def test_the_step_that_decoded_is_named() -> None:
    assert decode("あ".encode(), "utf-8").step == "utf-8"
    assert decode("支払い".encode("cp932"), "utf-8").step == "cp932 (label ignored)"
    assert decode("支払い".encode()).step == "utf-8 (guessed)"
    assert decode(b'\x1b$B$"\x1b(B', "us-ascii").step == "cp50221 (label ignored)"


def test_one_broken_byte_does_not_turn_a_long_text_into_wreckage() -> None:
    found = decode("納品しました。".encode() * 50 + b"\xff", "utf-8")
    assert found.text.startswith("納品しました。")
    assert found.replaced


def test_japanese_behind_a_long_ascii_head_is_recognised() -> None:
    assert decode(b"x" * 20_000 + "支払いが確定しました".encode("euc_jp")).text.endswith("支払いが確定しました")


@given(st.binary(max_size=200), st.one_of(st.none(), st.text(max_size=20), st.sampled_from(
    ["utf-8", "iso-2022-jp", "shift_jis", "euc-jp", "utf-7", "utf-16", "utf-32-be", "gb2312", "hz", "iso-2022-kr", "latin1", "koi8-r", "johab"]
)))  # fmt: skip
def test_decoding_never_raises(data: bytes, label: str | None) -> None:
    found = decode(data, label)
    assert isinstance(clean(found.text), str)
    assert found.step
