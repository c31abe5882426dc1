"""Reads mails in processes of their own and says what each cost: seconds of the processor, megabytes, what is wrong.

A server for the tests: it reads the name of a bomb on a line and answers with one JSON object on a line. Each bomb is
read in a fork of a process that has everything loaded, so that its highest memory is the bomb's own, above idle.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inboxwatch.mail.model import RawMail
from inboxwatch.mail.parse import Unreadable, look, parse
from inboxwatch.platforms.classify import Headers, Known, KnownClient, wanted
from inboxwatch.platforms.load import load_profiles
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.understand import understand
from tests.fuzz.properties import wrong_with, wrong_with_recognition
from tests.mail.bombs import BOMBS

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PROFILES = load_profiles([], None, lambda _platform: True)
CLIENT = "yamada@client.example"
KNOWN = Known(
    me=frozenset({"me@example.com"}),
    clients=(KnownClient("山田商店", frozenset({CLIENT})),),
    authserv_ids=frozenset({"mx.example.com"}),
)
#: A bomb that takes longer is ended; the answer then says so by its seconds.
LONGEST = 20


def whole_way(raw: bytes) -> tuple[str, Recognition | None]:
    """What the daemon does with a mail: its headers alone, then all of it. What is kept of it, in a word."""
    seen = look(raw[:262_144])
    wanted(Headers(seen.sender, seen.subject, seen.to, False, seen.answers), PROFILES, KNOWN)
    kept, recognition = understand(RawMail(raw, NOW), PROFILES, KNOWN, NOW, history=False)
    if kept is not None and kept.quarantined:
        return f"quarantine: {kept.quarantined}", None
    return str(recognition.event or recognition.suspicious or "nothing") if recognition else "nothing", recognition


def _measured(raw: bytes) -> dict[str, object]:
    """What the whole way of a mail cost this process, and then what does not hold of what was read of it."""
    outcome, recognition = whole_way(raw)
    used = resource.getrusage(resource.RUSAGE_SELF)
    found = {"outcome": outcome, "seconds": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024}
    try:
        mail = parse(RawMail(raw, NOW))
    except Unreadable:
        return {**found, "wrong": []}
    wrong = list(wrong_with_recognition(mail, recognition, PROFILES, frozenset({CLIENT}))) if recognition else []
    return {**found, "wrong": [*wrong_with(mail), *wrong]}


def _in_a_fork(work: str, place: Path, name: str) -> dict[str, Any]:
    """What a process says that did this one thing and ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
        os.write(writing, json.dumps(_work(work, place, name)).encode()[:60_000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    answer: dict[str, Any] = json.loads(said or '{"outcome": "raised nothing, and was ended"}')
    return answer


def _work(work: str, place: Path, name: str) -> dict[str, Any]:
    try:
        if work == "build":
            return {"built": place.write_bytes(BOMBS[name]())}
        return _measured(place.read_bytes() if name else b"From: a@b.example\n\nx")
    except BaseException as error:  # noqa: BLE001 - whatever it is, the test is told of it
        return {"outcome": f"raised {type(error).__name__}"}


def main() -> None:
    """Answer until the standard input ends."""
    whole_way(b"From: noreply@lancers.co.jp\nContent-Type: text/html; charset=euc-jp\n\n<p>\xa4\xa2 https://a.example")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bomb.eml"
        idle = _in_a_fork("measure", place, "")["memory"]
        for line in sys.stdin:
            name = line.strip()
            _in_a_fork("build", place, name)
            found = _in_a_fork("measure", place, name)
            sys.stdout.write(json.dumps({**found, "megabytes": (found.get("memory", 0) - idle) / 1e6}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
