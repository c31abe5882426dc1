"""The sentences: the same in both languages, every one that can be asked for, filled in to the last brace."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib import resources
from string import Formatter
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
import yaml

from inboxwatch.alerts.check_target import ProgramFault
from inboxwatch.alerts.compose import Coverage, Gap, compose
from inboxwatch.alerts.decide import Habits, drafts
from inboxwatch.mail.model import Trust
from inboxwatch.platforms.kinds import FACTS, PROJECT_EVENTS, PROJECTLESS_EVENTS
from inboxwatch.platforms.profile import ProjectState
from inboxwatch.platforms.recognition import By, Channel, Grade
from inboxwatch.timeline.deadline import DeadlineState, deadlines
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Project, fold
from inboxwatch.wording.say import TITLE_AT_MOST, Language, Wording
from tests.pipeline.story import NEW_YORK, TOKYO, profiles
from tests.timeline.making import PROJECT, at, event

LANGUAGES: tuple[Language, ...] = ("ja", "en")
LANCERS = profiles().by_name("lancers")


def sentences(language: str) -> dict[str, str]:
    text = resources.files("inboxwatch.wording").joinpath(f"{language}.yaml").read_text(encoding="utf-8")
    return dict(_flat(yaml.safe_load(text), ""))


def _flat(found: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(found, Mapping):
        for key, inner in found.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, found


JA, EN = sentences("ja"), sentences("en")


def holes(sentence: object) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(str(sentence)) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert JA.keys() ^ EN.keys() == set()


#: "1日" needs no year in one language or the other; nothing else may differ.
@pytest.mark.parametrize("key", sorted(JA.keys() & EN.keys()))
def test_both_languages_have_the_same_holes(key: str) -> None:
    assert holes(JA[key]) == holes(EN[key])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty(language: Language) -> None:
    assert [key for key, sentence in sentences(language).items() if not str(sentence).strip()] == []


# -- every draft there can be, in both languages


def mailed(kind: str, hours: float, grade: str = "attested", **more: Any) -> Event:
    key = f"{kind.encode().hex()[:12]}{int(hours):04x}"
    return event(kind, hours, **{"grade": grade, "mail": "<m@b.example>", "trust": "unverified", "key": key, **more})


FUNDED = event("escrow_funded", 0)
LONG = {
    "title": "とても長い題名の記事作成と校正とそのほかの仕事についての案件" * 3,
    "client": "長い名前の依頼主株式会社" * 3,
}
NAMED = mailed("contact", 1, **LONG, url="https://www.lancers.jp/work/detail/5545030")
FILED = event("reminder_filed", 3)
STORIES: dict[str, list[Event]] = {
    "silence": [FUNDED, NAMED],
    "package": [FUNDED, event("package", 0.5), NAMED],
    "reported": [FUNDED, NAMED, event("completion_reported", 2)],
    "assumed": [NAMED],
    "nameless": [mailed("contact", 1)],
    "escrow only": [FUNDED],
    "direct contact": [FUNDED, NAMED, event("contact", 5, by="client", key="fact-77")],
    "change": [FUNDED, NAMED, event("change_proposed", 2)],
    "probably changed": [FUNDED, NAMED, mailed("change_proposed", 2, "probable")],
    "received and answered": [FUNDED, NAMED, mailed("reminder_received", 2, "probable"), event("answered", 3)],
    "received by record": [FUNDED, NAMED, event("reminder_received", 2)],
    "plans": [
        *(event("escrow_funded", n / 10, plan=n) for n in (1, 2, 3)),
        NAMED,
        event("completion_reported", 2, plan=1),
    ],
    "filed with plans": [
        *(event("escrow_funded", n / 10, plan=n) for n in (1, 2)),
        NAMED,
        event("completion_reported", 2, plan=1),
        FILED,
    ],
    "filed and perhaps paid": [FUNDED, NAMED, FILED, mailed("payment_confirmed", 150, "probable")],
    "hourly and replied": [FUNDED, event("hourly", 0.5), NAMED, mailed("contact", 90)],
    "received": [FUNDED, NAMED, mailed("reminder_received", 2, "probable")],
    "filed reported": [FUNDED, NAMED, event("completion_reported", 2), FILED],
    "filed unreported": [FUNDED, NAMED, FILED],
    "refiled": [FUNDED, NAMED, FILED, event("reminder_ended", 4)],
    "filed and replied": [FUNDED, NAMED, FILED, mailed("contact", 5)],
    "filed and replied elsewhere": [FUNDED, NAMED, FILED, mailed("contact", 5, "probable")],
    "paid": [FUNDED, NAMED, mailed("payment_confirmed", 5)],
    "perhaps paid": [FUNDED, NAMED, mailed("payment_confirmed", 5, "probable")],
    "cancelled": [FUNDED, NAMED, mailed("cancelled", 5)],
    "perhaps cancelled": [FUNDED, NAMED, mailed("cancelled", 5, "probable")],
    "demands": [
        FUNDED,
        *(mailed(k, 5, "probable") for k in ("cancel_requested", "refund_requested", "dispute_opened")),
    ],
    "started": [event("started", 0), NAMED],
    "stated expiry": [mailed("expiry_notice", 0, due_at=at(24 * 20))],
    "shared": [FUNDED, mailed("contact", 1, also=("lancers/2", "lancers/3"))],
}
HOURS = (0, 3, 6, 24 * 3.5, 24 * 6, 24 * 8, 24 * 12, 24 * 340, 24 * 352, 24 * 400)


class Past:
    def __init__(self, instant: datetime) -> None:
        self.at, self.muted, self.acknowledged = instant, False, False


def told_through(events: list[Event], wording: Wording) -> Iterator[Any]:
    """Every alert of a story, with repeats, as the clock goes on; holed and blind ones too."""
    told: dict[str, Past] = {}
    habits = Habits(repeat={"silence": timedelta(days=1), "reminder_available": timedelta(days=1)})
    for hours in HOURS:
        now = at(hours)
        here = fold(PROJECT, [e for e in events if e.at <= now], delivered_awaits_approval=False)
        if not here.events:
            continue
        coverage = Coverage(now, (Gap(at(0), now + timedelta(hours=1), 2),))
        for draft in drafts(here, deadlines(here, LANCERS, now), now, habits, told):
            alert = compose(draft, here, now, coverage, wording)
            yield draft, alert, here
            if draft.instant <= now:
                told.setdefault(draft.rest, Past(now))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("zone", [TOKYO, NEW_YORK])
@pytest.mark.parametrize("story", STORIES)
def test_every_alert_of_every_story_can_be_said(story: str, language: Language, zone: ZoneInfo) -> None:
    wording = Wording(language, zone)
    found = list(told_through(STORIES[story], wording))
    for draft, alert, _ in found:
        assert 0 < len(alert.title) <= TITLE_AT_MOST, alert.title
        for text in (alert.title, alert.body):
            assert not re.search(r"[{}]|None|datetime", text), text
        assert alert.key == f"{PROJECT}/{draft.rest}"
        if alert.outcome == "refunded" and alert.kind == "reminder_available":
            assert alert.title.startswith(("まだ申請しないで", "Don't file yet"))
        if language == "en" and "長い" not in alert.body:
            own = re.sub(
                r"[（(][^)）]*[)）]|「[^」]*」|パッケージ|完了報告|連絡催促申請|計画変更|取引期限|仮払い",
                "",
                # What she pastes is read by the client or by support, and is Japanese in both languages.
                re.sub(r"----------\n.*?\n----------", "", alert.body, flags=re.DOTALL),
            )
            assert not re.search(r"[ぁ-んァ-ヶ]{2}", own), own


def test_the_stories_bring_every_kind_of_alert_a_project_can_have() -> None:
    wording = Wording("ja", TOKYO)
    kinds = {alert.kind for events in STORIES.values() for _, alert, _ in told_through(events, wording)}
    assert kinds == {
        *("silence", "reminder_available", "reminder_blocked", "reminder_deadline", "result_overdue"),
        *("reminder_received", "client_replied", "payment_confirmed", "cancelled", "deadline_against", "expiry"),
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("event_kinds", [*PROJECT_EVENTS, *FACTS]),
        ("by", get_args(By)),
        ("channel", get_args(Channel)),
        ("grades", get_args(Grade)),
        ("states", get_args(ProjectState)),
        ("advice", ["paid", "cancelled", "closed"]),
        ("deadline_states", [*get_args(DeadlineState), "passed"]),
        ("trusts", get_args(Trust)),
        ("event_kinds", PROJECTLESS_EVENTS),
        (
            "suspicions",
            ["imitates_domain", "shows_name", "has_subject", "borrows_name", "no_sender", "foreign_letters"],
        ),
        (
            "suspicions",
            ["several_senders", "several_subjects", "forged"],
        ),
        ("check", get_args(ProgramFault)),
        ("deadline_ids", [rule.id for rule in LANCERS.deadlines]),
        ("terminal", ["waiting", "sent", "maybe_sent", "dead"]),
        ("alerts.against", ["cancel_requested", "refund_requested", "dispute_opened"]),
        (
            "alerts",
            ["payment_confirmed.unplaced", "cancelled.unplaced", "expiry.unplaced", "unrecognised_mail.unplaced"],
        ),
    ],
)
def test_every_word_in_the_data_has_its_word_for_people(language: Language, name: str, values: list[str]) -> None:
    wording = Wording(language, TOKYO)
    assert [value for value in values if not wording.has(f"{name}.{value}")] == []


# -- instants, spans, titles

NOON = datetime(2024, 2, 29, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "zone", "words"),
    [
        ("ja", TOKYO, "2024年2月29日(木) 12:04"),
        ("en", TOKYO, "Thu 2024-02-29 12:04"),
        ("ja", NEW_YORK, "2024年2月28日(水) 22:04 EST"),
        ("en", NEW_YORK, "Wed 2024-02-28 22:04 EST"),
    ],
)
def test_an_instant_is_said_with_its_weekday_in_her_zone(language: Language, zone: ZoneInfo, words: str) -> None:
    assert Wording(language, zone).instant(NOON) == words


@pytest.mark.parametrize(
    ("language", "zone", "at", "words"),
    [
        ("ja", TOKYO, "2026-07-20T15:00", "2026年7月20日(月) 24:00"),
        ("en", TOKYO, "2026-07-20T15:00", "Mon 2026-07-20 24:00"),
        ("en", TOKYO, "2025-12-31T15:00", "Wed 2025-12-31 24:00"),
        ("en", TOKYO, "2026-07-20T15:00:01", "Tue 2026-07-21 00:00"),
        ("en", TOKYO, "2026-07-20T14:59", "Mon 2026-07-20 23:59"),
        ("en", NEW_YORK, "2026-07-20T15:00", "Mon 2026-07-20 11:00 EDT"),
    ],
)
def test_the_end_of_a_date_is_its_24_00_where_it_is_midnight_in_her_zone(
    language: Language, zone: ZoneInfo, at: str, words: str
) -> None:
    assert Wording(language, zone).end_of_day(datetime.fromisoformat(at).replace(tzinfo=UTC)) == words


@pytest.mark.parametrize(
    ("language", "zone", "words"),
    [
        ("ja", TOKYO, "2026年11月1日(日) 14:30"),
        ("en", ZoneInfo("Asia/Seoul"), "Sun 2026-11-01 14:30"),
        ("ja", NEW_YORK, "2026年11月1日(日) 01:30 EDT（日本時間 2026年11月1日(日) 14:30）"),
        ("en", NEW_YORK, "Sun 2026-11-01 01:30 EDT (Sun 2026-11-01 14:30 in Japan)"),
    ],
)
def test_an_end_on_the_site_is_said_abroad_in_the_time_of_japan_too(
    language: Language, zone: ZoneInfo, words: str
) -> None:
    assert Wording(language, zone).with_japan(datetime(2026, 11, 1, 5, 30, tzinfo=UTC)) == words


def test_the_same_time_on_the_clock_twice_in_one_night_is_told_apart() -> None:
    twice = [datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6)]
    assert [Wording("en", NEW_YORK).instant(at).rpartition(" ")[2] for at in twice] == ["EDT", "EST"]


@pytest.mark.parametrize("day", range(7))
def test_every_weekday_is_the_right_one(day: int) -> None:
    monday = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    assert f"({'月火水木金土日'[day]})" in Wording("ja", TOKYO).instant(monday + timedelta(days=day))


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=59), "59分"),
        (timedelta(hours=47), "47時間"),
        (timedelta(days=2), "2日"),
        (timedelta(days=3, hours=23), "3日"),
        (timedelta(seconds=20), "0分"),
    ],
)
def test_a_span_is_said_in_one_unit(span: timedelta, words: str) -> None:
    assert Wording("ja", TOKYO).span(span) == words


def test_a_sentence_that_does_not_exist_is_a_fault() -> None:
    with pytest.raises(KeyError, match=re.escape("alerts.nothing")):
        Wording("ja", TOKYO).say("alerts.nothing")


@pytest.mark.parametrize("name", ["", "短い", "長" * 39, "長" * 400, "{project}", "{}", "100%"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_title_is_cut_in_the_name_and_never_in_the_news(language: Language, name: str) -> None:
    title = Wording(language, TOKYO).title("alerts.reminder_available.refunded.title", name)
    assert len(title) <= TITLE_AT_MOST
    assert title.startswith(
        "まだ申請しないで（今は返金）：" if language == "ja" else "Don't file yet: it would refund ("
    )


def test_names_with_braces_are_shown_as_they_are() -> None:
    odd = mailed("contact", 1, title="{project} の記事", client="{due}")
    project: Project = fold(PROJECT, [FUNDED, odd])
    found = drafts(project, deadlines(project, LANCERS, at(200)), at(200), Habits(), {})
    (draft,) = [d for d in found if d.kind == "reminder_available"]
    alert = compose(draft, project, at(200), Coverage(at(200)), Wording("ja", TOKYO))
    assert "「{project} の記事」" in alert.body
