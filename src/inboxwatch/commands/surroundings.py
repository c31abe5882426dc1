"""What a command runs in: the environment, the clock, the configuration; and its words beside the answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from inboxwatch.standard_error import complain

# The configuration costs a tenth of a second to import, and `version` has no use for it.
if TYPE_CHECKING:
    from inboxwatch.config import Config


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all commands share. `now` gives the present instant in UTC; `named` is the file behind --config."""

    environ: Mapping[str, str]
    now: Callable[[], datetime]
    named: Path | None = None

    def config(self, *, check_files: bool = False) -> Config:
        """The configuration. Raises ConfigError if there is none, or with all that is wrong with it."""
        from inboxwatch.config import ConfigError, find

        found = find(self.named, self.environ)
        if found is None:
            raise ConfigError([_nowhere(self.environ)])
        return self._loaded(found, check_files=check_files)

    def config_if_any(self) -> Config:
        """The configuration, or what holds without one. Raises ConfigError for one that is there and broken."""
        from inboxwatch.config import default, find

        found = find(self.named, self.environ)
        return default() if found is None else self._loaded(found, check_files=False)

    def _loaded(self, path: Path, *, check_files: bool) -> Config:
        from inboxwatch.config import load

        loaded = load(path, known_platforms=platform_names, check_files=check_files, environ=self.environ)
        for warning in loaded.warnings:
            say(warning)
        return loaded


def say(sentence: str) -> None:
    """Tell the user something that is not the answer, on standard error."""
    complain(f"inboxwatch: {sentence}")


def platform_names(own: tuple[Path, ...]) -> Collection[str]:
    """The names of all platforms, shipped or of these profiles. Raises ProfileError.

    A shipped profile is named like its platform, so that without profiles of her own none need be read for this.
    """
    if own:
        from inboxwatch.platforms.load import load_profiles

        return [profile.platform for profile in load_profiles(own, None, lambda _: True)]
    shipped = resources.files("inboxwatch.platforms").joinpath("profiles").iterdir()
    return [file.name.removesuffix(".yaml") for file in shipped if file.name.endswith(".yaml")]


def _nowhere(environ: Mapping[str, str]) -> str:
    base = environ.get("XDG_CONFIG_HOME") or "~/.config"
    return (
        "there is no configuration. These places were looked at: --config, $INBOXWATCH_CONFIG, ./config.yaml, "
        f"{base}/inboxwatch/config.yaml, /etc/inboxwatch/config.yaml. "
        "Copy config.example.yaml to one of them and fill in host, username and password."
    )
