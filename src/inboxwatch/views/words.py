"""Events, projects and alerts in a line or a paragraph of the user's language."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from inboxwatch.alerts.clean import one_line
from inboxwatch.alerts.model import Alert
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Project
from inboxwatch.views.output import in_zone
from inboxwatch.wording.say import Wording

_LONGEST_NOTE = 1_000


def summary(event: Event, wording: Wording) -> str:
    """What an event is, in a few words: "contact (client, on the site)", "delivered 4/5 (me)"."""
    kind = " ".join(part for part in (wording.say(f"event_kinds.{event.kind}"), event.part) if part)
    if event.set_aside:
        return wording.say("terminal.set_aside", kind=kind, was=wording.say(f"event_kinds.{event.set_aside}"))
    # A payment is of nobody's doing that matters; whose turn it is, or who wrote, does.
    named = [wording.say(f"by.{event.by}")] if event.by else []
    named += [wording.say(f"channel.{event.channel}")] if event.channel else []
    text = f"{kind} ({', '.join(named)})" if named else kind
    return f"{text}: {one_line(event.note, _LONGEST_NOTE)}" if event.note else text


def state(project: Project, wording: Wording, *, dormant: bool = False) -> str:
    """The project's state, and what stands beside it."""
    words = [wording.say(f"states.{project.state}")]
    if not project.over:
        words += [wording.say("states.assumed")] if project.assumed else []
        words += [wording.say("states.dormant")] if dormant else []
        words += [wording.say("states.my_turn")] if project.turn == "me" else []
    return " ".join(words)


def alert_paragraph(alert: Alert, zone: ZoneInfo) -> str:
    """An alert as text: its instant and kind, its title, and its body below, without an empty line in it."""
    lines = [line for line in alert.body.splitlines() if line.strip()]
    head = f"{in_zone(alert.at, zone)}  {alert.kind}{'  !' if alert.urgent else ''}  {' '.join(alert.title.split())}"
    return "\n".join([head, *(f"    {line}" for line in lines)])
