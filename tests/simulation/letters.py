"""The bytes of the simulated mails."""

from __future__ import annotations

from datetime import datetime
from email.header import Header
from email.utils import format_datetime

from tests.simulation.platforms import KOBO_SENDER
from tests.simulation.steps import Arrival, Stated

_LINKS = ("https://www.lancers.jp/work/detail/", "https://kobo.example/jobs/")


def raw_mail(step: Arrival, seed: int) -> bytes:
    """The mail of a step, as the server keeps it."""
    lines = [f"Authentication-Results: mx.example.com; {step.verdict}"] if step.verdict else []
    lines += [f"Date: {format_datetime(step.date)}", f"From: {_encoded_sender(step.sender)}", f"To: {step.to}"]
    lines += [f"Subject: {Header(step.subject, 'utf-8').encode(linesep=chr(10))}"]
    if not step.without_id:
        lines.append(f"Message-ID: {message_id(step.id_of or step.name, seed)}")
    link = f"{_LINKS[step.sender == KOBO_SENDER]}{step.link}\n" if step.link else ""
    return _with_body(lines, f"お知らせです ({step.name})。\n{link}")


def message_id(name: str, seed: int) -> str:
    """The Message-ID of the mail that the story calls so."""
    return f"<{name}.{seed}@mail.example>"


def fact_mail(step: Stated) -> bytes:
    """A fact that she mails to herself."""
    return _to_herself(f"inboxwatch {step.project} {step.fact}", step.at)


def _to_herself(subject: str, at: datetime) -> bytes:
    made = f"<{at:%Y%m%d%H%M%S}@phone.example>"
    lines = [f"Date: {format_datetime(at)}", "From: me@example.com", "To: me@example.com", f"Subject: {subject}"]
    return _with_body([*lines, f"Message-ID: {made}"], "")


def _encoded_sender(sender: str) -> str:
    name, _, address = sender.partition(" <")
    return f"{Header(name, 'utf-8').encode()} <{address}"


def _with_body(lines: list[str], body: str) -> bytes:
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    return ("\n".join(lines) + "\n\n" + body).encode()
