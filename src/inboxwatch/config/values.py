"""How one value of the configuration is read: what stood in the file in, what the program uses out, or a sentence.

Every reader takes what YAML gave and raises Unfit with our own words. It also takes a value that is already of the
right kind, so that settings can be made in code. No sentence quotes a value that could be a secret.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import ValidationInfo

from inboxwatch.config.yaml_lines import Place

_SPAN = re.compile(r"([0-9]{1,9})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST_SPAN = timedelta(days=36_500)
_QUIET_HOURS = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])\s*-\s*([01]?[0-9]|2[0-3]):([0-5][0-9])")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\/]*[^\s@<>()\[\],;:\"\\/.]")
_PROJECT = re.compile(r"[a-z][a-z0-9_]*/[^\s/](?:[^/]*[^\s/])?")
_HOST = re.compile(r"[\w](?:[\w.-]*[\w])?\.?")
_NAMESERVER = re.compile(
    r"(?:\[(?P<bracketed>[0-9A-Fa-f:.]{2,45})\]|(?P<plain>[0-9.]{7,15}))(?::(?P<port>[0-9]{1,5}))?"
)
#: What may stand in no text: it would break a line of a log or a command of IMAP.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Unfit(ValueError):
    """A value that cannot be used, and why. `place` leads from the value to the part at fault, `hidden` keeps that
    part's name out of what is printed: inside a secret even a key may be a piece of it."""

    def __init__(self, sentence: str, place: Place = (), *, hidden: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.place = place
        self.hidden = hidden


def kind_of(value: object) -> str:
    """What a value is, in words, without the value."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "something else"


def quoted(value: str) -> str:
    """A piece of text for a sentence: in quotes, on one line, not long."""
    shown = value if len(value) <= 60 else value[:57] + "…"
    return "'" + shown.encode("utf-8", "backslashreplace").decode().translate(_UNPRINTABLE) + "'"


_UNPRINTABLE = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {0x2028: " ", 0x2029: " "}


def nearest(word: str, known: Iterable[str]) -> str:
    """ "; did you mean 'x'?" or the list of what is known."""
    names = list(known)
    by_lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower(), by_lower, 1, 0.6)
    close = close or [name for name in by_lower if word and name.startswith(word.lower())][:1]
    return f"did you mean {quoted(by_lower[close[0]])}?" if close else f"write one of: {', '.join(names)}"


def text(value: object) -> str:
    """One line of text that is not empty."""
    if isinstance(value, int | float) or value is None:
        raise Unfit(
            f"must be text and is {kind_of(value)}; put it in quotes" if value is not None else "is empty; write text"
        )
    if not isinstance(value, str):
        raise Unfit(f"must be text and is {kind_of(value)}; write one line of text")
    if not value.strip() or CONTROL.search(value):
        raise Unfit("must be one line of text; remove line breaks and control characters, and do not leave it empty")
    return value


def truth(value: object) -> bool:
    """true or false; not the many words of YAML 1.1."""
    if isinstance(value, bool):
        return value
    said = f"is {quoted(value)}" if isinstance(value, str) else f"is {kind_of(value)}"
    raise Unfit(f"{said}; write true or false")


def choice(*names: str) -> Callable[[object], str]:
    """A reader of one word out of these."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in names:
            return value
        if not isinstance(value, str):
            raise Unfit(f"is {kind_of(value)}; write one of: {', '.join(names)}")
        raise Unfit(f"{quoted(value)} is not known; {nearest(value, names)}")

    return read


def span(value: object) -> timedelta:
    """A duration such as 60s, 5m, 3h or 400d."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Unfit(f"{value} is a number without a unit; write for instance {value}s, {value}m, {value}h or {value}d")
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if not found:
        said = quoted(value) if isinstance(value, str) else f"{kind_of(value)}"
        raise Unfit(f"{said} is no duration; write a whole number and its unit, for instance 60s, 5m, 3h or 400d")
    read = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if not timedelta(0) < read <= _LONGEST_SPAN:
        raise Unfit(f"{quoted(found[0])} is out of range; write more than nothing and at most 36500d")
    return read


def span_or_never(value: object) -> timedelta | None:
    """A duration; None for `null` and `off`."""
    return None if value is None or value is False or value == "off" else span(value)


def poll_span(value: object) -> timedelta:
    """How often to ask the server: 5 s at least."""
    read = span(value)
    if read < timedelta(seconds=5):
        raise Unfit(f"{quoted(str(value))} is too often; write 5s or more")
    return read


def zone(value: object) -> ZoneInfo:
    """A time zone by its IANA name."""
    if isinstance(value, ZoneInfo):
        return value
    name = text(value)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = available_timezones()
    by_city = {known_name.rpartition("/")[2]: known_name for known_name in sorted(known)}
    close = difflib.get_close_matches(name, known, 1, 0.7) or [
        by_city[city] for city in difflib.get_close_matches(name.rpartition("/")[2].title(), by_city, 1, 0.7)
    ]
    raise Unfit(
        f"there is no time zone {quoted(name)}; "
        + (f"did you mean {close[0]}?" if close else "write for instance Asia/Tokyo")
    )


def port(value: object) -> int:
    """A TCP port."""
    if isinstance(value, bool) or not isinstance(value, int):
        said = "is text" if isinstance(value, str) else f"is {kind_of(value)}"
        raise Unfit(f"{said}; write a whole number without quotes, for instance 993")
    if not 1 <= value <= 65535:
        raise Unfit(f"{value} is no port; write a number from 1 to 65535, for instance 993")
    return value


def host(value: object) -> str:
    """A host's name or address, alone."""
    name = text(value)
    if "://" in name:
        raise Unfit("must be the host's name alone, for instance imap.example.com; remove what stands before ://")
    if _HOST.fullmatch(name) or _is_ip(name):
        return name
    if _HOST.fullmatch(name.rpartition(":")[0]) and name.rpartition(":")[2].isdigit():
        raise Unfit("must be the host's name alone; write the number behind the colon under port")
    raise Unfit(f"{quoted(name)} is no host name; write for instance imap.example.com")


def is_loopback(name: str) -> bool:
    """Whether a host is this machine for certain: 127.0.0.0/8, ::1 or localhost."""
    if name.lower().removesuffix(".") == "localhost":
        return True
    return _is_ip(name) and ipaddress.ip_address(name).is_loopback


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def safe_url(value: object) -> str:
    """An address to which secrets may be sent: https, or http to this very machine."""
    written = text(value)
    example = "write for instance https://login.example.com/token"
    try:
        parts = urlsplit(written)
        name, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Unfit(f"{quoted(written)} is no web address; {example}") from None
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Unfit(f"must be an address alone, without a name before @ and without #; {example}")
    if not re.fullmatch(r"[!-~]+", written) or not (_HOST.fullmatch(name) or _is_ip(name)):
        raise Unfit(f"{quoted(written)} is no web address; {example}")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(name)):
        raise Unfit(f"must begin with https://, for secrets are sent there; {example}")
    return written


