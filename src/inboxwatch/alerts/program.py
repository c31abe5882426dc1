"""Runs another program with something on its standard input, and never longer than a deadline."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Literal

from inboxwatch.inherited import inherited

KEPT_BYTES = 64 * 1024

# Between two looks at whether the program has ended while something else keeps its output open.
_LOOK_SECONDS = 0.02
_REAP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Ending:
    """How a program ended: its exit code (negative: the signal), or None when it was killed at the deadline.

    `said` is the beginning of the captured stream, at most `KEPT_BYTES` long.
    """

    code: int | None
    said: bytes


def run_program(
    argv: Sequence[str], given: bytes, seconds: float, capture: Literal["stdout", "stderr"], keep: int = KEPT_BYTES
) -> Ending:
    """Run `argv` without a shell, `given` on its standard input, and return how it ended within `seconds`.

    The program leads a process group of its own; at the deadline the whole group is killed. A program that ended in
    time is not waited for any longer, even if something that it started still holds its output open, and what it
    started lives on. The stream that is not captured is thrown away. Raises OSError when it cannot be started.
    """
    deadline = time.monotonic() + seconds
    with _as_file(given) as standard_input:
        process = subprocess.Popen(  # noqa: S603 - the user's own configuration names the program; no shell
            list(argv),
            stdin=standard_input,
            stdout=subprocess.PIPE if capture == "stdout" else subprocess.DEVNULL,
            stderr=subprocess.PIPE if capture == "stderr" else subprocess.DEVNULL,
            env=inherited(os.environ),
            start_new_session=True,
        )
    stream = process.stdout if capture == "stdout" else process.stderr
    if stream is None:  # pragma: no cover - PIPE was asked for
        raise OSError("the program's output cannot be read")
    with stream:
        said = _listen(process, stream, deadline, keep)
    if process.returncode is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
    if process.returncode is None:
        _kill_group(process)
        return Ending(None, said)
    return Ending(process.returncode, said)


def _as_file(given: bytes) -> IO[bytes]:
    # A file, and not a pipe: a program that never reads cannot block us, and one that stops reading raises nothing.
    # In memory where the system can, because what is given may hold a secret.
    if hasattr(os, "memfd_create"):
        file: IO[bytes] = os.fdopen(os.memfd_create("inboxwatch"), "w+b")
    else:  # pragma: no cover - other systems than Linux
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(given)
    file.flush()
    file.seek(0)
    return file


def _listen(process: subprocess.Popen[bytes], stream: IO[bytes], deadline: float, keep: int) -> bytes:
    """Read until the stream ends, the program ends or the deadline passes; keep the first `keep` bytes."""
    said = bytearray()
    os.set_blocking(stream.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            # Asked before reading: what was written before the end is then surely in the pipe.
            ended = process.poll() is not None
            selector.select(0 if ended else min(left, _LOOK_SECONDS))
            try:
                chunk = os.read(stream.fileno(), KEPT_BYTES)
            except BlockingIOError:
                if ended:
                    break
                continue
            if not chunk:
                break
            said += chunk[: max(0, keep - len(said))]
            if ended and len(said) >= keep:
                break
    return bytes(said)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    # The program is not reaped yet, so its number cannot have gone to a stranger.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=_REAP_SECONDS)
