"""What of its environment inboxwatch hands on to the programs that it starts: nothing in which a secret of hers is."""

from __future__ import annotations

from collections.abc import Mapping

#: Between systemd and the daemon alone: whoever has these could speak in its name.
_OF_THE_SERVICE = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})

#: The variables that the configuration names as holding a secret. They only grow: a secret stays one.
_withheld: set[str] = set()


def withhold(name: str) -> None:
    """From now on no program that is started inherits this variable."""
    _withheld.add(name)


def inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """Given this process's environment, return that of a program which it starts."""
    return {name: value for name, value in environ.items() if name not in _withheld | _OF_THE_SERVICE}
