"""The configurations that a story may have, each with what the model needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

DAY = timedelta(days=1)

_COMMON = """\
language: {language}
zone: Asia/Tokyo
me: [me@example.com]
mailboxes:
  - {{name: main, host: imap.example.com, username: me@example.com, password: secret, authserv_id: mx.example.com}}
  - name: side
    host: mail.example.net
    username: me@example.net
    password: secret
    authserv_id: mx.example.com
    folders: [INBOX, Junk, Archive]
profiles: [{profile}]
clients:
  - {{name: 鈴木, addresses: [suzuki@example.org], projects: [lancers/700001]}}
  - {{name: 小林, addresses: [kobayashi@example.org], projects: [direct/800001]}}
alerts:
  targets: [{{command: [/target/phone]}}, {{command: [/target/desk]{kinds}}}]
  no_platform_mail: off
  {more}
"""


@dataclass(frozen=True, slots=True)
class Habit:
    """What of a configuration decides which alerts there are, and which of them go to the desk (None: all)."""

    silence: tuple[timedelta, ...] = (3 * DAY, 5 * DAY)
    repeat: timedelta | None = None
    quiet: bool = False
    desk: tuple[str, ...] | None = None


_DESK = ("reminder_available", "payment_confirmed", "deadline_against")
HABITS = (
    Habit(),
    Habit(quiet=True),
    Habit(repeat=3 * DAY),
    Habit(silence=(), desk=_DESK),
    Habit(silence=(2 * DAY, 4 * DAY, 6 * DAY), quiet=True),
    Habit(repeat=2 * DAY, quiet=True),
)
_MORE = (
    "quiet_hours: null",
    "quiet_hours: 22:00-07:00",
    "repeat: {reminder_available: 3d}",
    "silence: []",
    "{silence: [2d, 4d, 6d], quiet_hours: 22:00-07:00}",
    "{repeat: {reminder_available: 2d}, quiet_hours: 22:00-07:00}",
)


def _written(number: int) -> str:
    more = _MORE[number].strip("{}") if _MORE[number].startswith("{") else _MORE[number]
    if number == 4:
        more = "silence: [2d, 4d, 6d]\n  quiet_hours: 22:00-07:00"
    if number == 5:
        more = "repeat: {reminder_available: 2d}\n  quiet_hours: 22:00-07:00"
    desk = HABITS[number].desk
    kinds = f", kinds: [{', '.join(desk)}]" if desk else ""
    return _COMMON.format(language="en" if number % 2 else "ja", kinds=kinds, more=more, profile="{profile}")


#: Each with a place for the path of the user's own profile.
VARIANTS = tuple(_written(number) for number in range(6))
