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

from inboxwatch.alerts.deliver import Sender
from inboxwatch.mailbox.errors import MailboxError
from inboxwatch.service.daemon import Daemon
from inboxwatch.service.notify import Notifier
from inboxwatch.store.model import StoreError
from tests.simulation import steps
from tests.simulation.disaster import PowerCut, SimulatedApp
from tests.simulation.log import Failed, Looked, Read, Started, Vanished
from tests.simulation.recording import Outcome
from tests.simulation.server import simulated_reader
from tests.simulation.world import World, app_of

#: When the process dies: never; in each cycle at a step drawn by lot; in each cycle at every step in turn.
Kill = Literal["never", "sometimes", "always"]

LONGEST_PAUSE = timedelta(hours=20)
_PATIENCE = 12


class Machine(World):
    """One machine with one installation, in which the process dies as `kill` says."""

    def __init__(self, story: steps.Story, folder: Path, kill: Kill = "never") -> None:
        super().__init__(story, folder)
        self.kill = kill
        self.kills = 0
        self.session = False
        self.random = random.Random(story.seed * 7 + 1)  # noqa: S311 - no secret

    # -- the run

    def run(self) -> Outcome:
        """Play the story to its end."""
        with _steady_clock(self.steady), _quiet():
            waiting = list(self.story.steps)
            while waiting and waiting[0].at < self.story.begin:
                self._happens(waiting.pop(0))
            self._start()
            while True:
                self._cycle()
                nxt = self._next(waiting[0].at if waiting else None)
                if nxt > self.story.end:
                    break
                self.now = max(self.now, nxt)
                self._came_round()
                self.wakes = {wake for wake in self.wakes if wake > self.now}
                for when, what in [one for one in self.undo if one[0] <= self.now]:
                    self.undo.remove((when, what))
                    self._ends(what)
                while waiting and waiting[0].at <= self.now:
                    self._happens(waiting.pop(0))
            for _, what in self.undo:
                self._ends(what)
            self._drain()
            return self._outcome()

    def _next(self, step: datetime | None) -> datetime:
        found = [self.now + LONGEST_PAUSE, *self.wakes, *(when for when, _ in self.undo)]
        if step:
            found.append(step)
        if self.up and self.daemon:
            look = self.daemon._look_at
            if look is not None:
                # What is held in blindness is looked at each minute; here each hour, so that years pass in seconds.
                found.append(
                    max(look - self.offset, self.now + timedelta(hours=1 if self.server.trouble else 0, seconds=1))
                )
            delivery = self.store.next_delivery_at()
            if delivery is not None:
                found.append(max(delivery - self.offset, self.now + timedelta(seconds=1)))
        return min(found)

    def _drain(self) -> None:
        """Let a week pass in which all works, so that every delivery comes to its end."""
        for _ in range(80):
            due = self.store.next_delivery_at()
            if due is None:
                return
            self.now = max(self.now + timedelta(seconds=1), due - self.offset)
            self._send()

    def _came_round(self) -> None:
        """The clock leaps over hours in which nothing happens; the watch has polled in each of their minutes."""
        if self.up and self.daemon and self.session and not self.server.trouble:
            self.daemon.opened("main")

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
                self.disaster.dies_at = None
                self._end_process()
                self._start()
                dies_at += 1
                if self.kill != "always":
                    dies_at = 10_000

    def _cycle_once(self) -> None:
        daemon = self.daemon
        assert daemon is not None
        daemon._compare_clocks()
        if not self.has_read:
            self._decide(daemon)
        self._poll(daemon)
        daemon._safely(daemon._check_watch)
        self._decide(daemon)
        self._send()

    def _poll(self, daemon: Daemon) -> None:
        for _ in range(_PATIENCE):
            read: dict[str, datetime] = {}

            def keep(found: Any, read: dict[str, datetime] = read) -> None:
                daemon.keep(found)
                if found.batch.complete and not found.again:
                    read[found.folder] = found.batch.read_at

            try:
                if not self.session:
                    self.reader.open()
                    daemon.opened("main")
                    self.session = True
                self.reader.read(lambda folder: daemon.folder("main", folder), keep)
                daemon.read("main", min(read.values()), set(read))
            except (MailboxError, StoreError) as error:
                self.session = False
                self.reader.close()
                daemon.failed("main", error)
                if self.server.trouble:
                    self.log.append(Failed(self.clock(), type(error).__name__, self.steady()))
                    return
            else:
                self.has_read = True
                self._note_what_vanished()
                self.log.append(
                    Read(self.clock(), tuple((m.name, m.arrived, f) for f, m in self.server.visible()), self.steady())
                )
                return
        raise AssertionError("the mailbox could not be read in many attempts")

    def _note_what_vanished(self) -> None:
        """The UIDs show that a mail was there, if the folder is still the same and had been read before."""
        for name, uidvalidity, arrived in self._gone:
            before, now = self._read_to.get(name), self.server.folders[name].uidvalidity
            if before:
                sure = before[0] == uidvalidity == now
                self.log.append(Vanished(self.clock(), arrived, sure))
        self._gone = []
        self._read_to = {name: (f.uidvalidity, f.uidnext - 1) for name, f in self.server.folders.items()}

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
        mailbox = self.app.config.mailboxes[0]
        self.reader = simulated_reader(self.server, mailbox, self.app.profiles, self.app.policy.known, self.clock)
        self.session = self.has_read = False
        self.up = True
        self.log.append(Started(self.clock(), self.variant, self.steady()))

    def _open_sender(self) -> None:
        self.store = self.app.open_store()
        self.sender = Sender(self.store, self.app.targets(), random=self.random.random)

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
        if self.daemon is not None:
            self._end_process()
        return Outcome(
            self.log,
            alerts,
            self.received,
            timelines,
            self.kills,
            self.disaster.steps,
            self.disaster.struck - self.kills,
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
