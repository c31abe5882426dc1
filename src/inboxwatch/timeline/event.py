"""The event: a dated fact in a project's timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inboxwatch.mail.model import Trust
from inboxwatch.platforms.kinds import CLOSING_EVENTS
from inboxwatch.platforms.recognition import By, Channel, Grade

#: How the keys of recorded facts begin.
RECORDED = "fact-"


@dataclass(frozen=True, slots=True)
class Event:
    """A dated fact in a project's timeline. All instants are aware and in UTC.

    `key` is stable across rebuilds and restarts: it comes from the mail's identity or from the recorded fact's id.
    `project` is the full name, `platform/id`. `known_at` is when inboxwatch learnt of it: the mail's arrival or the
    recording. `mail` is the Message-ID of the mail it rests on, with angle brackets; None for a recorded fact.
    `part` says how much of the work is delivered ("4/5"). `also` names the other projects to which the same mail was
    counted because it could belong to any of them. `history` marks what was read as history: it gives state and
    raises no alert of its own. `set_aside` is the kind that a mail was taken for before the user said that it is not.
    `brought` marks a mail that does not say itself that it is of this project: a correction, its like, its client or
    its thread brought it there.
    """

    key: str
    project: str
    at: datetime
    known_at: datetime
    kind: str
    by: By | None = None
    channel: Channel | None = None
    grade: Grade = "by_hand"
    trust: Trust | None = None
    mail: str | None = None
    rule: str | None = None
    note: str | None = None
    title: str | None = None
    client: str | None = None
    url: str | None = None
    due_at: datetime | None = None
    plan: int | None = None
    part: str | None = None
    also: tuple[str, ...] = ()
    history: bool = False
    set_aside: str | None = None
    brought: bool = False

    @property
    def counts_in_full(self) -> bool:
        """False for a probable recognition of something that would close a project or end a deadline.

        A completion report does: it ends the emergency of a filing without one, and turns the money's fate.
        """
        return self.grade != "probable" or self.kind not in (*CLOSING_EVENTS, "completion_reported")

    @property
    def recorded(self) -> bool:
        """True for what the user recorded; a mail may lack its Message-ID and is a mail all the same."""
        return self.key.startswith(RECORDED)

    @property
    def short(self) -> str:
        """What stands for this event in the key of an alert."""
        return self.key if self.recorded else self.key[:8]
