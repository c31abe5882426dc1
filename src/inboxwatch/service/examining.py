"""Which mails' signatures are looked at: those of a platform or a client, as their mailbox hands them over.

Before the transaction that keeps them, for a key is asked of DNS and that may take seconds.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from inboxwatch.mail.model import Proof, RawMail
from inboxwatch.mail.parse import look
from inboxwatch.mail.signatures import AskKey, examine
from inboxwatch.platforms.known import Known
from inboxwatch.platforms.prepared import Profiles


@dataclass(frozen=True, slots=True)
class Examiner:
    """Looks at the signatures of one mailbox's mails. `ask` is None where the user wants no DNS."""

    profiles: Profiles
    known: Known
    ask: AskKey | None = None
    forwarders: Collection[str] = ()

    def examined(self, mail: RawMail, mailbox: str) -> RawMail:
        """The same mail, with where it was found and with what its signatures prove."""
        concerns = not mail.in_sent and not mail.truncated and self._concerns(mail.raw)
        return replace(mail, mailbox=mailbox, proof=self.proof(mail.raw) if concerns else None)

    def proof(self, raw: bytes) -> Proof | None:
        """What the signatures of a mail prove; None where it has none, or nobody wants to know."""
        return examine(raw, self.ask, self.forwarders) if self.ask is not None else None

    def _concerns(self, raw: bytes) -> bool:
        sender = look(raw).sender
        if self.ask is None or sender is None:
            return False
        return self.profiles.of_domain(sender.domain) is not None or self.known.client_at(sender.address) is not None
