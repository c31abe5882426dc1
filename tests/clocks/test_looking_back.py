"""`status --at T` and `--until T` show of an instant of the past what was shown then."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from inboxwatch.views.as_json import status_as_json
from inboxwatch.views.standing import standings
from tests.clocks.kit import BERLIN, NEW_YORK, TOKYO, instant, moment, story
from tests.pipeline.story import CHANGE, PAID, REMINDED, Story, comment

FACTS = (
    "completion_reported",
    "completion_withdrawn",
    "reminder_filed",
    "reminder_ended",
    "reminder_received",
    "answered",
    "change_settled",
    "delivered",
)
#: The instants at which clocks end: a second before, at and after one of them an event is worth most.
NEAR = tuple(hours * 3600 + seconds for hours in (0, 72, 120, 144, 168, 240, 336) for seconds in (-1, 0, 1))
STEPS = st.lists(
    st.tuples(st.sampled_from((*FACTS, comment(), CHANGE, REMINDED, PAID)), st.sampled_from(NEAR)), max_size=6
)
BEGIN = {
    TOKYO: instant("2026-12-28T00:00:00+09:00"),
    NEW_YORK: instant("2026-03-05T02:30:00-05:00"),
    BERLIN: instant("2026-10-22T23:59:59+02:00"),
}


@settings(max_examples=25, deadline=None)
@given(STEPS, st.sampled_from(list(BEGIN)), st.sampled_from(NEAR))
def test_what_was_so_at_an_instant_is_so_when_looked_back_upon(
    steps: list[tuple[str, int]], zone: object, then: int
) -> None:
    begun = BEGIN[zone]  # type: ignore[index]
    told: Story = story(zone).note("escrow_funded", begun - timedelta(hours=1)).mail(comment(), begun)  # type: ignore[arg-type]
    for number, (what, seconds) in enumerate(steps):
        at = begun + timedelta(seconds=max(seconds, 0))
        if what in FACTS:
            told.note(what, at)
        else:
            told.mail(what, at, body=f"{number}", message_id=f"<{number}@mail.example.net>")
    now = begun + timedelta(seconds=max(then, 0))
    lived = moment(told, now)
    pipeline, alerts = told.play(begun + timedelta(days=60))
    assert lived.told() == [
        (one.kind, one.at.astimezone(pipeline.wording.zone).isoformat(timespec="seconds"))
        for one in alerts
        if one.at <= now
    ]
    looked = status_as_json(pipeline, standings(pipeline, now, past_only=True), now)
    assert looked["projects"] == lived.status["projects"]
