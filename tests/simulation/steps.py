"""What can happen in a simulated story: plain values, each of which may be left out and the rest still makes sense."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Loose = Literal["suspicious", "payout", "unrecognised", "pressing", "noise", "secret", "foreign"]


@dataclass(frozen=True, slots=True)
class Says:
    """What a mail means: an event of a project, or something of none (`loose`). All as the story's author knows it."""

    project: str | None = None
    kind: str | None = None
    by: str | None = None
    channel: str | None = None
    grade: str = "attested"
    loose: Loose | None = None
    template: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail dated `date` reaches a folder of the server at `at`; the watch reads it `lag` later.

    `id_of`: it bears the Message-ID of that other mail.
    """

    at: datetime
    name: str
    date: datetime
    subject: str
    says: Says
    link: str | None = None
    sender: str = "ランサーズ事務局 <noreply@lancers.co.jp>"
    to: str = "me@example.com"
    verdict: str | None = None
    folder: str = "INBOX"
    lag: timedelta = timedelta(0)
    without_id: bool = False
    id_of: str | None = None
    mailbox: str = "main"


@dataclass(frozen=True, slots=True)
class Again:
    """The same mail arrives once more."""

    at: datetime
    name: str
    folder: str


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody moves a mail: it keeps its arrival and gets a new UID. None: it is deleted."""

    at: datetime
    name: str
    to: str | None


@dataclass(frozen=True, slots=True)
class Stated:
    """She records a fact, true since `since`; by a command, or by a mail to herself that lies in Sent."""

    at: datetime
    project: str
    fact: str
    since: datetime
    by: str | None = None
    mailed: bool = False


@dataclass(frozen=True, slots=True)
class Snoozed:
    """She wants no nudges for a while."""

    at: datetime
    project: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """She acknowledges what was told of a project's open window: it is not repeated."""

    at: datetime
    project: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """The server lets nobody in for so long: "unreachable" or "refused"."""

    at: datetime
    lasts: timedelta
    how: str
    mailbox: str = "main"


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is cut after so many further commands."""

    at: datetime
    after: int
    mailbox: str = "main"


@dataclass(frozen=True, slots=True)
class Anew:
    """A folder gets another UIDVALIDITY."""

    at: datetime
    folder: str
    mailbox: str = "main"


@dataclass(frozen=True, slots=True)
class Stop:
    """The service is stopped for so long."""

    at: datetime
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Sleep:
    """The machine is suspended for so long."""

    at: datetime
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Jump:
    """The machine's clock is wrong by `by` for so long, and then right again."""

    at: datetime
    by: timedelta
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Full:
    """The disk is full: the writes from the n-th on fail, so many of them."""

    at: datetime
    after: int
    writes: int


@dataclass(frozen=True, slots=True)
class Down:
    """A target does not work for so long: "fails", "hangs" (nobody knows), "takes" (it has it, and says it failed)."""

    at: datetime
    lasts: timedelta
    target: str
    how: str


@dataclass(frozen=True, slots=True)
class Settings:
    """She changes the configuration, and the service reads it again: the number of one of the variants."""

    at: datetime
    variant: int


Step = (
    Arrival
    | Again
    | Move
    | Stated
    | Snoozed
    | Seen
    | Trouble
    | Cut
    | Anew
    | Stop
    | Sleep
    | Jump
    | Full
    | Down
    | Settings
)


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that happens, in order. The service begins at `begin`; what arrived before is history."""

    seed: int
    begin: datetime
    end: datetime
    variant: int
    steps: tuple[Step, ...] = field(default_factory=tuple)

    def told(self) -> str:
        """The story in lines, for a report of a failure."""
        lines = [
            f"seed {self.seed}: from {self.begin:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}, variant {self.variant}"
        ]
        return "\n".join(lines + [f"  {_line(step)}" for step in self.steps])


def _line(step: Step) -> str:
    shown = {name: getattr(step, name) for name in step.__slots__ if name not in ("at", "sender", "lag")}
    words = (
        f"{name}={_short(value)}"
        for name, value in shown.items()
        if value is not None and value is not False and value != "main"
    )
    return f"{step.at:%Y-%m-%d %H:%M:%S} {type(step).__name__} {' '.join(words)}"


def _short(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%m-%dT%H:%M:%S}"
    if isinstance(value, Says):
        return f"{value.kind or value.loose}/{value.project or '-'}/{value.by or '-'}/{value.grade}"
    return str(value)
