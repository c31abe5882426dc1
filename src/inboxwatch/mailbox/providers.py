"""Whose Authentication-Results a large provider writes into the mail of its own customers."""

from __future__ import annotations

#: The host of IMAP, and the authserv-id of the header that holds the provider's verdict by DMARC. Seen in mails that
#: people have published with their headers (2026-11). Left out: Microsoft, whose header names no server, and those
#: whose server's name differs from mail to mail (Yahoo, Fastmail); there a mail's own signature is what proves it.
_IDS = {
    "imap.gmail.com": "mx.google.com",
    "imap.googlemail.com": "mx.google.com",
    "imap.mail.me.com": "dmarc.icloud.com",
    "imap.zoho.com": "mx.zohomail.com",
    "imap.zoho.eu": "mx.zohomail.eu",
    "imap.zoho.in": "mx.zohomail.in",
}


def ids_of_provider(host: str | None) -> frozenset[str]:
    """Given the host of a mailbox, return the authserv-ids of its provider; none where they are not known."""
    found = _IDS.get((host or "").lower().removesuffix("."))
    return frozenset((found,)) if found else frozenset()
