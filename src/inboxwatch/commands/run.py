"""`run`: the daemon, or one round of it."""

from __future__ import annotations

import argparse
import logging
import sys
from typing import TYPE_CHECKING

from inboxwatch.commands.common import progress_bar
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings, say
from inboxwatch.service.lock import LockError

if TYPE_CHECKING:
    from inboxwatch.app import App

_TRY_AGAIN = 75
_log = logging.getLogger(__name__)


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Watch until SIGTERM, or with --once do one round: 75 if something could not be reached, which is named.

    Raises ConfigError, ProfileError, CredentialError or StoreError; Refusal if another one runs on the same state.
    """
    from inboxwatch.app import App
    from inboxwatch.config import ConfigError

    def load() -> App:
        config = here.config(check_files=True)
        if not config.mailboxes:
            raise ConfigError(
                [f"{config.path}:1: mailboxes: there is none to be read; add one, see config.example.yaml"]
            )
        if not config.alerts.targets:
            _log.warning("%s: alerts.targets: there is none, so no alert can reach you; add one", config.path)
        return App.of(config, here.environ)

    try:
        if arguments.once:
            return _once(load(), here)
        from inboxwatch.service.daemon import serve

        return serve(load, here.environ)
    except LockError as error:
        raise Refusal(str(error), _TRY_AGAIN) from None


def _once(app: App, here: Surroundings) -> int:
    from inboxwatch.service.once import run_once

    looked_at = 0

    with progress_bar() as advance:

        def report(mailbox: str, mails: int) -> None:
            nonlocal looked_at
            looked_at += mails
            advance(looked_at)
            _log.info("%s: %d mails looked at", mailbox, mails)

        done = run_once(app, here.now, report)
    for sentence in done.failures:
        say(sentence)
    if sys.stderr.isatty():
        say(app.wording.say("once.done", mails=looked_at, alerts=len(done.told)))
    return _TRY_AGAIN if done.failures else 0
