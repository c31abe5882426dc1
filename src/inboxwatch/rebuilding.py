"""Reads again, by today's rules, the mails that are kept, and says what that changes.

What was true of a mail when it came stays: its arrival, the verdict on its sender, whether it is history. Nothing of
the past is told because of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from inboxwatch.alerts.loose import TOLD_WITHOUT_PROJECT
from inboxwatch.kept import StoredMail
from inboxwatch.mail.model import RawMail
from inboxwatch.pipeline import Pipeline
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.understand import understand

#: What of a recognition a person sees; by which rule it came about, and why, may change without any effect.
_SHOWN = ("platform", "event", "by", "channel", "grade", "project", "title", "client", "due_at", "forwarded", "stated")


@dataclass(frozen=True, slots=True)
class Reread:
    """One mail as it was taken until now and by today's rules; both without their bytes."""

    before: StoredMail
    after: StoredMail

    @property
    def differs(self) -> bool:
        """True if it means something else now."""
        return _meaning(self.before) != _meaning(self.after)


@dataclass(frozen=True, slots=True)
class MailChange:
    """One mail that means something else now, or stands in other projects: before and after."""

    before: StoredMail
    after: StoredMail
    projects_before: tuple[str, ...]
    projects_after: tuple[str, ...]


def _meaning(mail: StoredMail) -> tuple[object, ...]:
    found = mail.recognition
    shown = [getattr(found, name) for name in _SHOWN] if found else []
    return bool(mail.quarantined), bool(found and found.suspicious), *shown


def read_again(pipeline: Pipeline, mails: Iterable[StoredMail]) -> Iterator[Reread]:
    """Given kept mails with their bytes, yield each of which anything is kept differently by today's rules."""
    for mail in mails:
        bare = replace(mail, raw=None)
        again = _read_again(pipeline, mail)
        # The bytes are not carried along; b"" stands for "they stay".
        after = replace(again, raw=None if again.raw is None else b"")
        if replace(after, raw=None) != bare or after.raw is None:
            yield Reread(bare, after)


def _read_again(pipeline: Pipeline, mail: StoredMail) -> StoredMail:
    """What is kept of one mail by today's rules."""
    assert mail.raw is not None
    raw = RawMail(mail.raw, mail.arrived_at, mail.in_sent)
    known = pipeline.policy.known
    found, recognition = understand(raw, pipeline.profiles, known, mail.taken_at, history=mail.history)
    if recognition is None:
        # It cannot be read: what was read of it by an earlier program is better than nothing.
        return replace(mail, quarantined=found.quarantined if found and mail.quarantined else mail.quarantined)
    if recognition.event == "secret":
        assert found is not None
        return replace(found, taken_at=mail.taken_at, in_sent=mail.in_sent)
    recognition = _with_problem(_with_verdict(recognition, mail.recognition), mail.recognition)
    # A fact that she mailed to herself and that is understood only now is still to be taken.
    stated_now = recognition.stated is not None and not (mail.recognition and mail.recognition.stated)
    look = stated_now or (mail.look and _is_shown(recognition))
    if mail.quarantined and found:
        return replace(found, recognition=recognition, arrived_at=mail.arrived_at, look=look)
    if found is None:
        # By today's rules nobody's: it is kept, for a configuration can be changed back.
        return replace(mail, recognition=recognition, quarantined=None, look=look)
    return replace(
        mail,
        message_id=found.message_id,
        sent_at=found.sent_at,
        sender=found.sender,
        subject=found.subject,
        recognition=recognition,
        look=look,
    )


def _is_shown(recognition: Recognition) -> bool:
    """True if a mail that waits to be told must be told still."""
    unread = recognition.platform is not None and recognition.event is None
    told = recognition.event in {*TOLD_WITHOUT_PROJECT, "payout_fixed"}
    return bool(recognition.suspicious or unread or told or recognition.stated is not None)


def _with_problem(recognition: Recognition, before: Recognition | None) -> Recognition:
    """With why the fact that she states could not be taken: whether it can be is tried with the timelines."""
    return replace(recognition, problem=before.problem) if before and recognition.stated is not None else recognition


def _with_verdict(recognition: Recognition, before: Recognition | None) -> Recognition:
    """With the verdict on the sender that was given when the mail came: it is never asked again (DESIGN §6)."""
    judged = before is not None and (before.platform is not None or before.outgoing)
    if before is None or not judged or before.trust == recognition.trust:
        return recognition
    if before.trust == "forged":
        suspicion = recognition.suspicion or ("forged",)
        suspicious = recognition.suspicious or before.suspicious
        return replace(recognition, trust="forged", suspicious=suspicious, suspicion=suspicion)
    if recognition.suspicion == ("forged",):
        recognition = replace(recognition, suspicious=None, suspicion=())
    return replace(recognition, trust=before.trust)


def keep_again(pipeline: Pipeline, found: Sequence[Reread], now: datetime) -> list[MailChange]:
    """Keep what was read again, derive every timeline from it, and return what has changed for the user, oldest first.

    In one transaction. No alert of the past follows; what is open now is told by whoever decides next.
    """
    store = pipeline.store
    with store.transaction():
        places = store.places()
        pipeline.begin(now)
        pipeline.begin_again(now)
        for one in found:
            store.reread(one.before.identity, one.after)
            if one.after.raw is None:
                store.blot_out(one.before.subject, one.before.message_id)
                store.forget_correction(one.before.identity)
        pipeline.derive(now)
        pipeline.settle_again(now)
        return _changes(pipeline, found, places)


def _changes(pipeline: Pipeline, found: Sequence[Reread], before: dict[str, tuple[str, ...]]) -> list[MailChange]:
    after = pipeline.store.places()
    changes = []
    for one in found:
        old, new = (places.get(key, ()) for places, key in ((before, _key(one.before)), (after, _key(one.after))))
        if one.differs or old != new:
            changes.append(MailChange(one.before, one.after, old, new))
    read = {_key(one.before) for one in found} | {_key(one.after) for one in found}
    moved = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} - read
    for key, mail in pipeline.store.mails_by_key(moved).items():
        changes.append(MailChange(mail, mail, before.get(key, ()), after.get(key, ())))
    return sorted(changes, key=lambda change: (change.before.sent_at, change.before.identity))


def _key(mail: StoredMail) -> str:
    return mail.identity[:16]


def rebuild(pipeline: Pipeline, now: datetime, advance: Callable[[int], None]) -> list[MailChange]:
    """Read every kept mail again and keep what that changes; `advance` is told how many have been read."""
    return keep_again(pipeline, every_change(pipeline, advance), now)


def every_change(pipeline: Pipeline, advance: Callable[[int], None]) -> list[Reread]:
    """Read every kept mail again, outside of any transaction, for that may take minutes: only what differs is held."""

    def counted() -> Iterator[StoredMail]:
        for number, mail in enumerate(pipeline.store.every_mail(), 1):
            advance(number)
            yield mail

    return list(read_again(pipeline, counted()))
