"""What the configuration knows of the people in the mails: the user herself and the clients who mail directly."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client who mails directly. `addresses` are lower-case; `projects` are full names, `platform/id`."""

    name: str
    addresses: frozenset[str]
    projects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """Her own addresses (lower-case), her clients, and whose Authentication-Results are believed."""

    me: frozenset[str] = frozenset()
    clients: tuple[KnownClient, ...] = ()
    authserv_ids: frozenset[str] = frozenset()

    def client_at(self, address: str) -> KnownClient | None:
        """The client with this address, or None."""
        address = address.casefold()
        return next((client for client in self.clients if address in client.addresses), None)
