"""The 92 mails of reference/dependencies.md 1.2, rebuilt: each must be read right."""

# ruff: noqa: E501 - a table reads best with a case a line

from __future__ import annotations

import base64
import quopri
from datetime import UTC, datetime

import pytest

from inboxwatch.mail.parse import Unreadable
from tests.mail.building import euc, jis, mail, read, word

PLAIN = "お世話になっております。納品しました。"
VENDOR = "①㈱髙﨑様 10,000円"
KANA = "ｱｲｳ テスト"


def body(text: str, data: bytes, label: bytes | None, encoding: bytes = b"") -> tuple[bytes, str]:
    more = b"Content-Transfer-Encoding: " + encoding + b"\n" if encoding else b""
    content = b"text/plain; charset=" + label if label else b""
    return mail(data + b"\n", content=content, more=more), text


BODIES = {
    "plain ISO-2022-JP, 7bit": body(PLAIN, jis(PLAIN), b"iso-2022-jp", b"7bit"),
    "plain ISO-2022-JP, encoding absent": body(PLAIN, jis(PLAIN), b"ISO-2022-JP"),
    "ISO-2022-JP, format=flowed": body(PLAIN, jis(PLAIN), b"ISO-2022-JP; format=flowed", b"7bit"),
    "ISO-2022-JP, quoted charset": body(PLAIN, jis(PLAIN), b'"ISO-2022-JP"', b"7bit"),
    "ISO-2022-JP, base64": body(PLAIN, base64.encodebytes(jis(PLAIN)), b"iso-2022-jp", b"base64"),
    "ISO-2022-JP, quoted-printable": body(PLAIN, quopri.encodestring(jis(PLAIN)), b"iso-2022-jp", b"quoted-printable"),
    "ISO-2022-JP with half-width kana": body(KANA, jis(KANA), b"iso-2022-jp"),
    "ISO-2022-JP with vendor characters": body(VENDOR, jis(VENDOR), b"iso-2022-jp"),
    "label ISO-2022-JP-MS": body(VENDOR, jis(VENDOR), b"ISO-2022-JP-MS"),
    "label cp50221": body(VENDOR, jis(VENDOR), b"cp50221"),
    "label cp50220": body(VENDOR, jis(VENDOR), b"cp50220"),
    "label _iso-2022-jp$esc": body(VENDOR, jis(VENDOR), b"_iso-2022-jp$esc"),
    "label csISO2022JP": body(VENDOR, jis(VENDOR), b"csISO2022JP"),
    "Shift_JIS 8bit": body(PLAIN, PLAIN.encode("cp932"), b"shift_jis", b"8bit"),
    "Shift_JIS base64": body(PLAIN, base64.encodebytes(PLAIN.encode("cp932")), b"Shift_JIS", b"base64"),
    "Shift_JIS quoted-printable": body(
        PLAIN, quopri.encodestring(PLAIN.encode("cp932")), b"shift_jis", b"quoted-printable"
    ),
    "label shift_jis, cp932 content": body(VENDOR, VENDOR.encode("cp932"), b"shift_jis"),
    "label windows-31j": body(VENDOR, VENDOR.encode("cp932"), b"windows-31j"),
    "label x-sjis": body(VENDOR, VENDOR.encode("cp932"), b"x-sjis"),
    "label ms932": body(VENDOR, VENDOR.encode("cp932"), b"ms932"),
    "EUC-JP": body(PLAIN, euc(PLAIN), b"euc-jp"),
    "EUC-JP with vendor characters": body(VENDOR, euc(VENDOR), b"EUC-JP"),
    "label x-euc-jp": body(VENDOR, euc(VENDOR), b"x-euc-jp"),
    "no charset, UTF-8": body(PLAIN, PLAIN.encode(), None),
    "no charset, JIS": body(PLAIN, jis(PLAIN), None),
    "no charset, Shift_JIS": body(PLAIN, PLAIN.encode("cp932"), None),
    "no charset, EUC": body(PLAIN, euc(PLAIN), None),
    "label us-ascii, UTF-8 content": body(PLAIN, PLAIN.encode(), b"us-ascii"),
    "label us-ascii, JIS content": body(PLAIN, jis(PLAIN), b"us-ascii"),
    "label utf-8, JIS content": body(PLAIN, jis(PLAIN), b"utf-8"),
    "label utf-8, Shift_JIS content": body(PLAIN, PLAIN.encode("cp932"), b"utf-8"),
    "label iso-2022-jp, UTF-8 content": body(PLAIN, PLAIN.encode(), b"iso-2022-jp"),
    "label iso-2022-jp, Shift_JIS content": body(PLAIN, PLAIN.encode("cp932"), b"iso-2022-jp"),
    "label iso-8859-1, UTF-8 content": body(PLAIN, PLAIN.encode(), b"iso-8859-1"),
    "label iso-8859-1, Shift_JIS content": body(PLAIN, PLAIN.encode("cp932"), b"iso-8859-1"),
    "label shift_jis, UTF-8 content": body(PLAIN, PLAIN.encode(), b"shift_jis"),
    "label euc-jp, Shift_JIS content": body(PLAIN, PLAIN.encode("cp932"), b"euc-jp"),
    "unknown charset, UTF-8 content": body(PLAIN, PLAIN.encode(), b"x-unknown"),
    "unknown charset, Shift_JIS content": body(PLAIN, PLAIN.encode("cp932"), b"default"),
    "charset with a NUL": body(PLAIN, PLAIN.encode(), b'"ut\0f-8"'),
    "charset punycode": body(PLAIN, PLAIN.encode(), b"punycode"),
    "utf-7": body("Hi あ!", b"Hi +MEI-!", b"utf-7"),
    "gb2312 with gb18030 content": body("你好 镕 €", "你好 镕 €".encode("gb18030"), b"gb2312"),
    "ks_c_5601-1987 with cp949 content": body("안녕 똠방", "안녕 똠방".encode("cp949"), b"ks_c_5601-1987"),
    "latin1 with cp1252 content": body("café “x” €", "café “x” €".encode("cp1252"), b"iso-8859-1"),
    "utf-16": body(PLAIN, base64.encodebytes(PLAIN.encode("utf-16")), b"utf-16", b"base64"),
    "reset missing at the line's end": body("納品\nnext", b"\x1b$B" + jis("納品")[3:-3] + b"\nnext", b"iso-2022-jp"),
    "compatibility ideograph": body("\ufa19社", "\ufa19社".encode(), b"utf-8"),
    "UTF-8 with BOM": body(PLAIN, b"\xef\xbb\xbf" + PLAIN.encode(), b"utf-8"),
    "empty escape runs": body("あい", b"\x1b$B\x1b(B\x1b$B$\"$$\x1b(B\x1b$B\x1b(B", b"iso-2022-jp"),
    "JIS with a UTF-8 footer": body("納品 連絡", jis("納品 ") + "連絡".encode(), b"iso-2022-jp"),
    "Roman set with a yen sign": body("¥100", b"\x1b(J\\100\x1b(B", b"iso-2022-jp"),
    "soft break within a character": body("あ", b"=E3=\n=81=82", b"utf-8", b"quoted-printable"),
    "base64 with junk and bad padding": body(
        "納品です", base64.b64encode("納品です".encode()).rstrip(b"=").replace(b"5", b"5!\n", 1), b"utf-8", b"base64"
    ),
    "encoding with a blank behind it": body(PLAIN, base64.encodebytes(PLAIN.encode()), b"utf-8", b'"Base64" '),
}  # fmt: skip


