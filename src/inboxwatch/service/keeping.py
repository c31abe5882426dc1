"""One batch into the store: mails, readings, timeline, quarantine, holes and progress, in one transaction."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from inboxwatch.alerts.coverage import Coverage, Gap
from inboxwatch.kept import StoredMail
from inboxwatch.mailbox.progress import Unfetchable
from inboxwatch.pipeline import Pipeline
from inboxwatch.service.closing import close_holes, remember_sightings, seen_since
from inboxwatch.service.readers import Found
from inboxwatch.store.model import FolderState, Hole, Sighting
from inboxwatch.store.sqlite import Store
from inboxwatch.stumbling import take_each

#: A read that brought nothing is written down at most so often: each write costs the disk a flush.
_WRITTEN_AT_LEAST_EVERY = timedelta(seconds=60)

#: Arrivals are known to the second: what came in the second of the last read may not have been seen by it.
_SAME_SECOND = timedelta(seconds=1)

#: The list of folders by which a mailbox was read may be older than that read by some minutes.
_LIST_MAY_BE_OLDER = timedelta(minutes=10)

_log = logging.getLogger(__name__)

_NEVER = datetime.min.replace(tzinfo=UTC)
_ALWAYS = datetime.max.replace(tzinfo=UTC)


def keep_found(pipeline: Pipeline, found: Found, now: datetime, *, history: bool) -> int:
    """Keep one batch; return how many mails were new. Raises StoreError, and then nothing of it is kept."""
    store, batch = pipeline.store, found.batch
    store.must_be_in_place()
    with store.transaction():
        before = store.folder(found.mailbox, found.folder)
        if _nothing_new(found, before, store):
            return 0
        old_until = _history_until(store, found, before, history)
        if old_until != _NEVER:
            pipeline.begin_history(now)
        old = [one.mail for one in batch.fetched if one.mail.received_at < old_until]
        fresh = [one.mail for one in batch.fetched if one.mail.received_at >= old_until]
        new = take_each(pipeline, old, now, history=True) + take_each(pipeline, fresh, now, history=False)
        for one in batch.unfetchable:
            store.add_mail(_quarantined(found, one, now, history=old_until == _ALWAYS))
        first_seen = None if _looked_at_anew(found, before, store) else seen_since(store, found.mailbox)
        for hole in batch.holes:
            # What vanished before the first read had come to its end came after that had begun.
            since = hole.since or (before.read_up_to if before else None) or first_seen or hole.until
            store.add_hole(Hole(found.mailbox, found.folder, min(since, hole.until), hole.until, hole.mails))
        store.save_folder(_state_after(found, before))
        seen = [Sighting(found.mailbox, found.folder, one.mark, one.arrived_at, found.role) for one in batch.seen]
        remember_sightings(store, found.mailbox, seen, batch.read_at, anew=first_seen is None)
        if turned_up := close_holes(store, found.mailbox, now):
            _log.info("%s: %d mail(s) that had vanished turned up in another folder", found.mailbox, turned_up)
        if batch.complete and old_until != _NEVER:
            pipeline.settle_history(now)
        return new


def _history_until(store: Store, found: Found, before: FolderState | None, history: bool) -> datetime:
    """Mails that arrived before this instant are history: they give state, and raise no alert of their own.

    So is everything at the first read and after a long stop (`history`); what a repeated search finds; and in a folder
    that is read for the first time, or with new senders, what arrived before its mailbox had been read up to. A folder
    that comes with its first mail, as Junk does, was not there at the read before, whatever has been read since.
    """
    if history or found.again:
        return _ALWAYS
    if before and before.read_up_to:
        return before.read_up_to - _SAME_SECOND if before.searched != found.searched else _NEVER
    others = [folder for folder in store.folders() if folder.mailbox == found.mailbox]
    if earlier := [folder.read_before for folder in others if folder.read_before]:
        return max(earlier) - _LIST_MAY_BE_OLDER
    return min((f.read_up_to - _SAME_SECOND for f in others if f.read_up_to), default=_ALWAYS)


def _looked_at_anew(found: Found, before: FolderState | None, store: Store) -> bool:
    """True if there are mails in this folder that were never seen as new ones: only a search has found them.

    Not at the first read of a mailbox, for then there are no holes yet.
    """
    if found.again:
        return False
    if before is None:
        return any(one.read_before for one in store.folders() if one.mailbox == found.mailbox)
    progress = found.batch.progress
    other_senders = before.searched != found.searched
    return other_senders or before.uidvalidity != progress.uidvalidity or before.uid > progress.uid


def _nothing_new(found: Found, before: FolderState | None, store: Store) -> bool:
    """True if nothing but the hour has changed since it was last written down, and that is not long ago.

    Where a hole waits for every folder to be read beyond it, the hour matters.
    """
    batch = found.batch
    return (
        before is not None
        and before.read_up_to is not None
        and batch.read_at - before.read_up_to < _WRITTEN_AT_LEAST_EVERY
        and not (batch.fetched or batch.unfetchable or batch.holes or batch.passed_over or found.again)
        and (before.uidvalidity, before.uid) == (batch.progress.uidvalidity, batch.progress.uid)
        and before.searched == found.searched
        and all(hole.to_at <= before.read_up_to for hole in store.holes() if hole.mailbox == found.mailbox)
    )


def _state_after(found: Found, before: FolderState | None) -> FolderState:
    batch, progress = found.batch, found.batch.progress
    passed_over = (before.passed_over if before else 0) + batch.passed_over
    read_up_to, earlier = (before.read_up_to, before.read_before) if before else (None, None)
    if found.again and before:
        # The search was repeated for new senders: the folder's own progress stands.
        searched = found.searched if batch.complete else before.searched
        return replace(before, passed_over=passed_over, searched=searched)
    return FolderState(
        mailbox=found.mailbox,
        folder=found.folder,
        uidvalidity=progress.uidvalidity,
        uid=progress.uid,
        read_up_to=batch.read_at if batch.complete else read_up_to,
        read_before=read_up_to if batch.complete else earlier,
        passed_over=passed_over,
        searched=found.searched if not before or batch.complete else before.searched,
        search_to=progress.search_to,
    )


def _quarantined(found: Found, one: Unfetchable, now: datetime, *, history: bool) -> StoredMail:
    where = one.name or f"{found.batch.progress.uidvalidity}/{one.uid}"
    place = f"{found.mailbox}/{found.folder}/{where}"
    return StoredMail(
        identity=hashlib.sha256(place.encode()).hexdigest(),
        message_id=None,
        sent_at=found.batch.read_at,
        arrived_at=found.batch.read_at,
        taken_at=now,
        sender="",
        subject="",
        recognition=None,
        raw=None,
        history=history,
        look=not history,
        mailbox=found.mailbox,
        quarantined=f"{found.mailbox}/{found.folder}, {one.name or f'UID {one.uid}'}: {one.reason}",
    )


def coverage(store: Store, read_up_to: Mapping[str, datetime | None], blind: Iterable[str]) -> Coverage:
    """Given up to when each mailbox was completely read since the start (None: not yet), and which cannot be read.

    A blind mailbox does not hold up what others have brought; but nothing is said about silence meanwhile.
    """
    unreadable = set(blind)
    known = [instant for instant in read_up_to.values() if instant is not None]
    awaited = any(instant is None for name, instant in read_up_to.items() if name not in unreadable)
    return Coverage(
        known_until=None if awaited else min(known, default=None),
        gaps=tuple(Gap(hole.from_at, hole.to_at, hole.mails) for hole in store.holes()),
        blind=bool(unreadable),
    )
