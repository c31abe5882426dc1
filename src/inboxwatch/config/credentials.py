"""Getting a secret from where it is kept, each time anew, and never showing it."""

from __future__ import annotations

import os
import re
import select
import shlex
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inboxwatch.inherited import inherited, withhold

Source = Literal["plain", "file", "credential", "env", "command"]

COMMAND_TIMEOUT = 30.0  # seconds
_SIZE_LIMIT = 64 * 1024  # bytes; the longest token of any provider is far below
_OPEN_TO_OTHERS = stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CREDENTIAL_NAME = re.compile(r"[A-Za-z0-9_@-][A-Za-z0-9_.@-]{0,254}")


class CredentialError(Exception):
    """A secret could not be had. The text says why and what would help; it never holds any part of the secret."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """Where a secret is kept; for `plain`, the secret itself. Neither `repr` nor `str` shows it."""

    source: Source
    _kept: str | tuple[str, ...]

    @classmethod
    def plain(cls, text: str) -> Secret:
        """A secret that is known already."""
        return cls("plain", text)

    @classmethod
    def from_file(cls, path: Path) -> Secret:
        """The first line of a file that only its owner may read."""
        return cls("file", str(path))

    @classmethod
    def from_credential(cls, name: str) -> Secret:
        """The first line of a systemd credential. Raises ValueError for a name that could lead out of its folder."""
        if not is_credential_name(name):
            raise ValueError("a credential is named by letters, digits and _ . @ - alone")
        return cls("credential", name)

    @classmethod
    def from_environment(cls, name: str) -> Secret:
        """An environment variable. No program that is started from now on inherits it."""
        withhold(name)
        return cls("env", name)

    @classmethod
    def from_command(cls, command: tuple[str, ...]) -> Secret:
        """The first line that a program prints; it is started without a shell."""
        return cls("command", command)

    def __repr__(self) -> str:
        return f"Secret({self.described()})"

    __str__ = __repr__

    def described(self) -> str:
        """Where the secret is kept, for people; without the secret and without the arguments of a command."""
        if self.source == "plain":
            return "written in the configuration"
        if self.source == "command":
            return f"command {self._kept[0]}"
        names = {"file": "file", "credential": "credential", "env": "environment variable"}
        return f"{names[self.source]} {self._kept}"

    def reveal(self, environ: Mapping[str, str] | None = None, *, timeout: float = COMMAND_TIMEOUT) -> str:
        """The secret, asked anew from where it is kept. `timeout` in seconds bounds a command.

        Raises CredentialError when it cannot be had, is empty, or lies open to other users.
        """
        environ = os.environ if environ is None else environ
        if self.source == "plain":
            return str(self._kept)
        if self.source == "env":
            return self._from_environment(environ)
        if self.source == "command":
            return _first_line(_output_of(tuple(self._kept), environ, timeout), self.described())
        path = self._path(environ)
        return _first_line(_content_of(path, environ), self.described())

    def check(self, environ: Mapping[str, str] | None = None) -> None:
        """Raises CredentialError if the secret cannot be there. A command is looked for, but not run."""
        if self.source == "command":
            if shutil.which(self._kept[0]) is None:
                raise CredentialError(f"there is no program {self._kept[0]}; write its full path, or install it")
            return
        self.reveal(environ)

    def _from_environment(self, environ: Mapping[str, str]) -> str:
        value = environ.get(str(self._kept), "")
        if not value:
            raise CredentialError(f"the environment variable {self._kept} is not set; set it, or use {{file: …}}")
        return _first_line(value.encode("utf-8", "surrogateescape"), self.described())

    def _path(self, environ: Mapping[str, str]) -> Path:
        if self.source == "file":
            return Path(str(self._kept))
        folder = environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise CredentialError(
                f"credential {self._kept} exists only under systemd, and $CREDENTIALS_DIRECTORY is not set; "
                f"add LoadCredential={self._kept}:… to the unit, or use {{file: …}}"
            )
        return Path(folder) / str(self._kept)


def is_credential_name(name: str) -> bool:
    """Whether a name can be that of a systemd credential, and stays within its folder."""
    return bool(_CREDENTIAL_NAME.fullmatch(name))


def _content_of(path: Path, environ: Mapping[str, str]) -> bytes:
    try:
        # Without blocking: a pipe by that name must not hold up the start.
        opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise CredentialError(f"there is no file {path}; create it with the secret as its only line") from None
    except OSError as error:
        raise CredentialError(f"the file {path} cannot be read: {error.strerror}; let its owner run this") from None
    try:
        mode = os.fstat(opened).st_mode
        if not stat.S_ISREG(mode):
            raise CredentialError(f"{path} is not a file; name the file that holds the secret")
        if mode & _OPEN_TO_OTHERS and not _kept_by_systemd(path, environ):
            tighten = f"chmod 600 {shlex.quote(str(path))}"
            raise CredentialError(f"the file {path} is open to other users of this machine; run: {tighten}")
        return os.read(opened, _SIZE_LIMIT)
    except OSError as error:
        raise CredentialError(f"the file {path} cannot be read: {error.strerror}; try again") from None
    finally:
        os.close(opened)


def _kept_by_systemd(path: Path, environ: Mapping[str, str]) -> bool:
    # systemd guards the folder itself and gives some of these files a mode that looks open.
    folder = environ.get("CREDENTIALS_DIRECTORY")
    return bool(folder) and path.resolve().is_relative_to(Path(str(folder)).resolve())


def _first_line(content: bytes, where: str) -> str:
    line = content.removeprefix(_BYTE_ORDER_MARK).partition(b"\n")[0].removesuffix(b"\r")
    if not line:
        raise CredentialError(f"{where} holds nothing on its first line; the secret belongs there")
    if len(line) >= _SIZE_LIMIT - len(_BYTE_ORDER_MARK):
        raise CredentialError(f"{where} holds a first line without end; the secret belongs there alone")
    try:
        secret = line.decode("utf-8")
    except UnicodeDecodeError:
        raise CredentialError(f"{where} holds no UTF-8 text; save the secret as UTF-8") from None
    if _CONTROL.search(secret):
        # A NUL would end the password in the middle of the login, and the rest be taken for something else.
        raise CredentialError(f"{where} holds control characters on its first line; save the secret as UTF-8 text")
    return secret


def _output_of(command: tuple[str, ...], environ: Mapping[str, str], timeout: float) -> bytes:
    program = command[0]
    try:
        # Standard error goes nowhere: such programs print parts of what they keep when they fail.
        process = subprocess.Popen(  # noqa: S603 - the command is the user's own, and there is no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=inherited(environ),
            start_new_session=True,
        )
    except OSError as error:
        raise CredentialError(f"the command {program} cannot be started: {error.strerror}; check its path") from None
    with process:
        try:
            content = _read_until_end(process, time.monotonic() + timeout)
        except TimeoutError:
            _end(process)
            raise CredentialError(f"the command {program} took more than {timeout:g} s; it must not ask") from None
        except OverflowError:
            _end(process)
            raise CredentialError(f"the command {program} prints without end; only its first line counts") from None
    if process.returncode:
        raise CredentialError(f"the command {program} ended with code {process.returncode}; run it by hand to see why")
    return content


def _read_until_end(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """What the process prints until it ends. Raises TimeoutError at the deadline, OverflowError past the size limit."""
    assert process.stdout is not None
    content = b""
    while select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
        piece = os.read(process.stdout.fileno(), 4096)
        if not piece:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise TimeoutError from None
            return content
        content += piece
        if len(content) > _SIZE_LIMIT:
            raise OverflowError
    raise TimeoutError


def _end(process: subprocess.Popen[bytes]) -> None:
    # The whole group: a shell script's child would else keep the pipe open and go on.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
