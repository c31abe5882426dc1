"""An alert as the JSON object that scripts and `command:` targets read, and any value as harmless JSON text."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from inboxwatch.alerts.clean import visible
from inboxwatch.alerts.model import Alert

#: What JSON allows as it is, and a terminal or a reader of lines may obey: the same as escapes, which programs read
#: as the same text. Halves of pairs, as in a file name that is no UTF-8, have no other form in UTF-8.
_OBEYED = re.compile(
    "[\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001-\U000e007f]"
)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Given a value, return it as JSON that can be encoded as UTF-8, without anything that a terminal would obey."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _OBEYED.sub(lambda found: json.dumps(found[0])[1:-1], text)


def alert_as_json(alert: Alert, zone: ZoneInfo) -> dict[str, Any]:
    """Given an alert and the user's zone, return the object that CONTRACT describes, and `url` beside it.

    Instants become ISO 8601 to the second with the offset that holds in `zone` at that instant; absent values None.
    Raises ValueError for an instant without a zone: guessing one would move a deadline.
    """
    return {
        "key": alert.key,
        "at": _in_zone(alert.at, zone),
        "kind": alert.kind,
        "project": alert.project,
        "urgent": alert.urgent,
        "maybe_repeat": alert.maybe_repeat,
        "title": visible(alert.title),
        "body": visible(alert.body),
        "outcome": alert.outcome,
        "proof": alert.proof,
        "trust": alert.trust,
        "evidence": list(alert.evidence),
        "due_at": None if alert.due_at is None else _in_zone(alert.due_at, zone),
        "url": alert.url,
    }


def _in_zone(instant: datetime, zone: ZoneInfo) -> str:
    if instant.tzinfo is None:
        raise ValueError("an alert's instants must carry their zone")
    return instant.astimezone(zone).isoformat(timespec="seconds")
