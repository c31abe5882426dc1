"""The files of an evidence pack, one after another, so that no more than one mail is held in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from inboxwatch.views.pack.as_json import pack_as_json
from inboxwatch.views.pack.document import document
from inboxwatch.views.pack.model import Pack
from inboxwatch.views.pack.words import stamp
from inboxwatch.wording.say import Language, Wording


def files(pack: Pack, raw: Callable[[str], bytes | None], wording: Wording) -> Iterator[tuple[str, bytes]]:
    """Given a pack and what gives the bytes of a mail by its identity, each file's name in the pack and its content.

    The same pack gives the same bytes. The explanation is in both languages, whatever that of `wording` is.
    """
    for mail in pack.mails:
        content = raw(mail.identity) if mail.identity and mail.file else None
        if mail.file and content is not None:
            yield mail.file, content
    yield "timeline.html", document(pack, wording).encode()
    yield "timeline.json", (json.dumps(pack_as_json(pack, wording), ensure_ascii=False, indent=2) + "\n").encode()
    yield "README.txt", _explanation(pack, wording).encode()


def _explanation(pack: Pack, wording: Wording) -> str:
    languages: tuple[Language, ...] = ("ja", "en")
    spoken = [Wording(language, wording.zone) for language in languages]
    texts = [
        one.say("exported.readme", project=pack.project.id, made=stamp(pack.made_at, one), version=pack.version)
        for one in spoken
    ]
    return f"\n\n{'-' * 78}\n\n".join(texts) + "\n"
