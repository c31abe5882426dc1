"""The thread that delivers what waits in the outbox, on a connection to the store of its own."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime

from inboxwatch.alerts.deliver import Sender
from inboxwatch.alerts.quiet import after_quiet_hours
from inboxwatch.app import App
from inboxwatch.pipeline import Pipeline
from inboxwatch.service.undelivered import tell_undelivered
from inboxwatch.store.model import StoreError
from inboxwatch.store.sqlite import Store

#: The outbox is looked at so often even when nobody calls, for commands add to it too.
_LOOK_SECONDS = 2.0
_AFTER_A_FAULT = 15.0

_log = logging.getLogger(__name__)


def sender_of(app: App, store: Store) -> Sender:
    """The sender of a configuration: its targets, its quiet hours."""
    hours, zone = app.policy.quiet_hours, app.config.zone

    def quiet(at: datetime) -> datetime:
        return after_quiet_hours(at, hours, zone)

    # random: jitter keeps many installations from asking a server in step; nothing secret hangs on it.
    return Sender(store, app.targets(), random=random.random, quiet=quiet)


class SendingThread:
    """Sends what is due, whenever it is woken and every few seconds."""

    def __init__(self, app: App, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._clock = clock
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._sender: Sender | None = None
        self._made_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to send."""
        self._woken.set()

    def stop(self) -> None:
        """Ask the thread to end; an attempt under way is let end."""
        self._stopping.set()
        if self._sender is not None:
            self._sender.stop()
        self._woken.set()

    def ended(self, seconds: float) -> bool:
        """Wait at most so long for the thread's end; has it come?"""
        if self._thread.ident is None:
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def progress_at(self) -> float:
        """When the outbox was last looked at, or an attempt under way waited for (monotonic seconds)."""
        return self._sender.progress_at if self._sender else self._made_at

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                store = self._app.open_store()
            except StoreError as error:
                _log.error("%s", error)
                self._stopping.wait(_AFTER_A_FAULT)
                continue
            try:
                self._send_until_stopped(store)
            finally:
                store.close()

    def _send_until_stopped(self, store: Store) -> None:
        pipeline = self._app.pipeline(store)
        # One sender to the end: it remembers what was sent and could not be noted, and does not send it again.
        self._sender = sender_of(self._app, store)
        if self._stopping.is_set():
            return  # asked to stop before there was a sender to be told
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                self._send(self._sender, pipeline)
            except StoreError as error:
                _log.error("%s", error)
                self._stopping.wait(_AFTER_A_FAULT)
            except Exception:  # noqa: BLE001 - a dead sender would be a silent stop; it is recorded and begun again
                _log.exception("unexpected fault while sending")
                self._stopping.wait(_AFTER_A_FAULT)
            else:
                self._woken.wait(_LOOK_SECONDS)

    def _send(self, sender: Sender, pipeline: Pipeline) -> None:
        def tell(target: str, reason: str) -> None:
            if tell_undelivered(pipeline, target, reason, self._clock()):
                _log.error("%s has taken no alert for hours; told through the other targets: %s", target, reason)
                self._woken.set()

        report = sender.send_due(self._clock, failing=tell)
        for sentence in report.failures:
            _log.warning("%s", sentence)
