"""`status` and `timeline` for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from inboxwatch.alerts.circumstances import due_in_words
from inboxwatch.pipeline import Pipeline
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.event import Event
from inboxwatch.views.as_json import review_counts
from inboxwatch.views.standing import Standing, silence
from inboxwatch.views.terminal import console, say, show_rows
from inboxwatch.views.words import state, summary
from inboxwatch.wording.say import Wording

#: How long ago a project may have ended and still be in the table.
_LATELY = timedelta(days=30)


def show_status(pipeline: Pipeline, found: Sequence[Standing], now: datetime) -> None:
    """Print how everything stands at `now`: the projects, the pressing first, then the watch and what needs a look."""
    wording, out = pipeline.wording, console()
    shown = [one for one in found if not _long_over(one, now)]
    if shown:
        headings = [wording.say(f"terminal.{name}") for name in ("project", "state", "silence", "deadline", "advice")]
        show_rows(out, headings, [_row(one, now, wording) for one in shown], styles=("", "", "", "", "bold"))
    elif not found:
        say(out, wording.say("terminal.no_projects"))
    if len(shown) < len(found):
        say(out, wording.say("terminal.hidden_over", n=len(found) - len(shown)), "dim")
    out.print()
    for sentence, style in _watch(pipeline):
        say(out, sentence, style)
    counts = review_counts(pipeline.store)
    if any(counts.values()):
        say(out, wording.say("terminal.review", **counts), "yellow")


def _long_over(one: Standing, now: datetime) -> bool:
    return one.project.over and now - one.project.events[-1].at > _LATELY


def _row(one: Standing, now: datetime, wording: Wording) -> list[str]:
    project, silent = one.project, silence(one.project, now)
    client = wording.say("who.client", client=project.client) if project.client else ""
    name = "\n".join(part for part in (project.id, project.title or "", client) if part)
    span = "" if silent is None or project.over else wording.span(silent)
    return [
        name,
        state(project, wording, dormant=one.dormant),
        span,
        _deadline_line(one.next_deadline(now), wording),
        one.advice,
    ]


def _deadline_line(deadline: Deadline | None, wording: Wording) -> str:
    if deadline is None:
        return ""
    return f"{_deadline_name(deadline, wording)}\n{due_in_words(deadline, wording)}{_beside(deadline, wording)}"


def _deadline_name(deadline: Deadline, wording: Wording) -> str:
    key = f"deadline_ids.{deadline.rule.id}"
    return wording.say(key) if wording.has(key) else deadline.rule.id


def _state_name(deadline: Deadline, wording: Wording) -> str:
    unmet = deadline.state == "done" and deadline.passed
    return wording.say(f"deadline_states.{'passed' if unmet else deadline.state}")


def _beside(deadline: Deadline, wording: Wording) -> str:
    """The state where it is not simply running, and the platform's own reading where that differs."""
    words = [] if deadline.state == "running" else [_state_name(deadline, wording)]
    if deadline.platform_due_at != deadline.due_at:
        words.append(f"{wording.say('channel.platform')}: {wording.instant(deadline.platform_due_at)}")
    return f" ({', '.join(words)})" if words else ""


def _watch(pipeline: Pipeline) -> Iterable[tuple[str, str]]:
    store, wording = pipeline.store, pipeline.wording
    for folder in store.folders():
        key = "watch" if folder.read_up_to else "watch_never"
        values = {"mailbox": folder.mailbox, "folder": folder.folder, "read": folder.read_up_to}
        yield wording.say(f"terminal.{key}", **values), "dim"
    for name, state_of in sorted(store.watch().items()):
        if state_of.blind_since:
            cause = state_of.cause or "?"
            yield wording.say("terminal.watch_blind", mailbox=name, since=state_of.blind_since, cause=cause), "red"
    for hole in store.holes():
        where = f"{hole.mailbox} / {hole.folder}"
        lost = wording.say("terminal.lost", where=where, from_at=hole.from_at, to_at=hole.to_at, n=hole.mails)
        yield lost, "yellow"


def show_timeline(pipeline: Pipeline, one: Standing, now: datetime) -> None:
    """Print one project: how it stands, its events, its deadlines."""
    wording, out, project = pipeline.wording, console(), one.project
    title = f" {wording.say('who.project', title=project.title)}" if project.title else ""
    client = f" {wording.say('who.client', client=project.client)}" if project.client else ""
    say(out, f"{project.id}{title}{client}", "bold")
    say(out, f"{state(project, wording, dormant=one.dormant)}: {one.advice}")
    if one.url:
        say(out, one.url)
    out.print()
    headings = [wording.say(f"terminal.{name}") for name in ("at", "event", "from")]
    events = [[wording.instant(e.at), summary(e, wording), _evidence(e, wording)] for e in project.events]
    show_rows(out, headings, events)
    if one.deadlines:
        out.print()
        headings = [wording.say(f"terminal.{name}") for name in ("deadlines", "at", "state")]
        rows = [
            [
                _deadline_name(d, wording),
                due_in_words(d, wording) + (_beside(d, wording) if d.platform_due_at != d.due_at else ""),
                _state_name(d, wording),
            ]
            for d in one.deadlines
        ]
        show_rows(out, headings, rows)


def _evidence(event: Event, wording: Wording) -> str:
    """What an event rests on: a recorded fact by its id, a mail by grade, trust and rule."""
    if event.mail is None and event.rule is None:
        return wording.say("terminal.recorded", id=event.key)
    grade = wording.say(f"grades.{event.grade}")
    trust = wording.say(f"trusts.{event.trust}") if event.trust else None
    return ", ".join(part for part in (grade, trust, event.rule, event.mail) if part)
