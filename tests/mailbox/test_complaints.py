"""The table of complaints is complete, and each of its lines is held by a test."""

from __future__ import annotations

import re
from pathlib import Path

TABLE = Path(__file__).with_name("COMPLAINTS.md")
TESTS = Path(__file__).parent.parent


def test_every_complaint_has_a_line_and_every_line_a_test_that_exists() -> None:
    lines = re.findall(r"^\| ([AB]\d+) \| .+ \| (test_\w+) \|$", TABLE.read_text(encoding="utf-8"), re.M)
    expected = [f"A{number}" for number in range(1, 36)] + [f"B{number}" for number in range(1, 25)]
    assert [name for name, _ in lines] == expected
    written = "\n".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)", written, re.M))
    assert [test for _, test in lines if test not in there] == []
