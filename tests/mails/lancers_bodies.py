"""What the bodies of the sample mails say: invented people and jobs, in the tone of a platform's notices."""

from __future__ import annotations

_FOOTER = """
-------------------------------------------------------
このメールは送信専用です。ご返信いただいてもお答えできません。
メール配信の設定はこちら
https://www.lancers.jp/mypage/receive_email
-------------------------------------------------------
ランサーズ事務局
"""


def notice(*lines: str, link: str | None = None) -> str:
    """A notice to the user, with the link that belongs to it."""
    shown = "\n".join(lines)
    behind = f"\n\n▼詳細はこちら\n{link}\n" if link else "\n"
    return f"花村 さん\n\nいつもランサーズをご利用いただき、ありがとうございます。\n\n{shown}{behind}{_FOOTER}"


def job(number: int | str, query: str = "") -> str:
    """The link to a job."""
    return f"https://www.lancers.jp/work/detail/{number}{query}"


def comment(text: str, link: str | None) -> str:
    """A comment on the project's board."""
    return notice("プロジェクトにコメントが届きました。", "", "【コメント内容】", text, link=link)


# A full-width space stands right behind each link of the digest.
DIGEST = """花村 さん

あなたの登録カテゴリに、新しい仕事が登録されました。

━━━━━━━━━━━━━━━━━━━━━━━━━━━
■■　ライティング　記事作成　■■ （3件）
━━━━━━━━━━━━━━━━━━━━━━━━━━━

▼ 支払い管理システムの完了報告マニュアル作成
[依頼金額] 50,000 円 ～ 100,000 円 / 固定
[方式] プロジェクト
[募集締切] 2026年6月6日 18:14
https://www.lancers.jp/work/monitor/5545030/new_work_mail/{space}

▼ キャンセル規約の修正依頼に関する記事
[依頼金額] 10,000 円 ～ 20,000 円 / 固定
[方式] プロジェクト
[募集締切] 2026年6月7日 12:00
https://www.lancers.jp/work/monitor/5545031/new_work_mail/{space}

▼ 連絡催促の書き方①　㈱みどり商会
[依頼金額] 5,000 円 ～ 10,000 円 / 固定
[方式] プロジェクト
[募集締切] 2026年6月8日 9:30
https://www.lancers.jp/work/monitor/5545032/new_work_mail/{space}

※このメールは、登録カテゴリから自動で仕事を抽出しています。
https://www.lancers.jp/mypage/receive_email
""".format(space="\u3000")

FORWARD = """ご参考まで。

---------- Forwarded message ---------
From: ランサーズ事務局 <noreply@lancers.co.jp>
Date: 2026年6月3日(水) 10:00
Subject: {subject}
To: <friend@example.org>

花村 さん

{text}
https://www.lancers.jp/work/detail/5545030
"""
