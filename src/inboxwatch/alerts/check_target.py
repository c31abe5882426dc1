"""Looks whether a target can work, and sends it one test alert: for `check` and `check --send-test`."""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.program import run_program
from inboxwatch.alerts.sending_words import TEST_BODY, TEST_TITLE, Language
from inboxwatch.alerts.targets import APPRISE_STATUS, AppriseTarget, DeliveryFailed, Target

#: Why a program cannot be started; the wording has a sentence for each.
ProgramFault = Literal["no_program", "no_file", "not_executable"]


def fault_of_program(program: str) -> ProgramFault | None:
    """Why the program that a command target names cannot be started, found as the system finds it; None if it can."""
    if shutil.which(program):
        return None
    # A bare name is looked for in $PATH alone, whatever lies in the present folder.
    if os.sep not in program or not Path(program).exists():
        return "no_program"
    return "not_executable" if Path(program).is_file() else "no_file"


def look_at_url(target: AppriseTarget, seconds: float = 30.0) -> None:
    """Ask Apprise, in its child process, whether it accepts the target's URL; nothing is sent.

    Raises DeliveryFailed when it does not, or the URL cannot be had.
    """
    order = json.dumps({"url": target.secret(), "only_look": True}).encode("ascii")
    try:
        ending = run_program([sys.executable, "-P", "-m", "inboxwatch.alerts.apprise_child"], order, seconds, "stdout")
        status = json.loads(ending.said.strip().rpartition(b"\n")[2])["status"]
    except (OSError, ValueError, KeyError, TypeError):
        raise DeliveryFailed("Apprise could not be asked about the URL") from None
    if status != "accepted":
        raise DeliveryFailed(APPRISE_STATUS.get(status, APPRISE_STATUS["failed"]))


def send_test(target: Target, zone: ZoneInfo, language: Language, *, now: datetime, seconds: float = 30.0) -> None:
    """Send a harmless alert to `target`, whatever kinds it wants, naming `now` in `zone`.

    Raises DeliveryFailed when the target did not take it within `seconds`.
    """
    at = now.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    alert = Alert(
        key=f"test {now.isoformat()}",
        at=now,
        kind="summary",
        project=None,
        urgent=False,
        title=TEST_TITLE[language],
        body=TEST_BODY[language].format(at=f"{at} {zone.key}"),
    )
    target.deliver(alert, seconds)
