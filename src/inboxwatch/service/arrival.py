"""Whether alerts arrive at their targets, for the ping: where they do not, the missing ping is what she hears."""

from __future__ import annotations

from datetime import datetime

from inboxwatch.alerts.deliver import FAILING_ATTEMPTS
from inboxwatch.pipeline import Pipeline
from inboxwatch.store.sqlite import Store


def alerts_arrive(pipeline: Pipeline) -> bool:
    """False if a target has been failing for some two hours, or gave up and has taken nothing since. Raises StoreError.

    What was given up and is acknowledged, or was meant for a target that is not configured any more, does not count.
    """
    store, targets = pipeline.store, {recipient.name for recipient in pipeline.policy.recipients}
    undelivered = store.waiting()
    if any(one.attempts >= FAILING_ATTEMPTS for one in undelivered.values()):
        return False
    given_up = {name for name, one in undelivered.items() if one.dead and name in targets}
    return all(_has_taken_one_since(store, name) for name in given_up)


def _has_taken_one_since(store: Store, target: str) -> bool:
    given_up_at = [
        delivery.at
        for row in store.alerts()
        if row.acknowledged_at is None
        for delivery in row.deliveries
        if delivery.target == target and delivery.state in ("dead", "maybe_sent") and delivery.at
    ]
    taken_at: datetime | None = store.sent_at(target)
    return taken_at is not None and all(taken_at > at for at in given_up_at)
