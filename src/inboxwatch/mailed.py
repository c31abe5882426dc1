"""A fact as she mailed it to herself: her mail, read as a statement and made a fact."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from inboxwatch.fact_words import BLANKS, read_words
from inboxwatch.facts import FactError, Statement, as_fact, unknown_fact
from inboxwatch.kept import StoredMail
from inboxwatch.platforms.fact_names import fact_in_front, parted
from inboxwatch.platforms.relevance import is_answer
from inboxwatch.store.model import ProjectRow
from inboxwatch.timeline.reading import Fact

_BETWEEN = re.compile(r"[ ,、]+")


def mailed_fact(
    mail: StoredMail,
    me: Collection[str],
    zone: ZoneInfo,
    projects: Iterable[ProjectRow],
    platforms: Collection[str],
    linked: Callable[[str], str | None],
) -> Fact:
    """Given a mail in which she states a fact, return the fact to be kept (with id 0).

    `me` holds her addresses (empty: not known, and not asked for), `zone` is hers, `linked` leads from a project's
    link to its full name. The fact is of the instant at which the mail was sent, unless it names another. Raises
    FactError, whose `problem` says what is wrong.
    """
    assert mail.recognition is not None and mail.recognition.stated is not None
    if is_answer(mail.subject):
        raise FactError("a reply to a mail states no fact", "answer")
    if me and mail.sender not in me:
        raise FactError(f"{mail.sender} is none of her addresses", "sender", mail.sender)
    if mail.recognition.stated_to is not None:
        to = mail.recognition.stated_to
        raise FactError(f"{to} is not known to be her own address", "recipient", to)
    stated = _statement(mail.recognition.stated, mail.sent_at.astimezone(zone))
    link = linked(stated.project) if "://" in stated.project else None
    known = max(mail.sent_at, mail.arrived_at)
    fact = as_fact(replace(stated, project=link or stated.project), known, zone, projects, platforms)
    # As with any mail: known since it came, whenever it is read.
    return replace(fact, recorded_at=mail.arrived_at, mail=mail.identity)


def _statement(words: str, sent_at: datetime) -> Statement:
    """Read "PROJECT FACT" and what may stand behind it; `sent_at` is by her own clock. Raise FactError."""
    project, *more_words = _BETWEEN.split(parted(words), maxsplit=1)
    behind = "".join(more_words).strip(BLANKS)
    if not behind:
        raise FactError("a project and a fact are needed", "incomplete", words)
    found = fact_in_front(behind)
    if found is None:
        raise unknown_fact(behind)
    named, rest = found
    more = read_words(rest, named.kind, sent_at)
    return Statement(
        project=_project(project),
        kind=named.kind,
        at=(more.at or sent_at).isoformat(),
        by=more.by or named.by,
        channel=more.channel,
        due=more.due.isoformat() if more.due else None,
        plan=more.plan,
        note=more.note,
        part=more.part,
    )


def _project(written: str) -> str:
    """A project's name as written on a phone, which begins a word with a capital: Lancers/5545030."""
    name = written.strip(BLANKS + ":")
    platform, slash, number = name.partition("/")
    return name if "://" in name or not slash else f"{platform.lower()}/{number}"
