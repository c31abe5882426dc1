"""No rule that anybody may write can keep the daemon from its other mail, whatever mail arrives."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inboxwatch.mail.model import Address, Mail
from inboxwatch.platforms import bounds
from inboxwatch.platforms.classify import Headers, classify, secret_rule, wanted
from inboxwatch.platforms.links import link_pattern, projects_in
from inboxwatch.platforms.load import ProfileError, load_profiles
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.platforms.stated import stated_instant
from tests.platforms.sample import KNOWN, a_mail

#: For what stands in a test's own folder, on a shared machine.
SECONDS = 1.6
HEAD = "platform: evil\nname: {ja: 悪例, en: Evil}\nsenders: [evil.example]\n"


def loaded(folder: Path, text: str) -> Profiles:
    (folder / "evil.yaml").write_text(HEAD + text, encoding="utf-8")
    return load_profiles([folder / "evil.yaml"], None, lambda _platform: True)


def mails(*subjects: str) -> str:
    return "mails:\n" + "".join(
        f"  - {{event: notice, grade: {'probable' if number % 2 else 'attested'}, subject: {subject}}}\n"
        for number, subject in enumerate(subjects)
    )


def with_number(number: int, text: str) -> str:
    """The text as a pattern that no other one covers."""
    return f'"{text}{number:04d}"'


#: Profiles at every bound at once, each of the kind that is worst for one way of matching.
PROFILES: dict[str, Callable[[], str]] = {
    "many holes": lambda: mails(*(with_number(n, "{*}ab" * 19 + "{*}") for n in range(850))),
    "long literals that almost fit": lambda: mails(*(with_number(n, "{*}" + "a" * 485) for n in range(200))),
    "many words": lambda: mails(
        *(f"{{has: [{', '.join(['a' * 39 + chr(98 + w % 20) for w in range(24)])}, 'x{n}']}}" for n in range(100))
    ),
    "many that it must not have": lambda: mails(
        *(
            f"{{has: [a], lacks: [{', '.join('a' * 19 + chr(98 + w % 20) + str(n) for w in range(45))}]}}"
            for n in range(90)
        )
    ),
    "many secrets": lambda: "secret:\n" + "".join(f'  - {{subject: "{"a" * 400}{n:04d}"}}\n' for n in range(200)),
    "a thousand rules": lambda: mails(*(with_number(n, "a{*}" + "a" * 80) for n in range(1_000))),
}  # fmt: skip
SUBJECTS = {
    "one letter": "a" * 1_000,
    "what folds to eighteen letters": "\ufdfa" * 1_000,
    "what almost fits": "ab" * 499 + "c",
    "quotation marks": "「" * 500 + "a" * 500,
    "prefixes": "Fwd: Re: " * 111,
}
TEXTS = {
    "2,000,000 letters": "a" * 2_000_000,
    "2,000,000 quoted senders": "From: a@evil.example\n" * 95_000,
    "2,000,000 marks": "取引期限" + "a\u0301\u0316" * 660_000,
}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_mail_is_matched_against_the_largest_profile_within_a_second(profile: str, tmp_path: Path) -> None:
    profiles = loaded(tmp_path, PROFILES[profile]())
    for subject in SUBJECTS.values():
        foreign = replace(a_mail(subject), sender=Address("x", "x@foreign.example"))
        for mail in (replace(a_mail(subject), sender=Address("x", "x@evil.example")), foreign):
            assert seconds(lambda mail=mail: everything(mail, profiles)) <= SECONDS, mail.subject[:10]


def everything(mail: Mail, profiles: Profiles) -> None:
    """Every question that is asked of a mail on its way, with all rules."""
    wanted(Headers(mail.sender, mail.subject), profiles, KNOWN)
    classify(mail, profiles, KNOWN)
    secret_rule(mail.subject, profiles)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_of_two_million_characters_is_classified_within_a_second(text: str, tmp_path: Path) -> None:
    profiles = loaded(tmp_path, 'mails: [{event: expiry_notice, subject: "期限{*}", due: 取引期限}]\n')
    mail = replace(a_mail("期限のお知らせ"), sender=Address("", "x@evil.example"), text=TEXTS[text])
    assert seconds(lambda: classify(mail, profiles, KNOWN)) <= SECONDS
    foreign = replace(mail, sender=Address("", "x@foreign.example"))
    assert seconds(lambda: classify(foreign, profiles, KNOWN)) <= SECONDS


@pytest.mark.parametrize("profile", PROFILES)
def test_the_largest_profile_is_loaded_within_seconds(profile: str, tmp_path: Path) -> None:
    text = PROFILES[profile]()
    assert seconds(lambda: loaded(tmp_path, text)) <= 6


@pytest.mark.parametrize(
    "text",
    ["取引期限" * 50_000, "取引期限 : " * 30_000, "2026年1月1日(" * 22_000, "2026年1月1日 (月) 12:" * 12_000,
     "取引期限[[[[[[[[[[[" * 14_000, "\ufdfa" * 200_000, "取引期限" + "\u0301\u0316" * 100_000],
)  # fmt: skip
def test_a_deadline_in_a_text_is_sought_in_linear_time(text: str) -> None:
    assert seconds(lambda: stated_instant("取引期限", text, ZoneInfo("Asia/Tokyo"))) <= SECONDS


def test_two_hundred_links_are_compared_with_fifty_patterns_in_no_time() -> None:
    patterns = [link_pattern(f"https://evil.example/{'a/' * 200}{{project}}/{n}") for n in range(50)]
    links = [f"https://evil.example/{'a/' * 230}{n}"[:500] for n in range(200)]
    links += ["https://[" * 50, "https://evil.example/?" + "a=b&" * 110, "http://" + "[" * 400]
    assert seconds(lambda: projects_in(links, patterns)) <= SECONDS


#: Each list holds ten times the one before: a thousand million values in a few hundred characters.
ANCHORS = "b0: &b0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


def seconds(work: Callable[[], object]) -> float:
    """Seconds of the processor that this takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


