"""Reading what is new in one folder: plan, find, judge by headers, fetch, in batches.

1. EXAMINE tells UIDVALIDITY and UIDNEXT. Up to where the folder was read before, nothing is asked.
2. On a first read the server searches (`searching.py`); later every new UID is looked at. Where the UIDs have changed,
   the server searches for what is old, and all that came since the last read is looked at.
3. Headers come in batches; `wanted` decides on them, the rest is passed over.
4. Bodies of those wanted come in smaller batches, each with the progress that it makes.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from inboxwatch.mail.model import RawMail
from inboxwatch.mailbox.connection import Connection
from inboxwatch.mailbox.errors import CommandRefused, ConnectionLost
from inboxwatch.mailbox.folders import Folder
from inboxwatch.mailbox.progress import Batch, Fetched, Hole, Progress, Search, Seen, Unfetchable
from inboxwatch.mailbox.searching import Found, find

Wanted = Callable[[bytes, Folder], bool]
#: Given the headers of a mail of which nothing may be kept, what may stand for it; None for every other mail.
Secret = Callable[[bytes], str | None]

HEADER_BATCH = 200
BODY_BATCH = 50
BODY_BYTES = 8 * 1024 * 1024
LARGEST_WHOLE = 10 * 1024 * 1024
FIRST_PART = 512 * 1024

# The slowest line on which a body batch still gets through: its size is added to the deadline at this rate.
SLOWEST_BYTES_A_SECOND = 64 * 1024

_HEADERS = (
    "BODY.PEEK[HEADER.FIELDS (FROM SENDER REPLY-TO TO CC SUBJECT DATE MESSAGE-ID IN-REPLY-TO REFERENCES "
    "LIST-ID AUTO-SUBMITTED)]"
)
_GMAIL = b"X-GM-EXT-1"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder as EXAMINE showed it."""

    uidvalidity: int
    uidnext: int
    exists: int


@dataclass(frozen=True, slots=True)
class _Look:
    """What is known of one mail before its body is fetched."""

    size: int
    received_at: datetime
    in_sent: bool
    wanted: bool
    mark: str

    @property
    def truncated(self) -> bool:
        return self.size > LARGEST_WHOLE

    @property
    def cost(self) -> int:
        return min(self.size, FIRST_PART if self.truncated else LARGEST_WHOLE) if self.wanted else 0


