"""Alerts of no single project: a mail that cannot be read, a suspicious one, a payout, a result of unknown project."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from inboxwatch.alerts.crowds import crowd, is_suspect, of_the_crowd
from inboxwatch.alerts.decide import Told
from inboxwatch.alerts.defang import quoted, quoted_suspect
from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.not_read import not_read
from inboxwatch.alerts.not_taken import not_taken
from inboxwatch.alerts.suspicions import suspicion
from inboxwatch.kept import StoredMail
from inboxwatch.mail.charset import fold
from inboxwatch.platforms.profile import Profile
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.timeline.deadline import end_against
from inboxwatch.timeline.reading import of_reading
from inboxwatch.wording.say import Wording

#: When the unrecognised mails of a day are told together, in the user's zone (CONTRACT, Rulings).
GATHERED_AT_HOUR = 9

#: Anybody can send many; the rest is in `review`.
_MOST_LISTED = 20

#: An unrecognised mail with one of these words in its subject is told at once (CONTRACT, Rulings).
_PRESSING = ("キャンセル", "返金", "催促", "期限", "支払", "refund", "dispute", "cancel", "payment")
#: What is told although no project could be found for it: her money, or her time to answer, hangs on it.
TOLD_WITHOUT_PROJECT = frozenset(
    {
        "payment_confirmed",
        "cancelled",
        "reminder_received",
        "cancel_requested",
        "refund_requested",
        "dispute_opened",
        "expiry_notice",
    }
)
_DIGITS = re.compile(r"\d+")

Found = Iterator[tuple[Alert, bool]]


class Shelf(Protocol):
    """What is needed of the store."""

    def mails_to_show(self) -> list[StoredMail]: ...
    def shown(self, identity: str) -> None: ...
    def told(self, projects: list[str | None]) -> Mapping[str, Told]: ...
    def names(self) -> list[str]: ...
    def told_subjects(self) -> list[tuple[str, str]]: ...


class Loose:
    """Decides about the mails that wait to be shown. `profile` is a platform's profile by its name, if it has one."""

    def __init__(self, shelf: Shelf, wording: Wording, profile: Callable[[str], Profile | None]) -> None:
        self._shelf = shelf
        self._wording = wording
        self._profile = profile

    def next_due(self, now: datetime) -> datetime | None:
        """The next instant at which waiting mails are to be told; None if none wait."""
        waiting = self._shelf.mails_to_show()
        many = self._crowd(waiting, now)
        return min((self._due_at(mail, many) for mail in waiting), default=None)

    def due(self, now: datetime, *, only_urgent: bool = False) -> Found:
        """The alerts that are due by `now`, each with whether it is muted: told under another key."""
        every = self._shelf.mails_to_show()
        many = self._crowd(every, now)
        waiting = [mail for mail in every if self._due_at(mail, many) <= now and (is_urgent(mail) or not only_urgent)]
        together = [mail for mail in waiting if mail.identity in many]
        for mail in together:
            self._shelf.shown(mail.identity)
        if together:
            yield of_the_crowd(together, now, self._wording), False
        unread = [mail for mail in waiting if mail.recognition is None]
        for mail in unread:
            self._shelf.shown(mail.identity)
        if unread:
            yield not_read(unread, now, self._wording), False
        for mail in waiting:
            if not _is_gathered(mail) and mail.identity not in many:
                self._shelf.shown(mail.identity)
                # What she stated long ago and could not be taken is listed in `review`, and no news.
                yield self._alert(mail, now), mail.history and mail.states
        yield from self._of_unrecognised([mail for mail in waiting if _is_unrecognised(mail)], now)

    def _of_unrecognised(self, waiting: Sequence[StoredMail], now: datetime) -> Found:
        """Each template once: at once if it presses, else with all others of the day."""
        if not waiting:
            return
        told = set(self._shelf.told([None]))
        names = in_order_of_removal(self._shelf.names())
        # By today's names: those learned since have changed the key of what was told before.
        told |= {_key(template(sender, subject, names)) for sender, subject in self._shelf.told_subjects()}
        gathered: dict[str, StoredMail] = {}
        for mail in waiting:
            self._shelf.shown(mail.identity)
            key = _key(template(mail.sender, mail.subject, names))
            if key in told:
                continue
            told.add(key)
            if is_pressing(mail.subject):
                yield self._unrecognised(key, mail, now), False
            else:
                gathered[key] = mail
        if gathered:
            yield self._gathered(gathered, now), False
            for key, mail in gathered.items():
                yield self._unrecognised(key, mail, now), True

    def _crowd(self, waiting: Sequence[StoredMail], now: datetime) -> frozenset[str]:
        return crowd(waiting, self._shelf.told([None]), now) if any(map(is_suspect, waiting)) else frozenset()

    def _due_at(self, mail: StoredMail, many: frozenset[str]) -> datetime:
        """At once, but at 09:00 after it was taken if it is in quarantine, one of `many` suspicious ones, or
        unrecognised without pressing.
        """
        if mail.identity not in many and (not _is_gathered(mail) or is_pressing(mail.subject)):
            return mail.taken_at
        local = mail.taken_at.astimezone(self._wording.zone)
        at = local.replace(hour=GATHERED_AT_HOUR, minute=0, second=0, microsecond=0)
        return (at if at >= local else at + timedelta(days=1)).astimezone(UTC)

    def _platform_name(self, platform: str) -> str:
        profile = self._profile(platform)
        return getattr(profile.name, self._wording.language) if profile else platform

    def _must_act_by(self, mail: StoredMail) -> datetime | None:
        """When her time ends: as the mail states it, else as the platform's rules reckon it; None if neither does."""
        assert mail.recognition is not None
        return must_act_by(mail, self._profile(mail.recognition.platform or ""))

    def _alert(self, mail: StoredMail, now: datetime) -> Alert:
        """A suspicious mail, a payout, or a mail whose project is not known."""
        recognition = mail.recognition
        assert recognition is not None
        if recognition.suspicious or recognition.trust == "forged":
            kind, saying = "suspicious_mail", "suspicious_mail.plain"
        elif recognition.event == "payout_fixed":
            kind, saying = "payout_fixed", "payout_fixed.plain"
        elif recognition.stated is not None:
            return not_taken(mail, now, self._wording)
        else:
            return self._unplaced(mail, now)
        return self._simple(mail, now, kind, saying)

    def _name(self, recognition: Recognition) -> str:
        """Whom or what a mail is about, as far as it says."""
        return quoted(recognition.client or recognition.title or self._wording.say("unplaced.name"))

    def _unplaced(self, mail: StoredMail, now: datetime) -> Alert:
        assert mail.recognition is not None
        event = mail.recognition.event
        if event in ("payment_confirmed", "cancelled"):
            return self._simple(mail, now, event, f"{event}.unplaced")
        if event == "reminder_received":
            return self._simple(mail, now, event, "must.reminder_answer.first")
        if event == "expiry_notice":
            return self._simple(mail, now, "expiry", "expiry.unplaced")
        if event in ("cancel_requested", "refund_requested", "dispute_opened"):
            return self._simple(mail, now, "deadline_against", f"against.{event}")
        return self._simple(mail, now, "unrecognised_mail", "unrecognised_mail.unplaced")

    def _simple(self, mail: StoredMail, now: datetime, kind: str, saying: str) -> Alert:
        recognition = mail.recognition
        assert recognition is not None
        due_at = self._must_act_by(mail) if is_urgent(mail) else None
        show = quoted_suspect if kind == "suspicious_mail" else quoted
        values: dict[str, object] = {
            "event_at": mail.sent_at,
            "sender": show(mail.sender),
            "subject": show(mail.subject),
            "reason": suspicion(recognition, self._wording, self._platform_name),
            "platform_name": self._platform_name(recognition.platform or ""),
            "project": self._wording.say("unplaced.project"),
            "id": mail.key,
            "due": self._wording.end_of_day(due_at or (mail.sent_at + timedelta(days=6))),
        }
        key = f"alerts.{saying}"
        lines = [self._wording.say(f"{key}.body", **values), self._wording.say(f"{key}.steps", **values)]
        if kind not in ("suspicious_mail", "payout_fixed"):
            lines.append(self._wording.say("unplaced.assign", id=mail.key))
        if kind != "suspicious_mail":
            lines.append(self._quoted(mail))
            if recognition.trust == "unverified":
                lines.append(self._wording.say("evidence.unverified"))
        return Alert(
            key=f"{kind}/{mail.identity[:12]}",
            at=now,
            kind=kind,
            project=None,
            urgent=is_urgent(mail),
            title=self._wording.title(f"{key}.title", self._name(recognition), **values),
            body="\n".join(lines),
            trust=recognition.trust,
            evidence=(mail.message_id,) if mail.message_id else (),
            due_at=due_at,
        )

    def _unrecognised(self, key: str, mail: StoredMail, now: datetime) -> Alert:
        platform = (mail.recognition and mail.recognition.platform) or ""
        values = {"platform_name": self._platform_name(platform), "id": mail.key}
        return self._listing(key, "plain", {mail: self._quoted(mail)}, now, **values)

    def _gathered(self, mails: Mapping[str, StoredMail], now: datetime) -> Alert:
        # Named after a template too: what a late decision gathers on the same day must not be taken for told.
        first = min(mails).rpartition("/")[2]
        day = now.astimezone(self._wording.zone).date().isoformat()
        line = "alerts.unrecognised_mail.gathered.line"
        lines = {mail: self._wording.say(line, line=self._quoted(mail), id=mail.key) for mail in mails.values()}
        return self._listing(f"unrecognised_mail/gathered/{day}/{first}", "gathered", lines, now)

    def _listing(
        self, key: str, saying: str, mails: Mapping[StoredMail, str], now: datetime, **values: object
    ) -> Alert:
        """An alert that lists these mails, each in its line."""
        sentence = f"alerts.unrecognised_mail.{saying}"
        shown, more = list(mails.values())[:_MOST_LISTED], len(mails) - _MOST_LISTED
        if more > 0:
            shown.append(self._wording.say(f"{sentence}.more", n=more))
        return Alert(
            key=key,
            at=now,
            kind="unrecognised_mail",
            project=None,
            urgent=False,
            title=self._wording.title(f"{sentence}.title", "", n=len(mails), **values),
            body="\n".join(
                [
                    self._wording.say(f"{sentence}.body", **values),
                    *shown,
                    self._wording.say(f"{sentence}.steps", **values),
                ]
            ),
            trust="unverified"
            if any(m.recognition and m.recognition.trust != "verified" for m in mails)
            else "verified",
            evidence=tuple(mail.message_id for mail in mails if mail.message_id),
        )

    def _quoted(self, mail: StoredMail) -> str:
        return f"　{self._wording.instant(mail.sent_at)}　{quoted(mail.subject)}"


