"""`export`: the evidence pack of one project, for the platform's support or a lawyer."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from inboxwatch.commands.common import find_project, opened
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.views.output import write
from inboxwatch.views.pack.files import files
from inboxwatch.views.pack.folder import SUMS, NoFolder, write_folder
from inboxwatch.views.pack.gather import gather
from inboxwatch.views.pack.model import Pack
from inboxwatch.wording.say import Wording


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Write the pack and say where it is. Raises Refusal for an unknown project, or a folder that cannot be used."""
    with opened(here) as (app, pipeline):
        wording = Wording(arguments.language, app.config.zone)
        store = pipeline.store
        # The daemon may take mails meanwhile: the pack shows one instant.
        with store.snapshot():
            row = find_project(arguments.project, store.projects())
            pack = gather(pipeline, row, here.now(), wording.language)
            try:
                folder = write_folder(arguments.to, files(pack, store.raw, wording))
            except NoFolder as error:
                raise Refusal(str(error)) from None
        _tell(pack, folder, pipeline.wording)
    return 0


def _tell(pack: Pack, folder: Path, wording: Wording) -> None:
    stated = sum(entry.stated for entry in pack.entries)
    enclosed = sum(mail.file is not None for mail in pack.mails)
    write(wording.say("exported.done", folder=folder))
    shown = len(pack.entries) - stated
    write(wording.say("exported.counts", events=len(pack.entries), shown=shown, stated=stated, mails=enclosed))
    if enclosed < len(pack.mails):
        write(wording.say("exported.absent", n=len(pack.mails) - enclosed))
    write(wording.say("exported.care"))
    write(wording.say("exported.verify", command=f"cd {shlex.quote(str(folder))} && sha256sum -c {SUMS}"))
