"""The documents that promise something name proofs that exist."""

from __future__ import annotations

import re

import pytest

from tests.packaging.places import ROOT

#: Each with how many proofs it names at the least.
PROMISING = {"reliability.md": 40, "security.md": 40}


@pytest.mark.parametrize("name", sorted(PROMISING))
def test_every_proof_that_is_named_exists(name: str) -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)", written, re.M))
    named = re.findall(r"`(test_\w+)`", (ROOT / "docs" / name).read_text(encoding="utf-8"))
    assert len(named) >= PROMISING[name]
    assert [one for one in named if one not in there] == []


@pytest.mark.parametrize("name", sorted(PROMISING))
def test_every_row_of_a_promise_names_a_proof(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    tables = re.findall(r"^\| what could go wrong .*\n\|[-|]+\n((?:\|.*\n)+)", text, re.M)
    rows = [row for table in tables for row in table.splitlines()]
    assert len(rows) > 10
    assert [row for row in rows if "`test_" not in row] == []
