"""Two clients with the same general title: nothing is merged in silence, and nothing is lost."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta

from inboxwatch.platforms.recognition import Recognition
from inboxwatch.timeline.assign import assign
from inboxwatch.timeline.naming import title_name
from inboxwatch.timeline.reading import Reading

AT = datetime(2026, 6, 1, 1, tzinfo=UTC)


def comment(number: int, client: str, project: str | None = None) -> Reading:
    found = Recognition(
        "lancers", "contact", "a test", by="client", channel="platform", grade="attested",
        project=project, title="ブログ記事の作成", client=client,
    )  # fmt: skip
    at = AT + timedelta(days=number)
    return Reading(f"{number:016}", at, at, f"<{number}@mail.example>", found)


def test_another_clients_mail_of_the_same_title_counts_in_both_and_says_so() -> None:
    timeline = assign([comment(0, "甲商店", "7101"), comment(3, "乙商店")])
    names = ("lancers/7101", "lancers/ブログ記事の作成@乙商店")
    assert tuple(sorted(timeline.events)) == names
    shared = timeline.events["lancers/7101"][-1]
    assert shared.also == (names[1],)


def test_two_clients_without_any_id_are_two_projects() -> None:
    timeline = assign([comment(0, "甲商店"), comment(3, "乙商店"), comment(4, "甲商店")])
    assert sorted(timeline.events) == ["lancers/ブログ記事の作成", "lancers/ブログ記事の作成@乙商店"]
    assert [event.client for event in timeline.events["lancers/ブログ記事の作成"]] == ["甲商店", "乙商店", "甲商店"]
    assert [event.client for event in timeline.events["lancers/ブログ記事の作成@乙商店"]] == ["乙商店"]


def test_the_same_client_stays_in_his_project() -> None:
    timeline = assign([comment(0, "甲商店", "7101"), comment(3, "甲商店")])
    assert sorted(timeline.events) == ["lancers/7101"]


def test_a_title_cannot_put_anything_into_a_printed_command() -> None:
    for title in ("ロゴ作成;touch${IFS}PWNED;#", "$(reboot)", "`id`", "a'b\"c", "-rf", "記事（全5本）", "///", "..|.."):
        name = title_name("lancers", title)
        assert shlex.split(name) == [name]
        assert not set(name) & set(";$(){}`'\"|&<>*?!#~\\ \n"), name
        assert name not in ("lancers/", "lancers/-")


def test_titles_that_differ_only_in_signs_stay_different_projects() -> None:
    assert title_name("lancers", "ロゴ作成!") != title_name("lancers", "ロゴ作成?")
    assert title_name("lancers", "ロゴ作成") == "lancers/ロゴ作成"
    long = "記事" * 60
    assert title_name("lancers", long + "A") != title_name("lancers", long + "B")