def _is_unrecognised(mail: StoredMail) -> bool:
    recognition = mail.recognition
    return bool(recognition and recognition.event is None and not recognition.suspicious and not mail.states)


def _is_gathered(mail: StoredMail) -> bool:
    """True for what she is told of together with others of its kind."""
    return mail.recognition is None or _is_unrecognised(mail)


def is_urgent(mail: StoredMail) -> bool:
    """True for what she must answer in time: told through quiet hours and before a complete read."""
    found = mail.recognition
    if found is None or found.suspicious or found.trust == "forged":
        return False
    return found.event in TOLD_WITHOUT_PROJECT - {"payment_confirmed", "cancelled"}


def must_act_by(mail: StoredMail, profile: Profile | None) -> datetime | None:
    """When the user's time to answer a mail of a platform ends, in UTC; None for a mail that starts no such clock.

    As the mail itself states it, else as its platform's `profile` reckons it.
    """
    assert mail.recognition is not None and mail.reading is not None
    reckoned = end_against(of_reading(mail.reading), profile) if profile else None
    return mail.recognition.due_at or reckoned


def is_pressing(subject: str) -> bool:
    """True if an unrecognised mail of this subject is told at once and not gathered into the daily alert."""
    folded = fold(subject).casefold()
    return any(word in folded for word in _PRESSING)


def in_order_of_removal(names: Iterable[str]) -> list[str]:
    """Names as they are taken out of a subject: folded, each once, a longer one before one that is a part of it."""
    folded = {fold(name) for name in names}
    # A name of one letter would be taken out of every other word.
    return sorted(sorted(name for name in folded if len(name) > 1), key=len, reverse=True)


def _key(text: str) -> str:
    return f"unrecognised_mail/{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def template(sender: str, subject: str, names: Sequence[str]) -> str:
    """What is common to all mails of one template: the sender's domain and the subject without digits and names."""
    folded = fold(subject)
    for name in names:
        folded = folded.replace(name, "")
    return f"{sender.rpartition('@')[2]} {_DIGITS.sub('#', folded)}"
