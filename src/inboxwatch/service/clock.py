"""Whether the machine's clock can be believed at the start: one that is obviously wrong is given time to be set."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: How long a wrong clock is waited for: the network's time comes within seconds of the network. Below the time that
#: systemd gives a start.
PATIENCE_SECONDS = 120.0
#: No machine that runs this program has an earlier date: its clock's battery is empty.
EARLIEST = datetime(2024, 1, 1, tzinfo=UTC)
#: Further back than this nobody sets a clock that was right.
BACK_AT_MOST = timedelta(days=1)
#: A longer pause is possible, but a wrong clock is likelier.
LONGEST_PAUSE = timedelta(days=365)
_LOOK_SECONDS = 0.5

_log = logging.getLogger(__name__)


def is_doubtful(now: datetime, decided_at: datetime | None) -> bool:
    """True if the clock cannot be right, or hardly, given when something was last decided by it (aware instants)."""
    if now < EARLIEST:
        return True
    return decided_at is not None and not -BACK_AT_MOST <= now - decided_at <= LONGEST_PAUSE


def wait_for_the_clock(
    clock: Callable[[], datetime],
    decided_at: datetime | None,
    stop: threading.Event,
    say: Callable[[], None],
    seconds: float = PATIENCE_SECONDS,
) -> None:
    """Return as soon as the clock can be believed, `stop` is set, or so many seconds have passed; `say` that one waits.

    A machine without a clock that runs on boots in 1970, or in any year, and is set by the network. What was read or
    decided in between would be told wrongly, and what was told by a date of the far future never again.
    """
    until, said = time.monotonic() + seconds, False
    while is_doubtful(clock(), decided_at) and time.monotonic() < until:
        if not said:
            _log.warning("the clock of this machine seems to be wrong (%s); waiting for it to be set", clock().date())
            say()
            said = True
        if stop.wait(_LOOK_SECONDS):
            return
