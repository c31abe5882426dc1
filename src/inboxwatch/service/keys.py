"""The keys that senders' domains publish, asked of DNS and remembered for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inboxwatch.config import Config
from inboxwatch.config.values import Nameserver
from inboxwatch.mail.signatures import AskKey, KeyUnknown

#: For one question, whatever the answers; a mail is not held up by more than a few of these.
_SECONDS = 4.0
#: A key is asked for again after its own time to live, within these bounds; "there is none" after the shorter.
_SHORTEST, _LONGEST = 300.0, 3600.0
#: After so many questions without an answer in a row none is asked for a while: the network is gone.
_UNANSWERED, _REST = 2, 60.0
_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class _Known:
    record: bytes | None
    until: float


class Keys:
    """Asks for a key; used by the threads of all mailboxes. `nameservers`: instead of the system's."""

    def __init__(self, nameservers: Sequence[Nameserver] = (), now: Callable[[], float] = time.monotonic) -> None:
        self._nameservers = tuple(nameservers)
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}
        self._unanswered = 0
        self._rests_until = 0.0

    def __call__(self, name: str) -> bytes | None:
        """The TXT record of this name, None where there is none. Raises KeyUnknown where that cannot be told now."""
        with self._lock:
            known = self._known.get(name)
            if known is not None and known.until > self._now():
                return known.record
            if self._rests_until > self._now():
                raise KeyUnknown("The key of the signature cannot be asked for: DNS does not answer.")
        try:
            record, seconds = _asked(name, self._nameservers)
        except KeyUnknown:
            self._no_answer()
            raise
        with self._lock:
            self._unanswered = 0
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[name] = _Known(record, self._now() + min(max(seconds, _SHORTEST), _LONGEST))
        return record

    def _no_answer(self) -> None:
        with self._lock:
            self._unanswered += 1
            if self._unanswered >= _UNANSWERED:
                self._unanswered = 0
                self._rests_until = self._now() + _REST


def keys_of(config: Config) -> AskKey | None:
    """Where the keys of this configuration come from; None if the user wants none asked for."""
    return Keys(config.nameservers) if config.dkim else None


def _asked(name: str, nameservers: Sequence[Nameserver]) -> tuple[bytes | None, float]:
    """Ask DNS once: the record, and for how many seconds that is good. Raises KeyUnknown."""
    import dns.exception
    import dns.name
    import dns.resolver

    try:
        # Made anew each time: a laptop's nameservers change with its network.
        resolver = dns.resolver.Resolver(configure=not nameservers)
        if nameservers:
            resolver.nameservers = [server.address for server in nameservers]
            resolver.nameserver_ports = {server.address: server.port for server in nameservers}
        answer = resolver.resolve(dns.name.from_text(name), "TXT", lifetime=_SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None, _SHORTEST
    except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, dns.name.BadEscape):
        return None, _LONGEST  # a selector that cannot be a name is the sender's text
    except (dns.exception.DNSException, OSError) as error:
        raise KeyUnknown(f"The key of the signature cannot be asked for ({type(error).__name__}).") from None
    records = [b"".join(record.strings) for record in answer]
    # Where several stand under one name, one of them is the key.
    seconds = float(answer.rrset.ttl) if answer.rrset is not None else _SHORTEST
    return next((record for record in records if b"p=" in record), records[0]), seconds
