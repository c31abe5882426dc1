"""Why a mail is in `review`, and how to settle it, in the user's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from inboxwatch.alerts.not_taken import why_not_taken
from inboxwatch.alerts.suspicions import suspicion
from inboxwatch.kept import StoredMail
from inboxwatch.timeline.assign import AmbiguousFact
from inboxwatch.timeline.reading import Reading
from inboxwatch.wording.say import Wording

PlatformName = Callable[[str], str]


def why_and_how(mail: StoredMail, kind: str, wording: Wording, platform_name: PlatformName) -> tuple[str, str]:
    """Given a mail and its kind in `review`, why it is there, and the one line that says how to settle it."""
    found = mail.recognition
    key = "stated" if found and found.stated is not None else kind
    reason = wording.say(
        f"reviewed.why.{key}",
        platform_name=platform_name(found.platform or "") if found else "",
        reason=suspicion(found, wording, platform_name) if found and found.suspicious else mail.quarantined or "",
        problem=why_not_taken(found, wording) if found else "",
    )
    return reason, wording.say(f"reviewed.how.{key}", id=mail.key)


def why_and_how_ambiguous(reading: Reading, projects: Sequence[str], wording: Wording) -> tuple[str, str]:
    """The same of a mail that counts in several projects (`projects`), or in none because it may be of any."""
    key = "shared" if projects else "nowhere"
    how = wording.say("reviewed.how.ambiguous", id=reading.key)
    return wording.say(f"reviewed.why.{key}", projects=", ".join(projects)), how


def why_and_how_unverified(reading: Reading, wording: Wording, platform_name: PlatformName) -> tuple[str, str]:
    """The same of a mail that counts only once its sender is verified."""
    reason = wording.say("reviewed.why.unverified", platform_name=platform_name(reading.recognition.platform or ""))
    return reason, wording.say("reviewed.how.unverified", id=reading.key)


def why_and_how_fact(found: AmbiguousFact, wording: Wording) -> tuple[str, str]:
    """The same of a recorded fact whose name may by now mean any of several projects."""
    reason = wording.say("reviewed.why.fact", project=found.fact.project, projects=", ".join(found.names))
    return reason, wording.say("reviewed.how.fact", id=found.fact.key, kind=found.fact.kind)
