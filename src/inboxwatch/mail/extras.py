"""What mail-parser serves: the names of attached files, the hops of the way, and defects of the form.

It is given the message that was parsed already, emptied of its contents: the text was read by our own decoder, so
nothing is decoded twice and no charset that a sender made up reaches a codec (reference/parsing.md, 1.1).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import Any

import mailparser

from inboxwatch.mail.structure import describe
from inboxwatch.mail.text import clean

# It logs header text of mails at ERROR level, which would carry them into the journal.
logging.getLogger("mailparser").setLevel(logging.CRITICAL)

UNNAMED = "unnamed"
_NAME_LENGTH = 200
_NAMES = 200
_DEFECTS = 20
_DEFECT_LENGTH = 200
_UNSAFE_IN_TYPE = re.compile(r"[^a-z0-9./+-]")


@dataclass(frozen=True, slots=True)
class Extras:
    """Names of attached files in order; instants (UTC) of the hops, topmost first, None where unreadable; defects."""

    attachments: tuple[str, ...]
    hops: tuple[datetime | None, ...]
    defects: tuple[str, ...]


def read_extras(message: Message) -> Extras:
    """Given a parsed message whose text has been read, return what mail-parser says of it. Empties the message's parts.

    Never raises: when mail-parser fails, which it does with any exception, the failure is a defect and the names
    are those we read ourselves.
    """
    own_names = tuple(_prepared(message))
    try:
        reading = mailparser.MailParser(message)
        return Extras(_attachments(reading), _hops(reading), _defects(reading))
    except Exception as error:  # noqa: BLE001 - ValueError, HeaderParseError, AttributeError and others are known to escape it
        # Its words may quote the mail, so only the kind of the failure is recorded.
        return Extras(own_names[:_NAMES], (), (f"mail-parser failed ({type(error).__name__}).",))


def _prepared(message: Message) -> Iterator[str]:
    """Empty every part, and write the names of attached files so that mail-parser reads them right.

    It misreads names in Japanese charsets and invents a random one for each file without a name.
    """
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list):
            waiting.extend(child for child in reversed(inner) if isinstance(child, Message))
        else:
            part.set_payload("")
        leaf = describe(part, is_root=part is message)
        attached = leaf.disposition.value == "attachment"
        nameless_rtf = inner is None and part.get_content_subtype() in "rtf"
        if leaf.file_name or attached or nameless_rtf:
            name = clean(leaf.file_name, one_line=True)[:_NAME_LENGTH] or UNNAMED
            _rename(part, leaf.kind, "attachment" if attached else "inline", name)
            if inner is None or attached:
                yield name


def _rename(part: Message, kind: str, disposition: str, name: str) -> None:
    # The transfer encoding goes too: there is nothing left to decode. A multipart needs its boundary no more.
    for header in ("content-type", "content-disposition", "content-transfer-encoding"):
        del part[header]
    part["Content-Type"] = _UNSAFE_IN_TYPE.sub("", kind) or "application/octet-stream"
    part.add_header("Content-Disposition", disposition, filename=("utf-8", "", name))


def _attachments(reading: Any) -> tuple[str, ...]:
    names = (clean(str(attachment["filename"]), one_line=True)[:_NAME_LENGTH] for attachment in reading.attachments)
    return tuple(name or UNNAMED for name in names)[:_NAMES]


def _hops(reading: Any) -> tuple[datetime | None, ...]:
    return tuple(_instant(hop.get("date_utc")) for hop in reversed(reading.received))


def _instant(written: object) -> datetime | None:
    if not isinstance(written, str):
        return None
    try:
        instant = datetime.fromisoformat(written)
    except ValueError:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _defects(reading: Any) -> tuple[str, ...]:
    sentences = (
        f"{kind}: {sentence}" for group in reading.defects for kind, found in group.items() for sentence in found
    )
    shown = (clean(sentence, one_line=True)[:_DEFECT_LENGTH] for sentence in sentences)
    return tuple(dict.fromkeys(shown))[:_DEFECTS]
