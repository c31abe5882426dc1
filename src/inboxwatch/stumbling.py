"""Mails over which inboxwatch stumbles while it keeps them: each goes to quarantine alone, and its folder goes on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from inboxwatch.fault import described
from inboxwatch.kept import StoredMail
from inboxwatch.mail.model import RawMail
from inboxwatch.pipeline import Pipeline
from inboxwatch.store.model import StoreError
from inboxwatch.understand import in_quarantine

_log = logging.getLogger(__name__)


def take_each(pipeline: Pipeline, mails: Sequence[RawMail], now: datetime, *, history: bool) -> int:
    """`Pipeline.take`, inside a transaction; return how many mails were new.

    What cannot be kept, or would leave no timeline that can be derived, is kept in quarantine with its reason. Raises
    StoreError where the database fails, and whatever the timelines fail by without any of these mails.
    """
    if not mails:
        return 0
    try:
        with pipeline.store.attempt():
            return pipeline.take(mails, now, history=history)
    except Exception as error:  # noqa: BLE001  one mail must not stop its folder: found below, one by one
        _raise_if_of_the_store(error)
    with pipeline.store.attempt():
        pipeline.derive(now)  # if this fails too, it is not by these mails
    return sum(_take_one(pipeline, mail, now, history) for mail in mails)


def _take_one(pipeline: Pipeline, mail: RawMail, now: datetime, history: bool) -> int:
    try:
        with pipeline.store.attempt():
            return pipeline.take([mail], now, history=history)
    except Exception as error:  # noqa: BLE001  it is recorded, and `review` shows it
        _raise_if_of_the_store(error)
        kept = in_quarantine(mail, _reason(error), now, history)
        _log.error("mail %s is in quarantine: %s", kept.key, described(error))
    return _add(pipeline, kept)


def _add(pipeline: Pipeline, kept: StoredMail) -> int:
    try:
        with pipeline.store.attempt():
            return pipeline.store.add_mail(kept)
    except StoreError as error:
        _raise_if_of_the_store(error)
        return pipeline.store.add_mail(replace(kept, raw=None))  # its bytes are what the database would not take


def _raise_if_of_the_store(error: Exception) -> None:
    """A full disk or a damaged file is no fault of a mail: nothing is kept, and all of it is tried again."""
    if isinstance(error, StoreError) and not error.of_data:
        raise error


def _reason(error: Exception) -> str:
    if isinstance(error, StoreError):
        return "the database does not take it"
    return f"a fault in inboxwatch ({type(error).__name__})"
