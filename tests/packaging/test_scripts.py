"""scripts/test and .ci/run: what they call, in which order, and what they say when something is missing.

They run for real, in a small tree of their own, whose Python is a program that writes down how it was called.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.packaging.places import ROOT, program, run

#: What scripts/test itself calls. A search path with these alone is a machine on which the rest is missing.
TOOLS = (
    *("bash", "env", "dirname", "mktemp", "rm", "cat", "cut", "nice"),
    *("sed", "sha256sum", "tail", "timeout", "sleep", "sh"),
)

RECORDER = """\
#!/bin/sh
case "$1" in -c) exit 0;; --version) echo Python 3.11; exit 0;; esac
echo "$*" >> "$(dirname "$0")/calls"
echo "words of $*"
case "$*" in "-m ${FAILING:-nothing}"*) exit 3;; esac
exit 0
"""

#: Which of them call each other.
SCRIPTS = ("scripts/test", "scripts/install-pinned", "scripts/install-packages")

SYSTEMD = """\
#!/bin/sh
echo "a proof of systemd"
[ "${SYSTEMD:-0}" = 0 ] || { echo; echo "scripts/test-systemd: NOT TRIED, for a reason"; exit "$SYSTEMD"; }
"""

#: As above, but tests do not end by themselves. It leaves the number of its process.
ENDLESS = RECORDER.replace(
    "exit 0\n", 'case "$*" in "-m pytest"*) echo $$ > "$0.$$.pid"; exec sleep 120;; esac\nexit 0\n'
)


class Tree:
    """A checkout with the scripts and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.tools = folder / "tools"
        for name in (*SCRIPTS, ".ci/run", "pyproject.toml", "requirements/ci.txt", "requirements/build.txt"):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)
        self.write(self.root / "scripts" / "test-systemd", SYSTEMD)
        self.tools.mkdir()
        for name in TOOLS:
            (self.tools / name).symlink_to(program(name, "coreutils"))

    def make_venv(self) -> None:
        place = self.root / ".venv" / "bin"
        place.mkdir(parents=True)
        self.write(place / "python", RECORDER)
        # It stands in for any Python of the machine, too.
        (self.tools / "python3.11").symlink_to(place / "python")

    def give(self, *names: str) -> None:
        """Put programs on the search path that do nothing, well."""
        for name in names:
            self.write(self.tools / name, "#!/bin/sh\nexit 0\n")

    def write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def run(self, script: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        kept = {"PATH": str(self.tools), "HOME": str(self.root), **environ}
        return run([self.root / script, *words], folder=Path("/"), environ=kept)

    @property
    def calls(self) -> list[str]:
        file = self.root / ".venv" / "bin" / "calls"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture
def ready(tree: Tree) -> Tree:
    """A tree on a machine where nothing is missing."""
    tree.make_venv()
    tree.give("dovecot", "openssl", "setpriv", "systemd-analyze", "systemd-nspawn", "dbus-daemon")
    return tree


def test_everything_is_checked_in_order_from_any_folder(ready: Tree) -> None:
    ended = ready.run("scripts/test")
    assert ended.returncode == 0, ended.stderr
    installs = [call for call in ready.calls if call.startswith("-m pip")]
    assert ready.calls[: len(installs)] == installs
    checks = ready.calls[len(installs) :]
    assert [call.split()[1] for call in checks] == ["ruff", "ruff", "mypy", "pytest", "pytest", "pytest"]
    assert "a proof of systemd" in ended.stdout
    assert ended.stdout.endswith("-- all is well\n")


def test_nothing_is_installed_but_what_is_pinned_with_its_hashes(ready: Tree) -> None:
    ready.run("scripts/test")
    installs = [call for call in ready.calls if call.startswith("-m pip install")]
    assert len(installs) == 3
    for call in installs:
        assert "--no-deps" in call
        assert "--require-hashes" in call or "--no-index" in call
        assert "--no-build-isolation" in call or "--only-binary :all:" in call
        assert "--no-binary dkimpy" in call or "--no-binary" not in call
    assert [call for call in ready.calls if call.startswith("-m pip check")] != []


def test_what_is_pinned_and_does_not_fit_any_more_is_told_with_the_remedy(ready: Tree) -> None:
    ended = ready.run("scripts/test", FAILING="pip check")
    assert ended.returncode == 1
    assert "run scripts/lock" in ended.stderr
    assert [call for call in ready.calls if call.startswith("-m pytest")] == []


def test_units_that_could_not_be_tried_are_named_in_the_last_words(ready: Tree) -> None:
    ended = ready.run("scripts/test", SYSTEMD="77")
    assert ended.returncode == 0
    assert ended.stderr.endswith("BUT:\n-- scripts/test-systemd: NOT TRIED, for a reason\n")
    assert "all is well" not in ended.stdout


def test_units_that_fail_fail_the_run(ready: Tree) -> None:
    ended = ready.run("scripts/test", SYSTEMD="1")
    assert (ended.returncode, ended.stderr) == (1, "scripts/test: failed: pytest or test-systemd\n")


def test_where_no_mount_is_allowed_the_units_are_loudly_not_tried(tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "test-systemd", folder / "scripts")
    tools = tmp_path / "tools"
    for name, text in {"unshare": "echo it is forbidden; exit 1", "sudo": "exit 1", "systemd-nspawn": ""}.items():
        tools.mkdir(exist_ok=True)
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(tools / "sudo")
    (tools / "dbus-daemon").symlink_to(tools / "sudo")
    ended = run([folder / "scripts" / "test-systemd"], environ={"PATH": f"{tools}:{os.environ['PATH']}"})
    assert ended.returncode == 77
    assert "NOTHING IS PROVED" in ended.stdout.splitlines()[-1]
    assert "it is forbidden" in ended.stdout or "it needs root" in ended.stdout


def test_of_those_that_run_beside_each_other_one_leaves_out_just_what_the_others_run(ready: Tree) -> None:
    ready.run("scripts/test")
    calls = [call.split()[2:] for call in ready.calls[-3:]]
    (others,) = (call for call in calls if any("--ignore" in word for word in call))
    folders = [word for call in calls for word in call if not word.startswith("-")]
    assert len(folders) >= 3
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []
    assert len(set(folders)) == len(folders), "a folder is tested twice"
    ignored = {f"--ignore={folder}" for folder in folders}
    assert {word for word in others if "--ignore" in word} == ignored
    shared = [{*call} - {*folders} - ignored for call in calls]
    assert shared[0] == shared[1] == shared[2], "they are not run alike"


@pytest.mark.parametrize("failing", ["pytest tests/service", "pytest tests/mailbox", "pytest --ignore"])
def test_each_of_them_fails_the_run_and_is_shown_whole_after_the_first(ready: Tree, failing: str) -> None:
    ended = ready.run("scripts/test", FAILING=failing)
    assert (ended.returncode, ended.stderr) == (1, "scripts/test: failed: pytest or test-systemd\n")
    words = [line for line in ended.stdout.splitlines() if line.startswith("words of -m pytest")]
    assert [line.split()[4].split("=")[0] for line in words] == ["tests/service", "tests/mailbox", "--ignore"]


def test_who_interrupts_the_tests_interrupts_them_all(ready: Tree) -> None:
    ready.write(ready.root / ".venv" / "bin" / "python", ENDLESS)
    with subprocess.Popen(
        [ready.root / "scripts" / "test"],
        env={"PATH": str(ready.tools), "HOME": str(ready.root)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        numbers: list[int] = []
        until = time.monotonic() + 30
        while len(numbers) < 3:
            assert time.monotonic() < until, "the tests did not begin"
            time.sleep(0.02)  # nobody tells us when the last has begun
            files = (ready.root / ".venv" / "bin").glob("*.pid")
            numbers = [int(text) for file in files if (text := file.read_text().strip())]
        os.killpg(running.pid, signal.SIGINT)
        said, _ = running.communicate(timeout=40)
    assert running.returncode == 130
    for begun in ("tests/mailbox", "--ignore"):
        assert f"words of -m pytest {begun}" in said, "where the other tests were is not told"
    for number in numbers:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


@pytest.mark.parametrize("number", [1, 2])
def test_a_test_that_takes_the_signals_for_itself_gives_them_back(number: int) -> None:
    """The second would find what the first has left."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    assert [each for each in signals if signal.getsignal(each) is _deaf] == []
    for each in signals:
        signal.signal(each, _deaf)


def _deaf(number: int, frame: object) -> None: ...


def test_further_arguments_go_to_pytest_which_then_runs_once(ready: Tree) -> None:
    ready.run("scripts/test", "tests/mail", "-k", "a b")
    assert ready.calls[-1].endswith(" tests/mail -k a b")
    assert [call.split()[1] for call in ready.calls[-2:]] == ["mypy", "pytest"]


@pytest.mark.parametrize("failing", ["ruff check", "ruff format", "mypy", "pytest"])
def test_a_check_that_fails_hides_no_other_and_is_named_at_the_end(ready: Tree, failing: str) -> None:
    ended = ready.run("scripts/test", FAILING=failing)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"scripts/test: failed: {failing}")
    assert ready.calls[-1].startswith("-m pytest")
    assert "all is well" not in ended.stdout


def test_nothing_is_checked_with_packages_that_could_not_be_installed(ready: Tree) -> None:
    for _ in range(2):
        ended = ready.run("scripts/test", FAILING="pip")
        assert ended.returncode == 1
        assert "pip could not install" in ended.stderr
    assert [call.split()[1] for call in ready.calls] == ["pip", "pip"]


def test_packages_are_installed_again_only_when_what_is_needed_has_changed(ready: Tree) -> None:
    def installs() -> int:
        assert ready.run("scripts/test").returncode == 0
        return sum("--editable" in call for call in ready.calls)

    assert installs() == 1
    assert installs() == 1
    with (ready.root / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    assert installs() == 2
    with (ready.root / "requirements" / "ci.txt").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert installs() == 3


def test_without_python_it_says_which_is_needed(tree: Tree) -> None:
    ended = tree.run("scripts/test")
    assert ended.returncode == 1
    assert "Python 3.11 or newer is needed" in ended.stderr


def test_a_python_that_is_too_old_is_passed_over(tree: Tree) -> None:
    tree.write(tree.tools / "python3", "#!/bin/sh\nexit 1\n")
    assert "Python 3.11 or newer is needed" in tree.run("scripts/test").stderr


def test_what_is_missing_and_cannot_be_installed_is_named(tree: Tree) -> None:
    tree.make_venv()
    tree.give("dovecot", "setpriv", "systemd-analyze")
    ended = tree.run("scripts/test")
    assert ended.returncode == 1
    assert "needed and missing" in ended.stderr
    assert "openssl" in ended.stderr
    assert tree.calls == [], "nothing may run, or be skipped, while something is missing"


def test_an_installation_that_does_not_help_is_noticed(tree: Tree) -> None:
    tree.make_venv()
    tree.give("dovecot", "setpriv", "systemd-analyze", "systemd-nspawn", "dbus-daemon")
    tree.give("apt-get", "sudo", "tee", "chmod")
    ended = tree.run("scripts/test")
    assert ended.returncode == 1
    assert "still missing after the installation: openssl" in ended.stderr
    assert tree.calls == []


def test_the_build_server_gets_the_same_exit_code_without_delay(tree: Tree) -> None:
    tree.write(tree.root / "scripts" / "test", '#!/bin/sh\necho "CI=$CI $*"\nexit 3\n')
    begun = time.monotonic()
    ended = tree.run(".ci/run", "-x", "a b")
    assert (ended.returncode, ended.stdout) == (3, "CI=true -x a b\n")
    # Its heartbeat must not hold the pipe open until it next beats.
    assert time.monotonic() - begun < 10


def test_the_scripts_may_be_run_and_bash_understands_them() -> None:
    for name in (*SCRIPTS, "scripts/test-systemd", "scripts/lock", "scripts/audit", "scripts/demo", ".ci/run"):
        assert os.access(ROOT / name, os.X_OK), f"{name} cannot be run"
        assert run(["bash", "-n", ROOT / name]).returncode == 0
