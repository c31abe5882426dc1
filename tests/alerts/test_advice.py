"""Every state a Lancers project can be in has its own advice, in both languages; none falls to another's by chance."""

from __future__ import annotations

import itertools
import re
from datetime import datetime
from typing import Any

import pytest

from inboxwatch.alerts.advice import advice, chosen
from inboxwatch.alerts.doubts import doubts
from inboxwatch.timeline.deadline import deadlines
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Project, fold
from inboxwatch.wording.say import Language, Wording
from tests.pipeline.story import TOKYO, profiles
from tests.timeline.making import PROJECT, at, event

LANCERS = profiles().by_name("lancers")
LANGUAGES: tuple[Language, ...] = ("ja", "en")
DAY = 24.0


def probable(kind: str, hours: float, **more: Any) -> Event:
    return event(kind, hours, **{"grade": "probable", "mail": "<m@b.example>", "key": f"{int(hours):016x}", **more})


STARTED, FUNDED, CONTACT = event("started", 0), event("escrow_funded", 0), event("contact", 1)
REPORTED, FILED = event("completion_reported", 2), event("reminder_filed", 3)
RECEIVED, CHANGE = event("reminder_received", 3), event("change_proposed", 3)
LATE_REPORT = event("completion_reported", 3 + 7.5 * DAY)
FOUR_OF_FIVE = event("delivered", 2, part="4/5")
TWO_PLANS = [event("escrow_funded", 0, plan=1), event("escrow_funded", 0.1, plan=2), CONTACT]
ONE_REPORTED = [*TWO_PLANS, event("completion_reported", 2, plan=1)]
ONE_DELIVERED = [*TWO_PLANS, event("delivered", 2, plan=1)]
WORK = [FUNDED, CONTACT]

