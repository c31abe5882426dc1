"""What must hold of whatever is read from a mail, however hostile: sentences of what is broken, none if all holds."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import UTC, timedelta

from inboxwatch.mail.limits import PARTS, TEXT_CHARACTERS
from inboxwatch.mail.model import Address, Mail
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.platforms.recognition import Recognition

#: Controls and escapes but tab and newline, what turns the direction of writing, halves of pairs.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_ENDS = re.compile("[\n\r\x0b\x0c\x85\u2028\u2029]")
_LINK = re.compile(r"https?://\S", re.IGNORECASE)
_HEXADECIMAL = re.compile("[0-9a-f]{64}")
#: What one line of a mail may have become: a subject of 1,000 characters, each the widest that folding knows.
_ONE_LINE = 18_000
_MOST_DEFECTS = 60


def texts_in(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text within a value, with the name of the field that it stands in."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, (tuple, list)):
        for inner in value:
            yield from texts_in(inner, name)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for one in dataclasses.fields(value):
            yield from texts_in(getattr(value, one.name), one.name)


def unsafe(value: object) -> Iterator[str]:
    """What of a value could not be shown or stored."""
    for name, text in texts_in(value):
        if _UNSAFE.search(text):
            yield f"{name} holds {_UNSAFE.findall(text)[:3]!a}"


def wrong_with(mail: Mail) -> Iterator[str]:
    """What does not hold of a mail as read, and must."""
    yield from unsafe(mail)
    yield from _too_long(mail)
    for address in (*([mail.sender] if mail.sender else []), *mail.to, *mail.reply_to):
        yield from _wrong_with_address(address)
    for name, lines in (("subject", [mail.subject]), ("attachments", mail.attachments), ("links", mail.links)):
        if any(_LINE_ENDS.search(line) for line in lines):
            yield f"{name} holds a line end"
    yield from (f"{link[:80]!r} is no link" for link in mail.links if not _LINK.match(link))
    for instant in (mail.arrived_at, mail.sent_at, *([mail.date] if mail.date else [])):
        if instant.utcoffset() != timedelta(0):
            yield f"{instant} is not in UTC"
    if mail.date and mail.sent_at not in (mail.date.astimezone(UTC), mail.arrived_at):
        yield "sent_at is neither the date nor the arrival"
    if not _HEXADECIMAL.fullmatch(mail.identity):
        yield "the identity is no hash"
    if (mail.sender is None) != (mail.sender_count == 0) and mail.sender is not None:
        yield "there is a sender, and none is counted"
    hash(mail)


def _too_long(mail: Mail) -> Iterator[str]:
    bounds = {
        "subject": (len(mail.subject), 1_000),
        "text": (len(mail.text), TEXT_CHARACTERS),
        "links": (len(mail.links), 200),
        "a link": (max(map(len, mail.links), default=0), 500),
        "to": (len(mail.to), 100),
        "reply_to": (len(mail.reply_to), 100),
        "references": (len(mail.references), 100),
        "a reference": (max(map(len, mail.references), default=0), 998),
        "message_id": (len(mail.message_id or ""), 1_000),
        "attachments": (len(mail.attachments), PARTS),
        "an attachment's name": (max(map(len, mail.attachments), default=0), 200),
        "defects": (len(mail.defects), _MOST_DEFECTS),
        "a defect": (max(map(len, mail.defects), default=0), 300),
        "charset": (len(mail.charset or ""), 60),
    }
    yield from (f"{name}: {found} is more than {most}" for name, (found, most) in bounds.items() if found > most)


def _wrong_with_address(address: Address) -> Iterator[str]:
    if "@" not in address.address or address.address != address.address.lower() or len(address.address) > 400:
        yield f"{address.address[:80]!r} is no address"
    if len(address.name) > 200 or re.search(r"\s", address.address):
        yield "a name is too long, or an address holds a blank"


def wrong_with_recognition(
    mail: Mail, found: Recognition, profiles: Profiles, clients: frozenset[str]
) -> Iterator[str]:
    """What does not hold of a recognition and must, given the addresses of the clients whom the configuration knows."""
    yield from unsafe(found)
    if found.platform not in (None, "direct"):
        yield from _wrong_with_platform(mail, found, profiles)
    if found.platform == "direct" and not found.outgoing:
        known = mail.sender is not None and mail.sender.address in clients
        if not known and (found.grade != "probable" or found.trust == "verified"):
            yield "a stranger is taken for a client"
    if found.trust == "forged" and not found.suspicious:
        yield "a forged mail is not suspicious"
    if found.event == "secret" and (found.title or found.client or found.project or found.quoted):
        yield "a secret mail leaves something of itself"
    for name, text in (("title", found.title), ("client", found.client), ("why", found.why), ("url", found.url)):
        if text is not None and (_LINE_ENDS.search(text) or len(text) > _ONE_LINE):
            yield f"{name} has several lines, or no end"
    if len(found.quoted) > 60 or any(len(line) > 160 for line in found.quoted):
        yield "more is quoted than is looked at"


def _wrong_with_platform(mail: Mail, found: Recognition, profiles: Profiles) -> Iterator[str]:
    """Asked independently of the code that decides it: the sender's domain is one of the profile's, or below one."""
    profile = next((one for one in profiles if one.platform == found.platform), None)
    domain = mail.sender.address.rpartition("@")[2].rstrip(".") if mail.sender else ""
    if profile is None or not any(domain == own or domain.endswith(f".{own}") for own in profile.senders):
        yield f"a mail from {domain!r} is taken for one of {found.platform}"
        return
    if found.project is not None and not re.fullmatch(r"[0-9A-Za-z~_][0-9A-Za-z~_-]{0,79}", found.project):
        yield f"{found.project!r} is no project's id"
    if found.project is not None and found.project not in "".join(mail.links):
        yield "a project is named by no link"
    if mail.sender_count != 1 and not (found.suspicious and found.trust != "verified"):
        yield "a mail with several senders is not suspicious"
