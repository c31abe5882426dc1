"""What can be taught, and from which mail: the arguments of `teach` and the reasons why not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from inboxwatch.commands.common import one_mail
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.rules_file import cut
from inboxwatch.facts import nearest
from inboxwatch.platforms.fact_names import fact_called
from inboxwatch.platforms.kinds import OWN_ACTS, PROJECT_EVENTS, PROJECTLESS_EVENTS
from inboxwatch.views.rebuilt import is_secret

if TYPE_CHECKING:
    from inboxwatch.kept import StoredMail
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.platforms.prepared import Platform

#: What the client does, where nobody else is named.
_CLIENTS_ACTS = frozenset(
    {
        "contact",
        "reminder_received",
        "revision_requested",
        "change_proposed",
        "cancel_requested",
        "refund_requested",
        "dispute_opened",
    }
)


#: What a mail may be taught as, by its own name; a fact's Japanese names will do as well.
KINDS = PROJECT_EVENTS + PROJECTLESS_EVENTS


def meaning_of(name: str, by: str | None) -> tuple[str, str | None]:
    """The kind of this name, and by whom: as usual where nobody is named. Raises Refusal for what no mail means."""
    called = fact_called(name)
    kind = name if name in KINDS or called is None else called.kind
    if kind not in KINDS:
        raise Refusal(f"{cut(name)!r} is no kind of mail{nearest(name, KINDS)}; one of {', '.join(KINDS)}", 2)
    if kind in PROJECTLESS_EVENTS and by:
        raise Refusal(f"{kind} is nobody's act; leave out --by", 2)
    by = by or (called.by if called else None)
    if kind == "waiting" and not by:
        raise Refusal("whose turn is it after such a mail? Add --by me or --by client", 2)
    usual = "client" if kind in _CLIENTS_ACTS else "me" if kind in OWN_ACTS or kind == "answered" else None
    return kind, by or usual


def the_mail(name: str, pipeline: Pipeline) -> StoredMail:
    """The mail meant, with its bytes. Raises Refusal where none or several are meant, or nothing is kept of it."""
    found = one_mail(name, pipeline.store, pipeline.wording)
    raw = pipeline.store.raw(found.identity)
    if is_secret(found):
        raise Refusal("this is a mail with a login code or a password: nothing of it is kept that could be taught")
    if raw is None:
        raise Refusal("the bytes of this mail are not kept, so nothing can be learnt from it")
    return replace(found, raw=raw)


def platform_of(mail: StoredMail, pipeline: Pipeline) -> Platform:
    """The platform that the mail is of. Raises Refusal, with why, for one that proves nothing about a platform."""
    found = mail.recognition
    if found is None:
        raise Refusal(f"this mail could not be read ({mail.quarantined}); there is nothing to make a rule from")
    if found.suspicious or found.trust == "forged":
        raise Refusal("this mail is suspicious: a rule made from it would help whoever forged it. Nothing was taught")
    if found.forwarded:
        raise Refusal("somebody forwarded this mail, which proves nothing. Teach the original, or record the fact")
    if found.outgoing or found.platform == "direct":
        raise Refusal(
            "this mail is between people and not of a platform: such mail is known by its addresses. "
            "Use `inboxwatch assign` to say where it belongs, or `inboxwatch record` for what it means"
        )
    for platform in pipeline.profiles.platforms:
        if platform.profile.platform == found.platform:
            return platform
    raise Refusal("this mail is of no platform that is watched; rules are made for mail of a platform alone")
