"""A store whose process can die, or whose disk can be full, at any step that lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from inboxwatch.alerts.targets import Target
from inboxwatch.app import App
from inboxwatch.config import Config
from inboxwatch.pipeline import Pipeline
from inboxwatch.platforms.known import Known
from inboxwatch.store.model import StoreError
from inboxwatch.store.sqlite import Store

#: By the identity of a configuration, of which there are six in a process: itself, and its fingerprint.
_FINGERPRINTS: dict[int, tuple[Config, str]] = {}


class PowerCut(BaseException):
    """The process ends here; not even a broad `except Exception` may go on."""


@dataclass(slots=True)
class Disaster:
    """Counts the steps that last (commits), and strikes at one of them.

    `dies_at` is how many half-steps are let through before the process dies: an even one is just before a commit, an
    odd one just after it. `full_after` commits from now `full_writes` of them fail for want of room.
    """

    steps: int = 0
    dies_at: int | None = None
    full_after: int = 0
    full_writes: int = 0
    struck: int = 0

    def before(self) -> None:
        if self.full_writes:
            if self.full_after:
                self.full_after -= 1
            else:
                self.full_writes -= 1
                self.struck += 1
                raise StoreError("the disk is full (simulated)", may_pass=True)
        self._half_step()

    def after(self) -> None:
        self.steps += 1
        self._half_step()

    def _half_step(self) -> None:
        if self.dies_at is None:
            return
        self.dies_at -= 1
        if self.dies_at < 0:
            self.dies_at = None
            self.struck += 1
            raise PowerCut


class FragileStore(Store):
    """A real store, on a real file, that a disaster can strike."""

    disaster: Disaster

    @classmethod
    def of(cls, folder: Path, disaster: Disaster) -> FragileStore:
        store = cls.open(folder)
        # Processes die here and no machine does: what is handed to the system stays, flushed to the disk or not.
        store._connection.execute("PRAGMA synchronous = OFF")
        store.disaster = disaster
        return store

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._connection.in_transaction or not hasattr(self, "disaster"):
            with super().transaction():
                yield
            return
        before = self._connection.total_changes
        with super().transaction():
            yield
            lasting = self._connection.total_changes != before
            if lasting:
                self.disaster.before()
        if lasting:
            self.disaster.after()

    def _do(self, sql: str, *values: Any) -> Any:
        if self._connection.in_transaction:
            return super()._do(sql, *values)
        self.disaster.before()
        done = super()._do(sql, *values)
        self.disaster.after()
        return done


class SimulatedApp(App):
    """The parts that follow from a configuration, with a store that can be struck and targets that record."""

    __slots__ = ("disaster", "recording")
    disaster: Disaster
    recording: dict[str, Target]

    @classmethod
    def on(cls, app: App, folder: Path, disaster: Disaster, recording: dict[str, Target]) -> SimulatedApp:
        # What a process remembers of threads dies with it.
        known = Known(app.policy.known.me, app.policy.known.clients, app.policy.known.authserv_ids)
        policy = replace(app.policy, known=known)
        made = cls(app.config, app.profiles, policy, app.wording, folder)
        object.__setattr__(made, "disaster", disaster)
        object.__setattr__(made, "recording", recording)
        return made

    def open_store(self) -> Store:
        """The store in the state folder, fragile."""
        return FragileStore.of(self.folder, self.disaster)

    def pipeline(self, store: Store) -> Pipeline:
        """As the real one; what a configuration's fingerprint is costs much and is the same each time."""
        made = super().pipeline(store)
        known = _FINGERPRINTS.get(id(self.config))
        if known is None or known[0] is not self.config:
            known = _FINGERPRINTS[id(self.config)] = self.config, made._fingerprint
        made.__dict__["_fingerprint"] = known[1]
        return made

    def targets(self) -> dict[str, Target]:
        """Those that record, as far as they are configured."""
        names = [settings.name for settings in self.config.alerts.targets]
        return {name: self.recording[name] for name in names}
