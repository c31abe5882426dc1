"""A story at one instant: what she has been told by then, and what `status` shows then.

Instants in the tables of this folder are written as literals, in the zone of the user of the story, and were reckoned
by hand: the code under test has no part in them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from inboxwatch.alerts.as_json import alert_as_json
from inboxwatch.pipeline import Policy
from inboxwatch.views.as_json import status_as_json
from inboxwatch.views.standing import standings
from inboxwatch.wording.say import Wording
from tests.pipeline.story import HOUR, KNOWN, PROJECT, SECOND, Story, comment

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")

#: One second before an instant, the instant, one second after.
AROUND = (-1, 0, 1)


def instant(text: str) -> datetime:
    """An instant as a table writes it, always with its offset."""
    found = datetime.fromisoformat(text)
    assert found.tzinfo, f"{text}: a table names the offset"
    return found


def beside(text: str, seconds: int) -> datetime:
    """The instant that lies some seconds behind one of a table."""
    return instant(text) + seconds * SECOND


def story(zone: ZoneInfo = TOKYO, **policy: Any) -> Story:
    """A story of a user who lives in `zone`. The platform stays in Tokyo."""
    return Story(policy=Policy(known=KNOWN, **policy), wording=Wording("ja", zone))


def funded(last: str, zone: ZoneInfo = TOKYO, **policy: Any) -> Story:
    """An escrow that was paid in an hour before the client's last contact, which is a mail dated `last`."""
    at = instant(last)
    return story(zone, **policy).note("escrow_funded", at - HOUR).mail(comment(), at)


def filed(at: str, zone: ZoneInfo = TOKYO, *, reported: bool, **policy: Any) -> Story:
    """A reminder request of hers, filed at `at` after 8 days of silence."""
    filed_at = instant(at)
    told = funded((filed_at - days(8)).isoformat(), zone, **policy)
    if reported:
        told.note("completion_reported", filed_at - HOUR)
    return told.note("reminder_filed", filed_at)


@dataclass(frozen=True)
class Moment:
    """What is so at one instant: every alert until then and the document of `status`, both as they are printed."""

    alerts: list[dict[str, Any]]
    status: dict[str, Any]

    @property
    def project(self) -> dict[str, Any]:
        """The one project of the story."""
        return _only(one for one in self.status["projects"] if one["id"] == PROJECT)

    @property
    def advice(self) -> str:
        """The one sentence that says what to do."""
        return str(self.project["advice"])

    def deadline(self, rule: str) -> dict[str, Any]:
        """The running instance of a rule."""
        return _only(one for one in self.project["deadlines"] if one["id"] == rule)

    def told(self, *kinds: str) -> list[tuple[str, str]]:
        """Kind and instant of every alert, of these kinds or of all, in her zone."""
        return [(one["kind"], one["at"]) for one in self.alerts if not kinds or one["kind"] in kinds]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Every alert of this kind."""
        return [one for one in self.alerts if one["kind"] == kind]


def _only(found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    (one,) = found
    return one


def moment(told: Story, now: datetime) -> Moment:
    """Play a story up to and with `now`, and look."""
    pipeline, alerts = told.play(now)
    zone = pipeline.wording.zone
    status = status_as_json(pipeline, standings(pipeline, now), now)
    return Moment([alert_as_json(alert, zone) for alert in alerts], status)


def around(told: Story, text: str) -> tuple[Moment, Moment, Moment]:
    """The story one second before an instant of a table, at it, and one second after."""
    before, at, after = (moment(told, beside(text, seconds)) for seconds in AROUND)
    return before, at, after


def days(number: float) -> timedelta:
    """So many times 24 hours."""
    return timedelta(days=number)
