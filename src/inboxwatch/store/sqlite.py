"""The store on SQLite: WAL, synchronous=FULL, one transaction for what belongs together.

A dozen or so verbs in plain types, a module for each concern. Each thread opens its own `Store` on the same file.
"""

from __future__ import annotations

from inboxwatch.store.database import FILE_NAME
from inboxwatch.store.forgetting import Forgetting
from inboxwatch.store.outbox import Outbox
from inboxwatch.store.progress import Progress
from inboxwatch.store.projects import Projects
from inboxwatch.store.recorded import Recorded

__all__ = ["FILE_NAME", "Store"]


class Store(Forgetting, Recorded, Projects, Outbox, Progress):
    """What inboxwatch keeps. Raises StoreError, with a sentence for the user, wherever the database fails."""
