"""The document of an evidence pack: what it says of each event, what it leaves out, and that nothing in it is alive."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from inboxwatch.facts import as_fact
from inboxwatch.mail.model import RawMail, Trust
from inboxwatch.pipeline import Pipeline, Policy
from inboxwatch.platforms.kinds import FACTS, PROJECT_EVENTS
from inboxwatch.platforms.profile import DeadlineRule
from inboxwatch.platforms.recognition import By, Grade
from inboxwatch.store.model import FolderState, Hole, WatchState
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.deadline import DeadlineState
from inboxwatch.timeline.reading import Correction, Fact
from inboxwatch.views.pack.files import files
from inboxwatch.views.pack.gather import gather
from inboxwatch.views.pack.html import tag
from inboxwatch.views.pack.model import Absent
from inboxwatch.wording.say import Language, Wording
from tests.pipeline.story import (
    CLIENT,
    DAY,
    ESCROW,
    KNOWN,
    NEW_YORK,
    PROBABLY_PAID,
    PROJECT,
    TOKYO,
    Story,
    a_mail,
    comment,
    contracted,
    jst,
    message,
    profiles,
)

FIRST = jst("2026-10-01T10:00")
NOW = FIRST + 40 * DAY
PASS = "dkim=pass header.d=lancers.co.jp; dmarc=pass header.from=lancers.co.jp"
HOSTILE = "<script>alert(1)</script>\u202e=HYPERLINK(\x07&amp;\u2066'\"><img src=x onerror=alert(2)>"


class Packed:
    """A pack's files, its document as a tree and its JSON."""

    def __init__(self, pipeline: Pipeline, language: Language, zone: ZoneInfo, project: str, now: datetime) -> None:
        row = next(row for row in pipeline.store.projects() if row.name == project)
        with pipeline.store.snapshot():
            self.pack = gather(pipeline, row, now, language)
            self.files = dict(files(self.pack, pipeline.store.raw, Wording(language, zone)))
        self.html = self.files["timeline.html"].decode()
        self.tree = LexborHTMLParser(self.html)
        self.json: dict[str, Any] = json.loads(self.files["timeline.json"])

    @property
    def rows(self) -> list[LexborNode]:
        return self.tree.css(".timeline tbody > tr")

    def row(self, number: int) -> str:
        return self.rows[number - 1].text(separator=" ")

    def section(self, heading: str) -> str:
        """The text of the section under this heading, the heading included; empty if there is none."""
        found = [one for one in self.tree.css("section") if heading in one.css_first("h2").text()]
        return found[0].text(separator=" ") if found else ""

    @property
    def text(self) -> str:
        body = self.tree.body
        assert body is not None
        return body.text(separator=" ")

    @property
    def mails(self) -> dict[str, bytes]:
        return {name: content for name, content in self.files.items() if name.startswith("mails/")}


def packed(
    story: Story | Pipeline,
    *,
    language: Language = "ja",
    zone: ZoneInfo = TOKYO,
    project: str = PROJECT,
    now: datetime = NOW,
) -> Packed:
    return Packed(story if isinstance(story, Pipeline) else kept(story, now), language, zone, project, now)


def kept(story: Story, now: datetime = NOW) -> Pipeline:
    """The story in a store, the mails with their bytes (a replay keeps none)."""
    pipeline = Pipeline(Store.in_memory(), profiles(), story.policy, story.wording)
    pipeline.take(story.mails, now, history=True)
    for at, stated in story.notes:
        pipeline.record(as_fact(stated, at, TOKYO, pipeline.store.projects(), {"lancers"}), at)
    return pipeline


def a_story() -> Story:
    """Escrow by a probable mail, contact by attested ones, one of them verified, facts by hand, one withdrawn."""
    return (
        Story()
        .mail(ESCROW, FIRST)
        .mail(comment(), FIRST + DAY, verdict=PASS)
        .mail(comment(), FIRST + 2 * DAY)
        .note("delivered", FIRST + 3 * DAY, note="4本を送った")
        .note("completion_reported", FIRST + 4 * DAY)
        .note("reminder_filed", FIRST + 20 * DAY)
    )


