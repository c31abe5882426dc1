"""`status` and `timeline` while mail may lie there unread: nobody is told to act on a silence that was not watched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch.store.model import FolderState, WatchState
from inboxwatch.store.sqlite import Store
from tests.cli.support import PROJECT, Commands, a_mail, comment, write_mails

HOUR = timedelta(hours=1)
FILE_NOW = "You can file now"
LOOK_FIRST = "look yourself first whether the client has written. If not: You can file now"


def read_up_to(folder: Path, instant: datetime | None, *, blind: bool = False) -> None:
    """The mailbox as the daemon left it."""
    store = Store.open(folder / "state")
    store.save_folder(FolderState("main", "INBOX", 1, 5, instant))
    store.save_watch(WatchState("main", instant, instant if blind else None, "refused" if blind else None))
    store.close()


@pytest.fixture
def window(tmp_path: Path, commands: Commands) -> datetime:
    """A project whose request has been open for half an hour; the present instant."""
    now = datetime.now(UTC).replace(microsecond=0)
    mails = write_mails(tmp_path / "mails", a_mail(comment(), now - 168.5 * HOUR))
    commands("import", mails)
    commands("record", PROJECT, "escrow_funded", "--at", (now - 200 * HOUR).isoformat())
    commands("record", PROJECT, "completion_reported", "--at", (now - 160 * HOUR).isoformat())
    return now


def test_while_all_is_read_she_may_file(tmp_path: Path, commands: Commands, window: datetime) -> None:
    read_up_to(tmp_path, window)
    status = commands("status")
    assert FILE_NOW in status and "look yourself" not in status
    assert "(open)" in status


@pytest.mark.parametrize(
    ("behind", "blind"), [(3 * HOUR, False), (HOUR / 6, True)], ids=["not watched for hours", "blind"]
)
def test_what_is_not_read_must_be_looked_at_first(
    tmp_path: Path, commands: Commands, window: datetime, behind: timedelta, blind: bool
) -> None:
    read_up_to(tmp_path, window - behind, blind=blind)
    for shown in (commands("status"), commands("timeline", PROJECT)):
        assert "No mail has been read since" in shown and LOOK_FIRST in " ".join(shown.split())
        assert "open only if nothing" in " ".join(shown.split())
    (project,) = commands.json("status")["projects"]
    assert project["advice_code"] == "open_paid" and LOOK_FIRST in project["advice"]


def test_what_opened_after_the_last_read_must_be_looked_at_first(
    tmp_path: Path, commands: Commands, window: datetime
) -> None:
    read_up_to(tmp_path, window - HOUR / 3)
    assert "look yourself" not in commands("status")
    read_up_to(tmp_path, window - 2 * HOUR / 3)
    assert LOOK_FIRST in " ".join(commands("status").split())


def test_during_the_first_read_it_is_said_that_it_is_not_finished(
    tmp_path: Path, commands: Commands, window: datetime
) -> None:
    read_up_to(tmp_path, None)
    status = " ".join(commands("status").split())
    assert status.startswith("Your mail is still being read for the first time")
    assert f"Your mail has not been read through yet: {LOOK_FIRST}" in status


def test_without_a_mailbox_what_was_imported_is_all_there_is(commands: Commands, window: datetime) -> None:
    assert "look yourself" not in commands("status")


def test_an_instant_of_the_past_is_shown_as_it_is_known_now(
    tmp_path: Path, commands: Commands, window: datetime
) -> None:
    read_up_to(tmp_path, window - 3 * HOUR)
    assert "look yourself" not in commands("status", "--at", (window - HOUR / 6).isoformat())
