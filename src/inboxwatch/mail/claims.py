"""What the headers of one mail claim, word for word: for somebody who must judge it without this program."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from inboxwatch.mail.authenticity import read_results
from inboxwatch.mail.dates import read_date
from inboxwatch.mail.limits import trim
from inboxwatch.mail.words import decode_value


@dataclass(frozen=True, slots=True)
class Claims:
    """The headers as text, decoded, on one line each; instants are in UTC, None where none can be read.

    `date_header` is the Date as written, `date` what it means. `hops` counts the Received headers, `received_at` is
    the date of the topmost. `results` is the Authentication-Results header of the mailbox's own provider, if any.
    """

    sender: str
    date_header: str
    date: datetime | None
    hops: int
    received_at: datetime | None
    results: str | None


def claims(raw: bytes, own_ids: Collection[str]) -> Claims:
    """Given a mail as received and the authserv-ids that are believed, return what its headers claim. Never raises."""
    trimmed = trim(raw)
    date_header = decode_value(trimmed.first("date"))
    hops = trimmed.values("received")
    return Claims(
        sender=decode_value(trimmed.first("from")),
        date_header=date_header,
        date=read_date(date_header),
        hops=len(hops),
        received_at=read_date(decode_value(hops[0]).rpartition(";")[2]) if hops else None,
        results=_own_results([decode_value(value) for value in trimmed.values("authentication-results")], own_ids),
    )


def _own_results(values: list[str], own_ids: Collection[str]) -> str | None:
    """The topmost of these headers that bears one of these ids: any other is the sender's text (RFC 8601, 5)."""
    own = {name.strip().lower() for name in own_ids}
    for value in values:
        found = read_results(value)
        if found and found.server in own:
            return value
    return None
