"""What a rebuild changes, as data: each mail and each project before and after, and the JSON of `rebuild`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from inboxwatch.kept import StoredMail
from inboxwatch.pipeline import Pipeline
from inboxwatch.rebuilding import MailChange
from inboxwatch.views.output import in_zone
from inboxwatch.views.standing import Standing, standings


@dataclass(frozen=True, slots=True)
class ProjectChange:
    """One project before and after: None where there is none."""

    before: Standing | None
    after: Standing | None

    @property
    def name(self) -> str:
        """What it is called now, or was called."""
        one = self.after or self.before
        assert one is not None
        return one.project.id


def project_changes(before: Sequence[Standing], after: Sequence[Standing]) -> list[ProjectChange]:
    """Given how all projects stood and stand, those that differ, by name. One that was renamed is the same one."""
    left = {one.project.id: one for one in before}
    pairs = [ProjectChange(left.pop(one.project.id, None), one) for one in after]
    for index, pair in enumerate(pairs):
        if pair.before is None and pair.after is not None:
            names = {*pair.after.project.aliases, pair.after.project.id}
            old = next((name for name, one in left.items() if names & {name, *one.project.aliases}), None)
            if old is not None:
                pairs[index] = ProjectChange(left.pop(old), pair.after)
    pairs += [ProjectChange(one, None) for one in left.values()]
    return sorted((pair for pair in pairs if _facts(pair.before) != _facts(pair.after)), key=lambda pair: pair.name)


def _facts(one: Standing | None) -> tuple[object, ...]:
    if one is None:
        return ()
    project = one.project
    clocks = tuple((d.rule.id, d.state, d.due_at, d.outcome, d.blocked_by) for d in one.deadlines)
    filed, contact = project.filed is not None, project.last_contact and project.last_contact.at
    return project.id, project.state, project.completion_reported, project.assumed, filed, contact, clocks, one.advice


def snapshot(pipeline: Pipeline, now: datetime) -> list[Standing]:
    """How every project stands at `now`, as the store has it at this moment."""
    return standings(pipeline, now)


def rebuilt_as_json(
    mails: Sequence[MailChange], projects: Sequence[ProjectChange], zone: ZoneInfo, *, dry_run: bool
) -> dict[str, Any]:
    """The document of `rebuild --json`."""
    return {
        "dry_run": dry_run,
        "mails": [_mail(change, zone) for change in mails],
        "projects": [_project(change, zone) for change in projects],
    }


def _mail(change: MailChange, zone: ZoneInfo) -> dict[str, Any]:
    secret = is_secret(change.after)
    return {
        "id": change.after.key,
        "message_id": None if secret else change.after.message_id,
        "sent_at": in_zone(change.after.sent_at, zone),
        "subject": None if secret else change.after.subject or change.before.subject,
        "before": _reading(change.before, change.projects_before),
        "after": _reading(change.after, change.projects_after),
    }


def is_secret(mail: StoredMail) -> bool:
    """True for a mail of which nothing may be shown."""
    return mail.recognition is not None and mail.recognition.event == "secret"


def _reading(mail: StoredMail, projects: Sequence[str]) -> dict[str, Any]:
    found = mail.recognition
    return {
        "event": found.event if found else None,
        "by": found.by if found else None,
        "grade": found.grade if found else None,
        "rule": found.rule if found else None,
        "platform": found.platform if found else None,
        "projects": list(projects),
        "quarantined": mail.quarantined,
        "suspicious": found.suspicious if found else None,
    }


def _project(change: ProjectChange, zone: ZoneInfo) -> dict[str, Any]:
    kinds: Mapping[tuple[bool, bool], str] = {(False, True): "appeared", (True, False): "vanished"}
    return {
        "id": change.name,
        "change": kinds.get((change.before is not None, change.after is not None), "changed"),
        "before": _standing(change.before, zone),
        "after": _standing(change.after, zone),
    }


def _standing(one: Standing | None, zone: ZoneInfo) -> dict[str, Any] | None:
    if one is None:
        return None
    project = one.project
    return {
        "id": project.id,
        "state": project.state,
        "assumed": project.assumed,
        "completion_reported": project.completion_reported,
        "reminder_filed": project.filed is not None,
        "deadlines": [
            {"id": d.rule.id, "state": d.state, "due_at": in_zone(d.due_at, zone), "outcome": d.outcome}
            for d in one.deadlines
        ],
        "advice": one.advice,
    }
