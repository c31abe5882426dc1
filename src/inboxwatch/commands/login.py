"""`login`: she gives permission to read a mailbox (OAuth2); it is tried at the mailbox's server, and kept."""

from __future__ import annotations

import argparse
import os
import select
import sys
import time
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Literal

from inboxwatch.causes import cause_in_words
from inboxwatch.commands.refusal import Refusal
from inboxwatch.commands.surroundings import Surroundings
from inboxwatch.config import Config, Mailbox, state_folder
from inboxwatch.logins import login_command, login_of, permission_of
from inboxwatch.mailbox.errors import CertificateRefused, LoginRefused, MailboxError, PermissionNeeded
from inboxwatch.mailbox.imap import Account
from inboxwatch.oauth import device, keeping
from inboxwatch.oauth.browser import NotOurs, Request, code_in, request_for
from inboxwatch.oauth.errors import PermissionRefused
from inboxwatch.oauth.grants import Grant, redeem
from inboxwatch.oauth.loopback import listening
from inboxwatch.oauth.provider import Provider
from inboxwatch.oauth.tokens import TOKENS, Permission
from inboxwatch.views.output import write
from inboxwatch.wording.say import Wording

_FAILED, _TRY_AGAIN, _BAD_CONFIGURATION, _INTERRUPTED = 1, 75, 78, 130

#: How long a browser is waited for.
MINUTES = 10
#: So often may something else be pasted than the address.
_TRIES = 3
#: Where nothing that browsers refuse, and hardly a program, listens (RFC 6335 §6).
_FREE_PORTS = range(49_152, 65_536)

Way = Literal["loopback", "paste", "device"]


