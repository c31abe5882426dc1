"""From bytes to a Mail: what the reading of a whole mail promises."""

# ruff: noqa: E501 - a table reads best with a case a line

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from inboxwatch.mail.content import links_in
from inboxwatch.mail.limits import HEADERS
from inboxwatch.mail.model import Address, RawMail
from inboxwatch.mail.parse import look, parse
from tests.mail.building import ARRIVAL, jis, mail, read, word

RECEIVED = b"Received: from a.example by b.example; Mon, 23 Nov 2026 10:00:00 +0900 (JST)\n"
OLDER = b"Received: from x.example by a.example; Sun, 22 Nov 2026 10:00:00 +0900\n"


def test_the_arrival_is_the_date_of_the_topmost_received() -> None:
    found = parse(RawMail(RECEIVED + OLDER + mail(), ARRIVAL + timedelta(days=300)))
    assert found.arrived_at == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_a_received_of_bare_jst_is_read_by_us_and_not_by_mail_parser() -> None:
    found = read(b"Received: from a.example by b.example; Mon, 23 Nov 2026 09:00:00 JST\n" + mail())
    assert found.arrived_at == datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


def test_without_a_readable_received_the_mailbox_says_when_it_arrived() -> None:
    assert read(mail()).arrived_at == ARRIVAL
    assert read(b"Received: from a.example by b.example\n" + mail()).arrived_at == ARRIVAL


@pytest.mark.parametrize(
    ("after_arrival", "believed"),
    [
        (timedelta(hours=1), True),
        (timedelta(hours=1, seconds=1), False),
        (timedelta(hours=-24), True),
        (timedelta(hours=-24, seconds=-1), False),
        (timedelta(0), True),
    ],
)
def test_a_date_is_believed_when_it_is_near_the_arrival(after_arrival: timedelta, believed: bool) -> None:
    date = ARRIVAL + after_arrival
    found = read(mail(date=date.strftime("%a, %d %b %Y %H:%M:%S +0000").encode()))
    assert found.date == date
    assert found.sent_at == (date if believed else ARRIVAL)


def test_a_mail_without_a_date_takes_its_arrival() -> None:
    found = read(mail(date=b""))
    assert (found.date, found.sent_at) == (None, ARRIVAL)


def test_two_copies_in_different_encodings_and_folders_are_one_mail() -> None:
    text = "納品しました。\nご確認ください。"
    copies = [
        mail(jis(text), subject=jis("納品"), content=b"text/plain; charset=iso-2022-jp"),
        OLDER + mail(text.encode(), subject=word("納品", "utf-8"), date=b"23 Nov 2026 00:30:00 GMT").replace(b"\n", b"\r\n"),
        mail(base64.encodebytes(text.encode()), subject="納品".encode(), sender=b"x <HANAKO@client.example>",
             content=b"text/plain; charset=utf-8", more=b"Content-Transfer-Encoding: base64\n"),
    ]  # fmt: skip
    assert len({parse(RawMail(raw, ARRIVAL, in_sent=bool(n))).identity for n, raw in enumerate(copies)}) == 1


@pytest.mark.parametrize(
    "other",
    [
        mail(b"another\n"),
        mail(subject=b"y"),
        mail(date=b"Mon, 23 Nov 2026 09:30:01 +0900"),
        mail(date=b"nonsense"),
        mail(sender=b"taro@client.example"),
        mail().replace(b"<one@", b"<two@"),
    ],
)
def test_a_mail_that_differs_in_anything_that_counts_is_another_mail(other: bytes) -> None:
    assert read(other).identity != read(mail()).identity


def test_the_identity_never_changes_because_it_is_stored() -> None:
    assert read(mail()).identity == "859b0eb47243adde76cc65233512e90e104ea5cf5102d7bbaee643da449f9465"


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        (b"Auto-Submitted: auto-replied (vacation)\n", "auto-reply"),
        (b"Auto-Submitted: Auto-Replied; owner-email=x\n", "auto-reply"),
        (b"X-Autoreply: yes\n", "auto-reply"),
        (b"Precedence: auto_reply\n", "auto-reply"),
        (b"X-Failed-Recipients: a@client.example\n", "bounce"),
        (b"Auto-Submitted: auto-generated\n", None),
        (b"Auto-Submitted: no\n", None),
        (b"Precedence: bulk\n", None),
        (b"Precedence: list\n", None),
        (b"X-Auto-Response-Suppress: All\n", None),
        (b"X-Autoreply: no\n", None),
        (b"Return-Path: <>\n", None),
    ],
)
def test_what_makes_a_mail_nobodys_own_word(headers: bytes, why: str | None) -> None:
    assert read(headers + mail()).automatic == why


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"multipart/report; report-type=delivery-status; boundary=b", "bounce"),
        (b'multipart/report; boundary=b; report-type="disposition-notification"', "read receipt"),
        (b"multipart/report; boundary=b", None),
    ],
)
def test_reports_are_bounces_or_receipts(content: bytes, why: str | None) -> None:
    assert read(mail(b"--b\n\nx\n--b--\n", content=content)).automatic == why


