"""The document's second part: the timeline with what each event rests on, and the tables behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from inboxwatch.platforms.prepared import Rule
from inboxwatch.platforms.profile import Words
from inboxwatch.views.pack.html import Html, tag
from inboxwatch.views.pack.model import Entry, MailProof, Pack
from inboxwatch.views.pack.words import beside, stamp, what
from inboxwatch.wording.say import Wording

#: The one rule that is in no profile: a mail from an address of the configuration.
_BY_ADDRESS = "direct/client"

_TERMS = (
    *("stated", "date", "arrived", "verified", "unverified", "forged"),
    *("attested", "probable", "by_hand", "shown"),
)


def timeline(pack: Pack, wording: Wording) -> Html:
    """Every event, oldest first, with what it rests on."""
    first: dict[str, int] = {}
    for entry in pack.entries:
        if entry.mail:
            first.setdefault(entry.mail.key, entry.number)
    rows = [_row(entry, first, wording) for entry in pack.entries]
    return _table(("number", "at", "event", "basis"), rows, wording, class_="timeline")


def _table(names: Sequence[str], rows: Iterable[Html], wording: Wording, *, class_: str) -> Html:
    head = tag("tr", [tag("th", wording.say(f"exported.table.{name}"), scope="col") for name in names])
    return tag("table", tag("thead", head), tag("tbody", rows), class_=class_)


def _row(entry: Entry, first: dict[str, int], wording: Wording) -> Html:
    event, number = entry.event, str(entry.number)
    origin = _origin(entry)
    at = [tag("div", stamp(event.at, wording))]
    at += [tag("div", wording.say(f"exported.table.{origin}"), class_="aside")] if origin else []
    marks = [name for name in ("assigned", "set_aside") if getattr(entry, name)]
    marks += ["shared"] if entry.shared_with else []
    happened = [tag("strong", what(event, wording)), *(tag("div", line) for line in beside(event, wording))]
    happened += [tag("div", wording.say(f"exported.table.{mark}"), class_="mark") for mark in marks]
    return tag("tr", tag("td", number), tag("td", at), tag("td", happened), tag("td", _basis(entry, first, wording)))


def _origin(entry: Entry) -> str | None:
    """Where an event's instant comes from; None where its mail was not kept."""
    if entry.stated:
        return "by_statement"
    return f"from_{entry.mail.sent_from}" if entry.mail and entry.mail.sent_from else None


def _basis(entry: Entry, first: dict[str, int], wording: Wording) -> Html:
    """What an event rests on, as a list of names and values."""
    rows: list[tuple[str, str | Html]] = []
    if entry.stated:
        rows.append(("stated", wording.say("exported.table.own_mail") if entry.mail else ""))
        rows += [("id", entry.event.key), ("recorded_at", stamp(entry.event.known_at, wording))]
    if entry.mail and first[entry.mail.key] != entry.number:
        rows.append(("file", wording.say("exported.table.same_file", number=first[entry.mail.key])))
    elif entry.mail:
        rows += _of_mail(entry.mail, wording)
    if not entry.stated:
        rows.insert(0, ("reading", _reading(entry, wording)))
    lines = [
        tag("div", tag("dt", wording.say(f"exported.table.{name}")), tag("dd", value), class_=f"is-{name}")
        for name, value in rows
    ]
    return tag("dl", lines)


def _reading(entry: Entry, wording: Wording) -> str:
    """By which rule a mail was taken for what it is said to be."""
    if entry.event.rule == _BY_ADDRESS:
        return wording.say("exported.table.direct")
    words = [wording.say(f"exported.grades.{entry.event.grade}")]
    words += [wording.say("exported.table.rule", rule=entry.event.rule)] if entry.event.rule else []
    return ("、" if wording.language == "ja" else ", ").join(words)


