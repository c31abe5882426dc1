"""What `check` verifies: each thing that must hold, tried for real, and the truth about it. It reads no mail."""

from __future__ import annotations

import os
import pwd
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from inboxwatch.alerts.check_target import fault_of_program, look_at_url, send_test
from inboxwatch.alerts.targets import AppriseTarget, CommandTarget, DeliveryFailed, Target
from inboxwatch.app import App
from inboxwatch.causes import cause_in_words
from inboxwatch.config import CredentialError, Mailbox
from inboxwatch.mailbox.errors import MailboxError
from inboxwatch.provider_ids import whose_results
from inboxwatch.service.ping import PingFailed, ping
from inboxwatch.store.model import StoreError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it holds, and a sentence, with the remedy where it does not.

    `configuration` marks what only a change of the configuration, or of what it names, can mend.
    """

    holds: bool
    sentence: str
    configuration: bool = False


def findings(app: App, now: Callable[[], datetime], *, send: bool) -> Iterator[Finding]:
    """Given what follows from the configuration, look at each thing in turn; with `send` each target gets a test."""
    yield Finding(True, app.wording.say("check.configuration", path=app.config.path))
    for warning in app.config.warnings:
        yield Finding(True, warning)
    yield from _profiles(app)
    yield _state(app)
    yield from _state_folder(app)
    if not app.config.mailboxes:
        yield Finding(False, app.wording.say("check.no_mailboxes"), configuration=True)
    for mailbox in app.config.mailboxes:
        yield from _mailbox(mailbox, app)
    if not app.config.alerts.targets:
        yield Finding(False, app.wording.say("check.no_targets"), configuration=True)
    yield from _targets(app, now, send)
    yield from _ping(app, send)


def _profiles(app: App) -> Iterator[Finding]:
    for profile in app.profiles:
        numbers = {"mails": len(profile.mails), "deadlines": len(profile.deadlines)}
        yield Finding(True, app.wording.say("check.profile", platform=profile.platform, **numbers))


def _state(app: App) -> Finding:
    try:
        store = app.open_store()
        try:
            with store.transaction():
                version = store.schema_version()  # under a write lock, which what may only be read does not give
        finally:
            store.close()
    except StoreError as error:
        return Finding(False, str(error))
    return Finding(True, app.wording.say("check.state", folder=app.folder, version=version))


def _state_folder(app: App) -> Iterator[Finding]:
    """Who else can get into the state folder: its files are hers alone, but who may write there can exchange them."""
    try:
        found = app.folder.stat()
    except OSError:
        return
    how = shlex.quote(str(app.folder))
    if found.st_uid != os.geteuid():
        yield Finding(False, app.wording.say("check.state_of_another", folder=app.folder, owner=_name_of(found.st_uid)))
    elif found.st_mode & 0o022:
        yield Finding(False, app.wording.say("check.state_writable", folder=app.folder, path=how))
    elif found.st_mode & 0o055:
        yield Finding(True, app.wording.say("check.state_open", folder=app.folder, path=how))


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _mailbox(mailbox: Mailbox, app: App) -> Iterator[Finding]:
    say = app.wording.say
    try:
        yield from _maildir(mailbox, app) if mailbox.maildir is not None else _account(mailbox, app)
    except (CredentialError, MailboxError) as error:
        told = say("check.mailbox_failed", name=mailbox.name, error=cause_in_words(error, app.wording))
        yield Finding(False, told, configuration=isinstance(error, CredentialError))


def _account(mailbox: Mailbox, app: App) -> Iterator[Finding]:
    from inboxwatch.logins import connect

    if mailbox.password is not None:
        mailbox.password.check()
    account = connect(mailbox, app.folder)
    try:
        say, place = app.wording.say, f"{mailbox.host}:{mailbox.port}"
        yield Finding(
            True,
            say("check.login", name=mailbox.name, place=place, username=mailbox.username, tls=f"TLS {mailbox.tls}"),
        )
        if mailbox.oauth is not None:
            yield Finding(True, _permission(mailbox, app))
        names = mailbox.folders
        for folder in account.folders("auto" if isinstance(names, str) else names, mailbox.sent):
            yield Finding(True, say("check.folder", name=mailbox.name, folder=folder.name, role=folder.role))
            if folder.role not in ("sent", "junk"):
                yield Finding(True, whose_results(mailbox, account, folder, app))
    finally:
        account.close()


def _permission(mailbox: Mailbox, app: App) -> str:
    """Where the permission is kept by which the login just came about."""
    from inboxwatch.logins import permission_of

    permission = permission_of(mailbox, app.folder)
    where = permission.elsewhere.described() if permission.elsewhere else permission.path
    return app.wording.say("check.permission", name=mailbox.name, place=where)


def _maildir(mailbox: Mailbox, app: App) -> Iterator[Finding]:
    from inboxwatch.mailbox.maildir import WatchedMaildir

    assert mailbox.maildir is not None
    folders = WatchedMaildir(mailbox.name, mailbox.maildir).folders()
    yield Finding(True, app.wording.say("check.maildir", name=mailbox.name, place=mailbox.maildir))
    for folder in folders:
        yield Finding(True, app.wording.say("check.folder", name=mailbox.name, folder=folder.name, role=folder.role))


def _targets(app: App, now: Callable[[], datetime], send: bool) -> Iterator[Finding]:
    say, settings = app.wording.say, {one.name: one for one in app.config.alerts.targets}
    for name, target in app.targets().items():
        try:
            secret = settings[name].url
            if secret is not None:
                secret.check()
            _look_at(target, app)
            if send:
                send_test(target, app.config.zone, app.wording.language, now=now())
                yield Finding(True, say("check.target_tested", name=name))
            else:
                kinds = ", ".join(sorted(target.kinds)) if target.kinds else say("check.all_kinds")
                yield Finding(True, say("check.target", name=name, kinds=kinds))
        except CredentialError as error:
            yield Finding(False, say("check.target_failed", name=name, error=error), configuration=True)
        except DeliveryFailed as error:
            yield Finding(False, say("check.target_failed", name=name, error=error))


def _ping(app: App, send: bool) -> Iterator[Finding]:
    say, settings = app.wording.say, app.config.ping
    if settings is None:
        return
    every = app.wording.span(settings.every)
    try:
        settings.url.check()
        if send:
            ping(settings.url.reveal())
        yield Finding(True, say("check.ping_tested" if send else "check.ping", every=every))
    except CredentialError as error:
        yield Finding(False, say("check.ping_failed", error=error), configuration=True)
    except PingFailed as error:
        yield Finding(False, say("check.ping_failed", error=error))


def _look_at(target: Target, app: App) -> None:
    """What can be told of a target without sending anything. Raises DeliveryFailed with the remedy."""
    if isinstance(target, CommandTarget):
        fault = fault_of_program(target.argv[0])
        if fault:
            raise DeliveryFailed(app.wording.say(f"check.{fault}", program=target.argv[0]))
    elif isinstance(target, AppriseTarget):
        look_at_url(target)
