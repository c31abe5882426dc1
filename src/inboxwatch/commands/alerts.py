"""`alerts`: what was sent, to whom, what failed; and what is to be done about one of them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from inboxwatch.commands.common import opened
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.facts import nearest
from inboxwatch.views.as_json import sent_alert_as_json
from inboxwatch.views.output import write, write_line

if TYPE_CHECKING:
    from datetime import datetime

    from inboxwatch.alerts.model import Alert
    from inboxwatch.pipeline import Pipeline


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """List the alerts, oldest first, or acknowledge or send again one of them. Raises Refusal for an unknown key."""
    with opened(here) as (app, pipeline):
        rows = pipeline.store.alerts()
        if arguments.act:
            alert = _meant(arguments.key, [row.alert for row in rows])
            act = _acknowledge if arguments.act == "ack" else _resend
            act(pipeline, alert, here.now())
        elif arguments.json:
            for row in rows:
                write_line(sent_alert_as_json(row, app.config.zone))
        else:
            from inboxwatch.views.lists_text import show_alerts

            show_alerts(rows, pipeline.wording)
    return 0


def _acknowledge(pipeline: Pipeline, alert: Alert, now: datetime) -> None:
    pipeline.store.acknowledge(alert.key, now)
    write(pipeline.wording.say("acted.ack", alert=alert.key))


def _resend(pipeline: Pipeline, alert: Alert, now: datetime) -> None:
    targets = [one.name for one in pipeline.policy.recipients if one.kinds is None or alert.kind in one.kinds]
    if not targets:
        raise Refusal(pipeline.wording.say("acted.no_targets", kind=alert.kind))
    with pipeline.store.transaction():
        pipeline.store.resend(alert.key, targets, now)
    write(pipeline.wording.say("acted.resend", alert=alert.key, targets=", ".join(targets)))


def _meant(key: str, alerts: list[Alert]) -> Alert:
    """The alert with this key, or the only one whose key begins so."""
    found = [one for one in alerts if key and (one.key == key or one.key.startswith(key))]
    found = [one for one in found if one.key == key] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise Refusal([f"{key!r} may be any of these; write more of the key:", *(f"  {one.key}" for one in found)])
    near = nearest(key, [one.key for one in alerts])
    raise Refusal(f"there is no alert {key!r}{near}; `inboxwatch alerts` lists them")
