"""Where mails belong before and after a correction: a pure comparison of two timelines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from inboxwatch.timeline.assign import Timeline
from inboxwatch.timeline.cut_titles import fold_text
from inboxwatch.timeline.reading import Reading

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moves:
    """What a correction of one mail did: `before` and `after` are the projects in which that mail counts.

    `like` are the other mails that moved with it: from where, to where, how many. `left` counts the mails like it of
    which it is still not certain where they belong.
    """

    before: Names
    after: Names
    like: tuple[tuple[Names, Names, int], ...]
    left: int

    @property
    def projects(self) -> Names:
        """Every project that gained or lost a mail."""
        moved = {*self.before, *self.after} if self.before != self.after else {*self.after}
        return tuple(sorted(moved | {name for old, new, _ in self.like for name in (*old, *new)}))


NO_MOVES = Moves(before=(), after=(), like=(), left=0)


def moves(corrected: Reading, readings: Iterable[Reading], before: Timeline, after: Timeline) -> Moves:
    """Given the mail that was corrected, all mails, and the timelines before and after, say what moved."""
    old, new = _places(before), _places(after)
    moved = Counter((old.get(key, ()), new.get(key, ())) for key in old.keys() | new.keys() if key != corrected.key)
    return Moves(
        before=old.get(corrected.key, ()),
        after=new.get(corrected.key, ()),
        like=tuple((was, now, n) for (was, now), n in sorted(moved.items()) if was != now),
        left=sum(len(new.get(one.key, ())) != 1 for one in readings if _alike(one, corrected)),
    )


def _places(timeline: Timeline) -> dict[str, Names]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, events in timeline.events.items():
        for event in events:
            found[event.key].append(name)
    return {key: tuple(sorted(names)) for key, names in found.items()}


def _alike(one: Reading, other: Reading) -> bool:
    """True for another contact that by its title or client could belong where the other does."""
    a, b = one.recognition, other.recognition
    if one.key == other.key or a.platform != b.platform or a.project or a.event != "contact":
        return False
    if a.title or b.title:
        return bool(a.title and b.title and fold_text(a.title) == fold_text(b.title))
    return bool(a.client and b.client and fold_text(a.client) == fold_text(b.client))
