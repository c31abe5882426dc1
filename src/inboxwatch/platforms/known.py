"""What is known of the people in the mails: the user herself, the clients who mail directly, and their threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client who mails directly. `addresses` are lower-case; `projects` are full names, `platform/id`."""

    name: str
    addresses: frozenset[str]
    projects: tuple[str, ...] = ()


class KnownThreads:
    """Which mails, by Message-ID, went between her and a client: who answers one is somebody of that client's.

    The one thing here that grows while the program runs: the writer learns, the threads of the mailboxes ask. What
    they have merely seen the headers of decides what is fetched; what a mail is taken for rests on what was read and
    is not forged.
    """

    def __init__(self) -> None:
        self._clients: dict[str, str] = {}
        self._seen: set[str] = set()

    def learn(self, message_id: str | None, client: str | None) -> None:
        """A mail with this client has been read."""
        if message_id and client:
            self._clients.setdefault(message_id, client)

    def see(self, message_id: str | None) -> None:
        """The headers of a mail seem to be of one with a client."""
        if message_id:
            self._seen.add(message_id)

    def client(self, answers: Iterable[str]) -> str | None:
        """With whom the nearest known one of these mails was; None if none is known."""
        return next((self._clients[one] for one in answers if one in self._clients), None)

    def seen(self, answers: Iterable[str]) -> bool:
        """True if one of these mails was, or by its headers seems to have been, with a client."""
        return any(one in self._seen or one in self._clients for one in answers)


@dataclass(frozen=True, slots=True)
class Known:
    """Her own addresses (lower-case), her clients, whose Authentication-Results are believed, and her threads.

    `authserv_ids` are those of all mailboxes together, believed of a file; `ids_of` has those of each mailbox, for in a
    mail of another provider they are the sender's text.
    """

    me: frozenset[str] = frozenset()
    clients: tuple[KnownClient, ...] = ()
    authserv_ids: frozenset[str] = frozenset()
    ids_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    threads: KnownThreads = field(default_factory=KnownThreads, compare=False, repr=False)

    def believed(self, mailbox: str | None) -> frozenset[str]:
        """Whose Authentication-Results are believed in a mail of this mailbox; None for a file."""
        return self.authserv_ids if mailbox is None else self.ids_of.get(mailbox, self.authserv_ids)

    def client_at(self, address: str) -> KnownClient | None:
        """The client with this address, or None."""
        address = address.casefold()
        return next((client for client in self.clients if address in client.addresses), None)

    def client_answered(self, answers: Iterable[str]) -> KnownClient | None:
        """The client with whom the mails were that one answers; None if they were with none who is configured."""
        name = self.threads.client(answers)
        return next((client for client in self.clients if client.name == name), None)
