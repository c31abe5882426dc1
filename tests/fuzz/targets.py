"""One function a target of the fuzzer: given any bytes it raises, if what must hold of them does not.

Add a target by writing its function and naming it in `TARGETS`; seeds for it are chosen in `tests/fuzz/seeds.py`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from inboxwatch.mail.addresses import read_addresses
from inboxwatch.mail.authenticity import judge, read_results
from inboxwatch.mail.charset import clean, decode, fold
from inboxwatch.mail.dates import read_date
from inboxwatch.mail.html import read_html
from inboxwatch.mail.limits import trim
from inboxwatch.mail.model import Mail, RawMail
from inboxwatch.mail.parameters import read_parameters
from inboxwatch.mail.parse import Unreadable, look, parse
from inboxwatch.mail.words import decode_value, decode_words
from inboxwatch.platforms.classify import Headers, Known, KnownClient, wanted
from inboxwatch.platforms.links import projects_in
from inboxwatch.platforms.load import load_profiles
from inboxwatch.platforms.pattern import PatternError, original, pattern, words
from inboxwatch.platforms.stated import stated_instant
from inboxwatch.understand import understand
from tests.fuzz.forging import forged
from tests.fuzz.properties import unsafe, wrong_with, wrong_with_recognition

NOW = datetime(2026, 11, 24, tzinfo=UTC)
OWN = "mx.example.com"
CLIENTS = frozenset({"yamada@example.co.jp"})
PROFILES = load_profiles([], None, lambda _platform: True)
KNOWN = Known(
    me=frozenset({"me@example.com"}), clients=(KnownClient("山田商店", CLIENTS),), authserv_ids=frozenset({OWN})
)
_LABELS = (
    None, "utf-8", "iso-2022-jp", "shift_jis", "euc-jp", "us-ascii", "utf-7", "utf-16", "gb2312", "big5", "iso-2022-kr",
    "hz-gb-2312", "ks_c_5601-1987", "latin1", "cp932", "utf-32", "x-nobody-knows", "unknown-8bit", "koi8-r", "punycode",
)  # fmt: skip
_HEADER = re.compile(rb"[A-Za-z][A-Za-z-]{0,30}:")
#: What is spoken of in the sentences with which a limit is told.
_LIMITS = re.compile("rest was not read|were read|exceeds|deeper|is missing|is no header|not read to its end|left out")


class Broken(AssertionError):
    """What must hold of any input does not."""


def demand(sentences: Iterable[str]) -> None:
    """Raise `Broken` with all of these, if there are any."""
    found = list(sentences)
    if found:
        raise Broken("; ".join(found))


def refuse(broken: bool, sentence: str) -> None:
    """Raise `Broken` with this sentence if so."""
    if broken:
        raise Broken(sentence)


def target_parse(data: bytes) -> None:
    """A mail is read cleanly and within limits, the same at each reading, or it is `Unreadable`."""
    seen = look(data)
    try:
        mail = parse(RawMail(data, NOW))
    except Unreadable as unreadable:
        demand(unsafe(unreadable.reason))
        return
    demand(wrong_with(mail))
    if len(data) % 4 == 0:  # not each time, for it takes as long again
        refuse(parse(RawMail(data, NOW)) != mail, "two readings differ")
    same = (seen.sender, seen.subject, seen.to, seen.message_id, seen.references)
    refuse(
        same != (mail.sender, mail.subject, mail.to, mail.message_id, mail.references),
        "headers alone say something else",
    )
    if len(data) % 4 == 1 and _HEADER.match(data) and not any(map(_LIMITS.search, mail.defects)):
        elsewhere = parse(RawMail(b"Delivered-To: me@example.com\n" + data, NOW + timedelta(hours=1)))
        refuse(elsewhere.identity != mail.identity, "a header of the way changes the identity")
    refuse(len(trim(data).fields) > 1_000, "more headers are kept than a mail may have")


def target_decode(data: bytes) -> None:
    """Any bytes under any label become text that can be stored; valid UTF-8 without a label is read as what it says."""
    label = _LABELS[data[0] % len(_LABELS)] if data else None
    data = data[1:]
    found = decode(data, label)
    text = clean(found.text)
    demand(unsafe((text, found.step)))
    refuse(clean(text) != text, "cleaning again changes something")
    folded = fold(text)
    refuse(fold(folded) != folded, "folding again changes something")
    refuse("\n" in clean(text, one_line=True), "a line is no line")
    refuse(len(found.text) > 4 * len(data) + 4, "it grew")
    for line in (decode_value(data), clean(decode_words(text), one_line=True)):
        demand(unsafe(line))
        refuse("\n" in line, "a header's text has several lines")
    demand(_lost_utf8(data))


def _lost_utf8(data: bytes) -> list[str]:
    try:
        meant = data.decode("utf-8")
    except UnicodeDecodeError:
        return []
    special = b"\x1b" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff")
    if not special and decode(data).text != meant.removeprefix("\ufeff"):
        return ["valid UTF-8 was read as something else"]
    return []


def target_classify(data: bytes) -> None:
    """The whole way: nothing stumbles, no stranger is taken for a platform, and what is claimed would be fetched."""
    kept, recognition = understand(RawMail(data, NOW), PROFILES, KNOWN, NOW, history=False)
    if kept is not None and kept.quarantined:
        demand([kept.quarantined] if "a fault in inboxwatch" in kept.quarantined else [])
    if recognition is None:
        return
    mail = parse(RawMail(data, NOW))
    demand(wrong_with_recognition(mail, recognition, PROFILES, CLIENTS))
    if recognition.trust == "verified" and not any(OWN in value.lower() for _, value in mail.authentication_results):
        demand(["verified by nobody"])
    seen = look(data)
    headers = Headers(seen.sender, seen.subject, seen.to, False, seen.answers)
    if recognition.platform not in (None, "direct") and not wanted(headers, PROFILES, KNOWN):
        demand(["a platform's mail would never have been fetched"])


def target_results(data: bytes) -> None:
    """No text that a sender puts between the quotation marks or brackets of a server's own header becomes a result."""
    text = clean(data.decode("utf-8", "replace"), one_line=True)
    found = read_results(text)
    demand(unsafe((text, found)) if found else [])
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    remark = re.sub(r"([\\()])", r"\\\1", text)
    value = f'{OWN}; spf=fail reason="{quoted}" smtp.mailfrom=a.example; dkim=none ({remark}) header.d=b.example'
    own = read_results(value)
    said = [(one.method, one.value, one.properties) for one in own.results] if own else []
    wanted_ones = [("spf", "fail"), ("dkim", "none")]
    if [one[:2] for one in said] != wanted_ones or said[0][2].get("smtp.mailfrom") != "a.example":
        demand([f"the sender's text became a result: {said}"])
    if said[1][2].get("header.d") != "b.example":
        demand([f"the sender's text became a property: {said}"])
    demand(_outvoted(value, text))


