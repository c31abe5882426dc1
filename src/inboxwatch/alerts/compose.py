"""Draft → Alert: what happened, where the money goes, what to do, by when, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from inboxwatch.alerts.advice import advice
from inboxwatch.alerts.circumstances import (
    end_in_words,
    how_far,
    plans_in_words,
    unreported_by,
    unverified_payment,
)
from inboxwatch.alerts.coverage import Coverage, Gap
from inboxwatch.alerts.decide import Draft
from inboxwatch.alerts.defang import quoted
from inboxwatch.alerts.doubts import doubts
from inboxwatch.alerts.evidence import ABOUT_THE_REPORT, conditions, evidence, lowest, other_readings, rests_on, since
from inboxwatch.alerts.model import Alert
from inboxwatch.alerts.paste import NUDGES, answer, ask_for_help, ask_for_result, nudge
from inboxwatch.timeline.project import Project
from inboxwatch.wording.say import Wording

#: A request that she could make, now or once its time has come.
_POSSIBLE = ("running", "open")
#: What is to be copied stands between two of these.
_RULE = "----------"
#: The client's time to answer a request (連絡期限): https://www.lancers.jp/faq/A1018/338
_RESPONSE = timedelta(hours=168)

__all__ = ["Coverage", "Gap", "advice", "compose", "lowest", "name_line"]


def compose(draft: Draft, project: Project, now: datetime, coverage: Coverage, wording: Wording) -> Alert:
    """Given what is to be told of a project, return the alert in the user's words."""
    project = _presentable(project)
    say = _Sayer(draft, project, now, wording)
    name = project.title or project.client or project.id.partition("/")[2]
    paragraphs = [
        wording.say("evidence.repeat", n=draft.repeat) if draft.repeat else "",
        _perhaps_over(draft, project, wording),
        _perhaps_elsewhere(draft, wording),
        _her_turn(draft, project, wording),
        _acted_since(draft, project, wording),
        say("body"),
        "\n".join(_of_the_report(draft, project, wording)),
        "\n".join(_ahead(draft, project, wording)),
        say("steps"),
        _site_counts(draft, wording),
        "\n".join(_to_paste(draft, project, wording)),
        "\n".join(conditions(draft, project, wording)),
        "\n".join(evidence(draft, project, coverage, wording)),
        wording.say("evidence.link", url=project.url) if project.url else "",
    ]
    rests = rests_on(draft, project)
    return Alert(
        key=f"{project.id}/{draft.rest}",
        at=now,
        kind=draft.kind,
        project=project.id,
        urgent=draft.urgent,
        title=wording.title(say.key("title"), name, **say.values),
        body="\n".join([f"{name_line(project, wording)}", *[p for p in paragraphs if p]]),
        outcome=draft.outcome,
        proof=coverage.proof(since(draft, project)) if draft.needs_reading else None,
        trust=lowest(event.trust for event in rests),
        evidence=tuple(dict.fromkeys(event.mail for event in rests if event.mail)),
        due_at=draft.due_at,
        url=project.url,
    )


def _presentable(project: Project) -> Project:
    """The project with title and client as they may stand in sentences: they are what a mail has brought."""
    title, client = project.title and quoted(project.title), project.client and quoted(project.client)
    return replace(project, title=title, client=client)


def name_line(project: Project, wording: Wording) -> str:
    """The project in one line: its title, its client, its name."""
    title = wording.say("who.project", title=project.title) if project.title else ""
    client = wording.say("who.client", client=project.client) if project.client else ""
    return "　".join(part for part in (title, client, f"[{project.id}]") if part)


class _Sayer:
    """Says the parts of one alert, each in the words that fit the circumstances best.

    Beside `title`, `body` and `steps` the wording may hold `body_partly` and the like: the first circumstance that has
    words of its own is told in those.
    """

    def __init__(self, draft: Draft, project: Project, now: datetime, wording: Wording) -> None:
        self._saying = _saying(draft, wording)
        self._variants = tuple(_variants(draft, project))
        self._wording = wording
        self.values = _values(draft, project, now, wording)

    def key(self, part: str) -> str:
        """The dotted key of this part."""
        keys = [f"{self._saying}.{part}_{variant}" for variant in self._variants]
        return next((key for key in keys if self._wording.has(key)), f"{self._saying}.{part}")

    def __call__(self, part: str) -> str:
        return self._wording.say(self.key(part), **self.values)


