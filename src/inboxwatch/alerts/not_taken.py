"""The alert for a fact that she mailed to herself and that could not be taken: why, and what would be right."""

from __future__ import annotations

from datetime import datetime

from inboxwatch.alerts.model import Alert
from inboxwatch.kept import StoredMail
from inboxwatch.mail.charset import clean
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.wording.say import Wording

_WORDS_AT_MOST = 80
_ANY_PROJECT = "lancers/5545030"


def not_taken(mail: StoredMail, now: datetime, wording: Wording) -> Alert:
    """Given a mail in which she states a fact that cannot be taken, return the alert that says so."""
    recognition = mail.recognition
    assert recognition is not None
    key = "alerts.unrecognised_mail.stated"
    lines = [
        wording.say(f"{key}.body"),
        f"　{wording.instant(mail.sent_at)}　{clean(mail.subject)[:120]}",
        wording.say(f"{key}.why", problem=why_not_taken(recognition, wording)),
        wording.say(f"{key}.steps", project=_example(recognition)),
    ]
    return Alert(
        key=f"unrecognised_mail/{mail.identity[:12]}",
        at=now,
        kind="unrecognised_mail",
        project=None,
        urgent=False,
        title=wording.title(f"{key}.title", clean(recognition.stated or mail.subject, one_line=True)),
        body="\n".join(lines),
        trust=recognition.trust,
        evidence=(mail.message_id,) if mail.message_id else (),
    )


def _example(recognition: Recognition) -> str:
    """The project to show her how it is written: her own, if it is not the project that is wrong."""
    words = clean(recognition.stated or "", one_line=True).split()
    wrong = recognition.problem[:1] == ("incomplete",) or "".join(recognition.problem[:1]).startswith("project")
    return _ANY_PROJECT if wrong or not words else words[0][:_WORDS_AT_MOST]


def why_not_taken(recognition: Recognition, wording: Wording) -> str:
    """In a sentence or two, why the fact that she states cannot be taken, and what would be right."""
    code, word, other = (*recognition.problem, "", "", "")[:3]
    key = f"stated_problems.{code}"
    word, other = (clean(text, one_line=True)[:_WORDS_AT_MOST] for text in (word, other))
    return wording.say(key if wording.has(key) else "stated_problems.other", word=word, other=other)
