"""`teach`: a rule of the user's own, made from a mail, and what it makes of the mails that are kept."""

from __future__ import annotations

import argparse
import shlex
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from inboxwatch.commands.common import opened
from inboxwatch.commands.lesson import Lesson, lesson_of
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.rules_file import TaughtMeanwhile, cut, rewritten, text_of, with_text
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.commands.teachable import meaning_of, platform_of, the_mail
from inboxwatch.commands.unteach import show_advice, tell_unless, unteach
from inboxwatch.mail.charset import fold
from inboxwatch.platforms import taught
from inboxwatch.platforms.kinds import PROJECTLESS_EVENTS
from inboxwatch.platforms.teaching import unknown_name
from inboxwatch.rebuilding import Reread, as_read_now, by_the_rules, keep_again, wipe
from inboxwatch.views.output import write
from inboxwatch.views.rebuilt import project_changes, snapshot
from inboxwatch.views.rebuilt_text import show_taught

if TYPE_CHECKING:
    from pathlib import Path

    from inboxwatch.app import App
    from inboxwatch.kept import StoredMail
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.platforms.prepared import Platform, Rule, Secret
    from inboxwatch.rebuilding import MailChange
    from inboxwatch.views.rebuilt import ProjectChange

_MOST_LISTED = 3


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Make the rule, show what it fits, write it, and read those mails again; with --dry-run write nothing.

    Raises Refusal for a mail that cannot be taught, and for a rule that would take other mails as well.
    """
    if arguments.undo:
        return unteach(arguments, here)
    kind, by = meaning_of(arguments.kind, arguments.by)
    while True:
        with suppress(TaughtMeanwhile), opened(here) as (app, pipeline):
            now = here.now()
            mail = as_read_now(the_mail(arguments.mail, pipeline), pipeline)
            platform = platform_of(mail, pipeline)
            known = _known_rule(mail, kind, by, arguments.subject, platform)
            if known:
                _already(known, platform, pipeline, now, dry_run=arguments.dry_run)
            else:
                lesson = lesson_of(mail, kind, by, arguments.subject, platform, pipeline, now)
                _teach(lesson, app, pipeline, now, arguments)
            return 0


# --- a rule that is there already -------------------------------------------------------------------------------------


def _known_rule(mail: StoredMail, kind: str, by: str | None, given: str | None, platform: Platform) -> str | None:
    """The rule by which the mail is read already as it is asked for, in the words that were `given`; no mere guess."""
    found = mail.recognition
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
    kept = keep_again(pipeline, found, now)
    emptied = wipe(pipeline, kept)
    write(pipeline.wording.say("taught.reread", n=len(changes)))
    _show_unplaced(kept, pipeline)
    tell_unless(emptied, pipeline)


# --- teaching ---------------------------------------------------------------------------------------------------------


def _teach(lesson: Lesson, app: App, pipeline: Pipeline, now: datetime, arguments: argparse.Namespace) -> None:
    """Write the rule and read the mails that it fits again, or do neither; then show it all.

    The mails are found before the transaction, for that may take a minute, and a daemon cannot write meanwhile.
    """
    platform = lesson.mail.recognition.platform if lesson.mail.recognition else None
    assert platform is not None
    path = taught.file_of(app.taught_profiles, platform)
    before, after = _texts(path, platform, lesson)
    wiser = with_text(app, path, after).pipeline(pipeline.store)
    last = pipeline.store.last_mail()
    new, rule = _new_rule(lesson, wiser, platform)
    found = _checked(_fitting(wiser, new, rule), lesson, pipeline, by_hand=bool(arguments.subject))
    if arguments.dry_run:
        _show(lesson, found, pipeline, arguments)
        write(pipeline.wording.say("taught.dry") + _again(arguments))
        return
    with rewritten(app, path, before, after, pipeline):
        known = {one.before.identity for one in found}
        late = [one for one in _fitting(wiser, new, rule, after=last) if one.before.identity not in known]
        found += _checked(late, lesson, pipeline, by_hand=bool(arguments.subject))
        standings = snapshot(pipeline, now)
        changes = keep_again(wiser, found, now)
        moved = project_changes(standings, snapshot(wiser, now))
    emptied = wipe(wiser, changes)
    _show(lesson, found, pipeline, arguments)
    _show_written(lesson, rule, path, changes, moved, wiser, now)
    tell_unless(emptied, pipeline)


def _show(lesson: Lesson, found: list[Reread], pipeline: Pipeline, arguments: argparse.Namespace) -> None:
    show_taught(lesson.subject, lesson.kind, lesson.by, found, pipeline.wording)
    suggestion = unknown_name(lesson.mail.subject, lesson.subject) if isinstance(lesson.subject, str) else None
    if suggestion and not arguments.subject:
        write(pipeline.wording.say("taught.perhaps_title", pattern=suggestion))


def _show_written(
    lesson: Lesson,
    rule: str,
    path: Path,
    changes: list[MailChange],
    moved: list[ProjectChange],
    wiser: Pipeline,
    now: datetime,
) -> None:
    """Where the rule stands, and what each project that it changes asks now."""
    wording = wiser.wording
    write(wording.say("taught.written", path=path))
    # Of a secret mail nothing is kept by which it could be named.
    write(wording.say("taught.undo", name=rule if lesson.kind == "secret" else lesson.mail.key))
    if lesson.kind == "secret":
        write(wording.say("taught.reduced"))
    changed = {one.name for one in moved}
    changed |= {name for one in changes for name in one.projects_after if _is(one.before, lesson.mail)}
    show_advice(changed, wiser, now)
    _show_unplaced(changes, wiser)


def _show_unplaced(changes: list[MailChange], pipeline: Pipeline) -> None:
    """Those of the mails that count for no project yet, newest first, with how she gives them one."""
    unplaced = {reading.key for reading in pipeline.timeline().unplaced}
    mails = [one.after for one in reversed(changes) if one.after.key in unplaced and not one.projects_after]
    for mail in mails[:_MOST_LISTED]:
        at = pipeline.wording.instant(mail.sent_at)
        write(pipeline.wording.say("taught.unplaced", at=at, id=mail.key))
    if len(mails) > _MOST_LISTED:
        write(pipeline.wording.say("taught.more", n=len(mails) - _MOST_LISTED))


def _is(one: StoredMail, other: StoredMail) -> bool:
    return one.identity == other.identity


def _again(arguments: argparse.Namespace) -> str:
    words = ["inboxwatch", "teach", arguments.mail, "--as", arguments.kind]
    words += ["--by", arguments.by] if arguments.by else []
    words += ["--subject", arguments.subject] if arguments.subject else []
    return shlex.join(words)


def _texts(path: Path, platform: str, lesson: Lesson) -> tuple[str | None, str]:
    """What stands in the file of taught rules, and what will. Raises Refusal where it cannot be extended."""
    sent = lesson.rule["source"].rpartition(" ")[2]
    remark = sent if lesson.kind == "secret" else f"{sent}: {lesson.mail.subject}"
    before = text_of(path)
    try:
        return before, taught.extended(before, platform, lesson.key, lesson.rule, remark)
    except taught.CannotExtend as error:
        raise Refusal(f"{path} cannot be extended: {error}; mend it, or move it away, and teach again") from None


def _new_rule(lesson: Lesson, wiser: Pipeline, platform: str) -> tuple[Platform, str]:
    """The platform with the new rule, and that rule's name. Raises Refusal if it misses the mail itself."""
    found = next(by_the_rules(wiser, [lesson.mail])).after.recognition
    new = next((one for one in wiser.profiles.platforms if one.profile.platform == platform), None)
    if found is None or new is None or found.event != lesson.kind:
        other = found.rule if found else None
        remedy = f"; take it out with: inboxwatch teach --undo {other}" if other and "+own/" in other else ""
        named = f"another rule ({other})" if other else "another rule"
        raise Refusal(f"{named} goes before the new one for this very mail, and nothing was written{remedy}")
    return new, found.rule or ""


