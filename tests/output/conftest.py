"""The hostile project, lived through once for all tests that only look at it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inboxwatch.__main__ import main
from tests.cli.support import PLACES
from tests.output.hostile import CLIENT, fill, the_news, the_notes_to_herself, the_past
from tests.servers.http_target import HttpTarget, http_target

#: A folder's name on a server is anybody's who may share a mailbox.
FOLDER = ".Shared\x1b[31m\u202e\nFORGED folder"
_KEEP = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read())"


@dataclass
class Lived:
    """A state that has seen the past and the news: its configuration, and what its targets were given."""

    folder: Path
    config: Path
    endpoint: HttpTarget

    @property
    def commanded(self) -> bytes:
        return (self.folder / "commanded").read_bytes()

    def copy(self, folder: Path) -> Lived:
        """The same state and configuration in another folder, for tests that change something."""
        shutil.copytree(self.folder / "state", folder / "state")
        config = folder / "config.yaml"
        config.write_text(self.config.read_text().replace(f"{self.folder}/state", f"{folder}/state"))
        config.chmod(0o600)
        return Lived(folder, config, self.endpoint)


@pytest.fixture(scope="package")
def _nothing_of_this_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.chdir(home)
        patch.setenv("HOME", str(home))
        for name in PLACES:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="package", params=["ja", "en"])
def lived(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, _nothing_of_this_machine: None
) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp(f"lived-{request.param}")
    with http_target() as endpoint:
        config = folder / "config.yaml"
        config.write_text(
            f"language: {request.param}\nstate: {folder / 'state'}\nme: [me@example.com]\n"
            f"mailboxes: [{{name: main, maildir: {folder / 'Maildir'}, authserv_id: mx.example.com}}]\n"
            f"clients: [{{name: 山田商店, addresses: [{CLIENT}]}}]\n"
            f"alerts:\n  silence: [3d]\n  targets:\n    - url: json://127.0.0.1:{endpoint.port}\n"
            f"    - command: [{sys.executable}, -c, {_KEEP!r}, {folder / 'commanded'}]\n"
        )
        config.chmod(0o600)
        found = Lived(folder, config, endpoint)
        now = datetime.now(UTC)
        _see(found, [*the_past(now - timedelta(days=8)), *the_news(now - timedelta(days=40))], now - timedelta(days=8))
        _see(found, the_news(now - timedelta(minutes=1)), now)
        yield found


def _see(found: Lived, mails: list[bytes], at: datetime) -> None:
    """One round of the watch, after these mails have come."""
    root = found.folder / "Maildir"
    fill(root, mails, at)
    fill(root / ".Sent", the_notes_to_herself(at), at)
    fill(root / FOLDER, [], at)
    (root / FOLDER / "maildirfolder").touch()
    assert main(["-c", str(found.config), "run", "--once"]) == 0
