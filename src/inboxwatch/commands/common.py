"""What several commands do alike: the prepared parts, a simulated pipeline, a project by its name, mails of files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings, say
from inboxwatch.facts import as_instant, nearest, row_called, spellings

if TYPE_CHECKING:
    from inboxwatch.app import App
    from inboxwatch.kept import StoredMail
    from inboxwatch.mail.model import RawMail
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.store.model import ProjectRow
    from inboxwatch.store.sqlite import Store
    from inboxwatch.wording.say import Language, Wording

#: As many as one can choose from at a glance.
_SHOWN_AT_MOST = 8
#: What is longer was pasted by mistake, and is not repeated in full.
_LONGEST_SHOWN = 60


@contextmanager
def opened(here: Surroundings) -> Iterator[tuple[App, Pipeline]]:
    """The parts that follow from the configuration, and the pipeline on its store.

    Raises ConfigError, ProfileError or StoreError.
    """
    from inboxwatch.app import App

    app = App.of(here.config(), here.environ)
    store = app.open_store()
    try:
        yield app, app.pipeline(store)
    finally:
        store.close()


@contextmanager
def simulated(app: App, language: Language | None = None) -> Iterator[Pipeline]:
    """A pipeline on a store in memory, without quiet hours, repeats and targets."""
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.store.sqlite import Store
    from inboxwatch.wording.say import Wording

    policy = replace(app.policy, quiet_hours=None, habits=replace(app.policy.habits, repeat=None), recipients=())
    wording = Wording(language or app.config.language, app.config.zone)
    store = Store.in_memory()
    try:
        yield Pipeline(store, app.profiles, policy, wording)
    finally:
        store.close()


def mails_of(paths: Sequence[Path], failures: list[str]) -> Iterator[tuple[str, RawMail]]:
    """Every mail of these files with its name; what cannot be read is told at once, and added to `failures`."""
    from inboxwatch.mailbox.files import read_paths

    for file in read_paths(paths):
        if file.mail is None:
            failures.append(file.name)
            say(f"{file.name}: {file.error}")
        else:
            yield file.name, file.mail


def instant_of(text: str | None, zone: ZoneInfo, otherwise: datetime) -> datetime:
    """The instant the user named, in `zone` if it has no offset. Raises FactError if it is none."""
    return as_instant(text, zone) if text else otherwise


def one_mail(name: str, store: Store, wording: Wording) -> StoredMail:
    """The one mail meant, by the beginning of its id or by its Message-ID. Raises Refusal for none or several.

    Of several it names each, with its instant as `wording` writes it.
    """
    from inboxwatch.store.mails import SHORTEST_ID

    if name.startswith("fact-"):
        how = f"inboxwatch record --undo {name[:_LONGEST_SHOWN]}"
        raise Refusal(f"{shown(name)} is a recorded fact and no mail; withdraw it: {how}")
    found = store.find_mails(name)
    if len(found) == 1:
        return found[0]
    if found:
        lines = [f"  {mail.key}  {wording.instant(mail.sent_at)}  {mail.subject}" for mail in found]
        more = ["  ..."] if len(found) > _SHOWN_AT_MOST else []
        begun = any(mail.identity.startswith(name.strip()) for mail in found)
        what = "may be any of these mails; write more of the id:" if begun else "is the Message-ID of several mails; "
        how = "" if begun else "write the id of the one you mean:"
        raise Refusal([f"{shown(name)} {what}{how}", *lines[:_SHOWN_AT_MOST], *more])
    if 0 < len(name) < SHORTEST_ID:
        raise Refusal(f"{shown(name)} is too short: write at least {SHORTEST_ID} signs of the mail's id")
    raise Refusal(
        f"there is no mail {shown(name)}; `inboxwatch review` and `inboxwatch timeline PROJECT` show the ids of mails"
    )


def shown(name: str) -> str:
    """What the user has written, in quotation marks and cut where it is too long to be repeated."""
    return repr(name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}...")


def find_project(name: str, rows: Iterable[ProjectRow]) -> ProjectRow:
    """The project meant: by any name it has had, or the part behind the platform. Raises Refusal or FactError."""
    known = list(rows)
    found = row_called(name, known)
    if found is None:
        near = nearest(name, spellings(known))
        raise Refusal(f"there is no project {name!r}{near}; `inboxwatch status` lists them")
    return found


@contextmanager
def progress_bar() -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where that is a terminal; how many mails there will be is not known before."""
    if not sys.stderr.isatty():
        yield lambda read: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TextColumn("{task.completed}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda read: bar.update(task, completed=read)
