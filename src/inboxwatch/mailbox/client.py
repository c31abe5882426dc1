"""IMAPClient, fitted to us: the only module that knows the insides of IMAPClient and imaplib.

What is changed and why (each a trap that was reproduced): the socket is ours, so that a deadline can pull it; nothing
is logged, for the debug lines hold mail and names; folder names are decoded one by one, so that a broken one
does not hide the others; IDLE takes lines that come before, or in one segment with, the server's "+ idling"; and
what one command brings is bounded, for a literal of 4 GB is believed as soon as it is announced.
"""

from __future__ import annotations

import imaplib
import logging
import select
import socket
import ssl
from collections.abc import Callable
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.imap_utf7 import decode as decode_folder_name
from imapclient.imap_utf7 import encode as encode_folder_name

from inboxwatch.mailbox.folders import Listed

# Above every level there is: these loggers write what servers and mails say.
_quiet = logging.getLogger("imapclient")
_quiet.setLevel(logging.CRITICAL + 1)
_quiet.propagate = False


#: What the server may say to one command, and the same for whole lines as to memory. What we ask for at once is 8 MB
#: of mails, or one mail of 10 MB (`reading.py`).
ANSWER_BYTES = 32 * 1024 * 1024
_COST_OF_A_LINE = 100


class _Protocol(imaplib.IMAP4):
    """imaplib on a socket that is already connected, and bounded in what it believes."""

    def __init__(self, host: str, port: int, given: socket.socket) -> None:
        self._given = given
        self.left = ANSWER_BYTES
        super().__init__(host, port)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        return self._given

    def read(self, size: int) -> bytes:
        self._take(size)  # before the memory for it is asked for
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._take(len(line) + _COST_OF_A_LINE)
        return line

    def _take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise self.abort(f"it said more than {ANSWER_BYTES // 2**20} MB to one command")

    def _get_response(self) -> bytes | None:
        try:
            line: bytes | None = super()._get_response()  # type: ignore[misc]  # imaplib's own verb, not in its stubs
        except (ValueError, TypeError, LookupError, ArithmeticError):
            # In the middle of an answer: what follows would be taken for the answer to another command.
            raise self.abort("unexpected words") from None
        return line


class Client(IMAPClient):  # type: ignore[misc]  # IMAPClient ships no types
    """One IMAP session on the connected socket `given`; reads the server's greeting. One thread at a time."""

    #: What may go wrong in closing one that is in no known state.
    FAULTS = (imaplib.IMAP4.error, ValueError)

    def __init__(self, host: str, port: int, given: socket.socket, timeout: float) -> None:
        self._given = given
        self._drain = False
        super().__init__(host, port, ssl=isinstance(given, ssl.SSLSocket), timeout=SocketTimeout(timeout, timeout))
        self._imap.debug = 0  # IMAPClient sets 5: every line formatted, for a log that nobody may see
        self.normalise_times = False  # else INTERNALDATE is naive local time
        self.folder_encode = False  # see `list_all`

    def _create_IMAP4(self) -> imaplib.IMAP4:
        return _Protocol(self.host, self.port, self._given)

    def begin_answer(self) -> None:
        """What comes from now on belongs to another command, and has a bound of its own."""
        self._imap.left = ANSWER_BYTES

    def authenticate(self, mechanism: str, respond: Callable[[bytes], bytes]) -> None:
        """SASL. Unlike IMAPClient's own verbs it does not call a lost connection a refused login."""
        self._imap.authenticate(mechanism, respond)

    def plain_command_login(self, username: str, password: str) -> None:
        """The LOGIN command, for servers without SASL PLAIN. ASCII without control characters only."""
        quoted = '"' + username.replace("\\", "\\\\").replace('"', '\\"') + '"'
        self._imap.login(quoted, password)  # imaplib quotes the password itself

    def fresh_capabilities(self) -> frozenset[bytes]:
        """What the server offers now; before and after STARTTLS and login that differs."""
        self._cached_capabilities = self._do_capabilites()
        return frozenset(self._cached_capabilities)

    def examine(self, name: str) -> dict[bytes, Any]:
        """EXAMINE, never SELECT: nothing in the folder changes. The answer's keys are as in `select_folder`."""
        answer: dict[bytes, Any] = self.select_folder(encode_folder_name(name), readonly=True)
        return answer

    def status(self, name: str, *items: str) -> dict[bytes, Any]:
        """STATUS of a folder."""
        answer: dict[bytes, Any] = self.folder_status(encode_folder_name(name), items)
        return answer

    def list_all(self, with_uses: bool) -> list[Listed]:
        """All folders; `with_uses` asks for the special uses, which some servers tell only when asked."""
        extra = ("RETURN (SPECIAL-USE)",) if with_uses else ()
        kind, data = self._imap._simple_command("LIST", '""', '"*"', *extra)
        self._checkok("list", kind, data)
        kind, data = self._imap._untagged_response(kind, data, "LIST")
        return [_listed(flags, delimiter, name) for flags, delimiter, name in self._proc_folder_list(data)]

    def uids_at(self, numbers: list[int]) -> list[int]:
        """The UIDs of the mails with these sequence numbers, ascending."""
        self.use_uid = False
        try:
            answer = self.fetch(numbers, ["UID"])
        finally:
            self.use_uid = True
        return sorted(entry[b"UID"] for entry in answer.values() if b"UID" in entry)

    def idle(self) -> None:
        """Begin IDLE. Lines before the "+" are kept for `early_lines`; a tagged answer or BYE raises."""
        self._idle_tag = self._imap._command("IDLE")
        self._before_plus: list[bytes] = []
        while (line := self._imap._get_response()) is not None:
            if self._imap.tagged_commands[self._idle_tag]:
                del self._imap.tagged_commands[self._idle_tag]
                raise imaplib.IMAP4.error("IDLE was refused")
            if line.startswith(b"* BYE"):
                raise imaplib.IMAP4.abort("BYE instead of IDLE")
            self._before_plus.append(line)

    def early_lines(self) -> list[tuple[Any, ...]]:
        """What came before or together with "+ idling": no poll of the socket shows that, it is in our buffers."""
        before = [tuple(line[2:].upper().split()[:2]) for line in self._before_plus]
        self._drain = True
        try:
            glued: list[tuple[Any, ...]] = self.idle_check(timeout=0)
            return [*before, *glued]
        finally:
            self._drain = False

    def _poll_socket(self, sock: socket.socket, timeout: float | None = None) -> Any:
        return [(sock.fileno(), select.POLLIN)] if self._drain else super()._poll_socket(sock, timeout)


def _listed(flags: tuple[bytes, ...], delimiter: bytes | None, name: bytes | str) -> Listed:
    raw = name.encode() if isinstance(name, str) else name
    try:
        readable = decode_folder_name(raw)
    except ValueError:  # not modified UTF-7: some servers hand out raw UTF-8
        readable = raw.decode("utf-8", "replace")
    shown = delimiter.decode("ascii", "replace") if isinstance(delimiter, bytes) else ""
    lowered = frozenset(flag.decode("ascii", "replace").lower() for flag in flags if isinstance(flag, bytes))
    return Listed(readable, shown, lowered)