def _outvoted(value: str, text: str) -> list[str]:
    """The topmost header of the own server decides, whatever stands below it."""
    base = _A_MAIL
    alone = judge(replace(base, authentication_results=((0, value),)), frozenset({OWN}))
    both = judge(replace(base, authentication_results=((0, value), (0, text), (0, f"{OWN}; {text}"))), frozenset({OWN}))
    foreign = judge(replace(base, authentication_results=((0, f"x.{OWN}; {text}"),)), frozenset({OWN}))
    wrong = ["a lower header outvotes the topmost"] if alone != both else []
    return wrong + (["a foreign server is believed"] if foreign[0] != "unverified" else [])


def target_html(data: bytes) -> None:
    """A page becomes clean text and http links; nothing of a hidden element, a script or a style is seen."""
    text = data.decode("utf-8", "replace")
    page = read_html(text)
    demand(unsafe((clean(page.text), tuple(clean(link, one_line=True) for link in page.links))))
    demand(f"{link!r} is no link" for link in page.links if not link.lower().startswith(("http://", "https://")))
    mark = "zqxjk"
    bare = re.sub(r"[<&>]", "", text)
    for hidden in ("<div hidden>{}</div>", '<p style="color:red; display : none">{}</p>', "<style>{}</style>"):
        shown = read_html(hidden.format(mark + bare) + "end").text
        refuse(mark in shown or not shown.endswith("end"), f"hidden text is shown: {hidden}")