@dataclass(frozen=True, slots=True)
class _Asking:
    """One permission being asked for: for which mailbox, in whose words, and whether to open a browser."""

    mailbox: Mailbox
    permission: Permission
    say: Callable[..., str]
    browser: bool

    def show(self, key: str, **values: object) -> None:
        """Print one sentence, now: what comes next is a wait."""
        write(self.say(f"login.{key}", **values))
        sys.stdout.flush()


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Ask her for permission, try it and keep it; 1 when it is refused, 75 when a server is not reached."""
    config = here.config()
    wording = Wording(config.language, config.zone)
    mailbox = _mailbox(config, arguments.mailbox, wording)
    folder = state_folder(config, here.environ)
    asking = _Asking(mailbox, permission_of(mailbox, folder), wording.say, arguments.browser)
    way = _way(arguments.way, asking)
    _must_be_ours(folder, wording)
    with keeping.alone(asking.permission.path):  # before she goes to the trouble: can it be kept at all?
        pass
    try:
        grant = _WAYS[way](asking)
        return _tried_and_kept(asking, grant, wording)
    except KeyboardInterrupt:
        raise Refusal(wording.say("login.stopped"), _INTERRUPTED) from None
    except PermissionRefused as error:
        raise Refusal(wording.say(f"login.reasons.{error.reason}", detail=error), _FAILED) from None
    except MailboxError as error:
        code = _FAILED if isinstance(error, CertificateRefused) else _TRY_AGAIN
        raise Refusal(cause_in_words(error, wording), code) from None


def _mailbox(config: Config, name: str, wording: Wording) -> Mailbox:
    """The mailbox of this name, which must be one that is read by permission. Raises Refusal."""
    found = next((mailbox for mailbox in config.mailboxes if mailbox.name == name), None)
    if found is None:
        names = ", ".join(mailbox.name for mailbox in config.mailboxes) or wording.say("login.none")
        raise Refusal(wording.say("login.no_such_mailbox", name=name, names=names), _BAD_CONFIGURATION)
    if found.maildir is not None:
        raise Refusal(wording.say("login.no_server", name=name), _BAD_CONFIGURATION)
    if found.oauth is None:
        raise Refusal(wording.say("login.no_oauth", name=name), _BAD_CONFIGURATION)
    if found.oauth.refresh_token is not None:
        where = found.oauth.refresh_token.described()
        raise Refusal(wording.say("login.kept_elsewhere", name=name, where=where), _BAD_CONFIGURATION)
    return found


def _way(chosen: Way | None, asking: _Asking) -> Way:
    """How it is asked: as chosen, else as the provider recommends. Raises Refusal for a way that it has not."""
    provider: Provider = asking.permission.client.provider
    there: dict[Way, bool] = {
        "loopback": provider.authorise_url is not None,
        "paste": provider.authorise_url is not None,
        "device": provider.device_url is not None,
    }
    way = chosen or (provider.usual if there[provider.usual] else "device" if there["device"] else "loopback")
    if not there[way]:
        setting = "device_url" if way == "device" else "authorise_url"
        told = asking.say("login.no_way", name=asking.mailbox.name, way=way, setting=setting)
        raise Refusal(told, _BAD_CONFIGURATION)
    return way


def _must_be_ours(folder: Path, wording: Wording) -> None:
    """A file of root's in the state folder of another would be out of the daemon's reach. Raises Refusal."""
    try:
        owner = folder.stat().st_uid
    except OSError:
        return  # it is made, or what is wrong with it is said then
    if owner != os.geteuid():
        raise Refusal(wording.say("login.other_user", folder=folder, owner=_user(owner)), _FAILED)


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"#{number}"


def _by_browser_here(asking: _Asking) -> Grant:
    """The browser is on this computer, and brings the answer to a port of ours."""
    with listening(asking.say("login.thanks")) as listener:
        request = request_for(asking.permission.client, listener.port)
        listener.asked = request
        _show_address(asking, request)
        asking.show("waiting", minutes=MINUTES, command=login_command(asking.mailbox))
        _open(asking, request.address)
        code = listener.code(MINUTES * 60.0)
    return redeem(asking.permission.client, code, request.redirect, request.verifier)


def _by_pasting(asking: _Asking) -> Grant:
    """The browser is anywhere; she brings the address at which it ended."""
    request = request_for(asking.permission.client, SystemRandom().choice(_FREE_PORTS))
    _show_address(asking, request)
    asking.show("paste", redirect=request.redirect, minutes=MINUTES)
    _open(asking, request.address)
    for number, line in enumerate(_lines(time.monotonic() + MINUTES * 60.0)):
        try:
            code = code_in(line, request)
        except NotOurs:
            if number + 1 >= _TRIES:
                break
            asking.show("paste_again", redirect=request.redirect)
            continue
        return redeem(asking.permission.client, code, request.redirect, request.verifier)
    raise Refusal(asking.say("login.nothing_pasted", command=f"{login_command(asking.mailbox)} --paste"), _FAILED)


def _lines(until: float) -> Iterator[str]:
    """What comes on standard input, line by line, up to an instant of the steady clock; lines of blanks are nothing."""
    content, source = b"", sys.stdin.fileno()
    while (left := until - time.monotonic()) > 0 and select.select([source], [], [], left)[0]:
        piece = os.read(source, 65_536)
        content += piece or b"\n"  # a last line without its end is one, too
        *lines, content = content.split(b"\n")
        yield from (text for line in lines if (text := line.decode("utf-8", "replace").strip()))
        if not piece:
            return


def _show_address(asking: _Asking, request: Request) -> None:
    client = asking.permission.client
    asking.show("address", name=asking.mailbox.name, username=client.username, address=request.address)


def _by_code(asking: _Asking) -> Grant:
    """She types a code on any device."""
    client = asking.permission.client
    begun = device.begin(client)
    shown = {"address": begun.address, "code": begun.user_code}
    minutes = max(1, round(begun.seconds / 60))
    asking.show("code", name=asking.mailbox.name, username=client.username, minutes=minutes, **shown)
    _open(asking, begun.address)
    return device.wait(client, begun)


_WAYS: dict[Way, Callable[[_Asking], Grant]] = {
    "loopback": _by_browser_here,
    "paste": _by_pasting,
    "device": _by_code,
}


def _open(asking: _Asking, address: str) -> None:
    if asking.browser and not webbrowser.open(address):
        asking.show("no_browser")


def _tried_and_kept(asking: _Asking, grant: Grant, wording: Wording) -> int:
    """Log in with what was given, and keep it: not if the server refuses it, for an older one may still be good."""
    mailbox, permission = asking.mailbox, asking.permission
    if grant.refresh_token is None:
        raise Refusal(asking.say("login.not_lasting"), _FAILED)
    place = f"{mailbox.host}:{mailbox.port}"
    failure: MailboxError | None = None
    try:
        Account.connect(mailbox.name, login_of(mailbox, grant.access_token)).close()
    except LoginRefused as error:
        detail = error.sentence if isinstance(error, PermissionNeeded) else error
        told = {"place": place, "username": permission.client.username, "detail": detail}
        raise Refusal(asking.say("login.refused", **told), _FAILED) from None
    except MailboxError as error:
        failure = error
    TOKENS.learn(permission, grant)
    if failure is not None:
        cause = cause_in_words(failure, wording)
        raise Refusal(asking.say("login.not_tried", path=permission.path, cause=cause), _TRY_AGAIN)
    asking.show("done", username=permission.client.username, place=place, path=permission.path)
    return 0
