"""The rule that `teach` makes of a mail: what is fixed in its subject, and what such mails mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.rules_file import cut
from inboxwatch.platforms import taught
from inboxwatch.platforms.pattern import PatternError
from inboxwatch.platforms.teaching import Names, TooGeneral, checked_pattern, propose, secret_words

if TYPE_CHECKING:
    from inboxwatch.kept import StoredMail
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.platforms.prepared import Platform


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is to be taught: the mail, what such mails mean, and the rule as it is written."""

    mail: StoredMail
    kind: str
    by: str | None
    subject: str | dict[str, list[str]]
    key: str
    rule: dict[str, Any]


def lesson_of(
    mail: StoredMail,
    kind: str,
    by: str | None,
    given: str | None,
    platform: Platform,
    pipeline: Pipeline,
    now: datetime,
) -> Lesson:
    """The rule for such mails, of this kind and by whom. Raises Refusal for one that would take others as well."""
    zone = pipeline.wording.zone
    subject = _subject(mail, kind, given, platform, pipeline)
    due = next((rule.due for rule in platform.profile.mails if rule.event == kind and rule.due), None)
    days: tuple[date, date] = (now.astimezone(zone).date(), mail.sent_at.astimezone(zone).date())
    key, rule = taught.rule_of(subject, kind, by, due, *days)
    return Lesson(mail, kind, by, subject, key, rule)


def _subject(
    mail: StoredMail, kind: str, given: str | None, platform: Platform, pipeline: Pipeline
) -> str | dict[str, list[str]]:
    """What a rule for such mails asks of the subject. Raises Refusal where that would take others as well."""
    names = _names(platform, pipeline)
    try:
        if given and kind != "secret":
            return checked_pattern(given, mail.subject, platform)
        if kind == "secret":
            return secret_words(given or mail.subject, platform, names)
        return propose(mail.subject, platform, names, _like(mail, pipeline))
    except PatternError as error:
        raise Refusal(f"--subject {cut(given or '')!r}: {error}", 2) from None
    except TooGeneral as general:
        shown = "" if kind == "secret" else f" ({cut(str(general))})"
        raise Refusal(
            f"the subject of this mail has too few words of its own{shown}: a rule made of it would take other mails "
            "too. Say yourself what is fixed, and write {client}, {title} or {*} for what changes, as in: "
            "--subject '{client}さんから{title}のお知らせ'"
        ) from None


def _names(platform: Platform, pipeline: Pipeline) -> Names:
    name = platform.profile.platform
    titles, clients = pipeline.store.names_of(name)
    clients += tuple(client.name for client in pipeline.policy.known.clients)
    ids = (row.name.partition("/")[2] for row in pipeline.store.projects() if row.platform == name)
    return Names(titles, clients, tuple(one for one in ids if one.isascii() and one.isdigit()))


def _like(mail: StoredMail, pipeline: Pipeline) -> list[str]:
    """The subjects of mails that may be of the same template: of the same sender, and read in the same way."""
    found = mail.recognition
    return [
        other.subject
        for other in pipeline.store.stored_mails()
        if other.recognition
        and found
        and other.identity != mail.identity
        and other.sender == mail.sender
        and other.recognition.suspicious is None
        and (other.recognition.event, other.recognition.rule) == (found.event, found.rule)
    ]