def test_every_event_stands_there_once_oldest_first_with_what_it_rests_on() -> None:
    found = packed(a_story())
    assert [row.css_first("td").text() for row in found.rows] == ["1", "2", "3", "4", "5", "6"]
    kinds = [row.css_first("strong").text() for row in found.rows]
    assert kinds == [
        *("仮払い", "連絡（依頼主、サイト上）", "連絡（依頼主、サイト上）"),
        *("納品（本人）", "完了報告（本人）", "連絡催促申請（本人）"),
    ]
    assert [event["kind"] for event in found.json["events"]] == [
        *("escrow_funded", "contact", "contact", "delivered", "completion_reported", "reminder_filed"),
    ]


def test_a_mail_is_shown_with_its_claims_its_arrival_its_reading_and_its_file() -> None:
    found = packed(a_story())
    (mail,) = [mail for mail in found.json["mails"] if mail["trust"] == "verified"]
    row = found.row(2)
    for words in (
        "2026年10月2日(金) 10:00:00 +09:00",
        "Fri, 02 Oct 2026 10:00:00 +0900",
        comment(),
        "ランサーズ事務局 <noreply@lancers.co.jp>",
        "実例あり、規則 lancers/2",
        "確認ずみ",
        PASS,
        mail["message_id"],
        mail["file"],
    ):
        assert words in row, words
    assert "未確認" in found.row(3)
    assert mail["message_id"].startswith("<")
    assert mail["file"] == f"mails/002-{mail['key']}.eml"
    links = [link.attributes["href"] for link in found.rows[1].css("a")]
    assert links == [mail["file"]]


def test_a_fact_is_called_her_own_statement_and_says_when_it_was_recorded() -> None:
    found = packed(a_story())
    row = found.row(4)
    assert "自己申告" in row
    assert "4本を送った" in row
    assert "fact-1" in row
    assert "Message-ID" not in row
    event = found.json["events"][3]
    assert (event["rests_on"], event["mail"], event["file"], event["grade"]) == ("statement", None, None, "by_hand")
    assert event["recorded_at"] == "2026-10-04T10:00:00+09:00"


def test_nobody_is_named_as_the_author_of_a_fact_who_was_not_stated_to_be() -> None:
    found = packed(contracted(FIRST).note("reminder_filed", FIRST + DAY, by="client"))
    assert found.rows[0].css_first("strong").text() == "仮払い"
    assert found.json["events"][0]["by"] is None
    assert found.rows[1].css_first("strong").text() == "連絡催促申請（依頼主）"


def test_probable_and_unverified_mails_are_listed_as_doubtful() -> None:
    doubts = packed(a_story()).section("示すこと、示さないこと")
    assert "No. 1：推定です" in doubts
    assert "No. 1, 3：メールの差出人が、技術的には確認されていません" in doubts
    assert "差出人確認ずみ 1件、差出人未確認 2件" in doubts
    assert "3件は、本人が記録した自己申告です" in doubts


def test_how_it_stands_is_told_in_facts_and_without_advice() -> None:
    found = packed(a_story())
    standing = found.section("現在の状況")
    assert "「確認待ち」です" in standing
    assert "最後の連絡は 2026年10月3日(土) 10:00:00 +09:00（サイト上、No. 3）" in standing
    assert "2026年10月1日(木) 10:00:00 +09:00（No. 1、推定）" in standing
    assert "現在：完了報告の記録あり" in standing
    assert "2026年10月28日(水) 10:00:00 +09:00" in standing  # 連絡期限: filed + 168 h
    assert "https://www.lancers.jp/faq/l1035/163" in standing
    assert "2026-11に確認" in standing
    for aimed_at_her in ("inboxwatch record", "してください", "【すること】"):
        assert aimed_at_her not in found.text
    ids = [deadline["id"] for deadline in found.json["project"]["deadlines"]]
    assert "completion_before_response" not in ids
    assert "reminder_response" in ids


