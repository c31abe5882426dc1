"""Does a mail's own signature hold? DKIM (RFC 6376) and, of a trusted forwarder, ARC (RFC 8617), by dkimpy.

dkimpy decides whether the signature holds; what is here decides whether that proves anything. A signature that holds is
no proof of a second Subject above the signed one, nor of what follows behind the length that `l=` covers.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inboxwatch.mail.addresses import read_addresses
from inboxwatch.mail.authenticity import aligned
from inboxwatch.mail.limits import LINES, MAIL_BYTES
from inboxwatch.mail.model import Proof

if TYPE_CHECKING:
    import dkim

log = logging.getLogger(__name__)

#: Given the name of a TXT record, return it, or None where there is none. Raises KeyUnknown.
AskKey = Callable[[str], bytes | None]

#: A header block this large is nobody's honest notification, and dkimpy joins folded lines in quadratic time.
_HEADER_BLOCK_BYTES = 64 * 1024
_SIGNATURE_BYTES = 4 * 1024
#: Trailing blanks are removed in a time that is quadratic in the length of each run of them: the sum of the squares.
_BLANKS = 10_000_000
_BLANKS_IN_SIGNATURE = 100
_SIGNATURES = 3
_SEALS = 5
#: RSA with 4,096 bits takes some 750 characters; the time to verify grows with the cube.
_KEY_BYTES = 1_024
_ALGORITHMS = frozenset({b"rsa-sha256", b"ed25519-sha256"})
#: What a mail is taken for, and whose it is, hangs on these. Not Date, which large senders leave out: it counts only
#: near the arrival.
_MUST_BE_SIGNED = frozenset({b"from", b"subject", b"to"})
_MUST_STAND_ONCE = (b"date", b"from", b"subject")
#: Of these the topmost is read, while a signature covers the lowest. Where it leaves one out, that one stands unproved
#: and may stand once.
_READ_FROM_THE_TOP = (
    b"to", b"cc", b"reply-to", b"message-id", b"in-reply-to", b"references",
    b"mime-version", b"content-type", b"content-transfer-encoding",
)  # fmt: skip

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_RUN_OF_BLANKS = re.compile(rb"[\t ]+")
_RUN_IN_SIGNATURE = re.compile(rb"\s+")
_LONE_RETURN = re.compile(rb"\r(?!\n)")
#: A header as `limits` and dkimpy both read it. Of a blank before the colon, or a longer name, they make two things.
_HEADER_LINE = re.compile(rb"[!-9;-~]{1,200}:")
_NAME = re.compile(rb"[a-z0-9](?:[a-z0-9_.-]{0,250}[a-z0-9])?", re.IGNORECASE)
_INSTANCE = re.compile(rb"\s{0,9}i\s{0,9}=\s{0,9}([0-9]{1,3})\s{0,9};")


class KeyUnknown(Exception):
    """The key cannot be had at present: no answer, or one that says to try again. It says nothing of the mail."""


@dataclass(frozen=True, slots=True)
class _Tags:
    """The tags of one signature header by name."""

    values: dict[bytes, bytes]

    def __getitem__(self, name: bytes) -> bytes:
        return self.values.get(name, b"")

    @property
    def domain(self) -> str:
        return self[b"d"].decode("ascii", "replace").lower()


def examine(raw: bytes, ask: AskKey, forwarders: Collection[str] = ()) -> Proof | None:
    """Given a mail as received, say what its signatures prove of its sender; None if it bears none that could.

    `forwarders` are the domains whose ARC seals are believed. At most three signatures are tried. Never raises.
    """
    if not _may_be_signed(raw):
        return None
    try:
        return _examined(raw, ask, forwarders)
    except KeyUnknown as unknown:
        return Proof("unsure", str(unknown))
    except Exception as error:  # noqa: BLE001 - dkimpy raises many kinds over bytes from outside; kept with the mail
        log.debug("a signature could not be read: %s", type(error).__name__)
        return Proof("fail", f"The signature cannot be read ({type(error).__name__}).")


def _may_be_signed(raw: bytes) -> bool:
    """A cheap look, so that next to nothing is spent on a mail without a signature."""
    end = _END_OF_HEADERS.search(raw, 0, _HEADER_BLOCK_BYTES + 1)
    headers = raw[: end.start() if end else _HEADER_BLOCK_BYTES].lower()
    return b"dkim-signature" in headers or b"arc-seal" in headers


def _examined(raw: bytes, ask: AskKey, forwarders: Collection[str]) -> Proof | None:
    import dkim  # here, for it brings a DNS library with it, and most commands never see a signature

    unfit = _why_unfit(raw)
    if unfit:
        return Proof("fail", unfit)
    mail = dkim.DKIM(raw, minkey=1024)
    names = [name.lower() for name, _ in mail.headers]
    for name in _MUST_STAND_ONCE:
        if names.count(name) != 1:
            return Proof("fail", f"The mail has {names.count(name)} headers {name.decode().title()}.")
    sender = _sender(mail)
    own = _by_signature(mail, sender, ask)
    if own is not None and own.outcome == "pass":
        return own
    sealed = None
    if forwarders:
        try:
            sealed = _sealed(raw, mail, ask, forwarders)
        except KeyUnknown as unknown:
            return Proof("unsure", str(unknown))
    if sealed is not None:
        outcome, why, domain = (own.outcome, own.why, own.domain) if own else ("fail", "The mail is not signed.", "")
        return Proof(outcome, why, domain, sealed)
    return own


def _why_unfit(raw: bytes) -> str | None:
    """Why no signature of this mail is looked at: what would cost much to verify, or is read in more than one way."""
    if len(raw) > MAIL_BYTES:
        return "The mail is too large for its signature to be verified."
    end = _END_OF_HEADERS.search(raw, 0, _HEADER_BLOCK_BYTES + 1)
    if end is None:
        return "The headers are too large for a signature to be verified."
    if _LONE_RETURN.search(raw, 0, end.start()):
        return "The headers have line ends that programs read differently."
    first, *more = raw[: end.start()].split(b"\n")
    if not (_HEADER_LINE.match(first) and all(line[:1] in (b" ", b"\t") or _HEADER_LINE.match(line) for line in more)):
        return "Among the headers stands a line that programs read differently."
    if raw.count(b"\n") > LINES:
        return "The mail has too many lines for its signature to be verified."
    if sum((run.end() - run.start()) ** 2 for run in _RUN_OF_BLANKS.finditer(raw)) > _BLANKS:
        return "The mail has too many blanks in a row for its signature to be verified."
    return None


def _sender(mail: dkim.DKIM) -> str:
    """The domain of the one sender; an empty string where there are more, or none."""
    value = next(value for name, value in mail.headers if name.lower() == b"from")
    addresses = read_addresses(value)
    return addresses[0].domain if len(addresses) == 1 else ""


def _by_signature(mail: dkim.DKIM, sender: str, ask: AskKey) -> Proof | None:
    """What the first signatures that are aligned with the sender prove; None where there is none."""
    signatures = [value for name, value in mail.headers if name.lower() == b"dkim-signature"]
    unsure: Proof | None = None
    failed: Proof | None = None
    tried = 0
    for number, written in enumerate(signatures):
        tags = _tags(written)
        if tags is None or not aligned(tags.domain, sender):
            continue
        if tried == _SIGNATURES:
            break
        tried += 1
        found = _verified(mail, number, tags, ask)
        if found.outcome == "pass":
            return found
        unsure = unsure or (found if found.outcome == "unsure" else None)
        failed = failed or found
    return unsure or failed


def _verified(mail: dkim.DKIM, number: int, tags: _Tags, ask: AskKey) -> Proof:
    """Whether the signature of this number holds and covers what must be covered."""
    from dkim import DKIMException

    domain = tags.domain
    if b"l" in tags.values:
        return Proof("fail", f"The signature of {domain} covers only the beginning of the text (l=).", domain)
    uncovered = _uncovered(mail, tags)
    if uncovered:
        return Proof("fail", f"The signature of {domain} does not cover {uncovered}.", domain)
    if tags[b"a"] not in _ALGORITHMS:
        return Proof("fail", f"The signature of {domain} is of a kind that is not believed.", domain)
    try:
        holds = mail.verify(idx=number, dnsfunc=_asking(ask))
    except KeyUnknown as unknown:
        return Proof("unsure", str(unknown), domain)
    except DKIMException as error:
        return Proof("fail", f"The signature of {domain} does not hold ({type(error).__name__}).", domain)
    if holds:
        return Proof("pass", f"The signature of {domain} holds.", domain)
    return Proof("fail", f"The signature of {domain} does not hold.", domain)


def _uncovered(mail: dkim.DKIM, tags: _Tags) -> str:
    """What a signature leaves uncovered of what must be, by the names of the headers; an empty string if nothing."""
    signed = [name.strip().lower() for name in tags[b"h"].split(b":")]
    missing = sorted(_MUST_BE_SIGNED.difference(signed))
    if missing:
        return ", ".join(name.decode().title() for name in missing)
    names = [name.lower() for name, _ in mail.headers]
    added = [name for name in _READ_FROM_THE_TOP if names.count(name) > max(1, signed.count(name))]
    return ", ".join(f"the topmost {name.decode().title()}" for name in added)


def _tags(written: bytes) -> _Tags | None:
    """The tags of a signature; None for one that is too long, repeats a tag, or names what is no name of a domain."""
    if len(written) > _SIGNATURE_BYTES:
        return None
    if any(len(run[0]) > _BLANKS_IN_SIGNATURE for run in _RUN_IN_SIGNATURE.finditer(written)):
        return None
    tags: dict[bytes, bytes] = {}
    for tag in written.split(b";"):
        name, equals, value = tag.partition(b"=")
        if equals and name.strip() in tags:
            return None
        if equals:
            tags[name.strip()] = value.strip()
    named = all(_NAME.fullmatch(tags.get(name, b"")) for name in (b"d", b"s"))
    return _Tags(tags) if named else None


def _asking(ask: AskKey) -> Callable[..., bytes | None]:
    """`ask` as dkimpy calls it; a record that is larger than any honest key counts as none."""

    def asking(name: bytes | str, timeout: float = 0) -> bytes | None:
        record = ask((name if isinstance(name, str) else name.decode("ascii")).rstrip("."))
        return record if record is not None and _is_in_force(record) else None

    return asking


def _is_in_force(record: bytes) -> bool:
    """False for a key larger than any, one only being tried (t=y), or one for other hashes (RFC 6376, 3.6.1)."""
    if len(record) > _KEY_BYTES:
        return False
    tags = {name.strip(): value.strip() for name, _, value in (tag.partition(b"=") for tag in record.split(b";"))}
    flags = {flag.strip() for flag in tags.get(b"t", b"").split(b":")}
    hashes = {one.strip() for one in tags.get(b"h", b"sha256").split(b":")}
    return b"y" not in flags and b"sha256" in hashes


# --- mail that a forwarder has sealed ---------------------------------------------------------------------------------


def _sealed(raw: bytes, mail: dkim.DKIM, ask: AskKey, forwarders: Collection[str]) -> str | None:
    """What the last forwarder found, where his seal and all below it hold and he is one of those who are believed."""
    import dkim

    seals = [_tags(value) for name, value in mail.headers if name.lower() == b"arc-seal"]
    if not seals or len(seals) > _SEALS or None in seals:
        return None
    last = max((seal for seal in seals if seal), key=lambda seal: int(seal[b"i"]) if seal[b"i"].isdigit() else 0)
    believed = {name.lower() for name in forwarders}
    if last.domain not in believed or not _signed_with_care(mail):
        return None
    outcome, sets, _ = dkim.ARC(raw, minkey=1024).verify(dnsfunc=_asking(ask))
    if outcome != dkim.CV_Pass:
        return None
    # By dkimpy's own reading, which the seals were verified by, the first of these is the last forwarder's.
    signers = {sets[0][part].decode("ascii", "replace").lower() for part in ("as-domain", "ams-domain")}
    instance = _INSTANCE.match(sets[0]["aar-value"])
    if instance is None or not signers <= believed:
        return None
    return str(sets[0]["aar-value"][instance.end() :].decode("utf-8", "replace").strip())


def _signed_with_care(mail: dkim.DKIM) -> bool:
    """True if every seal's signature over the mail covers all of the text and what a mail is taken for hangs on."""
    every = [_tags(value) for name, value in mail.headers if name.lower() == b"arc-message-signature"]
    return all(tags is not None and b"l" not in tags.values and not _uncovered(mail, tags) for tags in every)
