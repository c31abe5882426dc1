"""The one line in which the service manager shows how the watch is doing, in the user's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

_LONGEST = 400


def status_line(
    say: Callable[..., str],
    zone: ZoneInfo,
    read_up_to: Mapping[str, datetime | None],
    causes: Mapping[str, str],
    waiting: int,
    *,
    old_settings: bool = False,
) -> str:
    """Given up to when each mailbox was read (aware, None: not since the start), and why one is not read, say so.

    `say` gives a sentence of the wording, `zone` is hers, `waiting` is how many deliveries wait; `old_settings`: the
    last reload failed.
    """
    words = [say("manager.old_settings")] if old_settings else []
    # What is wrong comes first, for the line is cut.
    for name in sorted(read_up_to, key=lambda name: name not in causes):
        words.append(_of_mailbox(say, zone, name, read_up_to[name], causes.get(name)))
    if waiting:
        words.append(say("manager.waiting", n=waiting))
    return "; ".join(words)[:_LONGEST].replace("\n", " ")


def _of_mailbox(
    say: Callable[..., str], zone: ZoneInfo, name: str, read_up_to: datetime | None, cause: str | None
) -> str:
    if cause is not None:
        return say("manager.unread", mailbox=name, cause=cause)
    if read_up_to is None:
        return say("manager.being_read", mailbox=name)
    clock = f"{read_up_to.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
    return say("manager.read", mailbox=name, clock=clock)
