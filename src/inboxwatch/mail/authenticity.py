"""Is the mail really from whom it says? By its own signature, and by what the mailbox's provider found when it came."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from inboxwatch.mail.model import Mail, Trust

_RESULT = re.compile(r"([a-z][a-z0-9_-]{0,30})(?:/[0-9]{1,3})?\s*=\s*([a-z]{1,30})(?![^\s;])", re.IGNORECASE)
_PROPERTY = re.compile(r"([a-z]{1,20}\.[a-z0-9_-]{1,30})\s*=\s*(\S+)", re.IGNORECASE)
_METHODS = frozenset({"dmarc", "dkim", "spf", "arc", "auth", "iprev", "sender-id", "domainkeys", "compauth"})
_SHARED_SECOND_LEVELS = frozenset(
    {"ac", "ad", "co", "com", "ed", "edu", "go", "gov", "gr", "lg", "mil", "ne", "net", "or", "org"}
)

_TO_OTHERS = "Its signature holds, but it is written to no address under `me:`, and may have been sent on."


@dataclass(frozen=True, slots=True)
class Result:
    """What a server found by one method: ("dkim", "pass", {"header.d": "lancers.jp"}); all in lower case."""

    method: str
    value: str
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Results:
    """One Authentication-Results header. `server` is None in Microsoft's form, which names none."""

    server: str | None
    results: tuple[Result, ...]

    def of(self, method: str) -> list[Result]:
        """The results of one method, in order."""
        return [result for result in self.results if result.method == method]


def judge(mail: Mail, own_ids: frozenset[str], *, to_her: bool = True) -> tuple[Trust, str]:
    """Given a mail and the authserv-ids that its mailbox's provider writes, return the verdict and a sentence why.

    `to_her`: false if it was written to others alone, so that neither its signature nor a forwarder's seal shows that
    it is meant for her: whoever has got a genuine mail can send it on with its signature whole, or by that forwarder.

    What a trusted forwarder found before he sealed the mail goes first, for forwarding breaks every other check. Else
    `dmarc=fail` of the provider is `forged`, whatever else passes; a pass of the provider's, or a signature that holds
    (`mail.proof`), is `verified`. What is not known is `unverified`. Never raises.
    """
    if mail.proof is not None and mail.proof.sealed is not None:
        sealed = read_results(mail.proof.sealed)
        if sealed is not None:
            trust, why = _judged(mail, sealed)
            return ("unverified", _TO_OTHERS) if trust == "verified" and not to_her else (trust, why)
    trust, why = _by_provider(mail, own_ids)
    if trust != "unverified" or mail.proof is None:
        return trust, why
    unclear = _why_unclear(mail)
    if mail.proof.outcome != "pass" or unclear:
        return "unverified", unclear or mail.proof.why
    # Asked again of the sender that is shown: should the two readings of the headers part, nothing is proved.
    if mail.sender is None or not aligned(mail.proof.domain, mail.sender.domain):
        return "unverified", f"The signature of {mail.proof.domain} does not speak for the sender."
    return ("verified", mail.proof.why) if to_her else ("unverified", _TO_OTHERS)


def _by_provider(mail: Mail, own_ids: frozenset[str]) -> tuple[Trust, str]:
    """What the provider of the mailbox found.

    Only the topmost header of exactly such an id counts (case aside): a border server removes headers that bear
    its own id, any other id is the sender's text (RFC 8601, 5).
    """
    if not own_ids:
        return "unverified", "No server is configured whose Authentication-Results are believed."
    own = {server.strip().lower() for server in own_ids}
    for _, value in mail.authentication_results:
        results = read_results(value)
        server = results.server if results else _server_of(value)
        if server is None or server not in own:
            continue
        if results is None:
            return "unverified", f"The Authentication-Results of {server} cannot be read."
        return _judged(mail, results)
    return "unverified", "The mail carries no Authentication-Results of the configured server."


