"""README.md keeps its word: its commands exist and work, its excerpt is real, its table is complete."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from inboxwatch import cli
from tests.packaging.places import PACKAGE, ROOT, at_home, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = ["README.md", "CHANGELOG.md", "docs/architecture.md", "docs/reliability.md"]

#: A configuration that needs no server; beside it the README's commands find old mail, up to the client's last word.
CONFIGURATION = """\
language: en
zone: Asia/Tokyo
mailboxes: [{name: archive, maildir: Maildir}]
alerts: {targets: [{command: [cat]}]}
"""


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"(?ms)^```{kind}\n(.*?)^```$", README)


def _shell_lines() -> list[str]:
    return [line for block in _blocks("sh") for line in block.splitlines() if line]


def _inboxwatch_lines() -> Iterator[list[str]]:
    """Each command of inboxwatch that the README shows, in blocks and in running text, without the program's name."""
    for line in [*_shell_lines(), *re.findall(r"`(inboxwatch [^`]+)`", README)]:
        words = shlex.split(line)
        if words[0] == "inboxwatch":
            yield words[1:]


def _needs_more(words: list[str]) -> str | None:
    """Why a command of the README is not run here, but only understood."""
    if words == ["run"]:
        return "it does not end"
    if any(re.fullmatch(r"[A-Z]+(\.\.\.)?", word) for word in words):
        return "it names a place to be filled in"
    if words[0] == "login":
        return "a sign-in server"
    return None


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    place = folder / ".config" / "inboxwatch"
    place.mkdir(parents=True)
    (place / "config.yaml").write_text(CONFIGURATION, encoding="utf-8")
    (place / "config.yaml").chmod(0o600)
    for name in ("cur", "new", "tmp"):
        (place / "Maildir" / name).mkdir(parents=True)
    (folder / "Mail").mkdir()
    for mail in sorted((PACKAGE / "demo").glob("*.eml"))[:8]:
        shutil.copy(mail, folder / "Mail")
    return folder


def test_every_command_that_can_run_without_a_server_runs(home: Path) -> None:
    """In the README's order, as a reader would type them, with the checkout as the working folder."""
    ran = []
    commands = [words for words in _inboxwatch_lines() if _needs_more(words) is None]
    assert len(commands) > 12
    # What was read in as history comes before what speaks of a project.
    commands.sort(key=lambda words: words[0] != "import")
    for words in commands:
        typed = [str(home / word[2:]) if word.startswith("~/") else word for word in words]
        ended = run(["inboxwatch", *typed], environ=at_home(home))
        assert ended.returncode == 0, f"inboxwatch {shlex.join(words)}: {ended.stdout}{ended.stderr}"
        assert ended.stdout or words[0] in ("run", "import"), words
        ran.append(words[0])
    assert {"replay", "classify", "import", "status", "timeline", "record", "alerts", "check", "demo"} <= set(ran)


def test_every_other_command_is_at_least_understood() -> None:
    understood = [words for words in _inboxwatch_lines() if _needs_more(words)]
    for words in understood:
        cli.parse(words)
    assert ["run"] in understood


def test_every_file_that_a_command_names_is_in_the_checkout() -> None:
    named = [
        word
        for line in _shell_lines()
        for word in shlex.split(line)[1:]
        if re.match(r"(systemd|src|scripts)/|config\.example", word)
    ]
    assert len(named) >= 4
    assert [word for word in named if not (ROOT / word).exists()] == []


def test_it_begins_with_the_two_commands() -> None:
    first = re.findall(r"(?m)^    (\S+) +# ", README[: README.index("\n\nA freelancer")])
    assert first == ["scripts/demo", "scripts/test"]
    for name in first:
        assert (ROOT / name).stat().st_mode & 0o111, f"{name} cannot be run"


def test_the_table_names_every_command_and_no_other() -> None:
    table = README[README.index("## The commands") :]
    ended = run(["inboxwatch", "--help"], environ=at_home(Path("/nonexistent")))
    assert sorted(re.findall(r"(?m)^\| `(\w+)`", table)) == sorted(re.findall(r"(?m)^    (\w+) ", ended.stdout))


def test_the_excerpt_is_what_the_demo_prints(tmp_path: Path) -> None:
    (excerpt,) = _blocks("text")
    printed = run(["inboxwatch", "demo", "--language", "en"], environ=at_home(tmp_path)).stdout.splitlines()
    lines = [line for line in excerpt.splitlines() if line]
    assert [line for line in lines if line not in printed] == []
    places = [printed.index(line) for line in lines]
    assert places == sorted(places)


def test_the_example_of_the_server_is_a_valid_configuration(tmp_path: Path) -> None:
    (text,) = _blocks("yaml")
    file = tmp_path / "config.yaml"
    file.write_text(text.replace("/var/lib/inboxwatch", str(tmp_path / "state")), encoding="utf-8")
    ended = run(["inboxwatch", "--config", file, "status", "--json"], environ=at_home(tmp_path))
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_into_the_checkout_leads_somewhere(document: str) -> None:
    path = ROOT / document
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_names_no_file_that_is_gone(document: str) -> None:
    """Names such as `timeline/deadline.py` or `systemd/inboxwatch.service`, below the checkout or the package."""
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:[\w-]+/)*[\w-]+\.(?:py|service|sql|toml))`|`((?:[\w-]+/)+)`", text)
    names = {file or folder for file, folder in named if "NAME" not in file}
    assert [name for name in sorted(names) if not ((ROOT / name).exists() or (PACKAGE / name).exists())] == []
