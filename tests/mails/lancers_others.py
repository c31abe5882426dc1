"""Sample mails that no rule may take for something, suspicious ones, forwards, and mails of people."""

from __future__ import annotations

from typing import Any

from building import Sample
from lancers_attested import JIS, PREFIX, QP, S1, S4, SJIS, contact, expected
from lancers_bodies import FORWARD, comment, job, notice

_CLIENT = ("山田商店", "yamada@example.co.jp")
_FRIEND = ("友野", "friend@example.org")
_S2 = PREFIX + "山田太郎 さんから 記事作成 のコメントが届いています"
_PAID = notice("支払いが確定しました。下記より口座情報をご確認ください。", link="https://login.example.net/lancers")


def unrecognised(name: str, subject: str, project: str | None = None, **how: Any) -> Sample:
    """A mail from the platform itself that no rule knows."""
    found: dict[str, Any] = {"platform": "lancers", "event": None}
    link = job(project) if project else None
    found |= {"project": project} if project else {}
    return Sample(f"n_{name}", subject, notice("詳細は下記よりご確認ください。", link=link), found, **how)


def suspicious(name: str, subject: str, sender: tuple[str, str], body: str = _PAID, **how: Any) -> Sample:
    """A mail that pretends to be the platform's."""
    return Sample(f"x_{name}", subject, body, {"platform": None, "event": None, "suspicious": True}, sender, **how)


def nothing(name: str, subject: str, sender: tuple[str, str], body: str, **how: Any) -> Sample:
    """A mail of no platform, and an innocent one."""
    return Sample(f"n_{name}", subject, body, {"platform": None, "event": None}, sender, **how)


def forwarded(name: str, subject: str, sender: tuple[str, str] = _FRIEND, text: str = "", **more: Any) -> Sample:
    """A platform's mail that somebody hands on."""
    found = {"platform": None, "event": None, "forwarded": True} | more.pop("found", {})
    return Sample(f"f_{name}", subject, FORWARD.format(subject=subject[:20], text=text), found, sender, **more)


def results(verdict: str) -> tuple[str, ...]:
    """The Authentication-Results of the mailbox's own provider."""
    return (f"Authentication-Results: mx.example.com; {verdict} header.from=lancers.co.jp",)


_DIRECT = {"platform": "direct", "event": "contact", "channel": "mail", "grade": "attested", "rule": "direct/client"}
_DIRECT |= {"client": "山田商店"}
_VERIFIED = expected(1, "payment_confirmed", project="2631199", also=["lancers/20"], trust="verified")
_FORGED = expected(1, "payment_confirmed", project="2631199", also=["lancers/20"], trust="forged", suspicious=True)
_TWO_JOBS = comment("こちらも参考にしてください。\n" + job(5540001), job(5545030))

