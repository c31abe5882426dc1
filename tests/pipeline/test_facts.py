"""Recorded facts as she states them: defaults, instants, names, and errors that say what would be right."""

from __future__ import annotations

import pytest

from inboxwatch.facts import FactError, Statement, as_fact, as_instant
from inboxwatch.platforms.kinds import FACTS
from inboxwatch.store.model import ProjectRow
from tests.pipeline.story import DAY, NEW_YORK, TOKYO, jst

NOW = jst("2026-03-02 10:30")
ROWS = [
    ProjectRow("lancers/5545030", "lancers", ("lancers/5545030", "lancers/記事", "lancers/@山田"), "", NOW),
    ProjectRow("lancers/77", "lancers", ("lancers/77", "lancers/@山田"), "", NOW),
]


def fact(kind: str, project: str = "5545030", **more: object):  # type: ignore[no-untyped-def]
    return as_fact(Statement(project, kind, **more), NOW, TOKYO, ROWS, ["lancers"])  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", FACTS)
def test_every_fact_can_be_recorded_with_its_usual_side(kind: str) -> None:
    own = {"delivered", "completion_reported", "completion_withdrawn", "reminder_filed"}
    found = fact(kind)
    assert (found.kind, found.by) == (kind, "me" if kind in own else "client")
    assert found.channel == ("offsite" if kind == "contact" else None)


def test_side_and_channel_are_taken_for_any_fact() -> None:
    found = fact("delivered", by="client", channel="mail")
    assert (found.by, found.channel) == ("client", "mail")


@pytest.mark.parametrize("name", ["5545030", "lancers/5545030", "記事", "lancers/記事"])
def test_a_project_is_found_by_any_name_it_has_had(name: str) -> None:
    assert fact("closed", name).project == "lancers/5545030"


def test_a_new_project_is_made_of_a_known_platform_only() -> None:
    assert fact("closed", "lancers/99").project == "lancers/99"
    assert fact("closed", "direct/鈴木").project == "direct/鈴木"
    for name in ("99", "lancer/99", "nowhere/1", "lancers/"):
        with pytest.raises(FactError):
            fact("closed", name)


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("complete_reported", {}, "did you mean 'completion_reported'"),
        ("notice", {}, "is no fact"),
        ("contact", {"by": "cliant"}, "did you mean 'client'"),
        ("contact", {"channel": "phone"}, "--channel"),
        ("contact", {"at": "yesterday"}, "is no date"),
        ("contact", {"at": "2026-03-02T10:30:01"}, "future"),
        ("escrow_funded", {"plan": 0}, "counted from 1"),
        ("closed", {"project": "@山田"}, "may be any of"),
    ],
)
def test_a_fact_that_cannot_be_understood_says_what_would_be_right(kind: str, more: dict[str, str], words: str) -> None:
    with pytest.raises(FactError, match=words):
        fact(kind, **more)


def test_an_instant_without_an_offset_is_in_her_zone() -> None:
    assert as_instant("2026-03-02T10:30", TOKYO) == NOW
    assert as_instant("2026-03-02T10:30+00:00", TOKYO) == NOW + 9 * DAY / 24
    assert as_instant("2026-03-02", NEW_YORK).isoformat() == "2026-03-02T00:00:00-05:00"
