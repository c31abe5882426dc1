"""`rebuild`: everything derived again from the kept mails by today's rules, and what that changes."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from inboxwatch.commands.common import opened, progress_bar
from inboxwatch.commands.surroundings import Surroundings, say
from inboxwatch.rebuilding import every_change, keep_again, wipe
from inboxwatch.views.output import write_document
from inboxwatch.views.rebuilt import ProjectChange, project_changes, rebuilt_as_json, snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from inboxwatch.pipeline import Pipeline
    from inboxwatch.rebuilding import MailChange, Reread


class _OnlyTried(Exception):
    """Undoes what was only tried."""


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Do it, or with --dry-run only show it. It works beside a running daemon, and tells nothing of the past."""
    with opened(here) as (_, pipeline):
        now = here.now()
        read = 0
        with progress_bar() as advance:

            def count(number: int) -> None:
                nonlocal read
                read = number
                advance(number)

            found = every_change(pipeline, count)
        mails, projects = _kept(pipeline, found, now, dry_run=arguments.dry_run)
        # Also where nothing became secret now: then it makes up for one time when it could not be done.
        emptied = arguments.dry_run or (wipe(pipeline, mails) and pipeline.store.empty_log())
        if arguments.json:
            write_document(rebuilt_as_json(mails, projects, pipeline.wording.zone, dry_run=arguments.dry_run))
        else:
            from inboxwatch.views.rebuilt_text import show_rebuilt

            show_rebuilt(mails, projects, read, pipeline.wording, dry_run=arguments.dry_run)
        if not emptied:
            say(pipeline.wording.say("rebuilt.log"))
    return 0


def _kept(
    pipeline: Pipeline, found: Sequence[Reread], now: datetime, *, dry_run: bool
) -> tuple[list[MailChange], list[ProjectChange]]:
    """Keep what was read again, with the difference it makes; a try is undone as a whole."""
    mails: list[MailChange] = []
    projects: list[ProjectChange] = []
    try:
        with pipeline.store.transaction():
            before = snapshot(pipeline, now)
            mails = keep_again(pipeline, found, now)
            projects = project_changes(before, snapshot(pipeline, now))
            if dry_run:
                raise _OnlyTried
    except _OnlyTried:
        pass
    return mails, projects