OTHERS = [
    # From the platform itself.
    unrecognised("new_feature", PREFIX + "新機能のお知らせ", **JIS),
    unrecognised("completion_asked_for", PREFIX + "完了報告のお願い", "5545030"),
    unrecognised("escrow_asked_for", "仮払いのお願い", "5545030", **SJIS),
    unrecognised("payout_that_is_no_payment", PREFIX + "振込予定額と支払い確定分のご案内"),
    unrecognised("full_width_label", "【ランサーズ】振込報酬額確定のお知らせ", **QP),
    unrecognised("escrow_explained", "仮払い前の確認事項", "5545030"),
    Sample("n_two_projects", _S2, _TWO_JOBS, contact(2, "山田太郎", "記事作成")),
    Sample(
        "n_links_that_name_no_project",
        _S2,
        comment("見本です\nhttps://tips.lancers.jp/work/detail/5540001", "https://www.lancers.jp/work_offer/30214"),
        contact(2, "山田太郎", "記事作成"),
    ),
    Sample(
        "n_magazine",
        "支払い確定を早めるコツ",
        notice("メルマガです。"),
        {
            "platform": "lancers",
            "event": "noise",
            "grade": "attested",
            "rule": "lancers/noise/1",
            "also": ["lancers/20"],
        },
        ("ランサーズ", "magazine@lancers.co.jp"),
    ),
    Sample(
        "n_magazine_of_the_site",
        PREFIX + "今週のおすすめ",
        notice("メルマガです。"),
        {"platform": "lancers", "event": "noise", "grade": "attested", "rule": "lancers/noise/2"},
        ("ランサーズ", "magazine@lancers.jp"),
        **JIS,
    ),
    Sample(
        "n_sub_domain",
        _S2,
        comment("確認しました。", job(5545030)),
        contact(2, "山田太郎", "記事作成", "5545030"),
        ("ランサーズ事務局", "noreply@mail.lancers.jp"),
    ),
    # Proved and disproved by the mailbox's provider.
    Sample("t_verified", S1, notice("支払い確定", link=job(2631199)), _VERIFIED, extra=results("dmarc=pass")),
    Sample("t_forged", S1, notice("支払い確定", link=job(2631199)), _FORGED, extra=results("dmarc=fail")),
    # Pretending.
    suspicious("carried_domain", S1, ("ランサーズ事務局", "noreply@lancers.co.jp.example.net")),
    suspicious("digit_for_letter", "お支払いについて", ("事務局", "noreply@1ancers.co.jp"), **JIS),
    suspicious("borrowed_name", PREFIX + "支払いが確定しました", ("サポート", "info@lancers-support.example")),
    suspicious("display_name", "【重要】本人確認のお願い", ("ランサーズ", "info@mail.example.net"), **SJIS),
    suspicious("half_width_display_name", "重要なお知らせ", ("ﾗﾝｻｰｽﾞ事務局", "info@mail.example.net"), **JIS),
    suspicious("latin_display_name", "Payment", ("Lancers", "info@mail.example.net")),
    suspicious("cyrillic_display_name", "Payment", ("Lаnсers Support", "info@mail.example.net")),
    suspicious("punycode_domain", "お知らせ", ("事務局", "noreply@xn--lncers-3nf.co.jp")),
    suspicious("attested_subject", _S2, ("通知", "notice@mail.example.net"), **QP),
    suspicious("payout_subject", PREFIX + S4, ("通知", "notice@mail.example.net")),
    suspicious("site_as_the_name_of_a_foreign_host", S1, ("noreply", "noreply@example.net"), **JIS),
    # Handed on.
    forwarded("by_a_friend", "Fwd: " + S1, text="支払いが確定しました。"),
    forwarded("by_a_friend_in_japanese", "転送: " + _S2, **JIS),
    forwarded("without_a_prefix", S1, text="支払いが確定しました。"),
    forwarded("unknown_subject", "FW: " + PREFIX + "支払いのお知らせ"),
    forwarded("by_herself", "Fwd: " + S1, ("花村", "me@example.com"), found={"outgoing": True}),
    forwarded(
        "login_code",
        "Fwd: " + PREFIX + "ログイン認証コード",
        text="482913",
        found={"event": "secret", "grade": "attested", "rule": "lancers/secret/1"},
    ),
    # People.
    Sample(
        "d_client",
        "記事の件",
        "花村様\n\nお世話になっております。山田です。\n",
        _DIRECT | {"by": "client"},
        _CLIENT,
        **JIS,
    ),
    Sample(
        "d_client_about_the_platform",
        "ランサーズの支払い確定について",
        "確認中です。\n" + job(5545030),
        _DIRECT | {"by": "client"},
        _CLIENT,
    ),
    Sample(
        "d_client_is_away",
        "自動返信: 記事の件",
        "休暇をいただいております。\n",
        _DIRECT | {"by": "client", "event": "notice", "channel": None},
        _CLIENT,
        extra=("Auto-Submitted: auto-replied",),
    ),
    Sample(
        "d_to_the_client",
        "記事の件",
        "山田様\n\n納品いたしました。\n",
        _DIRECT | {"by": "me", "outgoing": True},
        ("花村", "me@example.com"),
        "yamada@example.co.jp",
        **SJIS,
    ),
    Sample(
        "d_to_somebody",
        "ごはん",
        "土曜日はどうですか。\n",
        {"platform": None, "event": None, "outgoing": True},
        ("花村", "me@example.com"),
        "friend@example.org",
    ),
    nothing("friend_about_lancers", "ランサーズで支払い確定しない", _FRIEND, "連絡催促って使ったことある？\n", **JIS),
    nothing(
        "newsletter_about_lancers",
        "ランサーズとクラウドワークスを比較",
        ("副業通信", "news@example.org"),
        "今週の特集\n",
    ),
    nothing("freelancers_union", "Freelancers news", ("Freelancers Union", "news@freelancers.example"), "Hello\n"),
    nothing("japanese_freelancers", "会報", ("フリーランサーズ協会", "news@example.org"), "会員の皆様\n", **SJIS),
    nothing(
        "other_services_login", "新しい端末からのログインを検知しました", ("通知", "no-reply@example.org"), "ログイン\n"
    ),
]
