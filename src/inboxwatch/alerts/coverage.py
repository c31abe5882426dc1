"""How far the mailboxes are known to have been read, and what a silence is worth by that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inboxwatch.alerts.model import Proof

#: More such lines would hide what the alert is about.
UNLINKED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which mails vanished before they were read: how many."""

    from_at: datetime
    to_at: datetime
    mails: int


@dataclass(frozen=True, slots=True)
class Unlinked:
    """Contact on a platform by somebody who is not known to be the client of any project there.

    `key` is the mail's id, by which it can be assigned; `counted_in` names the projects in which it counts meanwhile.
    """

    client: str
    at: datetime
    key: str
    counted_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far the mailboxes are known to have been read (None: not completely yet), and the holes in that.

    `blind`: a mailbox cannot be read at present, so that nothing may be said about silence. `unlinked`: contact on the
    project's platform that may have come from its client under another name, oldest first.
    """

    known_until: datetime | None
    gaps: tuple[Gap, ...] = ()
    blind: bool = False
    unlinked: tuple[Unlinked, ...] = ()

    def proof(self, since: datetime) -> Proof:
        """What a silence since this instant is worth."""
        if self.blind:
            return "blind"
        return "holed" if self.gap(since) else "complete"

    def gap(self, since: datetime) -> Gap | None:
        """The hole, if any, in which contact since this instant may have been lost."""
        return next((gap for gap in self.gaps if gap.to_at > since), None)

    def unlinked_since(self, since: datetime, project: str) -> tuple[Unlinked, ...]:
        """The contacts after this instant that do not count in this project and may be its client's.

        Of each person the latest, for to assign one settles them all; of several people the latest few.
        """
        latest = {one.client: one for one in self.unlinked if one.at > since and project not in one.counted_in}
        return tuple(sorted(latest.values(), key=lambda one: one.at)[-UNLINKED_AT_MOST:])
