"""Holes that are none: mails that vanished from one watched folder before they were read, and are in another.

A hole is a count and a time range, so what turns up elsewhere proves something only if it can be nothing else. A hole
is closed when, in folders of the same mailbox that get mails by being moved there alone, exactly as many mails turned
up as are missing, arrived in its range, and were never seen in any other folder. One mail too many or too few, or a
folder that also gets mail of its own, and it stays open: to doubt a silence costs her a look, to trust a false one
may cost her the money.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from inboxwatch.store.model import Hole, Sighting
from inboxwatch.store.progress import SEEN_SINCE
from inboxwatch.store.sqlite import Store

#: For so long it is known which mail was seen in which folder; older holes stay as they are.
REMEMBERED = timedelta(days=30)

#: What a mail is moved into by a filter or by hand. INBOX and Junk get mail of their own, Sent what she writes.
_MOVED_INTO = frozenset({"other", "all"})

#: Arrivals are known to the second.
_SECOND = timedelta(seconds=1)


def close_holes(store: Store, mailbox: str, now: datetime) -> int:
    """Close the holes of this mailbox whose mails have turned up; return how many mails that were."""
    still_open = store.numbered_holes(mailbox, closed=False)
    since = seen_since(store, mailbox) if still_open else None
    if since is None:
        return 0
    read = [folder.read_up_to for folder in store.folders() if folder.mailbox == mailbox]
    if None in read:
        return 0
    # Only what every folder has been read up to: else a mail could seem to be in one alone.
    until = min(instant for instant in read if instant)
    closed = list(store.numbered_holes(mailbox, closed=True).values())
    since = max(since, now - REMEMBERED)
    found = filled(still_open, closed, store.sightings(mailbox), since, until)
    for number in found:
        store.close_hole(number, now)
    return sum(still_open[number].mails for number in found)


def seen_since(store: Store, mailbox: str) -> datetime | None:
    """Since when it is known which new mails each folder of this mailbox showed; None if it is not."""
    return store.recall_instant(_since(mailbox))


def remember_sightings(
    store: Store, mailbox: str, sightings: Sequence[Sighting], read_at: datetime, *, anew: bool
) -> None:
    """Keep which new mails a folder showed at this instant.

    `anew`: what was in it before was not looked at mail by mail. If such a mail is moved on, it seems to be in one
    folder alone; so nothing is concluded of the time before.
    """
    if anew:
        store.remember_instant(_since(mailbox), read_at)
    if sightings:
        store.add_sightings(sightings)
        store.forget_sightings(mailbox, read_at - REMEMBERED)


def filled(
    still_open: Mapping[int, Hole],
    closed: Sequence[Hole],
    sightings: Iterable[Sighting],
    since: datetime,
    until: datetime,
) -> list[int]:
    """The numbers of the open holes whose mails have turned up, by what was seen between `since` and `until`."""
    seen = [one for one in sightings if since - _SECOND <= one.arrived_at <= until]
    at: dict[str, set[str]] = {}
    for one in seen:
        at.setdefault(one.mark, set()).add(one.folder)
    holes = [*still_open.values(), *closed]
    candidates: dict[str, Sighting] = {}
    for folder in {one.folder for one in seen if one.role in _MOVED_INTO}:
        here = [one for one in seen if one.folder == folder]
        alone = [one for one in here if at[one.mark] == {folder}]
        if all(any(_in(one, hole) for hole in holes) for one in alone):
            candidates |= {one.mark: one for one in alone}
    found: list[int] = []
    for group in _overlapping(still_open, closed):
        places = {hole.folder for hole in group.values()}
        turned_up = [
            one
            for one in candidates.values()
            if one.folder not in places and any(_in(one, hole) for hole in group.values())
        ]
        provable = all(since <= hole.from_at and hole.to_at <= until for hole in group.values())
        if provable and len(turned_up) == sum(hole.mails for hole in group.values()):
            found += [number for number in group if number in still_open]
    return found


def _overlapping(still_open: Mapping[int, Hole], closed: Sequence[Hole]) -> list[dict[int, Hole]]:
    """The holes in groups that share no instant: which of two overlapping ones a mail belongs to is not known."""
    numbered = {**still_open, **{-place: hole for place, hole in enumerate(closed, 1)}}
    groups: list[dict[int, Hole]] = []
    end: datetime | None = None
    for number, hole in sorted(numbered.items(), key=lambda item: item[1].from_at):
        if end is None or hole.from_at - _SECOND > end:
            groups.append({})
        groups[-1][number] = hole
        end = max(end or hole.to_at, hole.to_at)
    return groups


def _in(one: Sighting, hole: Hole) -> bool:
    return hole.from_at - _SECOND <= one.arrived_at <= hole.to_at + _SECOND


def _since(mailbox: str) -> str:
    return f"{SEEN_SINCE}{mailbox}"
