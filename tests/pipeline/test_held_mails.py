"""Mails that may answer a client's are held until that is known, each found by the thread and not by its content."""

from __future__ import annotations

from inboxwatch.answering import Held
from inboxwatch.mail.model import RawMail
from inboxwatch.platforms.known import Known, KnownClient
from inboxwatch.platforms.recognition import Recognition
from tests.pipeline.story import jst

AT = jst("2026-03-02 10:00")


class _NeverCompared(RawMail):
    """To compare mails is to compare all their bytes: with many of them that takes hours."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("two mails were compared")

    __hash__ = None  # type: ignore[assignment]


def _held(*answers: str) -> Held:
    found = Held(Known(clients=(KnownClient("suzuki", frozenset({"suzuki@example.org"})),)))
    for number, answered in enumerate(answers):
        mail = _NeverCompared(f"mail {number}".encode(), AT)
        found.hold(mail, Recognition(None, None, "nobody", answers=(answered,)))
    return found


def test_those_that_answer_a_clients_mail_are_given_out_once_without_comparing_any() -> None:
    held = _held(*(f"<{number}@x.example>" for number in range(50)))
    for number in (49, 7, 8):
        held.known.threads.learn(f"<{number}@x.example>", "suzuki")
    assert [mail.raw for mail in held.claimed()] == [b"mail 7", b"mail 8", b"mail 49"]
    assert list(held.claimed()) == []


def test_so_is_one_that_answers_a_mail_given_out_behind_it() -> None:
    held = _held("<second@x.example>", "<first@x.example>")
    held.known.threads.learn("<first@x.example>", "suzuki")
    found = []
    for mail in held.claimed():
        held.known.threads.learn("<second@x.example>", "suzuki")
        found.append(mail.raw)
    assert found == [b"mail 1", b"mail 0"]
