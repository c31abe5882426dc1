"""YAML as people mean it, with the line of every place."""

from __future__ import annotations

import pytest

from inboxwatch.config.yaml_lines import YamlError, parse


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("22:30", "22:30"),
        ("12:00:00", "12:00:00"),
        ("0600", "0600"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("2026-11-23", "2026-11-23"),
        (".inf", ".inf"),
        ("=", "="),
        ("9" * 5000, "9" * 5000),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("10", 10),
        ("-3", -3),
        ("0", 0),
        ("1.5", 1.5),
        ("'10'", "10"),
        ('"true"', "true"),
        ("!!str 10", "10"),
        ("'null'", "null"),
    ],
)
def test_only_a_few_plain_words_are_more_than_text(text: str, meant: object) -> None:
    value = parse(f"key: {text}\n").value["key"]
    assert (value, type(value)) == (meant, type(meant))


def test_keys_are_always_text() -> None:
    assert parse("1: a\nnull: b\ntrue: c\n").value == {"1": "a", "null": "b", "true": "c"}


def test_every_place_knows_its_line() -> None:
    document = parse("a: 1\nb:\n  - x\n  - c: [1,\n      2]\n    d: {e: f,\n      g: h}\n")
    assert document.lines == {
        (): 1,
        ("a",): 1,
        ("b",): 2,
        ("b", 0): 3,
        ("b", 1): 4,
        ("b", 1, "c"): 4,
        ("b", 1, "c", 0): 4,
        ("b", 1, "c", 1): 5,
        ("b", 1, "d"): 6,
        ("b", 1, "d", "e"): 6,
        ("b", 1, "d", "g"): 7,
    }


def test_a_place_that_is_not_there_has_the_line_of_what_should_hold_it() -> None:
    document = parse("\na:\n  b: 1\n")
    assert document.line_of(("a", "x", "y")) == 2
    assert document.line_of(("x",)) == 2


def test_of_two_equal_keys_the_first_counts_and_the_second_is_a_problem() -> None:
    document = parse("a: 1\nb: 2\na: 3\n")
    assert document.value == {"a": 1, "b": 2}
    ((place, sentence),) = document.problems
    assert (document.line_of(place), sentence) == (3, "stands here a second time (first on line 1); keep one")


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system [id]\n",
        "a: !secret x\n",
        "a: !!binary aGk=\n",
        "a: !!set {x}\n",
        "a: !!int x\n",
    ],
)
def test_a_tag_makes_nothing_and_is_a_problem(text: str) -> None:
    document = parse(text)
    assert document.value == {"a": None}
    assert [place for place, _ in document.problems] == [("a",)]


def test_an_alias_stands_for_what_it_names() -> None:
    assert parse("a: &x [1, 2]\nb: *x\n").value == {"a": [1, 2], "b": [1, 2]}


def test_an_error_never_quotes_the_text() -> None:
    for value in (
        "*hunter2",
        "!<hunter2",
        '"hunter2',
        "[hunter2",
        "@hunter2",
        "%hunter2",
        "a: hunter2",
        "&hunter2 &x",
        "\\hunter2: [",
    ):
        text = f"password: {value}\n"
        try:
            parse(text)
        except YamlError as error:
            assert "hunter2" not in f"{error} {error.sentence} {error.__cause__}"
            assert error.__suppress_context__
        else:
            pytest.fail(f"{value} was taken for YAML")
