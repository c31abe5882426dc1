"""What is kept of one mail: the plain type between those who understand it, those who keep it and those who tell it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inboxwatch.mail.model import Proof
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.timeline.reading import Reading


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One mail to be kept. `raw` is None where nothing of it may be kept. Instants are in UTC.

    `look` marks a mail that the user must be shown: unrecognised or suspicious. `mailbox` is the one in which it was
    found now, None for a file; `proof` what its signatures showed when it came, and `ask_again_at` when that is to be
    asked once more. None of these is given with a mail that is read from the store.
    """

    identity: str
    message_id: str | None
    sent_at: datetime
    arrived_at: datetime
    taken_at: datetime
    sender: str
    subject: str
    recognition: Recognition | None
    raw: bytes | None
    history: bool = False
    in_sent: bool = False
    quarantined: str | None = None
    look: bool = False
    mailbox: str | None = None
    proof: Proof | None = None
    ask_again_at: datetime | None = None

    @property
    def key(self) -> str:
        """The id by which `review` and the alerts name it, and commands take it."""
        return self.identity[:16]

    @property
    def states(self) -> bool:
        """True for her own mail to herself, found in Sent, that states a fact."""
        return self.recognition is not None and self.recognition.stated is not None

    @property
    def reading(self) -> Reading | None:
        """What the assignment needs of it; None for a mail of no platform."""
        if self.recognition is None or self.recognition.platform is None:
            return None
        return Reading(self.key, self.sent_at, self.arrived_at, self.message_id, self.recognition, self.history)


def why_in_review(mail: StoredMail) -> str:
    """Of what kind a mail is that needs a person's look: `unrecognised`, `suspicious`, `quarantined`, `forwarded`."""
    if mail.quarantined or mail.recognition is None:
        return "quarantined"
    if mail.recognition.suspicious:
        return "suspicious"
    return "forwarded" if mail.recognition.forwarded else "unrecognised"
