"""`assign`: to which project a mail belongs, and with it its like."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from inboxwatch.commands.common import opened
from inboxwatch.commands.corrected import correct, one_mail, refuse_what_has_no_place
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.facts import as_project
from inboxwatch.timeline.reading import Correction
from inboxwatch.views.corrected_text import show_moves
from inboxwatch.views.output import write

if TYPE_CHECKING:
    from datetime import datetime

    from inboxwatch.kept import StoredMail
    from inboxwatch.pipeline import Pipeline


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Assign the mail, or take that back; say what moved and what the projects ask of her now.

    Raises FactError for a project that cannot be understood, Refusal for a mail that is not known or proves nothing.
    """
    with opened(here) as (_, pipeline):
        now = here.now()
        mail = one_mail(arguments.mail, pipeline.store)
        if arguments.undo:
            _undo(pipeline, mail, now)
        else:
            _assign(pipeline, mail, arguments.project, now, alone=arguments.only)
    return 0


def _assign(pipeline: Pipeline, mail: StoredMail, name: str, now: datetime, *, alone: bool) -> None:
    refuse_what_has_no_place(mail, pipeline)
    found = mail.recognition
    assert found is not None

    def change() -> Correction:
        platforms = [profile.platform for profile in pipeline.profiles]
        project = as_project(name, pipeline.store.projects(), platforms)
        if found.platform != "direct" and project.partition("/")[0] != found.platform:
            raise Refusal(f"a mail of {found.platform} cannot belong to {project}, a project of another platform")
        return Correction(project, alone=alone)

    moved, correction = correct(pipeline, mail, change, now)
    assert correction is not None
    show_moves(pipeline, mail, moved, "done", now, alone=alone)
    write(pipeline.wording.say("assigned.undo", id=mail.identity[:16]))


def _undo(pipeline: Pipeline, mail: StoredMail, now: datetime) -> None:
    if mail.identity[:16] not in pipeline.store.corrections():
        raise Refusal("nothing was said of this mail that could be taken back")
    moved, _ = correct(pipeline, mail, lambda: None, now)
    show_moves(pipeline, mail, moved, "undone", now)


def set_aside_or_bring_back(pipeline: Pipeline, mail: StoredMail, now: datetime) -> None:
    """Say that a mail does not mean what it was taken for; or, if that was said before, that it does after all."""
    refuse_what_has_no_place(mail, pipeline)
    before = pipeline.store.corrections().get(mail.identity[:16]) or Correction(None)
    after = replace(before, set_aside=not before.set_aside)
    kept = after if after.set_aside or after.project else None
    moved, _ = correct(pipeline, mail, lambda: kept, now)
    show_moves(pipeline, mail, moved, "set_aside" if after.set_aside else "brought_back", now)
    if after.set_aside:
        write(pipeline.wording.say("assigned.bring_back", id=mail.identity[:16]))
