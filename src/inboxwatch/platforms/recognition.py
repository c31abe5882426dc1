"""What a profile understood from one mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from inboxwatch.mail.model import Trust

Grade = Literal["attested", "probable", "by_hand"]
By = Literal["client", "me", "platform"]
Channel = Literal["platform", "mail", "offsite"]


@dataclass(frozen=True, slots=True)
class Recognition:
    """What one mail is taken for, and why.

    `platform` is None for mail of no platform; `event` is None when the platform is known and no rule matches
    (unrecognised). `project` is the project's own id at the platform, from a link ("5545030"), without the platform.
    `quoted` holds the folded lines of a mail that names its project neither by a link nor in its subject, in which a
    known title may be found. `answers` holds the Message-IDs that a mail between people replies to, the nearest first.
    `stated` is a fact as she mailed it to herself, the words behind "inboxwatch"; `stated_to` the address that it went
    to, where that is not known to be hers. `problem` says why it cannot be taken, as a word of the wording
    (`stated_problems.…`) with what it is about. `rule` names the matching rule ("lancers/3"). `due_at` (UTC) is a
    deadline that the mail itself states. `suspicious` says why a mail is not what it pretends to be; such a mail moves
    nothing. `suspicion` is the same as a word of the wording (`suspicions.…`) with its arguments: the sender's domain,
    the platform, and the domain that is imitated. `forwarded` marks a mail of a platform that somebody else forwarded.
    `outgoing` marks her own mail. `why` is one English sentence; so is `trust_why`, on the verdict on the sender.
    """

    platform: str | None
    event: str | None
    why: str
    by: By | None = None
    channel: Channel | None = None
    grade: Grade | None = None
    rule: str | None = None
    project: str | None = None
    title: str | None = None
    client: str | None = None
    url: str | None = None
    due_at: datetime | None = None
    trust: Trust = "unverified"
    trust_why: str = ""
    suspicious: str | None = None
    suspicion: tuple[str, ...] = ()
    forwarded: bool = False
    outgoing: bool = False
    quoted: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    stated: str | None = None
    stated_to: str | None = None
    problem: tuple[str, ...] = ()
