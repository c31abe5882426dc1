"""Everything round the process: the machine's clocks, the server, the targets, and what happens to them in a story."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from inboxwatch import config
from inboxwatch.alerts.targets import Target
from inboxwatch.app import App
from inboxwatch.facts import Statement, as_fact
from inboxwatch.service.daemon import Daemon
from inboxwatch.store.sqlite import Store
from tests.simulation import steps
from tests.simulation.disaster import Disaster, SimulatedApp
from tests.simulation.letters import fact_mail, raw_mail
from tests.simulation.log import Acknowledged, Entry, Recorded, Slept, Snooze
from tests.simulation.recording import Received, RecordingTarget
from tests.simulation.server import WATCHED, Kept, Server
from tests.simulation.settings import VARIANTS
from tests.simulation.writing import TARGETS


@cache
def app_of(variant: int) -> App:
    """What follows from this variant of the configuration."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(VARIANTS[variant], encoding="utf-8")
        file.chmod(0o600)
        return App.of(config.load(file), {"XDG_STATE_HOME": folder})


class World(ABC):
    """The world of one story. `undo` is what comes to its end at an instant, `wakes` when the watch looks besides."""

    def __init__(self, story: steps.Story, folder: Path) -> None:
        self.story = story
        self.folder = folder
        self.received: list[Received] = []
        self.now = self.story.begin
        self.offset = timedelta(0)
        self.slept = timedelta(0)
        self.server = Server()
        self.disaster = Disaster()
        self.targets: dict[str, Target] = {name: RecordingTarget(name, self.clock, self.received) for name in TARGETS}
        self.variant = self.story.variant
        self.log: list[Entry] = []
        self.wakes: set[datetime] = set()
        self.undo: list[tuple[datetime, str]] = []
        self.daemon: Daemon | None = None
        self.up = self.has_read = False
        self._names: dict[str, steps.Arrival] = {}
        self._read_to: dict[str, tuple[int, int]] = {}
        self._gone: list[tuple[str, int, datetime]] = []

    # -- clocks

    def clock(self) -> datetime:
        """What the machine's clock shows."""
        return self.now + self.offset

    def steady(self) -> float:
        """Seconds that pass while the machine is awake."""
        return 1000.0 + (self.now - self.story.begin - self.slept).total_seconds()

    # -- the process

    @abstractmethod
    def _cycle(self) -> None:
        """Read, look, decide and send, if the process is up."""

    @abstractmethod
    def _start(self) -> None:
        """Begin the process, with the configuration as it is now."""

    @abstractmethod
    def _end_process(self) -> None:
        """End the process, cleanly or not: nothing is kept but what was committed."""

    # -- what happens

    def _happens(self, step: steps.Step) -> None:
        getattr(self, f"_on_{type(step).__name__.lower()}")(step)

    def _on_arrival(self, step: steps.Arrival) -> None:
        self._names[step.name] = step
        self.server.add(step.folder, Kept(step.name, raw_mail(step, self.story.seed), step.at))
        self.wakes.add(step.at + step.lag)

    def _on_again(self, step: steps.Again) -> None:
        if step.name in self._names:
            self.server.add(step.folder, Kept(step.name, raw_mail(self._names[step.name], self.story.seed), step.at))

    def _on_move(self, step: steps.Move) -> None:
        gone = self.server.remove(step.name)
        for folder, uid, mail in gone:
            if folder in WATCHED and uid > self._read_to.get(folder, (0, 0))[1]:
                self._gone.append((folder, self.server.folders[folder].uidvalidity, mail.arrived))
        for _, _, mail in gone[:1]:
            if step.to:
                self.server.add(step.to, mail)

    def _on_stated(self, step: steps.Stated) -> None:
        if step.mailed:
            name = f"fact-{step.project}-{step.fact}-{step.at:%Y%m%d%H%M%S}"
            self.server.add("Sent", Kept(name, fact_mail(step), step.at))
            return
        store = Store.open(self.folder)
        pipeline = self._current_app().pipeline(store)
        now = self.clock()
        since = min(step.since + self.offset, now).isoformat()
        stated = Statement(step.project, step.fact, at=since, by=step.by)
        fact = as_fact(stated, now, pipeline.wording.zone, store.projects(), ["lancers"])
        pipeline.record(fact, now)
        store.close()
        self.log.append(Recorded(now, step, fact.at))

    def _current_app(self) -> SimulatedApp:
        return SimulatedApp.on(app_of(self.variant), self.folder, Disaster(), self.targets)

    def _on_snoozed(self, step: steps.Snoozed) -> None:
        store = Store.open(self.folder)
        pipeline = self._current_app().pipeline(store)
        row = next((row for row in store.projects() if step.project in row.aliases), None)
        if row:
            pipeline.snooze(row, step.until, self.clock())
            self.log.append(Snooze(self.clock(), step.project, step.until))
        store.close()

    def _on_seen(self, step: steps.Seen) -> None:
        store = Store.open(self.folder)
        for row in store.alerts():
            if row.alert.kind == "reminder_available" and row.alert.project == step.project:
                store.acknowledge(row.alert.key, self.clock())
        store.close()
        self.log.append(Acknowledged(self.clock(), step.project))

    def _on_trouble(self, step: steps.Trouble) -> None:
        self._cycle()
        self.server.trouble = step.how
        self.wakes |= {step.at + timedelta(minutes=minutes) for minutes in (1, 5, 16)}
        self.undo.append((step.at + step.lasts, "trouble"))

    def _on_cut(self, step: steps.Cut) -> None:
        self.server.ends_after = step.after

    def _on_anew(self, step: steps.Anew) -> None:
        self.server.folders[step.folder].begin_anew()

    def _on_stop(self, step: steps.Stop) -> None:
        if self.up:
            self._cycle()
            self._end_process()
            self.undo.append((step.at + step.lasts, "stop"))

    def _on_sleep(self, step: steps.Sleep) -> None:
        if self.up:
            self._cycle()
            self.undo.append((step.at + step.lasts, f"sleep {step.lasts.total_seconds()}"))
            self.up = False

    def _on_jump(self, step: steps.Jump) -> None:
        if not self.offset:
            self._cycle()
            self._set_clock(step.by)
            self.undo.append((step.at + step.lasts, "jump"))

    def _set_clock(self, offset: timedelta) -> None:
        ahead, self.offset = offset - self.offset, offset
        if self.up and ahead > timedelta(minutes=5):
            # A clock that runs ahead of the steady one cannot be told from a machine that slept.
            self.has_read = False
            self.log.append(Slept(self.clock()))

    def _on_full(self, step: steps.Full) -> None:
        self.disaster.full_after, self.disaster.full_writes = step.after, step.writes

    def _on_down(self, step: steps.Down) -> None:
        target = self.targets[step.target]
        assert isinstance(target, RecordingTarget)
        target.trouble = step.how
        self.undo.append((step.at + step.lasts, f"down {step.target}"))

    def _on_settings(self, step: steps.Settings) -> None:
        if self.up:
            self._cycle()
            self._end_process()
            self.variant = step.variant
            self._start()
        elif self.daemon is None:
            self.variant = step.variant

    def _ends(self, what: str) -> None:
        kind, _, rest = what.partition(" ")
        if kind == "trouble":
            self.server.trouble = None
        elif kind == "stop":
            self._start()
        elif kind == "sleep":
            self.slept += timedelta(seconds=float(rest))
            self.server.cut()
            self.up, self.has_read = True, False
            self.log.append(Slept(self.clock()))
        elif kind == "jump":
            self._set_clock(timedelta(0))
        else:
            target = self.targets[rest]
            assert isinstance(target, RecordingTarget)
            target.trouble = None
