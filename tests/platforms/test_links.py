"""Which project the links of a mail name."""

from __future__ import annotations

import pytest

from inboxwatch.platforms.links import link_pattern, projects_in
from inboxwatch.platforms.pattern import PatternError
from tests.platforms.sample import SHIPPED

PATTERNS = SHIPPED.platforms[[platform.profile.platform for platform in SHIPPED.platforms].index("lancers")].links


@pytest.mark.parametrize(
    "link",
    [
        "https://www.lancers.jp/work/detail/5545030",
        "http://www.lancers.jp/work/detail/5545030/",
        "https://lancers.jp/work/detail/5545030?ref=x&workId=9#top",
        "https://WWW.LANCERS.JP/work/detail/5545030",
        "https://www.lancers.jp/work/monitor/5545030/new_work_mail/　",
        "https://www.lancers.jp/work/proposals/5545030/hanamura",
        "https://www.lancers.jp/mypage/message/?userId=12&workId=5545030",
        "https://www.lancers.jp/mypage/message?workId=5545030&userId=12",
        "https://www.lancers.jp/work/detail/5545030）。",
    ],
)
def test_these_links_name_the_project(link: str) -> None:
    assert projects_in([link], PATTERNS) == ("5545030",)


@pytest.mark.parametrize(
    "link",
    [
        "https://www.lancers.jp/work_offer/30214",
        "https://www.lancers.jp/work/proposal/123",
        "https://www.lancers.jp/work/detail/",
        "https://www.lancers.jp/work/detail/5545030x",
        "https://www.lancers.jp/work/detail/５５４",
        "https://info.lancers.jp/work/detail/5545030",
        "https://tips.lancers.jp/work/detail/5545030",
        "https://www.lancers.jp.example.net/work/detail/5545030",
        "https://www.lancers.jp@example.net/work/detail/5545030",
        "https://www.lancers.jp/affiliate/track?id=1&link=%2Fwork%2Fdetail%2F5545030",
        "https://www.lancers.jp/mypage/message?boardId=5545030",
        "https://www.lancers.jp/mypage/message?workId=",
        "https://www.lancers.jp/mypage/message?" + "&".join(["a=1"] * 500),
        "ftp://www.lancers.jp/work/detail/5545030",
        "https://[",
        "",
    ],
)
def test_these_links_name_no_project(link: str) -> None:
    assert projects_in([link], PATTERNS) == ()


def test_the_same_project_counts_once_and_others_are_all_there() -> None:
    links = [f"https://www.lancers.jp/work/detail/{number}" for number in (2, 1, 2)]
    assert projects_in(links, PATTERNS) == ("2", "1")


@pytest.mark.parametrize(
    "text", ["www.lancers.jp/{project}", "https://www.lancers.jp/x{project}", "https://a.example/{project}/{project}"]
)
def test_a_link_that_names_no_project_is_no_pattern(text: str) -> None:
    with pytest.raises(PatternError):
        link_pattern(text)