@pytest.mark.parametrize("case", BODIES)
def test_a_body_is_read_in_whatever_charset_it_really_is(case: str) -> None:
    raw, expected = BODIES[case]
    found = read(raw)
    assert found.text.strip() == expected
    assert found.decoded_by


U = "支払い確定".encode()
J = jis("案件のコメント")
SUBJECTS = {
    "encoded ISO-2022-JP": (word("", "ISO-2022-JP", jis(PLAIN)), PLAIN),
    "ISO-2022-JP with vendor characters": (word("", "ISO-2022-JP", jis(VENDOR)), VENDOR),
    "ISO-2022-JP with half-width kana": (word("", "iso-2022-jp", jis(KANA)), KANA),
    "ISO-2022-JP folded over words": (word("", "ISO-2022-JP", J) + b"\n " + word("", "ISO-2022-JP", J), "案件のコメント" * 2),
    "ISO-2022-JP cut without escapes": (word("", "iso-2022-jp", J[:9]) + b"\n " + word("", "iso-2022-jp", J[9:]), "案件のコメント"),
    "raw JIS escapes": (jis("【重要】納品"), "【重要】納品"),
    "raw UTF-8": ("納品しました".encode(), "納品しました"),
    "raw Shift_JIS": ("納品しました。表示".encode("cp932"), "納品しました。表示"),
    "raw EUC-JP": (euc("納品しました。"), "納品しました。"),
    "UTF-8 cut within a character, B": (word("", "utf-8", U[:4]) + b"\n " + word("", "UTF-8", U[4:]), "支払い確定"),
    "UTF-8 cut within a character, Q": (b"=?utf-8?Q?=E6=94=AF=E6?=\n =?utf-8?Q?=89=95?=", "支払"),
    "UTF-8 cut within a character, B then Q": (word("", "utf-8", U[:4]) + b" =?utf-8?q?=89=95?=", "支払"),
    "words glued": (word("支払", "utf-8") + word("確定", "utf-8"), "支払確定"),
    "words of two charsets": (word("支払", "utf-8") + b" " + word("", "iso-2022-jp", jis("確定")), "支払確定"),
    "words between plain text": (b"Re: " + word("支払", "utf-8") + b" [x] " + word("確定", "utf-8") + b" end", "Re: 支払 [x] 確定 end"),
    "Shift_JIS word with vendor characters": (word("", "Shift_JIS", VENDOR.encode("cp932")), VENDOR),
    "EUC word with vendor characters": (word("", "EUC-JP", euc(VENDOR)), VENDOR),
    "unknown-8bit": (word("", "unknown-8bit", U), "支払い確定"),
    "language in the word": (b"=?utf-8*ja?B?" + base64.b64encode(U) + b"?=", "支払い確定"),
    "question mark in a Q word": (b"=?utf-8?Q?=E6=94=AF=E6=89=95??=", "支払?"),
    "blank in a Q word": (b"=?utf-8?Q?a b_c?=", "a b c"),
    "base64 without padding": (b"=?utf-8?B?" + base64.b64encode("支払い確".encode()).rstrip(b"=") + b"?=", "支払い確"),
    "base64 with junk": (b"=?utf-8?B?5p!SvIA?=", "支"),
    "a broken word stays": (b"=?utf-8?X?abc?= =?utf-8", "=?utf-8?X?abc?= =?utf-8"),
    "NUL in a header": (b"a\0b", "ab"),
    "an escape sequence for a terminal": (b"a" + word("\x1b[31mred", "utf-8"), "a[31mred"),
    "a newline in a word": (word("a\nBcc: x@example.com", "utf-8"), "a Bcc: x@example.com"),
}  # fmt: skip


