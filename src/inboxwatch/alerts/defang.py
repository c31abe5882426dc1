"""Takes the life out of links: what a stranger has written must not lead anywhere by a tap."""

from __future__ import annotations

import re

from inboxwatch.alerts.clean import one_line

#: As much of a title, a subject or a name as a sentence bears.
LONGEST_QUOTED = 120

_SCHEME = re.compile(r"(?<![0-9A-Za-z])(https?|ftps?|wss?)(?=\s{0,5}[:：])", re.I)
_SLASHES = re.compile(r"[:：]\s?(?=[/／\\]{2})")
#: These lead somewhere without slashes: a call, a message, a program.
_BARE_SCHEME = re.compile(
    r"(?<![0-9A-Za-z])(mailto|tel|sms|callto|facetime|skype|javascript|vbscript)[:：](?=\S)", re.I
)
# The full stops of Japanese are dots of a domain too, but between Latin letters alone: elsewhere they end a sentence.
_DOT = re.compile(r"(?<=[\w\])-])[.．](?=[^\W\d_])|(?<=[^\W\d_])[.．](?=\w)|(?<=[0-9A-Za-z-])[。｡](?=[A-Za-z])")
_AT = re.compile(r"(?<=[^\s\[])[@＠](?=[^\s\]])")


def quoted(text: str) -> str:
    """Given a title, subject or name that a mail has brought, return it as it may stand in a sentence of ours."""
    return one_line(unlinked(text), LONGEST_QUOTED)


def quoted_suspect(text: str) -> str:
    """The same for what a suspicious mail has brought: nothing in it leads anywhere."""
    return one_line(defanged(text), LONGEST_QUOTED)


def defanged(text: str) -> str:
    """Given a text of a suspicious mail, return it so that no link, domain or address in it can be followed by a tap.

    `https://bank.example/x` becomes `hxxps[:]//bank[.]example/x`, `a@b.example` becomes `a[@]b[.]example`. Numbers keep
    their dots. Doing it again changes nothing.
    """
    return _DOT.sub("[.]", _AT.sub("[@]", unlinked(text)))


def unlinked(text: str) -> str:
    """Given a title or name that a mail has brought, return it without a live link; a bare domain stays as it is.

    `Node.js` and `@cosme` are words in titles like any other: only what is written as a link is touched.
    """
    text = _SCHEME.sub(lambda found: re.sub("tt", "xx", re.sub("TT", "XX", found[1])), text)
    return _BARE_SCHEME.sub(r"\1[:]", _SLASHES.sub("[:]", text))
