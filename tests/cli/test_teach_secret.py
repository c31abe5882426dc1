"""What is taught as secret is in no file any more when the command ends, though a daemon has the database open."""

from __future__ import annotations

from pathlib import Path

import pytest

from inboxwatch.store.sqlite import Store
from tests.cli.support import Commands, a_mail, comment, jst, write_mails

_CODE = "二段階認証番号 4821 を送ります"
_TRACES = (_CODE.encode(), b"4821", b"code@mail.example.net")


@pytest.fixture
def kept(tmp_path: Path, commands: Commands) -> Commands:
    """A contact, and a mail with a code."""
    mails = (a_mail(comment(), jst("2026-06-01T10:00")), a_mail(_CODE, jst("2026-06-05T10:00"), name="code"))
    commands("import", write_mails(tmp_path / "mails", *mails))
    return commands


def _left(tmp_path: Path) -> list[bytes]:
    """What of it can be found in the state folder, the names of files and the rule itself included."""
    files = b"".join(file.read_bytes() for file in (tmp_path / "state").rglob("*") if file.is_file())
    return [trace for trace in _TRACES if trace in files]


def _id(commands: Commands) -> str:
    return str(next(mail["id"] for mail in commands.json("review")["mails"] if mail["subject"] == _CODE))


def test_it_is_gone_while_another_connection_is_open(tmp_path: Path, kept: Commands) -> None:
    identity = _id(kept)
    beside = Store.open(tmp_path / "state")
    assert beside.last_mail() == 2  # it has read, as a daemon does
    assert _left(tmp_path)
    kept("teach", identity, "--as", "secret")
    assert _left(tmp_path) == []
    assert "inboxwatch.sqlite3-wal" in {file.name for file in (tmp_path / "state").iterdir()}
    beside.close()


def test_a_rebuild_by_a_rule_written_by_hand_removes_it_too(tmp_path: Path, kept: Commands) -> None:
    beside = Store.open(tmp_path / "state")
    assert beside.last_mail() == 2
    folder = tmp_path / "state" / "profiles"
    folder.mkdir()
    (folder / "lancers.yaml").write_text("platform: lancers\nsecret:\n  - subject: {has: [二段階認証番号]}\n")
    assert "only a try" in kept("rebuild", "--dry-run")
    assert _left(tmp_path)
    kept("rebuild")
    assert _left(tmp_path) == []
    beside.close()


def test_where_the_log_cannot_be_emptied_it_says_so_and_the_next_rebuild_makes_up_for_it(
    tmp_path: Path, kept: Commands
) -> None:
    identity = _id(kept)
    reader = Store.open(tmp_path / "state")
    with reader.snapshot():
        assert reader.last_mail() == 2
        out = kept("teach", identity, "--as", "secret")
        assert "inboxwatch.sqlite3-wal" in out and "inboxwatch rebuild" in out
        assert _left(tmp_path)
    kept("rebuild")
    assert kept.err == ""
    assert _left(tmp_path) == []
    reader.close()
