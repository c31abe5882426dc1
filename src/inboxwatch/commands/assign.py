"""`assign`: to which project a mail belongs, and with it its like."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from inboxwatch.commands.common import one_mail, opened
from inboxwatch.commands.corrected import correct, refuse_what_has_no_place
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
        mail = one_mail(arguments.mail, pipeline.store, pipeline.wording)
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
        before = pipeline.store.corrections().get(mail.key) or Correction(None)
        return replace(before, project=project, alone=alone)

    moved, correction = correct(pipeline, mail, change, now)
    assert correction is not None
    show_moves(pipeline, mail, moved, "done_aside" if correction.set_aside else "done", now, alone=alone)
    _say_how_to_bring_back(pipeline, mail, correction)
    write(pipeline.wording.say("assigned.undo", id=mail.key))


def _undo(pipeline: Pipeline, mail: StoredMail, now: datetime) -> None:
    """Take back to which project the mail belongs; that it was set aside is another thing, and stays."""

    def change() -> Correction | None:
        before = pipeline.store.corrections().get(mail.key)
        if before is None:
            raise Refusal("nothing was said of this mail that could be taken back")
        if before.project is None:
            raise Refusal(
                f"you assigned this mail to no project, but set it aside; to bring it back: "
                f"inboxwatch record --restore {mail.key}"
            )
        return Correction(None, set_aside=True) if before.set_aside else None

    moved, correction = correct(pipeline, mail, change, now)
    show_moves(pipeline, mail, moved, "undone_aside" if correction else "undone", now)
    _say_how_to_bring_back(pipeline, mail, correction)


def set_aside(pipeline: Pipeline, mail: StoredMail, now: datetime) -> None:
    """Say that a mail does not mean what it was taken for. Raises Refusal if that has been said."""

    def change() -> Correction:
        before = pipeline.store.corrections().get(mail.key) or Correction(None)
        if before.set_aside:
            raise Refusal(
                f"this mail is set aside already; to let it count again: inboxwatch record --restore {mail.key}"
            )
        refuse_what_has_no_place(mail, pipeline)
        return replace(before, set_aside=True)

    moved, correction = correct(pipeline, mail, change, now)
    show_moves(pipeline, mail, moved, "set_aside", now)
    _say_how_to_bring_back(pipeline, mail, correction)


def bring_back(pipeline: Pipeline, mail: StoredMail, now: datetime) -> None:
    """Say that a mail which was set aside means what it was taken for. Raises Refusal if it is not set aside."""

    def change() -> Correction | None:
        before = pipeline.store.corrections().get(mail.key) or Correction(None)
        if not before.set_aside:
            raise Refusal("this mail is not set aside, so there is nothing to bring back")
        return replace(before, set_aside=False) if before.project else None

    moved, _ = correct(pipeline, mail, change, now)
    show_moves(pipeline, mail, moved, "brought_back", now)


def _say_how_to_bring_back(pipeline: Pipeline, mail: StoredMail, correction: Correction | None) -> None:
    if correction and correction.set_aside:
        write(pipeline.wording.say("assigned.bring_back", id=mail.key))
