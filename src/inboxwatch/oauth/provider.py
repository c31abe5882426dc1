"""Who gives the permission, and at which addresses: those of Google and Microsoft, or of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inboxwatch.config.credentials import Secret

Way = Literal["loopback", "device"]


@dataclass(frozen=True, slots=True)
class Provider:
    """The addresses of one sign-in server. What is None it has not, or nobody has said.

    `redirect_host` is how it wants this computer called when it sends a browser back here, and `more` what it
    wants said beside the standard's own words. `usual` is the way that it recommends for a program like this one.
    """

    token_url: str
    scope: str
    authorise_url: str | None = None
    device_url: str | None = None
    redirect_host: Literal["127.0.0.1", "localhost"] = "127.0.0.1"
    more: tuple[tuple[str, str], ...] = ()
    usual: Way = "loopback"


#: https://developers.google.com/identity/protocols/oauth2/native-app (checked 2026-11). Its device flow is left out: it
#: does not give the scope of mail. `consent` has it give a refresh token each time, not only the first.
_GOOGLE = Provider(
    authorise_url="https://accounts.google.com/o/oauth2/v2/auth",
    token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
    scope="https://mail.google.com/",
    more=(("access_type", "offline"), ("prompt", "consent")),
)
#: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-device-code and, for `localhost`, …/reply-url
#: (checked 2026-11).
_MICROSOFT = Provider(
    authorise_url="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
    token_url="https://login.microsoftonline.com/common/oauth2/v2.0/token",  # noqa: S106 - an address
    device_url="https://login.microsoftonline.com/common/oauth2/v2.0/devicecode",
    scope="https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
    redirect_host="localhost",
    usual="device",
)
SHIPPED = {"google": _GOOGLE, "microsoft": _MICROSOFT}


@dataclass(frozen=True, slots=True)
class Client:
    """This program as the provider knows it: registered by the user herself, for her own mailbox `username`.

    Some clients have a secret. `ca_file` adds trust to the system's own.
    """

    provider: Provider
    client_id: str
    username: str
    client_secret: Secret | None = None
    ca_file: Path | None = None

    def identified(self, **form: str) -> dict[str, str]:
        """A form for the provider with who is asking. Raises CredentialError when the client's secret cannot be had."""
        secret = {"client_secret": self.client_secret.reveal()} if self.client_secret else {}
        return {**form, "client_id": self.client_id, **secret}
