"""How a project is called of which no number is known: by its title or its client, as a word for commands."""

from __future__ import annotations

import hashlib
import re

from inboxwatch.timeline.cut_titles import fold_text

#: What a name must not hold: anything but letters, digits and these signs may mean something to a shell.
_UNSAFE = re.compile(r"[^\w.@-]+")


def title_name(platform: str, title: str) -> str:
    """The name of a project of which only the title is known."""
    return f"{platform}/{word(title)}"


def client_name(platform: str, client: str) -> str:
    """The name of a project of which only the client is known."""
    if platform == "direct":
        return title_name(platform, client)
    return f"{platform}/@{word(client)}"


def is_clients(name: str) -> bool:
    """True for the name of a project of which only the client is known."""
    return name.partition("/")[2].startswith("@")


def is_safe(name: str) -> bool:
    """True if a project's name, without its platform, may stand in a command as it is."""
    return bool(name) and not _UNSAFE.search(name) and not name.startswith("-")


def word(text: str) -> str:
    """A title or a client as one word that a shell takes as it is: it stands in commands, and anybody can choose it.

    Where that loses something, a few characters of a checksum keep different titles apart.
    """
    folded = fold_text(text)
    found = _UNSAFE.sub("-", folded).strip("-.")[:60]
    if found == folded.replace(" ", "-"):
        return found
    return f"{found}-{hashlib.sha256(folded.encode()).hexdigest()[:4]}".lstrip("-")
