"""What may stand in an error and what may not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxwatch.alerts.clean import one_line, visible, without_secrets

URL = "json://anna:p%40ss-W0RD@hooks.example.com:8443/T0KEN123/x?secret=QUERYVALUE&rto=5"


@pytest.mark.parametrize(
    "secret", ["anna", "p%40ss-W0RD", "p@ss-W0RD", "T0KEN123", "t0ken123", "QUERYVALUE", "hooks.example.com", URL]
)
def test_every_part_of_the_url_is_hidden_as_written_decoded_and_in_any_case(secret: str) -> None:
    said = without_secrets(f"could not post to {secret}, error=500", URL)
    assert secret not in said
    assert said == "could not post to ***, error=500"


def test_a_short_part_is_hidden_only_where_it_stands_alone() -> None:
    assert without_secrets("the next box said x", "json://h.example/x") == "the next box said ***"


def test_a_text_without_secrets_is_left_alone() -> None:
    assert without_secrets("Internal server error, error=500.", URL) == "Internal server error, error=500."


def test_a_secret_without_a_schema_is_hidden_too() -> None:
    assert "SECRETRAW" not in without_secrets("Unsupported URL: SECRETRAW", "SECRETRAW")


def test_control_and_bidirectional_characters_do_not_reach_an_error() -> None:
    assert one_line("a\x1b[31mb\r\nc\u202ed\x00\ud800", 50) == "a[31mb cd"


def test_a_long_text_is_cut_and_says_so() -> None:
    assert one_line("あ" * 500, 10) == "あ" * 9 + "…"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(), st.integers(min_value=1, max_value=40))
def test_any_text_becomes_one_bounded_printable_line(text: str, longest: int) -> None:
    line = one_line(text, longest)
    assert len(line) <= longest
    assert len(line.splitlines()) <= 1
    line.encode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "ﾊﾟｰﾂとｶﾞｲﾄﾞ",
        "か\u3099は\u309aが゛",
        "葛\U000e0100城と辻\U000e0101",
        "👩\u200d💻と👨🏽\u200d🎨",
        "❤\ufe0f 1\ufe0f\u20e3 ©\ufe0f 🏳\ufe0f\u200d🌈",
        "①㈱髙﨑～－￥",
        "Tiếng Việt và Việ\u0323t",
        "نص عربيّ",
        "[bold]x[/bold] {title} %s",
        "一行目\n二行目\t表",
    ],
)
def test_what_people_write_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u200bb\u2060c\ufeffd\u00ade\u3164f", "abcdef"),
        ("pay\u200dpal 山\u200d田 👩\u200d\u200d💻", "paypal 山田 👩💻"),
        ("a\ufe0f 田\ufe0f \ufe0f", "a 田 "),
        ("lan\U000e0063\U000e0065cers", "lancers"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴"),
        ("Z" + "\u0301\u0489" * 50 + "x", "Z" + "\u0301\u0489" * 2 + "x"),
        ("\u0338あ \u0338い\n\u20e0う", "あ い\nう"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf\r\ng", "a\nb\nc\nd\ne\nf\ng"),
        ("\x1b]8;;https://evil.example\x07x\x9b31m\x00\ud800", "]8;;https://evil.examplex31m"),
    ],
)
def test_what_nobody_sees_or_a_terminal_obeys_is_not_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


#: Signs of Arabic and Syriac numbers, of Egyptian writing: they are formats to Unicode, and are seen.
_SEEN = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
_SEEN |= {chr(point) for point in range(0x13430, 0x13440)}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.one_of(st.characters(), st.sampled_from("\u200d\ufe0f👩💻葛\U000e0100か\u3099\u0301\x1b\u202e"))))
def test_any_text_is_shown_without_control_and_unseen_characters_and_twice_is_the_same(text: str) -> None:
    shown = visible(text)
    wrong = [
        sign
        for sign in shown
        if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") and sign not in _SEEN | {"\n", "\t", "\u200d"}
    ]
    assert wrong == []
    assert visible(shown) == shown
    shown.encode("utf-8")


def test_two_million_marks_and_joiners_are_cleaned_in_linear_time() -> None:
    for text in ("\u0301" * 1_000_000, "\u200d" * 1_000_000, "👩\u200d" * 500_000, "葛\U000e0100" * 500_000):
        assert len(visible(text)) <= len(text)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(), st.text(min_size=4))
def test_no_url_and_no_text_break_the_hiding(text: str, url: str) -> None:
    without_secrets(text, url)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="abcXYZ0189", min_size=6, max_size=12))
def test_a_token_in_a_path_never_survives(token: str) -> None:
    assert token not in without_secrets(f"said {token}: no; x{token}y", f"tgram://{token}/room")
