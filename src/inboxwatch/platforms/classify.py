"""One mail against the profiles: what it is taken for, and why."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice

from inboxwatch.mail.authenticity import judge
from inboxwatch.mail.charset import fold
from inboxwatch.mail.model import Address, Mail
from inboxwatch.platforms.fact_names import is_statement
from inboxwatch.platforms.kinds import PROJECTLESS_EVENTS
from inboxwatch.platforms.known import Known, KnownClient
from inboxwatch.platforms.links import projects_in
from inboxwatch.platforms.pattern import Spans, original
from inboxwatch.platforms.prepared import Platform, Profiles, Rule, Secret, Subject
from inboxwatch.platforms.recognition import By, Recognition
from inboxwatch.platforms.relevance import Headers, Search, searches, stated_in, wanted
from inboxwatch.platforms.stated import stated_instant
from inboxwatch.platforms.suspicion import NOBODY, hands_on, pretends

__all__ = [
    "Headers",
    "Known",
    "KnownClient",
    "Search",
    "classify",
    "matching_rules",
    "searches",
    "secret_rule",
    "wanted",
    "with_verdict",
]


_TAG = re.compile(r"\+[^@]*@")
#: What a Japanese subject quotes as a title, and what stands for it: a sign that no rule's word holds. What is shorter
#: may be one of the platform's own terms, such as 「連絡催促申請」.
_QUOTED = re.compile(r"「[^「」]{8,}」|『[^『』]{8,}』")
_IN_ITS_PLACE = "\ue000"

_QUOTED_LINES = 60
_QUOTED_LENGTH = 160
#: What is looked at for them. A character may fold to eighteen, so a line is cut before it is folded as well.
_QUOTED_TEXT = 20_000


def classify(mail: Mail, profiles: Profiles, known: Known) -> Recognition:
    """Given a mail, return what it is taken for. It never raises for what a mail may contain.

    1. Her own mail is outgoing, and contact with a client whom the configuration knows.
    2. Mail from a platform's own domain is matched against the rules of its profile.
    3. A known client's own mail is contact; so, as probable, is what somebody unknown answers to a mail with him.
    4. Anything else is of no platform; it may be suspicious, or a platform's mail that somebody forwarded.
    """
    sender = mail.sender
    folded = fold(mail.subject)
    if mail.in_sent or (sender is not None and sender.address in known.me):
        return _outgoing(mail, folded, profiles, known)
    if sender is None:
        return _of_stranger(mail, NOBODY, folded, profiles, known, "the mail names no sender")
    platform = profiles.of_domain(sender.domain)
    if platform is not None:
        return _of_platform(mail, folded, platform, known)
    client = known.client_at(sender.address)
    if client is not None:
        return _of_client(mail, folded, client, profiles, known)
    return _of_stranger(mail, sender, folded, profiles, known)


def matching_rules(mail: Mail, platform: Platform) -> tuple[Rule, ...]:
    """Every rule that fits the mail, attested ones first; the first one is the one that counts."""
    subject = platform.subject(fold(mail.subject))
    every = (*platform.attested, *platform.probable)
    return tuple(rule for rule in every if rule.match(subject, mail.sender) is not None)


# --- her own mail -----------------------------------------------------------------------------------------------------


def _outgoing(mail: Mail, folded: str, profiles: Profiles, known: Known) -> Recognition:
    client = next((found for to in mail.to if (found := known.client_at(to.address))), None)
    recognition = Recognition(None, None, "her own mail, to nobody whom the configuration knows", outgoing=True)
    if client is not None:
        recognition = _direct(mail, client, "me", f"her own mail to {client.name}")
    elif mail.in_sent:
        recognition = _stating(mail, folded, known, recognition)
    handed_on = None if mail.in_sent else hands_on(profiles, folded, mail.text)
    if handed_on is not None:
        recognition = _forwarded(recognition, handed_on, folded)
    return replace(_with_trust(recognition, mail, known), outgoing=True)


def _stating(mail: Mail, folded: str, known: Known, recognition: Recognition) -> Recognition:
    """Her own mail, if it states a fact: to herself in any words, to somebody else only where the words are a fact's.

    For that address may be hers too, unknown here: she is told then, and must not believe that it was recorded.
    """
    stated = stated_in(folded)
    if stated is None:
        return recognition
    if _to_herself(mail, known):
        why = "her own mail to herself, found in Sent: it states a fact"
        return replace(recognition, why=why, stated=stated)
    if not is_statement(stated):
        return recognition
    why = "her own mail, found in Sent, states a fact, but not to an address known to be hers"
    return replace(recognition, why=why, stated=stated, stated_to=mail.to[0].address)


def _to_herself(mail: Mail, known: Known) -> bool:
    """True for a mail to one of her addresses, or to nobody: some phones leave To empty where all are Bcc.

    Only what lies in Sent is asked: that she wrote it is certain there, as it is of no mail that was received. An
    address from which she writes to itself is hers as well; whether it counts is said where the fact is read. So is
    one with a tag (me+work@…), which all providers deliver alike.
    """
    own = {*known.me, mail.sender.address} if mail.sender else known.me
    return not mail.to or _is_to(mail, own)


def _is_to(mail: Mail, own: Collection[str]) -> bool:
    return any(to.address in own or _TAG.sub("@", to.address) in own for to in mail.to)


# --- mail of a platform -----------------------------------------------------------------------------------------------


def _of_platform(mail: Mail, folded: str, platform: Platform, known: Known) -> Recognition:
    subject = platform.subject(folded)
    secret = _secret(platform, subject)
    recognition = _secret_recognition(platform, secret) if secret else _by_rules(mail, subject, platform)
    if mail.sender_count > 1:
        reason = "the mail names several senders"
        recognition = replace(recognition, suspicious=reason, suspicion=("several_senders",))
    elif "subject" in mail.doubled:
        reason = "the mail has several subjects"
        recognition = replace(recognition, suspicious=reason, suspicion=("several_subjects",))
    return _with_trust(recognition, mail, known)


def _secret(platform: Platform, subject: Subject) -> Secret | None:
    """The secret rule that fits. Words inside a captured name or title are not the platform's own words.

    A job about login codes is a job, and a comment on it is contact that must not be lost.
    """
    own_words = subject.folded
    for rule in platform.attested:
        spans = rule.subject.match(subject.core)
        if spans:
            own_words = _without(subject.core, spans)
            break
    return next((secret for secret in platform.secrets if secret.subject.match(own_words) is not None), None)


def secret_rule(subject: str, profiles: Profiles) -> str | None:
    """The name of the rule by which a mail with this subject is a login code or the like; None if there is none.

    Of whatever platform, and whoever sent it: what forwards or imitates such a mail holds the code as well.
    """
    folded = fold(subject)
    found = (_secret(platform, platform.subject(folded)) for platform in profiles.platforms)
    return next((secret.name for secret in found if secret is not None), None)


def _without(text: str, spans: Spans) -> str:
    for start, end in sorted(spans.values(), reverse=True):
        text = f"{text[:start]}\ue000{text[end:]}"
    return text


def _secret_recognition(platform: Platform, secret: Secret) -> Recognition:
    name = platform.profile.platform
    why = f"a login code or password mail of {platform.profile.name.en}; nothing of it is kept"
    return Recognition(name, "secret", why, grade=secret.rule.grade, rule=secret.name)


def _by_rules(mail: Mail, subject: Subject, platform: Platform) -> Recognition:
    profile = platform.profile
    found = _first(platform.attested, subject, mail)
    if found is None and mail.sender is not None and mail.sender.address in profile.noise_senders:
        number = profile.noise_senders.index(mail.sender.address) + 1
        why = f"{mail.sender.address} sends nothing but noise"
        return Recognition(profile.platform, "noise", why, grade="attested", rule=f"{profile.platform}/noise/{number}")
    found = found or _first_probable(platform, subject, mail)
    project, remark = _project(mail, platform)
    url = profile.project_url.replace("{project}", project) if project and profile.project_url else None
    if found is None:
        why = f"mail from {profile.name.en}'s own domain, but no rule knows its subject{remark}"
        return Recognition(profile.platform, None, why, project=project, url=url)
    rule, spans = found
    how = "has the shape" if isinstance(rule.rule.subject, str) else "has the words"
    event, why = rule.rule.event, f"the subject {how} of rule {rule.name}"
    if event in PROJECTLESS_EVENTS:
        return Recognition(profile.platform, event, why, grade=rule.rule.grade, rule=rule.name)
    captured = {name: _captured(mail.subject, subject, span) for name, span in spans.items()}
    return Recognition(
        profile.platform,
        event,
        why + remark,
        by=rule.rule.by,
        channel="platform" if event == "contact" else None,
        grade=rule.rule.grade,
        rule=rule.name,
        project=project,
        title=captured.get("title"),
        client=captured.get("client"),
        url=url,
        due_at=_due_at(mail, rule, platform),
        quoted=() if project or captured.get("title") else _quoted(mail.text),
    )


def _quoted(text: str) -> tuple[str, ...]:
    """The first lines of a mail's text, folded and cut, for finding a known title in them."""
    lines = (fold(line[: 2 * _QUOTED_LENGTH])[:_QUOTED_LENGTH] for line in text[:_QUOTED_TEXT].splitlines())
    return tuple(islice((line for line in lines if line), _QUOTED_LINES))


