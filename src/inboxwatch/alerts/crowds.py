"""Suspicious mails that come in crowds: the first of a day are told one by one, the others together, at nine.

Anybody can send a thousand of them, and a thousand alerts would hide the one that matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from inboxwatch.alerts.decide import Told
from inboxwatch.alerts.defang import quoted_suspect
from inboxwatch.alerts.model import Alert
from inboxwatch.kept import StoredMail
from inboxwatch.wording.say import Wording

#: So many are told one by one within a day.
ONE_BY_ONE = 5
_DAY = timedelta(days=1)
_MOST_LISTED = 20


def is_suspect(mail: StoredMail) -> bool:
    """True for a mail that pretends to be a platform's, or is forged."""
    found = mail.recognition
    return found is not None and bool(found.suspicious or found.trust == "forged")


def crowd(waiting: Sequence[StoredMail], told: Mapping[str, Told], now: datetime) -> frozenset[str]:
    """Of the mails that wait, the identities of those suspicious ones that are too many to be told one by one today.

    `told` are the alerts of no single project, by key; `now` is aware.
    """
    lately = sum(
        1
        for key, alert in told.items()
        if key.startswith("suspicious_mail/") and not alert.muted and now - _DAY < alert.at <= now
    )
    suspects = [mail.identity for mail in waiting if is_suspect(mail)]
    return frozenset(suspects[max(0, ONE_BY_ONE - lately) :])


def of_the_crowd(mails: Sequence[StoredMail], now: datetime, wording: Wording) -> Alert:
    """One alert for all of these; what is not listed in it is in `review`."""
    day = now.astimezone(wording.zone).date().isoformat()
    lines = [
        f"　{wording.instant(mail.sent_at)}　{quoted_suspect(mail.sender)}　{quoted_suspect(mail.subject)}"
        for mail in mails[:_MOST_LISTED]
    ]
    key, more = "alerts.suspicious_mail.gathered", len(mails) - _MOST_LISTED
    if more > 0:
        lines.append(wording.say(f"{key}.more", n=more))
    return Alert(
        key=f"suspicious_mail/gathered/{day}/{min(mail.identity for mail in mails)[:12]}",
        at=now,
        kind="suspicious_mail",
        project=None,
        urgent=False,
        title=wording.title(f"{key}.title", "", n=len(mails)),
        body="\n".join([wording.say(f"{key}.body"), *lines, wording.say(f"{key}.steps")]),
        trust="forged"
        if any(mail.recognition and mail.recognition.trust == "forged" for mail in mails)
        else "unverified",
        evidence=tuple(mail.message_id for mail in mails[:_MOST_LISTED] if mail.message_id),
    )
