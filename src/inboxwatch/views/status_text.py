"""`status` and `timeline` for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from rich.console import Console

from inboxwatch.alerts.circumstances import due_in_words
from inboxwatch.alerts.defang import quoted
from inboxwatch.pipeline import Pipeline
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.event import Event
from inboxwatch.views.as_json import review_counts
from inboxwatch.views.serving import Serving, problems_of
from inboxwatch.views.standing import Standing, silence, unlinked
from inboxwatch.views.terminal import console, say, show_rows
from inboxwatch.views.words import state, summary
from inboxwatch.wording.say import Wording

#: How long ago a project may have ended and still be in the table.
_LATELY = timedelta(days=30)

#: Who deletes much before it is read has a hole a day; the latest bear on what is open now.
_HOLES_SHOWN = 5


def show_status(pipeline: Pipeline, found: Sequence[Standing], now: datetime) -> None:
    """Print how everything stands at `now`: the projects, the pressing first, then the watch and what needs a look."""
    wording, out = pipeline.wording, console()
    shown = [one for one in found if not _long_over(one, now)]
    if shown and any(folder.read_up_to is None for folder in pipeline.store.folders()):
        say(out, wording.say("terminal.still_reading"), "yellow")
        out.print()
    if shown:
        headings = [wording.say(f"terminal.{name}") for name in ("project", "state", "silence", "deadline")]
        show_rows(out, headings, [_row(one, now, wording) for one in shown])
        out.print()
        say(out, wording.say("terminal.advice_heading"), "bold")
        for one in shown:
            _say_advice(out, one, wording)
    elif not found:
        say(out, wording.say("terminal.no_projects"))
    if len(shown) < len(found):
        say(out, wording.say("terminal.hidden_over", n=len(found) - len(shown)), "dim")
    out.print()
    for sentence, style in _watch(pipeline):
        say(out, sentence, style)
    for contact, names in unlinked(pipeline, found, now):
        project = names[0] if len(names) == 1 else wording.say("terminal.which_project")
        values = {"client": quoted(contact.client), "at": contact.at, "id": contact.key, "project": project}
        say(out, wording.say("terminal.unlinked", **values), "yellow")
    counts = review_counts(pipeline.store)
    if any(counts.values()):
        say(out, wording.say("terminal.review", **counts), "yellow")


def show_service(service: Serving, wording: Wording, now: datetime) -> None:
    """Print below the rest what is wrong with the service at present."""
    out = console()
    for problem in problems_of(service, wording, now):
        if problem.code != "blind":  # said beside its folders
            say(out, problem.sentence, "yellow" if problem.code == "not_running_yet" else "red")


def _long_over(one: Standing, now: datetime) -> bool:
    return one.project.over and now - one.project.events[-1].at > _LATELY


def _say_advice(out: Console, one: Standing, wording: Wording) -> None:
    """What to do, and what is not certain: below the table, where a command can be copied in one piece."""
    say(out, wording.say("terminal.advised", project=one.project.id, advice=one.advice))
    for line in filter(None, [_snoozed(one, wording), *_doubts(one, wording)]):
        say(out, f"    {line}")


def _doubts(one: Standing, wording: Wording) -> list[str]:
    # What the advice itself asks her to settle need not be said twice.
    return [wording.say("doubts.one", line=doubt.line) for doubt in one.doubts if doubt.code != one.advice_code]


def _row(one: Standing, now: datetime, wording: Wording) -> list[str]:
    project, silent = one.project, silence(one.project, now)
    client = wording.say("who.client", client=quoted(project.client)) if project.client else ""
    name = "\n".join(part for part in (project.id, quoted(project.title or ""), client) if part)
    span = "" if silent is None or project.over else wording.span(silent)
    return [
        name,
        state(project, wording, dormant=one.dormant),
        span,
        _deadline_line(one.next_deadline(now), wording, unread=one.unread),
    ]


def _snoozed(one: Standing, wording: Wording) -> str:
    """Until when nudges are held back; nothing for a project of which none would come."""
    if one.snoozed_until is None or one.project.over:
        return ""
    return wording.say("terminal.snoozed", until=one.snoozed_until)


def _deadline_line(deadline: Deadline | None, wording: Wording, *, unread: bool) -> str:
    if deadline is None:
        return ""
    state = "" if deadline.state == "running" else f" ({_state_name(deadline, wording, unread=unread)})"
    first = f"{due_in_words(deadline, wording)}{state}"
    return "\n".join([_deadline_name(deadline, wording), first, *_other_readings(deadline, wording)])


def _deadline_name(deadline: Deadline, wording: Wording) -> str:
    key = f"deadline_ids.{deadline.rule.id}"
    return wording.say(key) if wording.has(key) else deadline.rule.id


def _state_name(deadline: Deadline, wording: Wording, *, unread: bool) -> str:
    if deadline.state == "open" and unread:
        return wording.say("deadline_states.open_unread")
    unmet = deadline.state == "done" and deadline.passed
    return wording.say(f"deadline_states.{'passed' if unmet else deadline.state}")


def _other_readings(deadline: Deadline, wording: Wording) -> list[str]:
    """The platform's own reading, and the instant that is certain by any, where they differ from the one shown."""
    found = []
    if deadline.certain_at and deadline.state != "stopped":
        found.append(wording.say("terminal.certain", at=deadline.certain_at))
    if deadline.platform_due_at != deadline.due_at:
        found.append(wording.say("terminal.platform_due", at=deadline.platform_due_at))
    return found


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
    holes = sorted(store.holes(), key=lambda hole: hole.to_at)
    earlier, latest = holes[:-_HOLES_SHOWN], holes[-_HOLES_SHOWN:]
    if earlier:
        until = max(hole.to_at for hole in earlier)
        yield wording.say("terminal.lost_earlier", to_at=until, n=sum(hole.mails for hole in earlier)), "dim"
    for hole in latest:
        where = f"{hole.mailbox} / {hole.folder}"
        lost = wording.say("terminal.lost", where=where, from_at=hole.from_at, to_at=hole.to_at, n=hole.mails)
        yield lost, "yellow"


