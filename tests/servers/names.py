"""A nameserver on loopback that answers questions for TXT records, or fails as it is told."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class Nameserver:
    """`records` by name; `silent`: it answers nothing; `broken`: it says that it cannot tell. `asked` has each name."""

    def __init__(self) -> None:
        self.records: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.silent = False
        self.broken = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        """As the configuration names it."""
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def __enter__(self) -> Nameserver:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                content, sender = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            question = dns.message.from_wire(content)
            name = question.question[0].name.to_text().rstrip(".")
            self.asked.append(name)
            if not self.silent:
                self._socket.sendto(self._answer(question, name).to_wire(), sender)

    def _answer(self, question: dns.message.Message, name: str) -> dns.message.Message:
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name in self.records:
            record = self.records[name].decode()
            pieces = " ".join(f'"{record[at : at + 200]}"' for at in range(0, len(record), 200))
            answer.answer.append(dns.rrset.from_text(question.question[0].name, 300, "IN", "TXT", pieces))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer
