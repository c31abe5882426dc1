"""One 計画 of a project: how far its work is delivered, whether it is reported as complete, whether it is paid."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_PART = re.compile(r"\s*(\d{1,6})\s*/\s*(\d{1,6})\s*")


@dataclass(frozen=True, slots=True)
class Plan:
    """One 計画 of a project: its own escrow, its own completion report, its own payment.

    `part` is how much of it was last said to be delivered ("4/5"), None where nothing or everything was. `delivered`:
    all of it was said to be.
    """

    reported: bool = False
    paid: bool = False
    delivered: bool = False
    part: str | None = None


def all_reported(plans: Iterable[Plan]) -> bool:
    """True if the completion of every plan that is not paid (of every plan, once all are) has been reported."""
    known = list(plans)
    return all(plan.reported for plan in [plan for plan in known if not plan.paid] or known)


def is_whole(part: str | None) -> bool:
    """True for a delivery of everything: one of which no part is told, or "5/5"; what cannot be read is no part."""
    found = _PART.fullmatch(part or "")
    return found is None or int(found[1]) >= int(found[2])
