"""Permission by a code that she types on any device (RFC 8628): the code is shown here, and the server asked until."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from inboxwatch.mailbox.errors import NotNow, Unreachable
from inboxwatch.oauth.asking import ask
from inboxwatch.oauth.errors import PermissionRefused
from inboxwatch.oauth.grants import Grant, grant_in, refusal, seconds_in
from inboxwatch.oauth.provider import Client

#: RFC 8628 §3.2: what holds where the server does not say.
USUAL_INTERVAL = 5.0
SHORTEST_INTERVAL = 1.0
LONGEST_INTERVAL = 60.0
LONGEST_WAIT = 1800.0
#: RFC 8628 §3.5.
SLOWER_BY = 5.0
_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"

_CODE = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")
_ADDRESS = re.compile(r"https://[!-~]{1,500}|http://(?:127\.0\.0\.1|localhost)(?::[0-9]+)?(?:/[!-~]{0,500})?")


@dataclass(frozen=True, slots=True)
class Begun:
    """Where she types which code, within how many seconds; `device_code` is what we ask with."""

    address: str
    user_code: str
    seconds: float
    interval: float
    device_code: str = field(repr=False)


def begin(client: Client) -> Begun:
    """Ask for a code. Raises PermissionRefused, Unreachable, CertificateRefused or NotNow."""
    assert client.provider.device_url is not None
    form = client.identified(scope=client.provider.scope)
    answer = ask(client.provider.device_url, form, client.ca_file)
    if answer.status != 200 or "error" in answer.content:
        raise refusal(answer)
    content = answer.content
    address = content.get("verification_uri") or content.get("verification_url")  # the latter before the standard
    found = (address, content.get("user_code"), content.get("device_code"))
    # What is shown to her is looked at closely: a line break could show something else than the server's words.
    for text, form_of_it in zip(found, (_ADDRESS, _CODE, re.compile(r"[!-~]{1,4096}")), strict=True):
        if not isinstance(text, str) or not form_of_it.fullmatch(text):
            raise PermissionRefused(
                f"The sign-in server {answer.place} answered without a code and an address to type it in. "
                "Check `device_url:` under `oauth:`.",
                "unfit",
            )
    return Begun(
        address=str(found[0]),
        user_code=str(found[1]),
        device_code=str(found[2]),
        seconds=seconds_in(answer, "expires_in", LONGEST_WAIT, LONGEST_WAIT),
        interval=max(SHORTEST_INTERVAL, seconds_in(answer, "interval", USUAL_INTERVAL, LONGEST_INTERVAL)),
    )


def wait(
    client: Client,
    begun: Begun,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Grant:
    """Ask as often as the server wants to be asked, until she has said yes or no, or the time is over.

    `clock` gives seconds that only grow. A network that fails meanwhile is waited for. Raises PermissionRefused.
    """
    until, interval = clock() + begun.seconds, begun.interval
    form = client.identified(grant_type=_GRANT_TYPE, device_code=begun.device_code)
    trouble: Exception | None = None
    while clock() + interval <= until:
        sleep(interval)
        try:
            answer = ask(client.provider.token_url, form, client.ca_file)
        except (Unreachable, NotNow) as error:
            trouble, interval = error, min(interval * 2, LONGEST_INTERVAL)  # RFC 8628 §3.5
            continue
        trouble, said = None, answer.content.get("error")
        if said == "slow_down":
            interval = min(interval + SLOWER_BY, LONGEST_INTERVAL)
        elif said != "authorization_pending":
            return grant_in(answer)
    if trouble is not None:
        raise trouble
    raise PermissionRefused("Nobody has said yes in time.", "expired")
