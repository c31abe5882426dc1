"""Why a permission was not given or not renewed."""

from __future__ import annotations

from typing import Literal

from inboxwatch.mailbox.errors import LoginRefused

Reason = Literal["denied", "expired", "ended", "client", "scope", "unfit", "other"]


class PermissionRefused(LoginRefused):
    """The sign-in server said no. The text names the server and what it said, and holds no secret.

    `reason`: she (or an administrator) said no · the time is over · what was shown is good no more · the client is not
    known · the scope is not given · the answer lacks what is needed · anything else.
    """

    code = "permission_refused"

    def __init__(self, sentence: str, reason: Reason) -> None:
        super().__init__(sentence)
        self.reason = reason
