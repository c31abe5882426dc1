"""The systemd units: understood without a word of complaint, hardened, and true to what the program does."""

from __future__ import annotations

import configparser
import os
import re
import shlex
from pathlib import Path

import pytest

from inboxwatch import cli
from inboxwatch.__main__ import BAD_CONFIGURATION, WRONG_USAGE
from tests.packaging.places import PACKAGE, ROOT, program, run

USER_UNIT = ROOT / "systemd" / "inboxwatch.service"
SYSTEM_UNIT = ROOT / "systemd" / "inboxwatch-system.service"

USER_TEXT = USER_UNIT.read_text(encoding="utf-8")

#: Tenths of exposure, as systemd-analyze counts.
MOST_EXPOSURE = 15


def _analyze() -> str:
    return program("systemd-analyze", "systemd")


def _service(unit: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#",), delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit.read_text(encoding="utf-8"))
    return dict(parser["Service"])


def _verify(unit: Path, folder: Path) -> str:
    """What systemd-analyze has to say of the unit, with a program in it that exists on this machine."""
    text, count = re.subn(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(encoding="utf-8"))
    assert count == 1
    copy = folder / "inboxwatch.service"
    copy.write_text(text, encoding="utf-8")
    kind = "--user" if unit == USER_UNIT else "--system"
    ended = run([_analyze(), kind, "verify", copy], environ={**os.environ, "XDG_RUNTIME_DIR": str(folder)})
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr


@pytest.mark.parametrize("unit", [USER_UNIT, SYSTEM_UNIT], ids=lambda unit: unit.stem)
def test_systemd_understands_every_line_of_the_unit(unit: Path, tmp_path: Path) -> None:
    # Its exit code is 0 for keys that it does not know: only its silence proves anything.
    assert _verify(unit, tmp_path) == ""


def test_a_misspelt_line_would_be_noticed(tmp_path: Path) -> None:
    unit = tmp_path / "misspelt.service"
    unit.write_text(SYSTEM_UNIT.read_text(encoding="utf-8").replace("UMask=", "UMaks="), encoding="utf-8")
    assert "UMaks" in _verify(unit, tmp_path)


def test_the_system_unit_is_hardened() -> None:
    ended = run([_analyze(), "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", SYSTEM_UNIT])
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_unit_without_walls_would_be_refused(tmp_path: Path) -> None:
    unit = tmp_path / "open.service"
    unit.write_text(SYSTEM_UNIT.read_text(encoding="utf-8").replace("CapabilityBoundingSet=\n", ""), encoding="utf-8")
    ended = run([_analyze(), "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", unit])
    assert ended.returncode != 0


@pytest.mark.parametrize("unit", [USER_UNIT, SYSTEM_UNIT], ids=lambda unit: unit.stem)
def test_the_unit_starts_a_command_that_exists(unit: Path) -> None:
    words = shlex.split(_service(unit)["ExecStart"])
    assert words[0].endswith("/bin/inboxwatch")
    assert cli.parse(words[1:]).command == "run"


@pytest.mark.parametrize("unit", [USER_UNIT, SYSTEM_UNIT], ids=lambda unit: unit.stem)
def test_what_does_not_mend_itself_is_not_started_again(unit: Path) -> None:
    codes = _service(unit)["RestartPreventExitStatus"].split()
    assert {int(code) for code in codes} == {BAD_CONFIGURATION, WRONG_USAGE}


@pytest.mark.parametrize("unit", [USER_UNIT, SYSTEM_UNIT], ids=lambda unit: unit.stem)
def test_systemd_waits_longer_for_the_end_than_the_daemon_does(unit: Path) -> None:
    found = [
        float(match[1])
        for path in PACKAGE.rglob("*.py")
        for match in re.finditer(r"(?m)^STOP_SECONDS = ([0-9.]+)$", path.read_text(encoding="utf-8"))
    ]
    assert len(found) == 1
    assert int(_service(unit)["TimeoutStopSec"]) >= 2 * found[0]


@pytest.mark.parametrize("unit", [USER_UNIT, SYSTEM_UNIT], ids=lambda unit: unit.stem)
def test_every_wall_says_what_could_happen_without_it(unit: Path) -> None:
    said, walls, before = "", [], ""
    text = unit.read_text(encoding="utf-8")
    for line in text[text.index("# --- ") : text.index("[Install]")].splitlines():
        if line.startswith("# "):
            # One comment stands for all lines up to the next.
            said = said + line if before.startswith("# ") else line
        elif line and not line.startswith("#"):
            walls.append((line, "Without" in said))
        before = line
    assert len(walls) > 9
    assert [line for line, explained in walls if not explained] == []


def test_the_user_unit_asks_for_nothing_that_a_users_manager_may_be_refused() -> None:
    """Each of these needs a user namespace there; where the kernel refuses one, the service would not start."""
    asked = re.findall(r"(?m)^(Private\w+|Protect\w+|ReadOnlyPaths|InaccessiblePaths|BindPaths|ProcSubset)=", USER_TEXT)
    assert asked == []
    assert re.findall(r"(?m)^(User|Group|CapabilityBoundingSet|AmbientCapabilities)=", USER_TEXT) == []


@pytest.mark.parametrize("unit", [USER_UNIT, SYSTEM_UNIT], ids=lambda unit: unit.stem)
def test_no_line_is_newer_than_the_systemd_of_debian_12(unit: Path) -> None:
    newer_than_252 = {"RestartSteps", "RestartMaxDelaySec", "RestartMode", "Type=notify-reload", "ImportCredential"}
    text = unit.read_text(encoding="utf-8")
    assert [line for line in newer_than_252 if re.search(rf"(?m)^{line}", text)] == []


def test_the_user_unit_leaves_the_state_where_the_commands_look_for_it() -> None:
    # $STATE_DIRECTORY would be set for the daemon alone, and below ~/.config before systemd 254.
    assert "StateDirectory" not in _service(USER_UNIT)


def test_the_system_unit_and_its_commands_share_one_state() -> None:
    service = _service(SYSTEM_UNIT)
    assert (service["User"], service["StateDirectory"]) == ("inboxwatch", "inboxwatch")
    assert "state: /var/lib/inboxwatch" in (ROOT / "README.md").read_text(encoding="utf-8")
