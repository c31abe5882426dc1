"""Everything round the process: the machine's clocks, the server, the targets, and what happens to them in a story."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from inboxwatch import config
from inboxwatch.alerts.targets import Target
from inboxwatch.app import App
from inboxwatch.facts import Statement, as_fact
from inboxwatch.pipeline import Pipeline
from inboxwatch.service.daemon import Daemon
from inboxwatch.store.sqlite import Store
from tests.simulation import steps
from tests.simulation.disaster import Disaster, PowerCut, SimulatedApp
from tests.simulation.letters import fact_mail, raw_mail
from tests.simulation.log import Acknowledged, Entry, Recorded, Slept, Snooze
from tests.simulation.platforms import KOBO
from tests.simulation.recording import Attempt, Received, RecordingTarget
from tests.simulation.server import WATCHED, Kept, Server
from tests.simulation.settings import VARIANTS
from tests.simulation.writing import TARGETS

#: So long after something has changed on a server, of which nothing is told, it is read again.
POLL = timedelta(seconds=60)


@cache
def app_of(variant: int) -> App:
    """What follows from this variant of the configuration."""
    with tempfile.TemporaryDirectory() as folder:
        file, profile = Path(folder) / "config.yaml", Path(folder) / "kobo.yaml"
        profile.write_text(KOBO, encoding="utf-8")
        file.write_text(VARIANTS[variant].replace("{profile}", str(profile)), encoding="utf-8")
        file.chmod(0o600)
        return App.of(config.load(file), {"XDG_STATE_HOME": folder})


class World(ABC):
    """The world of one story. `undo` is what comes to its end at an instant, `wakes` when the watch looks besides."""

    def __init__(self, story: steps.Story, folder: Path) -> None:
        self.story = story
        self.folder = folder
        self.received: list[Received] = []
        self.attempts: list[Attempt] = []
        self.kills = 0
        self.now = self.story.begin
        self.offset = timedelta(0)
        self.slept = timedelta(0)
        self.servers = {name: Server(name) for name in WATCHED}
        self.disaster = Disaster()
        self.targets: dict[str, Target] = {
            name: RecordingTarget(name, self.clock, self.received, self.attempts) for name in TARGETS
        }
        self.variant = self.story.variant
        self.log: list[Entry] = []
        self.wakes: set[datetime] = set()
        self.undo: list[tuple[datetime, str]] = []
        self.daemon: Daemon | None = None
        self.up = self.has_read = False
        self._names: dict[str, steps.Arrival] = {}
        self._read_to: dict[tuple[str, str], tuple[int, int]] = {}
        self._gone: dict[str, list[tuple[str, int, Kept]]] = {name: [] for name in WATCHED}

    def _try_again(self) -> None:
        """A mailbox that cannot be read is tried again; after more than 15 minutes it is called blind."""
        if any(server.trouble for server in self.servers.values()):
            self.wakes |= {self.now + timedelta(seconds=seconds) for seconds in (60, 300, 901)}

    def _read_soon(self, step: steps.Step) -> None:
        """The next poll."""
        self.wakes.add(step.at + POLL)

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
        self.servers[step.mailbox].add(step.folder, Kept(step.name, raw_mail(step, self.story.seed), step.at))
        self.wakes.add(step.at + step.lag)

    def _on_again(self, step: steps.Again) -> None:
        first = self._names.get(step.name)
        if first:
            self._read_soon(step)
            self.servers[first.mailbox].add(step.folder, Kept(step.name, raw_mail(first, self.story.seed), step.at))

    def _on_move(self, step: steps.Move) -> None:
        self._read_soon(step)
        for mailbox, server in self.servers.items():
            gone = server.remove(step.name)
            for folder, uid, mail in gone:
                if folder in server.watched and uid > self._read_to.get((mailbox, folder), (0, 0))[1]:
                    self._gone[mailbox].append((folder, server.folders[folder].uidvalidity, mail))
            for _, _, mail in gone[:1]:
                if step.to:
                    server.add(step.to, mail)

    def _on_stated(self, step: steps.Stated) -> None:
        if step.mailed:
            name = f"fact-{step.project}-{step.fact}-{step.at:%Y%m%d%H%M%S}"
            self.servers["main"].add("Sent", Kept(name, fact_mail(step), step.at))
            return
        now = self.clock()
        since = min(step.since + self.offset, now).isoformat()
        stated = Statement(step.project, step.fact, at=since, by=step.by)
        with self._looking() as store:
            before = store.facts()

        def record(pipeline: Pipeline) -> None:
            zone, projects = pipeline.wording.zone, pipeline.store.projects()
            pipeline.record(as_fact(stated, now, zone, projects, ["lancers", "kobo"]), now)

        self._command(record, lambda store: len(store.facts()) > len(before))
        with self._looking() as store:
            fact = next(fact for fact in reversed(store.facts()) if fact not in before)
        self.log.append(Recorded(now, step, fact.at, self.variant))

    @contextmanager
    def _looking(self) -> Iterator[Store]:
        store = Store.open(self.folder)
        try:
            yield store
        finally:
            store.close()

    def _command(self, act: Callable[[Pipeline], None], is_done: Callable[[Store], bool]) -> None:
        """She enters a command. Where the machine dies under it she looks, and enters it again if it was not kept."""
        for dies_at in self._deaths():
            app = SimulatedApp.on(app_of(self.variant), self.folder, Disaster(dies_at=dies_at), self.targets)
            store = app.open_store()
            try:
                if not is_done(store):
                    act(app.pipeline(store))
                return
            except PowerCut:
                self.kills += 1
            finally:
                store.close()

    @abstractmethod
    def _deaths(self) -> Iterator[int | None]:
        """At which half-step each try of a command dies; None at last: at none."""

    def _on_snoozed(self, step: steps.Snoozed) -> None:
        with self._looking() as store:
            row = next((row for row in store.projects() if step.project in row.aliases), None)
            before = len(store.snoozes())
        if row:
            now = self.clock()
            self._command(lambda p: p.snooze(row, step.until, now), lambda store: len(store.snoozes()) > before)
            self.log.append(Snooze(now, step.project, step.until, self.variant))

    def _on_seen(self, step: steps.Seen) -> None:
        def acknowledge(pipeline: Pipeline) -> None:
            for row in pipeline.store.alerts():
                if row.alert.kind == "reminder_available" and row.alert.project == step.project:
                    pipeline.store.acknowledge(row.alert.key, self.clock())

        self._command(acknowledge, lambda _: False)
        self.log.append(Acknowledged(self.clock(), step.project))

    def _on_trouble(self, step: steps.Trouble) -> None:
        self._cycle()
        self.servers[step.mailbox].trouble = step.how
        self._try_again()
        self.undo.append((step.at + step.lasts, f"trouble {step.mailbox}"))

    def _on_cut(self, step: steps.Cut) -> None:
        self.servers[step.mailbox].ends_after = step.after

    def _on_anew(self, step: steps.Anew) -> None:
        self._read_soon(step)
        self.servers[step.mailbox].folders[step.folder].begin_anew()

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
            self._try_again()
        elif self.daemon is None:
            self.variant = step.variant

    def _ends(self, what: str) -> None:
        kind, _, rest = what.partition(" ")
        if kind == "trouble":
            self.servers[rest].trouble = None
        elif kind == "stop":
            self._start()
            self._try_again()
        elif kind == "sleep":
            self.slept += timedelta(seconds=float(rest))
            for server in self.servers.values():
                server.cut()
            self.up, self.has_read = True, False
            self._try_again()
            self.log.append(Slept(self.clock()))
        elif kind == "jump":
            self._set_clock(timedelta(0))
        else:
            target = self.targets[rest]
            assert isinstance(target, RecordingTarget)
            target.trouble = None