@pytest.mark.parametrize("case", SUBJECTS)
def test_a_subject_is_read_however_it_is_written(case: str) -> None:
    written, expected = SUBJECTS[case]
    assert read(mail(subject=written)).subject == expected


SENDERS = {
    "ISO-2022-JP with ㈱髙橋": (word("", "ISO-2022-JP", jis("㈱髙橋")) + b" <t@client.example>", "㈱髙橋", "t@client.example"),
    "encoded word in quotes": (b'"' + word("髙橋", "utf-8") + b'" <t@client.example>', "髙橋", "t@client.example"),
    "raw Shift_JIS": ("表示ソ 太郎".encode("cp932") + b" <t@client.example>", "表示ソ 太郎", "t@client.example"),
    "raw JIS": (jis("山田") + b" <t@client.example>", "山田", "t@client.example"),
    "raw UTF-8": ("山田 <t@client.example>".encode(), "山田", "t@client.example"),
    "dots of an old carrier": (b"a..b.@docomo.ne.jp", "", "a..b.@docomo.ne.jp"),
    "dots of an old carrier in brackets": (b"Hana <a..b.@docomo.ne.jp>", "Hana", "a..b.@docomo.ne.jp"),
    "name in a comment": (b"t@client.example (Taro (home) Y)", "Taro (home) Y", "t@client.example"),
    "upper case": (b"<T@Client.EXAMPLE>", "", "t@client.example"),
    "comma in quotes": (b'"Yamada, Taro" <t@client.example>', "Yamada, Taro", "t@client.example"),
    "escaped quote": (rb'"Taro \"T\" Y" <t@client.example>', 'Taro "T" Y', "t@client.example"),
    "decoded comma forges nothing": (word("a@lancers.jp, b", "utf-8") + b" <t@client.example>", "a@lancers.jp, b", "t@client.example"),
    "decoded bracket forges nothing": (word("x <info@lancers.jp>", "utf-8") + b" <t@client.example>", "x <info@lancers.jp>", "t@client.example"),
    "address as an unquoted name": (b"info@lancers.jp <t@client.example>", "info@lancers.jp", "t@client.example"),
    "group": (b"Team: t@client.example;", "", "t@client.example"),
    "source route": (b"<@relay.example,@r2.example:t@client.example>", "", "t@client.example"),
    "never closed bracket": (b"Taro <t@client.example", "Taro", "t@client.example"),
    "blanks around the @": (b"t @ client.example", "", "t@client.example"),
    "folded": (b"Taro\n\t<t@client.example>", "Taro", "t@client.example"),
}  # fmt: skip


