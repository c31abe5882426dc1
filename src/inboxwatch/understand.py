"""From the bytes of one mail to what is kept of it: the pure half of the pipeline."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from datetime import datetime, timedelta

from inboxwatch.fault import described
from inboxwatch.kept import StoredMail
from inboxwatch.mail.model import Mail, RawMail
from inboxwatch.mail.parse import Unreadable, parse
from inboxwatch.platforms.classify import classify
from inboxwatch.platforms.known import Known
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.platforms.recognition import Recognition

#: The key of a signature that could not be had is asked for once more: by then the network is back, or it never is.
ASK_AGAIN_AFTER = timedelta(hours=1)

log = logging.getLogger(__name__)


def understand(
    raw: RawMail, profiles: Profiles, known: Known, now: datetime, *, history: bool
) -> tuple[StoredMail | None, Recognition | None]:
    """Given one mail, return what is to be kept of it and what it was taken for.

    Nothing is kept of a mail that no platform, client or suspicion claims. A mail that cannot be read is kept in
    quarantine, with the reason; so is one over which inboxwatch itself stumbles. A mail with a client is remembered in
    `known`, for those that will answer it. `now` (aware) is the instant of
    taking; `history` marks mail read as history.
    """
    try:
        return _understood(raw, profiles, known, now, history)
    except Unreadable as unreadable:
        return in_quarantine(raw, str(unreadable), now, history), None
    except Exception as error:  # noqa: BLE001  one mail must not stop its mailbox
        kept = in_quarantine(raw, f"a fault in inboxwatch ({type(error).__name__})", now, history)
        log.error("mail %s is in quarantine: %s", kept.key, described(error))
        return kept, None


def _understood(
    raw: RawMail, profiles: Profiles, known: Known, now: datetime, history: bool
) -> tuple[StoredMail | None, Recognition | None]:
    mail = parse(raw)
    recognition = classify(mail, profiles, known)
    if recognition.event == "secret":
        return replace(_secret(mail, recognition, now), mailbox=raw.mailbox), recognition
    if recognition.platform == "direct" and not recognition.suspicious:
        known.threads.learn(mail.message_id, recognition.client)
    if recognition.platform is None and not _kept_without_platform(recognition):
        return None, recognition
    kept = StoredMail(
        identity=mail.identity,
        message_id=mail.message_id,
        sent_at=mail.sent_at,
        arrived_at=mail.arrived_at,
        taken_at=now,
        sender=mail.sender.address if mail.sender else "",
        subject=mail.subject,
        recognition=recognition,
        raw=raw.raw,
        history=history,
        in_sent=mail.in_sent,
        # What she stated waits, also as history, until it is taken or she is told why it cannot be.
        look=recognition.stated is not None or (not history and _must_be_shown(recognition)),
        mailbox=raw.mailbox,
        proof=raw.proof,
        ask_again_at=now + ASK_AGAIN_AFTER if raw.proof and raw.proof.outcome == "unsure" else None,
    )
    return kept, recognition


def _kept_without_platform(recognition: Recognition) -> bool:
    return bool(recognition.suspicious or recognition.forwarded or recognition.stated is not None)


def _must_be_shown(recognition: Recognition) -> bool:
    if recognition.suspicious:
        return True
    if recognition.platform is None or recognition.platform == "direct":
        return False
    return recognition.event is None or recognition.event == "payout_fixed"


def _secret(mail: Mail, recognition: Recognition, now: datetime) -> StoredMail:
    """Of a secret mail nothing but its instant, its sender's domain and the rule may be kept (CONTRACT, Secrets)."""
    domain = mail.sender.domain if mail.sender else ""
    identity = hashlib.sha256(f"{mail.sent_at.isoformat()} {domain} {recognition.rule}".encode()).hexdigest()
    bare = replace(recognition, project=None, title=None, client=None, url=None, why="a secret mail: nothing is kept")
    return StoredMail(identity, None, mail.sent_at, mail.sent_at, now, domain, "", bare, raw=None, history=True)


def in_quarantine(raw: RawMail, reason: str, now: datetime, history: bool) -> StoredMail:
    """What is kept of a mail that could not be read: its bytes, for a later version may read them, and why."""
    return StoredMail(
        identity=hashlib.sha256(raw.raw).hexdigest(),
        message_id=None,
        sent_at=raw.received_at,
        arrived_at=raw.received_at,
        taken_at=now,
        sender="",
        subject="",
        recognition=None,
        raw=raw.raw,
        history=history,
        in_sent=raw.in_sent,
        quarantined=reason,
        look=not history,
        mailbox=raw.mailbox,
    )
