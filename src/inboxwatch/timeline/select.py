"""Which events a rule speaks of: "contact by client on platform"."""

from __future__ import annotations

from collections.abc import Iterable

from inboxwatch.timeline.event import Event


def matches(event: Event, selectors: Iterable[str]) -> bool:
    """True if one of the selectors names this event's kind and, where it says so, its side and channel."""
    return any(_matches(event, selector) for selector in selectors)


def _matches(event: Event, selector: str) -> bool:
    words = selector.split(" ")
    if event.kind != words[0]:
        return False
    wanted = dict(zip(words[1::2], words[2::2], strict=True))
    return wanted.get("by", event.by) == event.by and wanted.get("on", event.channel) == event.channel
