"""The configuration: where it is, and YAML → Config with all errors at once, each with its place in the file."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from inboxwatch.config import settings, yaml_lines
from inboxwatch.config.credentials import CredentialError, Secret
from inboxwatch.config.problems import Problem, path_text, problems_in
from inboxwatch.config.rules import KnownPlatforms, broken_rules, missing_files, plain_secrets, unknown_platforms
from inboxwatch.config.settings import Alerts, Client, Language, Mailbox, Ping, PlatformSettings, Target, Written
from inboxwatch.config.values import Nameserver, is_address, kind_of
from inboxwatch.config.yaml_lines import Document, YamlError

__all__ = [
    "Alerts", "Client", "Config", "ConfigError", "CredentialError", "Mailbox", "Ping", "PlatformSettings", "Secret",
    "Target", "default", "find", "json_schema", "load", "parse", "state_folder",
]  # fmt: skip

_SYSTEM_FILE = Path("/etc/inboxwatch/config.yaml")
_SIZE_LIMIT = 1024 * 1024  # bytes


class ConfigError(Exception):
    """The configuration cannot be used. Each of `problems` reads `FILE:LINE: key.path: what is wrong; what is right`.

    They are ordered by line, and none of them quotes a secret.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, complete and checked. `path` is the file they come from; `warnings` are worded like errors."""

    language: Language = "ja"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Tokyo"))
    me: frozenset[str] = frozenset()
    state: Path | None = None
    mailboxes: tuple[Mailbox, ...] = ()
    platforms: Mapping[str, PlatformSettings] = field(default_factory=dict)
    profiles: tuple[Path, ...] = ()
    clients: tuple[Client, ...] = ()
    alerts: Alerts = field(default_factory=Alerts)
    dkim: bool = True
    nameservers: tuple[Nameserver, ...] = ()
    ping: Ping | None = None
    path: Path | None = None
    warnings: tuple[str, ...] = ()

    def platform(self, name: str) -> PlatformSettings:
        """The settings of one platform; as shipped where the file says nothing."""
        return self.platforms.get(name, PlatformSettings())


def find(explicit: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The configuration file: the one named, else the first there is; None if there is none.

    A file that was named (by `explicit` or $INBOXWATCH_CONFIG) is returned whether it exists or not, for using
    another one instead would surprise; `load` says that it is missing.
    """
    if explicit is not None:
        return explicit
    if environ.get("INBOXWATCH_CONFIG"):
        return Path(environ["INBOXWATCH_CONFIG"])
    own = _base_folder(environ, "XDG_CONFIG_HOME", ".config") / "inboxwatch" / "config.yaml"
    return next((path for path in (Path("config.yaml"), own, _SYSTEM_FILE) if os.access(path, os.F_OK)), None)


