"""The alert that a platform sends nothing any more while a project is open: perhaps its mails are switched off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from inboxwatch.alerts.coverage import Coverage
from inboxwatch.alerts.model import Alert
from inboxwatch.kept import StoredMail
from inboxwatch.platforms.profile import Profile
from inboxwatch.timeline.project import Project, standings
from inboxwatch.wording.say import Wording


class Shelf(Protocol):
    """What is needed of the store."""

    def last_mail_of(self, platform: str) -> StoredMail | None: ...
    def told_at(self, beginning: str) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class _Spell:
    """No mail has come from the platform since `since`, after `last`; what is told of it begins with `key`."""

    profile: Profile
    last: StoredMail | None
    since: datetime
    key: str


class Absence:
    """Decides about the platforms that send nothing.

    `after` is how long that may last, None for ever. `open_since` says since when there has been an open project of a
    platform, None if there is none: where nothing goes on, no mail is no wonder.
    """

    def __init__(
        self,
        shelf: Shelf,
        wording: Wording,
        profiles: Iterable[Profile],
        after: timedelta | None,
        open_since: Callable[[str], datetime | None],
    ) -> None:
        self._shelf = shelf
        self._wording = wording
        # Whoever is written to directly has no senders whose silence could be judged.
        self._profiles = tuple(profile for profile in profiles if profile.senders)
        self._after = after
        self._open_since = open_since

    def next_due(self, now: datetime) -> datetime | None:
        """The next instant at which a platform that stays silent may have to be told; one of the past, if it waits."""
        return min((due_at for due_at, _ in self._waiting(now)), default=None)

    def due(self, now: datetime, coverage: Coverage) -> Iterator[Alert]:
        """The alerts that are due by `now` (aware). Nothing while it is not known what has come."""
        for due_at, spell in self._waiting(now):
            known = coverage.known_until is not None and coverage.known_until >= due_at and not coverage.blind
            if due_at <= now and known:
                yield self._alert(spell, now, coverage)

    def _waiting(self, now: datetime) -> Iterator[tuple[datetime, _Spell]]:
        """Every spell that was not told, with the instant from which it is to be told."""
        if self._after is None:
            return
        for profile in self._profiles:
            spell = self._spell(profile, now, self._after)
            if spell:
                yield spell.since + self._after, spell

    def _spell(self, profile: Profile, now: datetime, after: timedelta) -> _Spell | None:
        last = self._shelf.last_mail_of(profile.platform)
        # By its instant and not by its identity, which changes when a mail turns out to be secret.
        which = last.sent_at.isoformat(timespec="seconds") if last else "-"
        key = f"no_platform_mail/{profile.platform}/{which}/"
        if last and last.sent_at + after > now:
            # Whether a project is open is asked when the time has come, and not at each look.
            return _Spell(profile, last, last.sent_at, key)
        opened = self._open_since(profile.platform)
        if opened is None:
            return None
        since = max(opened, last.sent_at) if last else opened
        told_at = self._shelf.told_at(key)
        # Once a spell; again where all that was open has ended since, and something has begun anew.
        return None if told_at and told_at >= since else _Spell(profile, last, since, key)

    def _alert(self, spell: _Spell, now: datetime, coverage: Coverage) -> Alert:
        wording, last, profile = self._wording, spell.last, spell.profile
        key, values = "alerts.no_platform_mail.plain", self._values(spell, now)
        lines = [
            wording.say(f"{key}.{'body' if last else 'body_never'}", **values),
            wording.say(f"{key}.{'steps' if profile.mail_settings else 'steps_unknown'}", **values),
        ]
        gap = coverage.gap(spell.since)
        if gap:
            lines.append(wording.say("evidence.holed", from_at=gap.from_at, to_at=gap.to_at, n=gap.mails))
        return Alert(
            key=f"{spell.key}{spell.since.isoformat(timespec='seconds')}",
            at=now,
            kind="no_platform_mail",
            project=None,
            urgent=False,
            title=wording.title(f"{key}.title", "", platform_name=values["platform_name"]),
            body="\n".join(lines),
            proof=coverage.proof(spell.since),
            trust=last.recognition.trust if last and last.recognition else None,
            evidence=(last.message_id,) if last and last.message_id else (),
        )

    def _values(self, spell: _Spell, now: datetime) -> dict[str, object]:
        settings = spell.profile.mail_settings
        return {
            "platform_name": getattr(spell.profile.name, self._wording.language),
            "days": now - spell.since,
            "since": spell.since,
            "last": spell.last.sent_at if spell.last else spell.since,
            "settings": settings.url if settings else "",
        }


def open_since(project: Project, *, dormant: bool) -> datetime | None:
    """Since when a project has been open without a break; None for one that is over, perhaps over, or asleep.

    One that is known from contact alone counts: the mail that would show its contract may be just what is missing.
    """
    if project.over or project.probable_closing or dormant:
        return None
    opened = None
    for standing in standings(project.events):
        opened = None if standing.over else opened or standing.since
    return opened
