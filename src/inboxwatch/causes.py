"""Why a mailbox cannot be read, in the user's language."""

from __future__ import annotations

from inboxwatch.config import CredentialError
from inboxwatch.mailbox.errors import MailboxError, PermissionNeeded
from inboxwatch.store.model import StoreError
from inboxwatch.wording.say import Wording


def cause_in_words(error: Exception, wording: Wording) -> str:
    """Given what reading a mailbox raised, say what it comes down to, and word for word what was said about it."""
    if isinstance(error, MailboxError):
        code = error.code
    elif isinstance(error, StoreError):
        code = "state"
    else:
        code = "secret_missing" if isinstance(error, CredentialError) else "other"
    if isinstance(error, PermissionNeeded):  # what she types must not hide in the detail, which is English
        return wording.say(f"causes.{code}", detail=error.sentence, command=error.command)
    return wording.say(f"causes.{code}", detail=str(error) or type(error).__name__)
