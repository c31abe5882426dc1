"""How pressing a project is: the groups in which `status` and the summary show it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.project import Project

#: A `must` that is announced some time before presses from then on.
_PRESSES_BEFORE = timedelta(days=30)
_FAR = datetime.max.replace(tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: A clock against her, a request she can make, a clock that runs, a contract not proved, asleep, ended.
Group = Literal["against", "open", "running", "assumed", "dormant", "over"]
_ORDER: tuple[Group, ...] = ("against", "open", "running", "assumed", "dormant", "over")


def presses(found: Deadline, now: datetime) -> bool:
    """True for a deadline that counts against her: from when she is told of it, and after it has passed unmet."""
    if found.rule.act != "must":
        return False
    if found.state != "running":
        return found.passed
    return not found.rule.warn or found.due_at - now <= _PRESSES_BEFORE


def group_of(project: Project, found: Iterable[Deadline], now: datetime, *, dormant: bool) -> Group:
    """Given a project, its deadlines at `now` (aware) and whether it is dormant, say in which group it is shown."""
    if project.over:
        return "over"
    if dormant:
        return "dormant"
    known = list(found)
    if any(presses(deadline, now) for deadline in known):
        return "against"
    if any(deadline.state == "open" for deadline in known):
        return "open"
    return "assumed" if project.assumed else "running"


def urgency(project: Project, found: Iterable[Deadline], now: datetime, *, dormant: bool) -> tuple[int, datetime, str]:
    """What to sort projects by: the pressing group first, in it the earliest end; of those over the latest first."""
    known = list(found)
    group = group_of(project, known, now, dormant=dormant)
    ends = {
        "against": [deadline.due_at for deadline in known if presses(deadline, now)],
        "open": [deadline.due_at for deadline in known if deadline.state == "open"],
        "running": [deadline.due_at for deadline in known if deadline.state in ("running", "blocked")],
        "over": [_FAR - (event.at - _EPOCH) for event in project.events[-1:]],
    }
    return _ORDER.index(group), min(ends.get(group, ()), default=_FAR), project.id
