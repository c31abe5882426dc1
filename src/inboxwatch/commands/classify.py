"""`classify`: what each mail is taken for, and why."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from inboxwatch.app import App
from inboxwatch.commands.surroundings import Surroundings, say
from inboxwatch.mail.parse import Unreadable, parse
from inboxwatch.mailbox.files import FileMail, read_paths
from inboxwatch.platforms.classify import classify
from inboxwatch.views.classified_text import classified_paragraph
from inboxwatch.views.output import in_zone, write, write_line

if TYPE_CHECKING:
    from inboxwatch.mail.model import Mail
    from inboxwatch.platforms.recognition import Recognition

#: The keys of a line, in their order; of a secret mail most stay null.
_KEYS = (
    "file", "message_id", "platform", "event", "by", "grade", "rule", "project", "title", "client", "trust",
    "sent_at", "charset", "why", "url", "due_at", "suspicious", "forwarded", "outgoing", "sender_domain",
    "trust_why",
)  # fmt: skip


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Print a line or a paragraph for each mail; return 1 if any could not be read."""
    app = App.of(here.config_if_any(), here.environ)
    failed = False
    for number, file in enumerate(read_paths(arguments.paths)):
        line = classified(file, app)
        if line.get("error"):
            failed = True
            if not arguments.json:
                say(f"{line['file']}: {line['error']}")
        if arguments.json:
            write_line(line)
        else:
            write(("\n" if number else "") + classified_paragraph(line, app.wording))
    return 1 if failed else 0


def classified(file: FileMail, app: App) -> dict[str, Any]:
    """One line of `classify --json`: what the mail is taken for, or why it cannot be read."""
    if file.mail is None:
        return {"file": file.name, "error": file.error}
    try:
        mail = parse(file.mail)
    except Unreadable as unreadable:
        return {"file": file.name, "error": unreadable.reason}
    found = classify(mail, app.profiles, app.policy.known)
    line: dict[str, Any] = dict.fromkeys(_KEYS)
    line["file"] = file.name
    line |= _of_secret(mail, found, app) if found.event == "secret" else _of_mail(mail, found, app)
    return line


def _of_secret(mail: Mail, found: Recognition, app: App) -> dict[str, Any]:
    """Nothing but its instant, the sender's domain and the rule, with what follows from the rule alone."""
    return {
        "platform": found.platform,
        "event": "secret",
        "grade": found.grade,
        "rule": found.rule,
        "sent_at": in_zone(mail.sent_at, app.config.zone),
        "sender_domain": mail.sender.domain if mail.sender else None,
    }


def _of_mail(mail: Mail, found: Recognition, app: App) -> dict[str, Any]:
    return {
        "message_id": mail.message_id,
        "platform": found.platform,
        "event": found.event,
        "by": found.by,
        "grade": found.grade,
        "rule": found.rule,
        "project": f"{found.platform}/{found.project}" if found.platform and found.project else None,
        "title": found.title,
        "client": found.client,
        "trust": found.trust,
        "sent_at": in_zone(mail.sent_at, app.config.zone),
        "charset": mail.charset,
        "why": found.why,
        "url": found.url,
        "due_at": in_zone(found.due_at, app.config.zone),
        "suspicious": found.suspicious,
        "forwarded": found.forwarded,
        "outgoing": found.outgoing,
        "sender_domain": mail.sender.domain if mail.sender else None,
        "trust_why": found.trust_why or None,
    }
