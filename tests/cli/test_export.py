"""`export`: the evidence pack as she makes it, checks it, and is refused it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from inboxwatch.store.sqlite import Store
from tests.cli.support import GOLDEN, PROJECT, TITLE, Commands, a_mail, comment, jst, write_mails

_OTHER = "https://www.lancers.jp/work/detail/90020002"
_MAILS = [
    a_mail(comment(), jst("2026-06-01T10:00")),
    a_mail(comment(), jst("2026-06-02T10:00")),
    a_mail(comment("朝日社", "別の仕事"), jst("2026-06-03T10:00"), link=_OTHER),
]


@pytest.fixture
def imported(tmp_path: Path, commands: Commands) -> Commands:
    """Commands on a state with two projects, the first of two mails and a fact."""
    commands("import", write_mails(tmp_path / "mails", *_MAILS))
    commands("record", PROJECT, "escrow_funded", "--at", "2026-05-30")
    return commands


def test_the_pack_holds_its_project_and_the_sums_agree(tmp_path: Path, imported: Commands) -> None:
    said = imported("export", PROJECT, "--to", tmp_path / "my pack")
    pack = tmp_path / "my pack"
    assert sorted(path.name for path in pack.iterdir()) == [
        *("README.txt", "SHA256SUMS", "mails", "timeline.html", "timeline.json"),
    ]
    assert sorted(path.read_bytes() for path in (pack / "mails").iterdir()) == sorted(_MAILS[:2])
    everything = b"".join(path.read_bytes() for path in pack.rglob("*") if path.is_file()).decode()
    for others in ("90020002", "朝日社", "別の仕事"):
        assert others not in everything
    assert str(pack) in said
    assert "events: 3 (shown by mail: 2, own statements: 1), mails enclosed: 2" in said
    command = said.rpartition("changed: ")[2].strip()
    checked = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.count(": OK") == 5


def test_the_document_is_japanese_unless_another_language_is_asked_for(tmp_path: Path, imported: Commands) -> None:
    imported("export", "90020001", "--to", tmp_path / "ja")
    imported("export", "90020001", "--to", tmp_path / "en", "--language", "en")
    japanese, english = ((tmp_path / name / "timeline.html").read_text("utf-8") for name in ("ja", "en"))
    assert '<html lang="ja">' in japanese
    assert "取引の経過の記録" in japanese
    assert '<html lang="en">' in english
    assert "Record of a project" in english
    assert TITLE in english


def test_the_events_are_those_that_timeline_shows(tmp_path: Path, imported: Commands) -> None:
    imported("export", PROJECT, "--to", tmp_path / "pack")
    packed = json.loads((tmp_path / "pack" / "timeline.json").read_text("utf-8"))
    shown = imported.json("timeline", PROJECT)
    names = ("id", "at", "kind", "channel", "grade", "trust", "rule", "note", "due_at")
    assert [[event[name] for name in names] for event in packed["events"]] == [
        [event[name] for name in names] for event in shown["events"]
    ]
    assert packed["project"]["state"] == shown["project"]["state"]
    assert [mail["message_id"] for mail in packed["mails"]] == [e["mail"] for e in shown["events"] if e["mail"]]


def test_an_unknown_project_is_refused_with_the_nearest_name(tmp_path: Path, imported: Commands) -> None:
    imported("export", "lancers/90020003", "--to", tmp_path / "pack", code=1)
    assert "there is no project 'lancers/90020003' (did you mean 'lancers/9002000" in imported.err
    assert not (tmp_path / "pack").exists()


def test_a_second_pack_does_not_overwrite_the_first(tmp_path: Path, imported: Commands) -> None:
    imported("export", PROJECT, "--to", tmp_path / "pack")
    before = {path: path.read_bytes() for path in (tmp_path / "pack").rglob("*") if path.is_file()}
    imported("export", PROJECT, "--to", tmp_path / "pack", code=1)
    assert "is not empty; name a new folder" in imported.err
    assert before == {path: path.read_bytes() for path in (tmp_path / "pack").rglob("*") if path.is_file()}


def test_the_folder_must_be_named(imported: Commands) -> None:
    imported("export", PROJECT, code=2)
    assert "--to" in imported.err


def test_a_mail_that_lost_its_bytes_is_told_at_once(tmp_path: Path, imported: Commands) -> None:
    store = Store.open(tmp_path / "state")
    store._do("DELETE FROM raw WHERE mail = (SELECT min(id) FROM mail)")
    store.close()
    said = imported("export", PROJECT, "--to", tmp_path / "pack")
    assert "mails not enclosed: 1; timeline.html says why" in said
    assert "mails enclosed: 1" in said


def test_a_writer_at_work_is_not_waited_for(tmp_path: Path, imported: Commands) -> None:
    daemon = Store.open(tmp_path / "state")
    with daemon.transaction():
        daemon.remember("busy", "yes")
        imported("export", PROJECT, "--to", tmp_path / "pack")
    daemon.close()
    assert (tmp_path / "pack" / "SHA256SUMS").is_file()


def test_every_project_of_the_golden_mails_can_be_packed(tmp_path: Path, commands: Commands) -> None:
    commands("import", GOLDEN)
    projects = commands.json("status")["projects"]
    assert len(projects) > 3
    stored = {path.read_bytes() for path in GOLDEN.rglob("*.eml")}
    for number, project in enumerate(projects):
        pack = tmp_path / f"pack{number}"
        commands("export", project["id"], "--to", pack, "--language", ("ja", "en")[number % 2])
        assert {path.read_bytes() for path in pack.glob("mails/*.eml")} <= stored
        checked = subprocess.run(
            ["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=pack, capture_output=True, check=False
        )
        assert checked.returncode == 0
