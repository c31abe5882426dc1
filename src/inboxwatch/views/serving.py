"""Whether the daemon runs and alerts arrive: for `status`, and for a monitor that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from inboxwatch.pipeline import Pipeline
from inboxwatch.store.model import Waiting
from inboxwatch.views.output import in_zone
from inboxwatch.wording.say import Wording

#: Who lets `run --once` be started by a timer has no daemon, and need not be told so.
_NOT_WATCHED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Serving:
    """How the service is doing at present.

    `pid` is the process that reads the mailboxes (0: its number is not known), None if there is none. `decided_at` is
    when it was last decided what to tell, exact to ten minutes. `outbox` has, by target, what was not delivered.
    """

    pid: int | None
    decided_at: datetime | None
    outbox: dict[str, Waiting]


def serving(pipeline: Pipeline, pid: int | None) -> Serving:
    """Given the process that holds the state folder's lock, how the service is doing. Raises StoreError."""
    targets = {recipient.name for recipient in pipeline.policy.recipients}
    # What was given up for a target that she has removed is no fault any more; `alerts` lists it still.
    outbox = {name: one for name, one in pipeline.store.waiting().items() if name in targets or one.waiting}
    return Serving(pid, pipeline.store.recall_instant("decided_at"), outbox)


def serving_as_json(found: Serving, zone: ZoneInfo) -> dict[str, Any]:
    """The object `service` of `status --json`."""
    outbox = found.outbox.values()
    oldest = min((one.oldest for one in outbox if one.oldest), default=None)
    return {
        "running": found.pid is not None,
        "pid": found.pid or None,
        "decided_at": in_zone(found.decided_at, zone),
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


def serving_in_words(found: Serving, wording: Wording, now: datetime) -> Iterator[tuple[str, str]]:
    """What is wrong with the service at `now`, a sentence each with its style; nothing while all is well."""
    if found.pid is None and found.decided_at is None:
        yield wording.say("terminal.not_running_yet"), "yellow"
    elif found.pid is None and found.decided_at is not None and now - found.decided_at > _NOT_WATCHED:
        yield wording.say("terminal.not_running", since=found.decided_at), "red"
    for target, one in found.outbox.items():
        if one.waiting and one.attempts:  # what waits for the end of the quiet hours was not tried yet
            values = {"target": target, "n": one.waiting, "since": one.oldest, "reason": one.error or "?"}
            yield wording.say("terminal.not_arriving", **values), "red"
        if one.dead:
            yield wording.say("terminal.given_up", target=target, n=one.dead), "red"
