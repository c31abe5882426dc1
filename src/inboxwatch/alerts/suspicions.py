"""Why a mail is suspicious, in the user's words: the one sentence for alert, `review` and `classify`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from inboxwatch.alerts.defang import quoted_suspect
from inboxwatch.platforms.lookalike import readable_domain
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.wording.say import Wording


def suspicion(found: Recognition, wording: Wording, platform_name: Callable[[str], str]) -> str:
    """Given a suspicious mail's recognition, say why; as it was kept where that is known only in English.

    `platform_name` gives a platform's name in the user's language. Nothing in the sentence can be followed by a tap.
    """
    code, domain, platform, real = (*found.suspicion, "", "", "", "")[:4]
    key = f"suspicions.{code}"
    if not wording.has(key):
        return quoted_suspect(found.suspicious or "")
    return wording.say(key, domain=_domain(domain, wording), platform_name=platform_name(platform), real=real)


def _domain(domain: str, wording: Wording) -> str:
    """A domain as it looks, and where that is not plain letters also as it truly is.

    What is kept of one of foreign letters has its true form in brackets behind it already.
    """
    readable = readable_domain(domain.partition(" (")[0])
    if readable.isascii():
        return quoted_suspect(readable)
    spelled = ".".join(map(_spelled, readable.split(".")))
    return wording.say("suspicions.foreign_letters", domain=quoted_suspect(readable), spelled=quoted_suspect(spelled))


def _spelled(label: str) -> str:
    """A label in the letters that a domain is registered by."""
    if label.isascii():
        return label
    with suppress(UnicodeError):
        return "xn--" + label.encode("punycode").decode("ascii")
    return label