def _first(rules: Iterable[Rule], subject: Subject, mail: Mail) -> tuple[Rule, Spans] | None:
    for rule in rules:
        spans = rule.match(subject, mail.sender)
        if spans is not None:
            return rule, spans
    return None


def _first_probable(platform: Platform, subject: Subject, mail: Mail) -> tuple[Rule, Spans] | None:
    """The first probable rule that fits what the platform itself says; only if none does, one that fits the whole.

    What stands in quotation marks is a project's title as a rule, and anybody chooses the words of a title.
    """
    bare = platform.subject(_QUOTED.sub(_IN_ITS_PLACE, subject.folded))
    if bare.core != subject.core:
        for rule in platform.probable:
            pattern = isinstance(rule.rule.subject, str)
            spans = rule.match(subject if pattern else bare, mail.sender)
            if spans is not None:
                return rule, spans
    return _first(platform.probable, subject, mail)


def _captured(shown: str, subject: Subject, span: tuple[int, int]) -> str | None:
    return original(shown, subject.start + span[0], subject.start + span[1]) or None


def _project(mail: Mail, platform: Platform) -> tuple[str | None, str]:
    projects = projects_in(mail.links, platform.links)
    if len(projects) > 1:
        return None, f"; its links name {len(projects)} different projects, so none is taken"
    return (projects[0], "; a link names the project") if projects else (None, "")


