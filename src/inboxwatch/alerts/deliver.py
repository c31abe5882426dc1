"""The sending side of the outbox: attempt, settle, retry, give up visibly."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from inboxwatch.alerts.clean import one_line
from inboxwatch.alerts.model import Alert, Delivery, Forgotten
from inboxwatch.alerts.targets import LONGEST_REASON, DeliveryFailed, Target, wants

FIRST_DELAY = timedelta(seconds=60)
LONGEST_DELAY = timedelta(hours=6)
JITTER = 0.2

# With these delays the last attempt is made 122.5 hours after the first (120.8 to 124.2 with the jitter): a target that
# is down over a long weekend still gets the alert.
MOST_ATTEMPTS = 29

# About two hours after the first attempt: whatever keeps it from being sent is no passing fault.
FAILING_ATTEMPTS = 8

# How often the outbox is looked at again while an attempt is under way, and how long a target may overrun.
_LOOK_SECONDS = 1.0
_GRACE_SECONDS = 10.0


class Outbox(Protocol):
    """What the sender needs of the store. Each call is committed when it returns; all come from one thread.

    After `attempting` without an end, and after `failed` with `maybe`, the target may have the alert: the delivery
    comes with `attempted_at` set, or with an alert that says `maybe_repeat`. `failed` without `maybe` ends that.
    """

    def due_deliveries(self, now: datetime, limit: int) -> list[Delivery]:
        """Waiting deliveries with `due_at` <= `now`, fresh alerts before old retries, at most `limit`."""
        ...

    def attempting(self, delivery: Delivery, now: datetime) -> None:
        """An attempt begins now: counts it in `attempts` and sets `attempted_at`. Raises Forgotten if none may."""
        ...

    def delivered(self, delivery: Delivery, now: datetime) -> None:
        """The target took the alert."""
        ...

    def failed(
        self, delivery: Delivery, now: datetime, error: str, again_at: datetime | None, *, maybe: bool = False
    ) -> None:
        """The attempt failed; `again_at` is the next one's instant, None makes the delivery dead."""
        ...

    def pass_on(self, delivery: Delivery, targets: Iterable[str], *, maybe: bool) -> list[str]:
        """Let these targets have the alert, but for those that have a delivery of it already; return the others."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the attempts of one call. `failures` holds a sentence each, beginning with the target's name."""

    sent: int = 0
    failed: int = 0
    dead: int = 0
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Attempt:
    delivery: Delivery
    thread: threading.Thread
    begun: float


@dataclass(slots=True)
class _Result:
    delivery: Delivery
    thread: threading.Thread
    reason: str | None = None
    maybe: bool = False


@dataclass(slots=True)
class _Tally:
    """What one call of `send_due` has done so far; `tell` hears of a target that fails for long."""

    tell: Callable[[str, str], None]
    sent: int = 0
    failed: int = 0
    dead: int = 0
    failures: list[str] = field(default_factory=list)

    def report(self) -> Report:
        return Report(self.sent, self.failed, self.dead, tuple(self.failures))