def test_a_bounce_without_a_report_is_known_by_its_empty_return_path() -> None:
    raw = b"Return-Path: <>\n" + mail(sender=b"Mail Delivery System <MAILER-DAEMON@mx.example>")
    assert read(raw).automatic == "bounce"


def test_an_automatic_answer_of_exchange_is_known_by_its_subject() -> None:
    assert read(mail(subject="自動応答: 納品の件".encode())).automatic == "auto-reply"
    assert read(mail(subject="自動応答システムの納品".encode())).automatic is None


def test_links_of_plain_text_end_where_japanese_begins() -> None:
    text = """https://www.lancers.jp/work/detail/5545030をご覧ください。
    （https://a.example/x）「http://b.example/y」　https://c.example/z、<https://d.example/?q=1&r=2>.
    (https://e.example/f_(g)) HTTPS://F.example/. ftp://no.example/ https://a.example/x"""
    assert links_in(text) == (
        "https://www.lancers.jp/work/detail/5545030",
        "https://a.example/x",
        "http://b.example/y",
        "https://c.example/z",
        "https://d.example/?q=1&r=2",
        "https://e.example/f_(g)",
        "HTTPS://F.example/",
    )


def test_links_come_from_the_plain_part_and_from_the_html() -> None:
    body = b"--b\n\nhttps://a.example/\n--b\nContent-Type: text/html\n\n<a href='https://b.example/'>x</a>\n--b--\n"
    found = read(mail(body, content=b"multipart/alternative; boundary=b"))
    assert found.links == ("https://a.example/", "https://b.example/")
    assert found.text.strip() == "https://a.example/"


def test_references_and_ids_are_read_with_their_brackets() -> None:
    more = b"References: <a@client.example>\n\t<b@client.example> junk <c@\n client.example>\nIn-Reply-To: Your mail <b@client.example>\n"
    found = read(mail(more=more))
    assert found.references == ("<a@client.example>", "<b@client.example>", "<c@client.example>")
    assert found.in_reply_to == "<b@client.example>"


@pytest.mark.parametrize(
    ("written", "expected"),
    [(b"", None), (b"<>", None), (b"a@b.example", "<a@b.example>"), (b" <a @b.example> ", "<a@b.example>")],
)
def test_a_message_id_has_brackets_or_is_none(written: bytes, expected: str | None) -> None:
    assert read(b"Message-ID:" + written + b"\n\nx").message_id == expected


def test_recipients_are_read_and_no_address_without_an_at_is_one() -> None:
    raw = mail(more=b'Reply-To: "A, B" <a@client.example>, c@client.example\n').replace(
        b"me@example.com", b"undisclosed-recipients:;"
    )
    found = read(raw)
    assert found.to == ()
    assert found.reply_to == (Address("A, B", "a@client.example"), Address("", "c@client.example"))
    assert read(mail(sender=b"<lancers.jp>")).sender is None


def test_a_sender_is_missing_where_there_is_no_from() -> None:
    found = read(b"Subject: x\n\nx")
    assert (found.sender, found.sender_count) == (None, 0)


def test_two_brackets_in_one_from_are_two_senders() -> None:
    assert read(mail(sender=b"<a@lancers.jp> <b@evil.example>")).sender_count == 2


def test_authentication_results_come_with_the_received_headers_above_them() -> None:
    top = b"Authentication-Results: one;\n spf=pass\n" + RECEIVED + OLDER + b"Authentication-Results: two; spf=fail\n"
    assert read(top + mail()).authentication_results == ((0, "one; spf=pass"), (2, "two; spf=fail"))


def test_headers_can_be_looked_at_alone() -> None:
    found = look(mail(subject=word("納品", "utf-8"), more=b"References: <a@client.example>\n").split(b"\n\n")[0])
    assert found.sender == Address("Hanako", "hanako@client.example")
    assert (found.subject, found.message_id, found.in_reply_to) == ("納品", "<one@client.example>", None)
    assert found.references == ("<a@client.example>",)
    assert found.to == (Address("", "me@example.com"),)
    assert look(b"").sender is None


def test_what_was_fetched_in_part_says_so() -> None:
    found = parse(RawMail(mail(), ARRIVAL, in_sent=True, truncated=True))
    assert any("beginning" in defect for defect in found.defects)
    assert found.in_sent
    assert found.size == len(mail())


def test_the_label_and_the_step_of_the_text_are_kept() -> None:
    found = read(mail("納品".encode(), content=b'text/plain; charset="ISO-2022-JP"'))
    assert (found.charset, found.decoded_by) == ("iso-2022-jp", ("utf-8 (label ignored)",))
    assert read(mail(b"x")).charset is None


def test_a_body_without_headers_is_read_as_text() -> None:
    found = read(b"just a line\nand: another\n")
    assert (found.sender, found.text) == (None, "just a line\nand: another\n")


def test_more_headers_than_any_mail_has_are_cut_and_the_body_is_still_found() -> None:
    found = read(mail(b"the body\n", more=b"X-A: b\n" * (HEADERS + 10)))
    assert found.text == "the body\n"
    assert any("headers" in defect for defect in found.defects)