def _due_at(mail: Mail, rule: Rule, platform: Platform) -> datetime | None:
    if rule.rule.due is None:
        return None
    return stated_instant(rule.rule.due, f"{mail.subject}\n\n{mail.text}", platform.zone)


# --- mail of people ---------------------------------------------------------------------------------------------------


def _of_client(mail: Mail, folded: str, client: KnownClient, profiles: Profiles, known: Known) -> Recognition:
    recognition = _direct(mail, client, "client", f"a mail from an address of {client.name}")
    if hands_on(profiles, folded, mail.text) is not None:
        recognition = replace(recognition, forwarded=True)
    return _with_trust(recognition, mail, known)


def _direct(mail: Mail, client: KnownClient, by: By, why: str) -> Recognition:
    recognition = Recognition(
        "direct",
        "contact",
        why,
        by=by,
        channel="mail",
        grade="attested",
        rule="direct/client",
        client=client.name,
        answers=mail.answers,
    )
    if mail.automatic:
        return replace(recognition, event="notice", channel=None, why=f"{why}, but nobody's own word: {mail.automatic}")
    return recognition


def _of_thread(mail: Mail, client: KnownClient, known: Known) -> Recognition:
    """Somebody unknown answers a mail with a client: probably a colleague of his.

    Whoever knows a Message-ID can answer it, so it is never more than probable, and as contact can only delay. A
    verified sender proves his own domain and not whose colleague he is.
    """
    recognition = _direct(mail, client, "client", f"somebody unknown answers a mail with {client.name}")
    recognition = _with_trust(replace(recognition, rule="direct/thread", grade="probable"), mail, known)
    if recognition.trust != "verified":
        return recognition
    return replace(recognition, trust="unverified", trust_why="That the sender is of this client is not proved.")


