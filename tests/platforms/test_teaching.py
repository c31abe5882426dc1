"""A rule proposed from one mail: what varies is a hole, what is fixed stays; and the file it is written to."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxwatch.mail.charset import fold
from inboxwatch.platforms import places, taught
from inboxwatch.platforms.load import load_profiles
from inboxwatch.platforms.pattern import PatternError
from inboxwatch.platforms.prepared import Platform
from inboxwatch.platforms.taught import CannotExtend, extended, rule_of, without
from inboxwatch.platforms.teaching import Names, TooGeneral, checked_pattern, propose, secret_words, unknown_name
from tests.platforms.sample import SHIPPED, a_mail

(LANCERS,) = (one for one in SHIPPED.platforms if one.profile.platform == "lancers")
NAMES = Names(("商品紹介記事", "記事5本の執筆", "お知らせ配信の文面"), ("山田商店", "青空"), ("5545030",))
FILE = Path("/nowhere/lancers.yaml")
TODAY, SENT = date(2026, 11, 23), date(2026, 11, 20)


@pytest.mark.parametrize(
    ("subject", "rule"),
    [
        (
            "[ランサーズ] 山田商店 さんが 商品紹介記事 を承認しました",
            "[ランサーズ] {client} さんが {title} を承認しました",
        ),
        ("検収が完了しました：記事5本の執筆", "検収が完了しました:{title}"),
        ("検収完了のお知らせ", "検収完了のお知らせ"),
        ("はじめての人さんから仕事の相談が届きました", "{client}さんから仕事の相談が届きました"),
        ("プロジェクト5545030の報酬が確定", "プロジェクト{*}の報酬が確定"),
        ("報酬12,345円が2026年11月20日(金) 18:30に確定", "報酬{*}円が{*} {*}に確定"),
        ("11月20日の作業報告の締め切り", "{*}の作業報告の締め切り"),
        ("商品紹介記事5件の支払い方法", "{title}件の支払い方法"),
        ("検収 {完了}", "検収 {{完了}}"),
        ("青空の下の検収作業について", "青空の下の検収作業について"),  # no name here: nothing stands around it
        ("Ｆｗｄ: 検収作業の完了", "検収作業の完了"),
    ],
)
def test_known_names_and_numbers_become_holes(subject: str, rule: str) -> None:
    assert propose(subject, LANCERS, NAMES) == rule


@pytest.mark.parametrize(
    ("subject", "others", "rule"),
    [
        ("「新しい本」の検収が完了しました", ["「古い本」の検収が完了しました"], "「{title}」の検収が完了しました"),
        ("検収作業が甲商会で終わり", ["検収作業が乙工房で終わり"], "検収作業が{*}で終わり"),
        ("検収作業の完了", ["検収作業の完了"], "検収作業の完了"),
        ("検収作業の完了", ["まったく別のもの"], "検収作業の完了"),
        ("甲商会の検収作業が終わり", ["乙工房の検収作業が終わり"], "{*}の検収作業が終わり"),
        # Words that decide about money are never taken for what merely varies.
        ("検収結果「承認」のご報告", ["検収結果「却下」のご報告"], "検収結果「承認」のご報告"),
        ("検収作業のキャンセル手続き", ["検収作業のやりなおし手続き"], "検収作業のキャンセル手続き"),
        ("Your review was accepted", ["Your review was rejected"], "Your review was accepted"),
    ],
)
def test_what_differs_between_mails_of_a_template_becomes_a_hole(subject: str, others: list[str], rule: str) -> None:
    assert propose(subject, LANCERS, Names(), others) == rule


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "5",
        "お知らせ",
        "【重要】お知らせ",
        "商品紹介記事",
        "商品紹介記事のお知らせ",
        "山田商店さんから",
        "Re: 5545030",
    ],
)
def test_a_subject_without_words_of_its_own_makes_no_rule(subject: str) -> None:
    with pytest.raises(TooGeneral):
        propose(subject, LANCERS, NAMES)


def test_a_secret_is_known_by_its_words_and_never_by_the_code_in_it() -> None:
    assert secret_words("二段階認証番号 4821-AB を送ります", LANCERS, NAMES) == {
        "has": ["二段階認証番号", "を送ります"]
    }
    assert secret_words("Your sign-in code is KXQZPW", LANCERS, NAMES) == {"has": ["Your sign-in code is"]}
    with pytest.raises(TooGeneral):
        secret_words("KXQZPW 4821", LANCERS, NAMES)


def test_quotation_marks_that_nothing_explains_are_pointed_out() -> None:
    assert unknown_name("「新しい本」の検収", "「新しい本」の検収") == "「{title}」の検収"
    assert unknown_name("「完了報告」の検収", "「完了報告」の検収") is None
    assert unknown_name("検収", "検収") is None


@pytest.mark.parametrize("given_pattern", ["{*}", "{client}{*}", "{nobody}の検収", "別の件名", "{*}、{*}"])
def test_a_pattern_of_her_own_must_fit_the_mail_and_have_words(given_pattern: str) -> None:
    with pytest.raises(PatternError):
        checked_pattern(given_pattern, "山田、検収", LANCERS)


def test_a_pattern_of_her_own_may_be_wide() -> None:
    assert checked_pattern("{*}検収", "山田、検収", LANCERS) == "{*}検収"


# -- whatever the subject


def _with_rule(subject: str, rule: str | dict[str, list[str]], event: str) -> Platform:
    key, written = rule_of(rule, event, None, None, TODAY, SENT)
    text = extended(None, "lancers", key, written, f"{SENT}: {subject}")
    return load_profiles([], None, lambda name: True, instead={FILE: text}).platforms[0]


_SIGNS = st.sampled_from(
    [*"検収完了しました「」【】{}[]:：'\"#|\\-!&*%@`? \u3000\u2028\ufeffãあアｱ㈱5９１Az", "さんから", "山田商店"]
)
_SUBJECTS = st.one_of(st.lists(_SIGNS, max_size=25).map("".join), st.text(max_size=40))


@settings(max_examples=60, deadline=None)
@given(_SUBJECTS, st.lists(_SUBJECTS, max_size=3))
def test_a_proposed_rule_fits_its_own_mail_and_is_accepted(subject: str, others: list[str]) -> None:
    mail = a_mail(subject)
    try:
        rule = propose(subject, LANCERS, NAMES, others)
    except TooGeneral:
        return
    platform = _with_rule(subject, rule, "accepted")
    (own,) = (one for one in platform.attested if one.name == "lancers+own/1")
    assert own.rule.subject == rule
    assert own.match(platform.subject(fold(subject)), mail.sender) is not None
    assert platform.attested[0] is own


@settings(max_examples=60, deadline=None)
@given(_SUBJECTS)
def test_a_proposed_secret_fits_its_own_mail_and_is_accepted(subject: str) -> None:
    try:
        words = secret_words(subject, LANCERS, NAMES)
    except TooGeneral:
        return
    platform = _with_rule(subject, words, "secret")
    (own,) = (one for one in platform.secrets if one.name == "lancers+own/secret/1")
    assert own.subject.match(platform.subject(fold(subject)).core) is not None


# -- the file


RULE = {"event": "accepted", "subject": "検収{*}", "grade": "attested"}


def test_what_stands_in_the_file_stays_byte_for_byte() -> None:
    before = (
        "# mine\r\nplatform: lancers\r\nmails:\r\n  # one\r\n  - event: noise   # why\r\n    subject: 甲\r\n"
        "\r\nsecret:\r\n- subject: 乙   # the last one"
    )
    after = extended(before, "lancers", "mails", RULE, "2026-11-20: 検収")
    added = '  # 2026-11-20: 検収\r\n  - event: accepted\r\n    subject: "検収{*}"\r\n    grade: attested\r\n'
    assert after.replace(added, "", 1) == before
    again = extended(after, "lancers", "secret", {"subject": {"has": ["丙"]}}, "2026-11-20")
    assert again.startswith(after + "\r\n# 2026-11-20\r\n- subject:")


@pytest.mark.parametrize(
    "text",
    [
        "platform: lancers\nmails: [{event: noise, subject: 甲}]\n",
        "platform: other\n",
        "mails:\n  - event: noise\n",
        "- a list\n",
        "platform: lancers\nmails: {\n",
        "platform: lancers\nmails: nothing\n",
    ],
)
def test_a_file_that_cannot_be_extended_is_left_alone(text: str) -> None:
    with pytest.raises(CannotExtend):
        extended(text, "lancers", "mails", RULE, "x")


@pytest.mark.parametrize(
    "text",
    [
        "platform: lancers\nmails:\n",
        "platform: lancers\nmails:",
        "platform: lancers\nmails: []\n",
        "platform: lancers\r\nmails: ~\r\n  # her own\r\nsecret: null\r\n",
        "platform: lancers\nsecret: [] # none\nmails: null # none\n",
    ],
)
def test_what_is_left_of_an_emptied_list_takes_a_rule_again(text: str) -> None:
    once = extended(text, "lancers", "mails", RULE, "2026-11-20: 一")
    found = extended(once, "lancers", "secret", {"subject": {"has": ["番号"]}}, "2026-11-20")
    assert places.read(found).data == {
        "platform": "lancers",
        "mails": [RULE],
        "secret": [{"subject": {"has": ["番号"]}}],
    }
    assert [line for line in text.splitlines() if "#" in line and line.split("#")[1] not in found] == []


def test_a_rule_is_taken_out_with_its_remark_and_nothing_else() -> None:
    one, two = ({**RULE, "subject": name} for name in ("検収作業", "納品作業"))
    first = extended(None, "lancers", "mails", one, "2026-11-20: 一 # 二").replace("mails:", "mails:\n  # my own words")
    both = extended(first, "lancers", "mails", two, "2026-11-21: 三")
    assert without(both, "mails", 1) == first
    left = without(both, "mails", 0)
    assert "# my own words" in left and "2026-11-21: 三" in left
    assert "2026-11-20" not in left
    assert places.read(without(left, "mails", 0)).data == {"platform": "lancers", "mails": None}


@pytest.mark.parametrize("text", ["platform: lancers\nmails: [{event: noise, subject: 甲}]\n", "- a", "mails: {\n", ""])
def test_a_rule_that_has_no_lines_of_its_own_is_left_where_it_is(text: str) -> None:
    with pytest.raises(CannotExtend):
        without(text, "mails", 0)


def test_a_remark_cannot_become_a_rule() -> None:
    after = extended(None, "lancers", "mails", RULE, "x\nmails: []\u2028- event: noise\x85y")
    assert [line for line in after.splitlines() if line.startswith("mails:")] == ["mails:"]


def test_the_last_rule_that_was_taught_is_asked_first_and_renames_none() -> None:
    text = extended(None, "lancers", "mails", {"event": "noise", "subject": "検収作業", "grade": "attested"}, "1")
    text = extended(text, "lancers", "mails", {"event": "accepted", "subject": "検収作業", "grade": "attested"}, "2")
    platform = load_profiles([], None, lambda name: True, instead={FILE: text}).platforms[0]
    own = [(rule.name, rule.rule.event) for rule in platform.attested if "+own" in rule.name]
    assert own == [("lancers+own/2", "accepted"), ("lancers+own/1", "noise")]
    shipped = [secret.name for secret in platform.secrets]
    assert shipped == [secret.name for secret in LANCERS.secrets]


def test_a_file_is_replaced_as_a_whole_and_for_her_alone(tmp_path: Path) -> None:
    path = tmp_path / "profiles" / "lancers.yaml"
    before = taught.stamp(path.parent)
    taught.replace_text(path, "a\r\n")
    first = taught.stamp(path.parent)
    taught.replace_text(path, "bb\r\n")
    assert len({before, first, taught.stamp(path.parent)}) == 3
    assert taught.read_text(path) == "bb\r\n"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [one.name for one in path.parent.iterdir()] == ["lancers.yaml"]
