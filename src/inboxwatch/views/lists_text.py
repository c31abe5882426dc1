"""`alerts` and `review` for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from inboxwatch.store.model import AlertRow
from inboxwatch.views.terminal import console, say, show_rows
from inboxwatch.wording.say import Wording


def show_alerts(rows: Sequence[AlertRow], wording: Wording) -> None:
    """Print what was sent, oldest first."""
    out = console()
    if not rows:
        say(out, wording.say("terminal.no_alerts"))
        return
    headings = [wording.say(f"terminal.{name}") for name in ("at", "kind", "title", "targets")]
    cells = []
    for row in rows:
        state = "\n".join(
            wording.say(
                "terminal.delivery",
                target=delivery.target,
                state=wording.say(f"terminal.{delivery.state}"),
                attempts=delivery.attempts,
            )
            + (f"\n{delivery.error}" if delivery.error else "")
            for delivery in row.deliveries
        )
        cells.append([wording.instant(row.alert.at), row.alert.kind, f"{row.alert.title}\n{row.alert.key}", state])
    show_rows(out, headings, cells)


def show_review(document: dict[str, Any], wording: Wording) -> None:
    """Print the mails that need a look, from the JSON of `review`."""
    out = console()
    if not document["mails"]:
        say(out, wording.say("reviewed.nothing"))
        return
    headings = [*(wording.say(f"terminal.{name}") for name in ("at", "kind", "title")), wording.say("reviewed.how_to")]
    rows = []
    for mail in document["mails"]:
        kind = "ambiguous_kind" if mail["kind"] == "ambiguous" else mail["kind"]
        title = "\n".join(part for part in (mail["subject"], mail["sender"], mail["id"]) if part)
        sent_at = wording.instant(datetime.fromisoformat(mail["sent_at"])) if mail["sent_at"] else ""
        rows.append([sent_at, wording.say(f"reviewed.{kind}"), title, f"{mail['reason']}\n{mail['how']}"])
    show_rows(out, headings, rows)
