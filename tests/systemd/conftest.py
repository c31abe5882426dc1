"""The machine that the proofs of this folder share. Only scripts/test-systemd runs them: see there."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.systemd.installing import install_program
from tests.systemd.machine import CannotBoot, Machine

#: Set by scripts/test-systemd, which runs these tests in a mount and PID namespace of their own: the file for the
#: reason why they could not be tried here.
REASON_FILE = os.environ.get("INBOXWATCH_TEST_SYSTEMD")
#: The exit code that says so.
NOT_HERE = 77

if REASON_FILE is None:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """A machine with systemd and /opt/inboxwatch; this process is in its network."""
    folder = Path(tempfile.mkdtemp(prefix="inboxwatch-systemd-"))
    made = Machine(folder)
    # Who ends this process politely has all removed, as by Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        made.prepare()
        made.boot()
        install_program(made)
        with made.network():
            yield made
    except CannotBoot as reason:
        Path(REASON_FILE or os.devnull).write_text(str(reason), encoding="utf-8")
        pytest.exit("it cannot be tried here", returncode=NOT_HERE)
    finally:
        made.close()
        folder.rmdir()


@pytest.fixture(scope="session")
def server(machine: Machine) -> Iterator[Dovecot]:
    """A real Dovecot on the machine's loopback; its files are this machine's."""
    dovecot = Dovecot()
    try:
        dovecot.start()
        yield dovecot
    finally:
        dovecot.remove()
