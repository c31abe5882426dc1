"""Permission through a browser (RFC 8252, RFC 7636): the address to open, and the code in the one that comes back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from inboxwatch.mailbox.errors import server_text
from inboxwatch.oauth.errors import PermissionRefused, Reason
from inboxwatch.oauth.provider import Client

_CODE = re.compile(r"[\x20-\x7e]{1,8192}")
_LONGEST = 16_384


class NotOurs(Exception):
    """This is not the answer to what was asked: a part of it, an old one, or somebody else's. It changes nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of her in the browser: `address` is what she opens, `redirect` where the browser is sent back to.

    `state` proves that an answer belongs to this question, and `verifier` to the server that we are who asked.
    """

    address: str = field(repr=False)
    redirect: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def request_for(client: Client, port: int) -> Request:
    """A new question, whose answer comes to `port` of this computer."""
    provider = client.provider
    assert provider.authorise_url is not None
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=")
    redirect = f"http://{provider.redirect_host}:{port}"
    form = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect,
        "scope": provider.scope,
        "state": state,
        "code_challenge": challenge.decode("ascii"),
        "code_challenge_method": "S256",
        "login_hint": client.username,
        **dict(provider.more),
    }
    joint = "&" if urlsplit(provider.authorise_url).query else "?"
    return Request(f"{provider.authorise_url}{joint}{urlencode(form)}", redirect, state, verifier)


def code_in(address: str, request: Request) -> str:
    """The code in the address to which the browser was sent back, whole or from its path on.

    Raises NotOurs for one that does not carry our `state`, PermissionRefused when it says that there is no permission.
    """
    try:
        query = parse_qs(urlsplit(address[:_LONGEST].strip()).query, max_num_fields=50)
    except ValueError:
        raise NotOurs from None
    if any(len(values) > 1 for values in query.values()):
        raise NotOurs  # what one reader takes for the first another takes for the last
    found = {name: values[0] for name, values in query.items()}
    if not hmac.compare_digest(found.get("state", "").encode(), request.state.encode()):
        raise NotOurs
    if "error" in found:
        said = server_text(": ".join(filter(None, (found["error"], found.get("error_description")))))
        reason: Reason = "denied" if found["error"] == "access_denied" else "other"
        raise PermissionRefused(f"The answer that came through the browser: {said}.", reason)
    code = found.get("code", "")
    if not _CODE.fullmatch(code):
        raise NotOurs
    return code
