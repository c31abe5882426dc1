"""Every regular expression that sees text of a mail takes linear time, or is run on a text that is cut short before.

They are found in the source, so that a new one is tried too. Each is searched in texts that repeat what it asks for:
every sign that it names, every two of them, every word of it with a sign behind; behind its own beginning and without.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import pkgutil
import re
import re._constants as constants  # the tree of an expression; there is no public way to it
import re._parser as parser
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import inboxwatch

HERE = Path(inboxwatch.__file__).parent
PLACES = ("mail", "platforms", "timeline", "alerts", "views")
MODULES = ("mailed", "fact_words", "facts", "answering", "understand", "taking", "stumbling")
#: One header is cut to 16 KB; of texts more is read, and by linear expressions alone.
LENGTH = 16_000
#: A text of this length takes a linear expression a millisecond or two, and a quadratic one a hundred.
SECONDS = 0.03
#: Those that are not linear, or cannot be tried at full length, with the length to which their text is cut before.
CUT = {
    "mail.dates": 200,  # dates._LENGTH
    "platforms.classify _TAG": 320,  # an address
    "platforms.lookalike": 1_000,  # shows_name; a domain has 320
    "platforms.teaching": 1_000,  # a subject, when she asks
}
_FUNCTIONS = {"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"}


def expressions() -> Iterator[tuple[str, str, re.Pattern[Any], frozenset[str]]]:
    """Module, name or line, expression, and what is done with it."""
    for module in _modules():
        seen = set()
        tree = ast.parse((HERE / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
        for name, value in vars(importlib.import_module(f"inboxwatch.{module}")).items():
            for number, one in enumerate(_compiled(value)):
                seen.add(one.pattern)
                yield module, f"{name}[{number}]", one, _methods(tree, name)
        for line, method, pattern, flags in _inline(tree):
            if pattern not in seen:
                yield module, f"line {line}", re.compile(pattern, flags), frozenset({method})


def _modules() -> Iterator[str]:
    yield from MODULES
    for place in PLACES:
        for found in pkgutil.walk_packages([str(HERE / place)], f"{place}."):
            if not found.ispkg and "profiles" not in found.name:
                yield found.name


def _compiled(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (tuple, list)):
        yield from itertools.chain.from_iterable(map(_compiled, value))
    elif isinstance(value, dict):
        yield from itertools.chain.from_iterable(map(_compiled, value.values()))


def _methods(tree: ast.Module, name: str) -> frozenset[str]:
    """What a module does with an expression; everything, where it is not called by its name."""
    uses = [one for one in ast.walk(tree) if isinstance(one, ast.Name) and one.id == name]
    called = [one for one in ast.walk(tree) if isinstance(one, ast.Attribute) and one.value in uses]
    return frozenset(one.attr for one in called) if called and len(called) + 1 == len(uses) else frozenset({"search"})


def _inline(tree: ast.Module) -> Iterator[tuple[int, str, Any, int]]:
    """Expressions that stand as a constant in a call within a function."""
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _FUNCTIONS):
            continue
        first = call.args[0] if call.args else None
        if isinstance(call.func.value, ast.Name) and call.func.value.id == "re" and isinstance(first, ast.Constant):
            names = {one.attr for one in ast.walk(call) if isinstance(one, ast.Attribute)}
            flags = sum(getattr(re, name) for name in names & {"IGNORECASE", "DOTALL"})
            yield call.lineno, call.func.attr, first.value, flags


EVERY = {f"{module} {name}": (module, one, methods) for module, name, one, methods in expressions()}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", EVERY)
def test_an_expression_takes_linear_time_on_the_text_that_is_worst_for_it(name: str) -> None:
    module, expression, methods = EVERY[name]
    for evil in evil_texts(expression, CUT.get(name.partition("[")[0], CUT.get(module, LENGTH))):
        assert least_seconds(expression, evil, methods) < SECONDS, evil[:60]


def test_there_are_expressions_to_try() -> None:
    assert len(EVERY) > 60
    assert {"mail.html _STYLE_NOISE[0]", "mail.addresses _AROUND[0]", "mail.text _LINE_BREAK[0]"} <= set(EVERY)


@pytest.mark.parametrize(
    ("bad", "length"),
    [
        (r"\s*([@.])\s*", 6_000),
        ("[\t ]*[\t\n][\t\n ]*", 6_000),
        (r"(?s)/\*.*?\*/|\s+", LENGTH),
        (r"(?:a|aa)+$", 32),
        (r"(\d+)+x", 19),
    ],
)
def test_the_trial_finds_an_expression_that_is_not_linear(bad: str, length: int) -> None:
    """The first three were ours, until their mails were tried; the last two would never end at full length."""
    expression = re.compile(bad)
    search = frozenset({"search"})
    assert any(least_seconds(expression, evil, search) >= SECONDS for evil in evil_texts(expression, length))


def least_seconds(expression: re.Pattern[Any], text: str, methods: frozenset[str]) -> float:
    """Seconds of the processor for finding all in the text; measured again where a neighbour may have disturbed."""
    data: Any = text.encode() if isinstance(expression.pattern, bytes) else text
    best = 99.0
    for _ in range(3):
        began = time.process_time()
        for method in methods & {"match", "fullmatch"}:
            getattr(expression, method)(data)
        if methods - {"match", "fullmatch"}:
            expression.split(data)
        best = min(best, time.process_time() - began)
        if best < SECONDS:
            break
    return best


def evil_texts(expression: re.Pattern[Any], length: int) -> Iterator[str]:
    pattern = expression.pattern if isinstance(expression.pattern, str) else expression.pattern.decode("latin-1")
    tree = parser.parse(pattern, expression.flags & ~re.UNICODE if isinstance(expression.pattern, bytes) else 0)
    signs, words = list(dict.fromkeys(_signs(tree)))[:8], list(dict.fromkeys(_words(tree)))[:4]
    pumps = [*signs, *("".join(pair) for pair in itertools.permutations(signs, 2)), *words]
    pumps += [word + sign for word in words for sign in signs]
    for pump in pumps:
        yield (pump * length)[:length] + "\0"
    for word, sign in itertools.product(words, signs):
        yield word + sign * (length - len(word)) + "\0"


def _signs(tree: Any) -> Iterator[str]:
    """A sign for each that the expression names, and one for each class."""
    for kind, value in tree:
        if kind is constants.LITERAL:
            yield chr(value)
        elif kind is constants.NOT_LITERAL:
            yield "x" if value != ord("x") else "y"
        elif kind is constants.ANY:
            yield "x"
        elif kind is constants.IN:
            yield from _of_class(value)
        else:
            yield from itertools.chain.from_iterable(map(_signs, _within(value)))


def _of_class(value: Any) -> Iterator[str]:
    if value[0][0] is constants.NEGATE:
        yield "x"
    for kind, what in value[:4]:
        if kind is constants.LITERAL:
            yield chr(what)
        elif kind is constants.RANGE:
            yield chr(what[0])
        elif kind is constants.CATEGORY:
            yield {"SPACE": " ", "DIGIT": "1", "WORD": "a"}.get(str(what).rpartition("_")[2], "x")


def _words(tree: Any) -> Iterator[str]:
    """What the expression asks for letter by letter, as words."""
    word = ""
    for kind, value in tree:
        if kind is constants.LITERAL:
            word += chr(value)
            continue
        if word:
            yield word
        word = ""
        yield from itertools.chain.from_iterable(map(_words, _within(value)))
    if word:
        yield word


def _within(value: Any) -> Iterator[Any]:
    if isinstance(value, parser.SubPattern):
        yield value
    elif isinstance(value, (tuple, list)):
        yield from itertools.chain.from_iterable(map(_within, value))
