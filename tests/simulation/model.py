"""Which alerts must exist, given what was readable when and what she did: written from CONTRACT, not from the code.

The model is fed the log of a run, entry by entry, and says at every look what must be told at that instant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.simulation import steps
from tests.simulation.log import (
    Acknowledged,
    Entry,
    Failed,
    Looked,
    Read,
    Recorded,
    Slept,
    Snooze,
    Started,
    Vanished,
)
from tests.simulation.platforms import JST
from tests.simulation.settings import HABITS
from tests.simulation.standing import (
    Happening,
    standing,
)
from tests.simulation.wishes import DAY, HOUR, Key, Wish, Wishes

LONG_STOP = 2 * DAY
MAILBOXES = ("main", "side")
BLIND_AFTER = timedelta(minutes=15).total_seconds()


@dataclass(frozen=True, slots=True)
class Expected:
    """An alert that must exist: decided at `at`. `mail` is what the story calls the mail that it must rest on."""

    at: datetime
    kind: str
    project: str | None
    outcome: str | None = None
    due_at: datetime | None = None
    mail: str | None = None
    proof: str | None = None


class Model:
    """Everything that the model knows at an instant."""

    def __init__(self, story: steps.Story) -> None:
        self.story = story
        self.mails = {step.name: step for step in self.story.steps if isinstance(step, steps.Arrival)}
        self.stated = {
            f"fact-{s.project}-{s.fact}-{s.at:%Y%m%d%H%M%S}": s
            for s in self.story.steps
            if isinstance(s, steps.Stated) and s.mailed
        }
        self.known: dict[str, list[Happening]] = defaultdict(list)
        self.seen: set[str] = set()
        self.loose: list[tuple[str, steps.Says, datetime]] = []
        self.templates: set[str] = set()
        self.told: dict[Key, tuple[datetime, bool]] = {}
        self.snoozes: dict[str, datetime] = {}
        self.expected: list[Expected] = []
        self.read_to: dict[str, datetime | None] = {}
        self.decided_at: datetime | None = None
        self.behind_since: datetime | None = None
        self.first_read: datetime | None = None
        self.starting = True
        self.alive: dict[str, float] = {}
        self.refusals: dict[str, int] = {}
        self.blind: set[str] = set()
        self.variant = self.story.variant
        self.acknowledged: set[Key] = set()
        self.holes: list[Vanished] = []
        self.archived: set[str] = set()
        self._facts = 0

    def follow(self, log: list[Entry]) -> list[Expected]:
        """Given the log of a run, return every alert that must exist, in the order of telling."""
        for entry in log:
            if isinstance(entry, Recorded | Snooze):
                self._in_force(entry.variant, entry.now)
            if isinstance(entry, Started):
                self._started(entry)
            elif isinstance(entry, Slept):
                self._begun(entry.now)
            elif isinstance(entry, Read):
                self._read(entry)
            elif isinstance(entry, Failed):
                self._failed(entry)
            elif isinstance(entry, Recorded):
                self._recorded(entry)
            elif isinstance(entry, Snooze):
                self.snoozes[entry.project] = max(entry.until, self.snoozes.get(entry.project, entry.until))
            elif isinstance(entry, Acknowledged):
                mine = (key for key in self.told if key[:2] == (entry.project, "reminder_available"))
                self.acknowledged |= {key for key in mine if not self.told[key][1]}
            elif isinstance(entry, Vanished):
                self.holes.append(entry)
            else:
                self._looked(entry)
        return self.expected

    # -- the watch

    def _started(self, entry: Started) -> None:
        self.alive, self.refusals = dict.fromkeys(MAILBOXES, entry.steady), dict.fromkeys(MAILBOXES, 0)
        self._in_force(entry.variant, entry.now)
        self._begun(entry.now)

    def _in_force(self, variant: int, now: datetime) -> None:
        """Other habits make nothing due that lies two days back, but what is true still, or was waiting already."""
        before, self.variant = self.variant, variant
        if before == variant or self.decided_at is None or now - self.decided_at > LONG_STOP:
            return
        for project, known in self.known.items():
            if not any(self._is_due(wish, now) for wish in self._wishes(project, known, now, before)):
                for wish in list(self._wishes(project, known, now, variant)):
                    stands = wish.kind == "reminder_available" or (wish.must and not wish.over)
                    if self._is_due(wish, now) and not stands and now - wish.instant > LONG_STOP:
                        self.told[wish.key] = now, True

    def _is_due(self, wish: Wish, now: datetime) -> bool:
        return wish.instant <= now and wish.key not in self.told

    def _begun(self, now: datetime) -> None:
        """After a start or a sleep nothing but `must` is told before a complete read; after long, no history is."""
        self.read_to = dict.fromkeys(MAILBOXES)
        self.starting = self.decided_at is None or now - self.decided_at > LONG_STOP

    def _known_until(self) -> datetime | None:
        """Up to when all mailboxes that can be read have been read since the start; None: not yet."""
        known = [instant for instant in self.read_to.values() if instant]
        awaited = any(instant is None for name, instant in self.read_to.items() if name not in self.blind)
        return None if awaited else min(known, default=None)

    def _failed(self, entry: Failed) -> None:
        name = entry.mailbox
        self.refusals[name] += entry.error == "LoginRefused"
        silent = entry.steady - self.alive[name] > BLIND_AFTER
        if name not in self.blind and (self.refusals[name] >= 2 or silent):
            self.blind.add(name)
            self.expected.append(Expected(entry.now, "watch_blind", None))

    def _read(self, entry: Read) -> None:
        box = entry.mailbox
        self.read_to[box], self.alive[box], self.refusals[box] = entry.now, entry.steady, 0
        if box in self.blind:
            self.blind.discard(box)
            self.expected.append(Expected(entry.now, "watch_restored", None))
        for name, arrived, folder in entry.there:
            self.archived |= {name} if folder == "Archive" else set()
            if name in self.seen:
                continue
            if name in self.stated:
                self.seen.add(name)
                self._learn_mailed(self.stated[name])
            elif name in self.mails and (folder != "Junk" or _of_platform(self.mails[name])):
                self.seen.add(name)
                self._learn(self.mails[name], arrived, entry.now)

    def _learn(self, mail: steps.Arrival, arrived: datetime, now: datetime) -> None:
        says = mail.says
        at = mail.date if arrived - DAY <= mail.date <= arrived + HOUR else arrived
        if says.loose:
            if not self.starting and says.loose in ("payout", "suspicious", "unrecognised", "pressing"):
                self.loose.append((mail.name, says, now))
            return
        assert says.project and says.kind
        probable = says.grade == "probable"
        self.known[says.project].append(
            Happening(
                mail.name, says.project, says.kind, at, arrived, says.by, says.channel, probable, history=self.starting
            )
        )

    def _learn_mailed(self, stated: steps.Stated) -> None:
        self._state(stated, stated.at, stated.at)

    def _recorded(self, entry: Recorded) -> None:
        self._state(entry.step, entry.since, entry.now)

    def _state(self, stated: steps.Stated, at: datetime, now: datetime) -> None:
        self._facts += 1
        by = stated.by or ("me" if stated.fact == "reminder_filed" else "client")
        channel = "offsite" if stated.fact == "contact" else None
        number = f"{self._facts:>20}"
        fact = Happening(number, stated.project, stated.fact, at, now, by, channel, recorded=True)
        self.known[stated.project].append(fact)

    # -- the look

    def _looked(self, entry: Looked) -> None:
        now, only_urgent = entry.now, self._known_until() is None
        if not only_urgent and self.first_read is None:
            self.first_read = now
        for project, known in self.known.items():
            self._look_at(project, known, now, only_urgent)
        if not only_urgent:
            self._look_at_loose(now)
            if self.starting:
                self.expected.append(Expected(now, "summary", None))
            self.starting = False
        if not self.starting:
            self._decided(now)

    def _decided(self, now: datetime) -> None:
        """A clock that has gone back is believed once it has run on for an hour."""
        if self.decided_at and now < self.decided_at:
            self.behind_since = min(self.behind_since or now, now)
            if now - self.behind_since < HOUR:
                return
        self.decided_at, self.behind_since = now, None

    def _look_at(self, project: str, known: list[Happening], now: datetime, only_urgent: bool) -> None:
        asleep = self._dormant(known, now)
        for wish in list(self._wishes(project, known, now, self.variant)):
            if not self._is_due(wish, now) or (only_urgent and not wish.urgent):
                continue
            silent = (self.starting or asleep) and not (
                wish.news or wish.kind == "reminder_available" or (wish.must and not wish.over)
            )
            if not silent and (asleep or self._held(wish)):
                continue
            self.told[wish.key] = now, silent
            if not silent:
                kind = "deadline_against" if wish.must and self.starting else wish.kind
                self.expected.append(
                    Expected(now, kind, project, wish.outcome, wish.due_at, wish.mail, self._proof(wish))
                )

    def _dormant(self, known: list[Happening], now: datetime) -> bool:
        first = self.first_read or now
        latest = max(max(one.at, one.known_at) if one.recorded else one.at for one in known)
        return first - latest >= 90 * DAY

    def _proof(self, wish: Wish) -> str | None:
        """What the silence is worth; None where the model does not know: a hole is known only to lie between reads."""
        if wish.since is None:
            return None
        found: str | None = "complete"
        for hole in self.holes:
            closed = self._closed(hole)
            if hole.now < wish.since or closed:
                continue
            if hole.sure and hole.arrived > wish.since and closed is False:
                return "holed"
            found = None
        return found

    def _closed(self, hole: Vanished) -> bool | None:
        """True if the mail has turned up in a watched archive, and could not be taken for another; None: not sure."""
        if hole.mailbox != "side" or hole.name not in self.archived:
            return False
        others = [one for one in self.holes if one.mailbox == hole.mailbox]
        twice = {step.name for step in self.story.steps if isinstance(step, steps.Again)}
        unsure = (steps.Anew, steps.Jump)  # by a clock that is wrong it cannot be reckoned when a mail came
        anew = any(isinstance(step, unsure) for step in self.story.steps)
        clean = all(one.sure and one.name in self.archived and one.name not in twice for one in others)
        return True if clean and not anew else None

    def _held(self, wish: Wish) -> bool:
        """Silence is told only of what has been read."""
        until = self._known_until()
        return wish.rests_on_silence and (bool(self.blind) or until is None or until < wish.instant)

    def _wishes(self, project: str, known: list[Happening], now: datetime, variant: int) -> Iterator[Wish]:
        known = sorted(known, key=lambda one: one.place)
        stands = standing(known)
        until = self.snoozes.get(project)
        every = HABITS[variant].repeat
        for wish in Wishes(self.told, HABITS[variant]).of(project, known, stands, now):
            if not (until and wish.kind == "silence" and wish.instant < until):
                yield wish
            past = self.told.get(wish.key)
            if wish.kind == "reminder_available" and every and past and not past[1] and not stands.assumed:
                again = [replace(wish, key=(*wish.key, n), instant=past[0] + n * every) for n in (1, 2, 3)]
                if self.acknowledged & {wish.key, *(one.key for one in again)}:
                    continue
                # As with nudges: behind one that a clock that ran ahead has told, none is made up for.
                passed = max((n for n, one in enumerate(again) if one.key in self.told), default=0)
                due = [one for one in again[passed:] if one.instant <= now]
                yield from (one for one in due[-1:] if not (until and one.instant < until))

    # -- what concerns no project

    def _look_at_loose(self, now: datetime) -> None:
        waiting = [one for one in self.loose if _due_loose(one) <= now]
        self.loose = [one for one in self.loose if _due_loose(one) > now]
        gathered = False
        for name, says, _ in waiting:
            if says.loose in ("payout", "suspicious"):
                kind = {"payout": "payout_fixed", "suspicious": "suspicious_mail"}[says.loose]
                self.expected.append(Expected(now, kind, None, mail=name))
            elif says.template not in self.templates:
                self.templates.add(says.template)
                if says.loose == "pressing":
                    self.expected.append(Expected(now, "unrecognised_mail", None, mail=name))
                else:
                    gathered = True
        if gathered:
            self.expected.append(Expected(now, "unrecognised_mail", None))


def _of_platform(mail: steps.Arrival) -> bool:
    return any(domain in mail.sender for domain in ("@lancers.co.jp>", "@kobo.example>"))


def _due_loose(one: tuple[str, steps.Says, datetime]) -> datetime:
    _, says, taken = one
    if says.loose != "unrecognised":
        return taken
    nine = taken.astimezone(JST).replace(hour=9, minute=0, second=0, microsecond=0)
    return nine if nine >= taken else nine + DAY
