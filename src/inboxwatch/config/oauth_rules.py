"""What must hold between the settings of one mailbox that is read by permission (OAuth2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inboxwatch.config.problems import Problem
from inboxwatch.config.yaml_lines import Place

#: The places of secrets below `oauth:`.
SECRETS = ("client_secret", "refresh_token")


def oauth_of(mailbox: Mapping[str, Any]) -> Mapping[str, Any]:
    """What stands under `oauth:`; empty where that is no mapping."""
    found = mailbox.get("oauth")
    return found if isinstance(found, dict) else {}


def broken_oauth(place: Place, mailbox: Mapping[str, Any]) -> Iterator[Problem]:
    """Faults of one mailbox with `oauth:`; nothing for one without."""
    if mailbox.get("oauth") is None:
        return
    if mailbox.get("password") is not None:
        yield Problem((*place, "password"), "stands beside oauth; keep one of them")
    if mailbox.get("auth") == "password":
        yield Problem((*place, "auth"), "password means nothing beside oauth; write xoauth2, or remove the line")
    settings, below = oauth_of(mailbox), (*place, "oauth")
    if not settings or settings.get("provider") is not None:
        return
    for key, example in (("token_url", "https://login.example.com/token"), ("scope", "imap offline_access")):
        if settings.get(key) is None:
            sentence = f"is missing; without provider: google or microsoft write for instance `{key}: {example}`"
            yield Problem((*below, key), sentence)
    if all(settings.get(key) is None for key in ("authorise_url", "device_url", "refresh_token")):
        yield Problem(
            (*below, "authorise_url"),
            "is missing; without provider: google or microsoft give authorise_url (a browser) or device_url (a code)",
        )
