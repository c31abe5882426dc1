"""The short-lived process that sends one alert through Apprise: `python -m inboxwatch.alerts.apprise_child`.

It costs 36 MB and may sleep or hang, so the daemon never imports Apprise but starts this, and kills it at a deadline.
On standard input it reads one JSON object: `url`, `title`, `body`, `urgent`, `connect_seconds`, `read_seconds`;
or `url` and `only_look`, and then nothing is sent.
On standard output it writes one JSON line: `status` (a key of `inboxwatch.alerts.targets.APPRISE_STATUS`), `said` (the
cause, without any part of the URL, or null) and `maybe` (true when the target may have the alert all the same).
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

from inboxwatch.alerts.clean import one_line, without_secrets

_LONGEST_CAUSE = 240

# Before any byte of the alert was sent. In the order in which they are looked for.
_UNREACHED = (
    (re.compile(r"connection refused", re.I), "the connection was refused"),
    (re.compile(r"failed to resolve|name or service not known|getaddrinfo|name resolution", re.I), "no such host"),
    (re.compile(r"certificate.verify.failed", re.I), "its certificate could not be verified"),
    (re.compile(r"sslerror|ssl:", re.I), "no TLS connection came about"),
    (re.compile(r"connect timeout|connecttimeout|connection to .* timed out", re.I), "it could not be reached in time"),
    (re.compile(r"no route to host|network is unreachable", re.I), "there is no way to its network"),
    (re.compile(r"\(53[045], b"), "it refused the login"),
)
_READ_TIMED_OUT = re.compile(r"read timed out|readtimeout", re.I)
# Other lines may quote the alert itself, whose words say nothing about the sending.
_TROUBLE_LINE = re.compile(r"[\w /]*exception\b", re.I)
_CONNECTION_TROUBLE = re.compile(r"socket exception|connection error", re.I)
# A gateway that gave up waiting does not know what became of the request.
_GATEWAY_GAVE_UP = re.compile(r"error=50[24]\b")


def main() -> int:
    """Send what standard input says, answer on standard output, return 0 whenever an answer was written."""
    # Some plugins print; their words must not get between the answer and its reader.
    answer_to = os.dup(1)
    os.dup2(2, 1)
    try:
        answer = send(json.loads(sys.stdin.buffer.read()))
    except Exception as error:  # noqa: BLE001 - the edge of the process: a plugin may raise anything; only the type's
        # name is passed on, because the text may hold the URL
        answer = _answer("failed", f"a fault inside Apprise ({type(error).__name__})", maybe=True)
    os.write(answer_to, json.dumps(answer).encode("ascii") + b"\n")
    return 0


def send(order: dict[str, Any]) -> dict[str, Any]:
    """Given the object of the module's docstring, send it once to its one URL and return the answer's object."""
    try:
        import apprise  # here, so that its absence is an answer and not a crash
    except ImportError:
        return _answer("no_apprise")
    records = _collect_logs()
    url = str(order["url"])
    asset = apprise.AppriseAsset(app_id="inboxwatch", app_desc="inboxwatch", async_mode=False)
    sender = apprise.Apprise(asset=asset)
    if not sender.add(url):
        return _answer("bad_url")
    if len(sender) > 1:
        # Apprise splits at commas; a retry would then repeat to those that succeeded.
        return _answer("many_urls")
    if order.get("only_look"):
        return _answer("accepted")
    for service in sender:
        _give_time(service, url, order)
        _split_what_is_long(service, url, apprise.OverflowMode.SPLIT)
    kind = apprise.NotifyType.WARNING if order["urgent"] else apprise.NotifyType.INFO
    result = sender.notify(
        title=order["title"], body=order["body"], notify_type=kind, body_format=apprise.NotifyFormat.TEXT
    )
    return settle(result, [(record.levelno, record.getMessage()) for record in records], url)


def settle(result: Any, lines: Sequence[tuple[int, str]], url: str) -> dict[str, Any]:
    """Given what Apprise returned (1.x: True, False, None; 2.x: AppriseResult) and logged, return the answer."""
    status = status_of(result)
    if status == "sent":
        return _answer("sent")
    text = "\n".join(line for level, line in lines if level >= logging.WARNING or _TROUBLE_LINE.match(line))
    cause = next((words for pattern, words in _UNREACHED if pattern.search(text)), None)
    unreached = cause is not None
    if cause is None and _READ_TIMED_OUT.search(text):
        cause = "it did not answer in time"
    if cause is None:
        warnings = [line for level, line in lines if level >= logging.WARNING]
        cause = warnings[-1] if warnings else None
    some_sent = any(level == logging.INFO and line.startswith("Sent ") for level, line in lines)
    in_doubt = bool(_CONNECTION_TROUBLE.search(text)) and not unreached
    maybe = some_sent or in_doubt or status in {"partial", "timeout"} or bool(_GATEWAY_GAVE_UP.search(text))
    return _answer(status, None if cause is None else without_secrets(cause, url), maybe=maybe)


def status_of(result: Any) -> str:
    """Given the return value of `notify()` of Apprise 1.x or 2.x, return "sent" or how it failed."""
    if result is True:
        return "sent"
    if result is None:
        return "no_match"
    name = getattr(getattr(result, "status", None), "name", "FAILURE")
    known = {"SUCCESS": "sent", "NOMATCH": "no_match", "PARTIAL": "partial", "TIMEOUT": "timeout"}
    return known.get(name, "failed")


def _give_time(service: Any, url: str, order: dict[str, Any]) -> None:
    # Apprise's own four seconds call a slow service a failure, and the repeat is then a duplicate.
    chosen = _chosen(url)
    if "cto" not in chosen:
        service.socket_connect_timeout = float(order["connect_seconds"])
    if "rto" not in chosen:
        service.socket_read_timeout = float(order["read_seconds"])


def _split_what_is_long(service: Any, url: str, mode: Any) -> None:
    # Apprise hands on what is longer than a service takes (2,000 characters on Discord), and the service refuses all
    # of it: whoever can make a title long could keep an alert from her.
    if "overflow" not in _chosen(url):
        service.overflow_mode = mode


def _chosen(url: str) -> set[str]:
    """The parameters that the user has set herself."""
    return {pair.partition("=")[0].lower() for pair in re.split("[&;]", url.partition("?")[2])}


class _Records(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.DEBUG)
        self.records = records

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def _collect_logs() -> list[logging.LogRecord]:
    records: list[logging.LogRecord] = []
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(_Records(records))
    return records


def _answer(status: str, said: str | None = None, *, maybe: bool = False) -> dict[str, Any]:
    return {"status": status, "said": None if said is None else one_line(said, _LONGEST_CAUSE), "maybe": maybe}


if __name__ == "__main__":
    sys.exit(main())