@dataclass(slots=True)
class FolderReader:
    """One reading of one folder, which has just been examined: `opened` is the answer, `read_at` the instant before.

    With `one_by_one` every mail is asked for alone, and those in `given_up` are not asked for at all.
    """

    connection: Connection
    mailbox: str
    folder: Folder
    opened: Opened
    read_at: datetime
    wanted: Wanted
    one_by_one: bool = False
    given_up: frozenset[int] = frozenset()
    secret: Secret = lambda headers: None
    _refused: dict[int, str] = field(default_factory=dict)
    _latest: datetime | None = None  # the latest arrival so far: what is missing behind it came later

    def batches(self, progress: Progress | None, searches: Sequence[Search], since: datetime | None) -> Iterator[Batch]:
        """All that is new after `progress`, ascending; the last batch is `complete`."""
        low, search_to = self._plan(progress)
        top = self.opened.uidnext - 1
        every_since = progress.read_up_to if progress else None
        found = find(self.connection, self.opened.exists, low, top, search_to, searches, since, every_since)
        step = 1 if self.one_by_one else HEADER_BATCH
        chunks = [found.uids[start : start + step] for start in range(0, len(found.uids), step)]
        for number, chunk in enumerate(chunks, 1):
            looks = self._looks(chunk)
            groups = list(_groups(chunk, looks))
            for group in groups:
                last = number == len(chunks) and group is groups[-1]
                yield self._batch(group, looks, found, search_to, top if last else group[-1], last)
        if not chunks:
            yield self._batch([], {}, found, search_to, top, True)

    def _plan(self, progress: Progress | None) -> tuple[int, int]:
        """The first UID to ask for, and up to which UID the server searches."""
        top = self.opened.uidnext - 1
        # A UIDNEXT that went back means a restored server: its UIDs may name other mails now.
        if progress is None or progress.uidvalidity != self.opened.uidvalidity or progress.uid > top:
            return 1, top
        return progress.uid + 1, min(progress.search_to, top)

    def _batch(
        self, group: list[int], looks: dict[int, _Look], found: Found, search_to: int, uid: int, last: bool
    ) -> Batch:
        bodies = self._bodies([each for each in group if each in looks and looks[each].wanted], looks)
        fetched: list[Fetched] = []
        unfetchable: list[Unfetchable] = []
        holes: list[Hole] = []
        for each in group:
            look = looks.get(each)
            if gap := found.gaps.get(each, 0):
                holes.append(self._hole(gap, look))
            if reason := self._refused.get(each):
                unfetchable.append(Unfetchable(each, reason))
            elif look is None:
                holes.append(self._hole(1, None))
            elif each in bodies:
                fetched.append(Fetched(each, RawMail(bodies[each], look.received_at, look.in_sent, look.truncated)))
            elif look.wanted:  # gone between its headers and its body
                holes.append(Hole(1, look.received_at, look.received_at))
            if look is not None:
                arrived_at = min(look.received_at, self.read_at)  # a date to come bounds nothing
                self._latest = max(self._latest or arrived_at, arrived_at)
        if last and found.missing_at_the_end:
            holes.append(self._hole(found.missing_at_the_end, None))
        return Batch(
            fetched=tuple(fetched),
            unfetchable=tuple(unfetchable),
            passed_over=sum(each in looks and not looks[each].wanted and each not in self._refused for each in group),
            progress=Progress(self.mailbox, self.folder.name, self.opened.uidvalidity, uid, search_to),
            read_at=self.read_at,
            complete=last,
            holes=tuple(holes),
            refused_searches=found.refused,
            seen=tuple(
                Seen(looks[each].mark, looks[each].received_at) for each in group if each > search_to and each in looks
            ),
        )

    def _hole(self, mails: int, behind: _Look | None) -> Hole:
        """Mails missing between the latest arrival so far and the mail `behind` them.

        A mail that was moved here keeps its old arrival; it bounds nothing, so the bound is then now.
        """
        since = self._latest
        until = behind.received_at if behind and since and since <= behind.received_at <= self.read_at else self.read_at
        return Hole(mails, since, until)

    def _looks(self, uids: list[int]) -> dict[int, _Look]:
        for uid in self.given_up.intersection(uids):
            self._refused[uid] = f"UID {uid} in {self.folder.name}: the server ends the connection when asked for it."
        asked = [uid for uid in uids if uid not in self._refused]
        items = ["RFC822.SIZE", "INTERNALDATE", _HEADERS]
        # Only Gmail's labels tell the user's own mails in All Mail from those received.
        if self.folder.role == "all" and _GMAIL in self.connection.capabilities:
            items.append("X-GM-LABELS")
        answers = self._fetch(asked, items, "headers")
        if lost := [
            uid for uid in asked if _section(answers.get(uid, {}), b"BODY[HEADER") is None and uid not in self._refused
        ]:
            answers.update(self._fetch(lost, items, "headers, asked again"))
        looks = {uid: self._look(uid, answers[uid]) for uid in asked if uid in answers}
        return {uid: look for uid, look in looks.items() if look is not None}

    def _look(self, uid: int, answer: dict[bytes, Any]) -> _Look | None:
        headers = _section(answer, b"BODY[HEADER")
        if headers is None:
            return None
        size = answer.get(b"RFC822.SIZE")
        received_at = _instant(answer.get(b"INTERNALDATE"), self.read_at)
        labels = answer.get(b"X-GM-LABELS") or ()
        in_sent = self.folder.role == "sent" or b"\\sent" in {
            label.lower() for label in labels if isinstance(label, bytes)
        }
        return _Look(
            size=size if isinstance(size, int) else 0,
            received_at=received_at,
            in_sent=in_sent,
            wanted=self._is_wanted(uid, headers),
            mark=self._mark(uid, headers, received_at),
        )

    def _is_wanted(self, uid: int, headers: bytes) -> bool:
        try:
            return self.wanted(headers, self.folder)
        except Exception as error:  # noqa: BLE001  one mail must not stop the folder: the parser will quarantine it
            self._not_judged(uid, error)
            return True

    def _mark(self, uid: int, headers: bytes, received_at: datetime) -> str:
        """What tells the mail from others, in whatever folder; of a secret one, made of what may be kept of it."""
        try:
            secret = self.secret(headers)
        except Exception as error:  # noqa: BLE001  as above: one mail must not stop the folder
            self._not_judged(uid, error)
            secret = f"{self.folder.name} {uid}"
        of = headers if secret is None else f"{secret}\n{received_at.isoformat()}".encode()
        return hashlib.sha256(of).hexdigest()[:32]

    def _not_judged(self, uid: int, error: Exception) -> None:
        # Not the error's own words: they may quote the mail.
        log.warning(
            "%s: UID %d in %s: its headers could not be judged (%s)",
            self.mailbox,
            uid,
            self.folder.name,
            type(error).__name__,
        )

    def _bodies(self, uids: list[int], looks: dict[int, _Look]) -> dict[int, bytes]:
        """The bytes of these mails; one that is missing from the answer is asked for once more."""
        bodies: dict[int, bytes] = {}
        whole = [uid for uid in uids if not looks[uid].truncated]
        large = [uid for uid in uids if looks[uid].truncated]
        rounds = [(whole, "BODY.PEEK[]")]
        rounds += [([uid], f"BODY.PEEK[]<0.{FIRST_PART}>") for uid in large]
        for some, item in rounds:
            for _ in range(2):
                asked = [uid for uid in some if uid not in bodies and uid not in self._refused]
                answers = self._fetch(asked, [item], "mails", sum(looks[uid].cost for uid in asked))
                found = {uid: _section(answers.get(uid, {}), b"BODY[]") for uid in asked}
                bodies.update({uid: body for uid, body in found.items() if body is not None})
        return bodies

    def _fetch(self, uids: list[int], items: list[str], what: str, size: int = 0) -> dict[int, dict[bytes, Any]]:
        """FETCH, by uid. A refusal of several is asked again one by one; that of a single one is kept as its reason."""
        if not uids:
            return {}
        if self.one_by_one and len(uids) > 1:
            return self._one_by_one(uids, items, what, size)
        named = f"FETCH of {what} in {self.folder.name}, UID {uids[0]} to {uids[-1]}"
        try:
            with self.connection.command(named, more=size / SLOWEST_BYTES_A_SECOND) as client:
                return dict(client.fetch(uids, items))
        except CommandRefused as refusal:
            if len(uids) > 1:
                return self._one_by_one(uids, items, what, size)
            self._refused[uids[0]] = str(refusal)
            return {}
        except ConnectionLost as loss:
            loss.uids = tuple(uids)
            raise

    def _one_by_one(self, uids: list[int], items: list[str], what: str, size: int) -> dict[int, dict[bytes, Any]]:
        answers: dict[int, dict[bytes, Any]] = {}
        for uid in uids:
            answers.update(self._fetch([uid], items, what, size))
        return answers


def _groups(uids: list[int], looks: dict[int, _Look]) -> Iterator[list[int]]:
    """`uids` cut into runs, each within the bounds on the number and the size of the bodies wanted."""
    group: list[int] = []
    mails = size = 0
    for uid in uids:
        look = looks.get(uid)
        wanted, cost = (look.wanted, look.cost) if look else (False, 0)
        if group and wanted and (mails + 1 > BODY_BATCH or size + cost > BODY_BYTES):
            yield group
            group, mails, size = [], 0, 0
        group.append(uid)
        mails += wanted
        size += cost
    yield group


def _section(answer: dict[bytes, Any], beginning: bytes) -> bytes | None:
    """The part of a FETCH answer whose key begins so (servers write the rest in their own way); None for NIL."""
    return next(
        (value for key, value in answer.items() if key.startswith(beginning) and isinstance(value, bytes)), None
    )


def _instant(internal: object, otherwise: datetime) -> datetime:
    if not isinstance(internal, datetime):
        return otherwise
    try:
        return (internal if internal.tzinfo else internal.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):  # the year 1 or 9999
        return otherwise
