"""The alert for mails in quarantine: they are there, and inboxwatch could not read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from inboxwatch.alerts.model import Alert
from inboxwatch.kept import StoredMail
from inboxwatch.wording.say import Wording

#: More lines than these help nobody; `review` lists them all.
_LISTED_AT_MOST = 20


def not_read(mails: Sequence[StoredMail], now: datetime, wording: Wording) -> Alert:
    """Given mails in quarantine (at least one), return the one alert that names them."""
    key = "alerts.unrecognised_mail.quarantined"
    listed, more = mails[:_LISTED_AT_MOST], len(mails) - _LISTED_AT_MOST
    lines = [
        wording.say(f"{key}.body"),
        *(wording.say(f"{key}.line", at=mail.arrived_at, id=mail.key) for mail in listed),
        *([wording.say(f"{key}.more", n=more)] if more > 0 else []),
        wording.say(f"{key}.steps"),
    ]
    return Alert(
        key=f"unrecognised_mail/quarantined/{mails[0].identity[:12]}",
        at=now,
        kind="unrecognised_mail",
        project=None,
        urgent=False,
        title=wording.title(f"{key}.title", "", n=len(mails)),
        body="\n".join(lines),
    )
