"""Tells systemd how the service is doing (sd_notify): a datagram to the socket that it names, if any."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


class Notifier:
    """The way to the service manager. Never raises: a deaf manager must not stop the watch."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the NUL of the abstract namespace.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        watchdog = environ.get("WATCHDOG_USEC", "")
        own = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_seconds = int(watchdog) / 1_000_000 if watchdog.isdigit() and own else None

    def tell(self, *lines: str) -> None:
        """Send these assignments, such as READY=1 or STATUS=…."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
                channel.settimeout(1.0)
                told = "\n".join(" ".join(line.splitlines()) for line in lines)
                channel.sendto(told.encode("utf-8", "replace"), self._address)
        except OSError:
            # Nothing depends on it but the manager's own view, which its watchdog keeps true.
            return
