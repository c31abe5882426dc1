"""That nothing is kept by rules that have just been replaced: one may be taught while mailboxes are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from inboxwatch.app import App
from inboxwatch.mailbox.errors import MailboxError
from inboxwatch.platforms.taught import stamp
from inboxwatch.store.sqlite import Store


class RulesChanged(MailboxError):
    """The rules have just changed: what was brought is not kept by the old ones, but read again in a moment."""

    def __init__(self) -> None:
        super().__init__("the rules have changed meanwhile; this is read again by the new ones")


@contextmanager
def by_the_rules_of(app: App, store: Store) -> Iterator[None]:
    """One transaction, in which the taught rules stay as `app` has them. Raises RulesChanged if they are others now.

    `teach` replaces its file inside such a transaction too; so it is asked inside, and not before.
    """
    with store.transaction():
        if stamp(app.taught_profiles) != app.taught:
            raise RulesChanged
        yield
