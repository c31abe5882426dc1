"""The document's first part: what it is about, how the project stands, its deadlines, what is shown and what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from inboxwatch.platforms.kinds import PAYMENT_KINDS
from inboxwatch.timeline.deadline import Deadline
from inboxwatch.timeline.event import Event
from inboxwatch.timeline.project import Project
from inboxwatch.views.pack.html import Html, tag
from inboxwatch.views.pack.model import Entry, Pack
from inboxwatch.views.pack.words import actor, exact_span, numbers, stamp
from inboxwatch.wording.say import Wording

#: What is named even where nothing shows it, for it decides where the money goes; then the rest, where it happened.
_ALWAYS = ("escrow_funded", "completion_reported", "reminder_filed")
_MILESTONES = (
    *("started", "escrow_funded", "delivered", "completion_reported", "completion_withdrawn", "revision_requested"),
    *("accepted", "change_proposed", "change_settled", "reminder_filed", "reminder_received", "reminder_ended"),
    *("cancel_requested", "refund_requested", "dispute_opened", "cancelled", "payment_confirmed", "payment_received"),
    *("expiry_notice", "closed"),
)


def heading(pack: Pack, wording: Wording) -> Html:
    """What the document is about, and who made it when."""
    unknown = wording.say("exported.heading.unknown")
    direct = pack.project.platform == "direct"
    rows = {
        "project": pack.project.id,
        "name": pack.project.title or unknown,
        "client": pack.project.client or unknown,
        "platform": wording.say("exported.heading.direct") if direct else pack.platform_name,
        "url": pack.url,
        "made": stamp(pack.made_at, wording),
        "program": f"inboxwatch {pack.version}",
        "zone": wording.say("exported.heading.zone_value", zone=wording.zone.key),
    }
    cells = [(wording.say(f"exported.heading.{name}"), text) for name, text in rows.items() if text]
    return pairs(cells, class_="heading")


def pairs(rows: Iterable[tuple[str, str | Html | Iterable[Html]]], *, class_: str) -> Html:
    """A table of two columns, a heading in each row."""
    made = [tag("tr", tag("th", name, scope="row"), tag("td", value)) for name, value in rows]
    return tag("table", tag("tbody", made), class_=class_)


# -- how it stands


def standing(pack: Pack, wording: Wording) -> Iterator[Html]:
    """One paragraph of facts, a table of what has happened, and the deadlines."""
    glue = "" if wording.language == "ja" else " "
    yield tag("p", glue.join(_sentences(pack, wording)))
    yield pairs(_milestones(pack, wording), class_="facts")
    if pack.deadlines:
        yield tag("h3", wording.say("exported.deadlines.heading"))
        names = ("name", "state", "from", "due", "source")
        head = tag("tr", [tag("th", wording.say(f"exported.deadlines.{name}"), scope="col") for name in names])
        rows = [_deadline(deadline, pack, wording) for deadline in pack.deadlines]
        yield tag("table", tag("thead", head), tag("tbody", rows), class_="deadlines")


def _sentences(pack: Pack, wording: Wording) -> Iterator[str]:
    project, contact = pack.project, pack.project.last_contact
    say = _saying(wording, "exported.standing.")
    bare = wording.say(f"states.{project.state}")
    yield say("state", made=stamp(pack.made_at, wording), state=bare)
    if project.assumed and not project.over:
        yield say("assumed")
    if contact is None:
        yield say("no_contact")
        return
    channel = wording.say(f"channel.{contact.channel}") if contact.channel else "?"
    yield say("contact", last=stamp(contact.at, wording), channel=channel, number=_number(pack, contact))
    elsewhere = project.last_platform_contact
    if elsewhere is None and project.platform != "direct":
        yield say("none_on_platform")
    elif elsewhere and elsewhere != contact:
        yield say("on_platform", last=stamp(elsewhere.at, wording), number=_number(pack, elsewhere))
    if not project.over:
        yield from _silence(pack, contact, wording)


def _silence(pack: Pack, contact: Event, wording: Wording) -> Iterator[str]:
    """That no contact followed, as far as mail was read and no further."""
    say, until = _saying(wording, "exported.standing."), pack.silent_until
    if until is None:
        unread = pack.watch.folders or pack.watch.blind_since
        yield say("silent_unread" if unread else "silent_imported")
    elif until > contact.at:
        yield say("silent", until=stamp(until, wording), span=exact_span(until - contact.at, wording))
    if any(lost.to_at > contact.at for lost in pack.watch.lost):
        yield say("holed")


def _milestones(pack: Pack, wording: Wording) -> Iterator[tuple[str, list[Html]]]:
    project, say = pack.project, _saying(wording, "exported.standing.")
    for kind in _MILESTONES:
        found = [entry for entry in pack.entries if entry.event.kind == kind]
        if not found and kind not in _ALWAYS:
            continue
        lines = [_milestone(entry, wording) for entry in found] or [say("none")]
        if kind == "completion_reported" and found:
            lines += _reports(project, wording)
        yield wording.say(f"event_kinds.{kind}"), [tag("div", line) for line in lines]
    ways = [_milestone(e, wording, named=True) for e in pack.entries if e.event.kind in PAYMENT_KINDS]
    yield say("paid_as"), [tag("div", line) for line in ways or [say("paid_as_default")]]


def _milestone(entry: Entry, wording: Wording, *, named: bool = False) -> str:
    say, event = _saying(wording, "exported.standing."), entry.event
    words = [say("number", number=entry.number)]
    by = None if named else actor(event)
    words += [wording.say(f"exported.by.{by}")] if by else []
    words += [wording.say("exported.table.plan", n=event.plan)] if event.plan is not None else []
    words += [wording.say("exported.table.part", part=event.part)] if event.part else []
    words += [say("stated")] if entry.stated else []
    words += [say("probable")] if event.grade == "probable" else []
    kind = f"{wording.say(f'event_kinds.{event.kind}')} " if named else ""
    joint, (left, right) = ("、", "（）") if wording.language == "ja" else (", ", ("(", ")"))
    space = "" if wording.language == "ja" else " "
    return f"{kind}{stamp(event.at, wording)}{space}{left}{joint.join(words)}{right}"


def _reports(project: Project, wording: Wording) -> Iterator[str]:
    say = _saying(wording, "exported.standing.")
    for number, plan in project.plans:
        if number is not None:
            yield say(
                "plan",
                n=number,
                reported=say("reported" if plan.reported else "unreported"),
                paid=say("paid" if plan.paid else "unpaid"),
            )
    if len(project.plans) == 1 and not project.over:
        yield say("now_reported" if project.completion_reported else "now_unreported")


def _deadline(deadline: Deadline, pack: Pack, wording: Wording) -> Html:
    say, rule = _saying(wording, "exported.deadlines."), deadline.rule
    known = f"deadline_ids.{rule.id}"
    due = [stamp(deadline.due_at, wording)]
    if deadline.certain_at:
        due.append(say("certain", at=stamp(deadline.certain_at, wording)))
    if deadline.platform_due_at != deadline.due_at:
        due.append(say("platform_due", at=stamp(deadline.platform_due_at, wording)))
    passed = deadline.state == "done" and deadline.passed
    states = [say(f"states.{'passed' if passed else deadline.state}")]
    if deadline.blocked_by:
        states.append(say("blocked_by", kind=wording.say(f"event_kinds.{deadline.blocked_by}")))
    opener = wording.say(f"event_kinds.{deadline.opened_by.kind}")
    number = wording.say("exported.standing.number", number=_number(pack, deadline.opened_by))
    source = [rule.source, say("checked", grade=say(f"grades.{rule.grade}"), checked=rule.checked)]
    cells = [[wording.say(known) if wording.has(known) else rule.id], states, [opener, number], due, source]
    return tag("tr", [tag("td", [tag("div", line) for line in cell]) for cell in cells])


def _number(pack: Pack, event: Event) -> int:
    """The number under which the timeline has this event."""
    return next(entry.number for entry in pack.entries if entry.event.key == event.key)


# -- what is shown, and what is not


def proof(pack: Pack, wording: Wording) -> Iterator[Html]:
    """What mail shows, what she states, and what is not known."""
    say = _saying(wording, "exported.proof.")
    mailed = [entry for entry in pack.entries if not entry.stated]
    verified = sum(entry.event.trust == "verified" for entry in mailed)
    yield tag("h3", say("shows"))
    counts = {"n": len(mailed), "verified": verified, "unverified": len(mailed) - verified}
    yield tag("p", say("shown", **counts) if mailed else say("nothing_shown"))
    stated = [entry for entry in pack.entries if entry.stated]
    by_mail = [entry for entry in stated if entry.mail]
    yield tag("h3", say("statements"))
    lines = [say("stated", n=len(stated))] if stated else [say("nothing_stated")]
    lines += [say("stated_by_mail", n=len(by_mail))] if by_mail else []
    yield tag("p", ("" if wording.language == "ja" else " ").join(lines))
    yield tag("h3", say("unknown"))
    yield tag("ul", [tag("li", line) for line in (*_doubts(pack, wording), *_coverage(pack, wording))])


def _doubts(pack: Pack, wording: Wording) -> Iterator[str]:
    """Of which entries what is doubtful."""
    mailed = [entry for entry in pack.entries if not entry.stated]
    doubtful = {
        "probable": [entry for entry in mailed if entry.event.grade == "probable"],
        "unverified": [entry for entry in mailed if entry.event.trust != "verified"],
        "shared": [entry for entry in pack.entries if entry.shared_with],
        "assigned": [entry for entry in mailed if entry.assigned],
        "set_aside": [entry for entry in mailed if entry.set_aside],
        "withheld": [entry for entry in pack.entries if entry.mail and entry.mail.absent == "withheld"],
        "not_kept": [entry for entry in pack.entries if entry.mail and entry.mail.absent == "not_kept"],
        "partial": [entry for entry in pack.entries if entry.mail and entry.mail.partial],
    }
    for name, entries in doubtful.items():
        if entries:
            yield wording.say(f"exported.proof.{name}", numbers=numbers(entries))


def _coverage(pack: Pack, wording: Wording) -> Iterator[str]:
    """How far mail was read, and what of it was lost."""
    say, watch = _saying(wording, "exported.proof."), pack.watch
    if watch.folders == 0 and watch.blind_since is None:
        yield say("imported")
    elif watch.read_up_to is None:
        yield say("unread")
    else:
        yield say("read", read=stamp(min(watch.read_up_to, pack.made_at), wording))
    if watch.folders and watch.first_read_at:
        yield say("first_read", first=stamp(watch.first_read_at, wording))
    if watch.blind_since:
        yield say("blind", since=stamp(watch.blind_since, wording))
    for lost in watch.lost:
        yield say("lost", from_at=stamp(lost.from_at, wording), to_at=stamp(lost.to_at, wording), n=lost.mails)
    yield say("mail_only")


def _saying(wording: Wording, below: str) -> Callable[..., str]:
    """`wording.say` for the sentences below one key."""
    return lambda key, **values: wording.say(f"{below}{key}", **values)