#: What has happened, when it is looked at (hours), the code, and words of the Japanese sentence.
TABLE: list[tuple[list[Event], float, str, str]] = [
    ([STARTED, CONTACT], 5, "awaiting_escrow", "仮払いを待っています"),
    ([STARTED, CONTACT], 9 * DAY, "awaiting_escrow", "仮払いを待っています"),
    ([CONTACT], 5, "assumed", "契約と仮払いを確認"),
    (WORK, 5, "running_unreported", "その前に完了報告を"),
    ([*WORK, FOUR_OF_FIVE], 5, "running_unreported", "納品は4/5まで"),
    (ONE_REPORTED, 5, "running_unreported", "その前に計画2の完了報告を"),
    (ONE_DELIVERED, 5, "running_unreported", "計画1は納品ずみ"),
    ([*WORK, REPORTED], 5, "running_reported", "支払い確定に進めます"),
    ([*WORK, event("waiting", 2, by="me")], 5, "turn_unreported", "あなたの番です"),
    ([*WORK, REPORTED, event("waiting", 3, by="me")], 5, "turn_reported", "あなたの番です"),
    ([*WORK, event("waiting", 2, by="me"), event("delivered", 3)], 5, "running_unreported", "完了報告を"),
    (WORK, 8 * DAY, "open_refunded", "まだ申請しないでください。先に完了報告を"),
    ([*WORK, FOUR_OF_FIVE], 8 * DAY, "open_refunded", "全額が返金"),
    (ONE_REPORTED, 8 * DAY, "open_refunded", "先に計画2の完了報告を"),
    (ONE_DELIVERED, 8 * DAY, "open_refunded", "先に納品ずみの計画1の完了報告を"),
    ([*WORK, REPORTED], 8 * DAY, "open_paid", "いま申請できます"),
    ([*WORK, REPORTED, event("completion_withdrawn", 3)], 8 * DAY, "open_refunded", "先に完了報告を"),
    ([*WORK, event("package", 2)], 8 * DAY, "open_refunded", "先に完了報告を"),
    ([*WORK, CHANGE], 5, "blocked_change_proposed", "取り下げるか成立させ"),
    ([*WORK, FOUR_OF_FIVE, CHANGE], 8 * DAY, "blocked_change_proposed", "納品は4/5まで"),
    ([*WORK, probable("change_proposed", 3)], 8 * DAY, "blocked_change_proposed_probable", "手続き中なら"),
    ([*WORK, CHANGE, event("change_settled", 4)], 5, "running_unreported", "完了報告を"),
    ([*WORK, RECEIVED], 5, "received", "催促に返事をしてください"),
    ([STARTED, CONTACT, RECEIVED], 5, "received", "催促に返事をしてください"),
    ([*WORK, RECEIVED], 9 * DAY, "received_passed", "期限"),
    ([*WORK, RECEIVED, event("answered", 4)], 5, "received_answered", "返事ずみ"),
    ([*WORK, RECEIVED, event("answered", 4)], 9 * DAY, "received_answered", "返事ずみ"),
    ([*WORK, RECEIVED, event("reminder_ended", 4)], 5, "running_unreported", "完了報告を"),
    ([*WORK, FILED], 5, "filed_refunded", "急ぎ"),
    ([*WORK, FOUR_OF_FIVE, FILED], 5, "filed_refunded", "納品は4/5まで"),
    ([*ONE_REPORTED, FILED], 5, "filed_refunded", "計画2の完了報告の記録がないまま"),
    ([*WORK, FILED], 3 + 6.8 * DAY, "filed_refunded_passed", "返金されるおそれ"),
    ([*WORK, FILED], 3 + 8 * DAY, "filed_refunded_passed", "返金されるおそれ"),
    ([*WORK, FILED], 3 + 11 * DAY, "filed_overdue_refunded", "返金のおそれ"),
    ([*WORK, FILED, LATE_REPORT], 3 + 8 * DAY, "filed_waiting_refunded", "返金のおそれ"),
    ([*WORK, REPORTED, FILED], 5, "filed_paid", "申請中"),
    ([*WORK, REPORTED, FILED], 3 + 8 * DAY, "filed_waiting_paid", "支払いに進む見込み"),
    ([*WORK, REPORTED, FILED], 3 + 11 * DAY, "filed_overdue_paid", "結果が届いていません"),
    ([STARTED, CONTACT, FILED], 5, "filed_refunded", "急ぎ"),
    # Both press on the same date: what decides over the money comes first.
    ([*WORK, FILED, probable("reminder_received", 4)], 5, "filed_refunded", "急ぎ"),
    ([*WORK, REPORTED, FILED, probable("reminder_received", 4)], 5, "received", "催促に返事を"),
    ([*WORK, FILED, event("contact", 4)], 5, "running_unreported", "完了報告を"),
    *[([*WORK, event(kind, 2)], 8 * DAY, f"stopped_{kind}", "連絡催促申請がありません") for kind in
      ("hourly", "monthly", "task", "contest")],
    ([*WORK, probable("cancel_requested", 2)], 5, "demand_cancel_requested", "キャンセルを求められている"),
    ([*WORK, probable("refund_requested", 2)], 5, "demand_refund_requested", "返金を求められている"),
    ([*WORK, probable("dispute_opened", 2)], 5, "demand_dispute_opened", "異議"),
    ([*WORK, probable("cancel_requested", 2), event("answered", 3)], 5, "running_unreported", "完了報告を"),
    ([*WORK, event("cancel_requested", 2, by="me")], 5, "running_unreported", "完了報告を"),
    ([*WORK, probable("payment_confirmed", 2)], 5, "probable_closing", "支払い確定"),
    ([*WORK, probable("cancelled", 2)], 5, "probable_closing", "キャンセル"),
    (WORK, 340 * DAY, "expiry", "取引期限は"),
    (WORK, 366 * DAY, "expiry_passed", "すぎたはずです"),
    ([REPORTED], 5, "no_start", "いつから数えるかがわかりません"),
    ([*WORK, event("payment_confirmed", 4)], 5, "paid", "支払い確定ずみ"),
    ([*WORK, event("payment_confirmed", 4, trust="unverified")], 5, "unverified_payment", "確認されていません"),
    ([*WORK, event("cancelled", 4)], 5, "cancelled", "キャンセルされました"),
    ([*WORK, event("closed", 4)], 5, "closed", "終了しました"),
]  # fmt: skip


def looked_at(events: list[Event], now: datetime) -> Project:
    return fold(PROJECT, [one for one in events if one.at <= now], delivered_awaits_approval=False)


def said(events: list[Event], hours: float, language: Language, *, dormant: bool = False) -> tuple[str, str]:
    now = at(hours)
    project = looked_at(events, now)
    found = deadlines(project, LANCERS, now)
    code, _ = chosen(project, found, now, dormant=dormant)
    return code, advice(project, found, now, Wording(language, TOKYO), dormant=dormant)