@pytest.mark.parametrize("case", SENDERS)
def test_a_sender_is_read_however_it_is_written(case: str) -> None:
    written, name, address = SENDERS[case]
    found = read(mail(sender=written))
    assert found.sender is not None
    assert (found.sender.name, found.sender.address, found.sender_count) == (name, address, 1)


AT_NINE = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
DATES = {
    "plain": (b"Mon, 23 Nov 2026 09:00:00 +0900", AT_NINE),
    "comment": (b"Mon, 23 Nov 2026 09:00:00 +0900 (JST)", AT_NINE),
    "nested comment": (b"Mon, 23 Nov 2026 09:00:00 +0900 (a (b) c)", AT_NINE),
    "bare JST": (b"Mon, 23 Nov 2026 09:00:00 JST", AT_NINE),
    "number and name": (b"Mon, 23 Nov 2026 09:00:00 +0900 JST", AT_NINE),
    "offset with a colon": (b"Mon, 23 Nov 2026 09:00:00 +09:00", AT_NINE),
    "GMT+0900": (b"Mon, 23 Nov 2026 09:00:00 GMT+0900", AT_NINE),
    "GMT+9": (b"Mon, 23 Nov 2026 09:00:00 GMT+9", AT_NINE),
    "GMT": (b"Mon, 23 Nov 2026 00:00:00 GMT", AT_NINE),
    "-0000": (b"Mon, 23 Nov 2026 00:00:00 -0000", AT_NINE),
    "ISO 8601": (b"2026-11-23T09:00:00+09:00", AT_NINE),
    "ISO 8601 with fractions and Z": (b"2026-11-23T00:00:00.000Z", AT_NINE),
    "slashes": (b"2026/11/23 09:00:00 +0900", AT_NINE),
    "one-digit hour": (b"Mon, 23 Nov 2026 9:00:00 +0900", AT_NINE),
    "no seconds": (b"Mon, 23 Nov 2026 09:00 +0900", AT_NINE),
    "two-digit year": (b"Mon, 23 Nov 26 09:00:00 +0900", AT_NINE),
    "old two-digit year": (b"Mon, 23 Nov 98 09:00:00 +0900", AT_NINE.replace(year=1998)),
    "wrong weekday": (b"Fri, 23 Nov 2026 09:00:00 +0900", AT_NINE),
    "no weekday": (b"23 Nov 2026 09:00:00 +0900", AT_NINE),
    "Japanese weekday": ("月, 23 Nov 2026 09:00:00 +0900".encode(), AT_NINE),
    "leap second": (b"Mon, 23 Nov 2026 08:59:60 +0900", AT_NINE.replace(day=22, hour=23, minute=59, second=59)),
    "asctime with zone": (b"Mon Nov 23 09:00:00 JST 2026", AT_NINE),
    "no zone": (b"Mon, 23 Nov 2026 09:00:00", None),
    "no zone, ISO": (b"2026-11-23T09:00:00", None),
    "unknown zone": (b"Mon, 23 Nov 2026 09:00:00 XYZ", None),
    "year 20260": (b"Mon, 23 Nov 20260 09:00:00 +0900", None),
    "31 February": (b"31 Feb 2026 09:00:00 +0900", None),
    "hour 25": (b"23 Nov 2026 25:00:00 +0900", None),
    "offset of 99 hours": (b"23 Nov 2026 09:00:00 +9900", None),
    "beyond the last year": (b"31 Dec 9999 23:59:00 -0900", None),
    "other digits": ("２３ Nov 2026 09:00:00 +0900".encode(), None),
    "nonsense": (b"yesterday", None),
    "empty": (b"", None),
}