def _of_mail(mail: MailProof, wording: Wording) -> Iterator[tuple[str, str | Html]]:
    def say(name: str) -> str:
        return wording.say(f"exported.table.{name}")

    if mail.absent != "withheld":
        yield "subject", mail.subject or say("no_subject")
        yield "sender", mail.sender
    if mail.file:
        yield "date_header", mail.date_header or say("no_date")
    origin = say(f"from_{mail.arrived_from}") if mail.arrived_from else ""
    yield "arrived", f"{stamp(mail.arrived_at, wording)}{origin}"
    yield "message_id", mail.message_id or say("no_date")
    if mail.trust:
        yield "trust", wording.say(f"exported.trusts.{mail.trust}")
    if mail.results:
        yield "results", mail.results
    yield "file", _file(mail, wording)


def _file(mail: MailProof, wording: Wording) -> str | Html:
    if mail.file is None:
        return wording.say(f"exported.table.{mail.absent}")
    return tag("a", mail.file, href=mail.file)


# -- the tables behind it


def withdrawn(pack: Pack, wording: Wording) -> Html:
    """The statements that were withdrawn: what she had said happened when, when she said so, and when no longer."""
    rows = []
    for one in pack.retractions:
        fact = one.withdrawn.fact
        happened = [tag("strong", what(fact, wording)), *(tag("div", line) for line in beside(fact, wording))]
        if one.uncertain:
            happened.append(tag("div", wording.say("exported.table.uncertain"), class_="mark"))
        instants = [stamp(at, wording) for at in (fact.at, fact.recorded_at, one.withdrawn.at)]
        cells = [fact.key, instants[0], happened, *instants[1:]]
        rows.append(tag("tr", [tag("td", cell) for cell in cells]))
    return _table(("id", "at", "event", "recorded_at", "withdrawn_at"), rows, wording, class_="withdrawn")


def files(pack: Pack, wording: Wording) -> Html:
    """The mails enclosed, with the sums by which a printed page can be held against them."""
    rows = []
    for mail in pack.mails:
        if mail.file and mail.sha256:
            name = [tag("div", tag("a", mail.file, href=mail.file))]
            name += [tag("div", wording.say("exported.table.partial"), class_="mark")] if mail.partial else []
            rows.append(tag("tr", tag("td", name), tag("td", str(mail.size)), tag("td", tag("code", mail.sha256))))
    if not rows:
        return tag("p", wording.say("exported.table.no_files"))
    return _table(("file", "bytes", "sum"), rows, wording, class_="files")


def rules(pack: Pack, wording: Wording) -> Html:
    """The rules by which the mails were read, with where each comes from."""
    names = ("rule_name", "meaning", "pattern", "grade", "source")
    return _table(names, [_rule(rule, wording) for rule in pack.rules], wording, class_="rules")


def _rule(rule: Rule, wording: Wording) -> Html:
    grade = wording.say(f"exported.grades.{rule.rule.grade}")
    source = [text for text in (rule.rule.source, rule.rule.checked) if text]
    kind = wording.say(f"event_kinds.{rule.rule.event}")
    cells = [rule.name, kind, subject_form(rule, wording), grade, [tag("div", line) for line in source]]
    return tag("tr", [tag("td", cell) for cell in cells])


def subject_form(rule: Rule, wording: Wording) -> str:
    """The form of the subject that a rule asks for, in words where it goes by words."""
    subject = rule.rule.subject
    if not isinstance(subject, Words):
        return subject
    joint = "、" if wording.language == "ja" else ", "
    parts = [wording.say("exported.table.has", words=joint.join(subject.has))]
    parts += [wording.say("exported.table.lacks", words=joint.join(subject.lacks))] if subject.lacks else []
    return joint.join(parts)


def terms(wording: Wording) -> Html:
    """What the words of the document mean, and do not mean."""
    said = [(wording.say(f"exported.terms.{name}"), wording.say(f"exported.terms.{name}_means")) for name in _TERMS]
    return tag("dl", [tag("div", tag("dt", name), tag("dd", means)) for name, means in said], class_="terms")
