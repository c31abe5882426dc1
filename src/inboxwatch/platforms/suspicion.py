"""Mail of foreign senders that pretends to be a platform's, or hands one on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inboxwatch.mail.model import Address
from inboxwatch.platforms.kinds import PROJECTLESS_EVENTS
from inboxwatch.platforms.lookalike import borrows_label, imitates_domain, readable_domain, shows_name
from inboxwatch.platforms.prepared import Platform, Profiles, Rule, Subject

#: Stands for the sender of a mail that names none.
NOBODY = Address("", "")

#: Subjects of these events are worded so generally that other services' innocent mails carry them as well.
_COMMON_SHAPES = frozenset({*PROJECTLESS_EVENTS, "notice"})
# The line that mail programs and automatic forwarding put above a mail handed on.
_HANDED_ON = re.compile(
    r"-{2,20} ?(?:Forwarded message|Original Message|転送されたメッセージ|元のメッセージ) ?-{2,20}", re.I
)
_QUOTED_SENDER = re.compile(r"^[>\s*]{0,10}(?:From|差出人|送信者|送信元)\**\s{0,3}[::]([^\n]{0,300})", re.I | re.M)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@([\w.-]{1,255})")
_LONGEST_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class Pretence:
    """Which platform a mail pretends to come from, by what, and whether its subject is all that says so.

    `reason` says it in English, `suspicion` as in `Recognition`.
    """

    platform: Platform
    reason: str
    suspicion: tuple[str, ...]
    by_subject: bool


def shape_of(platform: Platform, subject: Subject) -> Rule | None:
    """The attested pattern rule whose whole shape the subject has; words alone are no shape.

    Rules whose subject is worded generally count only behind the platform's own prefix.
    """
    for rule in platform.attested:
        telling = subject.own_prefix or rule.rule.event not in _COMMON_SHAPES
        if telling and isinstance(rule.rule.subject, str) and rule.subject.match(subject.core) is not None:
            return rule
    return None


def pretends(profiles: Profiles, sender: Address, folded: str) -> Pretence | None:
    """Given a foreign sender (or `NOBODY`) and the folded subject, say which platform the mail pretends to be from.

    None for innocent mail: whoever merely mentions a platform in the subject pretends nothing.
    """
    for platform in profiles.platforms:
        found = _by_sender(platform, sender) or _by_subject(platform, sender, folded)
        if found:
            return found
    return None


def _by_sender(platform: Platform, sender: Address) -> Pretence | None:
    name, domain = platform.profile.name.en, _plain(sender.domain)
    for real in platform.profile.senders:
        if imitates_domain(sender.domain, real):
            reason = f"the sender's domain {domain} imitates {real}"
            return Pretence(platform, reason, _coded("imitates_domain", platform, domain, real), by_subject=False)
    if shows_name(sender.name, platform.names):
        reason = f"the sender shows the name of {name}, but writes from {domain}"
        return Pretence(platform, reason, _coded("shows_name", platform, domain), by_subject=False)
    return None


def _by_subject(platform: Platform, sender: Address, folded: str) -> Pretence | None:
    name, domain = platform.profile.name.en, _plain(sender.domain)
    subject = platform.subject(folded)
    if subject.forwarded:
        return None
    if shape_of(platform, subject) and not sender.domain:
        reason = f"the subject is one of {name}, but the mail names no sender"
        return Pretence(platform, reason, _coded("no_sender", platform, ""), by_subject=True)
    if shape_of(platform, subject):
        reason = f"the subject is one of {name}, but the sender's domain is {domain}"
        return Pretence(platform, reason, _coded("has_subject", platform, domain), by_subject=True)
    if not _leans_on(platform, sender.domain):
        return None
    probable = any(rule.subject.match(subject.core) is not None for rule in (*platform.attested, *platform.probable))
    if subject.own_prefix or probable or shows_name(subject.core, platform.names):
        reason = f"the sender's domain {domain} borrows the name of {name}, and the subject speaks of it"
        return Pretence(platform, reason, _coded("borrows_name", platform, domain), by_subject=True)
    return None


def _coded(code: str, platform: Platform, domain: str, real: str = "") -> tuple[str, ...]:
    return code, domain, platform.profile.platform, real


def _leans_on(platform: Platform, domain: str) -> bool:
    return any(borrows_label(domain, label) for label in platform.labels) or shows_name(
        readable_domain(domain), platform.names
    )


def hands_on(profiles: Profiles, folded: str, text: str) -> Platform | None:
    """The platform whose mail somebody else forwards here, seen by the subject behind Fwd: or by the quoted sender."""
    quoted = _quoted_platform(profiles, text)
    for platform in profiles.platforms:
        subject = platform.subject(folded)
        if subject.forwarded and (subject.own_prefix or shape_of(platform, subject) or quoted is platform):
            return platform
    return quoted if quoted is not None and _HANDED_ON.search(text[:_LONGEST_TEXT]) else None


def _quoted_platform(profiles: Profiles, text: str) -> Platform | None:
    for line in _QUOTED_SENDER.finditer(text[:_LONGEST_TEXT]):
        for address in _ADDRESS.finditer(line[1]):
            platform = profiles.of_domain(address[1])
            if platform is not None:
                return platform
    return None


def _plain(domain: str) -> str:
    """The domain for a sentence: cut, and readable where it is an IDN; the dots stay, for it is no link."""
    readable = readable_domain(domain)
    return (domain if readable == domain else f"{readable} ({domain})")[:200] or "nowhere"