def show_timeline(pipeline: Pipeline, one: Standing, now: datetime) -> None:
    """Print one project: how it stands, its events, its deadlines."""
    wording, out, project = pipeline.wording, console(), one.project
    title = f" {wording.say('who.project', title=quoted(project.title))}" if project.title else ""
    client = f" {wording.say('who.client', client=quoted(project.client))}" if project.client else ""
    say(out, f"{project.id}{title}{client}", "bold")
    say(out, f"{state(project, wording, dormant=one.dormant)}: {one.advice}")
    if snoozed := _snoozed(one, wording):
        say(out, snoozed)
    for line in _doubts(one, wording):
        say(out, line)
    if one.url:
        say(out, one.url)
    out.print()
    headings = [wording.say(f"terminal.{name}") for name in ("at", "event", "from")]
    events = [[wording.instant(e.at), _event(e, wording), _evidence(e, wording)] for e in project.events]
    show_rows(out, headings, events)
    if one.deadlines:
        out.print()
        headings = [wording.say(f"terminal.{name}") for name in ("deadlines", "at", "state")]
        rows = [
            [
                _deadline_name(d, wording),
                "\n".join([due_in_words(d, wording), *_other_readings(d, wording)]),
                _state_name(d, wording, unread=one.unread),
            ]
            for d in one.deadlines
        ]
        show_rows(out, headings, rows)


def _event(event: Event, wording: Wording) -> str:
    """What an event is; of one that may belong elsewhere, how to settle it."""
    if not event.also or event.set_aside:
        return summary(event, wording)
    where = ", ".join(event.also)
    settle = wording.say("terminal.also", also=where, id=event.key, project=event.project)
    return f"{summary(event, wording)}\n{settle}"


def _evidence(event: Event, wording: Wording) -> str:
    """What an event rests on: a recorded fact by its id, a mail by grade, trust and rule."""
    if event.mail is None and event.rule is None:
        return wording.say("terminal.recorded", id=event.key)
    grade = wording.say(f"grades.{event.grade}")
    trust = wording.say(f"trusts.{event.trust}") if event.trust else None
    return ", ".join(part for part in (grade, trust, event.rule, event.mail, event.key) if part)
