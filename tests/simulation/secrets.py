"""Whether anything of a secret mail is left where it may not be (CONTRACT, Secrets)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from inboxwatch.store.sqlite import Store

#: The subject of every secret mail in the stories.
SECRET_SUBJECT = "ログイン認証コード"


def kept_secrets(store: Store, folder: Path) -> Iterator[str]:
    """A sentence for each place in the state folder that holds more of a secret mail than it may."""
    for file in folder.iterdir():
        if file.is_file() and SECRET_SUBJECT.encode() in file.read_bytes():
            yield f"the subject of a secret mail stands in {file.name}"
    for mail in store.stored_mails():
        is_secret = mail.recognition and mail.recognition.event == "secret"
        if is_secret and (mail.subject or mail.message_id or store.raw(mail.identity) is not None):
            yield f"more than an instant and a domain is kept of the secret mail of {mail.sent_at}"
