"""A date is a deadline only where it stands plainly beside the word."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from inboxwatch.platforms.stated import stated_instant

TOKYO = ZoneInfo("Asia/Tokyo")


def stated(text: str) -> datetime | None:
    return stated_instant("取引期限", text, TOKYO)


@pytest.mark.parametrize(
    "text",
    [
        "取引期限：2027年3月4日",
        "取引期限 2027/03/04",
        "【取引期限】\n2027年３月４日(木)",
        "取引期限は2027年3月4日（木）です",
        "2027年3月4日に取引期限を迎えます",
        "取引期限が2027-03-04に",
        "■取引期限\n　2027年3月4日",
    ],
)
def test_a_date_alone_means_the_end_of_it(text: str) -> None:
    assert stated(text) == datetime(2027, 3, 4, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["取引期限: 2027年3月4日 18:30", "取引期限：2027/3/4（木） 18時30分", "2027年3月4日18:30の取引期限"]
)
def test_a_time_beside_the_date_is_taken(text: str) -> None:
    assert stated(text) == datetime(2027, 3, 4, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "取引期限のお知らせ。本日は2027年3月4日です",
        "送信日 2027年2月4日\n\n取引期限が近づいています",
        "2027年3月4日に契約した案件の取引期限",
        "取引期限：2027年2月30日",
        "取引期限：2027年3月4日 25:00",
        "取引期限：3月4日",
        "取引期限：2027年3月4日 取引期限：2027年3月5日",
        "支払期限：2027年3月4日",
        "",
    ],
)
def test_anything_less_plain_states_nothing(text: str) -> None:
    assert stated(text) is None


def test_the_same_date_said_twice_is_one() -> None:
    assert stated("取引期限：2027年3月4日\n\n2027年3月4日の取引期限") == datetime(2027, 3, 4, 15, 0, tzinfo=UTC)
