"""What one mail is: as it was received (`RawMail`) and as it was read (`Mail`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Trust = Literal["verified", "unverified", "forged"]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a mail's own signatures showed when it came; found once, and kept with it, for keys are changed.

    `outcome`: "pass" where a signature of `domain`, aligned with the sender's, holds over this very mail; "fail" where
    none does; "unsure" where a key could not be asked for at that time. `why` is one English sentence. `sealed` is the
    Authentication-Results that a trusted forwarder found before he sent the mail on, where his seal holds (RFC 8617).
    """

    outcome: Literal["pass", "fail", "unsure"]
    why: str
    domain: str = ""
    sealed: str | None = None


@dataclass(frozen=True, slots=True)
class RawMail:
    """One mail as a mailbox handed it over.

    `received_at` (UTC, aware) is the mailbox's own account of the arrival: INTERNALDATE, the seconds in a Maildir
    file name, or the file's time. `in_sent` is true for a mail found in the Sent folder. `truncated` is true when
    only the headers and the beginning of a too large mail were fetched. `mailbox` is the name of the configured mailbox
    that it was found in, None for a file. `proof` is None where nobody looked at its signatures, or it has none.
    """

    raw: bytes
    received_at: datetime
    in_sent: bool = False
    truncated: bool = False
    mailbox: str | None = None
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A name and an address; the address is lower-cased, both are free of control characters."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What stands behind the last @, or an empty string."""
        return self.address.rpartition("@")[2]


#: How many of the mails that stand above one in its thread are looked at.
ANSWERED = 20


def answered(in_reply_to: str | None, references: tuple[str, ...]) -> tuple[str, ...]:
    """Given these two headers, the Message-IDs of the mails answered, the nearest first, each once."""
    return tuple(dict.fromkeys([*([in_reply_to] if in_reply_to else []), *reversed(references)]))[:ANSWERED]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as read. All instants are aware and in UTC; all text is free of NULs and lone surrogates.

    `identity` is equal for two copies of one mail wherever they were found (CONTRACT, Rulings, Identity).
    `arrived_at` and `sent_at` follow CONTRACT (Rulings, Instants); `date` is what the Date header claims, if readable.
    `automatic` says why the mail is nobody's own word (auto-reply, bounce, read receipt), else None.
    `decoded_by` records which step decoded each text part, for instance "cp50221" or "utf-8 (label ignored)".
    `authentication_results` holds the values of these headers, topmost first, each with the number of Received
    headers that stand above it. `doubled` names the headers that may stand once only and stand there more often: which
    of them a check speaks for is not known. `mailbox` and `proof` are those of the `RawMail`.
    """

    identity: str
    message_id: str | None
    sender: Address | None
    sender_count: int
    to: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    date: datetime | None
    arrived_at: datetime
    sent_at: datetime
    text: str
    links: tuple[str, ...]
    charset: str | None
    decoded_by: tuple[str, ...]
    defects: tuple[str, ...]
    automatic: str | None
    in_reply_to: str | None
    references: tuple[str, ...]
    attachments: tuple[str, ...]
    authentication_results: tuple[tuple[int, str], ...]
    in_sent: bool
    size: int
    doubled: tuple[str, ...] = ()
    mailbox: str | None = None
    proof: Proof | None = None

    @property
    def answers(self) -> tuple[str, ...]:
        """The Message-IDs of the mails that it answers, the nearest first."""
        return answered(self.in_reply_to, self.references)
