"""What may ever have to be told of one project as it stands, from CONTRACT, When alerts are due: the model's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.simulation.platforms import end_of_days, terms_of
from tests.simulation.settings import Habit
from tests.simulation.standing import OPEN, Happening, Standing, end_of_answer, last_of, months_later, standing

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
REQUEST = 168 * HOUR
EXTENDING = (
    "escrow_funded",
    "completion_reported",
    "change_proposed",
    "change_settled",
    "payment_confirmed",
    "reminder_filed",
    "reminder_received",
)

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be told from `instant` on. `quiet_rests`: it rests on silence. `must`: the first word of a deadline
    that runs against her, `over` that it has passed; `news`: a mail has just brought it.

    `since` is from when on the silence lasts."""

    key: Key
    kind: str
    instant: datetime
    project: str
    outcome: str | None = None
    due_at: datetime | None = None
    mail: str | None = None
    rests_on_silence: bool = False
    urgent: bool = False
    must: bool = False
    over: bool = False
    news: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """The rules, given what was told before (when, and whether only for the files) and her habits."""

    told: Mapping[Key, tuple[datetime, bool]]
    habit: Habit

    def of(self, project: str, known: list[Happening], stands: Standing, now: datetime) -> Iterator[Wish]:
        """Everything that may have to be told of a project, given what is known of it in the order of time."""
        yield from _news(project, known)
        yield from self._replies(project, known)
        yield from _request(project, known, stands)
        if terms_of(project).filing:
            yield from self._filing(project, known, stands, now)
            yield from self._received(project, known, stands, now)
            yield from self._expiry(project, known, stands, now)
        yield from self._revision(project, known, stands, now)
        yield from _release(project, known, stands)
        yield from self._nudges(project, known, stands, now)

    def _replies(self, project: str, known: list[Happening]) -> Iterator[Wish]:
        """Contact that ends an episode of which something was told, or comes while a filing is pending."""
        openers: list[Happening] = []
        filing: Happening | None = None
        for one in known:
            if one.kind == "reminder_filed":
                filing = one
            if one.is_contact:
                if not one.history:
                    yield from self._reply(project, one, openers, filing)
                if filing and one.channel == "platform":
                    filing = None
                openers = []
            if one.ends:
                filing = None
            if one.kind in ("contact", "started", "escrow_funded"):
                openers.append(one)

    def _reply(
        self, project: str, contact: Happening, openers: list[Happening], filing: Happening | None
    ) -> Iterator[Wish]:
        key: Key
        if filing:
            where = "platform" if contact.channel == "platform" else "elsewhere"
            key = (project, "client_replied", filing.name, where)
        else:
            names = {one.name for one in openers}
            kinds = ("silence", "reminder_available", "reminder_blocked")
            spoken = any(
                key[0] == project and key[1] in kinds and key[2] in names and not silent
                for key, (_, silent) in self.told.items()
            )
            if not spoken:
                return
            key = (project, "client_replied", openers[0].name)
        yield Wish(key, "client_replied", contact.told_at, project, mail=contact.name, news=True)

    def _filing(self, project: str, known: list[Happening], stands: Standing, now: datetime) -> Iterator[Wish]:
        """Her own request is pending: the end of the answer's time, the result, and the emergency of no report."""
        filed = last_of(known, ("reminder_filed",))
        if filed is None or stands.state not in OPEN:
            return
        if not _ended(known, filed):
            then = standing(one for one in known if one.at <= filed.at + REQUEST)
            end = filed.at + REQUEST
            key = (project, "reminder_deadline", filed.name)
            yield Wish(key, "reminder_deadline", end, project, then.outcome, end, rests_on_silence=True)
            result = filed.at + 240 * HOUR
            key = (project, "result_overdue", filed.name)
            yield Wish(key, "result_overdue", result, project, stands.outcome, result, rests_on_silence=True)
        first = _first_running([one for one in known if one.kind == "reminder_filed"], known, ())
        if first and not stands.reported and not _ended(known, first):
            moved = stands.outcome_by if stands.outcome_by and stands.outcome_by.place > first.place else first
            end = end_of_answer(first.at)
            emergency = (project, "unreported", first.name, moved.name)
            yield from self._must(emergency, "deadline_against", first, end, project, "refunded", now, known)

    def _received(self, project: str, known: list[Happening], stands: Standing, now: datetime) -> Iterator[Wish]:
        first = _first_running([one for one in known if one.kind == "reminder_received"], known, ("answered",))
        # After a payment too: a reminder may be of a next round whose mails were not understood.
        concerned = stands.state in (*OPEN, "paid")
        if first and concerned and not _ended(known, first, ("answered",), contact_ends=False):
            key = (project, "reminder_received", first.name)
            yield from self._must(key, "reminder_received", first, end_of_answer(first.at), project, None, now, known)

    def _revision(self, project: str, known: list[Happening], stands: Standing, now: datetime) -> Iterator[Wish]:
        """A demand for a revision, where a platform takes her silence for a no."""
        terms = terms_of(project)
        if terms.revision_days is None or stands.state not in OPEN:
            return
        days, zone = terms.revision_days, terms.zone

        def end(start: datetime) -> datetime:
            return end_of_days(start, days, zone)

        first = _first_running([one for one in known if one.kind == "revision_requested"], known, ("answered",), end)
        if first and not _ended(known, first, ("answered",), contact_ends=False):
            key = (project, "revision", first.name)
            yield from self._must(key, "deadline_against", first, end(first.at), project, None, now, known)

    def _expiry(self, project: str, known: list[Happening], stands: Standing, now: datetime) -> Iterator[Wish]:
        """取引期限: a year from the start; at each step three months at least remain; told 30 days before."""
        begins = [one for one in known if one.kind in ("started", "escrow_funded")]
        if not begins or stands.state not in OPEN:
            return
        due, moved = months_later(begins[0].at, 12), begins[0]
        for one in known:
            if one.kind in EXTENDING and one.place > begins[0].place and months_later(one.at, 3) > due:
                due, moved = months_later(one.at, 3), one
        key = (project, "expiry", begins[0].name, moved.name)
        yield from self._must(key, "expiry", begins[0], due, project, None, now, known, due - 30 * DAY)

    def _must(
        self,
        key: Key,
        kind: str,
        opener: Happening,
        due: datetime,
        project: str,
        outcome: str | None,
        now: datetime,
        known: list[Happening],
        instant: datetime | None = None,
    ) -> Iterator[Wish]:
        """Told at once (or as long before as the rule says), and at half of what is left if that is more than 24 h."""
        over = now >= due
        start = instant or opener.told_at
        yield Wish(key, kind, start, project, outcome, due, urgent=True, must=True, over=over)
        past = self.told.get(key)
        if past and not over and due - past[0] > DAY and not _said_answered(known, past[0]):
            half = past[0] + (due - past[0]) / 2
            yield Wish((*key, "half"), "deadline_against", half, project, outcome, due, urgent=True)

    def _nudges(self, project: str, known: list[Happening], stands: Standing, now: datetime) -> Iterator[Wish]:
        contact = stands.contact
        if not contact or stands.over or stands.assumed or stands.turn == "me" or stands.closing:
            return
        opener = last_of(known, ("contact", "started", "escrow_funded"))
        assert opener is not None
        possible = []
        for span in self.habit.silence:
            then = standing(one for one in known if one.at <= contact.at + span)
            if not then.assumed and then.turn != "me":
                possible.append(span)
        # A clock that ran ahead may have told of a longer silence: then a shorter one is no news.
        known_of = max(
            (span for span in possible if (project, "silence", contact.name, span) in self.told), default=DAY
        )
        due = [span for span in possible if contact.at + span <= now and span >= known_of]
        request = terms_of(project).request
        opens = opener.at + request if request else None
        for span in due[-1:]:
            instant = contact.at + span
            if opens is None or not instant < opens <= now:
                key = (project, "silence", contact.name, span)
                yield Wish(
                    key, "silence", instant, project, None, None, contact.name, rests_on_silence=True, since=contact.at
                )


