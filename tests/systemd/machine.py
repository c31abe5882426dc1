"""A machine of its own with systemd as PID 1: an overlay over this machine's root, in a container without a network.

What is written in it lands in memory and goes with it. The caller has a mount namespace of its own
(scripts/test-systemd), so that even after a kill no mount stays behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

#: What may lie on this machine and must not show in the other: its own units, mounts, identity and installation.
_NOT_OURS = ("etc/systemd/system", "etc/systemd/user", "opt/inboxwatch", "etc/inboxwatch", "var/lib/inboxwatch")
_MASKED = ("systemd-logind", "systemd-udevd", "systemd-resolved", "systemd-timesyncd", "apparmor")
_TARGET = """\
[Unit]
Requires=sysinit.target dbus.service
After=sysinit.target dbus.service
AllowIsolate=yes
"""
_BOOT_SECONDS = 40.0
_CLONE_NEWNET = 0x40000000
_CGROUPS = Path("/sys/fs/cgroup")
#: Where systemd keeps its tree: version 2 alone, or version 1 with or without version 2 beside it.
_HIERARCHIES = (_CGROUPS, _CGROUPS / "systemd", _CGROUPS / "unified")


class CannotBoot(Exception):
    """This machine does not let another one be started, with the reason. It says nothing about our units."""


class Machine:
    """One machine; `root` is its root folder as seen from here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.console = folder / "console"
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._init = 0
        self._groups: list[Path] = []

    def prepare(self) -> None:
        """Make the root folder: all of this machine's files, changes in memory. Raises CannotBoot."""
        _must(["mount", "-t", "tmpfs", "-o", "size=1g,mode=755", "inboxwatch-test", self.folder])
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir()
        layers = f"lowerdir=/,upperdir={self.folder}/upper,workdir={self.folder}/work"
        _must(["mount", "-t", "overlay", "-o", layers, "inboxwatch-test", self.root])
        # systemd-nspawn would leave folders there.
        Path("/run/systemd/nspawn").mkdir(parents=True, exist_ok=True)
        _must(["mount", "-t", "tmpfs", "-o", "size=1m", "inboxwatch-test", "/run/systemd/nspawn"])
        for name in _NOT_OURS:
            shutil.rmtree(self.root / name, ignore_errors=True)
        self.write("etc/systemd/system/machine.target", _TARGET)
        (self.root / "etc/systemd/system/default.target").symlink_to("machine.target")
        for name in _MASKED:
            (self.root / f"etc/systemd/system/{name}.service").symlink_to("/dev/null")
        self.write("etc/fstab", "")
        self.write("etc/crypttab", "")
        # With this machine's id its journal would be taken over, and grow the memory.
        self.write("etc/machine-id", uuid.uuid4().hex + "\n")
        self.write("etc/systemd/journald.conf.d/50-test.conf", "[Journal]\nStorage=volatile\nRateLimitBurst=0\n")
        for name in ("etc/.updated", "var/.updated"):  # else systemd rebuilds caches at the first boot
            self.write(name, "")

    def boot(self) -> None:
        """Start systemd and wait until it answers. Raises CannotBoot with the console's words."""
        command = ["systemd-nspawn", "-q", "-D", self.root, "-b", "--register=no", "--keep-unit", "--link-journal=no"]
        options = [
            f"--machine=inboxwatch-test-{os.getpid()}",
            "--private-network",
            "--console=pipe",
            "--notify-ready=no",
        ]
        self._make_groups()
        with self.console.open("wb") as console:
            self._nspawn = subprocess.Popen(
                [str(word) for word in (*command, *options)],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                preexec_fn=self._enter_groups,
            )
        until = time.monotonic() + _BOOT_SECONDS
        while not self._is_up():
            if self._nspawn.poll() is not None or time.monotonic() > until:
                words = self.console.read_text(errors="replace").strip()[-1500:]
                raise CannotBoot(f"systemd did not come up in a container here: {words or 'it said nothing'}")
            time.sleep(0.1)  # nobody tells us

    def close(self) -> None:
        """End all that runs in it, and leave nothing behind."""
        if self._nspawn is not None:
            # Its first process is that of a PID namespace: with it all others end.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._init or self._nspawn.pid, 9)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._nspawn.wait(10)
            self._nspawn.kill()
            self._nspawn.wait()
        for place in (self.root, self.folder, Path("/run/systemd/nspawn")):
            subprocess.run(["umount", "--lazy", place], check=False, stderr=subprocess.DEVNULL)
        for group in self._groups:
            _remove_group(group)

    def write(self, name: str, text: str, mode: int = 0o644) -> Path:
        """Write a file of the machine, and not of this one: what is there (a link, perhaps) is replaced."""
        path = self.root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def run(self, *words: str, seconds: float = 60, online: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a command within the machine, as its root, and return what it wrote and its exit code.

        `online`: with the network of this machine, for the machine has none.
        """
        namespaces = ["-m", "-u", "-i", "-p"] if online else ["-a"]
        return subprocess.run(
            ["nsenter", "-t", str(self._init), *namespaces, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )

    def out(self, *words: str, seconds: float = 60, online: bool = False) -> str:
        """As `run`, for a command that must succeed: what it wrote."""
        ended = self.run(*words, seconds=seconds, online=online)
        assert ended.returncode == 0, f"{' '.join(words)}: {ended.stdout}{ended.stderr}"
        return ended.stdout.strip()

    @contextlib.contextmanager
    def network(self) -> Iterator[None]:
        """This process, and what it starts, is in the machine's network: its loopback is ours."""
        own = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        theirs = os.open(f"/proc/{self._init}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        _enter(theirs)
        try:
            yield
        finally:
            _enter(own)
            os.close(own)
            os.close(theirs)

    def _is_up(self) -> bool:
        assert self._nspawn is not None
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        with contextlib.suppress(OSError, IndexError):
            self._init = int(children.read_text().split()[0])
            ended = self.run("systemctl", "is-active", "machine.target")
            return ended.stdout.strip() == "active"
        return False

    def _make_groups(self) -> None:
        """Control groups of its own, so that two machines never share one, and to be removed afterwards."""
        name = f"inboxwatch-test-{uuid.uuid4().hex[:8]}"  # the same in all: nspawn makes them alike
        for hierarchy in _HIERARCHIES:
            group = hierarchy / name
            if (hierarchy / "cgroup.procs").exists():
                with contextlib.suppress(OSError):  # a read-only tree: then it shares ours
                    group.mkdir()
                    self._groups.append(group)

    def _enter_groups(self) -> None:
        for group in self._groups:
            (group / "cgroup.procs").write_text("0")


def _remove_group(group: Path) -> None:
    """Remove a control group with those below it, as soon as the last process has left them."""
    until = time.monotonic() + 5
    while group.exists() and time.monotonic() < until:
        for each in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
            with contextlib.suppress(OSError):
                each.rmdir()
        with contextlib.suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.05)  # the kernel tells nobody


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "the network namespace could not be entered")


def _must(words: Sequence[str | Path]) -> None:
    ended = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if ended.returncode != 0:
        raise CannotBoot(f"{words[0]} -t {words[2]} was refused: {ended.stderr.strip()}")