def test_a_withdrawn_report_is_told_as_such() -> None:
    story = contracted(FIRST).note("completion_reported", FIRST + DAY).note("revision_requested", FIRST + 2 * DAY)
    assert "現在：完了報告の記録なし" in packed(story).section("現在の状況")


def test_plans_are_told_one_by_one() -> None:
    story = Story()
    for plan in (1, 2):
        story.note("escrow_funded", FIRST, plan=plan)
    standing = packed(story.note("completion_reported", FIRST + DAY, plan=1)).section("現在の状況")
    assert "計画1：完了報告の記録あり、支払い確定の記録なし" in standing
    assert "計画2：完了報告の記録なし" in standing


def test_a_statement_that_was_withdrawn_stands_apart() -> None:
    pipeline = kept(a_story())
    wrong = pipeline.record(Fact(0, PROJECT, "closed", NOW - 9 * DAY, NOW - 8 * DAY, note="まちがい"), NOW - 8 * DAY)
    pipeline.withdraw(wrong.id, NOW - 7 * DAY)
    found = packed(pipeline)
    assert len(found.rows) == 6
    assert "まちがい" not in found.section("経過")
    apart = found.section("取り消した申告")
    for words in (wrong.key, "終了", "まちがい", "2026年11月1日(日)", "2026年11月2日(月)", "2026年11月3日(火)"):
        assert words in apart, words
    (one,) = found.json["withdrawn"]
    assert (one["id"], one["withdrawn_at"], one["uncertain"]) == (wrong.key, "2026-11-03T10:00:00+09:00", False)
    assert packed(a_story()).section("取り消した申告") == ""


def test_the_mails_are_byte_for_byte_as_received_and_their_sums_stand_in_the_document() -> None:
    raw = (
        b"Received: from a.example by b.example; Fri, 02 Oct 2026 01:00:09 +0000\nFrom: noreply@lancers.co.jp\n"
        b"Subject: " + comment().encode("cp932") + b"\nDate: Fri, 02 Oct 2026 10:00:00 +0900\r\n"
        b"Content-Type: text/plain; charset=shift_jis\n\n\xff\xfe\x00 raw \x81\nhttps://www.lancers.jp/work/detail/5545030\n"
    )
    story = Story()
    story.mails.append(RawMail(raw, FIRST + DAY))
    found = packed(story)
    ((name, content),) = found.mails.items()
    assert content == raw
    assert hashlib.sha256(raw).hexdigest() in found.section("添付したメール")
    assert found.json["mails"][0]["bytes"] == len(raw)
    assert comment() in found.row(1)
    assert found.json["mails"][0]["message_id"] is None
    assert name in found.row(1)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_nothing_of_a_hostile_mail_or_note_is_alive(language: Language) -> None:
    story = (
        Story()
        .mail(ESCROW, FIRST)
        .mail(comment(client="青空", title="記事" + HOSTILE.replace("\x07", "")), FIRST + DAY)
        .note("delivered", FIRST + 2 * DAY, note=HOSTILE)
    )
    pipeline = kept(story)
    pipeline.record(Fact(0, PROJECT, "delivered", FIRST + 3 * DAY, NOW, part=HOSTILE), NOW)
    found = packed(pipeline, language=language)
    assert found.tree.css("script, img, iframe, object, link, base, form") == []
    named = {name for node in found.tree.css("*") for name in node.attributes}
    assert named <= {"lang", "charset", "http-equiv", "content", "name", "scope", "class", "href"}
    hrefs = {str(node.attributes["href"]) for node in found.tree.css("[href]")}
    assert hrefs == set(found.mails)
    assert "alert(1)" in found.row(2)
    assert "alert(1)" in found.row(3)
    for whole in (found.html, found.files["timeline.json"].decode()):
        assert not set(whole) & set("\u202e\u2066\x07")
    assert "url(" not in found.html
    assert 'http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;;' in found.html


