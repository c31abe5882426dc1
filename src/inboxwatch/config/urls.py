"""What of an Apprise URL may be shown, and whether it holds a secret."""

from __future__ import annotations

import re

#: Schemes whose first part is really a host, never a token.
_WITH_HOST = frozenset(
    (
        "ntfy",
        "ntfys",
        "json",
        "jsons",
        "xml",
        "xmls",
        "form",
        "forms",
        "mailto",
        "mailtos",
        "gotify",
        "gotifys",
        "matrix",
        "matrixs",
        "mmost",
        "mmosts",
    )
)
#: Schemes that need no token: what stands behind the host is a path or a topic.
_OPEN = frozenset(("ntfy", "ntfys", "json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos"))
#: Schemes of the machine's own desktop and log.
_LOCAL = frozenset(("syslog", "dbus", "glib", "kde", "qt", "gnome", "macosx", "windows"))
#: Query keys that set how, not who. Any other may be a password or a token.
_HARMLESS_KEYS = frozenset(
    (
        "cto",
        "rto",
        "verify",
        "format",
        "overflow",
        "priority",
        "tags",
        "tag",
        "from",
        "to",
        "cc",
        "bcc",
        "name",
        "mode",
        "method",
        "image",
        "emojis",
        "click",
        "title",
    )
)
_HOST = re.compile(r"\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def shown_url(url: str) -> str:
    """Scheme and host of an Apprise URL; the scheme alone where the host's place may hold a token."""
    scheme, _, rest = url.partition("://")
    # Behind the last @, for a password may hold @, / or : itself.
    host = re.match(r"\[[^\]]*\]|[^/:?#]*", rest.partition("?")[0].rpartition("@")[2])
    if scheme in _WITH_HOST and host and _HOST.fullmatch(host[0]):
        return f"{scheme}://{host[0]}"
    return f"{scheme}://"


def holds_secret(url: str) -> bool:
    """Whether an Apprise URL must be kept from other users; true where it is not known."""
    scheme, _, rest = url.partition("://")
    before, _, query = rest.partition("?")
    if scheme in _LOCAL:
        return False
    if scheme not in _OPEN:
        return True
    user, found, _ = before.rpartition("@")
    if found and (not scheme.startswith("mailto") or ":" in user):
        return True
    return any(pair.partition("=")[0].lower() not in _HARMLESS_KEYS for pair in query.split("&") if pair)
