"""The whole service but its threads and sockets, played through a story on a simulated clock."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from inboxwatch.mailbox.errors import MailboxError
from inboxwatch.service.daemon import Daemon
from inboxwatch.service.notify import Notifier
from inboxwatch.service.readers import Found
from inboxwatch.service.sending import sender_of
from inboxwatch.store.model import StoreError
from tests.simulation import steps
from tests.simulation.disaster import PowerCut, SimulatedApp
from tests.simulation.log import Failed, Looked, Read, Started, Vanished
from tests.simulation.recording import Outcome
from tests.simulation.secrets import kept_secrets
from tests.simulation.server import simulated_reader
from tests.simulation.world import World, app_of

#: When the process dies: never; in each cycle at a step drawn by lot; in each cycle at every step in turn.
Kill = Literal["never", "sometimes", "always"]

LONGEST_PAUSE = timedelta(hours=20)
#: A clock that has gone back is believed only after a while in which the service has come round.
PAUSE_OF_A_WRONG_CLOCK = timedelta(minutes=40)
_PATIENCE = 12


class Machine(World):
    """One machine with one installation, in which the process dies as `kill` says."""

    def __init__(self, story: steps.Story, folder: Path, kill: Kill = "never") -> None:
        super().__init__(story, folder)
        self.kill = kill
        self.deaths = 0
        self.session: set[str] = set()
        self.random = random.Random(story.seed * 7 + 1)  # noqa: S311 - no secret

    # -- the run

    def run(self) -> Outcome:
        """Play the story to its end."""
        with _steady_clock(self.steady), _quiet():
            waiting = list(self.story.steps)
            while waiting and waiting[0].at < self.story.begin:
                self._happens(waiting.pop(0))
            self._start()
            noticed = True
            while True:
                if noticed:
                    self._cycle()
                alone, step = self._next(), waiting[0].at if waiting else None
                nxt = min(alone, step) if step else alone
                if nxt > self.story.end:
                    break
                self.now = max(self.now, nxt)
                noticed = alone <= self.now
                self._came_round()
                self.wakes = {wake for wake in self.wakes if wake > self.now}
                for when, what in [one for one in self.undo if one[0] <= self.now]:
                    self.undo.remove((when, what))
                    self._ends(what)
                while waiting and waiting[0].at <= self.now:
                    step_now = waiting.pop(0)
                    self._happens(step_now)
                    noticed = noticed or not _on_the_server_alone(step_now)
            for _, what in self.undo:
                self._ends(what)
            self._drain()
            return self._outcome()

    def _next(self) -> datetime:
        """When there is something to do next, as far as it is known."""
        found = [self.now + LONGEST_PAUSE, *self.wakes, *(when for when, _ in self.undo)]
        if self.offset:
            found.append(self.now + PAUSE_OF_A_WRONG_CLOCK)
        if self.up and self.daemon:
            look = self.daemon._look_at
            if look is not None:
                # What is held in blindness is looked at each minute; here each hour, so that years pass in seconds.
                found.append(
                    max(
                        look - self.offset,
                        self.now
                        + timedelta(hours=1 if any(s.trouble for s in self.servers.values()) else 0, seconds=1),
                    )
                )
            delivery = self.store.next_delivery_at()
            if delivery is not None:
                found.append(self._tried_at(delivery))
        return min(found)

    def _tried_at(self, due: datetime) -> datetime:
        """When a delivery is attempted: what has been due for a while waits for the end of the quiet hours."""
        again = due if due > self.clock() else self.sender._quiet(self.clock())
        return max(again - self.offset, self.now + timedelta(seconds=1))

    def _drain(self) -> None:
        """Let a week pass in which all works, so that every delivery comes to its end."""
        for _ in range(80):
            due = self.store.next_delivery_at()
            if due is None:
                return
            self.now = self._tried_at(due)
            self._send()

    def _came_round(self) -> None:
        """The clock leaps over hours in which nothing happens; the watch has polled in each of their minutes."""
        if self.up and self.daemon:
            for name in self.session:
                if not self.servers[name].trouble:
                    self.daemon.opened(name)

    def _deaths(self) -> Iterator[int | None]:
        if self.kill == "always":
            yield from range(4)
        elif self.kill == "sometimes":
            yield self.random.randrange(4)
        yield None

    # -- one cycle: read, look, decide, send

    def _cycle(self) -> None:
        """Do what is to be done now; where it dies, the process begins again at once and does it again."""
        if not self.up:
            return
        if self.kill == "never":
            self._cycle_once()
            return
        dies_at = 0 if self.kill == "always" else self.random.randrange(60)
        while True:
            self.disaster.dies_at = dies_at
            try:
                self._cycle_once()
                self.disaster.dies_at = None
                return
            except PowerCut:
                self.kills += 1
                self.deaths += 1
                self.disaster.dies_at = None
                self._end_process()
                self._start()
                self._try_again()
                dies_at += 1
                if self.kill != "always":
                    dies_at = 10_000

    def _cycle_once(self) -> None:
        daemon = self.daemon
        assert daemon is not None
        daemon._compare_clocks()
        if not self.has_read:
            self._decide(daemon)
        for name in self.servers:
            self._poll(daemon, name)
        daemon._safely(daemon._check_watch)
        self._decide(daemon)
        self._send()

    def _poll(self, daemon: Daemon, name: str) -> None:
        server, reader = self.servers[name], self.readers[name]
        for _ in range(_PATIENCE):
            read: dict[str, datetime] = {}

            def keep(found: Found, read: dict[str, datetime] = read) -> None:
                daemon.keep(found)
                if found.batch.complete and not found.again:
                    read[found.folder] = found.batch.read_at

            try:
                if name not in self.session:
                    reader.open()
                    daemon.opened(name)
                    self.session.add(name)
                reader.read(lambda folder: daemon.folder(name, folder), keep)
                daemon.read(name, min(read.values()), set(read))
            except (MailboxError, StoreError) as error:
                self.session.discard(name)
                reader.close()
                daemon.failed(name, error)
                if server.trouble:
                    self.log.append(Failed(self.clock(), type(error).__name__, self.steady(), name))
                    return
            else:
                self.has_read = True
                self._note_what_vanished(name)
                there = tuple((mail.name, mail.arrived, folder) for folder, mail in server.visible())
                self.log.append(Read(self.clock(), there, self.steady(), name))
                return
        raise AssertionError("the mailbox could not be read in many attempts")

    def _note_what_vanished(self, mailbox: str) -> None:
        """The UIDs show that a mail was there, if the folder is still the same and had been read before."""
        folders = self.servers[mailbox].folders
        for folder, uidvalidity, mail in self._gone[mailbox]:
            before, now = self._read_to.get((mailbox, folder)), folders[folder].uidvalidity
            if before:
                sure = before[0] == uidvalidity == now
                self.log.append(Vanished(self.clock(), mail.arrived, sure, mail.name, mailbox))
        self._gone[mailbox] = []
        self._read_to |= {(mailbox, name): (f.uidvalidity, f.uidnext - 1) for name, f in folders.items()}

    def _decide(self, daemon: Daemon) -> None:
        for _ in range(_PATIENCE):
            struck = self.disaster.struck
            daemon._look_now()
            daemon._safely(daemon._decide)
            if self.disaster.struck == struck:
                self.log.append(Looked(self.clock()))
                return
        raise AssertionError("nothing could be decided in many attempts")

    def _send(self) -> None:
        for _ in range(_PATIENCE):
            try:
                self.sender.send_due(self.clock)
                return
            except StoreError:
                self.store.close()
                self._open_sender()
        raise AssertionError("nothing could be sent in many attempts")

    # -- the process

    def _start(self) -> None:
        """Begin the process, with the configuration as it is now."""
        while True:
            try:
                self.app = SimulatedApp.on(app_of(self.variant), self.folder, self.disaster, self.targets)
                self.daemon = Daemon(self.app, Notifier({}), self.clock)
                self._open_sender()
                break
            except StoreError:
                continue
        parts = self.app.profiles, self.app.policy.known, self.clock
        self.readers = {
            one.name: simulated_reader(self.servers[one.name], one, *parts) for one in self.app.config.mailboxes
        }
        self.session, self.has_read = set(), False
        self.up = True
        self.log.append(Started(self.clock(), self.variant, self.steady()))

    def _open_sender(self) -> None:
        self.store = self.app.open_store()
        self.sender = sender_of(self.app, self.store)
        self.sender._random = self.random.random

    def _end_process(self) -> None:
        for thread in threading.enumerate():
            if thread.name.startswith("deliver "):
                thread.join()
        assert self.daemon is not None
        self.daemon.close()
        self.store.close()
        for watcher in self.daemon._watchers:
            os.close(watcher._wake_in)
            os.close(watcher._wake_out)
        self.daemon, self.up = None, False

    # -- what is left

    def _outcome(self) -> Outcome:
        alerts = self.store.alerts()
        rows = self.store.projects()
        timelines = {row.name: (row.aliases, tuple(self.store.events(row.name))) for row in rows}
        closed_holes = sum(len(self.store.numbered_holes(name, closed=True)) for name in self.servers)
        open_holes = len(self.store.holes())
        secrets = tuple(kept_secrets(self.store, self.folder))
        if self.daemon is not None:
            self._end_process()
        return Outcome(
            self.log,
            alerts,
            self.received,
            timelines,
            self.kills,
            self.disaster.steps,
            self.disaster.struck - self.deaths,
            self.attempts,
            secrets,
            open_holes,
            closed_holes,
        )


def _on_the_server_alone(step: steps.Step) -> bool:
    """True for what is noticed only when the mailbox is read again."""
    return isinstance(step, steps.Again | steps.Move | steps.Anew) or (
        isinstance(step, steps.Arrival) and bool(step.lag)
    )


@contextlib.contextmanager
def _steady_clock(steady: Any) -> Iterator[None]:
    """The machine's steady clock: no part of inboxwatch, and wherever it is asked it must agree with the wall clock."""
    real = time.monotonic
    time.monotonic = steady
    try:
        yield
    finally:
        time.monotonic = real


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