def _of_stranger(
    mail: Mail,
    sender: Address,
    folded: str,
    profiles: Profiles,
    known: Known,
    why: str = "no platform's domain and no client's address",
) -> Recognition:
    nothing = Recognition(None, None, why, answers=mail.answers)
    pretence = pretends(profiles, sender, folded)
    handed_on = hands_on(profiles, folded, mail.text)
    if pretence is not None and not (pretence.by_subject and handed_on is not None):
        secret = _secret(pretence.platform, pretence.platform.subject(folded))
        if secret is not None:
            return _secret_of_a_stranger(
                secret, "an imitation of a login code or password mail, or one that was rewritten"
            )
        why = f"not from {pretence.platform.profile.name.en}: {pretence.reason}"
        return replace(nothing, why=why, suspicious=pretence.reason, suspicion=pretence.suspicion)
    if handed_on is not None:
        return _forwarded(nothing, handed_on, folded)
    client = known.client_answered(mail.answers)
    return _of_thread(mail, client, known) if client else nothing


def _secret_of_a_stranger(secret: Secret, what: str) -> Recognition:
    """It may hold a true code all the same, as through a list that writes its own sender into what it hands on."""
    why = f"{what}; nothing of it is kept"
    return Recognition(None, "secret", why, grade=secret.rule.grade, rule=secret.name)


def _forwarded(recognition: Recognition, platform: Platform, folded: str) -> Recognition:
    """A mail of `platform` that somebody else hands on: listed for review, and it moves nothing."""
    secret = _secret(platform, platform.subject(folded))
    if secret is not None:
        return replace(
            _secret_of_a_stranger(secret, "a login code or password mail that somebody forwards"), forwarded=True
        )
    why = f"somebody forwards a mail of {platform.profile.name.en}: it proves nothing and moves nothing"
    if recognition.platform is not None:
        why = f"{recognition.why}; {why}"
    return replace(recognition, forwarded=True, why=why)


def _with_trust(recognition: Recognition, mail: Mail, known: Known) -> Recognition:
    return with_verdict(recognition, mail, known, known.believed(mail.mailbox))


def with_verdict(recognition: Recognition, mail: Mail, known: Known, own_ids: frozenset[str]) -> Recognition:
    """The same with the verdict on whether the mail is from whom it says, by what these authserv-ids say and by itself.

    A forged one keeps its reading for display and is suspicious. Platforms write to her alone; clients to others, too.
    """
    to_her = recognition.platform == "direct" or not known.me or _is_to(mail, known.me)
    trust, reason = judge(mail, own_ids, to_her=to_her)
    if trust == "forged":
        suspicion = recognition.suspicion or ("forged",)
        suspicious = recognition.suspicious or f"forged: {reason.rstrip('.')}"
        return replace(recognition, trust=trust, trust_why=reason, suspicious=suspicious, suspicion=suspicion)
    if recognition.suspicion == ("forged",):  # so far
        recognition = replace(recognition, suspicious=None, suspicion=())
    return replace(recognition, trust=trust, trust_why=reason)
