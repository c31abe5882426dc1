"""The pattern language: whole subjects with holes, words, and what stood there before folding."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inboxwatch.mail.charset import fold
from inboxwatch.platforms.pattern import PatternError, original, pattern, words

HOLES = ("client", "title")
COMMENT = "[ランサーズ] {client} さんから {title} のコメントが届いています"


def read(text: str, subject: str) -> dict[str, str] | None:
    folded = fold(subject)
    spans = pattern(text, HOLES).match(folded)
    return None if spans is None else {name: original(subject, *span) for name, span in spans.items()}


def test_a_pattern_without_holes_matches_the_whole_subject_only() -> None:
    assert read("仕事の招待状が届きました", "仕事の招待状が届きました") == {}
    assert read("仕事の招待状が届きました", "仕事の招待状が届きました。") is None
    assert read("仕事の招待状が届きました", "Re: 仕事の招待状が届きました") is None


def test_holes_are_read() -> None:
    subject = "[ランサーズ] 山田太郎 さんから 記事作成 のコメントが届いています"
    assert read(COMMENT, subject) == {"client": "山田太郎", "title": "記事作成"}


def test_full_width_and_doubled_blanks_match_and_what_is_captured_keeps_its_form() -> None:
    subject = "［ランサーズ］　 ﾔﾏﾀﾞ㈱　さんから ①ＡＢＣ  の件 のコメントが届いています"
    assert read(COMMENT, subject) == {"client": "ﾔﾏﾀﾞ㈱", "title": "①ＡＢＣ  の件"}


def test_a_client_is_read_shortest_and_a_title_longest() -> None:
    subject = "[ランサーズ] 山田さんから さんから さんから届く のコメント のコメントが届いています"
    assert read(COMMENT, subject) == {"client": "山田さんから", "title": "さんから届く のコメント"}


def test_the_client_of_a_message_is_all_that_stands_before_the_last_words() -> None:
    text = "{client}さんからのメッセージ受信通知"
    assert read(text, "母さんからのメッセージ受信通知さんからのメッセージ受信通知") == {
        "client": "母さんからのメッセージ受信通知"
    }


def test_a_hole_takes_at_least_one_character() -> None:
    assert read("{client}さんからのメッセージ受信通知", "さんからのメッセージ受信通知") is None
    assert read("{client} さん {title}", "山田 さん ") is None
    assert read("a{client}a", "a") is None


def test_the_first_and_the_last_literal_never_overlap() -> None:
    assert read("abc{title}cde", "abcde") is None


def test_an_unnamed_hole_is_not_captured() -> None:
    assert read("【新着】{*}カテゴリに{*}", "【新着】文章カテゴリに、仕事") == {}


def test_doubled_braces_are_braces() -> None:
    assert read("{{{title}}}", "{x}") == {"title": "x"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{client}{title}", "side by side"),
        ("{client}さん{client}", "twice"),
        ("{name}さん", "unknown hole"),
        ("{client さん", "not closed"),
        ("client} さん", "without its {"),
        ("{client}", "literal text"),
        ("", "literal text"),
    ],
)
def test_a_pattern_that_cannot_be_understood_says_why(text: str, said: str) -> None:
    with pytest.raises(PatternError, match=re.escape(said)):
        pattern(text, HOLES)


def test_words_need_one_of_each_group_and_none_of_the_lacking() -> None:
    payment = words(["支払い|支払", "確定"], ["振込"])
    assert payment.match(fold("お支払が確定しました")) == {}
    assert payment.match(fold("お支払いのお願い")) is None
    assert payment.match(fold("振込の支払い確定")) is None
    assert words(["payment"]).match("Your PAYMENT") == {}


def test_empty_words_are_refused() -> None:
    for has, lacks in ((["支払|"], []), (["支払"], [""])):
        with pytest.raises(PatternError):
            words(has, lacks)


def test_one_pattern_covers_another_if_it_matches_all_that_the_other_does() -> None:
    wide, narrow = pattern("{client}さん{*}", HOLES), pattern("{client}さんから{title}", HOLES)
    assert wide.covers(narrow)
    assert not narrow.covers(wide)


@pytest.mark.timeout(10)
def test_evil_subjects_take_linear_time() -> None:
    evil = pattern("[{*}a{*}a{*}a{*}a{*}a{*}a{*}a{*}a{*}b{client} さんから {title} のコメント]", HOLES)
    subjects = [
        "[" + "a" * 100_000 + "]",
        "[" + "ab さんから " * 12_000 + "]",
        "さんから " * 25_000,
        "[" + " のコメント]" * 15_000,
        "(" * 100_000,
        "か\u3099" * 50_000,
    ]
    started = time.process_time()
    for subject in subjects:
        folded = fold(subject)
        spans = evil.match(folded)
        for span in (spans or {}).values():
            original(subject, *span)
    assert time.process_time() - started < 5


@pytest.mark.timeout(10)
def test_a_pattern_of_many_holes_against_a_subject_that_almost_fits_takes_linear_time() -> None:
    text = "{*}ab" * 2_000 + "{*}c"
    started = time.process_time()
    assert pattern(text, HOLES).match("xab" * 33_000 + "d") is None
    assert pattern("x{*}" + "ab{*}" * 2_000 + "c", HOLES).match("x" + "aab" * 33_000 + "c") is not None
    assert time.process_time() - started < 3


_SUBJECTS = st.text(alphabet=st.sampled_from("aカさん ゛ﾞ\u3099㈱①　\u200b\u0301é-ー"), max_size=30)


@given(_SUBJECTS, _SUBJECTS)
def test_what_is_captured_folds_to_what_was_matched(client: str, title: str) -> None:
    subject = f"<{client}|から|{title}>"
    spans = pattern("<{client}|から|{title}>", HOLES).match(fold(subject))
    for span in (spans or {}).values():
        assert fold(original(subject, *span)) == fold(subject)[slice(*span)].strip()


@given(st.lists(st.sampled_from(["a", "b", "ab", "ba"]), min_size=1, max_size=4), st.text(alphabet="ab", max_size=14))
def test_a_pattern_matches_exactly_what_the_regular_expression_does(literals: list[str], subject: str) -> None:
    text = "{*}".join(["", *literals, ""])
    expression = ".+".join(["", *map(re.escape, literals), ""])
    assert (pattern(text, HOLES).match(subject) is not None) is (re.fullmatch(expression, subject) is not None)
