"""`snooze`: until when she is left alone, what comes all the same, and what it refuses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.snooze import until_of
from tests.cli.support import JST, PROJECT, Commands, a_mail, comment, jst, write_config, write_mails

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def begun(tmp_path: Path, commands: Commands) -> Commands:
    """Commands on a state in which one contract is known, with contact yesterday."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).replace(microsecond=0)
    commands("import", write_mails(tmp_path / "mails", a_mail(comment(), yesterday)))
    commands("record", PROJECT, "escrow_funded", "--at", (yesterday - timedelta(days=1)).isoformat())
    return commands


def _snoozed_until(commands: Commands) -> str | None:
    (project,) = commands.json("status")["projects"]
    found: str | None = project["snoozed_until"]
    return found


def test_it_says_until_when_what_still_comes_and_how_to_end_it(begun: Commands) -> None:
    printed = begun("snooze", PROJECT, "--until", "2099-03-02T18:30").splitlines()
    assert printed[0] == f"{PROJECT}: no nudges and no repeats until Mon 2099-03-02 18:30."
    assert "contact reminder request" in printed[1]
    assert f"inboxwatch snooze {PROJECT} --off" in printed[2]
    assert _snoozed_until(begun) == "2099-03-02T18:30:00+09:00"
    for command in (("status",), ("timeline", PROJECT)):
        assert "(no nudges until Mon 2099-03-02 18:30)" in " ".join(begun(*command).split())
    assert begun.json("timeline", PROJECT)["project"]["snoozed_until"] == "2099-03-02T18:30:00+09:00"


def test_it_speaks_japanese(tmp_path: Path, begun: Commands) -> None:
    path = write_config(tmp_path)
    path.write_text(path.read_text().replace("language: en", "language: ja"))
    printed = begun("snooze", PROJECT, "--until", "2099-03-02T18:30")
    assert "2099年3月2日(月) 18:30 まで" in printed
    assert "連絡催促申請" in printed


def test_off_ends_it_and_says_so_and_where_there_is_none_says_that(begun: Commands) -> None:
    begun("snooze", PROJECT, "--until", "3d")
    assert "come again" in begun("snooze", PROJECT, "--off")
    assert _snoozed_until(begun) is None
    assert "nothing was being held back" in begun("snooze", PROJECT, "--off")


def test_a_project_is_named_by_its_number_alone_and_an_unknown_one_is_refused(begun: Commands) -> None:
    assert PROJECT in begun("snooze", PROJECT.partition("/")[2], "--until", "2w")
    assert _snoozed_until(begun) is not None
    begun("snooze", "lancers/90020009", "--until", "2w", code=1)
    assert "there is no project" in begun.err and PROJECT in begun.err


def test_what_was_told_is_kept_when_nothing_can_be_understood(begun: Commands) -> None:
    begun("snooze", PROJECT, "--until", "2099-03-02")
    for wrong in ("soon", "2020-01-01", "0d", "-3d", ""):
        begun("snooze", PROJECT, f"--until={wrong}", code=2)
        assert _snoozed_until(begun) == "2099-03-02T00:00:00+09:00"


def test_until_and_off_exclude_each_other_and_one_is_needed(begun: Commands) -> None:
    begun("snooze", PROJECT, code=2)
    begun("snooze", PROJECT, "--until", "3d", "--off", code=2)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("3d", NOW + timedelta(days=3)),
        ("2w", NOW + timedelta(days=14)),
        ("12h", NOW + timedelta(hours=12)),
        ("2026-03-05", jst("2026-03-05T00:00")),
        (" 2026-03-05T18:30 ", jst("2026-03-05T18:30")),
        ("2026-03-05T18:30-05:00", datetime.fromisoformat("2026-03-05T18:30-05:00")),
        ("2026-03-02T10:30:01", NOW + timedelta(seconds=1)),
    ],
)
def test_an_instant_a_date_and_a_span_are_understood(text: str, meant: datetime) -> None:
    assert until_of(text, NOW, JST) == meant  # type: ignore[arg-type]  # any zone will do


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-03-02T10:30", "not in the future"),
        ("2020-01-01", "not in the future"),
        ("0001-01-01", "no instant"),
        ("0d", "not in the future"),
        ("tomorrow", "no instant"),
        ("3", "no instant"),
        ("３日", "no instant"),
        ("99999d", "no instant"),
        ("9999-12-31T23:59-12:00", "no instant"),
    ],
)
def test_what_is_no_instant_to_come_is_refused_with_an_example(text: str, words: str) -> None:
    with pytest.raises(Refusal, match=re.escape(words)):
        until_of(text, NOW, JST)  # type: ignore[arg-type]  # any zone will do
