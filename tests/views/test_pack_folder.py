"""The folder of an evidence pack: all of it or nothing, for her eyes alone, with sums that `sha256sum` takes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inboxwatch.views.pack.folder import SUMS, NoFolder, write_folder

FILES = [
    ("mails/001-ab.eml", b"\xff\xfe\r\n \x00 "),
    ("timeline.html", b"<p>"),
    ("README.txt", "読む".encode()),
]


def test_the_files_are_there_byte_for_byte_and_the_sums_agree(tmp_path: Path) -> None:
    made = write_folder(tmp_path / "pack", FILES)
    assert {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()} == {
        *(name for name, _ in FILES),
        SUMS,
    }
    assert all((made / name).read_bytes() == content for name, content in FILES)
    checked = subprocess.run(["sha256sum", "--strict", "-c", SUMS], cwd=made, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert len((made / SUMS).read_text().splitlines()) == len(FILES)


def test_a_changed_file_does_not_pass_the_check(tmp_path: Path) -> None:
    made = write_folder(tmp_path / "pack", FILES)
    (made / "timeline.html").write_bytes(b"<p> ")
    assert subprocess.run(["sha256sum", "-c", SUMS], cwd=made, capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_may_look_into_it(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        made = write_folder(tmp_path / "pack", FILES)
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [made, *made.rglob("*")]}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_an_empty_folder_is_used_and_missing_ones_above_it_are_made(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o755)
    assert stat.S_IMODE(write_folder(tmp_path / "empty", FILES).stat().st_mode) == 0o700
    assert (write_folder(tmp_path / "a" / "b" / "pack", FILES) / SUMS).is_file()


def test_a_link_to_an_empty_folder_leads_to_it(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_folder(tmp_path / "link", FILES)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / SUMS).is_file()


def _taken(place: Path) -> Path:
    place.mkdir()
    (place / "precious").write_text("mine")
    return place


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (_taken, "is not empty; name a new folder"),
        (lambda place: place.write_text("mine") and place, "is a file; name a new folder"),
        (lambda place: place.write_text("mine") and place / "pack", "is a file; name a folder elsewhere"),
        (lambda place: place.write_text("mine") and place / "a" / "pack", "a part of it is a file"),
        (lambda place: place.symlink_to("nowhere") or place, "is a link that leads nowhere"),
        (lambda place: place / ("long" * 100), "the name is too long"),
    ],
    ids=["full", "file", "in a file", "below a file", "dead link", "long"],
)
def test_a_place_that_cannot_be_used_is_refused_with_a_remedy(tmp_path: Path, prepare, words: str) -> None:  # type: ignore[no-untyped-def]
    place = prepare(tmp_path / "place")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(NoFolder, match=words):
        write_folder(place, FILES)
    assert [path for path in sorted(tmp_path.rglob("*")) if path not in before] in ([], [tmp_path / "place"])
    assert all(path.read_text() == "mine" for path in before if path.is_file())


def test_the_folder_one_stands_in_is_not_pulled_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoFolder, match="the folder you are in; name a new folder inside it"):
        write_folder(Path(), FILES)


def test_a_place_that_belongs_to_somebody_else_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may write anywhere, nobody may not
    try:
        with pytest.raises(NoFolder, match="permission denied; name a folder in a place of your own"):
            write_folder(tmp_path / "pack", FILES)
    finally:
        os.seteuid(user)


def test_a_failure_half_way_leaves_nothing(tmp_path: Path) -> None:
    def failing() -> Iterator[tuple[str, bytes]]:
        yield FILES[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path / "pack", failing())
    assert list(tmp_path.iterdir()) == []


def test_a_crash_half_way_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    crashing = (
        "import os, sys; from pathlib import Path; from inboxwatch.views.pack.folder import write_folder\n"
        "def files():\n    yield 'a', b'half'\n    os._exit(9)\n"
        "write_folder(Path(sys.argv[1]), files())\n"
    )
    ended = subprocess.run([sys.executable, "-c", crashing, str(tmp_path / "pack")], check=False, timeout=30)
    assert ended.returncode == 9
    assert not (tmp_path / "pack").exists()
    assert stat.S_IMODE(next(tmp_path.iterdir()).stat().st_mode) == 0o700
    assert (write_folder(tmp_path / "pack", FILES) / SUMS).is_file()


def test_a_folder_that_fills_up_meanwhile_is_left_alone(tmp_path: Path) -> None:
    def slow() -> Iterator[tuple[str, bytes]]:
        _taken(tmp_path / "pack")
        yield from FILES

    with pytest.raises(NoFolder, match="is not empty"):
        write_folder(tmp_path / "pack", slow())
    assert [path.name for path in tmp_path.rglob("*")] == ["pack", "precious"]
