"""What must hold between settings: checked on the values as written, so that these faults come with all the others.

A value that cannot be read by itself is somebody else's problem here and is passed over.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from inboxwatch.config.credentials import CredentialError, Secret
from inboxwatch.config.oauth_rules import SECRETS, broken_oauth, oauth_of
from inboxwatch.config.problems import Problem
from inboxwatch.config.secrets import secret_in
from inboxwatch.config.urls import holds_secret
from inboxwatch.config.values import Unfit, is_loopback, path_in, quoted
from inboxwatch.config.yaml_lines import Place

#: The names of all platforms, given the user's own profile files and folders (those of them that could be read).
KnownPlatforms = Callable[[tuple[Path, ...]], Collection[str]] | Collection[str]

_OF_A_SERVER = ("port", "tls", "ca_file", "password", "auth", "oauth", "idle")


def broken_rules(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Faults between the keys of one mailbox, between mailboxes, and of targets."""
    mailboxes = list(entries(raw, "mailboxes"))
    for place, mailbox in mailboxes:
        yield from _server_or_folder(place, mailbox)
        yield from _plain_connection(place, mailbox)
        yield from broken_oauth(place, mailbox)
    yield from _names(mailboxes)
    for place, target in entries(raw.get("alerts"), "targets", "alerts"):
        yield from _one_way(place, target)


def unknown_platforms(raw: Mapping[str, Any], known: KnownPlatforms, folder: Path | None) -> Iterator[Problem]:
    """Platforms, and projects of clients, that no profile speaks of."""
    names = known(tuple(_profiles(raw, folder))) if callable(known) else known
    names = sorted({*names, "direct"})
    platforms = raw.get("platforms")
    for platform in platforms if isinstance(platforms, dict) else ():
        if platform not in names:
            yield Problem(("platforms", platform), _no_platform(platform, names))
    for place, client in entries(raw, "clients"):
        projects = client.get("projects")
        for position, project in enumerate(projects if isinstance(projects, list) else ()):
            if isinstance(project, str) and "/" in project and project.partition("/")[0] not in names:
                yield Problem((*place, "projects", position), _no_platform(project.partition("/")[0], names))


def plain_secrets(raw: Mapping[str, Any]) -> Iterator[Place]:
    """Where a secret stands in the file itself."""
    for place, mailbox in entries(raw, "mailboxes"):
        if isinstance(mailbox.get("password"), str) and mailbox["password"]:
            yield (*place, "password")
        for key in SECRETS:
            if isinstance(oauth_of(mailbox).get(key), str) and oauth_of(mailbox)[key]:
                yield (*place, "oauth", key)
    for place, target in entries(raw.get("alerts"), "targets", "alerts"):
        url = target.get("url")
        if isinstance(url, str) and "://" in url and holds_secret(url):
            yield (*place, "url")
    # Who knows it can say in her place that all is well.
    if isinstance(_ping(raw).get("url"), str) and _ping(raw)["url"]:
        yield ("ping", "url")


def missing_files(raw: Mapping[str, Any], folder: Path | None, environ: Mapping[str, str]) -> Iterator[Problem]:
    """Secrets that cannot be had and certificates that are not there; looked for, no command is run."""
    for place, mailbox in entries(raw, "mailboxes"):
        yield from _missing_secret((*place, "password"), mailbox.get("password"), folder, environ)
        for key in SECRETS:
            yield from _missing_secret((*place, "oauth", key), oauth_of(mailbox).get(key), folder, environ)
        if isinstance(mailbox.get("ca_file"), str):
            yield from _missing_file((*place, "ca_file"), mailbox["ca_file"], folder)
    for place, target in entries(raw.get("alerts"), "targets", "alerts"):
        yield from _missing_secret((*place, "url"), target.get("url"), folder, environ)
    yield from _missing_secret(("ping", "url"), _ping(raw).get("url"), folder, environ)


