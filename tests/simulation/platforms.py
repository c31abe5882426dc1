"""The platforms of the stories: Lancers as it is shipped, one of the user's own profile, and clients without any.

`Terms` are the clocks as the model knows them, written from CONTRACT and from the profile below, not from the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

JST = timezone(timedelta(hours=9))
HOUR = timedelta(hours=1)

#: A platform that does not exist, with clocks that Lancers has not, in a zone that changes its hour twice a year.
KOBO = """\
platform: kobo
name: {ja: 工房, en: Kobo}
zone: Europe/Berlin
senders: [kobo.example]
project_links: ["https://kobo.example/jobs/{project}"]
mails:
  - {event: contact, by: client, subject: "{client} さんから {title} に連絡がありました"}
  - {event: started, subject: "{title} の契約が成立しました"}
  - {event: escrow_funded, subject: "{title} の代金をお預かりしました"}
  - {event: change_proposed, by: client, subject: "{title} の変更のご相談"}
  - {event: change_settled, subject: "{title} の変更が決まりました"}
  - {event: revision_requested, by: client, subject: "{title} の修正のお願い"}
  - {event: payment_confirmed, subject: "{title} の代金が支払われました"}
  - {event: cancelled, subject: "{title} の取引が中止されました"}
deadlines:
  - id: inquiry
    act: may
    alert: reminder_available
    from: {latest: [contact by client, started, escrow_funded]}
    after: 120 hours
    blocked_by: [change_proposed]
    source: invented
    checked: 2026-11
  - id: revision
    act: must
    alert: deadline_against
    from: {latest: [revision_requested by client]}
    after: 3 days
    round: end_of_day
    while: [awaiting_escrow, in_progress, awaiting_approval]
    ended_by: [answered, payment_confirmed, cancelled, closed]
    source: invented
    checked: 2026-11
  - id: release
    act: none
    alert: result_overdue
    from: {latest: [delivered]}
    after: 14 days
    while: [awaiting_approval]
    ended_by: [payment_confirmed, cancelled, closed]
    source: invented
    checked: 2026-11
"""

#: The subjects of its mails, by the event that they tell.
KOBO_SUBJECTS = {
    "contact": "{client} さんから {title} に連絡がありました",
    "started": "{title} の契約が成立しました",
    "escrow_funded": "{title} の代金をお預かりしました",
    "change_proposed": "{title} の変更のご相談",
    "change_settled": "{title} の変更が決まりました",
    "revision_requested": "{title} の修正のお願い",
    "payment_confirmed": "{title} の代金が支払われました",
    "cancelled": "{title} の取引が中止されました",
}
KOBO_SENDER = "工房 <news@kobo.example>"


@dataclass(frozen=True, slots=True)
class Terms:
    """The clocks of one platform.

    `request`: after how long a silence she may ask. `filing`: what follows from it runs as on Lancers, and so does the
    end of a deal (取引期限). `revision`: so many days after a demand for a revision, to midnight in `zone`, she must
    have answered. `release`: so long after a delivery it should be paid.
    """

    request: timedelta | None = None
    filing: bool = False
    revision_days: int | None = None
    release: timedelta | None = None
    zone: tzinfo = JST
    outcomes: bool = False


LANCERS = Terms(request=168 * HOUR, filing=True, outcomes=True)
_TERMS = {
    "lancers": LANCERS,
    "kobo": Terms(request=120 * HOUR, revision_days=3, release=14 * 24 * HOUR, zone=ZoneInfo("Europe/Berlin")),
    "direct": Terms(),
}


def terms_of(project: str) -> Terms:
    """The clocks of the platform that a project is on."""
    return _TERMS[project.partition("/")[0]]


def end_of_days(start: datetime, days: int, zone: tzinfo) -> datetime:
    """24:00 in `zone` of the date on which so many times 24 hours after `start` are over."""
    local = (start + timedelta(days=days)).astimezone(zone)
    return (local.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)).replace(
        tzinfo=zone
    )
