"""docs/reliability.md names proofs that exist."""

from __future__ import annotations

import re

from tests.packaging.places import ROOT

DOCUMENT = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_every_proof_that_is_named_exists() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)", written, re.M))
    named = re.findall(r"`(test_\w+)`", DOCUMENT)
    assert len(named) > 40
    assert [name for name in named if name not in there] == []


def test_every_row_of_a_promise_names_a_proof() -> None:
    rows = [line for line in DOCUMENT.splitlines() if re.match(r"\| (?!what |---)", line) and line.count("|") == 4]
    assert len(rows) > 20
    assert [row for row in rows if "`test_" not in row] == []
