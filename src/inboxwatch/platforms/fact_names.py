"""What a fact may be called: its own name, and what she would write in Japanese."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

from inboxwatch.mail.charset import fold
from inboxwatch.platforms.kinds import FACTS
from inboxwatch.platforms.recognition import By


@dataclass(frozen=True, slots=True)
class Named:
    """The fact that a name means, and whose act it is where the name itself says so."""

    kind: str
    by: By | None = None


def _each(nouns: Iterable[str], ends: Iterable[str]) -> tuple[str, ...]:
    return tuple(noun + end for noun, end in product(nouns, ends))


def _did(*nouns: str) -> tuple[str, ...]:
    """A noun as one's own act, and as one that is done: 納品, 納品した, 納品済み."""
    return _each(nouns, ("", *_DONE))


def _came(*nouns: str) -> tuple[str, ...]:
    """A noun as what came from somebody else: 連絡あり, 連絡が来た."""
    return _each(nouns, _THERE)


def _was(*nouns: str) -> tuple[str, ...]:
    """A noun as what was done to her or for her: 承認, 承認された, 承認済み."""
    return _each(nouns, ("", "された", "されました", "済", "済み", "ずみ", "完了"))


_ACT = ("した", "しました", "をした", "をしました")
_DONE = (*_ACT, "済", "済み", "ずみ", "完了")
_THERE = (
    "あり",
    "があった",
    "がありました",
    "きた",
    "来た",
    "がきた",
    "が来た",
    "が来ました",
    "が届いた",
    "をもらった",
)
_OVER = ("終了", "終わり", "の終わり", "が終わった", "が終わりました", "終わった", "終わりました")
_RECALLED = ("撤回", "を撤回", "の撤回", "取り消し", "取消", "取消し", "の取り消し", "を取り消した", "を取り消しました")

#: Left out on purpose is what may mean two things, one of which costs her money: 連絡 and 返事 (whose?), 完了 (reported
#: or over?), 催促した (a polite reminder, or the request?). She is asked instead.
_JAPANESE: Mapping[tuple[str, By | None], tuple[str, ...]] = {
    ("contact", "client"): _came("連絡", "返事", "返信", "メッセージ", "コメント"),
    ("contact", "me"): (
        *_each(("連絡", "メッセージ", "コメント"), _ACT),
        *_each(("連絡", "メッセージ"), ("を送った", "を送りました", "を入れた")),
    ),
    ("started", None): ("契約", "契約した", "契約しました", "契約成立", "契約が成立", "契約済み", "契約開始", "受注"),
    ("escrow_funded", None): (*_was("仮払い", "仮払"), *_came("仮払い", "仮払"), "仮払い入金", "仮払い入金済み"),
    ("delivered", None): _did("納品", "提出"),
    ("completion_reported", None): _did("完了報告", "完了を報告", "作業完了報告", "業務完了報告"),
    ("completion_withdrawn", None): (
        *_did("完了撤回", "完了報告撤回", "完了報告を撤回"),
        *_each(("完了報告", "完了"), _RECALLED),
    ),
    ("revision_requested", None): (
        *_was("修正依頼", "差し戻し", "差戻し", "修正指示"),
        *_came("修正依頼", "修正指示", "修正の依頼", "差し戻し"),
        *("修正を頼まれた", "修正を依頼された"),
    ),
    ("accepted", None): _was("承諾", "承認", "検収"),
    ("change_proposed", None): (
        *("計画変更", "計画の変更", "計画変更中", "計画変更の手続き中", "変更提案", "変更依頼", "金額変更"),
        *("計画変更の提案", "計画変更提案", "計画変更の依頼", "計画変更依頼", "計画変更を提案", "計画変更を依頼"),
        *_came("計画変更", "計画変更の提案", "計画変更の依頼", "計画変更依頼", "変更依頼", "変更提案"),
    ),
    ("change_settled", None): (
        *_each(("計画変更", "変更", "金額変更"), (*_OVER, "成立", "が成立", "成立した")),
        *_each(("計画変更", "変更"), ("取り下げ", "を取り下げた", "取下げ", "の取り下げ")),
    ),
    ("reminder_filed", None): (
        *_did("申請", "催促申請", "連絡催促申請", "連絡催促を申請", "催促を申請"),
        "連絡催促申請する",
    ),
    ("reminder_received", None): (
        *_each(("催促", "連絡催促"), ("された", "されました", "を受けた", "を受けました")),
        *_came("催促", "連絡催促"),
        *("申請された", "申請されました", "催促申請された", "連絡催促申請された"),
    ),
    ("reminder_ended", None): (
        *_each(("催促", "連絡催促", "連絡催促申請"), (*_OVER, "解除", "が解除された")),
        "申請終了",
    ),
    ("cancel_requested", None): (
        *("キャンセル依頼", "キャンセル申請", "キャンセル希望", "キャンセルの依頼", "キャンセルを求められた"),
        *("キャンセル依頼された", "キャンセルを依頼された"),
        *_came("キャンセル依頼", "キャンセル申請", "キャンセルの依頼"),
    ),
    ("cancel_requested", "me"): _each(("キャンセル依頼", "キャンセル申請"), _ACT),
    ("refund_requested", None): (
        *("返金依頼", "返金請求", "返金申請", "返金の依頼", "返金を求められた", "返金を依頼された"),
        *_came("返金依頼", "返金請求", "返金の依頼"),
    ),
    ("dispute_opened", None): ("異議", "異議申し立て", "異議申立て", "異議申立", *_came("異議", "異議申し立て")),
    ("dispute_opened", "me"): ("異議申し立てした", "異議を申し立てた", "異議を申し立てました", "異議申立てした"),
    ("answered", "me"): tuple(
        noun + end for noun in ("返事", "返信", "返答", "回答") for end in (*_ACT, "済", "済み", "ずみ", "を送った")
    ),
    ("waiting", "me"): tuple(
        f"{who}の番" for who in ("私", "わたし", "自分", "こちら", "僕", "ぼく", "俺", "当方", "うち")
    ),
    ("waiting", "client"): (
        *(f"{who}の番" for who in ("相手", "依頼主", "クライアント", "先方", "あちら")),
        *("相手待ち", "返事待ち", "連絡待ち", "返信待ち", "依頼主待ち", "クライアント待ち"),
    ),
    ("cancelled", None): (*_was("キャンセル"), "キャンセル成立", "キャンセルになった", "案件中止"),
    ("cancelled", "me"): ("キャンセルした", "キャンセルしました"),
    ("payment_confirmed", None): (
        *_was("支払い確定", "支払確定", "報酬確定"),
        *("支払いが確定", "支払いが確定した", "支払いが確定しました", "支払い確定した", "支払い確定しました"),
    ),
    ("payout_fixed", None): ("振込額確定", "振込報酬額確定", "振込報酬額の確定", "振込確定", "報酬額確定"),
    ("payment_received", None): (
        *_was("入金"),
        *_came("入金", "振込", "振り込み"),
        *("着金", "着金した", "振り込まれた", "振り込まれました", "入金確認", "振込済み", "振込ずみ"),
    ),
    ("expiry_notice", None): ("取引期限", "取引期限の知らせ", "取引期限のお知らせ", "取引期限の通知", "期限の知らせ"),
    ("closed", None): (
        *("終了", "終わり", "終わった", "終わりました", "終了した", "終了しました", "クローズ"),
        *_each(("案件", "取引", "契約"), ("終了", "が終了", "終わり", "が終わった")),
    ),
    ("fixed_price", None): ("固定報酬", "固定報酬制", "固定"),
    ("hourly", None): ("時間報酬", "時間報酬制", "時間制", "時給"),
    ("monthly", None): ("月額報酬", "月額", "月額制", "月額固定"),
    ("task", None): ("タスク", "タスク方式"),
    ("contest", None): ("コンペ", "コンペ方式", "コンペティション"),
    ("package", None): ("パッケージ", "パッケージ方式"),
}  # fmt: skip