def _saying(draft: Draft, wording: Wording) -> str:
    """The wording's key; a rule or an outcome that has none of its own is told in general words."""
    saying = f"alerts.{draft.saying}"
    if wording.has(f"{saying}.title"):
        return saying
    if draft.saying.startswith("must."):
        return f"alerts.must.other.{draft.saying.rpartition('.')[2]}"
    return f"alerts.{draft.kind}.plain"


def _variants(draft: Draft, project: Project) -> Iterator[str]:
    """The circumstances in which a part may have to be said otherwise, the most telling first."""
    event = draft.event
    probable = event is not None and event.grade == "probable"
    if draft.kind == "reminder_blocked" and project.received and project.answered:
        yield "answered"
    if draft.kind == "silence" and _owes_answer(project):
        yield "answer"
    if draft.kind == "reminder_blocked" and probable:
        yield "probable"
    if draft.outcome == "refunded" and unreported_by(project):
        yield "withdrawn"
    if draft.outcome == "refunded":
        yield from how_far(project)
    if draft.kind == "payment_confirmed" and not project.over and _unpaid_plans(project):
        yield "plans"
    if draft.kind == "payment_confirmed" and unverified_payment(project):
        yield "unverified"
    if event and event.recorded:
        yield "recorded"
    if probable:
        yield "probable"
    if draft.kind == "result_overdue" and project.probable_closing:
        yield "closing"
    if draft.kind == "client_replied" and not draft.request:
        yield "uncounted"


def _owes_answer(project: Project) -> bool:
    """True while a reminder aimed at her is not answered: then it is not for her to ask for an answer."""
    return project.received is not None and project.answered is None


def _unpaid_plans(project: Project) -> bool:
    return any(number is not None and not plan.paid for number, plan in project.plans)


def _values(draft: Draft, project: Project, now: datetime, wording: Wording) -> dict[str, object]:
    contact = project.last_contact
    # Who has written is named in the mail; it need not be whom the project is known for.
    named = draft.event.client if draft.event and draft.kind == "client_replied" else None
    client = quoted(named) if named else project.client
    return {
        "project": project.id,
        "who": wording.say("who.client", client=client) if client else wording.say("who.nobody"),
        "last": contact.at if contact else wording.say("when.never"),
        # The span from the contact to the instant of the nudge, not to a late delivery of it.
        "days": wording.span((draft.instant if draft.kind == "silence" else now) - contact.at) if contact else "",
        "due": end_in_words(draft.due_at, draft.deadline, wording) if draft.due_at else now,
        "event_at": draft.event.at if draft.event else now,
        "id": draft.event.key if draft.event else "",
        "filed": project.filed.at if project.filed else now,
        **_withdrawal(project, wording),
        **plans_in_words(project, wording),
    }


def _withdrawal(project: Project, wording: Wording) -> dict[str, object]:
    """What took the completion report back, and when it had been made, if it was."""
    taken_back = unreported_by(project)
    if not taken_back:
        return {}
    what = wording.say(f"event_kinds.{taken_back.kind}")
    return {"taken_back": what, "taken_back_at": taken_back.at, "taken_back_id": taken_back.key}


def _perhaps_over(draft: Draft, project: Project, wording: Wording) -> str:
    """Before an overdue result: the mail that may be that very result."""
    closing = project.probable_closing
    if draft.kind != "result_overdue" or not closing:
        return ""
    words = wording.say(f"event_kinds.{closing.kind}")
    return wording.say(
        "evidence.perhaps_result", event_at=closing.at, words=words, project=project.id, kind=closing.kind
    )


def _perhaps_elsewhere(draft: Draft, wording: Wording) -> str:
    """Before a reply that may be meant for another project: it ends this silence on the safe side only."""
    if draft.kind != "client_replied" or not draft.event or not draft.event.also:
        return ""
    return wording.say("alerts.client_replied.shared", also=", ".join(draft.event.also))


