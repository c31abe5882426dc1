"""Reads again, by today's rules, the mails that are kept, and says what that changes.

What was true of a mail when it came stays: its arrival, the verdict on its sender, whether it is history. Nothing of
the past is told because of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from inboxwatch.alerts.loose import TOLD_WITHOUT_PROJECT, is_urgent, must_act_by
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
    if found and found.suspicious:
        # It counts for nothing, so what it would say does not matter.
        return bool(mail.quarantined), True
    return bool(mail.quarantined), False, *([getattr(found, name) for name in _SHOWN] if found else [])


def read_again(pipeline: Pipeline, mails: Iterable[StoredMail]) -> Iterator[Reread]:
    """Given kept mails with their bytes, yield each of which anything is kept differently by today's rules."""
    for one in by_the_rules(pipeline, mails):
        if replace(one.after, raw=None) != one.before or one.after.raw is None:
            yield one


def by_the_rules(pipeline: Pipeline, mails: Iterable[StoredMail]) -> Iterator[Reread]:
    """Given kept mails with their bytes, yield each as it is kept and as the rules of this pipeline read it."""
    for mail in mails:
        again = _read_again(pipeline, mail)
        # The bytes are not carried along; b"" stands for "they stay".
        yield Reread(replace(mail, raw=None), replace(again, raw=None if again.raw is None else b""))


def as_read_now(mail: StoredMail, pipeline: Pipeline) -> StoredMail:
    """A kept mail with its recognition by today's rules, whatever was kept by those of another day."""
    raw = mail.raw if mail.raw is not None else pipeline.store.raw(mail.identity)
    if raw is None:
        return mail
    (read,) = by_the_rules(pipeline, [replace(mail, raw=raw)])
    return replace(mail, recognition=read.after.recognition)


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
    waits = mail.look and _is_shown(recognition) and not _only_now(recognition, mail.recognition)
    look = stated_now or waits
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


def _only_now(recognition: Recognition | None, before: Recognition | None) -> bool:
    """True for what a mail of the past is understood to say only now: that is no news (see `_to_answer`)."""
    if recognition is None or recognition.event is None or recognition.suspicious:
        return False
    return before is None or before.suspicious is not None or before.event != recognition.event


def _to_answer(pipeline: Pipeline, found: Iterable[Reread], now: datetime) -> list[StoredMail]:
    """Of the mails that are understood only now, those that she has still time to answer.

    Taken as history or not: a clock that runs is told whenever its mail was taken.
    """

    def has_time(mail: StoredMail) -> bool:
        if mail.recognition is None or mail.reading is None or not is_urgent(mail):
            return False
        end = must_act_by(mail, pipeline.profile(mail.recognition.platform or ""))
        return end is not None and end > now

    fresh = (one.after for one in found if _only_now(one.after.recognition, one.before.recognition))
    return [replace(mail, history=False) for mail in fresh if has_time(mail)]


def _with_problem(recognition: Recognition, before: Recognition | None) -> Recognition:
    """With why the fact that she states could not be taken: whether it can be is tried with the timelines."""
    return replace(recognition, problem=before.problem) if before and recognition.stated is not None else recognition


def _with_verdict(recognition: Recognition, before: Recognition | None) -> Recognition:
    """With the verdict on the sender that was given when the mail came: it is never asked again (DESIGN §6)."""
    judged = before is not None and (before.platform is not None or before.outgoing)
    if before is None or not judged:
        return recognition
    if before.trust == recognition.trust:
        return replace(recognition, trust_why=before.trust_why)
    if before.trust == "forged":
        suspicion = recognition.suspicion or ("forged",)
        suspicious = recognition.suspicious or before.suspicious
        why = before.trust_why
        return replace(recognition, trust="forged", trust_why=why, suspicious=suspicious, suspicion=suspicion)
    if recognition.suspicion == ("forged",):
        recognition = replace(recognition, suspicious=None, suspicion=())
    return replace(recognition, trust=before.trust, trust_why=before.trust_why)


def keep_again(pipeline: Pipeline, found: Sequence[Reread], now: datetime) -> list[MailChange]:
    """Keep what was read again, derive every timeline from it, and return what has changed for the user, oldest first.

    In one transaction. No alert of the past follows; what is open now is told by whoever decides next. `found` may have
    been read before it: what has been kept differently since, or is gone, is read once more.
    """
    store = pipeline.store
    with store.transaction():
        places = store.places()
        pipeline.begin(now)
        with pipeline.reading_again(now):
            found = list(_as_kept_now(pipeline, found))
            for one in found:
                store.reread(one.before.identity, one.after)
                if one.after.raw is None:
                    store.blot_out(one.before.subject, one.before.message_id)
                    # It names the mail by a sum over all that stood in it.
                    store.forget_correction(one.before.identity)
            pipeline.derive(now, new=_to_answer(pipeline, found, now))
        return _changes(pipeline, found, places)


def _as_kept_now(pipeline: Pipeline, found: Sequence[Reread]) -> Iterator[Reread]:
    """The same, but for mails that the daemon has kept differently since they were read: these are read once more."""
    kept = pipeline.store.mails_by_key(one.before.key for one in found)
    for one in found:
        now_kept = kept.get(one.before.key)
        if now_kept == one.before:
            yield one
        elif now_kept is not None and now_kept.identity == one.before.identity:
            raw = pipeline.store.raw(now_kept.identity)
            yield from read_again(pipeline, [replace(now_kept, raw=raw)] if raw is not None else [])


def _changes(pipeline: Pipeline, found: Sequence[Reread], before: dict[str, tuple[str, ...]]) -> list[MailChange]:
    after = pipeline.store.places()
    changes = []
    for one in found:
        old, new = (places.get(key, ()) for places, key in ((before, one.before.key), (after, one.after.key)))
        if one.differs or old != new:
            changes.append(MailChange(one.before, one.after, old, new))
    read = {one.before.key for one in found} | {one.after.key for one in found}
    moved = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} - read
    for key, mail in pipeline.store.mails_by_key(moved).items():
        changes.append(MailChange(mail, mail, before.get(key, ()), after.get(key, ())))
    return sorted(changes, key=lambda change: (change.before.sent_at, change.before.identity))


def wipe(pipeline: Pipeline, changes: Iterable[MailChange]) -> bool:
    """After the commit: if a mail became secret, let nothing of it be left in the database's file or log either.

    False if another process kept it from being done; then it goes when the log is next begun anew.
    """
    return pipeline.store.overwrite() if any(one.after.raw is None for one in changes) else True


def rebuild(pipeline: Pipeline, now: datetime, advance: Callable[[int], None]) -> list[MailChange]:
    """Read every kept mail again and keep what that changes; `advance` is told how many have been read."""
    changes = keep_again(pipeline, every_change(pipeline, advance), now)
    wipe(pipeline, changes)
    return changes


def every_change(pipeline: Pipeline, advance: Callable[[int], None]) -> list[Reread]:
    """Read every kept mail again, outside of any transaction, for that may take minutes: only what differs is held."""

    def counted() -> Iterator[StoredMail]:
        for number, mail in enumerate(pipeline.store.every_mail(), 1):
            advance(number)
            yield mail

    return list(read_again(pipeline, counted()))
