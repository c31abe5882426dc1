"""`forget`: a project, or a mailbox, and its mails, removed for good."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from inboxwatch.commands.common import find_project, opened, shown
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings, say
from inboxwatch.config.credentials import CredentialError
from inboxwatch.facts import nearest
from inboxwatch.forgetting import Removed, StillConfigured, configured_for, forget_mailbox, forget_project
from inboxwatch.mailbox.errors import MailboxError
from inboxwatch.store.model import StoreError
from inboxwatch.views.forgotten_text import show_removal
from inboxwatch.views.output import write
from inboxwatch.views.standing import standing

if TYPE_CHECKING:
    from inboxwatch.app import App
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.store.model import ProjectRow

#: Typed out, in either language: a slip of the finger is no consent.
_CONSENT = frozenset({"yes", "はい"})
#: The states of a deadline that is watched.
_WATCHED = ("running", "open", "blocked")

_NOTHING = Removed(projects=(), mails=0, since=None, until=None, facts=0, alerts=0, waiting=0)

Act = Callable[[], Removed]


class _OnlyTried(Exception):
    """Undoes what was only tried."""


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Show what would go, ask (or not, with --yes), remove it, and take its bytes out of the file.

    With --dry-run nothing is removed. Raises Refusal for what is not known, and where nobody can be asked.
    """
    _check(arguments)
    with opened(here) as (app, pipeline):
        now = here.now()
        if arguments.mailbox is not None:
            remarks = _remarks_on_mailbox(arguments.mailbox, app, pipeline)
            clocks: list[str] = []
            act = _act_on_mailbox(arguments.mailbox, app, pipeline, now)
        else:
            row = _row(arguments.project, pipeline, now)
            remarks = _remarks_on_project(row, pipeline)
            clocks = _clocks(row, pipeline, now)
            act = _act_on_project(arguments.project, pipeline, now)
        removed = _tried(pipeline, act)
        if removed == _NOTHING and _is_watched(str(arguments.mailbox), app):
            raise Refusal(pipeline.wording.say("forgotten.nothing", mailbox=arguments.mailbox))
        show_removal(removed, pipeline.wording, clocks, [*remarks, *_rules_that_name_it(removed, app)])
        if arguments.dry_run:
            write(pipeline.wording.say("forgotten.dry"))
            return 0
        sys.stdout.flush()
        if not arguments.yes and not _consents(pipeline):
            raise Refusal(pipeline.wording.say("forgotten.not_done"))
        _refusing(act, pipeline)
        write(pipeline.wording.say("forgotten.done"))
        if arguments.mailbox is not None and _without_permissions(app):
            write(pipeline.wording.say("forgotten.permission"))
        _overwrite(pipeline)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if (arguments.project is None) == (arguments.mailbox is None):
        raise Refusal("name one project, or one mailbox: inboxwatch forget PROJECT, or: forget --mailbox NAME", code=2)
    if not (arguments.yes or arguments.dry_run or sys.stdin.isatty()):
        raise Refusal("nobody can be asked here whether to remove it; add --yes, or look first by --dry-run", code=2)


def _row(name: str, pipeline: Pipeline, now: datetime) -> ProjectRow:
    with pipeline.store.transaction():
        pipeline.begin(now)
        return find_project(name, pipeline.store.projects())


def _act_on_project(name: str, pipeline: Pipeline, now: datetime) -> Act:
    def act() -> Removed:
        with pipeline.store.transaction():
            return forget_project(pipeline, _row(name, pipeline, now), now)

    return act


def _act_on_mailbox(name: str, app: App, pipeline: Pipeline, now: datetime) -> Act:
    def act() -> Removed:
        with pipeline.store.transaction():
            pipeline.begin(now)
            return forget_mailbox(pipeline, name, now, watched=_is_watched(name, app))

    return act


def _is_watched(name: str, app: App) -> bool:
    return any(mailbox.name == name for mailbox in app.config.mailboxes)


def _tried(pipeline: Pipeline, act: Act) -> Removed:
    """What would be removed: it is done, and undone as a whole."""
    try:
        with pipeline.store.transaction():
            removed = _refusing(act, pipeline)
            raise _OnlyTried
    except _OnlyTried:
        return removed


def _refusing(act: Act, pipeline: Pipeline) -> Removed:
    try:
        return act()
    except StillConfigured as still:
        sentence = pipeline.wording.say("forgotten.configured_refused", project=still.project, client=still.client)
        raise Refusal(sentence) from None


def _remarks_on_project(row: ProjectRow, pipeline: Pipeline) -> list[str]:
    wording, client = pipeline.wording, configured_for(pipeline, row)
    more = [wording.say("forgotten.configured", project=row.name, client=client)] if client else []
    return [wording.say("forgotten.stays"), wording.say("forgotten.new_mails"), *more]


def _remarks_on_mailbox(name: str, app: App, pipeline: Pipeline) -> list[str]:
    """What stays of a mailbox. Raises Refusal for one of which nothing is known."""
    wording, watched = pipeline.wording, _is_watched(name, app)
    known = {*pipeline.store.mailboxes(), *(mailbox.name for mailbox in app.config.mailboxes)}
    if name not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise Refusal(f"there is no mailbox {shown(name)}{nearest(name, known)}; known: {listed}")
    unknown = pipeline.store.found_nowhere()
    remarks = [wording.say("forgotten.unknown_origin", n=unknown)] if unknown else []
    saying = "forgotten.still_watched" if watched else "forgotten.reading"
    return [*remarks, wording.say("forgotten.stays"), wording.say(saying, mailbox=name)]


def _clocks(row: ProjectRow, pipeline: Pipeline, now: datetime) -> list[str]:
    """That a clock of this project runs, which nobody will watch any more; and what she is to do now."""
    here = standing(pipeline, row, now)
    if not any(one.state in _WATCHED for one in here.deadlines):
        return []
    return [pipeline.wording.say("forgotten.clocks", project=row.name), here.advice]


def _rules_that_name_it(removed: Removed, app: App) -> list[str]:
    """Rules are hers, and read other mails too: where one names what goes, she is told."""
    files = sorted(app.taught_profiles.glob("*.yaml"))
    named = [file for file in files if any(word in file.read_text("utf-8", "replace") for word in removed.words)]
    return [app.wording.say("forgotten.rule", path=file) for file in named]


def _consents(pipeline: Pipeline) -> bool:
    # Beside the answer: what was printed may go into a file.
    sys.stderr.write(pipeline.wording.say("forgotten.ask") + " ")
    sys.stderr.flush()
    try:
        return sys.stdin.readline().strip().casefold() in _CONSENT
    except UnicodeDecodeError:
        return False


def _without_permissions(app: App) -> bool:
    """Remove the permissions (OAuth2) that no mailbox is read by any more; true if there was one."""
    from inboxwatch.logins import remove_unused

    try:
        return remove_unused(app.config.mailboxes, app.folder)
    except (OSError, CredentialError, MailboxError) as error:
        raise Refusal(f"a permission in {app.folder} could not be removed: {error}; remove the file by hand") from None


def _overwrite(pipeline: Pipeline) -> None:
    """Take the bytes of what was removed out of the file; where that cannot be now, say so: the next command does."""
    try:
        done = pipeline.store.overwrite()
    except StoreError as error:
        say(str(error))
        done = False
    if not done:
        say(pipeline.wording.say("forgotten.bytes_left"))