def target_dates(data: bytes) -> None:
    """A date is an instant in UTC between 1970 and 2201, or none; a comment behind it changes nothing."""
    text = data.decode("utf-8", "replace")
    found = read_date(text)
    if found is not None:
        refuse(found.utcoffset() != timedelta(0), "not in UTC")
        refuse(not 1969 <= found.year <= 2201, "no year of a mail")
        commented = read_date(f"{text} (JST)") if len(text) < 190 else found
        refuse(commented != found, "a comment changes the date")
    word, _, rest = text.partition("\n")
    due = stated_instant(word[:20] or "取引期限", rest, ZoneInfo("Asia/Tokyo"))
    refuse(due is not None and due.utcoffset() != timedelta(0), "a deadline is not in UTC")


def target_addresses(data: bytes) -> None:
    """Addresses are clean; what stands in an encoded word or between quotation marks never becomes one."""
    for address in read_addresses(data):
        demand(unsafe(address))
        if "@" not in address.address or re.search(r"\s", address.address) or len(address.name) > 200:
            demand([f"{address!r} is no address"])
    read_parameters(data)
    encoded = b"=?utf-8?B?" + base64.b64encode(data[:2_000]) + b"?= <a@b.example>"
    demand(_forged(encoded))
    text = re.sub(rb'[\x00-\x1f\x7f-\xff"\\]', b"", data[:2_000])
    demand(_forged(b'"' + text + b'" <a@b.example>'))
    demand(_forged(b"A (" + re.sub(rb"[()]", b"", text) + b") <a@b.example>"))


def _forged(value: bytes) -> list[str]:
    found = [address.address for address in read_addresses(value)]
    return [] if found == ["a@b.example"] else [f"a name forges addresses: {found}"]


def target_patterns(data: bytes) -> None:
    """Any rule against any subject: spans lie within it and in order, and name what stood there."""
    rule, _, subject = data.decode("utf-8", "replace").partition("\n")
    subject = subject[:1_000]
    folded = fold(subject)
    try:
        spans = dict(pattern(rule[:500], ("client", "title")).match(folded) or {})
        words(rule[:500].split(",")[:50], subject.split(",")[:50] or ["x"]).match(folded)
    except PatternError as error:
        demand(unsafe(str(error).replace(rule, "")) if not list(unsafe(rule)) else [])
        return
    ends = sorted(spans.values())
    refuse(any(one[1] > two[0] for one, two in pairwise(ends)), "spans overlap")
    for start, end in ends:
        refuse(not 0 <= start < end <= len(folded), "a span is empty or outside")
        refuse(fold(original(subject, start, end)) != fold(folded[start:end]), "what is shown is not what matched")
    for platform in PROFILES.platforms:
        projects_in(subject.split(), platform.links)


def _a_mail() -> Mail:
    return parse(RawMail(b"From: <noreply@lancers.co.jp>\nSubject: x\n\nx", NOW))


_A_MAIL = _a_mail()


def target_signatures(data: bytes) -> None:
    """Nothing that is done to a signed or sealed mail makes it say something else and still be verified."""
    demand(filter(None, [forged(data)]))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "parse": target_parse,
    "decode": target_decode,
    "classify": target_classify,
    "results": target_results,
    "html": target_html,
    "dates": target_dates,
    "addresses": target_addresses,
    "patterns": target_patterns,
    "signatures": target_signatures,
}
