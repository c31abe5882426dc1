"""`status`, `timeline` and `record` say what is not certain, whose turn it is, and what a record takes along."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.support import PROJECT, Commands, a_mail, comment, jst, write_mails

LAST = jst("2026-06-01T10:00")
REMINDED = "連絡催促のお知らせ"


@pytest.fixture
def imported(tmp_path: Path, commands: Commands) -> Commands:
    commands("import", write_mails(tmp_path / "mails", a_mail(comment(), LAST)))
    commands("record", PROJECT, "escrow_funded", "--at", "2026-05-30")
    return commands


def deadline(commands: Commands, name: str, at: str) -> dict[str, object]:
    (project,) = commands.json("status", "--at", at)["projects"]
    (found,) = [one for one in project["deadlines"] if one["id"] == name]
    return dict(found)


def test_an_answer_in_time_differs_from_one_that_was_missed(imported: Commands) -> None:
    imported("record", PROJECT, "reminder_received", "--at", "2026-06-02T10:00")
    running = deadline(imported, "reminder_answer", "2026-06-03T10:00")
    assert (running["state"], running["passed"], running["met"]) == ("running", False, False)
    missed = deadline(imported, "reminder_answer", "2026-06-20T10:00")
    assert (missed["state"], missed["passed"], missed["met"]) == ("done", True, False)
    imported("record", PROJECT, "answered", "--at", "2026-06-03T10:00")
    met = deadline(imported, "reminder_answer", "2026-06-20T10:00")
    assert (met["state"], met["passed"], met["met"]) == ("done", False, True)


def test_status_shows_doubts_below_the_table_and_in_json(tmp_path: Path, imported: Commands) -> None:
    imported("import", write_mails(tmp_path / "more", a_mail(REMINDED, jst("2026-06-02T10:00"))))
    (project,) = imported.json("status", "--at", "2026-06-03")["projects"]
    (doubt,) = project["doubts"]
    assert doubt["code"] == "probable_reminder"
    assert project["advice_code"] == "received"
    for command in (("status", "--at", "2026-06-03"), ("timeline", PROJECT)):
        assert doubt["line"] in " ".join(imported(*command).split())


def test_the_line_of_a_doubt_can_be_followed(tmp_path: Path, imported: Commands) -> None:
    imported("import", write_mails(tmp_path / "more", a_mail(REMINDED, jst("2026-06-02T10:00"))))
    (project,) = imported.json("status", "--at", "2026-06-03")["projects"]
    identity = project["doubts"][0]["line"].rpartition(" ")[2]
    imported("record", "--undo", identity)
    (project,) = imported.json("status", "--at", "2026-06-03")["projects"]
    assert project["doubts"] == []
    assert project["advice_code"] == "running_unreported"


def test_whose_turn_it_is_stands_beside_the_state(imported: Commands) -> None:
    imported("record", PROJECT, "waiting", "--by", "me", "--at", "2026-06-02")
    printed = imported("status", "--at", "2026-06-03")
    assert "(your turn)" in " ".join(printed.split())
    (project,) = imported.json("status", "--at", "2026-06-03")["projects"]
    assert (project["turn"], project["advice_code"]) == ("me", "turn_unreported")


def test_status_and_timeline_show_both_readings_of_seven_days(imported: Commands) -> None:
    imported("record", PROJECT, "contact", "--channel", "offsite", "--at", "2026-06-03T10:00")
    for command in (("status", "--at", "2026-06-04"), ("timeline", PROJECT)):
        printed = " ".join(imported(*command).split())
        for instant in ("Wed 2026-06-10 10:00", "Thu 2026-06-11 00:00", "Mon 2026-06-08 10:00"):
            assert instant in printed, (command, instant)


def test_the_end_of_both_reminders_is_told_when_one_of_them_was_her_own(commands: Commands) -> None:
    def at(days: int) -> str:
        return (datetime.now(UTC) - timedelta(days=days)).isoformat()

    for fact, days in (("escrow_funded", 20), ("contact", 15), ("completion_reported", 6)):
        commands("record", "lancers/90020009", fact, "--at", at(days))
    commands("record", "90020009", "reminder_received", "--at", at(4))
    assert "Careful" not in commands("record", "90020009", "reminder_ended", "--at", at(3))
    commands("record", "90020009", "reminder_received", "--at", at(2))
    commands("record", "90020009", "reminder_filed", "--at", at(1))
    printed = commands("record", "90020009", "reminder_ended")
    assert "your own contact reminder request" in printed
    assert "inboxwatch record lancers/90020009 answered" in printed


def test_a_part_brings_its_own_advice(imported: Commands) -> None:
    imported("record", PROJECT, "delivered", "--part", "4/5", "--at", "2026-06-02")
    (project,) = imported.json("status", "--at", "2026-06-09T10:00")["projects"]
    assert (project["part"], project["advice_code"]) == ("4/5", "open_refunded")
    assert "only 4/5 is delivered" in project["advice"]
