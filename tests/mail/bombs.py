"""Mails made to exhaust time or memory, by name: built when asked for, for some are 12 MB."""

# ruff: noqa: E501 - a table reads best with a case a line

from __future__ import annotations

import base64
import gzip
import io
import random
import zipfile
from collections.abc import Callable, Sequence

HEAD = b"From: a@client.example\nSubject: x\n"
MULTI = b"Content-Type: multipart/mixed; boundary=b\n\n"
#: A mail that claims to be the platform's goes the longest way: every rule is asked, and the deadline in its text.
DUE = "From: noreply@lancers.co.jp\nSubject: 【ランサーズ】取引期限のお知らせ\n".encode()
PAGE = HEAD + b"Content-Type: text/html\n\n"


def nested(depth: int, inside: bytes = b"deep\n") -> bytes:
    levels = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(depth))
    return HEAD + levels + b"Content-Type: text/plain\n\n" + inside


def labelled(charset: bytes, body: bytes) -> bytes:
    return HEAD + b"Content-Type: text/plain; charset=" + charset + b"\n\n" + body


def parts(bodies: Sequence[bytes], kind: bytes, head: bytes = HEAD) -> bytes:
    """A mail whose parts are in base64, so that no limit on lines or raw bytes stands in their way."""
    one = b"--b\nContent-Type: " + kind + b"\nContent-Transfer-Encoding: base64\n\n"
    return head + MULTI + b"".join(one + base64.encodebytes(body) + b"\n" for body in bodies)


def folded(name: bytes, value: bytes, times: int = 15) -> bytes:
    """A header that is repeated as often as the block of headers holds it."""
    return (name + b": " + value[:16_000] + b"\n") * times


