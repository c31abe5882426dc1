"""The model's own idea of a project: how it stands after what is known of it, by CONTRACT, States and Lancers.

Nothing of inboxwatch is imported here, so that a mistake there cannot be repeated here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.simulation.platforms import JST, end_of_days

OPEN = ("awaiting_escrow", "in_progress", "awaiting_approval")
CLOSINGS = ("payment_confirmed", "cancelled", "closed", "reminder_ended")


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing known of a project. `name` is the mail's in the story, or a number for what she recorded."""

    name: str
    project: str
    kind: str
    at: datetime
    known_at: datetime
    by: str | None = None
    channel: str | None = None
    probable: bool = False
    recorded: bool = False
    history: bool = False

    @property
    def place(self) -> tuple[datetime, bool, datetime, str]:
        """By time; what she recorded after the mails of the same instant."""
        return self.at, self.recorded, self.known_at, self.name

    @property
    def is_contact(self) -> bool:
        return self.kind == "contact" and self.by == "client"

    @property
    def ends(self) -> bool:
        """True if it closes the project or a filing for certain: a probable mail closes nothing (Grades)."""
        return self.kind in CLOSINGS and not self.probable

    @property
    def told_at(self) -> datetime:
        """From when it can be told."""
        return min(self.at, self.known_at)


@dataclass(slots=True)
class Standing:
    """How a project stands."""

    state: str = "in_progress"
    assumed: bool = True
    reported: bool = False
    outcome_by: Happening | None = None
    funded: bool = False
    filed: Happening | None = None
    received: Happening | None = None
    change: Happening | None = None
    turn: str | None = None
    contact: Happening | None = None
    closing: bool = False

    @property
    def over(self) -> bool:
        return self.state not in OPEN

    @property
    def outcome(self) -> str:
        return "paid" if self.reported else "refunded"


def standing(known: Iterable[Happening]) -> Standing:
    """Fold what is known, in the order of time."""
    now = Standing()
    for one in sorted(known, key=lambda one: one.place):
        now.assumed = now.assumed and one.kind == "contact"
        if one.kind in CLOSINGS and one.probable:
            now.closing = True
            continue
        if one.kind == "completion_reported" and one.probable:
            continue
        _apply(now, one)
        if one.kind in CLOSINGS or one.kind == "escrow_funded":
            now.closing = False
    return now


def _apply(now: Standing, one: Happening) -> None:
    kind = one.kind
    if kind == "contact" and one.by == "client":
        now.contact = one
        if one.channel == "platform":
            now.filed = None
    elif kind == "started":
        if now.over:
            _reported(now, one, False)
        if not (now.funded and now.state in ("in_progress", "awaiting_approval")):
            now.state = "awaiting_escrow"
    elif kind == "escrow_funded":
        now.state, now.funded = "in_progress", True
        _reported(now, one, False)
    elif kind in ("payment_confirmed", "cancelled", "closed"):
        now.state = {"payment_confirmed": "paid"}.get(kind, kind)
        now.filed = now.received = now.change = None
        now.turn = None
    elif kind == "waiting":
        now.turn = one.by
    elif kind == "delivered":
        now.turn = None
        if not now.over and not one.project.startswith("lancers/"):
            now.state = "awaiting_approval"
    elif kind in ("completion_reported", "completion_withdrawn", "revision_requested"):
        done = kind == "completion_reported"
        now.turn = None if done else now.turn
        _reported(now, one, done)
        if not now.over:
            now.state = "awaiting_approval" if done else "in_progress"
    elif kind == "reminder_filed":
        now.filed = one
        if now.state == "paid" and one.recorded:
            # A request exists only while a deal is in progress: what she records shows another round.
            _reported(now, one, False)
            now.state = "in_progress"
    elif kind == "reminder_received":
        now.received = one
    elif kind == "reminder_ended":
        now.filed = now.received = None
    elif kind == "change_proposed":
        now.change = one
    elif kind == "change_settled":
        now.change = None


def _reported(now: Standing, one: Happening, done: bool) -> None:
    if now.reported != done:
        now.reported, now.outcome_by = done, one


def end_of_answer(start: datetime) -> datetime:
    """00:00 JST of the date + 7: the earliest reading of seven days (CONTRACT, Lancers)."""
    return end_of_days(start, 6, JST)


def months_later(start: datetime, months: int) -> datetime:
    """The same day and hour in JST so many months later; the month's last day where it is shorter."""
    local = start.astimezone(JST)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    for day in range(local.day, 27, -1):
        try:
            return local.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return local.replace(year=year, month=month + 1)


def last_of(known: Sequence[Happening], kinds: Sequence[str]) -> Happening | None:
    """The latest of these kinds; `contact` is the client's, a filing hers."""
    found = [one for one in known if one.kind in kinds and (one.kind != "contact" or one.by == "client")]
    return max(found, key=lambda one: one.place, default=None)