def retry_at(now: datetime, attempts: int, random: Callable[[], float]) -> datetime | None:
    """Given that the attempt number `attempts` (from 1) failed at `now`, return the instant of the next, or None.

    60 s, doubled with every attempt, give or take 20 % by `random` (0 <= it < 1), never more than 6 h; None after the
    29th attempt: the delivery is dead.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    doubled = FIRST_DELAY * float(2 ** max(0, attempts - 1))
    return now + min(LONGEST_DELAY, doubled * (1 - JITTER + 2 * JITTER * random()))


class Sender:
    """Sends what is due. One thread at a time may call `send_due`; `stop` may be called from any.

    `targets` are by name. `seconds` is the deadline of one attempt. `random` gives numbers from 0 up to 1. Of an
    instant in quiet hours `quiet` gives their end; any other it gives back as it is.
    """

    def __init__(
        self,
        outbox: Outbox,
        targets: Mapping[str, Target],
        *,
        seconds: float = 30.0,
        random: Callable[[], float],
        quiet: Callable[[datetime], datetime] = lambda at: at,
    ) -> None:
        self._outbox = outbox
        self._targets = dict(targets)
        self._seconds = seconds
        self._random = random
        self._quiet = quiet
        #: When the loop last came round (monotonic seconds), for whoever watches over it.
        self.progress_at = time.monotonic()
        self._results: queue.SimpleQueue[_Result] = queue.SimpleQueue()
        self._under_way: dict[str, _Attempt] = {}
        self._stuck: dict[str, threading.Thread] = {}
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Begin no further attempt. `send_due` returns when those under way have ended, in `seconds` at the latest."""
        self._stopped.set()

    def send_due(
        self,
        now: Callable[[], datetime],
        limit: int = 100,
        *,
        failing: Callable[[str, str], None] = lambda target, reason: None,
    ) -> Report:
        """Attempt everything that is due, and return what became of it.

        1. Ask the outbox for what is due, `limit` rows at a time.
        2. Make dead, with a sentence, what is meant for a target that is no longer configured. If a target was added
           since, which may be the same under another name, the alert passes on to it.
        3. For every target that is idle, take its first delivery. Store the attempt, **then** begin it in a thread of
           its own. So one target's alerts keep their order, and a target that hangs delays no other. What is not
           urgent and was put off, by a failure or a stop, does not come in quiet hours.
        4. If an earlier attempt was begun and its end is not known (a crash, a kill at the deadline), the alert goes
           out with `maybe_repeat`.
        5. Wait until an attempt ends, or for a second, and store how it ended: delivered; or failed, with the instant
           of the next attempt; or dead, after the last. All storing is done in the caller's thread.
        6. Go back to 1, for new alerts may have come meanwhile, and others' retries fall due while one target hangs.
           Done when nothing is due and nothing is under way, which a target that hangs may put off for hours: so
           `failing` hears at once of each attempt of a target that has failed for some two hours, or for good, and why.

        `now` gives aware instants. Whatever the outbox raises goes through; the sender can be called again after it:
        an end that could not be stored is stored then, and not sent twice.
        """
        tally = _Tally(failing)
        while True:
            self.progress_at = time.monotonic()
            self._begin(now, limit, tally)
            if not self._under_way:
                return tally.report()
            try:
                result = self._results.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                self._give_up_overdue()
                continue
            self._settle(result, now, tally)

    def _begin(self, now: Callable[[], datetime], limit: int, tally: _Tally) -> None:
        if self._stopped.is_set():
            return
        self._stuck = {name: thread for name, thread in self._stuck.items() if thread.is_alive()}
        passed_on = False
        for delivery in self._startable(now(), limit, tally):
            if self._stopped.is_set():
                return
            target = self._targets.get(delivery.target)
            if target is None:
                passed_on |= self._bury(delivery, now(), tally)
            elif self._is_idle(delivery.target):
                self._start(delivery, target, now(), tally)
        if passed_on:
            self._begin(now, limit, tally)  # else a single round would end with the heirs' deliveries still waiting

    def _startable(self, now: datetime, limit: int, tally: _Tally) -> list[Delivery]:
        """What is due, and not in the queue of a busy target."""
        while True:
            due = self._outbox.due_deliveries(now, limit)
            startable = [
                delivery for delivery in due if self._is_idle(delivery.target) and not self._is_held(delivery, now)
            ]
            # A long queue of a busy target must not hide another target's alerts behind the limit.
            if startable or len(due) < limit:
                return startable
            limit *= 2

    def _is_idle(self, target: str) -> bool:
        return target not in self._under_way and target not in self._stuck

    def _is_held(self, delivery: Delivery, now: datetime) -> bool:
        until = self._quiet(now)
        if delivery.alert.urgent or until <= now:
            return False
        # What became due in these very hours was asked for by hand: what is decided in them is due at their end.
        return delivery.attempts > 0 or self._quiet(delivery.due_at) != until

    def _bury(self, delivery: Delivery, now: datetime, tally: _Tally) -> bool:
        """Make dead what is meant for a target that is gone; true if the alert was passed on."""
        reason = "this target is no longer in the configuration"
        wanting = [name for name, target in self._targets.items() if wants(target, delivery.alert.kind)]
        heirs = self._outbox.pass_on(delivery, wanting, maybe=_may_have_it(delivery))
        if heirs:
            reason += f"; the alert was passed on to {', '.join(heirs)}"
        self._outbox.failed(delivery, now, one_line(reason, LONGEST_REASON), None, maybe=_may_have_it(delivery))
        if not heirs:
            tally.dead += 1
            tally.failures.append(f"{delivery.target}: {reason}")
        return bool(heirs)

    def _start(self, delivery: Delivery, target: Target, now: datetime, tally: _Tally) -> None:
        try:
            self._outbox.attempting(delivery, now)
        except Forgotten:
            return
        alert = replace(delivery.alert, maybe_repeat=_may_have_it(delivery))
        # A daemon thread: a target that never comes back must not keep the process from ending.
        thread = threading.Thread(
            target=self._attempt, args=(delivery, target, alert), name=f"deliver {delivery.target}", daemon=True
        )
        self._under_way[delivery.target] = _Attempt(delivery, thread, time.monotonic())
        thread.start()

    def _attempt(self, delivery: Delivery, target: Target, alert: Alert) -> None:
        result = _Result(delivery, threading.current_thread())
        try:
            target.deliver(alert, self._seconds)
        except DeliveryFailed as failure:
            result.reason, result.maybe = failure.reason, failure.maybe
        except Exception as error:  # noqa: BLE001 - a fault in one target must not end the sender; it is recorded. Only
            # the type's name, for the text may hold the target's secret
            result.reason, result.maybe = f"a fault in inboxwatch itself ({type(error).__name__})", True
        self._results.put(result)

    def _give_up_overdue(self) -> None:
        """Leave alone the attempts that ignore their deadline; their targets are busy until they come back."""
        for name, attempt in list(self._under_way.items()):
            waited = time.monotonic() - attempt.begun
            if waited > self._seconds + _GRACE_SECONDS:
                self._stuck[name] = attempt.thread
                reason = "the target did not come back in time"
                self._results.put(_Result(attempt.delivery, attempt.thread, reason, True))

    def _settle(self, result: _Result, now: Callable[[], datetime], tally: _Tally) -> None:
        attempt = self._under_way.get(result.delivery.target)
        if attempt is None or result.thread is not attempt.thread:
            return  # It came back after it had been given up: its failure is stored already.
        try:
            self._record(result, now(), tally)
        except Exception:
            # Kept for the next call: forgetting it would send the alert again.
            self._results.put(result)
            raise
        del self._under_way[result.delivery.target]

    def _record(self, result: _Result, now: datetime, tally: _Tally) -> None:
        delivery = result.delivery
        if result.reason is None:
            self._outbox.delivered(delivery, now)
            tally.sent += 1
            return
        again_at = retry_at(now, delivery.attempts + 1, self._random)
        reason = one_line(result.reason, LONGEST_REASON)
        # What an earlier attempt may have brought is not taken back by a clean failure of this one.
        maybe = result.maybe or _may_have_it(delivery)
        self._outbox.failed(delivery, now, reason, again_at, maybe=maybe)
        tally.failures.append(f"{delivery.target}: {reason}")
        if again_at is None or delivery.attempts + 1 >= FAILING_ATTEMPTS:
            tally.tell(delivery.target, reason)
        if again_at is None:
            tally.dead += 1
        else:
            tally.failed += 1


def _may_have_it(delivery: Delivery) -> bool:
    return delivery.attempted_at is not None or delivery.alert.maybe_repeat
