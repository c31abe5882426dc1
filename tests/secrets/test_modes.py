"""What lies on the disk is hers alone, whatever the umask of whoever starts it, and whatever was there before."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from inboxwatch.store.sqlite import FILE_NAME, Store
from tests.cli.support import PLACES, PROJECT, Commands, a_mail, comment, jst, write_config, write_mails


@pytest.fixture(autouse=True)
def _open_umask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in PLACES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    before = os.umask(0)
    yield
    os.umask(before)


def _open_to_others(folder: Path) -> list[str]:
    return [str(path) for path in (folder, *folder.rglob("*")) if stat.S_IMODE(path.stat().st_mode) & 0o077]


@pytest.fixture
def commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(capsys, write_config(tmp_path, "alerts: {targets: [{journal: true}]}"))


def test_under_any_umask_all_that_is_written_is_hers_alone(tmp_path: Path, commands: Commands) -> None:
    unread = a_mail("新しい何か", jst("2026-06-05T10:00"), name="unread")
    commands("import", write_mails(tmp_path / "mails", a_mail(comment(), jst("2026-06-01T10:00")), unread))
    store = Store.open(tmp_path / "state")
    assert store.last_mail() == 2  # so that the log and its index lie there
    (mail,) = (mail for mail in commands.json("review")["mails"])
    commands("teach", mail["id"], "--as", "noise")
    commands("run", "--once", code=75)
    commands("export", PROJECT, "--to", tmp_path / "pack")
    names = {path.name for path in (tmp_path / "state").rglob("*")}
    assert {FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm", "lock", "profiles", "lancers.yaml"} <= names
    assert _open_to_others(tmp_path / "state") == []
    assert _open_to_others(tmp_path / "pack") == []
    store.close()


def test_a_database_that_was_copied_back_with_another_mode_is_closed_to_others(tmp_path: Path) -> None:
    Store.open(tmp_path / "state").close()
    copied = tmp_path / "state" / FILE_NAME
    shutil.copyfile(copied, tmp_path / "copy")
    copied.unlink()
    shutil.move(tmp_path / "copy", copied)
    assert stat.S_IMODE(copied.stat().st_mode) == 0o666
    store = Store.open(tmp_path / "state")
    assert store.last_mail() == 0
    assert _open_to_others(tmp_path / "state") == []
    store.close()


@pytest.mark.parametrize(("mode", "mark"), [(0o755, "✓"), (0o777, "✗"), (0o775, "✗")])
def test_a_folder_that_others_can_enter_is_told_by_check_with_what_to_run(
    tmp_path: Path, commands: Commands, mode: int, mark: str
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(mode)
    out = commands("check", code=1)
    (line,) = (line for line in out.splitlines() if "chmod 700" in line)
    assert line.startswith(mark) and line.endswith(f"chmod 700 {tmp_path / 'state'}")
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == mode, "it is hers to decide"
    (tmp_path / "state").chmod(0o700)
    assert "chmod 700" not in commands("check", code=1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_check_says_to_whom_the_state_belongs_if_not_to_whoever_asks(tmp_path: Path, commands: Commands) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    os.chown(tmp_path / "state", 65534, 65534)
    assert "sudo -u nobody" in commands("check", code=1)
