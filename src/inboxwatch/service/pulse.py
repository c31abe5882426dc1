"""Says that the service lives, to systemd's watchdog and to a ping URL of the user's, and only while it does."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence

from inboxwatch.app import App
from inboxwatch.service.notify import Notifier
from inboxwatch.service.ping import Pinger
from inboxwatch.service.sending import SendingThread
from inboxwatch.service.watcher import Watcher

#: The writer decides every minute, the sender looks every few seconds: who is later than this is stuck. Above the time
#: that one transaction may wait for another process (30 s) and one attempt may take (40 s).
STUCK_SECONDS = 300.0

_log = logging.getLogger(__name__)


class Pulse:
    """The signs of life of one run of the service. Used by the writer's thread alone."""

    def __init__(self, app: App, notifier: Notifier, watchers: Sequence[Watcher], sending: SendingThread) -> None:
        self._notifier = notifier
        self._watchers = watchers
        self._sending = sending
        # A mailbox that is polled rarely comes round rarely.
        self._polls: Mapping[str, float] = {m.name: m.poll.total_seconds() for m in app.config.mailboxes}
        self._decided_at = time.monotonic()
        self._every = app.config.ping.every.total_seconds() if app.config.ping else 0.0
        self._pinger = Pinger(app.config.ping.url.reveal) if app.config.ping else None
        self._pinged_at: float | None = None

    def start(self) -> None:
        """Begin."""
        if self._pinger:
            self._pinger.start()

    def stop(self) -> None:
        """Give no sign of life from now on."""
        if self._pinger:
            self._pinger.stop()

    def decided(self) -> None:
        """The decider has just come to its end."""
        self._decided_at = time.monotonic()

    def stuck(self) -> str | None:
        """Which part of the service has not come round within its bound, in a sentence; None if all have."""
        now = time.monotonic()
        rounds = [(f"the loop of {one.name}", one.progress_at, 3 * self._polls[one.name]) for one in self._watchers]
        rounds += [("deciding", self._decided_at, 0.0), ("sending", self._sending.progress_at, 0.0)]
        for what, came_round_at, more in rounds:
            if now - came_round_at > STUCK_SECONDS + more:
                return f"{what} has not come round for {now - came_round_at:.0f} seconds"
        return None

    def feed_watchdog(self) -> None:
        """WATCHDOG=1, but not while a part is stuck; that the writer calls this proves the writer."""
        stuck = self.stuck()
        if stuck:
            _log.error("%s", stuck)
        else:
            self._notifier.tell("WATCHDOG=1")

    def ping_due(self) -> bool:
        """True if a ping is configured and it is time for one; it is sent by `ping`, if all is well."""
        return self._pinger is not None and (
            self._pinged_at is None or time.monotonic() - self._pinged_at >= self._every
        )

    def ping(self) -> None:
        """Say to the ping URL that all is well, but not while a part is stuck."""
        if self._pinger and not self.stuck():
            self._pinged_at = time.monotonic()
            self._pinger.ping()
