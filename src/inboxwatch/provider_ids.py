"""For `check`: whose Authentication-Results the mails of a mailbox bear, so that the user can say whom to believe.

What is seen is offered and never believed unasked: anybody can write such a header into a mail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from inboxwatch.alerts.clean import one_line
from inboxwatch.app import App
from inboxwatch.config import Mailbox
from inboxwatch.mail.authenticity import read_results
from inboxwatch.mail.limits import trim
from inboxwatch.mail.words import decode_value
from inboxwatch.mailbox.folders import Folder
from inboxwatch.mailbox.imap import Account

_MAILS = 30
_FEWEST = 5
#: The provider writes into every mail; a sender only into his own.
_SHARE = 0.6
_LONGEST = 100


def whose_results(mailbox: Mailbox, account: Account, folder: Folder, app: App) -> str:
    """A sentence on the Authentication-Results in the latest mails of a folder: believed, on offer, or none."""
    blocks = account.latest_headers(folder, "Authentication-Results", _MAILS)
    seen, mails = _servers(blocks), len(blocks)
    believed = app.policy.known.believed(mailbox.name)
    words = {"name": mailbox.name, "folder": folder.name, "mails": mails}
    if believed:
        found = sum(number for server, number in seen.items() if server in believed)
        key = "believed" if found or not mails else "believed_not_seen"
        return app.wording.say(f"check.results.{key}", **words, servers=", ".join(sorted(believed)), found=found)
    server, found = next(iter(seen.most_common(1)), ("", 0))
    if mails >= _FEWEST and server and found >= _SHARE * mails:
        return app.wording.say("check.results.offer", **words, server=one_line(server, _LONGEST), found=found)
    return app.wording.say("check.results.none", **words)


def _servers(blocks: Iterable[bytes]) -> Counter[str]:
    """In how many of these mails each server's header stands; some providers write several into one mail."""
    counted: Counter[str] = Counter()
    for block in blocks:
        found = (read_results(decode_value(value)) for value in trim(block).values("authentication-results"))
        counted.update({results.server for results in found if results and results.server})
    return counted
