"""Reads the story's mails and notes, and plays them on a simulated clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources

from inboxwatch.alerts.model import Alert
from inboxwatch.app import App
from inboxwatch.commands.common import simulated
from inboxwatch.commands.notes import Note, parse_notes
from inboxwatch.kept import StoredMail
from inboxwatch.mail.model import RawMail
from inboxwatch.mail.parse import parse
from inboxwatch.replay import replay, understood
from inboxwatch.wording.say import Language, Wording

#: As it was, and as it would have been had she filed at once.
AS_IT_WAS, AT_ONCE = "notes.yaml", "at_once.yaml"

#: The server that took the story's mails in, by the name under which it says whose they are.
PROVIDER = "mx.example.com"

#: The story is over some days after its last mail.
_AFTERWARDS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that happens: a mail, a note or an alert, at an aware instant. Exactly one of them is set.

    `words` is what the client says in a mail.
    """

    at: datetime
    mail: StoredMail | None = None
    words: str | None = None
    note: Note | None = None
    alert: Alert | None = None


def story(app: App, language: Language, notes_file: str = AS_IT_WAS) -> list[Scene]:
    """Everything that happens, in the order of time; what causes an alert stands before it."""
    notes = _notes(app, notes_file)
    scenes = _mails(app)
    if notes_file != AS_IT_WAS:
        # What came after she filed in truth would not have come.
        scenes = [scene for scene in scenes if scene.at <= max(note.at for note in notes)]
    alerts = list(_alerts(app, language, [scene.mail for scene in scenes if scene.mail], notes))
    scenes += [Scene(note.at, note=note) for note in notes]
    scenes += [Scene(alert.at, alert=alert) for alert in alerts]
    return sorted(scenes, key=lambda scene: (scene.at, scene.alert is not None))


def _alerts(app: App, language: Language, mails: Sequence[StoredMail], notes: Sequence[Note]) -> Iterator[Alert]:
    until = max([*(mail.sent_at for mail in mails), *(note.at for note in notes)]) + _AFTERWARDS
    with simulated(app, language) as pipeline:
        yield from replay(pipeline, mails, [(note.at, note.stated) for note in notes], until)


def _mails(app: App) -> list[Scene]:
    files = sorted((file for file in _folder().iterdir() if file.name.endswith(".eml")), key=lambda file: file.name)
    # The arrival is in each mail's own Received header, so that the time of unpacking does not matter.
    scenes = []
    for file in files:
        raw = RawMail(file.read_bytes(), _LONG_AGO)
        for mail in understood([raw], app.profiles, app.policy.known):
            scenes.append(Scene(mail.sent_at, mail=mail, words=_words(parse(raw).text)))
    return scenes


def _words(text: str) -> str | None:
    """What stands below the heading that the site puts above a client's comment."""
    _, heading, below = text.partition("【コメント内容】")
    return below.strip().splitlines()[0] if heading else None


def _notes(app: App, name: str) -> list[Note]:
    text = _folder().joinpath(name).read_text(encoding="utf-8")
    return parse_notes(text, name, app.config.zone, [profile.platform for profile in app.profiles])


def _folder() -> resources.abc.Traversable:
    return resources.files("inboxwatch.demo")


_LONG_AGO = datetime.fromisoformat("2018-01-01T00:00:00+00:00")


def noted(note: Note, wording: Wording) -> str:
    """What she records, in words."""
    fact = wording.say(f"event_kinds.{note.stated.kind}")
    key = f"demo.notes.{note.stated.note}"
    if note.stated.note and wording.has(key):
        return wording.say("demo.noted", fact=fact, note=wording.say(key))
    return wording.say("demo.she", fact=fact)
