"""What the user says of a mail: which mail she means, whether it can be corrected, and what the correction moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from inboxwatch.commands.refusal import Refusal
from inboxwatch.timeline.assign import ACCOUNT_EVENTS
from inboxwatch.timeline.moved import Moves, moves

if TYPE_CHECKING:
    from inboxwatch.kept import StoredMail
    from inboxwatch.pipeline import Pipeline
    from inboxwatch.store.sqlite import Store
    from inboxwatch.timeline.reading import Correction

#: As many as one can choose from at a glance.
_SHOWN_AT_MOST = 8
_SHORTEST_ID = 6


def one_mail(name: str, store: Store) -> StoredMail:
    """The one mail meant, by the beginning of its id or by its Message-ID. Raises Refusal for none or several."""
    if name.startswith("fact-"):
        raise Refusal(f"{name} is a recorded fact and no mail; withdraw it: inboxwatch record --undo {name}")
    found = store.find_mails(name)
    if len(found) == 1:
        return found[0]
    if found:
        shown = [f"  {mail.identity[:16]}  {mail.sent_at:%Y-%m-%d %H:%M} UTC  {mail.subject}" for mail in found]
        more = ["  ..."] if len(found) > _SHOWN_AT_MOST else []
        raise Refusal([f"{name!r} may be any of these mails; write more of the id:", *shown[:_SHOWN_AT_MOST], *more])
    if 0 < len(name) < _SHORTEST_ID:
        raise Refusal(f"{name!r} is too short: write at least {_SHORTEST_ID} signs of the mail's id")
    raise Refusal(
        f"there is no mail {name!r}; `inboxwatch review` and `inboxwatch timeline PROJECT` show the ids of mails"
    )


def refuse_what_has_no_place(mail: StoredMail, pipeline: Pipeline) -> None:
    """Raise Refusal for a mail that belongs to no project, or proves nothing, with what can be done instead."""
    found = mail.recognition
    by_hand = "if you know on the site itself that something happened, record it: inboxwatch record PROJECT FACT"
    if found is None:
        raise Refusal(f"this mail could not be read ({mail.quarantined}); {by_hand}")
    if mail.states:
        raise Refusal(
            "this is a fact that you mailed to yourself: if it was recorded, `inboxwatch timeline PROJECT` shows its "
            "id for `record --undo`; if not, send it anew, or record it: inboxwatch record PROJECT FACT"
        )
    if found.suspicious:
        raise Refusal(f"this mail is not what it pretends to be ({found.suspicious}): it proves nothing; {by_hand}")
    if found.forwarded and found.platform is None:
        raise Refusal(f"somebody has forwarded this mail: it proves nothing; {by_hand}")
    if found.event is None:
        raise Refusal(
            "no rule knows what this mail means, so it can move nothing; "
            f"make a rule of it: inboxwatch teach {mail.identity[:16]} --as KIND"
        )
    if found.event in ("noise", "account", "secret", *ACCOUNT_EVENTS):
        raise Refusal(
            f"this mail was taken for {found.event}, which belongs to no project; "
            f"if it is something else: inboxwatch teach {mail.identity[:16]} --as KIND"
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
    assert mail.reading is not None
    with pipeline.store.transaction():
        pipeline.begin(now)
        pipeline.begin_again(now)
        before = pipeline.timeline()
        correction = change()
        pipeline.correct(mail, correction, now)
        after = pipeline.timeline()
        found = moves(mail.reading, pipeline.store.readings(), before, after)
        pipeline.settle_again(now)
    return found, correction
