"""Compares what a run told with what the model expects, and holds the promises that need no model."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime

from tests.simulation import steps
from tests.simulation.letters import message_id
from tests.simulation.model import Expected
from tests.simulation.platforms import JST
from tests.simulation.recording import Outcome, Received
from tests.simulation.settings import HABITS

DESK, PHONE = "/target/desk", "/target/phone"
MOST_ATTEMPTS = 29

Sign = tuple[datetime, str, str | None, str | None, datetime | None]

#: Kinds whose outcome and end the model knows.
_EXACT = (
    "reminder_available",
    "reminder_blocked",
    "reminder_deadline",
    "result_overdue",
    "reminder_received",
    "expiry",
)


def faults(story: steps.Story, outcome: Outcome, expected: list[Expected]) -> list[str]:
    """Every way in which a run broke a promise, one line each; none if all is well."""
    found = [*_against_model(story, outcome, expected), *own_promises(outcome)]
    found += [*_in_the_night(story, outcome), *_out_of_order(outcome), *_too_often(outcome)]
    return found + _to_the_wrong_targets(story, outcome)


def own_promises(outcome: Outcome) -> list[str]:
    """What must hold whatever happened: nothing comes twice without a mark, and every delivery comes to its end."""
    return [*_repeats(outcome.received), *_unsettled(outcome), *outcome.secrets]


def _against_model(story: steps.Story, outcome: Outcome, expected: list[Expected]) -> list[str]:
    wanted = Counter(_expected_sign(one) for one in expected)
    alerts = [row.alert for row in outcome.alerts]
    found = Counter(_sign(a.at, a.kind, a.project, a.outcome, a.due_at) for a in alerts)
    lines = [f"missing: {_line(sign)}" for sign in (wanted - found).elements()]
    lines += [f"not expected: {_line(sign)}" for sign in (found - wanted).elements()]
    evidence: dict[tuple[datetime, str, str | None], set[str]] = defaultdict(set)
    for a in alerts:
        evidence[a.at, a.kind, a.project] |= set(a.evidence)
    names = {step.name: step for step in story.steps if isinstance(step, steps.Arrival)}
    for one in expected:
        if not one.mail or one.mail not in names or names[one.mail].without_id:
            continue
        if message_id(names[one.mail].id_of or one.mail, story.seed) not in evidence[one.at, one.kind, one.project]:
            lines.append(f"without its evidence {one.mail}: {_line(_expected_sign(one))}")
    proofs = {(a.at, a.kind, a.project): a.proof for a in alerts}
    for one in expected:
        found_proof = proofs.get((one.at, one.kind, one.project))
        if one.proof and found_proof and one.proof != found_proof:
            lines.append(f"its proof is {found_proof} and not {one.proof}: {_line(_expected_sign(one))}")
    return sorted(lines)


def _expected_sign(one: Expected) -> Sign:
    return _sign(one.at, one.kind, one.project, one.outcome, one.due_at)


def _sign(at: datetime, kind: str, project: str | None, outcome: str | None, due_at: datetime | None) -> Sign:
    exact = kind in _EXACT
    return at, kind, project, outcome if exact else None, due_at if exact else None


def _line(sign: Sign) -> str:
    at, kind, project, outcome, due_at = sign
    due = f" due {due_at:%Y-%m-%d %H:%M:%S}" if due_at else ""
    return f"{at:%Y-%m-%d %H:%M:%S} {kind} {project or '-'} {outcome or ''}{due}"


def _repeats(received: list[Received]) -> list[str]:
    """A target that gets an alert again must be told that it may have it."""
    seen: set[tuple[str, str]] = set()
    lines = []
    for one in received:
        if (one.target, one.key) in seen and not one.maybe_repeat:
            lines.append(f"twice without a mark: {one.key} to {one.target} at {one.at}")
        seen.add((one.target, one.key))
    return lines


def _in_the_night(story: steps.Story, outcome: Outcome) -> list[str]:
    """What is not urgent waits for the morning.

    So does what could not be sent at its hour, after a failure or a stop. Asked of stories alone in which the hours are
    the same throughout.
    """
    unsettled = steps.Jump | steps.Settings
    if not HABITS[story.variant].quiet or any(isinstance(step, unsettled) for step in story.steps):
        return []
    by_night = [one for one in outcome.received if not one.urgent and not 7 <= one.at.astimezone(JST).hour < 22]
    return [f"in the night: {one.key} to {one.target} at {one.at}" for one in by_night]


def _out_of_order(outcome: Outcome) -> list[str]:
    """Fresh alerts come before old retries."""
    retried: set[tuple[str, datetime]] = set()
    lines = []
    for one in outcome.attempts:
        place = one.target, one.at
        if one.number:
            retried.add(place)
        elif place in retried:
            lines.append(f"behind an old retry: {one.key} to {one.target} at {one.at}")
    return lines


def _too_often(outcome: Outcome) -> list[str]:
    """After the 29th attempt a delivery is visibly dead."""
    return [f"attempt {a.number + 1}: {a.key} to {a.target}" for a in outcome.attempts if a.number >= MOST_ATTEMPTS]


def _to_the_wrong_targets(story: steps.Story, outcome: Outcome) -> list[str]:
    """Each alert has one delivery to each target that wants its kind. Asked where these are the same throughout."""
    if any(isinstance(step, steps.Settings) for step in story.steps):
        return []
    desk, lines = HABITS[story.variant].desk, []
    for row in outcome.alerts:
        wanted = [PHONE] if desk and row.alert.kind not in desk else [DESK, PHONE]
        if sorted(one.target for one in row.deliveries) != wanted:
            lines.append(f"not for {' and '.join(wanted)}: {row.alert.key}")
    return lines


def _unsettled(outcome: Outcome) -> list[str]:
    got = {(one.target, one.key) for one in outcome.received}
    lines = []
    for row in outcome.alerts:
        for one in row.deliveries:
            state = one.state
            there = (one.target, row.alert.key) in got
            if state == "waiting":
                lines.append(f"never settled: {row.alert.key} to {one.target}")
            if state == "sent" and not there:
                lines.append(f"called sent and is not: {row.alert.key} to {one.target}")
            if state == "dead" and there:
                lines.append(f"called dead and is there: {row.alert.key} to {one.target}")
    return lines


def difference(whole: Outcome, killed: Outcome) -> list[str]:
    """How a run whose process died differs from the same one undisturbed.

    Two things may differ. When the watch is called blind hangs on when the process began. And a process that died
    between two folders tells at its next beginning, before all has been read, what must be told at once
    (CONTRACT, `watch_blind`); the other folder may have held its answer.
    """
    lines = []
    if whole.timelines != killed.timelines:
        lines.append("the timelines differ after kills")
    keys = [set(_keys(one)) for one in (whole, killed)]
    lines += [f"lost by a kill: {key}" for key in sorted(keys[0] - keys[1])]
    lines += [f"brought by a kill: {key}" for key in sorted(keys[1] - keys[0] - _urgent(killed))]
    return lines


def _urgent(outcome: Outcome) -> set[str]:
    return {row.alert.key for row in outcome.alerts if row.alert.urgent}


def _keys(outcome: Outcome) -> Iterator[str]:
    """What was told; of summaries only the how-manieth, for their hour may hang on when the watch was called blind."""
    summaries = 0
    for row in outcome.alerts:
        summaries += row.alert.kind == "summary"
        if not row.alert.kind.startswith("watch_"):
            yield f"summary {summaries}" if row.alert.kind == "summary" else row.alert.key


def duplicates(received: list[Received]) -> tuple[int, int]:
    """How many alerts a target got again, and how many of these were marked as a possible repeat."""
    times = Counter((one.target, one.key) for one in received)
    again = sum(number - 1 for number in times.values())
    return again, again - len(_repeats(received))


__all__ = ["difference", "duplicates", "faults", "own_promises"]