def _plain(text: str) -> str:
    return re.sub(r"[ _-]", "", fold(text)).casefold()


def _every() -> Iterator[tuple[str, Named]]:
    for kind in FACTS:
        yield kind, Named(kind)
    for (kind, by), names in _JAPANESE.items():
        for name in names:
            yield name, Named(kind, by)


#: Every name with what it means.
NAMES: Mapping[str, Named] = dict(_every())


# Made when first asked for: commands that need no names shall not wait for them.
@cache
def _meant() -> Mapping[str, Named]:
    return {_plain(name): named for name, named in NAMES.items()}


@cache
def _any_name() -> str:
    """A pattern for every name, the longest first, with what must follow one: its end, a blank, a digit, or a plan."""
    names = sorted(map(fold, NAMES), key=len, reverse=True)
    either = "|".join("[ _-]?".join(map(re.escape, name.split("_"))) for name in names)
    return rf"(?:{either})(?=$|[\s\d(,、:;。]|計画\s?\d)"


@cache
def _at_the_front() -> re.Pattern[str]:
    return re.compile(_any_name(), re.IGNORECASE)


@cache
def _close_behind() -> re.Pattern[str]:
    return re.compile(rf"((?:\w+/)?\d+)(?={_any_name()})", re.IGNORECASE)


def fact_called(name: str) -> Named | None:
    """The fact that this name means; None if it means none. Width, case, blanks, `_` and `-` do not matter."""
    return _meant().get(_plain(name))


def fact_in_front(folded: str) -> tuple[Named, str] | None:
    """Given a folded text, the fact that it begins with, and the rest; None if it begins with none."""
    found = _at_the_front().match(folded)
    named = fact_called(found[0]) if found else None
    return (named, folded[found.end() :].strip()) if found and named else None


def is_statement(words: str) -> bool:
    """True if folded words look like "PROJECT FACT", and not like any other subject that begins with our name."""
    _, _, behind = parted(words).partition(" ")
    return fact_in_front(behind.strip()) is not None


def parted(folded: str) -> str:
    """The same text with a blank between a project's number and the fact that is written close behind it."""
    return _close_behind().sub(r"\1 ", folded, count=1) if _close_behind().match(folded) else folded