@pytest.mark.parametrize("case", DATES)
def test_a_date_is_read_however_it_is_written(case: str) -> None:
    written, expected = DATES[case]
    assert read(mail(date=written)).date == expected


FILE_NAMES = {
    "RFC 2231": (b"attachment; filename*=utf-8'ja'%E8%AB%8B%E6%B1%82.pdf", "請求.pdf"),
    "RFC 2231 in pieces": (b"attachment; filename*0*=utf-8''%E8%AB%8B; filename*1*=%E6%B1%82; filename*2=.pdf", "請求.pdf"),
    "RFC 2231 cut within a character": (b"attachment; filename*0*=utf-8''%E8%AB; filename*1*=%8B.pdf", "請.pdf"),
    "RFC 2231 in ISO-2022-JP with ①": (b"attachment; filename*=iso-2022-jp''%1B%24B%2D%21%1B%28B.pdf", "①.pdf"),
    "encoded word in quotes": (b'attachment; filename="' + word("請求.pdf", "utf-8") + b'"', "請求.pdf"),
    "raw UTF-8": ('attachment; filename="請求.pdf"'.encode(), "請求.pdf"),
    "raw Shift_JIS": ('attachment; filename="表示.pdf"'.encode("cp932"), "表示.pdf"),
    "a semicolon in quotes": (b'attachment; filename="a;b.pdf"', "a;b.pdf"),
    "no name": (b"attachment", "unnamed"),
}  # fmt: skip


@pytest.mark.parametrize("case", FILE_NAMES)
def test_the_name_of_an_attached_file_is_read_however_it_is_written(case: str) -> None:
    disposition, expected = FILE_NAMES[case]
    raw = b"--b\n\ntext\n--b\nContent-Type: application/pdf\nContent-Disposition: " + disposition + b"\n\nx\n--b--\n"
    found = read(mail(raw, content=b"multipart/mixed; boundary=b"))
    assert found.attachments == (expected,)
    assert found.text.strip() == "text"


def parts(*pieces: bytes, end: bytes = b"--b--\n") -> bytes:
    return b"".join(b"--b\n" + piece + b"\n" for piece in pieces) + end


