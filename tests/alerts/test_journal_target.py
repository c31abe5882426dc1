"""The journal target, with a real datagram socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from inboxwatch.alerts.targets import DeliveryFailed, JournalTarget, journal_priority
from tests.alerts.samples import an_alert


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[tuple[Path, socket.socket]]:
    path = tmp_path / "journal"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        receiver.settimeout(5)
        yield path, receiver


def read_fields(datagram: bytes) -> list[tuple[str, str]]:
    """Read the native protocol back, as journald does."""
    fields = []
    while datagram:
        line, _, rest = datagram.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            length = int.from_bytes(rest[:8], "little")
            value, rest = rest[8 : 8 + length], rest[8 + length + 1 :]
        fields.append((name.decode(), value.decode()))
        datagram = rest
    return fields


def test_an_entry_arrives_with_its_fields_and_line_feeds_intact(journal: tuple[Path, socket.socket]) -> None:
    path, receiver = journal
    JournalTarget(journal=path).deliver(an_alert())
    alert = an_alert()
    assert read_fields(receiver.recv(100_000)) == [
        ("MESSAGE", f"{alert.title}\n{alert.body}\n{alert.url}"),
        ("PRIORITY", "5"),
        ("SYSLOG_IDENTIFIER", "inboxwatch"),
        ("INBOXWATCH_KEY", alert.key),
        ("INBOXWATCH_KIND", "reminder_available"),
        ("INBOXWATCH_PROJECT", "lancers/5545030"),
    ]


def test_no_value_can_forge_a_field(journal: tuple[Path, socket.socket]) -> None:
    path, receiver = journal
    JournalTarget(journal=path).deliver(an_alert(title="x\nPRIORITY=0", project="lancers/1\nPRIORITY=0"))
    assert [value for name, value in read_fields(receiver.recv(100_000)) if name == "PRIORITY"] == ["5"]


def test_priorities_follow_urgency() -> None:
    assert journal_priority(an_alert()) == 5
    assert journal_priority(an_alert(urgent=True)) == 2
    assert journal_priority(an_alert(urgent=True, kind="deadline_against")) == 1


def test_without_a_journal_one_prefixed_line_goes_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    JournalTarget(journal=tmp_path / "none", language="en").deliver(an_alert(urgent=True, maybe_repeat=True))
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("<2>[may be a repeat] まだ申請しないでください")
    assert " / 完了報告をしてから" in line


def test_a_journal_that_takes_nothing_is_a_failure(journal: tuple[Path, socket.socket]) -> None:
    path, _ = journal
    target = JournalTarget(journal=path)
    with pytest.raises(DeliveryFailed, match="the journal did not take the alert"):
        for _ in range(10_000):
            target.deliver(an_alert(), 0.1)
