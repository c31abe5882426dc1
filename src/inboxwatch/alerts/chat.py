"""Takes the meaning out of what chat services obey: calls to everybody, disguised links, struck out words.

Apprise escapes for some of them and not for others (Discord and Mattermost get plain text as it is, and read it as
Markdown), so that it is done here for all: what looks the same to a reader and means nothing to a program.
"""

from __future__ import annotations

import re

#: `<!channel>`, `<@U1>`, `<https://evil.example|bank>`, `<b>`: but not "1 < 2".
_ANGLE = re.compile(r"<(?=[^\s\d=-])")
#: `@everyone`, `@here`, `@name`. An address has a letter before its @; Discord calls everybody even behind one.
_CALL = re.compile(r"(?<![\w.+-])@(?=\w)|@(?=(?:everyone|here|channel|all|room|team)\b)", re.I)
#: `[bank](https://evil.example)`, `[bank][1]` and `[1]: https://evil.example`.
_BRACKET = re.compile(r"\](?=[(\[:])")
#: Struck out, hidden, bold, underlined: a pair of these takes hold of all that stands between its halves.
_PAIRED = re.compile(r"~{2,}|\|{2,}|\*{2,}|_{2,}|`+")
_WIDE = str.maketrans({"~": "～", "|": "｜", "*": "＊", "_": "＿", "`": "'"})


def without_markup(text: str) -> str:
    """Given the text of an alert, return it so that no chat service finds markup in it; it reads the same."""
    text = _BRACKET.sub("] ", _CALL.sub("＠", _ANGLE.sub("＜", text)))
    return _PAIRED.sub(lambda found: found[0].translate(_WIDE), text)
