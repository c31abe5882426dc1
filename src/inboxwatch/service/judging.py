"""Which mails of a folder are asked for, by their headers, and of which nothing may be kept."""

from __future__ import annotations

import hashlib

from inboxwatch.mail.parse import look
from inboxwatch.mailbox.folders import Folder
from inboxwatch.mailbox.progress import Search
from inboxwatch.platforms.classify import secret_rule
from inboxwatch.platforms.known import Known
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.platforms.relevance import Headers, Role, searches, wanted


def searched_for(profiles: Profiles, known: Known, role: Role) -> tuple[list[Search], str]:
    """What the server is asked for in a folder of this role, and a mark that changes when that does."""
    terms = [Search(where, text) for where, text in searches(profiles, known, role)]
    return terms, hashlib.sha256(repr(sorted((t.field, t.text) for t in terms)).encode()).hexdigest()[:16]


def is_wanted(headers: bytes, folder: Folder, profiles: Profiles, known: Known) -> bool:
    """Whether the mail with these header lines is worth fetching; in Junk only a platform's own mails are."""
    seen = look(headers)
    if folder.role == "junk":
        return seen.sender is not None and profiles.of_domain(seen.sender.domain) is not None
    in_sent = folder.role == "sent"
    people = (*((seen.sender,) if seen.sender else ()), *(seen.to if in_sent else ()))
    if any(known.client_at(one.address) for one in people):
        # What answers it may come in the same batch, before this one has been read.
        known.threads.see(seen.message_id)
    return wanted(Headers(seen.sender, seen.subject, seen.to, in_sent, seen.answers), profiles, known)


def secret_in(headers: bytes, profiles: Profiles) -> str | None:
    """Of a login code or the like, what may be kept (CONTRACT, Secrets): its sender's domain and rule; else None."""
    seen = look(headers)
    rule = secret_rule(seen.subject, profiles)
    return rule and f"{seen.sender.domain if seen.sender else ''}\n{rule}"