def zipped(size: int) -> bytes:
    """An archive that is a thousand times its size when it is opened."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("invoice.txt", bytes(size))
    return made.getvalue()


def attached(name: bytes, data: bytes) -> bytes:
    return (
        HEAD + MULTI + b"--b\n\nSee the file.\n--b\nContent-Type: application/octet-stream\n"
        b"Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=" + name + b"\n\n"
    ) + base64.encodebytes(data)


BOMBS: dict[str, Callable[[], bytes]] = {
    "500 nested multiparts": lambda: nested(500),
    "3,000 nested multiparts": lambda: nested(3_000),
    "1,000 nested forwarded mails": lambda: HEAD + b"Content-Type: message/rfc822\n\n" * 1_000,
    "100,000 parts": lambda: HEAD + MULTI + b"--b\n\nx\n" * 100_000,
    "a digest of 100,000": lambda: HEAD + MULTI.replace(b"mixed", b"digest") + b"--b\n\nx\n" * 100_000,
    "20,000 addresses": lambda: HEAD + b"To: " + b", ".join(b'"u %d" <u%d@a.example>' % (n, n) for n in range(20_000)) + b"\n\nx",
    "=? a hundred thousand times": lambda: HEAD[:23] + b"Subject: " + b"=?" * 100_000 + b"\n\nx",
    "words without end": lambda: b"Subject: " + b"=?a?q?" * 100_000 + b"\n\nx",
    "From of 100,000 brackets": lambda: b"From: " + b"(" * 100_000 + b"\n\nx",
    "From of 100,000 angle brackets": lambda: b"From: " + b"<" * 100_000 + b"\n\nx",
    "20,000 parameters": lambda: HEAD + b"Content-Type: text/plain" + b"".join(b";a%d=b" % n for n in range(20_000)) + b"\n\nx",
    "parameters in 199 parts": lambda: HEAD + MULTI + (b"--b\nContent-Type: multipart/mixed" + b";a" * 8_000 + b"\n\nx\n") * 199,
    "10,000 Received": lambda: b"Received: from a by b; Mon, 23 Nov 2026 09:00:05 +0900\n" * 10_000 + HEAD + b"\nx",
    "100,000 header names": lambda: b"".join(b"x%d: a\n" % n for n in range(100_000)) + HEAD + b"\nx",
    "10 MB of empty lines": lambda: HEAD + b"\n" * 10_000_000,
    "10 MB of carriage returns": lambda: HEAD + b"\n" + b"\r" * 10_000_000,
    "one line of 12 MB": lambda: HEAD + b"\n" + b"x" * 12_000_000,
    "one header of 12 MB": lambda: b"Subject: " + b"x" * 12_000_000,
    "a header of 4,000,000 lines": lambda: b"Subject: \n" + b" x\n" * 4_000_000,
    "many lines at the greatest depth": lambda: nested(19, b"--b\n" * 150_000),
    "5 MB of escapes": lambda: labelled(b"iso-2022-jp", (b"\x1b$B;\x1b(B" * 12 + b"\n") * 60_000),
    "5 MB of broken EUC": lambda: labelled(b"euc-jp", (b"\xa1\xff" * 40 + b"\n") * 60_000),
    "a quadratic codec": lambda: labelled(b"punycode", b"a9" * 4_000_000),
    "marks on one character": lambda: labelled(b"utf-8", ("a" + "\u0301\u0316" * 400_000).encode()),
    "a link without end": lambda: HEAD + b"\nhttp://a" + b")" * 900_000,
    "hostile HTML": lambda: HEAD + b"Content-Type: text/html\n\n" + b"<ul><li>" * 200_000,
    "HTML in 199 parts": lambda: HEAD + MULTI + (b"--b\nContent-Type: text/html\n\n" + b"<b><p>" * 7_000 + b"\n") * 199,
    "broken EUC in many parts": lambda: HEAD + MULTI + (b"--b\nContent-Type: text/plain; charset=euc-jp\n\n" + b"\xa1\xff" * 450_000 + b"\n") * 10,
    "uuencoded": lambda: HEAD + b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n" + (b"M" + b"x" * 60 + b"\n") * 140_000,
    "random bytes": lambda: HEAD + b"\n" + random.Random(1).randbytes(5_000_000),  # noqa: S311 - no secret
    # Blanks and signs that a search begins anew at each of
    "blanks in From": lambda: folded(b"From", b"a" + b" " * 15_990 + b"b@c.example") + b"\nx",
    "blanks in Subject": lambda: DUE[:28] + folded(b"Subject", b"a" + b" " * 15_990 + b"b", 1) + b"\nx",
    "blanks and tabs in Subject": lambda: DUE[:28] + folded(b"Subject", b"a" + b" \t" * 7_990 + b"b", 1) + b"\nx",
    "blanks in every header": lambda: HEAD + b"".join(folded(name, b"a" + b" " * 15_000 + b"b@c", 1) for name in (b"To", b"Reply-To", b"References", b"In-Reply-To", b"Message-ID", b"Date", b"Return-Path", b"Precedence", b"Auto-Submitted", b"Content-Type")) + b"\nx",
    "blanks in Authentication-Results": lambda: HEAD + folded(b"Authentication-Results", b"mx.example.com; a" + b" " * 15_900 + b"b") + b"\nx",
    "blanks in Received": lambda: HEAD + folded(b"Received", b"from a by b" + b" " * 15_900 + b"x") + b"\nx",
    "words of Received": lambda: HEAD + folded(b"Received", b"from a by b with c id d for e " * 540) + b"\nx",
    "comments in Received": lambda: HEAD + folded(b"Received", b"from (" * 2_700) + b"\nx",
    "deep comments in From": lambda: b"From: " + b"(" * 8_000 + b"a@b.example" + b")" * 8_000 + b"\n\nx",
    "deep comments in Date": lambda: HEAD + b"Date: " + b"(" * 8_000 + b")" * 8_000 + b"\n\nx",
    "a date of ten thousand digits": lambda: HEAD + b"Date: Mon, " + b"9" * 10_000 + b" Nov 2026 09:00:00 +0900\n\nx",
    "250,000 headers": lambda: HEAD + b"".join(b"x%d: a\n" % n for n in range(250_000)) + b"\nx",
    "headers: as a header name": lambda: HEAD + b"headers: x\nbody: y\nmessage: z\nreceived: q\n_message: r\n\nx",
    "a part of 149,000 headers": lambda: HEAD + MULTI + b"--b\n" + b"content-type:text/plain\n" * 149_000,
    "5,000 pieces of a file name": lambda: HEAD + b"Content-Type: text/plain" + b"".join(b";name*%d*=a" % n for n in range(5_000)) + b"\n\nx",
    "1,000 pieces of 199 file names": lambda: HEAD + MULTI + (b"--b\nContent-Disposition: attachment" + b"".join(b";filename*%d*=%%41" % n for n in range(1_000)) + b"\n\nx\n") * 199,
    "quotation marks in 199 file names": lambda: HEAD + MULTI + (b'--b\nContent-Type: text/plain; name="' + b'\\"' * 1_000 + b"\n\nx\n") * 199,
    # Structure
    "500 mails within mails": lambda: (HEAD + b"Content-Type: message/rfc822\n\n") * 500 + HEAD + b"\nx",
    "70,000 delivery reports": lambda: HEAD + b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" + b"a: b\n\n" * 70_000,
    "long boundaries": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=r\n\n" + b"".join(b'--r\nContent-Type: multipart/mixed; boundary="%d%s"\n\nx\n' % (n, b"$" * 1_900) for n in range(199)),
    "a boundary that begins all others": lambda: HEAD + b"".join(b'Content-Type: multipart/mixed; boundary="%s"\n\n--%s\n' % (b"-" * n, b"-" * n) for n in range(1, 20)) + b"------\n" * 100_000,
    "an empty boundary": lambda: HEAD + b'Content-Type: multipart/mixed; boundary=""\n\n' + b"--\n\nx\n" * 40_000,
    # Transfer encodings and charsets
    "10 MB of base64": lambda: HEAD + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(b"\xe3\x81\x82" * 2_300_000),
    "10 MB of base64 on one line": lambda: HEAD + b"Content-Transfer-Encoding: base64\n\n" + base64.b64encode(b"\xe3\x81\x82" * 2_300_000),
    "10 MB of quoted-printable": lambda: HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n" + (b"=E3=81=82" * 8 + b"=\n") * 130_000,
    "10 MB of kana": lambda: HEAD + b"\n" + ("あ" * 25 + "\n").encode() * 130_000,
    "10 MB of 8-bit": lambda: HEAD + b"\n" + (b"\xff" * 70 + b"\n") * 140_000,
    "10 MB of NULs": lambda: HEAD + b"\n" + bytes(9_900_000),
    "escapes in base64": lambda: parts([b"\x1b$B;\x1b(B" * 160_000] * 3, b"text/plain; charset=iso-2022-jp"),
    "shifts in base64": lambda: parts([b"\x1b$B" + b"\x0e\x0f" * 490_000] * 3, b"text/plain; charset=iso-2022-jp"),
    "EUC that changes at each character": lambda: parts([b"a\xa4\xa2\x8e\xb1" * 200_000] * 3, b"text/plain; charset=euc-jp"),
    "unlabelled bytes of no charset": lambda: parts([b"a\xa4\xff\x8e\xb1" * 200_000] * 3, b"text/plain"),
    "utf-7": lambda: parts([b"+MEI-" * 190_000] * 3, b"text/plain; charset=utf-7"),
    "an unknown charset": lambda: parts([b"\xff\xfe\x1b$B\x80" * 150_000] * 3, b"text/plain; charset=x-nobody-knows"),
    "lone surrogates": lambda: parts([b"\xed\xa0\x80" * 300_000] * 3, b"text/plain; charset=utf-8"),
    "lone surrogates in utf-7": lambda: parts([b"+2AA-" * 190_000] * 3, b"text/plain; charset=utf-7"),
    "a million empty lines in base64": lambda: parts([b"\n" * 990_000] * 3, b"text/plain", DUE),
    "invisible lines in base64": lambda: parts(["\u200b\n".encode() * 240_000] * 3, b"text/plain; charset=utf-8", DUE),
    "what folds to eighteen characters": lambda: parts(["\ufdfa".encode() * 330_000] * 3, b"text/plain; charset=utf-8", DUE),
    "marks where a deadline is sought": lambda: DUE + b"Content-Type: text/plain; charset=utf-8\n\n" + ("a" + "\u0301\u0316" * 200_000).encode(),
    "deadlines everywhere": lambda: DUE + b"Content-Type: text/plain; charset=utf-8\n\n" + "取引期限2026年1月1日(".encode() * 20_000,
    # HTML
    "<a without end": lambda: PAGE + b"<a " * 50_000,
    "comments without end": lambda: PAGE + b"<!--" * 50_000,
    "50,000 nested blocks": lambda: PAGE + b"<div>" * 50_000,
    "ends of tags in comments": lambda: PAGE + b"<div><!-- ></div>-->" * 12_000,
    "ends of tags that are not heeded": lambda: PAGE + b"<span><div></span></div>" * 2_500 + b"</z>" * 50_000,
    "formatting opened anew in each paragraph": lambda: PAGE + b"<p>" + b"".join(b"<b a=%d>" % n for n in range(400)) + b"</p>" + b"<p>x</p>" * 28_000,
    "formatting whose ends are in comments": lambda: PAGE + b"".join(b"<p><b a=%d>x</p><!-- ></b>-->" % n for n in range(8_000)),
    "a style of unfinished comments": lambda: PAGE + b'<p style="' + b"/*a" * 85_000 + b'">x',
    "a link of blanks": lambda: PAGE + b'<a href="https://x.example/' + b" " * 250_000 + b'y">x',
    "40,000 attributes": lambda: PAGE + b"<a " + b" ".join(b"a%d" % n for n in range(40_000)) + b">x",
    "many pages": lambda: parts([b'<p style="color:red">x</p>' * 9_500] * 11, b"text/html"),
    "100,000 links": lambda: parts([b"http://a.b " * 90_000] * 2, b"text/plain", DUE),
    # Archives: never opened
    "a zip of 100 MB": lambda: attached(b"a.zip", zipped(100_000_000)),
    "a gzip of 1,000 MB": lambda: attached(b"a.gz", gzip.compress(bytes(100_000_000)) * 10),
    # All at once: what the limits of each leave
    "all at once": lambda: folded(b"Received", b"from a by b" + b" x" * 7_900, 8) + folded(b"From", b"(a@b)<" * 2_600, 6) + HEAD + MULTI
    + b"".join(b"--b\nContent-Type: " + kind + b"\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(body) for kind, body in (
        (b"text/plain; charset=euc-jp", b"a\xad\xa1\x8e\xb1" * 200_000), (b"text/plain", b"a\xad\xa1\x8e\xb1" * 200_000),
        (b"text/html", b"<span><div></span></div>" * 2_000 + b"</z>" * 50_000))) + b"\n--b\nContent-Type: a/b\n\n" + b"x\n" * 60_000,
}  # fmt: skip
