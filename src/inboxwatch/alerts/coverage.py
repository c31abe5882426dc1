"""How far the mailboxes are known to have been read, and what a silence is worth by that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inboxwatch.alerts.model import Proof


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which mails vanished before they were read: how many."""

    from_at: datetime
    to_at: datetime
    mails: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the mailboxes are known to have been read (None: not completely yet), and the holes in that.

    `blind`: a mailbox cannot be read at present, so that nothing may be said about silence.
    """

    known_until: datetime | None
    gaps: tuple[Gap, ...] = ()
    blind: bool = False

    def proof(self, since: datetime) -> Proof:
        """What a silence since this instant is worth."""
        if self.blind:
            return "blind"
        return "holed" if self.gap(since) else "complete"

    def gap(self, since: datetime) -> Gap | None:
        """The hole, if any, in which contact since this instant may have been lost."""
        return next((gap for gap in self.gaps if gap.to_at > since), None)