def _of_the_report(draft: Draft, project: Project, wording: Wording) -> Iterator[str]:
    """Beside the money's fate: a mail that may have decided it otherwise, and how to settle that."""
    if draft.outcome:
        for doubt in doubts(project, wording):
            if doubt.code in ABOUT_THE_REPORT:
                yield wording.say("doubts.one", line=doubt.line)


def _her_turn(draft: Draft, project: Project, wording: Wording) -> str:
    """Before an open request: that by her own word she is the one who is waited for."""
    if draft.kind != "reminder_available" or project.turn != "me":
        return ""
    return wording.say("alerts.reminder_available.her_turn", project=project.id)


def _acted_since(draft: Draft, project: Project, wording: Wording) -> str:
    """Before silence is told: what the client has done since the last contact, which the site may count as one."""
    act = project.act_since_contact
    if draft.kind not in ("silence", "reminder_available") or not act:
        return ""
    what = wording.say(f"event_kinds.{act.kind}")
    return wording.say("evidence.acted_since", what=what, at=act.at, id=act.key)


def _site_counts(draft: Draft, wording: Wording) -> str:
    """Behind a reply that came elsewhere and is counted: what the platform, which does not count it, would say."""
    request = draft.request
    if not request or request.state == "blocked" or not draft.event or draft.event.channel == "platform":
        return ""
    return wording.say("alerts.client_replied.site_counts", due=request.due_at, platform_due=request.platform_due_at)


def _ahead(draft: Draft, project: Project, wording: Wording) -> Iterator[str]:
    """Behind a nudge: what will be possible, and when, if the silence goes on; before the escrow nothing is."""
    deadline = draft.deadline
    if draft.kind != "silence":
        return
    if project.state == "awaiting_escrow":
        yield wording.say("alerts.silence.ahead.escrow", project=project.id)
    elif deadline and deadline.state == "blocked" and wording.has(f"alerts.silence.ahead.{deadline.blocked_by}"):
        yield wording.say(f"alerts.silence.ahead.{deadline.blocked_by}", project=project.id)
    elif deadline and deadline.state == "running":
        words = ["reported" if project.completion_reported else "unreported"]
        words = [*(variant for variant in how_far(project)), *words]
        key = next(key for word in words if wording.has(key := f"alerts.silence.ahead.{word}"))
        due = wording.with_japan(deadline.due_at)
        yield wording.say(key, due=due, **plans_in_words(project, wording))
        yield from other_readings(deadline, wording)


def _to_paste(draft: Draft, project: Project, wording: Wording) -> Iterator[str]:
    """A text that is ready to be sent, between two rules, under a heading that says to whom."""
    found = _ready_text(draft, project)
    if found:
        whom, text = found
        yield from (wording.say(f"to_paste.{whom}"), _RULE, text, _RULE)


def _ready_text(draft: Draft, project: Project) -> tuple[str, str] | None:
    """For whom it is, and the text: to the client, to support, or in answer to a reminder."""
    deadline, filed = draft.deadline, project.filed
    rule = deadline.rule.id if deadline else None
    if draft.kind in ("silence", "reminder_available") and project.act_since_contact and not _owes_answer(project):
        # The ball is with her: a text that complains of silence would be untrue.
        return None
    if rule == "reminder_answer" or (draft.kind == "silence" and _owes_answer(project)):
        return "answer", answer(project)
    if draft.kind == "silence":
        exists = rule == "reminder_request" and deadline is not None and deadline.state in _POSSIBLE
        return "client", nudge(project, draft.number, request_exists=exists)
    # Who is waited for does not ask for an answer.
    certain = not project.assumed and not project.probable_closing and project.turn != "me"
    if draft.kind == "reminder_available" and rule == "reminder_request" and certain:
        return "third", nudge(project, NUDGES, request_exists=True)
    if filed and rule == "reminder_result":
        return "support", ask_for_result(project, filed.at, filed.at + _RESPONSE)
    if filed and not project.completion_reported and rule in ("completion_before_response", "reminder_response"):
        return "support", ask_for_help(project, filed.at, reported_once=unreported_by(project) is not None)
    return None
