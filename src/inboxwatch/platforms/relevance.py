"""Which mails are worth fetching, by their headers alone, and what to ask the server to search for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from inboxwatch.mail.charset import fold
from inboxwatch.mail.model import Address, Mail
from inboxwatch.platforms.known import Known
from inboxwatch.platforms.prepared import Platform, Profiles
from inboxwatch.platforms.suspicion import NOBODY, pretends, shape_of

#: A mail to herself with this word in front records a fact (CONTRACT, Recorded facts). Not every server finds the one
#: in full width when it is asked for the other.
FACT_WORDS = ("inboxwatch", "ｉｎｂｏｘｗａｔｃｈ")
_ANSWER = re.compile(r"(?:(?:re|fwd?|aw|sv|返信|転送)(?:\[\d+\])?: ?)+", re.IGNORECASE)
_STATED = re.compile(r"inboxwatch(?![a-z_.@/-])[ :,、]*(?P<words>.*)", re.IGNORECASE)

Role = Literal["inbox", "all", "junk", "sent"]
#: One criterion of an IMAP SEARCH: the field (FROM, TO or SUBJECT) and the text, which may be Japanese.
Search = tuple[Literal["FROM", "TO", "SUBJECT"], str]


@dataclass(frozen=True, slots=True)
class Headers:
    """What the headers of a mail say; addresses are lower-case."""

    sender: Address | None
    subject: str
    to: tuple[Address, ...] = ()
    in_sent: bool = False
    answers: tuple[str, ...] = ()


def wanted(headers: Headers | Mail, profiles: Profiles, known: Known) -> bool:
    """Whether a profile, a known client or a suspicion could claim the mail with these headers.

    A mail that is not wanted is recorded as seen, without content.
    """
    folded = fold(headers.subject)
    sender = headers.sender
    own = headers.in_sent or (sender is not None and sender.address in known.me)
    if own:
        to_client = any(known.client_at(to.address) for to in headers.to)
        return to_client or stated_in(folded) is not None or _hands_on(profiles, folded)
    if sender is None:
        return pretends(profiles, NOBODY, folded) is not None
    return (
        profiles.of_domain(sender.domain) is not None
        or known.client_at(sender.address) is not None
        or known.threads.seen(headers.answers)
        or pretends(profiles, sender, folded) is not None
        or _hands_on(profiles, folded)
    )


def stated_in(folded: str) -> str | None:
    """Given a folded subject, the words behind `inboxwatch`, of a reply too; None if the subject does not begin so."""
    found = _STATED.fullmatch(_ANSWER.sub("", folded, count=1) if _ANSWER.match(folded) else folded)
    return found["words"].strip() if found else None


def is_answer(subject: str) -> bool:
    """True for the subject of a reply or a forward: what it says was said before."""
    return _ANSWER.match(fold(subject)) is not None


def _hands_on(profiles: Profiles, folded: str) -> bool:
    return any(_is_handed_on(platform, folded) for platform in profiles.platforms)


def _is_handed_on(platform: Platform, folded: str) -> bool:
    subject = platform.subject(folded)
    return subject.forwarded and (subject.own_prefix or shape_of(platform, subject) is not None)


def searches(profiles: Profiles, known: Known, role: Role) -> tuple[Search, ...]:
    """What the server shall search for on the first run; a mail that any of these finds is then asked by `wanted`.

    Senders are searched by the main label of their domain, so that lookalikes come too, and by the platform's name as
    it is shown. Junk is searched for platforms only; All Mail holds her own mails as well.
    """
    found: dict[Search, None] = {}
    if role != "sent":
        for platform in profiles.platforms:
            for text in (*platform.labels, *_japanese(platform)):
                found.setdefault(("FROM", text))
    if role in ("inbox", "all"):
        for platform in profiles.platforms:
            for text in _japanese(platform):
                found.setdefault(("SUBJECT", text))
        for address in _client_addresses(known):
            found.setdefault(("FROM", address))
    if role in ("sent", "all"):
        for address in _client_addresses(known):
            found.setdefault(("TO", address))
        for word in FACT_WORDS:
            found.setdefault(("SUBJECT", word))
    return tuple(found)


def _japanese(platform: Platform) -> tuple[str, ...]:
    # The Latin name is the domain's label already, and as a subject's word it is too common.
    return tuple(name for name in platform.names if not name.isascii() and platform.profile.senders)


def _client_addresses(known: Known) -> tuple[str, ...]:
    return tuple(address for client in known.clients for address in sorted(client.addresses))