def _news(project: str, known: list[Happening]) -> Iterator[Wish]:
    for one in known:
        if one.history or one.recorded:
            continue
        if one.kind in ("payment_confirmed", "cancelled"):
            yield Wish((project, one.kind, one.name), one.kind, one.told_at, project, mail=one.name, news=True)
        elif one.kind == "cancel_requested":
            key = (project, "demand", one.name)
            yield Wish(key, "deadline_against", one.told_at, project, mail=one.name, urgent=True, news=True)


def _request(project: str, known: list[Happening], stands: Standing) -> Iterator[Wish]:
    """Her reminder request: possible 168 h after the latest of contact, start and escrow, or blocked."""
    terms, opener = terms_of(project), last_of(known, ("contact", "started", "escrow_funded"))
    if terms.request is None or opener is None or stands.state not in ("in_progress", "awaiting_approval"):
        return
    due, outcome = opener.at + terms.request, stands.outcome if terms.outcomes else None
    blocker = stands.filed or stands.received or stands.change
    if blocker:
        if blocker.kind != "reminder_filed" and blocker.at <= due:
            key: Key = (project, "reminder_blocked", opener.name, blocker.name)
            yield Wish(key, "reminder_blocked", due, project, outcome, due, rests_on_silence=True)
        return
    by = stands.outcome_by.name if stands.outcome_by else None
    key = (project, "reminder_available", opener.name, outcome, by)
    yield Wish(key, "reminder_available", due, project, outcome, due, rests_on_silence=True, since=opener.at)


def _release(project: str, known: list[Happening], stands: Standing) -> Iterator[Wish]:
    """What is delivered should be paid by itself after a while, where a platform says so."""
    release, delivered = terms_of(project).release, last_of(known, ("delivered",))
    if release is None or delivered is None or stands.state != "awaiting_approval":
        return
    if _ended(known, delivered, contact_ends=False):
        return
    due = delivered.at + release
    key = (project, "result_overdue", delivered.name)
    yield Wish(key, "result_overdue", due, project, None, due, rests_on_silence=True)


def _ended(known: list[Happening], opener: Happening, also: tuple[str, ...] = (), *, contact_ends: bool = True) -> bool:
    """True if something after it ends it: contact on the platform, where that does, or an end that is certain."""
    for one in known:
        if one.place > opener.place:
            if one.ends or one.kind in also:
                return True
            if contact_ends and one.is_contact and one.channel == "platform":
                return True
    return False


def _first_running(
    openers: list[Happening],
    known: list[Happening],
    also: tuple[str, ...],
    end: Callable[[datetime], datetime] = end_of_answer,
) -> Happening | None:
    """Of several urgings the first whose time still ran when the next one came."""
    first: Happening | None = None
    for one in openers:
        before = [other for other in known if other.place < one.place]
        contact_ends = one.kind == "reminder_filed"
        again = first and contact_ends and one.at - first.at > DAY  # a second filing: there is one at a time
        runs = (
            first
            and not again
            and one.at < end(first.at)
            and not _ended(before, first, also, contact_ends=contact_ends)
        )
        first = first if runs else one
    return first


def _said_answered(known: list[Happening], since: datetime) -> bool:
    """True if she has answered a demand since; a pending reminder of the client's is another matter."""
    return standing(known).received is None and any(o.kind == "answered" and o.known_at >= since for o in known)
