"""`teach`: a rule of the user's own, made from a mail, and what it makes of the mails that are kept."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from inboxwatch.commands.common import opened
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.commands.teachable import meaning_of, platform_of, the_mail
from inboxwatch.mail.charset import fold
from inboxwatch.platforms import taught
from inboxwatch.platforms.kinds import PROJECTLESS_EVENTS
from inboxwatch.platforms.load import ProfileError
from inboxwatch.platforms.pattern import PatternError
from inboxwatch.platforms.teaching import Names, TooGeneral, checked_pattern, propose, secret_words, unknown_name
from inboxwatch.rebuilding import Reread, keep_again, read_again
from inboxwatch.views.output import write
from inboxwatch.views.rebuilt import project_changes, snapshot
from inboxwatch.views.rebuilt_text import show_taught
from inboxwatch.views.standing import standing

if TYPE_CHECKING:
    from pathlib import Path

    from inboxwatch.app import App
    from inboxwatch.kept import StoredMail
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.platforms.prepared import Platform, Rule, Secret

_MOST_LISTED = 3


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What is to be taught: the mail, what such mails mean, and the rule as it is written."""

    mail: StoredMail
    kind: str
    by: str | None
    subject: str | dict[str, list[str]]
    key: str
    rule: dict[str, Any]


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Make the rule, show what it fits, write it, and read those mails again; with --dry-run write nothing.

    Raises Refusal for a mail that cannot be taught, and for a rule that would take other mails as well.
    """
    with opened(here) as (app, pipeline):
        now = here.now()
        kind, by = meaning_of(arguments.kind, arguments.by)
        mail = the_mail(arguments.mail, pipeline)
        platform = platform_of(mail, pipeline)
        with pipeline.store.transaction():
            known = _known_rule(mail, kind, by, arguments.subject, platform, pipeline)
            if known:
                _already(known, platform, pipeline, now, dry_run=arguments.dry_run)
                return 0
            lesson = _lesson(mail, kind, by, arguments.subject, platform, pipeline, now)
            _teach(lesson, app, pipeline, now, arguments)
    return 0


# --- a rule that is there already -------------------------------------------------------------------------------------


def _known_rule(
    mail: StoredMail, kind: str, by: str | None, given: str | None, platform: Platform, pipeline: Pipeline
) -> str | None:
    """The rule by which the mail is read already as it is asked for, in the words that were `given`; no mere guess."""
    again = next(iter(read_again(pipeline, [mail])), None)
    found = again.after.recognition if again else mail.recognition
    if found is None or (found.event, found.grade) != (kind, "attested"):
        return None
    if found.by != by and kind not in PROJECTLESS_EVENTS:
        return None
    same_words = any(rule.name == found.rule and rule.rule.subject == given for rule in platform.attested)
    return found.rule if given is None or same_words else None


def _already(known: str, platform: Platform, pipeline: Pipeline, now: datetime, *, dry_run: bool) -> None:
    """Say so; and read again what was kept before there was that rule, as after a fault in the middle of teaching."""
    write(pipeline.wording.say("taught.known", rule=known))
    found = _fitting(pipeline, platform, known)
    changes = [one for one in found if one.differs]
    if not changes or dry_run:
        write(pipeline.wording.say("taught.nothing"))
        return
    keep_again(pipeline, found, now)
    write(pipeline.wording.say("taught.reread", n=len(changes)))


# --- the rule ---------------------------------------------------------------------------------------------------------


def _lesson(
    mail: StoredMail,
    kind: str,
    by: str | None,
    given: str | None,
    platform: Platform,
    pipeline: Pipeline,
    now: datetime,
) -> _Lesson:
    zone = pipeline.wording.zone
    subject = _subject(mail, kind, given, platform, pipeline)
    due = next((rule.due for rule in platform.profile.mails if rule.event == kind and rule.due), None)
    days: tuple[date, date] = (now.astimezone(zone).date(), mail.sent_at.astimezone(zone).date())
    key, rule = taught.rule_of(subject, kind, by, due, *days)
    return _Lesson(mail, kind, by, subject, key, rule)


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
        raise Refusal(f"--subject {given!r}: {error}", 2) from None
    except TooGeneral as general:
        shown = "" if kind == "secret" else f" ({general})"
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


# --- teaching ---------------------------------------------------------------------------------------------------------


def _teach(lesson: _Lesson, app: App, pipeline: Pipeline, now: datetime, arguments: argparse.Namespace) -> None:
    """Show the rule and what it fits; write it and read those mails again, or do neither."""
    platform = lesson.mail.recognition.platform if lesson.mail.recognition else None
    assert platform is not None
    path = taught.file_of(app.taught_profiles, platform)
    before, after = _texts(path, platform, lesson)
    wiser = _wiser(app, path, after).pipeline(pipeline.store)
    found = _found(lesson, wiser, platform, by_hand=bool(arguments.subject))
    wording = pipeline.wording
    show_taught(lesson.subject, lesson.kind, lesson.by, found, wording)
    suggestion = unknown_name(lesson.mail.subject, lesson.subject) if isinstance(lesson.subject, str) else None
    if suggestion and not arguments.subject:
        write(wording.say("taught.perhaps_title", pattern=suggestion))
    if arguments.dry_run:
        write(wording.say("taught.dry") + _again(arguments))
        return
    standings = snapshot(pipeline, now)
    taught.replace_text(path, after)
    try:
        changes = keep_again(wiser, found, now)
    except BaseException:
        _restore(path, before)
        raise
    write(wording.say("taught.written", path=path))
    write(wording.say("taught.undo"))
    if lesson.kind == "secret":
        write(wording.say("taught.reduced"))
    changed = {one.name for one in project_changes(standings, snapshot(wiser, now))}
    changed |= {name for one in changes for name in one.projects_after if _is(one.before, lesson.mail)}
    for row in wiser.store.projects():
        if row.name in changed:
            write(wording.say("taught.project", project=row.name, advice=standing(wiser, row, now).advice))


def _is(one: StoredMail, other: StoredMail) -> bool:
    return one.identity == other.identity


def _again(arguments: argparse.Namespace) -> str:
    words = ["inboxwatch", "teach", arguments.mail, "--as", arguments.kind]
    words += ["--by", arguments.by] if arguments.by else []
    words += ["--subject", arguments.subject] if arguments.subject else []
    return shlex.join(words)


def _texts(path: Path, platform: str, lesson: _Lesson) -> tuple[str | None, str]:
    """What stands in the file of taught rules, and what will. Raises Refusal where it cannot be extended."""
    sent = lesson.rule["source"].rpartition(" ")[2]
    remark = sent if lesson.kind == "secret" else f"{sent}: {lesson.mail.subject}"
    try:
        before = taught.read_text(path)
        return before, taught.extended(before, platform, lesson.key, lesson.rule, remark)
    except taught.CannotExtend as error:
        raise Refusal(f"{path} cannot be extended: {error}; mend it, or move it away, and teach again") from None
    except UnicodeDecodeError:
        raise Refusal(f"{path} is no UTF-8 text; mend it, or move it away, and teach again") from None


def _wiser(app: App, path: Path, text: str) -> App:
    """The parts with the new rule, checked before anything is written. Raises Refusal with what is wrong with it."""
    try:
        return app.with_taught(path, text)
    except ProfileError as error:
        raise Refusal([*error.problems, "the rule would not be valid; nothing was written"]) from None


def _found(lesson: _Lesson, wiser: Pipeline, platform: str, *, by_hand: bool) -> list[Reread]:
    """The kept mails that the new rule fits. Raises Refusal if it misses the mail itself, or takes what is known."""
    again = next(iter(read_again(wiser, [lesson.mail])), None)
    rule = again.after.recognition.rule if again and again.after.recognition else None
    new = next((one for one in wiser.profiles.platforms if one.profile.platform == platform), None)
    if again is None or new is None or again.after.recognition is None or again.after.recognition.event != lesson.kind:
        raise Refusal("another rule goes before the new one for this very mail; nothing was written")
    found = _fitting(wiser, new, rule or "")
    taken = [one for one in found if _is_taken_away(one, lesson)]
    if taken and not by_hand:
        shown = "; ".join(one.before.subject for one in taken[:_MOST_LISTED])
        raise Refusal(
            f"this rule would take mails that are known to mean something else: {shown}. "
            "Say yourself what is fixed, with --subject"
        )
    return found


def _is_taken_away(one: Reread, lesson: _Lesson) -> bool:
    """True for a mail that an attested rule had understood in another way than the mail that is taught."""
    old, own = one.before.recognition, lesson.mail.recognition
    known = old is not None and old.event is not None and old.grade == "attested"
    return bool(known and old and own and old.rule != own.rule and (old.event, old.by) != (lesson.kind, lesson.by))


def _fitting(pipeline: Pipeline, platform: Platform, name: str) -> list[Reread]:
    """The mails that are read by this rule, and were not, or not so."""
    rules: list[Rule | Secret] = [*platform.attested, *platform.probable, *platform.secrets]
    rule = next((one for one in rules if one.name == name), None)
    if rule is None:
        return []

    def fits(mail: StoredMail) -> bool:
        subject = platform.subject(fold(mail.subject))
        return rule.subject.match(subject.core) is not None or rule.subject.match(subject.folded) is not None

    candidates = (mail for mail in pipeline.store.every_mail(platform.profile.platform) if fits(mail))
    found = [one for one in read_again(pipeline, candidates) if one.after.recognition]
    return [one for one in found if one.after.recognition and one.after.recognition.rule == name]


def _restore(path: Path, before: str | None) -> None:
    """Put the file back as it was: what could not be kept must not be half done."""
    if before is None:
        path.unlink(missing_ok=True)
    else:
        taught.replace_text(path, before)
