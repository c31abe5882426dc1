"""The kinds of event that a mail or a recorded fact may be (CONTRACT, Words in the data)."""

from __future__ import annotations

#: Events that stand in a project's timeline (CONTRACT, Words in the data).
#: These may be recorded by hand, but for `notice`.
PROJECT_EVENTS = (
    "contact",
    "started",
    "escrow_funded",
    "delivered",
    "completion_reported",
    "completion_withdrawn",
    "revision_requested",
    "accepted",
    "change_proposed",
    "change_settled",
    "reminder_filed",
    "reminder_received",
    "reminder_ended",
    "cancel_requested",
    "refund_requested",
    "dispute_opened",
    "answered",
    "waiting",
    "cancelled",
    "payment_confirmed",
    "payout_fixed",
    "payment_received",
    "expiry_notice",
    "closed",
    "notice",
)

#: How a project is paid: recorded like an event, `fixed_price` unless said otherwise.
PAYMENT_KINDS = ("fixed_price", "hourly", "monthly", "task", "contest", "package")

#: What `record` and notes accept.
FACTS = tuple(kind for kind in PROJECT_EVENTS if kind != "notice") + PAYMENT_KINDS

#: What mail of a platform may be that concerns no project.
PROJECTLESS_EVENTS = ("noise", "account", "secret")

#: Events that would close a project or end a deadline; a probable recognition of them does not (CONTRACT, Grades).
CLOSING_EVENTS = frozenset({"payment_confirmed", "accepted", "cancelled", "closed", "reminder_ended"})

#: Facts that are her own act unless somebody else is named (CONTRACT, Recorded facts).
OWN_ACTS = frozenset({"delivered", "completion_reported", "completion_withdrawn", "reminder_filed"})
