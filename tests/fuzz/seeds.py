"""What the fuzzer begins with: the golden mails, small bombs, pieces of both, what was found before, and its words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from inboxwatch.mail.limits import trim
from tests.mail.bombs import BOMBS

HERE = Path(__file__).parent
FINDINGS = HERE / "findings"
MAILS = sorted((HERE.parent / "mails").glob("*/*.eml"))
#: Longer inputs slow the fuzzer down; the bombs proper are read by tests/mail/test_bombs.py.
LONGEST = 4_096
_SLOW_TO_BUILD = ("zip", "million", "10 MB", "12 MB", "4,000,000")

#: Words that no fuzzer finds by chance.
TOKENS = (
    *(f"{name}: " for name in ("From", "To", "Subject", "Date", "Message-ID", "Received", "Content-Type", "Reply-To",
      "Content-Transfer-Encoding", "Content-Disposition", "Authentication-Results", "Auto-Submitted", "References")),
    "multipart/mixed; boundary=b", "multipart/alternative", "message/rfc822", "message/delivery-status", "text/html",
    "text/plain; charset=", "--b", "--b--", "base64", "quoted-printable", "x-uuencode", "begin 644 x", "attachment; ",
    "filename*0*=utf-8''", "name=\"", "=?utf-8?B?", "=?iso-2022-jp?B?", "=?unknown-8bit?q?", "?=", "iso-2022-jp",
    "shift_jis", "euc-jp", "utf-7", "\x1b$B", "\x1b(B", "\x1b(I", "\x1b$(D", "\x0e", "\x0f", "+AGE-", "~{", "\r\n\r\n",
    "Fwd: ", "Re: ", "転送:", "[ランサーズ]", " さんから ", " のコメントが届いています", "取引期限", "2026年12月31日",
    "連絡期限経過による支払い確定及びプロジェクト完了通知", "noreply@lancers.co.jp", "<yamada@example.co.jp>",
    "https://www.lancers.jp/work/detail/5545030", "mx.example.com; ", "dmarc=pass", "dkim=pass header.d=lancers.co.jp",
    "spf=pass smtp.mailfrom=", "header.from=", "reason=\"", "<div style=\"display:none\">", "<a href=\"https://",
    "<!--", "-->", "<b>", "</p>", "<table><tr><td>", "<svg>", "<template>", "&#x202e;", "&lt;", "\u202e", "\u200b",
    "\u0301", "\ufdfa", "㈱", "ﾞ", "{client}", "{title}", "{*}", "Mon, 23 Nov 2026 09:00:00 +0900", " (JST)", "GMT+0900",
)  # fmt: skip


def seeds(target: str) -> Iterator[bytes]:
    """The inputs with which a target begins."""
    yield from (path.read_bytes() for path in sorted(FINDINGS.glob(f"{target}-*")))
    mails = [path.read_bytes() for path in MAILS]
    if target in ("parse", "classify"):
        yield from mails
        yield from small_bombs()
        return
    if target == "signatures":
        tokens = [token.encode()[:60] for token in TOKENS]
        for place in range(0, 1_200, 40):
            for token in tokens:
                yield bytes((place // 40 % 2,)) + place.to_bytes(2) + bytes((place % 3, len(token))) + token
        return
    fields = [field.value.strip() for mail in mails for field in trim(mail).fields]
    bodies = [trim(mail).body for mail in mails]
    tokens = [token.encode() for token in TOKENS]
    for piece in dict.fromkeys([*tokens, *fields, *bodies]):
        # The first byte of these chooses the charset that they are labelled with.
        yield bytes((len(piece) % 20,)) + piece[:LONGEST] if target == "decode" else piece[:LONGEST]


def small_bombs() -> Iterator[bytes]:
    """The beginnings of the bombs: their shape is what matters here."""
    for name, build in BOMBS.items():
        if not any(slow in name for slow in _SLOW_TO_BUILD):
            yield build()[:LONGEST]


def dictionary() -> str:
    """The words in the form that libFuzzer reads."""
    escaped = ("".join(f"\\x{byte:02x}" for byte in token.encode()) for token in TOKENS)
    return "".join(f'"{token}"\n' for token in escaped)
