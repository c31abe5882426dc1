"""`demo`: what this program is for, on the built-in story."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from inboxwatch.alerts.as_json import alert_as_json
from inboxwatch.app import App
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.config import default
from inboxwatch.demo.story import AT_ONCE, PROVIDER, Scene, noted, story
from inboxwatch.views.output import write, write_line
from inboxwatch.views.words import alert_paragraph
from inboxwatch.wording.say import Wording

if TYPE_CHECKING:
    from inboxwatch.kept import StoredMail
    from inboxwatch.wording.say import Language

#: What the other ending is told by: the emergency, and where it leads.
_OF_THE_OTHER_ENDING = ("deadline_against", "reminder_deadline")


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Play the story: with --json its alerts as `replay` prints them, else as a text that explains itself.

    The configuration is not looked at: the story is the same for everybody.
    """
    # No profiles of the user's own either: a folder that is not there holds none.
    app = _believing_its_provider(App.of(default(), {"STATE_DIRECTORY": "/nonexistent"}))
    language = arguments.language or language_of(here.environ)
    scenes = story(app, language)
    if arguments.json:
        for scene in scenes:
            if scene.alert:
                write_line(alert_as_json(scene.alert, app.config.zone))
        return 0
    wording = Wording(language, app.config.zone)
    _tell(scenes, wording)
    _other_ending(story(app, language, AT_ONCE), wording)
    return 0


def _believing_its_provider(app: App) -> App:
    """The same, as at a mailbox whose provider is known: what he found of each mail's sender is believed."""
    known = replace(app.policy.known, authserv_ids=frozenset({PROVIDER}))
    return replace(app, policy=replace(app.policy, known=known))


def language_of(environ: Mapping[str, str]) -> Language:
    """Japanese where the locale is, else English."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((environ[name] for name in names if environ.get(name)), "")
    return "ja" if chosen.lower().startswith("ja") else "en"


def _tell(scenes: Sequence[Scene], wording: Wording) -> None:
    """What came and what she recorded, each an entry of its own, and between them each alert as a paragraph."""
    write(wording.say("demo.intro"))
    for scene in scenes:
        write("")
        if scene.alert:
            write(alert_paragraph(scene.alert, wording.zone))
        elif scene.note:
            write(f"{_instant(scene, wording)}  {noted(scene.note, wording)}")
        elif scene.mail:
            write(f"{_instant(scene, wording)}  {_mail(scene.mail, wording)}")
            if scene.words:
                write(wording.say("demo.quoted", words=scene.words))


def _mail(mail: StoredMail, wording: Wording) -> str:
    """A mail by its subject, and what it is taken for."""
    found = mail.recognition
    if found is None or found.event == "secret":
        return wording.say("demo.secret")
    key = f"event_kinds.{found.event}"
    words = [wording.say(key) if wording.has(key) else str(found.event)]
    if found.grade == "probable":
        words.append(wording.say("demo.probable"))
    what = f"{words[0]} ({', '.join(words[1:])})" if words[1:] else words[0]
    return "\n".join([wording.say("demo.mail", subject=mail.subject), wording.say("demo.taken", what=what)])


def _instant(scene: Scene, wording: Wording) -> str:
    return f"{scene.at.astimezone(wording.zone):%Y-%m-%d %H:%M}"


def _other_ending(scenes: Sequence[Scene], wording: Wording) -> None:
    """What the same program would have told her, had she filed as soon as she could."""
    filed = next(scene for scene in scenes if scene.note and scene.note.stated.kind == "reminder_filed")
    write("\n" + wording.say("demo.ending", filed=f"{filed.at.astimezone(wording.zone):%Y-%m-%d}"))
    told = [scene for scene in scenes if scene.alert and scene.alert.kind in _OF_THE_OTHER_ENDING]
    for scene in (told[0], told[-1]):
        assert scene.alert is not None
        at = f"{scene.at.astimezone(wording.zone):%Y-%m-%d %H:%M}"
        write(wording.say("demo.ending_line", at=at, kind=scene.alert.kind, title=scene.alert.title))
    write(wording.say("demo.last"))