def test_text_is_escaped_wherever_it_stands() -> None:
    assert tag("p", "<b>\u202e", [tag("i", "&"), None], title='"') == '<p title="&quot;">&lt;b&gt;<i>&amp;</i></p>'


def test_a_forged_mail_is_no_event_and_not_enclosed() -> None:
    forged = a_story().mail(
        "連絡期限経過による支払い確定及びプロジェクト完了通知", FIRST + 30 * DAY, verdict="dmarc=fail"
    )
    found = packed(forged)
    assert len(found.rows) == 6
    assert len(found.mails) == 3
    assert "支払い確定及び" not in found.html
    assert all(mail["trust"] != "forged" for mail in found.json["mails"])


def test_a_mail_that_may_be_of_another_project_is_marked_and_the_other_is_not_named() -> None:
    story = (
        a_story()
        .mail(comment(title="秘密の仕事"), FIRST + DAY, project="777")
        .mail(message(), FIRST + 5 * DAY, project=None)
    )
    found = packed(story)
    row = found.row(6)
    assert message() in row
    assert "ほかの取引の可能性あり" in row
    assert "No. 6：本人のほかの取引のことである可能性があります" in found.text
    assert found.json["events"][5]["may_concern_other_projects"] == 1
    everything = b"".join(found.files.values()).decode()
    assert "777" not in "".join(found.json["project"].get("aliases", []))
    assert "lancers/777" not in everything
    assert "秘密の仕事" not in everything


def test_a_mail_that_names_another_client_is_counted_and_not_shown() -> None:
    other = "別の依頼主株式会社"
    story = Story().mail(ESCROW, FIRST).mail(comment(), FIRST + DAY)
    found = packed(story.mail(comment(client=other), FIRST + 2 * DAY, project=None))
    assert "添付なし：ほかの依頼主の名前が書かれているため" in found.row(3)
    assert [mail["absent"] for mail in found.json["mails"]] == [None, None, "withheld"]
    assert len(found.mails) == 2
    assert other not in b"".join(found.files.values()).decode()
    assert found.json["project"]["client"] == CLIENT


def test_her_own_mail_that_states_a_fact_is_enclosed_with_it() -> None:
    own = a_mail("inboxwatch 5545030 納品", FIRST + 6 * DAY, sender="me@example.com", project=None)
    pipeline = kept(a_story())
    pipeline.take([replace(own, in_sent=True)], NOW)
    pack = packed(pipeline)
    (row,) = [text for number in range(1, 8) if "自分あてに送ったメールによる" in (text := pack.row(number))]
    assert "inboxwatch 5545030 納品" in row
    assert own.raw in pack.mails.values()
    assert "そのうち1件は、本人が自分あてのメールに書いたもの" in pack.text
    assert pack.json["events"][5]["rests_on"] == "statement"
    assert pack.json["mails"][-1]["own"] is True


def test_a_mail_whose_bytes_are_gone_is_said_to_be() -> None:
    pipeline = kept(a_story())
    pipeline.store._do("DELETE FROM raw WHERE mail = (SELECT min(id) FROM mail)")
    found = packed(pipeline)
    assert "添付なし：本文が保存されていないため" in found.row(1)
    assert "No. 1：メールの本文が保存されていないため" in found.text
    assert len(found.mails) == 2


def test_what_she_has_corrected_is_called_her_correction() -> None:
    pipeline = kept(a_story())
    identity = pipeline.store.stored_mails()[2].identity
    pipeline.store.correct(identity, Correction(PROJECT), NOW)
    pipeline.derive(NOW)
    found = packed(pipeline)
    assert "本人がこの取引と指定" in found.row(3)
    assert "No. 3：この取引のことだと、本人が指定しました" in found.text
    assert found.json["events"][2]["assigned_by_hand"] is True


