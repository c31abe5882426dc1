"""What a correction did, for people: what moved from where to where, and what the projects ask of her now."""

from __future__ import annotations

from datetime import datetime

from inboxwatch.alerts.defang import quoted
from inboxwatch.kept import StoredMail
from inboxwatch.pipeline import Pipeline
from inboxwatch.timeline.moved import Moves, Names
from inboxwatch.views.output import write
from inboxwatch.views.standing import standing
from inboxwatch.wording.say import Wording

#: More projects than this at once are read in `status`.
_ADVISED_AT_MOST = 5


def show_moves(
    pipeline: Pipeline, mail: StoredMail, moved: Moves, saying: str, now: datetime, *, alone: bool = False
) -> None:
    """Print it. `saying` names the first sentence; `alone`: she wanted this mail settled only."""
    wording, found = pipeline.wording, mail.recognition
    if found is None or found.platform is None:
        write(wording.say("assigned.nobodys", at=mail.sent_at, subject=quoted(mail.subject)))
        return
    write(
        wording.say(
            f"assigned.{saying}",
            at=mail.sent_at,
            event=wording.say(f"event_kinds.{found.event}" if found.event else "assigned.no_kind"),
            subject=quoted(mail.subject),
            project=_names(moved.after, wording),
        )
    )
    done = saying in ("done", "done_aside")
    if moved.before != moved.after:
        write(wording.say("assigned.before", before=_names(moved.before, wording)))
    elif done:
        write(wording.say("assigned.same"))
    for before, after, n in moved.like:
        write(wording.say("assigned.like", n=n, before=_names(before, wording), after=_names(after, wording)))
    if done and found.project and f"{found.platform}/{found.project}" not in moved.after:
        write(wording.say("assigned.by_link"))
    elif moved.left and not alone and done:
        write(wording.say("assigned.left", n=moved.left))
    rows = {row.name: row for row in pipeline.store.projects()}
    for name in [name for name in moved.projects if name in rows][:_ADVISED_AT_MOST]:
        write(wording.say("assigned.advice", project=name, advice=standing(pipeline, rows[name], now).advice))


def _names(names: Names, wording: Wording) -> str:
    return ", ".join(names) or wording.say("assigned.nowhere")
