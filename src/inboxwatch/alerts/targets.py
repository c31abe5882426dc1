"""Where an alert can be sent: an Apprise URL, a local command, the journal."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from inboxwatch.alerts.as_json import alert_as_json, json_text
from inboxwatch.alerts.chat import without_markup
from inboxwatch.alerts.clean import one_line, visible
from inboxwatch.alerts.journal import JOURNAL_SOCKET, write_to_journal
from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.program import Ending, run_program
from inboxwatch.alerts.sending_words import MAYBE_REPEAT, Language

LONGEST_REASON = 300
QUOTED = 200
#: Twice what a title of ours may have, for the mark of a repetition stands before it.
LONGEST_TITLE = 80
#: Several times the longest alert of one project; only a summary of very many could be longer.
LONGEST_BODY = 12_000

#: With less time left than this no service could be expected to answer.
_LEAST_SECONDS = 5.0

# What the child process may answer, and the sentence for it.
APPRISE_STATUS = {
    "sent": "it was sent",
    "failed": "the service did not take the alert",
    "partial": "only a part of the places behind the URL took the alert",
    "timeout": "the service did not answer in time",
    "no_match": "Apprise found no service behind the URL, so nothing was sent",
    "bad_url": "Apprise does not accept the URL: the service is unknown, or a part is missing",
    "many_urls": "the URL holds several URLs; give each a target of its own, so that a retry repeats to none",
    "no_apprise": "Apprise is not installed",
}

_EMERGENCIES = frozenset({"deadline_against", "reminder_received"})


class DeliveryFailed(Exception):
    """The target did not take the alert. `reason` is one bounded line without secrets.

    `maybe` is true when the target may have it all the same: its answer was lost, or it was stopped half-way.
    """

    def __init__(self, reason: str, *, maybe: bool = False) -> None:
        self.reason = one_line(reason, LONGEST_REASON)
        self.maybe = maybe
        super().__init__(self.reason)


class Target(Protocol):
    """One place for alerts. `name` is shown to the user and holds no secret; `kinds` None means every kind."""

    @property
    def name(self) -> str: ...

    @property
    def kinds(self) -> frozenset[str] | None: ...

    def deliver(self, alert: Alert, seconds: float) -> None:
        """Send `alert` once, within `seconds`. Raises DeliveryFailed."""
        ...


def wants(target: Target, kind: str) -> bool:
    """True when alerts of `kind` are meant for `target`."""
    return target.kinds is None or kind in target.kinds


@dataclass(frozen=True, slots=True)
class AppriseTarget:
    """One Apprise URL. `secret` gives the URL and is asked anew at every delivery."""

    name: str
    secret: Callable[[], str] = field(repr=False)
    kinds: frozenset[str] | None
    zone: ZoneInfo
    language: Language = "ja"

    def deliver(self, alert: Alert, seconds: float = 30.0) -> None:
        """Send through a child process, which is killed with all its children when `seconds` have passed.

        They begin before the URL is asked for, which a program may have to give.
        """
        deadline = time.monotonic() + seconds
        try:
            url = self.secret()
        except OSError as error:
            raise DeliveryFailed(f"the target's URL could not be read: {error.strerror}") from None
        left = deadline - time.monotonic()
        if left < min(_LEAST_SECONDS, seconds / 2):
            raise DeliveryFailed("the target's URL was so long in coming that no time was left to send the alert")
        # On standard input only: arguments and environment can be read by others on the machine.
        given = json.dumps(apprise_order(alert, url, left, self.language)).encode("ascii")
        argv = [sys.executable, "-P", "-m", "inboxwatch.alerts.apprise_child"]
        try:
            ending = run_program(argv, given, left, "stdout")
        except OSError as error:
            raise DeliveryFailed(f"the sending process could not be started: {error.strerror}") from None
        _check_apprise(ending, seconds)


def apprise_order(alert: Alert, url: str, seconds: float, language: Language) -> dict[str, Any]:
    """What the child process is told to send to `url` within `seconds`: the object of its docstring."""
    title, body = (without_markup(text) for text in _as_text(alert, language))
    order = {"url": url, "title": title, "body": body, "urgent": alert.urgent}
    # Both together stay below the deadline, so that the child itself can still say what happened.
    return order | {"connect_seconds": seconds / 3, "read_seconds": seconds / 2}


def _check_apprise(ending: Ending, seconds: float) -> None:
    if ending.code is None:
        raise DeliveryFailed(f"sending was stopped after {seconds:g} seconds; the alert may have arrived", maybe=True)
    answer = _last_object(ending.said)
    if answer is None:
        # Its standard error is not quoted: a traceback may hold the URL.
        raise DeliveryFailed(f"the sending process {_how_ended(ending.code)} without an answer", maybe=True)
    status = str(answer.get("status"))
    if status == "sent":
        return
    sentence = APPRISE_STATUS.get(status, APPRISE_STATUS["failed"])
    said = answer.get("said")
    raise DeliveryFailed(f"{sentence}: {said}" if said else sentence, maybe=bool(answer.get("maybe")))


def _last_object(said: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(said.strip().rpartition(b"\n")[2])
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _as_text(alert: Alert, language: Language) -> tuple[str, str]:
    """Title and body as people are to see them: a title on one line, neither longer than a service takes."""
    title = one_line((MAYBE_REPEAT[language] if alert.maybe_repeat else "") + alert.title, LONGEST_TITLE)
    body = visible(alert.body or alert.title)
    if len(body) > LONGEST_BODY:
        body = f"{body[:LONGEST_BODY]}…\ninboxwatch status"
    if alert.url is not None and alert.url not in body:
        body = f"{body}\n{one_line(alert.url, LONGEST_REASON)}"
    return title, body


@dataclass(frozen=True, slots=True)
class CommandTarget:
    """A local program that gets the alert as a JSON object on its standard input. Its standard output is ignored."""

    name: str
    argv: tuple[str, ...]
    kinds: frozenset[str] | None
    zone: ZoneInfo

    def deliver(self, alert: Alert, seconds: float = 30.0) -> None:
        """Run the program without a shell; any exit code but 0 is a failure. Killed when `seconds` have passed."""
        given = json_text(alert_as_json(alert, self.zone)).encode() + b"\n"
        try:
            ending = run_program(self.argv, given, seconds, "stderr")
        except (OSError, ValueError) as error:
            raise DeliveryFailed(f"the command {self.argv[0]} {_why_not_started(error)}") from None
        if ending.code is None:
            reason = f"the command was stopped after {seconds:g} seconds; the alert may have arrived"
            raise DeliveryFailed(reason, maybe=True)
        if ending.code != 0:
            said = one_line(ending.said.decode("utf-8", "replace"), QUOTED)
            reason = f"the command {_how_ended(ending.code)}"
            # A program that says that it failed is believed; one that was cut down says nothing.
            raise DeliveryFailed(f"{reason}: {said}" if said else reason, maybe=ending.code < 0)


def _why_not_started(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "was not found"
    if isinstance(error, PermissionError):
        return "may not be executed"
    return f"could not be started: {error.strerror if isinstance(error, OSError) else 'an argument is not valid'}"


def _how_ended(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    names = {number.value: number.name for number in signal.Signals}
    return f"was ended by signal {-code} ({names.get(-code, 'unknown')})"


@dataclass(frozen=True, slots=True)
class JournalTarget:
    """The systemd journal of this machine; standard error where there is none."""

    name: str = "journal"
    kinds: frozenset[str] | None = None
    language: Language = "ja"
    journal: Path = JOURNAL_SOCKET

    def deliver(self, alert: Alert, seconds: float = 30.0) -> None:
        """Write one entry, its fields `INBOXWATCH_KEY`, `_KIND` and `_PROJECT` beside the message."""
        title, body = _as_text(alert, self.language)
        fields = {
            "MESSAGE": f"{title}\n{body}",
            "PRIORITY": str(journal_priority(alert)),
            "SYSLOG_IDENTIFIER": "inboxwatch",
            "INBOXWATCH_KEY": one_line(alert.key, LONGEST_REASON),
            "INBOXWATCH_KIND": alert.kind,
        }
        if alert.project is not None:
            fields["INBOXWATCH_PROJECT"] = one_line(alert.project, LONGEST_REASON)
        try:
            write_to_journal(fields, self.journal, seconds)
        except OSError as error:
            raise DeliveryFailed(f"the journal did not take the alert: {error.strerror or 'no answer'}") from None


def journal_priority(alert: Alert) -> int:
    """The syslog priority: 1 (alert) when silence counts against her, 2 (critical) when urgent, 5 (notice) else."""
    if not alert.urgent:
        return 5
    return 1 if alert.kind in _EMERGENCIES else 2
