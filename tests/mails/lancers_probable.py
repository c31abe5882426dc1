"""Sample mails of Lancers that are known to exist, but whose subjects nobody has shown: invented wordings."""

from __future__ import annotations

from typing import Any

from building import Sample
from lancers_attested import BOTH, EUC, JIS, PREFIX, QP, RAW, S1, SJIS, TORN
from lancers_bodies import DIGEST, comment, job, notice

_PROJECT = "5545030"


def probable(
    rule: int, event: str, name: str, subject: str, text: str = "詳細は下記よりご確認ください。", **more: Any
) -> Sample:
    """A mail that rule number `rule` recognises by its words. `how` says how it is encoded; the rest is expected."""
    how = more.pop("how", {})
    found = {"platform": "lancers", "event": event, "grade": "probable", "rule": f"lancers/{rule}"}
    return Sample(
        f"p{rule}_{name}", subject, notice(text, link=job(_PROJECT)), found | {"project": _PROJECT} | more, **how
    )


def _changed_digest() -> Sample:
    found = {"platform": "lancers", "event": "noise", "grade": "probable", "rule": "lancers/9"}
    return Sample(
        "p9_changed_digest",
        PREFIX + "支払い・評価の新しい仕事が登録されています",
        DIGEST,
        found | {"also": ["lancers/28"]},
    )


def _unspaced(rule: int, name: str, subject: str) -> Sample:
    found = {"platform": "lancers", "event": "contact", "by": "client", "channel": "platform", "grade": "probable"}
    found |= {"rule": f"lancers/{rule}", "client": "山田太郎", "title": "記事作成", "project": _PROJECT}
    return Sample(name, subject, comment("確認しました。", job(_PROJECT)), found, **JIS)


_UNTIL = "取引期限：2027年3月4日（木）"

PROBABLE = [
    _changed_digest(),
    _unspaced(10, "p10_unspaced", "[ランサーズ]山田太郎さんから記事作成のコメントが届いています"),
    _unspaced(11, "p11_unspaced", "[ランサーズ]山田太郎さんが記事作成にコメントしました"),
    probable(12, "cancelled", "twin", "連絡期限経過による仮払いキャンセル及びプロジェクト解除通知", how=JIS),
    probable(13, "reminder_filed", "accepted", PREFIX + "連絡催促申請を受け付けました", by="me", also=["lancers/14"]),
    probable(13, "reminder_filed", "filed", "連絡催促を申請しました", by="me", also=["lancers/14"], how=SJIS),
    probable(14, "reminder_received", "urged", PREFIX + "取引相手から連絡催促が届いています", by="client", how=JIS),
    probable(14, "reminder_received", "filed_by_the_client", "山田太郎さんが連絡催促を申請しました", by="client"),
    probable(14, "reminder_received", "unsettled", "連絡催促のお知らせ", by="client", how=TORN),
    probable(15, "notice", "order_confirmation", PREFIX + "発注確認書をお送りします", how=QP),
    probable(15, "notice", "order_confirmation_of_a_raise", "発注確認書（増額完了）", also=["lancers/16"]),
    probable(16, "change_settled", "plan", "計画変更が承認されました", how=EUC),
    probable(
        16, "change_settled", "amount", PREFIX + "減額リクエストが承諾されました", also=["lancers/17", "lancers/27"]
    ),
    probable(17, "change_proposed", "plan", PREFIX + "計画変更の依頼が届いています", by="client", how=JIS),
    probable(17, "change_proposed", "amount", "増額のご提案があります", by="client"),
    probable(18, "cancel_requested", "plain", PREFIX + "キャンセル依頼が届いています", by="client", how=SJIS),
    probable(18, "cancel_requested", "filed", "プロジェクトのキャンセル申請がありました", by="client"),
    probable(19, "cancelled", "done", PREFIX + "プロジェクトがキャンセルされました"),
    probable(19, "cancelled", "agreed", "キャンセル依頼が承認されました", how=JIS),
    probable(20, "payment_confirmed", "plain", PREFIX + "支払いが確定しました", how=BOTH),
    probable(20, "payment_confirmed", "other_spelling", "支払確定のお知らせ", how=JIS),
    probable(20, "payment_confirmed", "after_a_reminder", "連絡期限経過による支払い確定のお知らせ", how=SJIS),
    probable(20, "payment_confirmed", "tail_behind_an_attested_subject", S1 + "（再送）", how=JIS),
    probable(21, "escrow_funded", "done", PREFIX + "仮払いが完了しました"),
    probable(21, "escrow_funded", "seen", "クライアントの仮払いを確認しました", how=RAW),
    probable(22, "completion_withdrawn", "plain", PREFIX + "完了報告を撤回しました", by="me"),
    probable(23, "completion_reported", "accepted", PREFIX + "完了報告を受け付けました", by="me", how=JIS),
    probable(23, "completion_reported", "made", "完了報告をしました", by="me"),
    probable(24, "revision_requested", "plain", PREFIX + "修正依頼が届いています", by="client", how=QP),
    probable(
        25, "expiry_notice", "in_the_body", "取引期限のお知らせ", _UNTIL, due_at="2027-03-04T15:00:00+00:00", how=JIS
    ),
    probable(
        25,
        "expiry_notice",
        "in_the_subject",
        "取引期限（2027/03/04 18:00）が近づいています",
        due_at="2027-03-04T09:00:00+00:00",
    ),
    probable(
        25, "expiry_notice", "without_a_date", PREFIX + "まもなく取引期限です", "2027年2月4日にお送りしています。"
    ),
    probable(26, "notice", "lost", PREFIX + "選定結果のお知らせ（落選）"),
    probable(26, "notice", "closed", "募集終了のお知らせ", how=SJIS),
    probable(26, "notice", "other_winner", "当選者が決定しました", also=["lancers/27"], how=JIS),
    probable(27, "started", "chosen", PREFIX + "提案が当選しました", how=EUC),
    probable(27, "started", "accepted", "提案が承諾されました"),
    probable(28, "notice", "rated", PREFIX + "評価が届きました", how=JIS),
]