def _ping(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    found = raw.get("ping")
    return found if isinstance(found, dict) else {}


def entries(raw: object, key: str, *above: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The mappings in the list under `key`, each with its place; nothing where there is no such list."""
    found = raw.get(key) if isinstance(raw, dict) else None
    for position, entry in enumerate(found if isinstance(found, list) else ()):
        if isinstance(entry, dict):
            yield (*above, key, position), entry


def _server_or_folder(place: Place, mailbox: dict[str, Any]) -> Iterator[Problem]:
    has_host, has_maildir = mailbox.get("host") is not None, mailbox.get("maildir") is not None
    if has_host and has_maildir:
        yield Problem((*place, "maildir"), "stands beside host; keep one of them, or make it a mailbox of its own")
    elif has_maildir:
        for key in _OF_A_SERVER:
            if mailbox.get(key) is not None:
                yield Problem((*place, key), "means nothing beside maildir; remove it")
    elif not has_host:
        yield Problem((*place, "host"), "is missing; a mailbox needs host (a server) or maildir (a folder of files)")
    if has_host or not has_maildir:
        for key, right in (("username", "`username: me@example.com`"), ("password", "`password: {file: PATH}`")):
            if mailbox.get(key) is None and not (key == "password" and mailbox.get("oauth") is not None):
                yield Problem((*place, key), f"is missing; a mailbox on a server needs it, for instance {right}")


def _plain_connection(place: Place, mailbox: dict[str, Any]) -> Iterator[Problem]:
    host = mailbox.get("host")
    if mailbox.get("tls") == "none" and isinstance(host, str) and not is_loopback(host):
        yield Problem(
            (*place, "tls"),
            "none would send the password in the clear; write implicit or starttls (none: this machine only)",
        )


def _names(mailboxes: list[tuple[Place, dict[str, Any]]]) -> Iterator[Problem]:
    first: dict[str, Place] = {}
    for place, mailbox in mailboxes:
        name = mailbox.get("name")
        if name is None and "name" not in mailbox and len(mailboxes) > 1:
            yield Problem(
                (*place, "name"), "is missing; where there are several mailboxes each needs a name of its own"
            )
        if not isinstance(name, str):
            continue
        if name in first:
            yield Problem(
                (*place, "name"),
                f"{quoted(name)} is the name of mailboxes[{first[name][-1]}] too; give it a name of its own",
            )
        first.setdefault(name, place)


def _one_way(place: Place, target: dict[str, Any]) -> Iterator[Problem]:
    ways = [key for key in ("url", "command", "journal") if target.get(key) is not None]
    if target.get("journal") is False:
        yield Problem((*place, "journal"), "is false; write true, or remove it")
    elif not ways:
        yield Problem(place, "names no way to tell; write one of url, command or journal: true")
    elif len(ways) > 1:
        yield Problem((*place, ways[-1]), f"stands beside {ways[0]}; keep one, or make each a target of its own")


def _no_platform(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, 1, 0.6)
    hint = f"did you mean '{close[0]}'?" if close else f"known are: {', '.join(names)} (add your own under profiles)"
    return f"{quoted(name)} is no known platform; {hint}"


def _profiles(raw: Mapping[str, Any], folder: Path | None) -> Iterator[Path]:
    found = raw.get("profiles")
    for written in found if isinstance(found, list) else ():
        try:
            yield path_in(written, folder)
        except Unfit:
            continue


def _missing_secret(
    place: Place, written: object, folder: Path | None, environ: Mapping[str, str]
) -> Iterator[Problem]:
    try:
        secret: Secret = secret_in(written, folder)
        secret.check(environ)
    except Unfit:
        return
    except CredentialError as error:
        yield Problem(place, str(error))


def _missing_file(place: Place, written: str, folder: Path | None) -> Iterator[Problem]:
    try:
        path = path_in(written, folder)
        with path.open("rb"):
            return
    except Unfit:
        return
    except OSError as error:
        yield Problem(place, f"the file {path} cannot be read: {error.strerror}; name a file of certificates (PEM)")
