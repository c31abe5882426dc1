"""Whether the daemon runs and alerts arrive: for `status`, and for a monitor that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from inboxwatch.alerts.deliver import FAILING_ATTEMPTS
from inboxwatch.pipeline import Pipeline
from inboxwatch.store.model import Waiting, WatchState
from inboxwatch.views.output import in_zone
from inboxwatch.wording.say import Wording

#: Who lets `run --once` be started by a timer has no daemon, and need not be told so.
_NOT_WATCHED = timedelta(hours=1)
#: The daemon looks every minute at what is due, and notes it every ten.
_STANDS_STILL = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Serving:
    """How the service is doing at present.

    `pid` is the process that reads the mailboxes (0: its number is not known), None if there is none; `since` when it
    began. `decided_at` is when it was last decided what to tell, exact to ten minutes; `looked_at` when the daemon
    last came round. `outbox` has, by target, what was not delivered; `blind` the mailboxes that cannot be read.
    `watching` is false where no mailbox is configured, `targets` where nobody can be told.
    """

    pid: int | None
    since: datetime | None
    decided_at: datetime | None
    looked_at: datetime | None
    outbox: dict[str, Waiting]
    blind: tuple[WatchState, ...] = ()
    watching: bool = True
    targets: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps her from being told. `passing`: it may be over by itself at the next attempt."""

    code: str
    sentence: str
    passing: bool = False


def serving(pipeline: Pipeline, pid: int | None, since: datetime | None, *, watching: bool) -> Serving:
    """Given the process that holds the state folder's lock, and since when, how the service is doing.

    Raises StoreError.
    """
    store, targets = pipeline.store, {recipient.name for recipient in pipeline.policy.recipients}
    # What was given up for a target that she has removed is no fault any more; `alerts` lists it still.
    outbox = {name: one for name, one in store.waiting().items() if name in targets or one.waiting}
    decided_at, looked_at = store.recall_instant("decided_at"), store.recall_instant("looked_at")
    blind = tuple(state for _, state in sorted(store.watch().items()) if state.blind_since)
    return Serving(pid, since, decided_at, looked_at, outbox, blind, watching, bool(targets))


def serving_as_json(found: Serving, wording: Wording, now: datetime) -> dict[str, Any]:
    """The object `service` of `status --json`. `well` is false if something in `problems` does not pass by itself."""
    outbox, zone, problems = found.outbox.values(), wording.zone, list(problems_of(found, wording, now))
    oldest = min((one.oldest for one in outbox if one.oldest), default=None)
    return {
        "running": found.pid is not None,
        "pid": found.pid or None,
        "since": in_zone(found.since, zone),
        "decided_at": in_zone(found.decided_at, zone),
        "well": all(one.passing for one in problems),
        "problems": [{"code": one.code, "sentence": one.sentence, "passing": one.passing} for one in problems],
        "outbox": {
            "waiting": sum(one.waiting for one in outbox),
            "dead": sum(one.dead for one in outbox),
            "oldest_waiting": in_zone(oldest, zone),
            "targets": [
                {
                    "target": name,
                    "waiting": one.waiting,
                    "dead": one.dead,
                    "attempts": one.attempts,
                    "error": one.error,
                }
                for name, one in found.outbox.items()
            ],
        },
    }


def problems_of(found: Serving, wording: Wording, now: datetime) -> Iterator[Problem]:
    """What keeps her from being told at `now`, a sentence each; nothing while all is well or nothing is watched."""
    if not found.watching:
        return
    if found.pid is None and found.decided_at is None:
        yield Problem("not_running_yet", wording.say("terminal.not_running_yet"))
    elif found.pid is None and found.decided_at is not None and now - found.decided_at > _NOT_WATCHED:
        yield Problem("not_running", wording.say("terminal.not_running", since=found.decided_at))
    elif found.pid is not None and _stands_still(found, now):
        yield Problem("stands_still", wording.say("terminal.stands_still", since=found.looked_at or found.since))
    for state in found.blind:
        since, cause = state.blind_since, state.cause or "?"
        yield Problem("blind", wording.say("terminal.watch_blind", mailbox=state.mailbox, since=since, cause=cause))
    if not found.targets:
        yield Problem("no_targets", wording.say("check.no_targets"))
    for target, one in found.outbox.items():
        if one.waiting and one.attempts:  # what waits for the end of the quiet hours was not tried yet
            values = {"target": target, "n": one.waiting, "since": one.oldest, "reason": one.error or "?"}
            sentence = wording.say("terminal.not_arriving", **values)
            yield Problem("not_arriving", sentence, passing=one.attempts < FAILING_ATTEMPTS)
        if one.dead:
            yield Problem("given_up", wording.say("terminal.given_up", target=target, n=one.dead))


def _stands_still(found: Serving, now: datetime) -> bool:
    """True if there is a process, and it has not come round for long: stopped, or stuck."""
    seen = [instant for instant in (found.looked_at, found.since) if instant]
    return bool(seen) and now - max(seen) > _STANDS_STILL
