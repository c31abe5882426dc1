"""The thread that delivers what waits in the outbox, on a connection to the store of its own."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from datetime import datetime

from inboxwatch.alerts.deliver import Sender
from inboxwatch.app import App
from inboxwatch.store.model import StoreError

#: The outbox is looked at so often even when nobody calls, for commands add to it too.
_LOOK_SECONDS = 2.0
_AFTER_A_FAULT = 15.0

_log = logging.getLogger(__name__)


class SendingThread:
    """Sends what is due, whenever it is woken and every few seconds."""

    def __init__(self, app: App, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._clock = clock
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._sender: Sender | None = None
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

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause = _LOOK_SECONDS
            try:
                self._send_until_stopped()
            except StoreError as error:
                _log.error("%s", error)
                pause = _AFTER_A_FAULT
            except Exception:  # noqa: BLE001 - a dead sender would be a silent stop; it is recorded and begun again
                _log.exception("unexpected fault while sending")
                pause = _AFTER_A_FAULT
            self._stopping.wait(pause)

    def _send_until_stopped(self) -> None:
        store = self._app.open_store()
        try:
            # random: jitter keeps many installations from asking a server in step; nothing secret hangs on it.
            self._sender = Sender(store, self._app.targets(), random=random.random)
            while not self._stopping.is_set():
                self._woken.clear()
                report = self._sender.send_due(self._clock)
                for sentence in report.failures:
                    _log.warning("%s", sentence)
                self._woken.wait(_LOOK_SECONDS)
        finally:
            store.close()