def _judged(mail: Mail, results: Results) -> tuple[Trust, str]:
    server = results.server
    dmarc = results.of("dmarc")
    if any(result.value == "fail" for result in dmarc):
        return "forged", f"{server} says dmarc=fail."
    unclear = _why_unclear(mail)
    if unclear or mail.sender is None:
        return "unverified", unclear
    domain = mail.sender.domain
    for method, names in (("dmarc", ("header.from",)), ("dkim", ("header.d", "header.i")), ("spf", ("smtp.mailfrom",))):
        if method == "spf" and dmarc:
            continue
        for result in results.of(method):
            claimed = next((result.properties[name] for name in names if name in result.properties), "")
            if result.value == "pass" and aligned(claimed, domain):
                return "verified", f"{server} says {method}=pass for {claimed}."
    return "unverified", f"{server} found no pass that is aligned with {domain}."


def _why_unclear(mail: Mail) -> str:
    """Why no check speaks for what is shown of this mail; an empty string if one may."""
    if mail.sender is None or mail.sender_count != 1:
        return f"The mail has {mail.sender_count} senders, so no check speaks for one."
    if mail.doubled:
        return f"The mail has more than one header {mail.doubled[0].title()}, so no check speaks for one."
    return ""


def aligned(claimed: str, domain: str) -> bool:
    """Given two domains (or addresses), True when they are the same or one lies within the other.

    What many owners share (`co.jp`, a lone `jp`) holds nothing together.
    """
    one, other = (name.rpartition("@")[2].strip().rstrip(".").lower() for name in (claimed, domain))
    if not one or not other:
        return False
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    return longer.endswith("." + shorter) and not _is_shared(shorter)


def _is_shared(domain: str) -> bool:
    """True for a top level domain and for the second levels that registries of countries hand out (co.jp)."""
    labels = domain.split(".")
    return len(labels) < 2 or (len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SHARED_SECOND_LEVELS)


def read_results(value: str) -> Results | None:
    """Given the value of an Authentication-Results header, return it read, or None when it cannot be.

    Tolerates Microsoft's form without a server, Yahoo Japan's `from=` behind it, and text that is not ASCII.
    One pass over the value. Never raises.
    """
    pieces = _pieces(value)
    if pieces is None:
        return None
    server = _first_word(pieces[0])
    found: list[Result] = []
    for piece in pieces if server is None else pieces[1:]:
        result = _RESULT.match(piece.strip())
        if result:
            properties = {name.lower(): _unquoted(text) for name, text in _properties(piece)}
            found.append(Result(result[1].lower(), result[2].lower(), properties))
    return Results(server, tuple(found))


def _properties(piece: str) -> list[tuple[str, str]]:
    """The properties of a result; of a name that comes twice the first, for the sender may have written the rest."""
    return [(found[1], found[2]) for found in reversed(list(_PROPERTY.finditer(piece)))]


def _unquoted(text: str) -> str:
    return text.strip('"<>,').replace('\\"', '"').lower()


def _first_word(piece: str) -> str | None:
    words = piece.split()
    if not words:
        return None
    method = words[0].partition("=")[0].partition("/")[0].lower()
    if "=" in words[0] and method in _METHODS:
        return None
    return words[0].strip('"').lower()


def _server_of(value: str) -> str | None:
    """The server of a header that cannot be read further, so that a broken header of our own is not passed over."""
    return _first_word(re.split(r"[;(]", value, maxsplit=1)[0])


def _pieces(value: str) -> list[str] | None:
    """The value without its comments, cut at semicolons; None when a quotation or comment does not end.

    Quoted text keeps no blanks and no semicolons, so that nothing within it is taken for a result.
    """
    pieces: list[list[str]] = [[]]
    depth, quoted, escaped = 0, False, False
    for character in value:
        if escaped:
            escaped = False
            continue
        if character == "\\" and (quoted or depth):
            escaped = True
        elif quoted:
            quoted = character != '"'
            if quoted and not character.isspace() and character not in ";=":
                pieces[-1].append(character)
        elif depth:
            depth += (character == "(") - (character == ")")
        elif character == '"':
            quoted = True
        elif character == "(":
            depth = 1
            pieces[-1].append(" ")
        elif character == ";":
            pieces.append([])
        else:
            pieces[-1].append(character)
    return None if quoted or depth or escaped else ["".join(piece) for piece in pieces]