def address(value: object) -> str:
    """A mail address without a display name, lower-cased."""
    written = text(value)
    if not is_address(written):
        raise Unfit(f"{quoted(written)} is no mail address; write the address alone, for instance yamada@example.co.jp")
    return written.lower()


def is_address(written: str) -> bool:
    """Whether text looks like one mail address. Lenient on purpose: docomo has given out `a..b.@…`."""
    return bool(_ADDRESS.fullmatch(written))


def project(value: object) -> str:
    """A project as `platform/id`."""
    written = text(value)
    if not _PROJECT.fullmatch(written):
        raise Unfit(f"{quoted(written)} is no project; write platform/id, for instance lancers/5545030")
    return written


def path(value: object, info: ValidationInfo) -> Path:
    """A path; `~` is the home folder, and a relative path is relative to the configuration file."""
    return path_in(value, (info.context or {}).get("folder"))


def path_in(value: object, folder: Path | None) -> Path:
    """The same, given the configuration file's folder (None: the path stays relative)."""
    if isinstance(value, Path):
        return value
    try:
        read = Path(text(value)).expanduser()
    except RuntimeError:
        raise Unfit("begins with ~, and there is no such home folder; write the full path") from None
    return read if folder is None else folder / read


def quiet_hours(value: object) -> tuple[time, time] | None:
    """From when to when on the clock of `zone`; the end may be on the next day."""
    if value is None or isinstance(value, tuple):
        return value
    found = _QUIET_HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        said = quoted(value) if isinstance(value, str) else kind_of(value)
        raise Unfit(f"{said} is no pair of times; write for instance 22:00-07:00")
    begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if begin == end:
        raise Unfit("begins when it ends; write for instance 22:00-07:00, or null for none")
    return begin, end


