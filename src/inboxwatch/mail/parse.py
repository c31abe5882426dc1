"""The one way from the bytes of a mail to a `Mail`, and the cheap look at its headers alone."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from inboxwatch.mail.addresses import read_addresses
from inboxwatch.mail.automatic import why_automatic
from inboxwatch.mail.content import Content, read_content
from inboxwatch.mail.dates import read_date
from inboxwatch.mail.extras import Extras, read_extras
from inboxwatch.mail.limits import Trimmed, trim
from inboxwatch.mail.model import Address, Mail, RawMail, answered
from inboxwatch.mail.structure import read_structure
from inboxwatch.mail.words import decode_value

SUBJECT_LENGTH = 1_000
ADDRESSES = 100
REFERENCES = 100
RESULTS = 50
ID_LENGTH = 998

#: How far a Date may be from the arrival and still be believed (CONTRACT, Rulings, Instants).
DATE_AHEAD = timedelta(hours=1)
DATE_BEHIND = timedelta(hours=24)

#: What a mail may have once (RFC 5322, 3.6), and what it is taken for hangs on. Of From every address is counted.
_ONCE = ("subject", "date")

_Item = TypeVar("_Item")
_ID = re.compile(rf"<[^<>]{{1,{ID_LENGTH - 2}}}>")


class Unreadable(Exception):
    """Nothing could be read of a mail. `reason` is a plain sentence that quotes nothing of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class HeaderLook:
    """What a mail's headers alone say, to decide whether the mail is worth fetching."""

    sender: Address | None
    subject: str
    to: tuple[Address, ...]
    message_id: str | None
    in_reply_to: str | None
    references: tuple[str, ...]

    @property
    def answers(self) -> tuple[str, ...]:
        """The Message-IDs of the mails that it answers, the nearest first."""
        return answered(self.in_reply_to, self.references)


def parse(raw_mail: RawMail) -> Mail:
    """Given a mail as its mailbox handed it over, return it read, within the limits of `mail.limits`.

    Instants are in UTC. What was cut, mended or not understood stands in `defects`. Raise `Unreadable` when there
    is neither a header nor any text.
    """
    trimmed = trim(raw_mail.raw)
    if not trimmed.fields and not trimmed.body.strip():
        raise Unreadable("The mail is empty.")
    structure = read_structure(trimmed)
    content = read_content(structure.message)
    extras = read_extras(structure.message)
    if not trimmed.fields and not content.text.strip():
        raise Unreadable("The mail has no headers and no text that can be read.")
    truncated = ("Only the beginning of the mail was fetched.",) if raw_mail.truncated else ()
    defects = truncated + trimmed.defects + structure.defects + content.defects + extras.defects
    return _mail(raw_mail, trimmed, content, extras, tuple(dict.fromkeys(defects)))


def look(header_bytes: bytes) -> HeaderLook:
    """Given a block of headers, whole or chosen ones, return what they say. Never raises."""
    trimmed = trim(header_bytes)
    return HeaderLook(
        sender=_first(_senders(trimmed)),
        subject=_subject(trimmed),
        to=_addresses(trimmed, "to"),
        message_id=_message_id(trimmed.first("message-id")),
        in_reply_to=_first(_ids(trimmed.first("in-reply-to"))),
        references=_ids(trimmed.first("references")),
    )


def _mail(raw_mail: RawMail, trimmed: Trimmed, content: Content, extras: Extras, defects: tuple[str, ...]) -> Mail:
    senders = _senders(trimmed)
    subject = _subject(trimmed)
    date = read_date(decode_value(trimmed.first("date")))
    arrived_at = _arrival(raw_mail, trimmed, extras)
    message_id = _message_id(trimmed.first("message-id"))
    return Mail(
        identity=_identity(message_id, date or decode_value(trimmed.first("date")), senders, subject, content.text),
        message_id=message_id,
        sender=_first(senders),
        # One that is out of sight counts: such a mail must never be taken for verified.
        sender_count=len(senders) + trimmed.may_hide_senders,
        to=_addresses(trimmed, "to"),
        reply_to=_addresses(trimmed, "reply-to"),
        subject=subject,
        date=date,
        arrived_at=arrived_at,
        sent_at=date if date and arrived_at - DATE_BEHIND <= date <= arrived_at + DATE_AHEAD else arrived_at,
        text=content.text,
        links=content.links,
        charset=content.charset,
        decoded_by=content.decoded_by,
        defects=defects,
        automatic=why_automatic(trimmed, subject),
        in_reply_to=_first(_ids(trimmed.first("in-reply-to"))),
        references=_ids(trimmed.first("references")),
        attachments=extras.attachments,
        authentication_results=_authentication_results(trimmed),
        in_sent=raw_mail.in_sent,
        size=len(raw_mail.raw),
        doubled=tuple(name for name in _ONCE if len(trimmed.values(name)) > 1),
        mailbox=raw_mail.mailbox,
        proof=raw_mail.proof,
    )


def _first(values: tuple[_Item, ...]) -> _Item | None:
    return values[0] if values else None


def _subject(trimmed: Trimmed) -> str:
    return decode_value(trimmed.first("subject"))[:SUBJECT_LENGTH].rstrip()


def _senders(trimmed: Trimmed) -> tuple[Address, ...]:
    """Every address of every From header: more than one, and no check of authenticity speaks for the first."""
    return tuple(address for value in trimmed.values("from") for address in read_addresses(value))


def _addresses(trimmed: Trimmed, name: str) -> tuple[Address, ...]:
    return read_addresses(trimmed.first(name))[:ADDRESSES]


def _ids(value: bytes) -> tuple[str, ...]:
    found = ("".join(written.split()) for written in _ID.findall(decode_value(value)))
    return tuple(dict.fromkeys(written for written in found if len(written) > 2))[:REFERENCES]


def _message_id(value: bytes) -> str | None:
    """The first id in brackets; one that somebody wrote without brackets gets them."""
    ids = _ids(value)
    bare = "".join(decode_value(value).split()).strip("<>")[: ID_LENGTH - 2]
    return ids[0] if ids else f"<{bare}>" if bare else None


def _arrival(raw_mail: RawMail, trimmed: Trimmed, extras: Extras) -> datetime:
    """The date of the topmost Received, read by us, else by mail-parser; else what the mailbox says."""
    hops = trimmed.values("received")
    if hops:
        own = read_date(decode_value(hops[0]).rpartition(";")[2])
        # mail-parser may leave out a hop; then its topmost is not the mail's. It takes JST for UTC: ours goes first.
        theirs = extras.hops[0] if len(extras.hops) == len(hops) else None
        if own or theirs:
            return own or theirs or raw_mail.received_at
    return raw_mail.received_at.astimezone(UTC)


def _authentication_results(trimmed: Trimmed) -> tuple[tuple[int, str], ...]:
    found: list[tuple[int, str]] = []
    received = 0
    for field in trimmed.fields:
        received += field.name == "received"
        if field.name == "authentication-results" and len(found) < RESULTS:
            found.append((received, decode_value(field.value)))
    return tuple(found)


def _identity(
    message_id: str | None, date: datetime | str, senders: tuple[Address, ...], subject: str, text: str
) -> str:
    """Equal for two copies of one mail. Stored with mails, so what goes into it must never change."""
    instant = date.isoformat() if isinstance(date, datetime) else date
    sender = senders[0].address if senders else ""
    parts = [message_id or "", instant, sender, subject, " ".join(text.split())]
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()
