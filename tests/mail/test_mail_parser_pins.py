"""What mail-parser is known to do wrong or to do for us. A failure here means that the library has changed."""

from __future__ import annotations

import logging
from email import message_from_bytes

import mailparser
import pytest

from inboxwatch.mail import extras
from tests.mail.building import jis, mail, read


def test_it_still_returns_raw_escapes_for_a_plain_iso_2022_jp_body() -> None:
    raw = mail(jis("納品"), content=b"text/plain; charset=iso-2022-jp")
    assert mailparser.parse_from_bytes(raw).text_plain == [jis("納品").decode("ascii")]
    assert read(raw).text == "納品"


def test_it_still_takes_jst_for_utc() -> None:
    theirs = mailparser.parse_from_bytes(mail(date=b"Mon, 23 Nov 2026 09:00:00 JST")).date
    assert theirs is not None
    assert theirs.hour == 9
    ours = read(mail(date=b"Mon, 23 Nov 2026 09:00:00 JST")).date
    assert ours is not None
    assert ours.hour == 0


def test_it_still_mixes_in_the_text_of_a_forwarded_mail() -> None:
    raw = mail(
        b"--b\n\nouter\n--b\nContent-Type: message/rfc822\n\nSubject: y\n\ninner\n--b--\n",
        content=b"multipart/mixed; boundary=b",
    )
    assert any("inner" in text for text in mailparser.parse_from_bytes(raw).text_plain)
    assert "inner" not in read(raw).text


def test_it_still_invents_a_random_name_for_a_nameless_file() -> None:
    raw = mail(b"--b\nContent-Disposition: attachment\n\nx\n--b--\n", content=b"multipart/mixed; boundary=b")
    names = {mailparser.parse_from_bytes(raw).attachments[0]["filename"] for _ in range(2)}
    assert len(names) == 2
    assert read(raw).attachments == (extras.UNNAMED,)


def test_its_hops_and_defects_serve() -> None:
    message = message_from_bytes(
        b"Received: from a.example by b.example; Mon, 23 Nov 2026 10:00:00 +0900\n"
        b"Received: from c.example by a.example; Mon, 23 Nov 2026 09:00:00 +0900\n"
        + mail(content=b"multipart/mixed; boundary=b")
    )
    found = extras.read_extras(message)
    assert [hop.hour if hop else None for hop in found.hops] == [1, 0]
    assert any("StartBoundaryNotFound" in defect for defect in found.defects)


def test_its_failure_is_a_defect_and_names_are_still_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(message: object) -> None:
        raise ValueError("words of a mail")

    monkeypatch.setattr(mailparser, "MailParser", fail)
    raw = mail(
        b"--b\nContent-Disposition: attachment; filename=a.pdf\n\nx\n--b--\n", content=b"multipart/mixed; boundary=b"
    )
    found = read(raw)
    assert found.attachments == ("a.pdf",)
    assert "mail-parser failed (ValueError)." in found.defects


def test_its_log_is_silent_because_it_quotes_mails(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        read(mail(subject=b"=?utf-8?B?A?= =?iso-2022-jp?B?/w==?=", more=b"X-A: =?utf-8?B?====?=\n"))
    assert not [record for record in caplog.records if record.name.startswith("mailparser")]
