"""What `forget` would remove, or has removed, as text: the money's clocks first, then what goes and what stays."""

from __future__ import annotations

from collections.abc import Iterator

from inboxwatch.forgetting import Removed
from inboxwatch.views.output import write
from inboxwatch.wording.say import Wording


def show_removal(removed: Removed, wording: Wording, clocks: list[str], remarks: list[str]) -> None:
    """Name what goes; `clocks` say what is not watched any more, `remarks` what stays, or would come back."""
    for line in clocks:
        write(line)
    write(wording.say("forgotten.goes"))
    for line in _parts(removed, wording):
        write(f"  {line}")
    if removed.shared:
        named = ", ".join(removed.missed_by)
        write(wording.say("forgotten.shared", n=removed.shared, projects=named))
    if removed.kept:
        named = ", ".join(removed.kept_by)
        write(wording.say("forgotten.kept_by" if named else "forgotten.kept", n=removed.kept, projects=named))
    for line in remarks:
        write(line)


def _parts(removed: Removed, wording: Wording) -> Iterator[str]:
    if removed.projects:
        yield wording.say("forgotten.projects", projects=", ".join(removed.projects))
    if removed.since is not None and removed.until is not None:
        yield wording.say("forgotten.mails", n=removed.mails, since=removed.since, until=removed.until)
    else:
        yield wording.say("forgotten.no_mails")
    if removed.facts:
        yield wording.say("forgotten.facts", n=removed.facts)
    if removed.alerts:
        waiting = "_waiting" if removed.waiting else ""
        yield wording.say(f"forgotten.alerts{waiting}", n=removed.alerts, m=removed.waiting)