@pytest.mark.parametrize(("events", "hours", "code", "words"), TABLE, ids=[str(n) for n in range(len(TABLE))])
def test_each_state_has_its_own_advice(events: list[Event], hours: float, code: str, words: str) -> None:
    found, sentence = said(events, hours, "ja")
    assert found == code
    assert words in sentence
    assert said(events, hours, "en")[0] == code


def test_a_dormant_project_is_said_to_be_asleep_and_how_to_close_it() -> None:
    code, sentence = said(WORK, 100 * DAY, "en", dormant=True)
    assert code == "dormant"
    assert f"inboxwatch record {PROJECT} closed" in sentence


def test_without_a_profile_there_is_no_clock_and_no_promise() -> None:
    project = fold("direct/x", [event("started", 0), event("escrow_funded", 0.5), CONTACT])
    assert chosen(project, (), at(5)) == ("no_clock", None)
    filed = fold("direct/x", [event("escrow_funded", 0.5), CONTACT, FILED])
    assert chosen(filed, (), at(5)) == ("filed_plain", None)
    received = fold("direct/x", [event("escrow_funded", 0.5), CONTACT, RECEIVED])
    assert chosen(received, (), at(5)) == ("blocked_reminder_received", None)


PIECES: list[list[Event]] = [
    [STARTED],
    [FUNDED],
    [event("escrow_funded", 0, plan=1), event("escrow_funded", 0.1, plan=2)],
    [CONTACT],
    [FOUR_OF_FIVE],
    [event("delivered", 2, plan=1)],
    [REPORTED],
    [event("completion_reported", 2.5, plan=1)],
    [CHANGE],
    [probable("change_proposed", 3)],
    [RECEIVED],
    [RECEIVED, event("answered", 4)],
    [FILED],
    [probable("reminder_filed", 3, by="me")],
    [event("package", 2)],
    [event("hourly", 2)],
    [event("waiting", 4, by="me")],
    [probable("cancel_requested", 4)],
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_combination_of_three_happenings_has_a_whole_sentence(language: Language) -> None:
    for parts in itertools.chain(itertools.combinations(PIECES, 2), itertools.combinations(PIECES, 3)):
        events = [one for part in parts for one in part]
        for hours in (5, 8 * DAY, 12 * DAY, 340 * DAY, 400 * DAY):
            code, sentence = said(events, hours, language)
            assert not re.search(r"[{}]|None|datetime|\(\)|（）", sentence), (code, sentence)
            assert code != "plain"
            # What depends on a part, or on plans, names which.
            assert not re.search(r"納品は(まで|。)|: only +is|^ is delivered|of +first", sentence), (code, sentence)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_advice_tells_her_to_file_while_filing_refunds(language: Language) -> None:
    for parts in itertools.combinations(PIECES, 3):
        events = [one for part in parts for one in part]
        code, sentence = said(events, 8 * DAY, language)
        project = looked_at(events, at(8 * DAY))
        if not project.completion_reported:
            assert not sentence.startswith(("You can file now", "いま申請できます")), code
            assert code not in ("open_paid", "filed_paid", "running_reported")


def test_every_advice_in_the_files_can_be_reached_or_is_a_general_one() -> None:
    reached = {said(events, hours, "ja")[0] for events, hours, _, _ in TABLE}
    general = {"blocked", "demand", "stopped", "dormant", "no_clock", "filed_plain", "blocked_reminder_received"}
    of_other_profiles = {"open_plain", "running_plain", "filed_waiting_plain", "filed_overdue_plain"}
    of_other_profiles |= {"blocked_reminder_filed", "blocked_reminder_filed_probable"}
    of_other_profiles |= {"blocked_reminder_received_probable"}
    variants = ("_partly", "_part", "_plans")
    from tests.wording.test_wording import JA

    known = {key.removeprefix("advice.") for key in JA if key.startswith("advice.")}
    bases = {next((key.removesuffix(v) for v in variants if key.endswith(v)), key) for key in known}
    assert bases - reached - general - of_other_profiles == set()


@pytest.mark.parametrize("happened", [[], [STARTED]])
def test_of_a_client_without_a_platform_no_escrow_is_spoken_of(happened: list[Event]) -> None:
    project = fold("direct/鈴木", [*happened, event("contact", 1)])
    assert chosen(project, (), at(5)) == ("no_clock", None)
    assert doubts(project, Wording("ja", TOKYO)) == ()
