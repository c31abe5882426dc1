"""Decides from what is kept which alerts are due.

Reads no clock and reaches nothing but the store: `now` and what is known to have been read are passed in.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from inboxwatch.alerts.absence import Absence, open_since
from inboxwatch.alerts.compose import Coverage, compose
from inboxwatch.alerts.coverage import Unlinked
from inboxwatch.alerts.decide import Draft, drafts
from inboxwatch.alerts.loose import Loose
from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.quiet import after_quiet_hours
from inboxwatch.alerts.summary import summarise
from inboxwatch.fault import described
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.policy import Parts, Policy
from inboxwatch.store.model import ProjectRow, StoreError, Told
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.deadline import Deadline, deadlines
from inboxwatch.timeline.naming import is_clients
from inboxwatch.timeline.project import Project, fold
from inboxwatch.wording.say import Wording

#: After a stop longer than this only what is true now is told (CONTRACT, Rulings).
LONG_STOP = timedelta(days=2)

#: Nothing is due: looked at again when something changes.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

#: How long a clock that has gone back must run on before it is believed.
_BELIEVED_AFTER = timedelta(hours=1)

#: When a project over which inboxwatch stumbled is looked at again.
_AGAIN_AFTER_A_FAULT = timedelta(hours=1)

Mode = Literal["normal", "start", "history", "changed", "again"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Situation:
    """One project as it stands at an instant.

    `snoozed_until` is the end of its last snooze, which may be over: what fell due before that end is not made up for.
    """

    project: Project
    deadlines: tuple[Deadline, ...]
    dormant: bool
    snoozed_until: datetime | None = None


class Deciding(Parts):
    """The half of the pipeline that alerts come out of."""

    def __init__(self, store: Store, profiles: Profiles, policy: Policy, wording: Wording) -> None:
        super().__init__(store, profiles, policy, wording)
        self._waiting_before: frozenset[str] | None = None
        self._due_before: frozenset[tuple[str, str]] = frozenset()
        self._openings: dict[str, tuple[str, datetime | None]] = {}

    # -- looking

    def situation(self, row: ProjectRow, now: datetime, *, past_only: bool = False) -> Situation:
        """One project at `now`: its state, its deadlines, and whether it is dormant.

        With `past_only` what came after `now` is left out: the project as it stood at an instant of the past.
        """
        profile = self.profile(row.platform)
        project = fold(
            row.name,
            [event for event in self.store.events(row.name) if not past_only or event.at <= now],
            aliases=row.aliases,
            delivered_awaits_approval=profile.delivered_awaits_approval if profile else True,
        )
        found = deadlines(project, profile, now, self.policy.contact.get(row.platform, "any")) if profile else ()
        first_read_at = self.store.recall_instant("first_read_at") or now
        # What was asleep at the first read need not have been asleep at an instant long before it.
        reference = min(first_read_at, now) if past_only else first_read_at
        snoozes = [one for one in self.store.snoozes() if one.project in row.aliases]
        renamed = any(one.project != row.name for one in snoozes)
        own = self._own_names(row) if renamed else (row.name,)
        ends = [one.until for one in snoozes if one.project in own and (not past_only or one.made_at <= now)]
        return Situation(project, found, project.dormant(reference), max(ends, default=None))

    def _own_names(self, row: ProjectRow) -> tuple[str, ...]:
        """The project's names that no other bears, its present one first: what she said of a client's is of neither."""
        others = {name for other in self.store.projects() if other.name != row.name for name in other.aliases}
        return (row.name, *(name for name in row.aliases if name != row.name and name not in others))

    def unlinked(self, platform: str) -> tuple[Unlinked, ...]:
        """Contact on a platform by somebody who is not known to be the client of any project there, oldest first."""
        found = [
            Unlinked(event.client, event.at, event.key, (row.name, *event.also))
            for row in self.store.projects_of(platform)
            if is_clients(row.name) and platform != "direct"
            for event in self.store.events(row.name)
            if event.kind == "contact" and event.by == "client" and event.client
        ]
        return tuple(sorted(found, key=lambda one: (one.at, one.key)))

    def next_due(self, now: datetime) -> datetime | None:
        """The next instant after `now` at which something may have to be told."""
        found = (self.store.next_due(), self._loose().next_due(now), self._absence(now).next_due(now))
        return min((instant for instant in found if instant and instant < NEVER), default=None)

    def snooze(self, row: ProjectRow, until: datetime, now: datetime) -> None:
        """Tell no nudges and repeats of a project until then (aware); `until` now ends a snooze that runs."""
        with self.store.transaction():
            self.begin(now)
            self.store.snooze(self._own_names(row), until, now)
            # What comes next may have to be told earlier than was reckoned with the snooze before.
            self.store.look_again(row.name, now)

    # -- deciding

    def starting(self, now: datetime) -> bool:
        """True before the first decision of all, and after a stop of more than two days: what is read is history."""
        decided_at = self.store.recall_instant("decided_at")
        return decided_at is None or now - decided_at > LONG_STOP

    def decide(self, now: datetime, coverage: Coverage) -> list[Alert]:
        """Decide what is due at `now`; keep each alert and its deliveries, and return the new ones.

        1. Before a complete read nothing but what has a `must` deadline is decided.
        2. At the first complete read, and after a long stop, a summary and what is open now; nothing of the past.
        3. Otherwise every project whose time has come, and what concerns no single project.
        """
        now = now.astimezone(UTC)
        with self.store.transaction():
            self.begin(now)
            if self._has_just_gone_back(now):
                # What must be looked at next was reckoned by the clock that ran ahead.
                self.store.look_at_all(now)
            mode: Mode = "start" if self.starting(now) else "normal"
            if coverage.known_until is None:
                told = self._decide_due(now, coverage, mode, only_must=True)
                if mode == "normal":
                    self._decided(now)  # blind, but not stopped
                return told + self._decide_loose(now, only_urgent=True)
            if self.store.recall_instant("first_read_at") is None:
                self.store.remember_instant("first_read_at", now)
            if mode == "start":
                self.store.look_at_all(now)
            told = self._decide_due(now, coverage, mode)
            told += self._decide_loose(now)
            absent = self._decide_absence(now, coverage, muted=mode == "start")
            if mode == "start":
                # Beside the summary there is only what is open and what runs (CONTRACT, Rulings).
                told.insert(0, self._summarised(now, absent))
            else:
                told += absent
            self._decided(now)
            return told

    def awake(self, now: datetime) -> None:
        """The watch has not stopped since it last decided, however long ago that was: for a simulated clock."""
        self.store.remember_instant("decided_at", now)
        if self.store.recall_instant("first_read_at") is None:
            self.store.remember_instant("first_read_at", now)

    def _decided(self, now: datetime) -> None:
        """Keep when the last decision was made; not each time, for a daemon decides often and each costs a write.

        A clock that has gone back may be wrong (a machine that boots in 1970) or may have been set right. It is
        believed once it has run on for an hour: else the way from a wrong date to the right one would pass for a stop
        of years, of which only a summary is told.
        """
        before = self.store.recall_instant("decided_at")
        behind_since = self.store.recall_instant("behind_since")
        if self._has_just_gone_back(now):
            self.store.remember_instant("behind_since", now)
            return
        if before is not None and now < before:
            if behind_since is not None and now - behind_since < _BELIEVED_AFTER:
                return
            self._correct_first_read(now)
        elif behind_since not in (None, NEVER):
            self.store.remember_instant("behind_since", NEVER)  # the next time it is reckoned anew
        if before is None or not timedelta(0) <= now - before < timedelta(minutes=10):
            self.store.remember_instant("decided_at", now)

    def _has_just_gone_back(self, now: datetime) -> bool:
        """True at the first look after the clock went behind the last decision, or further behind it."""
        before = self.store.recall_instant("decided_at")
        behind_since = self.store.recall_instant("behind_since")
        return before is not None and now < before and (behind_since is None or now < behind_since)

    def _correct_first_read(self, now: datetime) -> None:
        """The clock was ahead at the first read: nothing was asleep because of a date that has not come yet."""
        first_read_at = self.store.recall_instant("first_read_at")
        if first_read_at is not None and first_read_at > now:
            self.store.remember_instant("first_read_at", now)
            self.store.look_at_all(now)

    def begin_history(self, now: datetime) -> None:
        """History is about to be taken, in one or more batches, until `settle_history`."""
        if self._waiting_before is None:
            self._waiting_before = self._waiting(now)

    def settle_history(self, now: datetime, *, more: bool = False) -> None:
        """After history has been taken: what it shows to be past is never told; what is open stays to be decided.

        A project of which something was waiting to be told before is left alone: that is no history, and not lost.
        With `more` another batch of the same history follows.
        """
        waiting = self._waiting_before or frozenset()
        if not more:
            self._waiting_before = None
        with self.store.transaction():
            if self.store.recall_instant("decided_at") is not None:
                self._settle(waiting, now, "history")

    @contextmanager
    def history(self, now: datetime) -> Iterator[None]:
        """Inside, history is taken in batches, each settled in its own transaction: a daemon decides in between."""
        self.begin_history(now)
        try:
            yield
        finally:
            self._waiting_before = None

    @contextmanager
    def reading_again(self, now: datetime) -> Iterator[None]:
        """Inside, what is kept is read by other rules, in one transaction; nothing of the past is told because of it.

        What was due before stays due. What is open now stays to be decided, and so does what takes back an alert that
        was told.
        """
        with self.store.transaction():
            self._due_before = self._due(now)
            try:
                yield
                if self.store.recall_instant("decided_at") is not None:
                    self._decide_projects(self.store.due_projects(now), now, Coverage(now), "again")
            finally:
                self._due_before = frozenset()

    def _due(self, now: datetime) -> frozenset[tuple[str, str]]:
        """What is due by now: each name of its project, and its key without that name."""
        due: set[tuple[str, str]] = set()
        for row in self.store.due_projects(now):
            here = self._situation_if_any(row, now)
            found = self._drafts(here, now, self._told(row)) if here else []
            due |= {(name, draft.rest) for draft in found if draft.instant <= now for name in row.aliases}
        return frozenset(due)

    def _waiting(self, now: datetime) -> frozenset[str]:
        """The projects, by every name, that must be looked at by now."""
        return frozenset(name for row in self.store.due_projects(now) for name in row.aliases)

    def _settle(self, waiting: frozenset[str], now: datetime, mode: Mode) -> None:
        rows = [row for row in self.store.due_projects(now) if waiting.isdisjoint(row.aliases)]
        self._decide_projects(rows, now, Coverage(now), mode)

    def _decide_due(self, now: datetime, coverage: Coverage, mode: Mode, *, only_must: bool = False) -> list[Alert]:
        return self._decide_projects(self.store.due_projects(now), now, coverage, mode, only_must)

    def _decide_projects(
        self, rows: Iterable[ProjectRow], now: datetime, coverage: Coverage, mode: Mode, only_must: bool = False
    ) -> list[Alert]:
        told: list[Alert] = []
        for row in rows:
            try:
                told += self._decide_project(row, now, coverage, mode, only_must)
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001  one project must not keep all others from being told
                log.error("%s is looked at again in an hour: %s", row.name, described(error))
                self.store.look_again(row.name, now + _AGAIN_AFTER_A_FAULT)
        return told

    def _decide_project(
        self, row: ProjectRow, now: datetime, coverage: Coverage, mode: Mode, only_must: bool
    ) -> list[Alert]:
        here = self.situation(row, now)
        before = self._told(row)
        told: list[Alert] = []
        for draft in self._drafts(here, now, before):
            if draft.instant > now or draft.rest in before:
                continue
            if only_must and not draft.urgent:
                continue
            if mode == "again" and any((name, draft.rest) in self._due_before for name in row.aliases):
                continue
            muted = not _is_told(draft, "start" if here.dormant and mode != "again" else mode, now)
            if muted and only_must:
                continue  # before a complete read nothing is known to be history
            if not muted and (here.dormant or mode in ("history", "changed", "again") or _held(draft, coverage)):
                continue
            if mode == "start" and draft.first_of_must:
                draft = replace(draft, kind="deadline_against")
            if draft.needs_reading and not is_clients(row.name):
                coverage = replace(coverage, unlinked=self.unlinked(row.platform))
            alert = compose(draft, here.project, now, coverage, self.wording)
            if self._tell(alert, now, muted=muted) and not muted:
                told.append(alert)
            before[draft.rest] = Told(now, muted, acknowledged=False)
        waiting = [d.instant for d in self._drafts(here, now, before) if d.rest not in before and not here.dormant]
        self.store.look_again(row.name, min(waiting, default=NEVER))
        return told

    def _drafts(self, here: Situation, now: datetime, before: Mapping[str, Told]) -> list[Draft]:
        found = drafts(here.project, here.deadlines, now, self.policy.habits, before)
        return [draft for draft in found if not _is_snoozed(draft, here.snoozed_until)]

    def _told(self, row: ProjectRow) -> dict[str, Told]:
        """What was told of the project under any name it has had, by the key without that name."""
        found: dict[str, Told] = {}
        for name in row.aliases:
            for key, told in self.store.told([name]).items():
                found[key.removeprefix(f"{name}/")] = told
        return found

    def _decide_loose(self, now: datetime, *, only_urgent: bool = False) -> list[Alert]:
        told: list[Alert] = []
        try:
            for alert, muted in self._loose().due(now, only_urgent=only_urgent):
                if self._tell(alert, now, muted=muted) and not muted:
                    told.append(alert)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  one mail must not keep all else from being told; `review` lists it
            log.error("a mail of no known project cannot be told: %s", described(error))
        return told

    def _decide_absence(self, now: datetime, coverage: Coverage, *, muted: bool) -> list[Alert]:
        """Tell of platforms that send nothing any more; `muted`: in the summary alone."""
        return [alert for alert in self._absence(now).due(now, coverage) if self._tell(alert, now, muted=muted)]

    def _absence(self, now: datetime) -> Absence:
        def opened(platform: str) -> datetime | None:
            found = (self._open_since(row, now) for row in self.store.projects_of(platform))
            return min((instant for instant in found if instant), default=None)

        return Absence(self.store, self.wording, self.profiles, self.policy.no_platform_mail, opened)

    def _open_since(self, row: ProjectRow, now: datetime) -> datetime | None:
        """Since when a project has been open; asked at each look while a platform is silent, so it is remembered."""
        stamp = f"{row.digest} {self.store.recall('first_read_at')}"
        known = self._openings.get(row.name)
        if known is None or known[0] != stamp:
            here = self._situation_if_any(row, now)
            opened = open_since(here.project, dormant=here.dormant) if here else None
            known = self._openings[row.name] = (stamp, opened)
        return known[1]

    def _loose(self) -> Loose:
        return Loose(self.store, self.wording, self.profile)

    def summarise(self, now: datetime) -> Alert:
        """Tell what is true now, for what a first read brought; return the alert."""
        with self.store.transaction():
            return self._summarised(now)

    def _summarised(self, now: datetime, absent: Sequence[Alert] = ()) -> Alert:
        here = [situation for row in self.store.projects() if (situation := self._situation_if_any(row, now))]
        alert = summarise(
            [(s.project, s.deadlines, s.dormant) for s in here], now, self.wording, len(self.store.review()), absent
        )
        self._tell(alert, now, muted=False)
        return alert

    def _situation_if_any(self, row: ProjectRow, now: datetime) -> Situation | None:
        """None for a project over which inboxwatch stumbles: it must not keep all others from being told."""
        try:
            return self.situation(row, now)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  see above
            log.error("%s is left out: %s", row.name, described(error))
            return None

    def _tell(self, alert: Alert, now: datetime, *, muted: bool) -> bool:
        due_at = now if alert.urgent else after_quiet_hours(now, self.policy.quiet_hours, self.wording.zone)
        wanted = {r.name: due_at for r in self.policy.recipients if r.kinds is None or alert.kind in r.kinds}
        return self.store.add_alert(alert, wanted, muted=muted)

    def tell(self, alert: Alert, now: datetime) -> bool:
        """Keep an alert that something other than a project caused. False if its key was told before."""
        with self.store.transaction():
            return self._tell(alert, now, muted=False)


def _is_snoozed(draft: Draft, until: datetime | None) -> bool:
    """True for a nudge or a repeat that falls due before the end of a snooze; what runs against her comes all the same.

    So is one that was due before the snooze began and could not be told by then: she has said that she knows.
    """
    if until is None or draft.instant >= until:
        return False
    return draft.kind == "silence" or (draft.repeat > 0 and not draft.urgent)


def _held(draft: Draft, coverage: Coverage) -> bool:
    """True if it may not be told yet: silence is told only of what is known to have been read."""
    if not draft.needs_reading:
        return False
    return coverage.blind or coverage.known_until is None or coverage.known_until < draft.instant


def _is_told(draft: Draft, mode: Mode, now: datetime) -> bool:
    """At the start, and of what was imported, an open window, a running `must` deadline, and a mail that is news."""
    if mode == "normal" or (draft.is_news and mode not in ("changed", "again")):
        return True
    if mode == "again" and draft.late:
        return True
    if mode == "changed" and now - draft.instant <= LONG_STOP:
        return True
    passed = draft.deadline is not None and draft.deadline.passed
    return draft.kind == "reminder_available" or (draft.first_of_must and not passed)
