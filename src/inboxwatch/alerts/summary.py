"""The summary alert: what is true now, after the first read or a long stop."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from inboxwatch.alerts.advice import advice
from inboxwatch.alerts.defang import quoted
from inboxwatch.alerts.model import Alert
from inboxwatch.fault import described
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.project import Project
from inboxwatch.timeline.urgency import group_of, urgency
from inboxwatch.wording.say import Wording

#: How long ago something may have ended and still be mentioned.
_LATELY = timedelta(days=30)
_GROUPS = ("against", "open", "running", "assumed", "over", "dormant")

log = logging.getLogger(__name__)

Standing = tuple[Project, tuple[Deadline, ...], bool]


def summarise(
    standings: Sequence[Standing], now: datetime, wording: Wording, to_review: int = 0, absent: Sequence[Alert] = ()
) -> Alert:
    """Given every project with its deadlines and whether it is dormant, tell how things stand, the pressing first.

    `to_review` is how many mails need a person's look; `absent` what would be told of platforms that send nothing.
    """
    groups = _groups(standings, now, wording)
    paragraphs = ["\n".join([wording.say(f"summary.{group}"), *lines]) for group, lines in groups.items() if lines] or [
        wording.say("summary.nothing")
    ]
    paragraphs += [f"■ {alert.title}\n{alert.body}" for alert in absent]
    if to_review:
        paragraphs.append(wording.say("summary.review", n=to_review))
    watched = sum(len(groups[group]) for group in ("against", "open", "running"))
    key = "alerts.summary.plain"
    return Alert(
        key=f"summary/{now.isoformat(timespec='milliseconds')}",
        at=now,
        kind="summary",
        project=None,
        urgent=False,
        title=wording.title(f"{key}.title", "", n=watched),
        body="\n".join([wording.say(f"{key}.body"), *paragraphs, wording.say(f"{key}.steps")]),
    )


def _groups(standings: Sequence[Standing], now: datetime, wording: Wording) -> dict[str, list[str]]:
    """The line of each project by its group; in a group what ends first stands first."""
    found: dict[str, list[tuple[tuple[int, datetime, str], str]]] = {group: [] for group in _GROUPS}
    for project, deadlines, dormant in standings:
        try:
            group = _group(project, deadlines, dormant, now)
            if group:
                rank = urgency(project, deadlines, now, dormant=dormant)
                found[group].append((rank, _line(project, deadlines, dormant, now, wording)))
        except Exception as error:  # noqa: BLE001  one project must not keep all others from being told
            log.error("%s is missing from the summary: %s", project.id, described(error))
    return {group: [line for _, line in sorted(lines)] for group, lines in found.items()}


def _group(project: Project, found: tuple[Deadline, ...], dormant: bool, now: datetime) -> str | None:
    """Its group; None for what ended long ago."""
    group = group_of(project, found, now, dormant=dormant)
    return None if group == "over" and now - project.events[-1].at > _LATELY else group


def _line(project: Project, found: tuple[Deadline, ...], dormant: bool, now: datetime, wording: Wording) -> str:
    name = quoted(project.title or project.client or "")
    return wording.say(
        "summary.line",
        project=project.id,
        name=name,
        advice=advice(project, found, now, wording, dormant=dormant),
    )
