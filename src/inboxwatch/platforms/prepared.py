"""Profiles made ready for matching: patterns compiled once, sender domains in a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from zoneinfo import ZoneInfo

from inboxwatch.mail.charset import fold
from inboxwatch.mail.model import Address
from inboxwatch.platforms.links import LinkPattern, link_pattern
from inboxwatch.platforms.pattern import Pattern, Spans, WordsPattern, pattern, words
from inboxwatch.platforms.profile import MailRule, Profile, SecretRule, Words

#: What a subject's pattern may capture for display.
HOLES = ("client", "title")
_FORWARDS = ("fwd:", "fw:", "転送:")
_REPLIES = ("re:", "返信:")
_MOST_PREFIXES = 10


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject made ready for the rules: folded, and where its core begins behind prefixes.

    `own_prefix` tells whether the platform's own prefix stood there, `forwarded` whether one such as Fwd: did.
    """

    folded: str
    start: int = 0
    own_prefix: bool = False
    forwarded: bool = False

    @property
    def core(self) -> str:
        """The subject without its prefixes."""
        return self.folded[self.start :]


@dataclass(frozen=True, slots=True)
class Rule:
    """One mail rule with its name and its compiled subject."""

    name: str
    rule: MailRule
    subject: Pattern | WordsPattern

    def match(self, subject: Subject, sender: Address | None) -> Spans | None:
        """The spans of what is captured, in the core of the subject, if subject and sender fit; else None."""
        return self.subject.match(subject.core) if self._sent_by(sender) else None

    def _sent_by(self, sender: Address | None) -> bool:
        wanted = self.rule.sender
        if wanted is None:
            return True
        if sender is None:
            return False
        given = sender.address if "@" in wanted else sender.address.rpartition("@")[0]
        return given == wanted.casefold()


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret rule with its name and its compiled subject."""

    name: str
    rule: SecretRule
    subject: Pattern | WordsPattern


@dataclass(frozen=True, slots=True)
class Platform:
    """One profile, ready for matching. `attested` and `probable` hold its rules in their order."""

    profile: Profile
    zone: ZoneInfo
    prefixes: tuple[str, ...]
    secrets: tuple[Secret, ...]
    attested: tuple[Rule, ...]
    probable: tuple[Rule, ...]
    links: tuple[LinkPattern, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The platform's name as it may stand in a display name."""
        return tuple(dict.fromkeys((self.profile.name.ja, self.profile.name.en)))

    @property
    def labels(self) -> tuple[str, ...]:
        """The main label of each sender domain: "lancers" of lancers.co.jp."""
        return tuple(dict.fromkeys(max(domain.split("."), key=len) for domain in self.profile.senders))

    def subject(self, folded: str) -> Subject:
        """Find where the core of a folded subject begins, behind Fwd:, 転送:, Re: and the platform's own prefixes."""
        start, own, forwarded = 0, False, False
        for _ in range(_MOST_PREFIXES):
            head = folded[start : start + 40].casefold()
            found = next(
                (prefix for prefix in (*_FORWARDS, *_REPLIES, *self.prefixes) if head.startswith(prefix)), None
            )
            if found is None:
                break
            own = own or found in self.prefixes
            forwarded = forwarded or found in _FORWARDS
            start += len(found)
            start += len(folded[start:]) - len(folded[start:].lstrip())
        return Subject(folded, start, own, forwarded)


@dataclass(frozen=True, slots=True)
class Profiles:
    """All profiles in use, ready for matching. `domains` leads from a sender's domain to its platform."""

    platforms: tuple[Platform, ...]
    domains: Mapping[str, Platform]

    def __iter__(self) -> Iterator[Profile]:
        return (platform.profile for platform in self.platforms)

    def by_name(self, platform: str) -> Profile:
        """The profile with this name. Raise KeyError if there is none or it is switched off."""
        for one in self.platforms:
            if one.profile.platform == platform:
                return one.profile
        raise KeyError(platform)

    def of_domain(self, domain: str) -> Platform | None:
        """The platform whose sender domain this is, or of which it is a sub-domain; else None."""
        labels = domain.casefold().rstrip(".").split(".")[-10:]
        for index in range(len(labels)):
            found = self.domains.get(".".join(labels[index:]))
            if found is not None:
                return found
        return None


def compiled(subject: str | Words, prefixes: Iterable[str]) -> Pattern | WordsPattern:
    """Given a subject as a profile states it, compile it; the platform's prefix is left out, for it is optional.

    Raise PatternError for what cannot be understood.
    """
    if isinstance(subject, Words):
        return words(subject.has, subject.lacks)
    bare = subject.lstrip()
    for prefix in prefixes:
        bare = bare.removeprefix(prefix).lstrip()
    return pattern(bare, HOLES)


def prepare(
    profile: Profile, own_rules: Mapping[int, int] | None = None, own_secrets: Mapping[int, int] | None = None
) -> Platform:
    """Given a checked profile, make it ready. Raise PatternError for a subject or link that cannot be understood.

    `own_rules` leads from the index of a mail rule to its number among the user's own: such a rule is named
    "lancers+own/1", all others "lancers/1" by their place in the shipped file. `own_secrets` does the same for secrets.
    """
    own = own_rules or {}
    shipped, rules = 0, []
    for index, rule in enumerate(profile.mails):
        if index in own:
            name = f"{profile.platform}+own/{own[index]}"
        else:
            shipped += 1
            name = f"{profile.platform}/{shipped}"
        rules.append(Rule(name, rule, compiled(rule.subject, profile.prefixes)))
    return Platform(
        profile=profile,
        zone=ZoneInfo(profile.zone),
        prefixes=tuple(fold(prefix).casefold() for prefix in profile.prefixes),
        secrets=tuple(
            Secret(name, rule, _secret_subject(rule))
            for name, rule in zip(_secret_names(profile, own_secrets or {}), profile.secret, strict=True)
        ),
        attested=tuple(rule for rule in rules if rule.rule.grade == "attested"),
        probable=tuple(rule for rule in rules if rule.rule.grade == "probable"),
        links=tuple(link_pattern(link, only_digits=profile.project_ids == "digits") for link in profile.project_links),
    )


def _secret_names(profile: Profile, own: Mapping[int, int]) -> Iterator[str]:
    shipped = 0
    for index in range(len(profile.secret)):
        shipped += index not in own
        yield f"{profile.platform}+own/secret/{own[index]}" if index in own else f"{profile.platform}/secret/{shipped}"


def together(platforms: Iterable[Platform]) -> Profiles:
    """Given prepared platforms, return them as `Profiles`. The first one keeps a domain that two of them claim."""
    everyone = tuple(platforms)
    domains: dict[str, Platform] = {}
    for platform in everyone:
        for domain in platform.profile.senders:
            domains.setdefault(domain.casefold().strip("."), platform)
    return Profiles(everyone, MappingProxyType(domains))


def _secret_subject(rule: SecretRule) -> WordsPattern:
    # A secret is recognised by what its subject contains, never by its whole shape: rather one too many.
    subject = rule.subject
    return words(subject.has, subject.lacks) if isinstance(subject, Words) else words([subject])