# -- how far was read


def _watched(read_up_to: datetime | None, *, blind: datetime | None = None) -> Pipeline:
    pipeline = kept(a_story())
    store = pipeline.store
    store.save_folder(FolderState("me@example.com", "INBOX", 1, 9, read_up_to))
    store.save_watch(WatchState("me@example.com", NOW, blind, "host secret.example refused me@example.com"))
    return pipeline


def test_silence_is_told_only_as_far_as_mail_was_read() -> None:
    imported = packed(a_story())
    assert "取りこんだメールと記録の中に、その後の依頼主からの連絡はありません" in imported.text
    assert imported.json["project"]["silence"] is None
    read = packed(_watched(FIRST + 12 * DAY))
    assert (
        "その後 2026年10月13日(火) 10:00:00 +09:00 までの 10日と0時間、依頼主からの連絡を示すメールも記録もありません"
        in read.text
    )
    assert read.json["project"]["silence"] == 10 * 86400
    unread = packed(_watched(None))
    assert "その後に連絡がなかったとは言えません" in unread.text
    assert unread.json["read"]["read_up_to"] is None


def test_holes_and_blindness_are_told_without_what_the_mailbox_is_called() -> None:
    pipeline = _watched(FIRST + 12 * DAY, blind=FIRST + 12 * DAY)
    pipeline.store.add_hole(Hole("me@example.com", "INBOX", FIRST + 4 * DAY, FIRST + 5 * DAY, 2))
    pipeline.store.add_hole(Hole("me@example.com", "INBOX", FIRST - 9 * DAY, FIRST - 8 * DAY, 7))
    found = packed(pipeline)
    assert "2026年10月5日(月) 10:00:00 +09:00 から 2026年10月6日(火) 10:00:00 +09:00 までの間に" in found.text
    assert "メールが2通あります" in found.text
    assert "7通" not in found.text
    assert "この間に、読む前に消えたメールがあります" in found.section("現在の状況")
    assert "2026年10月13日(火) 10:00:00 +09:00 からメールを読めなくなっています" in found.text
    for name, content in found.files.items():
        if not name.startswith("mails/"):
            assert b"secret.example" not in content
            assert b"me@example.com" not in content


# -- time, languages, sameness


def test_a_year_s_end_and_the_clock_s_change_are_shown_with_their_offsets() -> None:
    story = Story().mail(ESCROW, jst("2026-11-01T14:30")).mail(comment(), jst("2026-11-01T15:30"))
    story.mail(comment(), jst("2027-01-01T00:00:00"))
    now = jst("2027-01-02T00:00")
    new_york = packed(story, zone=NEW_YORK, language="en", now=now)
    for number, words in enumerate(("Sun 2026-11-01 01:30:00 -04:00", "Sun 2026-11-01 01:30:00 -05:00"), 1):
        assert words in new_york.row(number)
    assert "Thu 2026-12-31 10:00:00 -05:00" in new_york.row(3)
    assert new_york.json["events"][2]["at"] == "2026-12-31T10:00:00-05:00"
    assert "2027年1月1日(金) 00:00:00 +09:00" in packed(story, now=now).row(3)


def test_a_date_that_cannot_be_is_shown_and_the_arrival_is_taken() -> None:
    story = Story()
    raw = a_mail(comment(), FIRST - timedelta(days=400)).raw
    story.mails.append(RawMail(raw, FIRST.astimezone(UTC)))
    found = packed(story)
    assert "Wed, 27 Aug 2025 10:00:00 +0900" in found.row(1)
    assert "メールの受信日時より" in found.row(1)
    assert "2026年10月1日(木) 10:00:00 +09:00（メールボックスによる）" in found.row(1)


