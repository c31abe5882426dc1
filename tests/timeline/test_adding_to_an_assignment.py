"""One more mail added to an assignment that stands gives what assigning everything anew gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from inboxwatch.platforms.recognition import Recognition
from inboxwatch.timeline.assign import Assignment, assign
from inboxwatch.timeline.names import KnownProjects
from inboxwatch.timeline.reading import Fact, Reading

START = datetime(2026, 1, 5, tzinfo=UTC)
KINDS = ["contact", "started", "escrow_funded", "payment_confirmed", "reminder_received", "notice", "payout_fixed"]
KNOWN = [KnownProjects("山本企画"), KnownProjects("佐藤商店", ("lancers/1",))]

recognitions = st.builds(
    Recognition,
    platform=st.sampled_from(["lancers", "lancers", "lancers", "direct"]),
    event=st.sampled_from(KINDS),
    why=st.just("a test"),
    by=st.just("client"),
    channel=st.just("platform"),
    grade=st.just("attested"),
    project=st.sampled_from([None, "1", "2", "3"]),
    title=st.sampled_from([None, "記事5本の執筆", "ロゴの作成"]),
    client=st.sampled_from([None, "山本企画", "佐藤商店"]),
    quoted=st.sampled_from([(), ("案件：記事5本の執筆",)]),
)
mails = st.lists(st.tuples(st.integers(0, 6), recognitions), max_size=14)


@settings(max_examples=300, deadline=None)
@given(mails, st.booleans())
def test_adding_mail_by_mail_gives_the_timeline_of_assigning_all_at_once(
    steps: list[tuple[int, Recognition]], filed: bool
) -> None:
    facts = [Fact(1, "lancers/1", "reminder_filed", START, START, by="me")] if filed else []
    readings: list[Reading] = []
    live = Assignment.of(readings, facts, known=KNOWN)
    at = START
    for number, (hours, recognition) in enumerate(steps):
        at += timedelta(hours=hours)
        reading = Reading(f"{number:016}", at, at, f"<{number}@mail.example>", recognition)
        readings.append(reading)
        if live.add(reading) is None:
            live = Assignment.of(readings, facts, known=KNOWN)
        whole = assign(readings, facts, known=KNOWN)
        assert live.timeline() == whole


def test_a_second_comment_on_a_known_project_is_added_by_itself() -> None:
    comment = Recognition(
        "lancers", "contact", "a test", by="client", project="1", title="ロゴの作成", client="山本企画"
    )
    live = Assignment.of([Reading("a", START, START, None, comment)])
    later = START + timedelta(hours=1)
    assert live.add(Reading("b", later, later, None, comment)) == frozenset({"lancers/1"})


def test_a_late_mail_is_not_added_by_itself() -> None:
    comment = Recognition(
        "lancers", "contact", "a test", by="client", project="1", title="ロゴの作成", client="山本企画"
    )
    live = Assignment.of([Reading("a", START, START, None, comment)])
    earlier = START - timedelta(hours=1)
    assert live.add(Reading("b", earlier, earlier, None, comment)) is None
