"""What is put into a sentence stays within it: folders of a server, files, what a server says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxwatch.wording.say import Language, Wording
from tests.alerts.samples import TOKYO

ENDS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("end", ENDS)
def test_a_value_with_a_line_end_does_not_begin_a_line(language: Language, end: str) -> None:
    say = Wording(language, TOKYO).say
    for value in (f"INBOX{end}FORGED", Path(f"INBOX{end}FORGED"), ValueError(f"INBOX{end}FORGED")):
        said = say("terminal.watch_never", mailbox="main", folder=value)
        assert len(said.splitlines()) == 1
        assert "INBOX FORGED" in said


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_any_value_leaves_a_sentence_on_as_many_lines_as_it_has(value: str) -> None:
    said = Wording("en", TOKYO).say("check.folder", name=value, folder=value, role=value)
    assert len(said.splitlines()) <= 1


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.sampled_from("{}0.title_classx!:")))
def test_braces_in_a_value_are_only_braces(value: str) -> None:
    assert value in Wording("en", TOKYO).say("who.project", title=value)
