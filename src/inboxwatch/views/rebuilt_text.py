"""`rebuild` and `teach` for people: what mails were and are taken for, and what projects ask now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from inboxwatch.alerts.defang import quoted
from inboxwatch.kept import StoredMail
from inboxwatch.rebuilding import MailChange, Reread
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.views.output import write
from inboxwatch.views.rebuilt import ProjectChange, is_secret
from inboxwatch.views.terminal import console, say, show_rows
from inboxwatch.views.words import state
from inboxwatch.wording.say import Wording

#: More mails than this are counted and not listed.
_MOST_LISTED = 20


def show_rebuilt(
    mails: Sequence[MailChange], projects: Sequence[ProjectChange], read: int, wording: Wording, *, dry_run: bool
) -> None:
    """Print what a rebuild of `read` mails changes, and whether it was only a try."""
    out = console()
    if not mails and not projects:
        say(out, wording.say("rebuilt.nothing", n=read))
        return
    if mails:
        say(out, wording.say("rebuilt.mails", n=read, m=len(mails)), "bold")
        headings = [wording.say(f"rebuilt.{name}") for name in ("mail", "before", "after")]
        show_rows(out, headings, [_mail_row(change, wording) for change in mails])
        out.print()
    if projects:
        say(out, wording.say("rebuilt.projects"), "bold")
        headings = [wording.say("terminal.project"), wording.say("rebuilt.change")]
        rows = [[change.name, "\n".join(_differences(change, wording))] for change in projects]
        show_rows(out, headings, rows)
        out.print()
    say(out, wording.say("rebuilt.dry" if dry_run else "rebuilt.done"))


def _mail_row(change: MailChange, wording: Wording) -> list[str]:
    shown = "" if is_secret(change.after) else quoted(change.after.subject or change.before.subject)
    parts = (wording.instant(change.after.sent_at), shown, change.after.key)
    mail = "\n".join(part for part in parts if part)
    return [
        mail,
        f"{taken_for(change.before, wording)}\n{_places(change.projects_before, wording)}",
        f"{taken_for(change.after, wording)}\n{_places(change.projects_after, wording)}",
    ]


def _places(names: Sequence[str], wording: Wording) -> str:
    return "\n".join(names) or f"({wording.say('rebuilt.nowhere')})"


def taken_for(mail: StoredMail, wording: Wording) -> str:
    """What a kept mail is taken for, in a few words: "payment confirmed (attested)"."""
    found = mail.recognition
    if found is None:
        return wording.say("reviewed.quarantined")
    if found.suspicious:
        return wording.say("reviewed.suspicious")
    if found.platform is None:
        return wording.say("reviewed.forwarded" if found.forwarded else "classified.none")
    if found.event is None:
        return wording.say("classified.unrecognised")
    beside = [wording.say(f"by.{found.by}")] if found.by else []
    beside += [wording.say(f"grades.{found.grade}")] if found.grade else []
    kind = wording.say(f"event_kinds.{found.event}")
    return f"{kind} ({', '.join(beside)})" if beside else kind


def _differences(change: ProjectChange, wording: Wording) -> Iterator[str]:
    before, after = change.before, change.after
    if before is None or after is None:
        yield wording.say("rebuilt.appeared" if after else "rebuilt.vanished")
        if after:
            yield state(after.project, wording, dormant=after.dormant)
            yield wording.say("rebuilt.advice", advice=after.advice)
        return
    if before.project.id != after.project.id:
        yield f"{before.project.id} → {after.project.id}"
    states = [state(one.project, wording, dormant=one.dormant) for one in (before, after)]
    if states[0] != states[1]:
        yield wording.say("rebuilt.state", before=states[0], after=states[1])
    reports = [one.project.completion_reported for one in (before, after)]
    if reports[0] != reports[1]:
        words = [wording.say(f"rebuilt.{'yes' if reported else 'no'}") for reported in reports]
        yield wording.say("rebuilt.reported", before=words[0], after=words[1])
    yield from _clocks(before.deadlines, after.deadlines, wording)
    if before.advice != after.advice:
        yield wording.say("rebuilt.advice", advice=after.advice)


def _clocks(before: Sequence[Deadline], after: Sequence[Deadline], wording: Wording) -> Iterator[str]:
    old, new = ({one.rule.id: _clock(one, wording) for one in clocks} for clocks in (before, after))
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            shown = wording.say(f"deadline_ids.{name}") if wording.has(f"deadline_ids.{name}") else name
            none = wording.say("rebuilt.none")
            yield wording.say("rebuilt.deadline", name=shown, before=old.get(name, none), after=new.get(name, none))


def _clock(deadline: Deadline, wording: Wording) -> str:
    return f"{wording.instant(deadline.due_at)} {wording.say(f'deadline_states.{deadline.state}')}"


def show_taught(
    subject: str | dict[str, list[str]], kind: str, by: str | None, found: Sequence[Reread], wording: Wording
) -> None:
    """Print a rule that is being taught, and the kept mails that it fits, newest first."""
    if isinstance(subject, str):
        write(wording.say("taught.rule", subject=subject))
    else:
        write(wording.say("taught.rule_words", words=" / ".join(subject["has"])))
    meaning = wording.say(f"event_kinds.{kind}") + (f" ({wording.say(f'by.{by}')})" if by else "")
    write(wording.say("taught.meaning", meaning=f"{meaning} [{kind}]"))
    write(wording.say("taught.alike", n=len(found)))
    newest = sorted(found, key=lambda one: one.before.sent_at, reverse=True)
    for one in newest[:_MOST_LISTED]:
        write(_taught_line(one, wording))
    if len(newest) > _MOST_LISTED:
        write(wording.say("taught.more", n=len(newest) - _MOST_LISTED))


def show_untaught(name: str, path: Path, mails: Sequence[MailChange], wording: Wording, *, dry_run: bool) -> None:
    """Print that a taught rule was taken out of its file, or would be, and the mails that are read differently."""
    write(wording.say("untaught.dry" if dry_run else "untaught.done", rule=name, path=path))
    if mails:
        write(wording.say("untaught.mails", n=len(mails)))
    newest = sorted(mails, key=lambda one: one.before.sent_at, reverse=True)
    for one in newest[:_MOST_LISTED]:
        write(_taught_line(one, wording))
    if len(newest) > _MOST_LISTED:
        write(wording.say("taught.more", n=len(newest) - _MOST_LISTED))


def _taught_line(one: Reread | MailChange, wording: Wording) -> str:
    hidden = is_secret(one.after)
    values = {
        "at": wording.instant(one.before.sent_at),
        "subject": wording.say("taught.hidden") if hidden else quoted(one.before.subject),
        "before": taken_for(one.before, wording),
    }
    if isinstance(one, Reread) and not one.differs:
        return wording.say("taught.same_line", **values)
    return wording.say("taught.line", after=taken_for(one.after, wording), **values)
