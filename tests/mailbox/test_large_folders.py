"""Folders of a size that people really have: time and memory stay bounded, and what was read is not read again."""

from __future__ import annotations

import re
import time
import tracemalloc
from collections.abc import Callable

import pytest

from inboxwatch.mailbox import reading
from inboxwatch.mailbox.errors import ConnectionLost
from inboxwatch.mailbox.progress import Batch
from tests.mailbox.support import batches_of, connect, is_from_platform, read_all
from tests.mailbox.test_odd_servers import KNOWN, body_answer, header_answer, uids_in
from tests.servers.scripted import ScriptedServer, Talk

MakeServer = Callable[..., ScriptedServer]

MAILS = 250_000
EVERY = 1_000  # one mail in so many is of the platform


def huge(asked: list[int]) -> Callable[[Talk, bytes], bool]:
    """A script for a folder of MAILS mails, UID = number; `asked` counts the mails whose headers were asked for."""

    def handler(talk: Talk, line: bytes) -> bool:
        if b"UID SEARCH" in line:
            found = re.search(rb"UID (\d+):(\d+)", line)
            assert found
            low, top = int(found[1]), int(found[2])
            step = EVERY if b"FROM" in line else 1
            talk.answer(
                line, b"* SEARCH " + b" ".join(b"%d" % uid for uid in range(low, top + 1) if not uid % step) + b"\r\n"
            )
        elif b"UID FETCH" in line:
            if b"HEADER" in line:
                asked.extend(uids_in(line))
            answer = header_answer if b"HEADER" in line else body_answer
            talk.answer(line, b"".join(answer(uid) for uid in uids_in(line)))
        elif b" FETCH " in line:
            numbers = [int(number) for number in line.split(b" ")[2].split(b",")]
            talk.answer(line, b"".join(b"* %d FETCH (UID %d)\r\n" % (number, number) for number in numbers))
        else:
            return False
        return True

    return handler


def test_of_250_000_mails_the_first_read_looks_at_those_of_the_platform_alone(scripted: MakeServer) -> None:
    asked: list[int] = []
    server = scripted(huge(asked), uidnext=MAILS + 1, exists=MAILS)
    account = connect(server.port, "anybody", seconds=60)
    begun = time.monotonic()
    batches = read_all(account)
    account.close()
    assert time.monotonic() - begun < 10
    assert len(asked) == MAILS // EVERY
    assert batches[-1].progress.uid == MAILS
    assert all(len(line) < 8_000 for line in server.lines), "servers refuse longer commands"


def test_when_250_000_mails_must_be_listed_memory_and_time_stay_small(scripted: MakeServer) -> None:
    asked: list[int] = []
    server = scripted(huge(asked), uidnext=MAILS + 1, exists=MAILS)
    account = connect(server.port, "anybody", seconds=60)
    begun = time.monotonic()
    tracemalloc.start()
    first = next(batches_of(account, KNOWN, wanted=lambda headers, folder: False))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    account.close()
    assert first.progress.uid < reading.HEADER_BATCH * 2, "the first batch does not wait for the last"
    # The server's script runs in this process too and holds its answer; the measured peak is of both.
    assert peak < 80 * 1024 * 1024
    assert time.monotonic() - begun < 30


def test_a_server_that_drops_at_18_000_is_gone_on_with_from_there(scripted: MakeServer) -> None:
    asked: list[int] = []
    plain = huge(asked)
    dropped: list[int] = []

    def drop(talk: Talk, line: bytes) -> bool:
        if b"UID FETCH" in line and max(uids_in(line)) > 18_000 and not dropped:
            dropped.append(len(asked))
            talk.close()
            return True
        return plain(talk, line)

    server = scripted(drop, uidnext=20_001, exists=20_000)
    got: list[Batch] = []
    with pytest.raises(ConnectionLost):
        for batch in batches_of(connect(server.port, "anybody", seconds=30), KNOWN, wanted=_is_thousandth):
            got.append(batch)
    assert dropped == [18_000]
    rest = read_all(connect(server.port, "anybody", seconds=30), got[-1].progress, wanted=_is_thousandth)
    assert rest[-1].progress.uid == 20_000
    assert len(asked) == len(set(asked)) == 20_000, "no mail was asked for twice"


def _is_thousandth(headers: bytes, folder: object) -> bool:
    return is_from_platform(headers, folder) and b"000\r\n" in headers  # type: ignore[arg-type]
