"""How a secret is written in the configuration: by itself, or by where it is kept.

No sentence of this module quotes a value, and none a key: a password with braces is a mapping to YAML.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from pydantic import ValidationInfo

from inboxwatch.config.credentials import Secret, is_credential_name
from inboxwatch.config.values import CONTROL, Unfit, command, kind_of, path_in, text

_URL = re.compile(r"[a-z][a-z0-9]*://.+")
_WEB_URL = re.compile(r"https?://[!-~]+")
_NAME_OF_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SECRET_FORMS = ("file", "credential", "env", "command")


def password(value: object, info: ValidationInfo) -> Secret:
    """A password, by itself or by where it is kept."""
    return secret_in(value, (info.context or {}).get("folder"))


def target_url(value: object, info: ValidationInfo) -> Secret:
    """An Apprise URL, by itself or by where it is kept."""
    if isinstance(value, str) and not _URL.fullmatch(value):
        raise Unfit("is no Apprise URL; write for instance ntfy://localhost/inboxwatch")
    return secret_in(value, (info.context or {}).get("folder"))


def ping_url(value: object, info: ValidationInfo) -> Secret:
    """The URL of a dead man's switch, by itself or by where it is kept."""
    if isinstance(value, str) and not _WEB_URL.fullmatch(value):
        raise Unfit("is no web address; write for instance {file: PATH}, with https://… as the file's only line")
    return secret_in(value, (info.context or {}).get("folder"))


def secret_in(value: object, folder: Path | None) -> Secret:
    """What a secret in the file means, given the file's folder. Raises Unfit, which tells nothing of the value."""
    forms = "{file: PATH}, {credential: NAME}, {env: NAME} or {command: [PROGRAM, …]}"
    if isinstance(value, Secret):
        return value
    if isinstance(value, str):
        if not value or CONTROL.search(value):
            raise Unfit(f"is empty, or has line breaks or control characters; write one line of text, or {forms}")
        return Secret.plain(value)
    if isinstance(value, int | float):
        raise Unfit("is read as a number or as true or false; put it in quotes")
    if not isinstance(value, dict) or not value:
        raise Unfit(f"is {'an empty mapping' if value == {} else kind_of(value)}; write {forms}")
    for key in value:
        if key not in SECRET_FORMS:
            close = difflib.get_close_matches(key, SECRET_FORMS, 1, 0.6)
            hint = f"did you mean '{close[0]}'?" if close else f"write {forms}, or a text with braces in quotes"
            raise Unfit(f"has a key that is not known; {hint}", (key,), hidden=True)
    if len(value) > 1:
        raise Unfit(f"names {len(value)} places; keep one of them: {forms}")
    ((form, kept),) = value.items()
    try:
        return _kept_secret(form, kept, folder)
    except Unfit as unfit:
        raise Unfit(unfit.sentence, (form, *unfit.place)) from None


def _kept_secret(form: str, kept: object, folder: Path | None) -> Secret:
    if form == "file":
        return Secret.from_file(path_in(kept, folder))
    if form == "command":
        return Secret.from_command(command(kept))
    name = text(kept)
    if form == "credential":
        if not is_credential_name(name):
            raise Unfit("is no name of a credential; use letters, digits and _ . @ - alone, without a path")
        return Secret.from_credential(name)
    if not _NAME_OF_VARIABLE.fullmatch(name):
        raise Unfit("is no name of an environment variable; write for instance {env: INBOXWATCH_PASSWORD}")
    return Secret.from_environment(name)
