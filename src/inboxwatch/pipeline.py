"""The one way through: take mails and facts, decide what is due. Daemon, replay and import are loops around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cached_property

from inboxwatch import __version__
from inboxwatch.deciding import Deciding
from inboxwatch.fingerprint import fingerprint
from inboxwatch.policy import Policy, Recipient
from inboxwatch.taking import Taking

__all__ = ["Pipeline", "Policy", "Recipient"]


class Pipeline(Taking, Deciding):
    """Takes mails and facts into the store, and decides from it which alerts are due."""

    def begin(self, now: datetime) -> None:
        """Let a changed configuration, profile or program take effect. Without a change nothing is done.

        What the change makes due is told if it fell due in the last two days, as after a short stop; what is older
        only if it is true still: an open window, a running `must` deadline. Whatever writes or decides asks for it
        first, so that a command and a daemon of different configurations cannot hide the change from each other.
        """
        if self.store.recall("derived_by") == self._fingerprint:
            return
        with self.store.transaction():
            # What already waited to be told does not wait because of the change.
            waiting = self._waiting(now)
            self.derive(now)
            self.store.look_at_all(now)
            if not self.starting(now):
                self._settle(waiting, now, "changed")
            self.store.remember("derived_by", self._fingerprint)

    @cached_property
    def _fingerprint(self) -> str:
        # Whom to tell, and at which hours, decides nothing that is kept.
        deciding = replace(self.policy, recipients=(), quiet_hours=None)
        names = [rule.name for platform in self.profiles.platforms for rule in (*platform.attested, *platform.probable)]
        return fingerprint(deciding, list(self.profiles), names, __version__)