# --- what is refused when it is loaded --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (mails('"' + "a" * 501 + '"'), "evil.yaml:5: mails[0].subject: has 501 characters; a pattern has at most 500"),
        (mails('"' + "a{*}" * 21 + '"'), "evil.yaml:5: mails[0].subject: has too many holes; a pattern has at most 20"),
        (mails("{has: [" + ", ".join("ab" for _ in range(51)) + "]}"), "mails[0].subject: has 51 words; at most 50"),
        (mails("{has: [" + "|".join("ab" for _ in range(51)) + "]}"), "mails[0].subject: has 51 words; at most 50"),
        (mails("{has: [a], lacks: [" + "b" * 101 + "]}"), "mails[0].subject: has a word of more than 100 characters"),
        (mails(*(f"「{n}」" for n in range(1_001))), "evil.yaml:4: mails: holds 1001 entries; at most 1000 are read"),
        (mails(*('"' + f"{n:04d}" * 120 + '"' for n in range(220))), "all subjects together have 105600 characters"),
        (f"prefixes: ['{'a' * 41}']\n", "evil.yaml:4: prefixes[0]: has 41 characters; it may have 40"),
        (f"project_links: ['https://a.example/{'a' * 500}/{{project}}']\n", "project_links[0]: has 528 characters"),
        (f"mails: [{{event: notice, subject: a, due: {'b' * 51}}}]\n", "mails[0].due: has 51 characters; it may have"),
        ("secret:\n" + "  - {subject: a}\n" * 201, "evil.yaml:4: secret: holds 201 entries; at most 200 are read"),
        ("mails: " + "[" * 100_000, "evil.yaml:4: file: too deep or too large"),
        (ANCHORS, "too deep or too large"),
    ],
)  # fmt: skip
def test_a_profile_that_holds_too_much_is_refused_with_its_place_and_the_remedy(
    text: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ProfileError) as refused:
        loaded(tmp_path, text)
    assert any(said in problem for problem in refused.value.problems), refused.value.problems[:3]


def test_a_file_that_is_larger_than_any_profile_is_refused_and_not_read_by_half(tmp_path: Path) -> None:
    with pytest.raises(ProfileError) as refused:
        loaded(tmp_path, "# " + "a" * 2_000_000)
    assert refused.value.problems == (
        f"{tmp_path / 'evil.yaml'}:1: file: has more than 2000000 bytes; divide it, or take rules out",
    )


def test_the_shipped_profiles_are_far_within_the_bounds() -> None:
    for profile in load_profiles([], None, lambda _platform: True):
        assert len(profile.mails) < bounds._MOST["mails"] / 5
        assert not list(bounds.too_much(profile))
