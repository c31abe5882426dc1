"""What may stand in an error and what may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxwatch.alerts.clean import one_line, without_secrets

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
    assert one_line("a\x1b[31mb\r\nc\u202ed\x00\ud800", 50) == "a [31mb c d"


def test_a_long_text_is_cut_and_says_so() -> None:
    assert one_line("あ" * 500, 10) == "あ" * 9 + "…"


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_any_text_becomes_one_bounded_printable_line(text: str, longest: int) -> None:
    line = one_line(text, longest)
    assert len(line) <= longest
    assert len(line.splitlines()) <= 1
    line.encode("utf-8")


@given(st.text(), st.text(min_size=4))
def test_no_url_and_no_text_break_the_hiding(text: str, url: str) -> None:
    without_secrets(text, url)


@given(st.text(alphabet="abcXYZ0189", min_size=6, max_size=12))
def test_a_token_in_a_path_never_survives(token: str) -> None:
    assert token not in without_secrets(f"said {token}: no; x{token}y", f"tgram://{token}/room")
