"""Profiles are found, laid over each other and checked; every mistake is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from inboxwatch.platforms.classify import classify
from inboxwatch.platforms.load import ProfileError, load_profiles
from inboxwatch.platforms.prepared import Profiles
from tests.platforms.sample import KNOWN, SHIPPED, a_mail

DEADLINE = """deadlines:
  - id: reminder_request
    act: may
    alert: reminder_available
    from: {latest: [contact by client]}
    after: 168 hours
    source: https://example.org/faq
    checked: "2026-11"
"""


def everything(_platform: str) -> bool:
    return True


def load(folder: Path, text: str, name: str = "own.yaml") -> Profiles:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return load_profiles([path], None, everything)


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        load(folder, text)
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_the_shipped_profiles_are_valid() -> None:
    assert SHIPPED.by_name("lancers").name.ja == "ランサーズ"
    assert {"lancers.co.jp", "lancers.jp"} <= set(SHIPPED.domains)


def test_an_unknown_platform_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        SHIPPED.by_name("nowhere")


def test_a_platform_that_is_switched_off_is_left_out() -> None:
    profiles = load_profiles([], None, lambda platform: platform != "lancers")
    assert "lancers" not in {profile.platform for profile in profiles}
    assert profiles.of_domain("lancers.co.jp") is None


def test_sub_domains_belong_to_the_platform_and_longer_names_do_not() -> None:
    assert SHIPPED.of_domain("MAIL.lancers.jp") is SHIPPED.of_domain("lancers.co.jp")
    for foreign in ("xlancers.jp", "lancers.jp.example.net", "jp", "", "co.jp", "lancers.co"):
        assert SHIPPED.of_domain(foreign) is None, foreign


def test_rules_of_the_users_own_are_asked_first_and_named_as_such(tmp_path: Path) -> None:
    own = """platform: lancers
mails:
  - {event: notice, subject: 仕事の招待状が届きました}
  - {event: closed, subject: 取引終了}
"""
    profiles = load(tmp_path, own)
    invited = classify(a_mail("仕事の招待状が届きました"), profiles, KNOWN)
    assert (invited.event, invited.rule) == ("notice", "lancers+own/1")
    assert classify(a_mail("取引終了"), profiles, KNOWN).rule == "lancers+own/2"
    assert classify(a_mail("[ランサーズ] 振込報酬額確定のお知らせ"), profiles, KNOWN).rule == "lancers/4"


def test_what_was_taught_last_wins_and_renames_nothing(tmp_path: Path) -> None:
    extra, state = tmp_path / "extra", tmp_path / "state"
    extra.mkdir()
    state.mkdir()
    (extra / "a.yaml").write_text("platform: lancers\nmails: [{event: closed, subject: 取引終了}]\n")
    before = load_profiles([extra], state, everything)
    (state / "taught.yaml").write_text("platform: lancers\nmails: [{event: cancelled, subject: '{*}終了'}]\n")
    after = load_profiles([extra], state, everything)
    assert classify(a_mail("取引終了"), before, KNOWN).rule == "lancers+own/1"
    assert classify(a_mail("取引終了"), after, KNOWN).rule == "lancers+own/2"
    assert classify(a_mail("取引終了"), after, KNOWN).event == "cancelled"


def test_lists_grow_and_other_keys_override(tmp_path: Path) -> None:
    own = "platform: lancers\nzone: UTC\nsenders: [lancers.example]\nname: {ja: らん, en: Lan}\n"
    own += "secret: [{subject: 暗証番号}]\n"
    profile = load(tmp_path, own).by_name("lancers")
    assert profile.senders == ("lancers.example", "lancers.co.jp", "lancers.jp")
    assert (profile.zone, profile.name.en) == ("UTC", "Lan")
    assert len(profile.secret) == 1 + len(SHIPPED.by_name("lancers").secret)
    assert profile.mails == SHIPPED.by_name("lancers").mails


def test_a_deadline_with_the_same_id_is_replaced(tmp_path: Path) -> None:
    first = load(tmp_path, "platform: lancers\n" + DEADLINE).by_name("lancers").deadlines
    (tmp_path / "second.yaml").write_text(
        "platform: lancers\n" + DEADLINE.replace("168 hours", "200 hours"), encoding="utf-8"
    )
    second = load_profiles([tmp_path], None, everything).by_name("lancers").deadlines
    assert [rule.id for rule in second] == [rule.id for rule in first]
    assert next(rule for rule in second if rule.id == "reminder_request").after == "200 hours"


def test_a_platform_of_the_users_own_stands_alone(tmp_path: Path) -> None:
    own = (
        "platform: market\nname: {ja: 市場, en: Market}\nsenders: [market.example]\n"
        "project_links: ['https://market.example/orders/{project}']\nproject_ids: any\n"
        "mails: [{event: started, subject: 'Order {title} has begun'}]\n"
    )
    profiles = load(tmp_path, own)
    mail = a_mail("Order Logo has begun", "no@market.example", links=("https://market.example/orders/~01ab",))
    seen = classify(mail, profiles, KNOWN)
    assert (seen.platform, seen.rule, seen.title, seen.project) == ("market", "market/1", "Logo", "~01ab")


def test_an_empty_file_and_a_missing_state_folder_are_nothing_wrong(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("# nothing yet\n")
    assert load_profiles([tmp_path], tmp_path / "nowhere", everything).by_name("lancers")


def test_every_mistake_of_every_file_is_told_with_its_line(tmp_path: Path) -> None:
    own = """platform: lancers
