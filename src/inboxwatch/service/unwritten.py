"""That the watch is blind, told past the outbox while nothing can be written down: a full disk must not silence it."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.quiet import after_quiet_hours
from inboxwatch.alerts.targets import DeliveryFailed, Target, wants
from inboxwatch.app import App
from inboxwatch.fault import described
from inboxwatch.store.model import WatchState
from inboxwatch.store.sqlite import Store

#: Between the attempts at one target; the last is repeated until it takes the alert, or all can be written down again.
_PAUSES = (60.0, 120.0, 300.0, 900.0)
_ATTEMPT_SECONDS = 30.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Told:
    """One spell of one mailbox: what is told of it, which targets were tried, and which have taken it."""

    state: WatchState
    alert: Alert
    tried: set[str] = field(default_factory=set)
    taken_by: set[str] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)


class Unwritten:
    """Remembers, for as long as the process lives, what was told of each mailbox without being kept."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._told: dict[str, _Told] = {}

    def state(self, mailbox: str) -> WatchState | None:
        """The blindness of this mailbox that could not be kept yet; None if there is none."""
        told = self._told.get(mailbox)
        return told.state if told else None

    def tell(self, state: WatchState, alert: Alert) -> None:
        """Tell every target that wants it, each by itself, outside the quiet hours; of each spell once."""
        if state.mailbox in self._told:
            return
        _log.error("%s: told past the outbox, for nothing can be written: %s", state.mailbox, alert.key)
        told = self._told[state.mailbox] = _Told(state, alert)
        for target in self._app.targets().values():
            if wants(target, alert.kind):
                threading.Thread(target=self._deliver, args=(told, target), name="unwritten", daemon=True).start()

    def settle(self, mailbox: str, store: Store, now: datetime) -> None:
        """It is about to be kept: note in the outbox who has it already, or may have it. Raises StoreError."""
        told = self._told.get(mailbox)
        if told is None:
            return
        told.over.set()
        # Due in the morning, where the quiet hours have just begun.
        for delivery in store.due_deliveries(now + timedelta(days=1), 1000):
            if delivery.alert.key == told.alert.key and delivery.target in told.tried:
                store.attempting(delivery, now)  # an attempt whose end is not known: its repeat says so
                if delivery.target in told.taken_by:
                    store.delivered(delivery, now)

    def settled(self, mailbox: str) -> None:
        """What `settle` noted is committed."""
        self._told.pop(mailbox, None)

    def stop(self) -> None:
        """Begin no further attempt."""
        for told in self._told.values():
            told.over.set()

    def _deliver(self, told: _Told, target: Target) -> None:
        alert, attempts = told.alert, 0
        quiet = after_quiet_hours(alert.at, self._app.policy.quiet_hours, self._app.config.zone) - alert.at
        pause = quiet.total_seconds()
        while not told.over.wait(pause):
            told.tried.add(target.name)
            try:
                target.deliver(alert, _ATTEMPT_SECONDS)
            except DeliveryFailed as failure:
                _log.warning("%s: %s", target.name, failure.reason)
                alert = replace(alert, maybe_repeat=alert.maybe_repeat or failure.maybe)
                if not alert.maybe_repeat:
                    told.tried.discard(target.name)
            except Exception as error:  # noqa: BLE001 - a fault in one target; it is recorded and tried again
                _log.error("%s: %s", target.name, described(error))
            else:
                told.taken_by.add(target.name)
                return
            pause = _PAUSES[min(attempts, len(_PAUSES) - 1)]
            attempts += 1
