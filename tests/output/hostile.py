"""One hostile project: mails of which every word that is ever shown was chosen to lead a reader or a program astray."""

from __future__ import annotations

import base64
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path

EVIL = "evil.example"
#: Escape sequences: colour, a disguised link, the clipboard, a device's own, and the same in eight bits.
ESCAPES = f"\x1b[2J\x1b[31m\x1b]8;;https://{EVIL}/\x07tap\x1b]8;;\x07\x1b]52;c;ZXZpbA==\x07\x1bP+q544e\x1b\\\x9b31m\x00\x08\x7f"
#: What turns the direction of writing, or is not seen at all.
UNSEEN = "\u202e\u2066\u2069\u200e\u061c\u200b\u2060\ufeff\u00ad\u3164\U000e0041\U000e007f"
#: Every kind of line end, before a sentence that would pass for ours.
FORGED = "FORGED payment confirmed"
LINES = "".join(f"{end}{FORGED}" for end in ("\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1e"))
MARKUP = (
    f"[bold red]x[/] [link=https://{EVIL}]y[/link] \"><script>alert(1)</script><img src=x onerror='alert(1)'> "
    f"javascript:alert(1) {{0.__class__}} {{title}} %s <!channel> @everyone [bank](https://{EVIL}/) "
    f"<https://{EVIL}|bank> "
    "~~x~~ ||y|| `z` *"
)
SHELL = "$(touch pwned) `touch pwned` ; touch pwned | '\" =HYPERLINK(1)"
MARKS = "Z" + "\u0301\u0489" * 40
#: Attested subjects keep this text whole, for it holds none of their own words.
HOSTILE = f"記事{ESCAPES}{UNSEEN}{LINES}{MARKUP}{SHELL}{MARKS}"
#: The same without a link that could be followed: for what she is taken to have written herself.
OWN = HOSTILE.replace("https://", "")
#: Japanese that must come through all of this as it is.
HARMLESS = "ﾊﾟｰﾂと葛󠄀城の👩\u200d💻①が゛"

NUMBER = "90020001"
PROJECT = f"lancers/{NUMBER}"
LINK = f"https://www.lancers.jp/work/detail/{NUMBER}"
CLIENT = "yamada@client.example"
PLATFORM = "noreply@lancers.co.jp"


def encoded(text: str) -> str:
    """Any text as encoded words: the one way by which a header can hold what it must not."""
    data = text.encode("utf-8", "surrogatepass")
    return "\r\n ".join(
        f"=?utf-8?B?{base64.b64encode(data[start : start + 45]).decode()}?=" for start in range(0, len(data), 45)
    )


def comment(client: str, title: str) -> str:
    return f"[ランサーズ] {client} さんから {title} のコメントが届いています"


def a_mail(
    subject: str,
    at: datetime,
    *,
    name: str = HOSTILE,
    sender: str = PLATFORM,
    to: str = "me@example.com",
    text: str = "",
    identity: str = "",
) -> bytes:
    """A mail with a hostile display name, Message-ID, text, page and attachment."""
    boundary = "=_b"
    message_id = f'<{identity or at.timestamp()}\x1b[31m"><script>{EVIL}\u202e@mail.example>'
    lines = [
        f"Received: from x ([192.0.2.1]) by mx.example.com; {format_datetime(at)}",
        f'Authentication-Results: mx.example.com; spf=none reason="\x1b[31m<script>{EVIL}\u202e"',
        f"From: {encoded(name)} <{sender}>",
        f"To: {to}",
        f"Subject: {encoded(subject)}",
        f"Message-ID: {message_id}",
        f"Date: {format_datetime(at)}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        "",
        f"--{boundary}",
        "Content-Type: text/plain; charset=utf-8",
        "",
        f"{text}\r\n{HOSTILE}\r\n",
        f"--{boundary}",
        "Content-Type: text/html; charset=utf-8",
        "",
        f"<p>{text}{HOSTILE}</p><script>alert(1)</script>",
        f"--{boundary}",
        "Content-Type: application/octet-stream",
        f'Content-Disposition: attachment; filename="{encoded("../../../etc/" + HOSTILE + ".html")}"',
        "",
        "x",
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines).encode("utf-8", "surrogatepass")


def the_past(at: datetime) -> list[bytes]:
    """What lies in the mailbox at the first read: a project that waits since `at`, one without a number, a client's."""
    return [
        a_mail(comment(HOSTILE, HOSTILE), at, text=LINK, identity="comment"),
        a_mail(comment("青空商店", HOSTILE), at, identity="untitled"),
        a_mail(comment("青空商店", "=cmd|' /C calc'!A0" + "長い題名" * 200), at, text=LINK + "2", identity="long"),
        a_mail(comment("花丸社", HARMLESS), at, text=LINK + "3", identity="harmless"),
        a_mail(HOSTILE, at, sender=CLIENT, identity="client"),
        b"\r\n",
    ]


def the_news(at: datetime) -> list[bytes]:
    """What arrives later, and makes alerts of every kind that a mail can make."""
    return [
        a_mail(comment(HOSTILE, HOSTILE), at, text=LINK, identity="again"),
        a_mail(f"{HOSTILE} お支払いの期限", at, identity="unrecognised"),
        a_mail(f"{HOSTILE} 新機能", at, identity="gathered"),
        a_mail(comment(HOSTILE, HOSTILE), at, sender="noreply@lancers-co.jp.evil.example", identity="lookalike"),
        a_mail(comment(HOSTILE, HOSTILE), at, sender="noreply@xn--lncers-3nf.jp", identity="idn"),
        a_mail(f"Fwd: {comment(HOSTILE, HOSTILE)}", at, sender="friend@example.net", identity="forwarded"),
        a_mail("連絡期限経過による支払い確定及びプロジェクト完了通知", at, text=LINK, identity="paid"),
        a_mail("[ランサーズ] 連絡催促のお知らせ", at, text=LINK + "2", identity="reminded"),
        a_mail("青空商店さんからのメッセージ受信通知", at, identity="shared"),
        a_mail("ログイン認証コード 123456", at, text=HOSTILE, identity="secret"),
    ]


def the_notes_to_herself(at: datetime) -> list[bytes]:
    """Facts by mail that cannot be taken, found among what she sent."""
    return [a_mail(f"inboxwatch {OWN} {OWN}", at, name="me", sender="me@example.com", identity="stated")]


def fill(folder: Path, mails: list[bytes], at: datetime) -> None:
    """Put mails into a folder of a Maildir, as arrived at `at`."""
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for number, mail in enumerate(mails):
        (folder / "new" / f"{int(at.timestamp())}.{len(mail)}_{number}.host").write_bytes(mail)
