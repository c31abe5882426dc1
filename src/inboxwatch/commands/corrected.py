"""What the user says of a mail: whether it can be corrected, and what the correction moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from inboxwatch.commands.refusal import Refusal
from inboxwatch.timeline.assign import ACCOUNT_EVENTS
from inboxwatch.timeline.moved import NO_MOVES, Moves, moves

if TYPE_CHECKING:
    from inboxwatch.kept import StoredMail
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.timeline.reading import Correction


def refuse_what_has_no_place(mail: StoredMail, pipeline: Pipeline) -> None:
    """Raise Refusal for a mail that belongs to no project, or proves nothing, with what can be done instead."""
    found = mail.recognition
    by_hand = "if you know on the site itself that something happened, record it: inboxwatch record PROJECT FACT"
    if found is None:
        raise Refusal(f"this mail could not be read ({mail.quarantined}); {by_hand}")
    if mail.states:
        raise Refusal(
            "this is a fact that you mailed to yourself: if it was recorded, `inboxwatch timeline PROJECT` shows its "
            "id for `record --undo`; if not, send it anew, or record it: inboxwatch record PROJECT FACT; "
            f"to take it off the list: inboxwatch review --done {mail.key}"
        )
    if found.suspicious:
        raise Refusal(f"this mail is not what it pretends to be ({found.suspicious}): it proves nothing; {by_hand}")
    if found.forwarded and found.platform is None:
        raise Refusal(f"somebody has forwarded this mail: it proves nothing; {by_hand}")
    if found.platform is None:
        raise Refusal(
            "by your configuration this mail is of no platform and of no client, so it belongs to no project; if it is "
            "a client's own mail, add his address under `clients`"
        )
    if found.event is None:
        raise Refusal(
            "no rule knows what this mail means, so it can move nothing; "
            f"make a rule of it: inboxwatch teach {mail.key} --as KIND"
        )
    if found.event in ("noise", "account", "secret", *ACCOUNT_EVENTS):
        raise Refusal(
            f"this mail was taken for {found.event}, which belongs to no project; "
            f"if it is something else: inboxwatch teach {mail.key} --as KIND"
        )
    if found.platform in pipeline.policy.require_verified and found.trust != "verified":
        raise Refusal(
            f"the sender of this mail is not verified, and your configuration demands that "
            f"(platforms: {found.platform}: require_verified), so it moves nothing; {by_hand}"
        )


def correct(
    pipeline: Pipeline, mail: StoredMail, change: Callable[[], Correction | None], now: datetime
) -> tuple[Moves, Correction | None]:
    """Keep the correction that `change` gives (None: take the last one back); return what moved, and it.

    Nothing of the past is told; what is open now is decided by the daemon, and an alert that was wrong is taken back.
    """
    with pipeline.store.transaction():
        pipeline.begin(now)
        before = pipeline.timeline()
        with pipeline.reading_again(now):
            correction = change()
            pipeline.correct(mail, correction, now)
        if mail.reading is None:  # nobody's since the configuration has changed: it counts nowhere, said or not
            return NO_MOVES, correction
        return moves(mail.reading, pipeline.store.readings(), before, pipeline.timeline()), correction
