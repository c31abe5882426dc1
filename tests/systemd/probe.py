"""What a program could do to the machine from where it runs: tries each act once and prints {act: null or the error}.

It is copied into the machine and run by its Python, as a `command:` target within the walls of a unit, and without them
to see that it can tell the difference. It undoes what succeeded.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_PER_LINUX32 = 0x0008
#: Made by the tests: a folder open to all, and in it `id` with a setuid bit.
STRANGER = "/srv/stranger"


def write(path: str) -> Callable[[], object]:
    def act() -> None:
        file = Path(path)
        file.write_text("written by the probe\n")
        file.unlink()

    return act


def read(path: str) -> Callable[[], object]:
    return lambda: Path(path).read_bytes()[:1]


def listed(path: str) -> Callable[[], object]:
    def act() -> None:
        if not list(Path(path).iterdir()):
            raise OSError("it is empty")

    return act


def called(number_or_name: str, *arguments: object) -> Callable[[], object]:
    def act() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if getattr(libc, number_or_name)(*arguments) == -1:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    return act


def in_child(act: Callable[[], object]) -> Callable[[], object]:
    """What cannot be undone is done by a child."""

    def run() -> None:
        child = os.fork()
        if child == 0:
            try:
                act()
                os._exit(0)
            except OSError as error:
                os._exit(error.errno or 250)
            except BaseException:  # noqa: BLE001 - a child must not return
                os._exit(251)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            raise OSError(f"ended by signal {os.WTERMSIG(status)}")
        if code := os.WEXITSTATUS(status):
            raise OSError(code, os.strerror(code))

    return run


def write_and_execute() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def set_user_bit() -> None:
    file = Path(os.environ.get("TMPDIR", "/tmp")) / f"probe-{os.getpid()}"
    file.write_text("")
    try:
        file.chmod(0o4755)
        if not file.stat().st_mode & stat.S_ISUID:
            raise OSError("the bit was not set")
    finally:
        file.unlink()


def kernel_socket() -> None:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()


def leave_in_tmp() -> None:
    Path("/tmp/left-by-the-probe").write_text("here\n")


def realtime() -> None:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def kernel_setting() -> None:
    setting = Path("/proc/sys/net/ipv4/ip_default_ttl")  # of this network alone
    setting.write_text(setting.read_text())


def become_root() -> None:
    ended = subprocess.run([f"{STRANGER}/setuid-id", "-u"], capture_output=True, text=True, check=False)
    if ended.stdout.strip() != "0":
        raise OSError(f"its user remained {ended.stdout.strip()}")


ACTS: dict[str, Callable[[], object]] = {
    "write below /etc": write("/etc/probe"),
    "write below /usr": write("/usr/probe"),
    "write below /opt/inboxwatch": write("/opt/inboxwatch/probe"),
    "write into a folder open to all": write(f"{STRANGER}/probe"),
    "see home folders": listed("/home"),
    "see root's folder": listed("/root"),
    "read the password file": read("/etc/inboxwatch/password"),
    "see processes of others": listed("/proc/1/task"),
    "see what the kernel says of the machine": read("/proc/cmdline"),
    "change a kernel setting": kernel_setting,
    "run a program with root's rights": become_root,
    "set a setuid bit": set_user_bit,
    "make a user namespace": in_child(called("unshare", _CLONE_NEWUSER)),
    "open a socket to the kernel": kernel_socket,
    "map memory to write and execute": write_and_execute,
    "take a realtime priority": in_child(realtime),
    "change its priority": in_child(called("setpriority", 0, 0, 5)),
    "change the execution domain": in_child(called("personality", _PER_LINUX32)),
    "rename the machine": in_child(called("sethostname", b"probe", 5)),
    "mount something": in_child(called("mount", b"none", b"/mnt", b"tmpfs", 0, None)),
    "trace a process": in_child(called("ptrace", 0, 0, 0, 0)),
    "leave a file in /tmp that others see": leave_in_tmp,
}


def main() -> None:
    """Try all, and append what came of it to the file named by the first argument, as one line of JSON."""
    told = sys.stdin.read()
    signal.alarm(30)
    found: dict[str, str | None] = {}
    for name, act in ACTS.items():
        try:
            act()
            found[name] = None
        except OSError as error:
            found[name] = error.strerror or str(error)
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    with Path(sys.argv[1]).open("a", encoding="utf-8") as out:
        out.write(json.dumps({"told": json.loads(told) if told else None, "acts": found, "status": status}) + "\n")


if __name__ == "__main__":
    main()
