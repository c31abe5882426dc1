"""`alerts` and `review` for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from inboxwatch.alerts.defang import quoted, quoted_suspect
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
    """Print the mails that need a look, from the JSON of `review`.

    Each is a block of lines, for a table would fold the commands, and they could not be copied.
    """
    out = console()
    if not document["mails"]:
        say(out, wording.say("reviewed.nothing"))
        return
    for number, mail in enumerate(document["mails"]):
        if number:
            out.print()
        kind = "ambiguous_kind" if mail["kind"] == "ambiguous" else mail["kind"]
        sent_at = wording.instant(datetime.fromisoformat(mail["sent_at"])) if mail["sent_at"] else ""
        say(out, "  ".join(part for part in (sent_at, wording.say(f"reviewed.{kind}"), mail["id"]) if part), "bold")
        show = quoted_suspect if mail["kind"] == "suspicious" else quoted
        for line in (show(mail["subject"] or ""), show(mail["sender"] or ""), mail["reason"], mail["how"]):
            if line:
                say(out, f"  {line}")
