"""Which UIDs of an examined folder are to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from inboxwatch.mailbox.connection import Connection
from inboxwatch.mailbox.errors import CommandRefused
from inboxwatch.mailbox.progress import Search

# imaplib gives up on an answer line of 1 MB, which is about 125,000 UIDs.
SEARCH_AT_ONCE = 100_000
WINDOW = 50_000
#: How many mails are at most looked at one by one because the UIDs of their folder have changed.
LOOKED_AT_AGAIN = 5_000


@dataclass(frozen=True, slots=True)
class Found:
    """The UIDs to look at, ascending; how many are missing before which of them, and after the last.

    Only among new UIDs something can be missing: what a first read does not find is not missing.
    """

    uids: list[int] = field(default_factory=list)
    gaps: dict[int, int] = field(default_factory=dict)
    missing_at_the_end: int = 0
    refused: tuple[Search, ...] = ()


def find(
    connection: Connection,
    exists: int,
    low: int,
    top: int,
    search_to: int,
    searches: Sequence[Search],
    since: datetime | None,
    every_since: datetime | None = None,
) -> Found:
    """The UIDs from `low` to `top`: up to `search_to` those that the searches find, beyond it all that are there.

    `exists` is the number of mails in the folder. `since` bounds the searches only. A search that the server refuses
    is passed over and told; without any search (none given, or all refused) every mail since `since` is found. So are
    the latest of those that arrived since `every_since`, whatever the searches find.
    """
    searched: set[int] = set()
    refused: tuple[Search, ...] = ()
    if low <= search_to:
        windows = _windows(connection, exists, low, search_to)
        searched, refused = _searched(connection, windows, searches, since)
        if every_since is not None:
            searched |= _latest(connection, windows, every_since)
    first_listed = max(low, search_to + 1)
    if first_listed > top:
        return Found(sorted(searched), refused=refused)
    listed = _listed(connection, exists, first_listed, top)
    gaps: dict[int, int] = {}
    expected = first_listed
    for uid in listed:
        if uid > expected:
            gaps[uid] = uid - expected
        expected = uid + 1
    return Found(sorted(searched) + listed, gaps, top + 1 - expected, refused)


def _searched(
    connection: Connection, windows: list[tuple[int, int]], searches: Sequence[Search], since: datetime | None
) -> tuple[set[int], tuple[Search, ...]]:
    found: set[int] = set()
    refused: list[Search] = []
    bound: list[str | date] = [] if since is None else ["SINCE", _day_before(since)]
    for search in searches:
        try:
            for window in windows:
                found |= _search(connection, window, [*bound, search.field, search.text])
        except CommandRefused:
            refused.append(search)
    if len(refused) == len(searches):  # nothing was searched for: only looking at every mail misses nothing
        for window in windows:
            found |= _search(connection, window, bound)
    return found, tuple(refused)


def _latest(connection: Connection, windows: list[tuple[int, int]], since: datetime) -> set[int]:
    """The mails since then, by their arrival. After a move to another server that may be the day of the move for all of
    them, and not all can be looked at: the latest are those that nobody has seen yet.
    """
    found: set[int] = set()
    for window in windows:
        found |= _search(connection, window, ["SINCE", _day_before(since)])
    return set(sorted(found)[-LOOKED_AT_AGAIN:])


def _listed(connection: Connection, exists: int, low: int, top: int) -> list[int]:
    def ask() -> list[int]:
        return sorted(
            {uid for window in _windows(connection, exists, low, top) for uid in _search(connection, window, [])}
        )

    listed = ask()
    if len(listed) <= top - low:
        # Some servers announce a mail a moment before it can be found, and perhaps the next one can: so none of them is
        # missing until asked twice.
        with connection.command("NOOP") as client:
            client.noop()
        listed = ask()
    return listed


def _search(connection: Connection, window: tuple[int, int], criteria: Sequence[str | date]) -> set[int]:
    """One flat UID SEARCH (IMAPClient does not hand the charset down into nested ones)."""
    low, top = window
    ascii_only = all(word.isascii() for word in criteria if isinstance(word, str))
    with connection.command(f"SEARCH of UID {low} to {top}") as client:
        uids = client.search(["UID", f"{low}:{top}", *criteria], None if ascii_only else "UTF-8")
    return {uid for uid in uids if low <= uid <= top}


def _windows(connection: Connection, exists: int, low: int, top: int) -> list[tuple[int, int]]:
    """`low` to `top` in windows of so many mails that each answer fits into a line.

    They are bounded by the UIDs of every so manieth mail, for UIDs can be sparse.
    """
    if exists == 0:
        return []
    if min(exists, top - low + 1) <= SEARCH_AT_ONCE:
        return [(low, top)]
    with connection.command("FETCH of UIDs") as client:
        edges = client.uids_at(list(range(WINDOW, exists, WINDOW)))
    windows: list[tuple[int, int]] = []
    for edge in [*(edge for edge in edges if low <= edge < top), top]:
        windows.append((low, edge))
        low = edge + 1
    return windows


def _day_before(since: datetime) -> date:
    """The server compares days in a zone of its own; one day more misses nothing."""
    return since.astimezone(UTC).date() - timedelta(days=1)
