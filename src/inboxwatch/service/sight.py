"""Whether a mailbox can be read, kept for `status` and told: blind once, with its cause, and when that is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from inboxwatch.alerts.model import Alert
from inboxwatch.pipeline import Pipeline
from inboxwatch.store.model import WatchState

#: A mailbox without a completed round trip for longer than this, and than three polls, is blind (CONTRACT, Rulings).
BLIND_AFTER = timedelta(minutes=15)


def blind_after(poll: timedelta) -> timedelta:
    """How long a mailbox may be silent before it is called blind."""
    return max(BLIND_AFTER, 3 * poll)


def told_blind(pipeline: Pipeline, state: WatchState) -> bool:
    """True if the user has been told of this spell of blindness."""
    return state.blind_since is not None and _key("watch_blind", state.mailbox, state.blind_since) in (
        pipeline.store.told([None])
    )


def blinded(pipeline: Pipeline, state: WatchState, now: datetime, *, partly: bool = False) -> None:
    """Keep that a mailbox cannot be read since `state.blind_since`, and tell it; `partly`: only some of its folders."""
    assert state.blind_since is not None
    with pipeline.store.transaction():
        pipeline.store.save_watch(state)
        pipeline.tell(blindness(pipeline, state, now, partly=partly), now)


def blindness(pipeline: Pipeline, state: WatchState, now: datetime, *, partly: bool = False) -> Alert:
    """What is told of it. Of one spell it has one key, whenever it is told."""
    assert state.blind_since is not None
    variant, cause = "partly" if partly else "plain", state.cause or "?"
    return _alert(pipeline, "watch_blind", state.mailbox, now, since=state.blind_since, variant=variant, cause=cause)


def restored(pipeline: Pipeline, before: WatchState, read_at: datetime, now: datetime) -> None:
    """Keep that a mailbox can be read again, and tell it if its blindness was told."""
    with pipeline.store.transaction():
        tell = told_blind(pipeline, before)
        pipeline.store.save_watch(WatchState(before.mailbox, read_at, None, None))
        if tell and before.blind_since:
            since, came = before.blind_since, pipeline.store.arrived_between(before.blind_since, read_at)
            alert = _alert(pipeline, "watch_restored", before.mailbox, now, since=since, until=read_at, n=came)
            pipeline.tell(alert, now)


def _alert(
    pipeline: Pipeline,
    kind: str,
    mailbox: str,
    now: datetime,
    *,
    since: datetime,
    variant: str = "plain",
    **values: object,
) -> Alert:
    wording, key = pipeline.wording, f"alerts.{kind}.{variant}"
    values |= {"since": since}
    return Alert(
        key=_key(kind, mailbox, since),
        at=now,
        kind=kind,
        project=None,
        urgent=False,
        title=wording.title(f"{key}.title", mailbox, mailbox=mailbox[:20], **values),
        body="\n".join(wording.say(f"{key}.{part}", mailbox=mailbox, **values) for part in ("body", "steps")),
    )


def _key(kind: str, mailbox: str, since: datetime) -> str:
    return f"{kind}/{mailbox}/{since.isoformat(timespec='seconds')}"
