"""Both languages say the same things: every sentence of one is in the other, with the same blanks to fill."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

import yaml


def _sentences(language: str) -> dict[str, frozenset[str]]:
    text = resources.files("inboxwatch.wording").joinpath(f"{language}.yaml").read_text(encoding="utf-8")
    return {key: _blanks(sentence) for key, sentence in _flat(yaml.safe_load(text))}


def _flat(found: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in found.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def _blanks(sentence: object) -> frozenset[str]:
    if not isinstance(sentence, str):
        return frozenset()
    return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


def test_every_sentence_is_in_both_languages() -> None:
    assert _sentences("ja").keys() == _sentences("en").keys()


def test_every_sentence_of_the_commands_fills_the_same_blanks_in_both_languages() -> None:
    japanese, english = _sentences("ja"), _sentences("en")
    ours = ("terminal.", "classified.", "recorded.", "imported.", "reviewed.", "acted.", "check.", "demo.")
    assert {k: v for k, v in japanese.items() if k.startswith(ours)} == {
        k: v for k, v in english.items() if k.startswith(ours)
    }