sender: [lancers.example]
zone: Asia/Tokio
mails:
  - event: contract
    subject: 契約
  - event: contact
    subjekt: "{client}さん"
  - event: contact
    subject: {haz: [支払い]}
"""
    found = problems(tmp_path, own)
    assert found == [
        "own.yaml:5: mails[0].event: 'contract' is no event kind",
        "own.yaml:7: mails[1].subject: is missing",
        "own.yaml:8: mails[1].subjekt: unknown key; did you mean 'subject'?",
        "own.yaml:10: mails[2].subject.has: is missing",
        "own.yaml:10: mails[2].subject.haz: unknown key; did you mean 'has'?",
        "own.yaml:2: sender: unknown key; did you mean 'senders'?",
    ]


def test_patterns_zones_and_links_are_checked(tmp_path: Path) -> None:
    own = """platform: lancers
zone: Asia/Tokio
project_links:
  - https://www.lancers.jp/work/detail
mails:
  - event: contact
    subject: "{client}{title}のコメント"
"""
    assert problems(tmp_path, own) == [
        "own.yaml:2: zone: 'Asia/Tokio' is no time zone; write for instance Asia/Tokyo",
        "own.yaml:7: mails[0].subject: two holes side by side: nothing says where the first one ends",
        "own.yaml:4: project_links[0]: {project} stands once, as a whole path segment or as a parameter's value",
    ]


def test_a_rule_that_can_never_match_is_a_mistake(tmp_path: Path) -> None:
    own = """platform: lancers
mails:
  - {event: notice, subject: "{*}通知"}
  - {event: contact, subject: "{client}さんの通知"}
"""
    assert problems(tmp_path, own) == ["own.yaml:4: mails[1]: can never match: mails[0] always matches before it"]


def test_keys_that_stand_there_twice_are_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, "platform: lancers\nzone: UTC\nzone: Asia/Tokyo\n") == [
        "own.yaml:3: zone: stands there twice"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("platform: [", "own.yaml:2: file: no YAML"),
        ("- a\n", "own.yaml:1: file: a profile is a mapping"),
        ("zone: UTC\n", "own.yaml:1: platform: is missing"),
        ("platform: market\n", "own.yaml:1: name: is missing"),
        ("platform: lancers\nmails: 5\n", "own.yaml:2: mails: "),
        ("platform: lancers\nzone: !!python/name:os.system ''\n", "own.yaml:2: zone: the tag"),
        (
            "platform: market\nname: {ja: x, en: y}\nsenders: [lancers.jp]\n",
            "own.yaml:3: senders[0]: lancers.jp is a sender",
        ),
        ("platform: lancers\nmails: &a [*a]\n", "own.yaml:2: mails"),
        ('platform: lancers\nzone: "\x01"\n', "own.yaml:1: file: no YAML"),
    ],
)
def test_files_that_are_no_profiles_say_why(tmp_path: Path, text: str, said: str) -> None:
    assert problems(tmp_path, text)[0].startswith(said)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profiles([tmp_path / "nowhere.yaml"], None, everything)
    assert caught.value.problems == (f"{tmp_path}/nowhere.yaml:1: file: there is no such file or folder",)


def test_a_file_that_is_no_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_bytes("platform: ランサーズ".encode("cp932"))
    with pytest.raises(ProfileError, match="cannot be read as UTF-8"):
        load_profiles([tmp_path], None, everything)


@pytest.mark.timeout(10)
def test_a_file_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    bomb = "platform: lancers\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert any("too deep or too large" in problem for problem in problems(tmp_path, bomb))
