"""What the user has configured, as far as it bears on taking and deciding; and the parts that both work with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from inboxwatch.alerts.decide import Habits
from inboxwatch.alerts.quiet import QuietHours
from inboxwatch.platforms.known import Known
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.platforms.profile import Profile
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.deadline import ContactSetting
from inboxwatch.wording.say import Wording


@dataclass(frozen=True, slots=True)
class Recipient:
    """A target as deciding needs to know it: its name, and which kinds it wants (None: all)."""

    name: str
    kinds: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user has configured, as far as it bears on taking and deciding.

    `no_platform_mail`: what is told when an open project's platform has sent no mail for so long; None for never.
    """

    known: Known = field(default_factory=Known)
    contact: Mapping[str, ContactSetting] = field(default_factory=dict)
    require_verified: frozenset[str] = frozenset()
    habits: Habits = field(default_factory=Habits)
    no_platform_mail: timedelta | None = None
    recipients: tuple[Recipient, ...] = ()
    quiet_hours: QuietHours | None = None


class Parts(ABC):
    """The store, the profiles, the policy and the wording, of which taking and deciding are made."""

    def __init__(self, store: Store, profiles: Profiles, policy: Policy, wording: Wording) -> None:
        self.store = store
        self.profiles = profiles
        self.policy = policy
        self.wording = wording

    @abstractmethod
    def begin(self, now: datetime) -> None:
        """Let a changed configuration, profile or program take effect."""

    def profile(self, platform: str) -> Profile | None:
        """The platform's profile; None for one without rules, such as `direct`."""
        try:
            return self.profiles.by_name(platform)
        except KeyError:
            return None
