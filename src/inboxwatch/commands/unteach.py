"""`teach --undo`: takes a taught rule out again, and reads the mails anew that it has read."""

from __future__ import annotations

import argparse
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from inboxwatch.commands.common import one_mail, opened
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.rules_file import TaughtMeanwhile, cut, rewritten, text_of, with_text
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.platforms import taught
from inboxwatch.platforms.load import taught_places
from inboxwatch.rebuilding import as_read_now, keep_again, read_again, wipe
from inboxwatch.views.output import write
from inboxwatch.views.rebuilt import project_changes, snapshot
from inboxwatch.views.rebuilt_text import show_untaught
from inboxwatch.views.standing import standing

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from datetime import datetime
    from pathlib import Path

    from inboxwatch.app import App
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.rebuilding import MailChange, Reread
    from inboxwatch.views.rebuilt import ProjectChange

_RULE = re.compile(r"(?P<platform>[^/+]+)\+own/(?:secret/)?\d+")


class _OnlyTried(Exception):
    """Undoes what was only tried."""


def unteach(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Take out the rule that is named, or that reads the mail that is named; with --dry-run only show what changes.

    Raises Refusal where there is no such rule, and for one that she has written elsewhere than `teach` writes.
    """
    while True:
        with suppress(TaughtMeanwhile), opened(here) as (app, pipeline):
            name = _rule_meant(arguments.mail, pipeline)
            path, key, index = _place_of(name, app)
            _take_out(name, path, key, index, app, pipeline, here.now(), dry_run=arguments.dry_run)
            return 0


def _rule_meant(name: str, pipeline: Pipeline) -> str:
    """The rule of this name, or by which the mail of this name is read today. Raises Refusal for none of her own."""
    if _RULE.fullmatch(name.strip()):
        return name.strip()
    mail = as_read_now(one_mail(name, pipeline.store, pipeline.wording), pipeline)
    rule = mail.recognition.rule if mail.recognition else None
    if rule is None or not _RULE.fullmatch(rule):
        by = f"it is read by {rule}, which comes with inboxwatch" if rule else "no rule knows it"
        raise Refusal(f"this mail is not read by a rule of your own: {by}. There is nothing to take back")
    return rule


def _place_of(name: str, app: App) -> tuple[Path, str, int]:
    """Where this rule stands. Raises Refusal, with those that there are."""
    platform = name.partition("+")[0]
    places = taught_places(app.taught_profiles, app.config.profiles, platform)
    if name in places:
        return places[name]
    there = f"; there are: {', '.join(sorted(places))}" if places else "; none has been taught"
    raise Refusal(f"there is no taught rule {cut(name)}{there}")


def _take_out(
    name: str, path: Path, key: str, index: int, app: App, pipeline: Pipeline, now: datetime, *, dry_run: bool
) -> None:
    """Write the file without the rule and read again what her rules have read, or do neither; then show it all.

    Not only this rule's own mails: the rules behind it change their names by it.
    """
    before = text_of(path)
    try:
        after = taught.without(before or "", key, index)
    except taught.CannotExtend as error:
        raise Refusal(f"{path}: {error}. Take the rule out by hand, then: inboxwatch rebuild") from None
    wiser = with_text(app, path, after).pipeline(pipeline.store)
    mails: list[MailChange] = []
    moved: list[ProjectChange] = []
    last = pipeline.store.last_mail()
    found = list(_read_by_hers(name, pipeline, wiser))
    tried = pipeline.store.transaction() if dry_run else rewritten(app, path, before, after, pipeline)
    with suppress(_OnlyTried), tried:
        found += _read_by_hers(name, pipeline, wiser, after=last)
        standings = snapshot(pipeline, now)
        mails = keep_again(wiser, found, now)
        moved = project_changes(standings, snapshot(wiser, now))
        if dry_run:
            raise _OnlyTried
    show_untaught(name, path, mails, pipeline.wording, dry_run=dry_run)
    if not dry_run:
        emptied = wipe(wiser, mails)
        if key == "secret":
            write(pipeline.wording.say("untaught.secret"))
        show_advice({one.name for one in moved}, wiser, now)
        tell_unless(emptied, wiser)


def _read_by_hers(name: str, pipeline: Pipeline, wiser: Pipeline, *, after: int = 0) -> Iterator[Reread]:
    """The mails that were read by a rule of hers on this platform, and are read otherwise without the one of this name.

    Only those kept `after` that one.
    """
    every = pipeline.store.every_mail(name.partition("+")[0], after=after)
    return read_again(wiser, (one for one in every if one.recognition and _RULE.fullmatch(one.recognition.rule or "")))


def show_advice(names: Container[str], pipeline: Pipeline, now: datetime) -> None:
    """What each of these projects asks now."""
    for row in pipeline.store.projects():
        if row.name in names:
            advice = standing(pipeline, row, now).advice
            write(pipeline.wording.say("taught.project", project=row.name, advice=advice))


def tell_unless(emptied: bool, pipeline: Pipeline) -> None:
    """Say that traces of what became secret are left in the log, unless it was emptied."""
    if not emptied:
        write(pipeline.wording.say("rebuilt.log"))
