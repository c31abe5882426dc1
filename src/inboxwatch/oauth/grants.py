"""What a sign-in server gives: its answers to the three questions for tokens, checked before anything believes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from inboxwatch.mailbox.errors import NotNow
from inboxwatch.oauth.asking import Answer, ask
from inboxwatch.oauth.errors import PermissionRefused, Reason
from inboxwatch.oauth.provider import Client

#: RFC 6749, appendix A: visible ASCII. A token with a line break or a \1 could say more to a server than it should.
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
_LONGEST_SECONDS = 86_400.0

#: The words of RFC 6749 §§4.1.2.1 and 5.2, RFC 8628 §3.5, of OpenID Connect Core §3.1.2.6 and of Microsoft's page on
#: the device flow (`authorization_declined`, `bad_verification_code`).
_REASONS: Mapping[str, Reason] = {
    "access_denied": "denied",
    "authorization_declined": "denied",
    "expired_token": "expired",
    "invalid_grant": "ended",
    "interaction_required": "ended",
    "login_required": "ended",
    "consent_required": "ended",
    "bad_verification_code": "ended",
    "invalid_client": "client",
    "unauthorized_client": "client",
    "invalid_scope": "scope",
}
_NOT_NOW = ("temporarily_unavailable", "server_error", "slow_down")


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token, good for so many seconds (0: nobody has said), and the refresh token if a new one came along."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    seconds: float


def redeem(client: Client, code: str, redirect: str, verifier: str) -> Grant:
    """The tokens for a code that came back through the browser. Raises as `grant_in` and `ask` do."""
    form = client.identified(
        grant_type="authorization_code", code=code, redirect_uri=redirect, code_verifier=verifier
    )  # fmt: skip
    return grant_in(ask(client.provider.token_url, form, client.ca_file))


def renew(client: Client, refresh_token: str) -> Grant:
    """A new access token by a refresh token. Raises as `grant_in` and `ask` do."""
    # The scope is left out: what was given is given again (RFC 6749 §6).
    form = client.identified(grant_type="refresh_token", refresh_token=refresh_token)
    return grant_in(ask(client.provider.token_url, form, client.ca_file))


def grant_in(answer: Answer) -> Grant:
    """The tokens in an answer. Raises PermissionRefused when it says no or lacks them, NotNow when it says later."""
    if answer.status != 200 or "error" in answer.content:
        raise refusal(answer)
    kind = answer.content.get("token_type", "bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise _unfit(answer, "gave a token of a kind that mail servers do not take")
    access, refresh = answer.content.get("access_token"), answer.content.get("refresh_token")
    if not _is_token(access):
        raise _unfit(answer, "answered without an access token")
    if refresh is not None and not _is_token(refresh):
        raise _unfit(answer, "gave a refresh token that cannot be one")
    return Grant(str(access), refresh, seconds_in(answer, "expires_in", 0.0, _LONGEST_SECONDS))


def refusal(answer: Answer) -> PermissionRefused | NotNow:
    """The error that says why a sign-in server said no."""
    error, description = answer.said("error"), answer.said("error_description")
    if error in _NOT_NOW:
        return NotNow(f"The sign-in server {answer.place} cannot answer just now ({error}). It will be tried again.")
    said = ": ".join(filter(None, (error, description))) or f"HTTP {answer.status}"
    reason: Reason = _REASONS.get(error, "other")
    remedy = {
        "client": " Check `client_id:` and `client_secret:` under `oauth:`.",
        "scope": " Check that the client may read mail, and `scope:` under `oauth:`.",
    }.get(reason, "")
    return PermissionRefused(f"The sign-in server {answer.place} said no. It said: {said.rstrip('.')}.{remedy}", reason)


def seconds_in(answer: Answer, key: str, otherwise: float, at_most: float) -> float:
    """A number of seconds in an answer, within bounds; some servers write it as text."""
    found = answer.content.get(key)
    if isinstance(found, str) and re.fullmatch(r"[0-9]{1,9}", found):
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int | float) or found != found:  # NaN is JSON to some
        return otherwise
    return float(min(max(found, 0), at_most))


def _is_token(value: object) -> bool:
    return isinstance(value, str) and bool(_TOKEN.fullmatch(value))


def _unfit(answer: Answer, what: str) -> PermissionRefused:
    return PermissionRefused(
        f"The sign-in server {answer.place} {what}. Check the addresses and the scope under `oauth:`.", "unfit"
    )
