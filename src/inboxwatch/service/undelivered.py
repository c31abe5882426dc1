"""Tells, once and through the other targets, that alerts do not arrive at one target."""

from __future__ import annotations

from datetime import datetime

from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.quiet import after_quiet_hours
from inboxwatch.pipeline import Pipeline

KIND = "undelivered"


def tell_undelivered(pipeline: Pipeline, target: str, reason: str, now: datetime) -> bool:
    """Given a target that has failed for hours, tell the others; False if they know, or there is none to tell.

    It is told once for each spell: until the target takes an alert again. While a mailbox is blind nothing is told: it
    may be the network that is gone, `watch_blind` says so, and alerts come late to all targets. Raises StoreError.
    """
    store, wording, policy = pipeline.store, pipeline.wording, pipeline.policy
    if any(state.blind_since for state in store.watch().values()):
        return False
    due_at = after_quiet_hours(now, policy.quiet_hours, wording.zone)
    others = {r.name: due_at for r in policy.recipients if r.name != target and (r.kinds is None or KIND in r.kinds)}
    if not others:
        return False
    last = store.sent_at(target)
    since = last.isoformat(timespec="seconds") if last else "never"
    key = f"alerts.{KIND}.plain"
    alert = Alert(
        key=f"{KIND}/{target}/{since}",
        at=now,
        kind=KIND,
        project=None,
        urgent=False,
        title=wording.title(f"{key}.title", target),
        body="\n".join(wording.say(f"{key}.{part}", target=target, reason=reason) for part in ("body", "steps")),
    )
    with store.transaction():
        return store.add_alert(alert, others)