def command(value: object) -> tuple[str, ...]:
    """A program and its arguments."""
    example = "write a list of the program and its arguments, for instance [/usr/local/bin/tell-me]"
    if not isinstance(value, list | tuple):
        raise Unfit(f"must be a list and is {kind_of(value)}; {example}")
    if not value:
        raise Unfit(f"is an empty list; {example}")
    for position, part in enumerate(value):
        if not isinstance(part, str):
            raise Unfit(f"must be text and is {kind_of(part)}; put it in quotes", (position,))
        if "\0" in part or (position == 0 and not part.strip()):
            raise Unfit("must be text without control characters, and not empty", (position,))
    return tuple(value)


def folders(value: object) -> str | tuple[str, ...]:
    """`auto`, or a list of folders."""
    if value == "auto":
        return "auto"
    if not isinstance(value, list | tuple) or not value:
        said = "an empty list" if isinstance(value, list) else kind_of(value)
        raise Unfit(f"is {said}; write auto, or a list of folders, for instance [INBOX, Junk]")
    return tuple(_in_list(text, item, position) for position, item in enumerate(value))


@dataclass(frozen=True, slots=True)
class Nameserver:
    """Where DNS is asked: an IP address and a port."""

    address: str
    port: int = 53


def nameserver(value: object) -> Nameserver:
    """An IP address, with a port behind a colon if it is not 53; an IPv6 address in brackets then."""
    if isinstance(value, Nameserver):
        return value
    written = text(value)
    wrong = f"{quoted(written)} is no IP address; write for instance 192.0.2.53, or 192.0.2.53:5353 with a port"
    found = _NAMESERVER.fullmatch(written)
    address = found["bracketed"] or found["plain"] if found and not _is_ip(written) else written
    if not _is_ip(address):
        raise Unfit(wrong)
    number = int(found["port"]) if found and found["port"] and not _is_ip(written) else 53
    if not 1 <= number <= 65535:
        raise Unfit(wrong)
    return Nameserver(address, number)


def ids(value: object) -> frozenset[str]:
    """None, one word or a list of words, lower-cased."""
    if value is None:
        return frozenset()
    if not isinstance(value, list | tuple | frozenset):
        return frozenset((text(value).lower(),))
    return frozenset(_in_list(text, item, position).lower() for position, item in enumerate(value))


def _in_list(read: Callable[[object], Any], item: object, position: int) -> Any:
    try:
        return read(item)
    except Unfit as unfit:
        raise Unfit(unfit.sentence, (position, *unfit.place), hidden=unfit.hidden) from None


def a_list(example: str, *, null_is_empty: bool = True, may_be_empty: bool = True) -> Callable[[object], object]:
    """Refuses what is no list, with an example of what would be right. A key with nothing behind it is empty."""

    def read(value: object) -> object:
        if value is None and null_is_empty:
            return ()
        if not isinstance(value, list | tuple | frozenset):
            raise Unfit(f"must be a list and is {kind_of(value)}; write for instance {example}")
        if not value and not may_be_empty:
            raise Unfit(f"is an empty list; write for instance {example}")
        return value

    return read


def a_mapping(example: str) -> Callable[[object], object]:
    """The same for a mapping."""

    def read(value: object) -> object:
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Unfit(f"must be a mapping and is {kind_of(value)}; write for instance {example}")
        return value

    return read
