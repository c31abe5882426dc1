"""Draft → Alert: what happened, where the money goes, what to do, by when, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from inboxwatch.alerts.advice import advice
from inboxwatch.alerts.circumstances import end_in_words, partly_reported, plans_in_words
from inboxwatch.alerts.coverage import Coverage, Gap
from inboxwatch.alerts.decide import Draft
from inboxwatch.alerts.evidence import conditions, evidence, lowest, rests_on, since
from inboxwatch.alerts.model import Alert
from inboxwatch.timeline.project import Project
from inboxwatch.wording.say import Wording

__all__ = ["Coverage", "Gap", "advice", "compose", "lowest", "name_line"]


def compose(draft: Draft, project: Project, now: datetime, coverage: Coverage, wording: Wording) -> Alert:
    """Given what is to be told of a project, return the alert in the user's words."""
    say = _Sayer(draft, project, now, wording)
    name = project.title or project.client or project.id.partition("/")[2]
    paragraphs = [
        wording.say("evidence.repeat", n=draft.repeat) if draft.repeat else "",
        _perhaps_over(draft, project, wording),
        say("body"),
        _ahead(draft, project, wording),
        say("steps"),
        "\n".join(conditions(draft, project, wording)),
        "\n".join(evidence(draft, project, coverage, wording)),
        wording.say("evidence.link", url=project.url) if project.url else "",
    ]
    rests = rests_on(draft, project)
    return Alert(
        key=f"{project.id}/{draft.rest}",
        at=now,
        kind=draft.kind,
        project=project.id,
        urgent=draft.urgent,
        title=wording.title(say.key("title"), name, **say.values),
        body="\n".join([f"{name_line(project, wording)}", *[p for p in paragraphs if p]]),
        outcome=draft.outcome,
        proof=coverage.proof(since(draft, project)) if draft.needs_reading else None,
        trust=lowest(event.trust for event in rests),
        evidence=tuple(dict.fromkeys(event.mail for event in rests if event.mail)),
        due_at=draft.due_at,
        url=project.url,
    )


def name_line(project: Project, wording: Wording) -> str:
    """The project in one line: its title, its client, its name."""
    title = wording.say("who.project", title=project.title) if project.title else ""
    client = wording.say("who.client", client=project.client) if project.client else ""
    return "　".join(part for part in (title, client, f"[{project.id}]") if part)


class _Sayer:
    """Says the parts of one alert, each in the words that fit the circumstances best.

    Beside `title`, `body` and `steps` the wording may hold `body_partly` and the like: the first circumstance that has
    words of its own is told in those.
    """

    def __init__(self, draft: Draft, project: Project, now: datetime, wording: Wording) -> None:
        self._saying = _saying(draft, wording)
        self._variants = tuple(_variants(draft, project))
        self._wording = wording
        self.values = _values(draft, project, now, wording)

    def key(self, part: str) -> str:
        """The dotted key of this part."""
        keys = [f"{self._saying}.{part}_{variant}" for variant in self._variants]
        return next((key for key in keys if self._wording.has(key)), f"{self._saying}.{part}")

    def __call__(self, part: str) -> str:
        return self._wording.say(self.key(part), **self.values)


def _saying(draft: Draft, wording: Wording) -> str:
    """The wording's key; a rule or an outcome that has none of its own is told in general words."""
    saying = f"alerts.{draft.saying}"
    if wording.has(f"{saying}.title"):
        return saying
    if draft.saying.startswith("must."):
        return f"alerts.must.other.{draft.saying.rpartition('.')[2]}"
    return f"alerts.{draft.kind}.plain"


def _variants(draft: Draft, project: Project) -> Iterator[str]:
    """The circumstances in which a part may have to be said otherwise, the most telling first."""
    event = draft.event
    if draft.kind == "reminder_blocked" and project.received and project.answered:
        yield "answered"
    if draft.outcome == "refunded" and partly_reported(project):
        yield "partly"
    if event and event.recorded:
        yield "recorded"
    if event and event.grade == "probable":
        yield "probable"
    if draft.kind == "result_overdue" and project.probable_closing:
        yield "closing"
    if draft.kind == "client_replied" and not draft.restarts:
        yield "uncounted"


def _values(draft: Draft, project: Project, now: datetime, wording: Wording) -> dict[str, object]:
    contact = project.last_contact
    # Who has written is named in the mail; it need not be whom the project is known for.
    client = (draft.event.client if draft.event and draft.kind == "client_replied" else None) or project.client
    return {
        "project": project.id,
        "who": wording.say("who.client", client=client) if client else wording.say("who.nobody"),
        "last": contact.at if contact else wording.say("when.never"),
        # The span from the contact to the instant of the nudge, not to a late delivery of it.
        "days": wording.span((draft.instant if draft.kind == "silence" else now) - contact.at) if contact else "",
        "due": end_in_words(draft.due_at, draft.deadline, wording) if draft.due_at else now,
        "event_at": draft.event.at if draft.event else now,
        "filed": project.filed.at if project.filed else now,
        **plans_in_words(project, wording),
    }


def _perhaps_over(draft: Draft, project: Project, wording: Wording) -> str:
    """Before an overdue result: the mail that may be that very result."""
    closing = project.probable_closing
    if draft.kind != "result_overdue" or not closing:
        return ""
    words = wording.say(f"event_kinds.{closing.kind}")
    return wording.say(
        "evidence.perhaps_result", event_at=closing.at, words=words, project=project.id, kind=closing.kind
    )


def _ahead(draft: Draft, project: Project, wording: Wording) -> str:
    """Behind a nudge: what will be possible, and when, if the silence goes on."""
    if draft.kind != "silence" or not draft.deadline or draft.deadline.state != "running":
        return ""
    ahead = "reported" if project.completion_reported else "unreported"
    return wording.say(f"alerts.silence.ahead.{ahead}", due=draft.deadline.due_at)
