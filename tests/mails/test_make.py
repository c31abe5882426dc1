"""The golden mails on disk are those that the maker writes, and it never writes over one unasked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def make(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HERE / "make.py"), "--to", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_golden_mails_are_those_that_the_maker_writes(tmp_path: Path) -> None:
    assert make(tmp_path).returncode == 0
    assert contents(tmp_path) == contents(HERE / "lancers")


def test_a_changed_file_is_written_over_only_by_force(tmp_path: Path) -> None:
    make(tmp_path)
    changed = tmp_path / "s1_plain.yaml"
    before = changed.read_bytes()
    changed.write_text("platform: null\n")
    refused = make(tmp_path)
    assert (refused.returncode, changed.read_text()) == (1, "platform: null\n")
    assert "s1_plain.yaml differs" in refused.stderr
    assert make(tmp_path, "--force").returncode == 0
    assert changed.read_bytes() == before
