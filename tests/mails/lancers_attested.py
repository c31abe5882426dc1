"""Sample mails of Lancers whose subjects are attested (reference S1 to S9), in many encodings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from building import Sample
from lancers_bodies import DIGEST, comment, job, notice

PREFIX = "[ランサーズ] "
S1 = "連絡期限経過による支払い確定及びプロジェクト完了通知"
S4 = "振込報酬額確定のお知らせ"
S6 = "仕事の招待状が届きました"
S7 = "新しい端末からのログインを検知しました"

JIS: dict[str, Any] = {"charset": "iso-2022-jp", "transfer": "7bit"}
SJIS: dict[str, Any] = {"charset": "shift_jis", "transfer": "8bit"}
EUC: dict[str, Any] = {"charset": "euc-jp", "transfer": "8bit"}
QP: dict[str, Any] = {"transfer": "quoted-printable"}
RAW: dict[str, Any] = {"transfer": "8bit", "words": "raw"}
TORN: dict[str, Any] = {"words": "torn"}
UNLABELLED: dict[str, Any] = {"charset": "iso-2022-jp", "transfer": "7bit", "label": None}
MISLABELLED: dict[str, Any] = {"label": "iso-2022-jp", "transfer": "8bit", "words": "raw"}
HTML: dict[str, Any] = {"shape": "html", "transfer": "quoted-printable"}
BOTH: dict[str, Any] = {"shape": "alternative"}


def expected(rule: int, event: str, **more: Any) -> dict[str, Any]:
    """What an attested rule of Lancers must give."""
    return {"platform": "lancers", "event": event, "grade": "attested", "rule": f"lancers/{rule}", **more}


def contact(rule: int, client: str, title: str | None = None, project: str | None = None) -> dict[str, Any]:
    """Contact by the client on the platform."""
    found = expected(rule, "contact", by="client", channel="platform", client=client)
    found |= {key: value for key, value in (("title", title), ("project", project)) if value}
    # What these subjects have beside the attested shape: the same shape without the spaces.
    if rule in (2, 3):
        found["also"] = [f"lancers/{rule + 8}"]
    return found


def s1(name: str, prefix: str = "", **how: Any) -> Sample:
    body = notice("連絡期限を経過したため、支払いが確定し、プロジェクトが完了しました。", link=job(2631199))
    found = expected(1, "payment_confirmed", project="2631199", also=["lancers/20"])
    return Sample(f"s1_{name}", prefix + S1, body, found, **how)


def s2(name: str, client: str, title: str, prefix: str = PREFIX, link: str | None = job(5545030), **how: Any) -> Sample:
    subject = f"{prefix}{client} さんから {title} のコメントが届いています"
    project = None if link is None else "5545030"
    body = comment("お世話になっております。確認しました。", link)
    return Sample(f"s2_{name}", subject, body, contact(2, client, title, project), **how)


def s3(name: str, client: str, title: str, prefix: str = PREFIX, **how: Any) -> Sample:
    subject = f"{prefix}{client} さんが {title} にコメントしました"
    body = comment("5本目の記事はいかがでしょうか。", job(5545031, "?ref=mail_comment&utm_source=mail"))
    return Sample(f"s3_{name}", subject, body, contact(3, client, title, "5545031"), **how)


def s4(name: str, prefix: str = PREFIX, **how: Any) -> Sample:
    body = notice("今回の振込報酬額が確定しました。", "支払い確定済みの報酬: 41,750円")
    return Sample(f"s4_{name}", prefix + S4, body, expected(4, "payout_fixed"), **how)


def s5(name: str, client: str, prefix: str = "", link: str | None = None, **how: Any) -> Sample:
    subject = f"{prefix}{client}さんからのメッセージ受信通知"
    body = notice("メッセージを受信しました。", "", "ご連絡が遅くなりました。明日確認します。", link=link)
    return Sample(f"s5_{name}", subject, body, contact(5, client, project="5545030" if link else None), **how)


def s6(name: str, prefix: str = "", **how: Any) -> Sample:
    body = notice("クライアントから仕事の招待状が届きました。", link="https://www.lancers.jp/work_offer/30214")
    return Sample(f"s6_{name}", prefix + S6, body, expected(6, "notice"), **how)


def s7(name: str, prefix: str = "", **how: Any) -> Sample:
    body = notice("新しい端末からログインがありました。", "お心当たりがない場合はパスワードを変更してください。")
    return Sample(f"s7_{name}", prefix + S7, body, expected(7, "account"), **how)


def s8(name: str, categories: str, prefix: str = PREFIX, mark: str = "!", **how: Any) -> Sample:
    subject = f"{prefix}【新着】{categories}カテゴリに、新しい仕事が登録されました{mark}"
    return Sample(f"s8_{name}", subject, DIGEST, expected(8, "noise", also=["lancers/9"]), **how)


def s9(name: str, subject: str, rule: int = 1, **how: Any) -> Sample:
    found = {"platform": "lancers", "event": "secret", "rule": f"lancers/secret/{rule}"}
    found["grade"] = "attested" if rule == 1 else "probable"
    return Sample(f"s9_{name}", subject, notice("認証コード: 482913", "有効期限は10分です。"), found, **how)


_MESSAGE_LINK = "https://www.lancers.jp/mypage/message/?userId=118822&workId=5545030"
_SPACED_LINK = "https://www.lancers.jp/work/monitor/5545030/comment/　"


def also(sample: Sample, *rules: int) -> Sample:
    """The sample, whose subject holds the words of these probable rules too: its attested rule must win."""
    more = [*sample.expected.get("also", []), *(f"lancers/{rule}" for rule in rules)]
    return replace(sample, expected=sample.expected | {"also": more})


ATTESTED = [
    s1("plain"),
    s1("with_prefix_jis", PREFIX, **JIS),
    s1("sjis", **SJIS),
    s1("torn_words", **TORN),
    s1("html_only", **HTML),
    s1("replied_prefix", "Re: " + PREFIX, **QP),
    s2("plain", "山田太郎", "健康食品の記事作成"),
    s2("vendor_characters_jis", "㈱みどり商会", "①商品紹介記事", **JIS),
    s2("half_width_kana_jis", "ﾐﾄﾞﾘ商会", "ﾚｼﾋﾟ記事", **JIS),
    s2("vendor_characters_sjis", "㈱みどり商会", "①商品紹介記事 髙橋様分", **SJIS),
    s2("euc", "山田太郎", "健康食品の記事作成", **EUC),
    s2("quoted_printable", "佐藤 花", "旅行ブログ（全5本）", **QP),
    s2("raw_utf8", "佐藤 花", "旅行ブログ（全5本）", **RAW),
    s2("torn_words", "佐藤 花", "旅行ブログ（全5本）の執筆をお願いします", **TORN),
    s2("unlabelled_jis", "山田太郎", "健康食品の記事作成", **UNLABELLED),
    s2("wrong_label", "山田太郎", "健康食品の記事作成", **MISLABELLED),
    s2("without_prefix", "山田太郎", "健康食品の記事作成", prefix=""),
    s2("client_named_like_the_rule", "山田さんから", "さんから始まる物語 のコメント", link=None),
    also(s2("title_about_payment", "山田太郎", "支払い確定とキャンセル依頼の記事", **JIS), 18),
    s2("title_about_login_codes", "山田太郎", "ログイン認証コードの解説記事"),
    s2("space_behind_link", "山田太郎", "健康食品の記事作成", link=_SPACED_LINK, **BOTH),
    s2("html_only", "山田太郎", "健康食品の記事作成", **HTML),
    s2("fwd_by_the_platform_itself", "山田太郎", "健康食品の記事作成", prefix="Fwd: " + PREFIX),
    s3("plain", "鈴木一郎", "採用ページの文章"),
    s3("jis", "鈴木一郎", "採用ページの文章", **JIS),
    s3("euc_without_prefix", "鈴木一郎", "採用ページの文章", prefix="", **EUC),
    s3("both_parts", "suzuki_1", "採用ページの文章", **BOTH),
    s3("tensou", "鈴木一郎", "採用ページの文章", prefix="転送: " + PREFIX, **QP),
    s3("name_with_sanga", "さんがつ", "3月号 さんが執筆", **RAW),
    s4("plain"),
    s4("jis", **JIS),
    s4("without_prefix_sjis", "", **SJIS),
    s5("plain", "lancers_1234"),
    s5("with_prefix_jis", "lancers_1234", PREFIX, **JIS),
    s5("japanese_name_sjis", "みどり商会", **SJIS),
    s5("message_link", "lancers_1234", link=_MESSAGE_LINK, **HTML),
    s5("name_with_san", "お母さんからの贈り物", **TORN),
    s5("euc", "lancers_1234", **EUC),
    s6("plain"),
    s6("with_prefix_jis", PREFIX, **JIS),
    s6("raw", **RAW),
    s7("plain"),
    s7("with_prefix_sjis", PREFIX, **SJIS),
    s7("html_only", **HTML),
    s8("plain", "ライティング・記事作成"),
    s8("full_width_mark_jis", "支払い・完了報告", mark="！", **JIS),
    s8("without_prefix", "Web制作、ライティング", prefix=""),
    also(s8("both_parts", "キャンセル・計画変更", **BOTH), 19),
    s9("plain", "【ランサーズ】ログイン認証コードのお知らせ"),
    s9("with_prefix_jis", PREFIX + "ログイン認証コード", **JIS),
    s9("other_words", PREFIX + "認証コードをお送りします", 2, **QP),
    s9("password", PREFIX + "パスワード再設定のご案内", 3, **SJIS),
]