def _checked(found: list[Reread], lesson: Lesson, pipeline: Pipeline, *, by_hand: bool) -> list[Reread]:
    """The mails that the new rule fits. Raises Refusal if it takes what is known, and is not of her own wording."""
    taken = [one.before for one in found if _is_taken_away(one.before, lesson)] if not by_hand else []
    # What a rule that is gone had made of a mail is known no more.
    taken = [mail for mail in taken if _is_taken_away(as_read_now(mail, pipeline), lesson)]
    if taken:
        shown = "; ".join(cut(mail.subject) for mail in taken[:_MOST_LISTED])
        raise Refusal(
            f"this rule would take mails that are known to mean something else: {shown}. "
            "Say yourself what is fixed, with --subject"
        )
    return found


def _is_taken_away(mail: StoredMail, lesson: Lesson) -> bool:
    """True for a mail that an attested rule had understood in another way than the mail that is taught."""
    old, own = mail.recognition, lesson.mail.recognition
    known = old is not None and old.event is not None and old.grade == "attested" and not old.suspicious
    return bool(known and old and own and old.rule != own.rule and (old.event, old.by) != (lesson.kind, lesson.by))


def _fitting(pipeline: Pipeline, platform: Platform, name: str, *, after: int = 0) -> list[Reread]:
    """The mails that are read by this rule; only those kept `after` that one."""
    rules: list[Rule | Secret] = [*platform.attested, *platform.probable, *platform.secrets]
    rule = next((one for one in rules if one.name == name), None)
    if rule is None:
        return []

    def fits(mail: StoredMail) -> bool:
        subject = platform.subject(fold(mail.subject))
        return rule.subject.match(subject.core) is not None or rule.subject.match(subject.folded) is not None

    candidates = (mail for mail in pipeline.store.every_mail(platform.profile.platform, after=after) if fits(mail))
    found = by_the_rules(pipeline, candidates)
    return [one for one in found if one.after.recognition and one.after.recognition.rule == name]
