"""The MIME structure of a mail: its parts, found within limits by the standard library's compat32 parser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import Policy, compat32
from typing import Any

from inboxwatch.mail.limits import BOUNDARY, DEPTH, HEADERS, PART_TEXT_BYTES, PARTS, Trimmed
from inboxwatch.mail.parameters import Parameters, read_parameters
from inboxwatch.mail.text import clean

_ENCODINGS = ("base64", "quoted-printable", "x-uuencode", "uuencode")


class _TooMuch(Exception):
    """Ends the parsing where a limit is reached; what was read until then stays."""


class _Part(Message):
    """A part that knows how deep it stands, and takes no more headers than a mail may have, nor an endless boundary."""

    depth = 0
    headers_met = 0
    endless_boundary = False

    def set_raw(self, name: str, value: str) -> None:
        self.headers_met += 1
        if self.headers_met <= HEADERS:
            super().set_raw(name, value)

    def get_boundary(self, failobj: Any = None) -> Any:
        boundary = super().get_boundary(failobj)
        if boundary is failobj or len(boundary) <= BOUNDARY:
            return boundary
        self.endless_boundary = True
        return failobj

    def attach(self, payload: Message) -> None:  # type: ignore[override]
        super().attach(payload)
        if isinstance(payload, _Part):
            payload.depth = self.depth + 1
            if payload.depth > DEPTH:
                raise _TooMuch(f"The mail's parts are nested deeper than {DEPTH}; the rest was not read.")


@dataclass(frozen=True, slots=True)
class Structure:
    """The parsed message (compat32) and a sentence for each limit it met."""

    message: Message
    defects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One part that holds content: what it is, and the headers that say so."""

    part: Message
    kind: str
    content_type: Parameters
    disposition: Parameters
    is_root: bool

    @property
    def is_attachment(self) -> bool:
        """A file beside the text. The mail's only part is its text even if somebody gave it a name."""
        if self.disposition.value == "attachment":
            return True
        return bool(self.file_name) and not self.is_root

    @property
    def file_name(self) -> str:
        """The file name, decoded, or an empty string."""
        return self.disposition.parameters.get("filename") or self.content_type.parameters.get("name") or ""


@dataclass(slots=True)
class _Factory:
    """Makes the parser's parts and counts them. The parser makes one more, to try the factory, which stays empty."""

    made: list[_Part] = field(default_factory=list)

    @property
    def root(self) -> _Part:
        return next((part for part in self.made if part.keys() or part.is_multipart()), self.made[-1])

    @property
    def defects(self) -> tuple[str, ...]:
        """A sentence for each limit of a part's own that was met."""
        found = []
        if any(part.headers_met > HEADERS for part in self.made):
            found.append(f"A part has more than {HEADERS} headers; the rest was not read.")
        if any(part.endless_boundary for part in self.made):
            found.append(f"A boundary exceeds {BOUNDARY} characters; the parts that it divides were read as one text.")
        return tuple(found)

    def __call__(self, policy: Policy = compat32) -> _Part:
        if len(self.made) > PARTS:
            raise _TooMuch(f"The mail has more than {PARTS} parts; the rest was not read.")
        part = _Part(policy)
        self.made.append(part)
        return part


def read_structure(trimmed: Trimmed) -> Structure:
    """Given a mail within the limits, return its message. When the parser fails, the message has headers alone."""
    factory = _Factory()
    try:
        return Structure(message_from_bytes(trimmed.rebuilt(), factory, policy=compat32), factory.defects)
    except _TooMuch as limit:
        return Structure(factory.root, (str(limit), *factory.defects))
    except Exception as error:  # noqa: BLE001 - the parser's own faults (RecursionError, IndexError ...) cost the body only
        headers = Message(compat32)
        for header in trimmed.fields:
            headers.set_raw(header.name, header.value.decode("ascii", "surrogateescape"))
        return Structure(headers, (f"The body could not be read ({type(error).__name__}).",))


def raw_header(part: Message, name: str) -> bytes:
    """Given a part and a header's name in lower case, return the header's first value as bytes, or nothing."""
    for written, value in part.raw_items():
        if written.lower() == name:
            return str(value).encode("ascii", "surrogateescape")
    return b""


def leaves(message: Message) -> Iterator[Leaf]:
    """Given a message, yield its parts that hold content, in order, without entering forwarded mails or attachments."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        leaf = describe(part, is_root=part is message)
        if leaf.kind.startswith("message/"):
            continue
        payload = part.get_payload() if part.is_multipart() else None
        if isinstance(payload, list):
            if leaf.disposition.value != "attachment":
                waiting.extend(inner for inner in reversed(payload) if isinstance(inner, Message))
        else:
            yield leaf


def describe(part: Message, *, is_root: bool) -> Leaf:
    """Given a part, return it with its headers read."""
    return Leaf(
        part,
        clean(part.get_content_type(), one_line=True),
        read_parameters(raw_header(part, "content-type")),
        read_parameters(raw_header(part, "content-disposition")),
        is_root,
    )


def content(leaf: Leaf) -> bytes:
    """Given a part, return its content with the transfer encoding undone, as far as `PART_TEXT_BYTES`. Never raises."""
    written = raw_header(leaf.part, "content-transfer-encoding").decode("ascii", "replace").lower()
    encoding = next((known for known in _ENCODINGS if written.strip("\"' \t").startswith(known)), "8bit")
    if written:
        leaf.part.replace_header("content-transfer-encoding", encoding)
    try:
        payload = leaf.part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - whatever the library stumbles on, an unreadable part has no text; the mail has
        return b""
    return payload[:PART_TEXT_BYTES] if isinstance(payload, bytes) else b""
