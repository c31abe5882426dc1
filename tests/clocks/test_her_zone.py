"""The same clocks as a user in another zone meets them: instants without an offset, in commands and in notes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import Commands, a_mail, comment, write_config, write_mails
from tests.clocks.kit import instant

PROJECT = "lancers/90020001"


@pytest.fixture
def new_york(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Commands]:
    yield Commands(capsys, write_config(tmp_path, "zone: America/New_York"))


def played(run: Commands, folder: Path, mails: list[bytes], notes: list[tuple[str, str]], until: str) -> list[Any]:
    mails_folder = write_mails(folder / "mails", *mails)
    written = "".join(f"- {{at: '{at}', project: {PROJECT}, fact: {fact}}}\n" for at, fact in notes)
    (folder / "notes.yaml").write_text(written)
    found = run.lines("replay", mails_folder, "--notes", folder / "notes.yaml", "--until", until)
    return [(one["kind"], one["at"], one["due_at"]) for one in found]


#: Some days before everything else: a mail so that there is something to replay.
EARLY = a_mail(comment(), instant("2026-01-02T12:00:00+09:00"))


@pytest.mark.parametrize(
    ("noted", "due"),
    [
        # 02:30 does not exist on March 8: by the offset before the change it is 07:30 UTC. + 168 h.
        ("2026-03-08T02:30:00", "2026-03-15T03:30:00-04:00"),
        ("2026-03-08T01:59:59", "2026-03-15T02:59:59-04:00"),
        ("2026-03-08T03:00:00", "2026-03-15T03:00:00-04:00"),
        # 01:30 comes twice on November 1: the first, 05:30 UTC.
        ("2026-11-01T01:30:00", "2026-11-08T00:30:00-05:00"),
        ("2026-11-01T02:00:00", "2026-11-08T02:00:00-05:00"),
        # A date alone is 00:00 by her clock, of which each is before the change of its day.
        ("2026-03-08", "2026-03-15T01:00:00-04:00"),
        ("2026-11-01", "2026-11-07T23:00:00-05:00"),
        # An offset, where one is written, wins.
        ("2026-11-01T01:30:00-05:00", "2026-11-08T01:30:00-05:00"),
        ("2026-03-08T16:30:00+09:00", "2026-03-15T03:30:00-04:00"),
    ],
)
def test_a_note_without_offset_is_by_her_clock(new_york: Commands, tmp_path: Path, noted: str, due: str) -> None:
    found = played(new_york, tmp_path, [EARLY], [(noted, "escrow_funded")], due)
    assert found[-1] == ("reminder_available", due, due)
    before = (instant(due) - timedelta.resolution).isoformat()
    assert found[-1] not in played(new_york, tmp_path, [EARLY], [(noted, "escrow_funded")], before)


@pytest.mark.parametrize(
    ("until", "included"),
    [
        ("2026-11-01T01:29:59", False),
        ("2026-11-01T01:30:00", True),
        ("2026-11-01T01:29:59-04:00", False),
        ("2026-11-01T00:30:00-05:00", True),
    ],
)
def test_until_in_the_hour_that_comes_twice_means_the_first(
    new_york: Commands, tmp_path: Path, until: str, included: bool
) -> None:
    due = "2026-11-01T01:30:00-04:00"
    notes = [("2026-10-25T01:30:00", "escrow_funded")]
    assert (("reminder_available", due, due) in played(new_york, tmp_path, [EARLY], notes, until)) == included


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2026-03-12T03:29:59", "running"),
        ("2026-03-12T03:30:00", "open"),
        ("2026-03-12T03:30:01", "open"),
        ("2026-03-12T16:29:59+09:00", "running"),
        ("2026-03-12T16:30:00+09:00", "open"),
    ],
)
def test_status_at_an_instant_by_her_clock(new_york: Commands, tmp_path: Path, at: str, state: str) -> None:
    mail = a_mail(comment(), instant("2026-03-05T16:30:00+09:00"))
    new_york("import", write_mails(tmp_path / "mails", mail))
    (project,) = new_york.json("status", "--at", at)["projects"]
    (deadline,) = [one for one in project["deadlines"] if one["id"] == "reminder_request"]
    assert deadline["state"] == state
    assert (deadline["from"], deadline["due_at"]) == ("2026-03-05T02:30:00-05:00", "2026-03-12T03:30:00-04:00")
    # 00:00 of March 13 in Tokyo.
    assert deadline["certain_at"] == "2026-03-12T11:00:00-04:00"


@pytest.mark.parametrize(
    ("noted", "due"),
    [
        # March 19 evening in New York is March 20 in Tokyo: 00:00 of March 27 there, 15:00 UTC the day before.
        ("2026-03-19T10:59:59", "2026-03-25T11:00:00-04:00"),
        ("2026-03-19T11:00:00", "2026-03-26T11:00:00-04:00"),
        ("2026-03-20T10:59:59", "2026-03-26T11:00:00-04:00"),
    ],
)
def test_the_date_of_her_filing_is_that_of_tokyo_wherever_she_lives(
    new_york: Commands, tmp_path: Path, noted: str, due: str
) -> None:
    notes = [("2026-03-01", "escrow_funded"), (noted, "reminder_filed")]
    found = played(new_york, tmp_path, [EARLY], notes, noted)
    assert found[-1] == ("deadline_against", instant(noted + "-04:00").isoformat(), due)


@pytest.mark.parametrize(
    "written",
    ["Thu, 05 Mar 2026 16:30:00 +0900", "Thu, 05 Mar 2026 07:30:00 GMT", "Wed, 04 Mar 2026 23:30:00 -0800"],
)
def test_in_whichever_zone_a_mail_is_dated_its_clock_is_the_same(
    new_york: Commands, tmp_path: Path, written: str
) -> None:
    mail = a_mail(comment(), instant("2026-03-05T16:30:00+09:00"))
    changed = mail.replace(b"Thu, 05 Mar 2026 16:30:00 +0900", written.encode())
    folder = write_mails(tmp_path / "mails", changed)
    (alert,) = new_york.lines("replay", folder, "--until", "2026-03-12T03:30:00")
    assert (alert["kind"], alert["due_at"]) == ("reminder_available", "2026-03-12T03:30:00-04:00")
    assert new_york.lines("replay", folder, "--until", "2026-03-12T03:29:59") == []
