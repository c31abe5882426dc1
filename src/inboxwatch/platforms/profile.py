"""What a profile may say, checked when it is loaded (DESIGN §7)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from inboxwatch.platforms.kinds import PAYMENT_KINDS, PROJECT_EVENTS, PROJECTLESS_EVENTS

ProjectState = Literal["awaiting_escrow", "in_progress", "awaiting_approval", "paid", "cancelled", "closed"]
OutcomeName = Literal["paid", "refunded"]

_SPAN = re.compile(r"(\d{1,4}) (hours?|days?|months?|years?)")
_SELECTOR = re.compile(r"([a-z_]+)(?: by (client|me|platform))?(?: on (platform|mail|offsite))?")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _span(text: str) -> str:
    if not _SPAN.fullmatch(text):
        raise ValueError(f"{text!r} is no span; write for instance '168 hours', '7 days', '3 months' or '1 year'")
    return text


def _selector(text: str) -> str:
    found = _SELECTOR.fullmatch(text)
    if not found or found[1] not in PROJECT_EVENTS:
        raise ValueError(f"{text!r} names no event; write for instance 'contact by client' or 'escrow_funded'")
    return text


Span = Annotated[str, AfterValidator(_span)]
Selector = Annotated[str, AfterValidator(_selector)]
Rounding = Literal["end_of_day", "next_full_hour"]


class From(_Part):
    """Which event starts the clock: the latest or the earliest of those selected."""

    latest: tuple[Selector, ...] = ()
    earliest: tuple[Selector, ...] = ()

    @model_validator(mode="after")
    def _one_of_them(self) -> From:
        if bool(self.latest) == bool(self.earliest):
            raise ValueError("name the events under exactly one of 'latest' and 'earliest'")
        return self


class Later(_Part):
    """A second reading of the same span, by which the deadline is certain."""

    after: Span
    round: Rounding | None = None


class Extension(_Part):
    """At each of these events at least `to_at_least` remains."""

    by: tuple[Selector, ...]
    to_at_least: Span


class Outcome(_Part):
    """What pressing the button leads to, by what has been reported."""

    completion_reported: OutcomeName
    otherwise: OutcomeName


class DeadlineRule(_Part):
    """One clock of the platform. `act`: may (from then on), must (before then), none (it happens by itself)."""

    id: str
    act: Literal["may", "must", "none"]
    alert: str
    from_: Annotated[From, Field(alias="from")]
    after: Span
    round: Rounding | None = None
    certain: Later | None = None
    while_: Annotated[tuple[ProjectState, ...], Field(alias="while")] = ("in_progress", "awaiting_approval")
    blocked_by: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    ended_by: tuple[Selector, ...] = ()
    until_reported: bool = False
    extended: Extension | None = None
    stated_by: Selector | None = None
    warn: Span | None = None
    outcome: Outcome | None = None
    source: str
    checked: str
    grade: Literal["official", "first-hand", "third-party", "inferred"] = "official"

    @field_validator("unless")
    @classmethod
    def _known_payment_kinds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for kind in value:
            if kind not in PAYMENT_KINDS:
                raise ValueError(f"{kind!r} is no way of being paid; one of {', '.join(PAYMENT_KINDS)}")
        return value


class Words(_Part):
    """A subject by its words: each of `has` in any order, none of `lacks`. `a|b` in `has` means one of both."""

    has: tuple[str, ...] = Field(min_length=1)
    lacks: tuple[str, ...] = ()


def _subject_form(value: object) -> str:
    return "pattern" if isinstance(value, str) else "words"


#: A pattern with {holes}, or words. Told apart by their form, so that an error speaks of the one that was written.
Subject = Annotated[Annotated[str, Tag("pattern")] | Annotated[Words, Tag("words")], Discriminator(_subject_form)]


class MailRule(_Part):
    """One kind of mail: `subject` is a pattern with {holes}, or words.

    `sender` narrows it to one address, or to one local part of the platform's domains.
    `due` is a word beside which subject or body state a deadline ("取引期限"): the date there becomes `due_at`.
    """

    event: str
    subject: Subject
    sender: str | None = None
    by: Literal["client", "me", "platform"] | None = None
    due: str | None = None
    grade: Literal["attested", "probable"] = "attested"
    source: str | None = None
    checked: str | None = None

    @field_validator("event")
    @classmethod
    def _known_event(cls, value: str) -> str:
        if value not in PROJECT_EVENTS + PROJECTLESS_EVENTS:
            raise ValueError(f"{value!r} is no event kind")
        return value


class SecretRule(_Part):
    """A mail that is never stored and never shown: one whose subject contains this text, or has these words."""

    subject: Subject
    grade: Literal["attested", "probable"] = "attested"
    source: str | None = None


class MailSettings(_Part):
    """The page on which the user switches the platform's mails on and off."""

    url: Annotated[str, Field(pattern=r"^https://[!-~]+$")]
    source: str
    checked: str


class LocalName(_Part):
    """The platform's name in both languages of the user."""

    ja: str
    en: str


class Profile(_Part):
    """Everything inboxwatch knows of one platform.

    `prefixes` begin some subjects of the platform ("[ランサーズ]") and are optional in every rule. `senders` are exact
    domains, their sub-domains included; `noise_senders` are addresses that only ever send noise.
    """

    platform: Annotated[str, Field(pattern=r"[a-z][a-z0-9_]*")]
    name: LocalName
    zone: str = "Asia/Tokyo"
    senders: tuple[str, ...]
    prefixes: tuple[str, ...] = ()
    secret: tuple[SecretRule, ...] = ()
    noise_senders: tuple[str, ...] = ()
    project_links: tuple[str, ...] = ()
    project_ids: Literal["digits", "any"] = "digits"
    project_url: str | None = None
    mail_settings: MailSettings | None = None
    mails: tuple[MailRule, ...] = ()
    deadlines: tuple[DeadlineRule, ...] = ()
    delivered_awaits_approval: bool = True
