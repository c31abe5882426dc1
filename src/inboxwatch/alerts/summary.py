"""The summary alert: what is true now, after the first read or a long stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from inboxwatch.alerts.compose import advice
from inboxwatch.alerts.model import Alert
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.project import Project
from inboxwatch.wording.say import Wording

#: How long ago something may have ended and still be mentioned.
_LATELY = timedelta(days=30)
_GROUPS = ("against", "open", "running", "assumed", "over", "dormant")

Standing = tuple[Project, tuple[Deadline, ...], bool]


def summarise(standings: Sequence[Standing], now: datetime, wording: Wording) -> Alert:
    """Given every project with its deadlines and whether it is dormant, tell how things stand, the pressing first."""
    groups: dict[str, list[str]] = {group: [] for group in _GROUPS}
    for project, found, dormant in sorted(standings, key=lambda standing: standing[0].id):
        group = _group(project, found, dormant, now)
        if group:
            groups[group].append(_line(project, found, dormant, now, wording))
    paragraphs = ["\n".join([wording.say(f"summary.{group}"), *lines]) for group, lines in groups.items() if lines] or [
        wording.say("summary.nothing")
    ]
    watched = sum(len(groups[group]) for group in ("against", "open", "running"))
    key = "alerts.summary.plain"
    return Alert(
        key=f"summary/{now.isoformat(timespec='seconds')}",
        at=now,
        kind="summary",
        project=None,
        urgent=False,
        title=wording.title(f"{key}.title", "", n=watched),
        body="\n".join([wording.say(f"{key}.body"), *paragraphs, wording.say(f"{key}.steps")]),
    )


def _group(project: Project, found: tuple[Deadline, ...], dormant: bool, now: datetime) -> str | None:
    if project.over:
        ended = project.events[-1].at
        return "over" if now - ended <= _LATELY else None
    if dormant:
        return "dormant"
    if any(deadline.rule.act == "must" and _presses(deadline, now) for deadline in found):
        return "against"
    if any(deadline.rule.act == "may" and deadline.state == "open" for deadline in found):
        return "open"
    return "assumed" if project.assumed else "running"


def _presses(deadline: Deadline, now: datetime) -> bool:
    """A must that is told only some time before (取引期限) presses from then on."""
    if deadline.state != "running":
        return False
    return not deadline.rule.warn or deadline.due_at - now <= timedelta(days=30)


def _line(project: Project, found: tuple[Deadline, ...], dormant: bool, now: datetime, wording: Wording) -> str:
    name = project.title or project.client or ""
    return wording.say(
        "summary.line",
        project=project.id,
        name=name,
        advice=advice(project, found, now, wording, dormant=dormant),
    )