def test_the_same_state_and_instant_give_the_same_bytes() -> None:
    pipeline = kept(a_story())
    assert packed(pipeline).files == packed(pipeline).files


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_sentence_is_filled_in(language: Language) -> None:
    pipeline = _watched(NOW - DAY, blind=NOW - DAY)
    pipeline.record(Fact(0, PROJECT, "expiry_notice", NOW - DAY, NOW, due_at=NOW + DAY, plan=2, part="4/5"), NOW)
    found = packed(pipeline, language=language)
    for pattern in found.tree.css(".rules"):  # the form of a subject has named holes
        pattern.decompose()
    assert not any(sign in found.text for sign in "{}")
    assert "None" not in found.text
    assert found.tree.css_first("html").attributes["lang"] == language
    readme = found.files["README.txt"].decode()
    assert "sha256sum -c SHA256SUMS" in readme
    assert "Get-FileHash" in readme
    assert "certutil" in readme
    assert "確かめ方" in readme
    assert "HOW TO CHECK" in readme


def test_a_project_known_from_contact_alone_is_called_that() -> None:
    found = packed(Story().mail(comment(), FIRST))
    assert "連絡だけから知られている取引です" in found.section("現在の状況")
    assert "メールにも記録にもありません" in found.section("現在の状況")


def test_a_project_of_statements_alone_encloses_nothing() -> None:
    found = packed(contracted(FIRST))
    assert found.mails == {}
    assert "添付したメールはありません" in found.text
    assert found.section("読み取りに使った規則") == ""


def test_a_payment_ends_the_silence() -> None:
    story = a_story().note("payment_confirmed", FIRST + 30 * DAY)
    standing = packed(story).section("現在の状況")
    assert "「支払い確定」です" in standing
    assert "連絡はありません" not in standing


def test_a_probable_payment_is_called_probable_and_ends_nothing() -> None:
    found = packed(a_story().mail(PROBABLY_PAID, FIRST + 30 * DAY))
    assert "「確認待ち」です" in found.text
    assert "推定、規則" in found.row(7)


def test_a_project_without_a_platform_is_called_that() -> None:
    pipeline = kept(Story())
    pipeline.record(Fact(0, "direct/suzuki", "delivered", FIRST, NOW, by="me"), NOW)
    found = packed(pipeline, project="direct/suzuki")
    assert "サービスを通さない取引" in found.text
    assert found.json["project"]["deadlines"] == []


def test_a_client_s_own_mail_is_said_to_come_from_his_address() -> None:
    story = contracted(FIRST)
    story.mail("ご連絡", FIRST + DAY, sender="鈴木 <suzuki@example.org>", project=None)
    found = packed(story)
    assert "本人が登録した依頼主のアドレスからのメール" in found.row(2)
    assert "サイト上の連絡を示すメールや記録はありません" in found.text


def test_two_thousand_mails_are_packed_within_seconds() -> None:
    story = Story(policy=Policy(known=KNOWN))
    for number in range(2_000):
        story.mail(comment(), FIRST + timedelta(minutes=20 * number), message_id=f"<{number}@mail.example.net>")
    pipeline = kept(story)
    began = time.process_time()
    found = packed(pipeline)
    assert time.process_time() - began < 20
    assert len(found.mails) == len(found.rows) == 2_000
    assert "mails/2000-" in found.row(2_000)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    ("below", "values"),
    [
        ("exported.grades", get_args(Grade)),
        ("exported.trusts", get_args(Trust)),
        ("exported.by", get_args(By)),
        ("exported.deadlines.states", (*get_args(DeadlineState), "passed")),
        ("exported.deadlines.grades", get_args(DeadlineRule.model_fields["grade"].annotation)),
        ("exported.table", get_args(Absent)),
        ("event_kinds", FACTS),
        ("event_kinds", PROJECT_EVENTS),
    ],
)
def test_every_word_in_the_data_can_be_said(language: Language, below: str, values: tuple[str, ...]) -> None:
    wording = Wording(language, TOKYO)
    assert values
    assert [value for value in values if not wording.has(f"{below}.{value}")] == []