def load(
    path: Path,
    *,
    known_platforms: KnownPlatforms | None = None,
    check_files: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """The configuration in a file.

    Given `known_platforms` (names, or a function from the user's own profile paths to names), platforms must be among
    them. With `check_files`, secrets and certificates must be there; no secret is kept and no command is run.
    Raises ConfigError with every problem, ordered by line.
    """
    content, mode = _content_of(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}:{line}: file: is not UTF-8 here; save the file as UTF-8"]) from None
    return parse(
        text, path, mode=mode, known_platforms=known_platforms, check_files=check_files,
        environ=os.environ if environ is None else environ,
    )  # fmt: skip


def parse(
    text: str,
    path: Path,
    *,
    mode: int = 0o600,
    known_platforms: KnownPlatforms | None = None,
    check_files: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """The same, given the file's text and permission bits; `path` need not exist."""
    try:
        document = yaml_lines.parse(text)
    except YamlError as error:
        raise ConfigError([f"{path}:{error.line}: file: {error.sentence}"]) from None
    raw, folder = document.value, path.absolute().parent
    problems = [Problem(place, sentence) for place, sentence in document.problems]
    if not isinstance(raw, dict):
        if not problems:
            problems = [Problem((), _no_mapping(raw))]
        raise ConfigError(_in_order(path, document, problems))
    written = _validated(raw, folder, problems)
    problems += broken_rules(raw)
    if known_platforms is not None:
        problems += unknown_platforms(raw, known_platforms, folder)
    if check_files:
        problems += missing_files(raw, folder, os.environ if environ is None else environ)
    secrets = list(plain_secrets(raw))
    if mode & 0o077:
        problems += (
            Problem(place, f"is a secret in a file that others may read; run: chmod 600 {shlex.quote(str(path))}")
            for place in secrets
        )
    if problems or written is None:
        raise ConfigError(_in_order(path, document, problems))
    warning = (
        "is a secret in the configuration itself; better keep it elsewhere: {file: …}, {credential: …}, {command: …}"
    )
    return _complete(written, path, _in_order(path, document, [Problem(place, warning) for place in secrets]))


def default() -> Config:
    """The configuration of commands that work without a file: Japanese, Asia/Tokyo, no mailboxes, no targets."""
    return Config()


def state_folder(config: Config, environ: Mapping[str, str]) -> Path:
    """The folder that holds the database: `state:`, else systemd's, else the XDG one. It may not exist yet."""
    if config.state is not None:
        return config.state
    # systemd gives several folders with colons between them if the unit names several; ours is the first.
    given = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(given) if given else _base_folder(environ, "XDG_STATE_HOME", ".local/state") / "inboxwatch"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the configuration file, for editors."""
    return settings.json_schema()


def _base_folder(environ: Mapping[str, str], variable: str, below_home: str) -> Path:
    given = environ.get(variable, "")
    if given.startswith("/"):  # the XDG specification: relative ones are to be ignored
        return Path(given)
    home = environ.get("HOME")
    return (Path(home) if home else Path.home()) / below_home


def _content_of(path: Path) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(_SIZE_LIMIT + 1)
    except FileNotFoundError:
        wrong = "there is no such file; name another with --config, or copy config.example.yaml there and fill it in"
    except IsADirectoryError:
        wrong = "is a folder; name the file in it, for instance with --config"
    except OSError as error:
        wrong = f"cannot be read: {error.strerror}; let this user read it"
    else:
        if len(content) <= _SIZE_LIMIT:
            return content, mode
        wrong = "is larger than 1 MiB; this is not a configuration of inboxwatch"
    raise ConfigError([f"{path}:1: file: {wrong}"])


def _no_mapping(raw: object) -> str:
    if raw is None:
        return "is empty; write at least one mailbox (copy config.example.yaml and fill it in)"
    return f"must hold keys and values and holds {kind_of(raw)}; write for instance `language: ja`"


def _validated(raw: dict[str, Any], folder: Path, problems: list[Problem]) -> Written | None:
    try:
        return Written.model_validate(raw, context={"folder": folder})
    except ValidationError as error:
        problems += problems_in(error, raw)
        return None


def _in_order(path: Path, document: Document, problems: Iterable[Problem]) -> tuple[str, ...]:
    """One line a problem, by line of the file.

    Where the document itself has a fault, the value is not what was meant: what follows from it is not told.
    """
    spoilt = {place for place, _ in document.problems}
    kept = [
        problem
        for problem in problems
        if (problem.place, problem.sentence) in document.problems
        or not any(problem.place[:length] in spoilt for length in range(len(problem.place) + 1))
    ]
    kept.sort(key=lambda problem: (document.line_of(problem.place), path_text(problem.place)))
    lines = (f"{path}:{document.line_of(problem.place)}: {problem.path}: {problem.sentence}" for problem in kept)
    return tuple(dict.fromkeys(lines))


def _complete(written: Written, path: Path, warnings: tuple[str, ...]) -> Config:
    usernames = (mailbox.username or "" for mailbox in written.mailboxes)
    me = written.me if written.me is not None else frozenset(name.lower() for name in usernames if is_address(name))
    return Config(
        language=written.language,
        zone=written.zone,
        me=me,
        state=written.state,
        mailboxes=written.mailboxes,
        platforms=written.platforms,
        profiles=written.profiles,
        clients=written.clients,
        alerts=written.alerts,
        dkim=written.dkim,
        nameservers=written.nameservers,
        ping=written.ping,
        path=path,
        warnings=warnings,
    )