TEXT = b"Content-Type: text/plain\n\nplain\n"
HTML = b"Content-Type: text/html\n\n<p>html</p>\n"
MIXED = b"multipart/mixed; boundary=b"
SHAPES = {
    "alternative": (mail(parts(TEXT, HTML), content=b"multipart/alternative; boundary=b"), "plain"),
    "alternative with an empty plain part": (mail(parts(b"\n \n", HTML), content=b"multipart/alternative; boundary=b"), "html"),
    "signed": (mail(parts(TEXT, b"Content-Type: application/pgp-signature\n\nx"), content=b"multipart/signed; boundary=b"), "plain"),
    "calendar": (mail(parts(TEXT, b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR"), content=MIXED), "plain"),
    "HTML alone, quoted-printable": (mail(b"<p>=E7=B4=8D=E5=93=81</p>", content=b"text/html; charset=utf-8", more=b"Content-Transfer-Encoding: quoted-printable\n"), "納品"),
    "HTML with its charset in meta": (mail(b'<meta charset="shift_jis"><p>' + "納品①".encode("cp932"), content=b"text/html"), "納品①"),
    "inline forwarded mail": (mail(parts(TEXT, b"Content-Type: message/rfc822\n\nSubject: y\n\ninner"), content=MIXED), "plain"),
    "attached forwarded mail": (mail(parts(TEXT, b"Content-Type: message/rfc822\nContent-Disposition: attachment\n\nSubject: y\n\ninner"), content=MIXED), "plain"),
    "text attachment": (mail(parts(TEXT, b"Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nsecret"), content=MIXED), "plain"),
    "named inline text": (mail(parts(TEXT, b'Content-Type: text/plain; name="a.txt"\n\nsecret'), content=MIXED), "plain"),
    "no MIME headers, JIS": (b"From: a@client.example\n\n" + jis(PLAIN), PLAIN),
    "LF only": (mail(b"text\n"), "text"),
    "CRLF": (mail(b"text\n").replace(b"\n", b"\r\n"), "text"),
    "CR only": (mail(parts(TEXT), content=MIXED).replace(b"\n", b"\r"), "plain"),
    "NUL in the body": (mail(b"te\0xt\n"), "text"),
    "mbox separator line": (b"From a@client.example Mon Nov 23 09:00:00 2026\n" + mail(b"text\n"), "text"),
    "multipart never closed": (mail(parts(TEXT, end=b""), content=MIXED), "plain"),
    "leading blank line": (b"\r\n" + mail(b"text\n"), "text"),
    "multipart without boundary": (mail(b"text\n", content=b"multipart/mixed"), "text"),
    "wrong line among the headers": (mail(jis(PLAIN), content=b"text/plain; charset=iso-2022-jp").replace(b"To: ", b"what is this\nTo: "), PLAIN),
    "empty body": (mail(b""), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", SHAPES)
def test_the_text_is_found_in_whatever_shape_the_mail_has(case: str) -> None:
    raw, expected = SHAPES[case]
    assert read(raw).text.strip() == expected


@pytest.mark.parametrize(
    "header", [b"Subject: y", b"Message-ID: <two@client.example>", b"Date: Tue, 24 Nov 2026 09:00:00 +0900"]
)
def test_of_a_header_that_comes_twice_the_first_counts(header: bytes) -> None:
    twice = read(mail(more=header + b"\n"))
    assert (twice.subject, twice.message_id, twice.date) == ("x", "<one@client.example>", AT_NINE.replace(minute=30))


def test_two_from_headers_are_two_senders() -> None:
    found = read(mail(more=b"From: info@lancers.jp\n"))
    assert found.sender is not None
    assert (found.sender.address, found.sender_count) == ("hanako@client.example", 2)


def test_a_folded_message_id_is_unfolded() -> None:
    assert read(b"Message-ID:\n <a@client.example>\n\nx").message_id == "<a@client.example>"


def test_an_empty_mail_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="empty"):
        read(b"\n\n")


def test_a_character_cut_in_two_costs_only_itself() -> None:
    found = read(mail(b"\x1b$B" + jis("納品")[3:-4], content=b"text/plain; charset=iso-2022-jp"))
    assert found.text == "納\ufffd"
    assert any("could not be read" in defect for defect in found.defects)


def test_the_cases_are_at_least_the_92_of_the_reference() -> None:
    assert sum(map(len, (BODIES, SUBJECTS, SENDERS, DATES, FILE_NAMES, SHAPES))) >= 92
