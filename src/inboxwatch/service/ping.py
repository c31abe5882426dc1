"""The dead man's switch: a URL of the user's that is asked for while all is well, so that somebody misses it."""

from __future__ import annotations

import http.client
import logging
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit

from inboxwatch import __version__
from inboxwatch.config import CredentialError

SECONDS = 10.0
#: A server that sends a byte now and then, or a resolver that hangs, is given up after this; the next ping is sent.
LONGEST_SECONDS = 30.0
#: So many that never came back may be left behind at a time.
_LEFT_BEHIND_AT_MOST = 5

_log = logging.getLogger(__name__)


class PingFailed(Exception):
    """The URL was not reached, or did not say yes. The text names the host and holds nothing else of the URL."""


def ping(url: str, seconds: float = SECONDS) -> None:
    """GET an http or https URL once; no step of it may take longer than `seconds`. Raises PingFailed."""
    if not url.startswith(("https://", "http://")):
        raise PingFailed("what is kept as its URL begins neither with https:// nor with http://")
    try:
        host = urlsplit(url).hostname or "?"
        request = urllib.request.Request(url, headers={"User-Agent": f"inboxwatch/{__version__}"})  # noqa: S310 - http(s)
        with urllib.request.urlopen(request, timeout=seconds):  # noqa: S310 - looked at above
            return
    except urllib.error.HTTPError as error:
        error.close()
        raise PingFailed(f"{host} answered {error.code}") from None
    except urllib.error.URLError as error:
        cause = error.reason.strerror if isinstance(error.reason, OSError) else None
        raise PingFailed(f"{host} was not reached{f' ({cause})' if cause else ''}") from None
    except TimeoutError:
        raise PingFailed(f"{host} did not answer within {seconds:g} seconds") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        # Only the kind, for the text of some of them holds the URL.
        raise PingFailed(f"it could not be asked for ({type(error).__name__})") from None


class Pinger:
    """Pings in a thread of its own. What goes wrong is logged once a spell, and never stops anything."""

    def __init__(self, url: Callable[[], str]) -> None:
        self._url = url
        self._wanted = threading.Event()
        self._stopping = False
        self._failing = False
        self._left_behind: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._run, name="ping", daemon=True)

    def start(self) -> None:
        """Begin to wait for `ping`."""
        self._thread.start()

    def ping(self) -> None:
        """All is well now: say so. Returns at once."""
        self._wanted.set()

    def stop(self) -> None:
        """Ping no more. A ping under way ends by itself, in a thread that nobody waits for."""
        self._stopping = True
        self._wanted.set()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._stopping:
                return
            self._left_behind = [thread for thread in self._left_behind if thread.is_alive()]
            if len(self._left_behind) < _LEFT_BEHIND_AT_MOST:
                self._ping_once()

    def _ping_once(self) -> None:
        """One ping in a thread of its own, which is left behind when it has not ended after `LONGEST_SECONDS`."""
        ended: list[str | None] = []
        thread = threading.Thread(target=lambda: ended.append(self._attempt()), name="one ping", daemon=True)
        thread.start()
        thread.join(LONGEST_SECONDS)
        reason = ended[0] if ended else f"it did not come to an end within {LONGEST_SECONDS:g} seconds"
        if not ended:
            self._left_behind.append(thread)
        if reason is not None:
            self._failed(reason)
            return
        if self._failing:
            _log.warning("ping URL: reached again")
        self._failing = False

    def _attempt(self) -> str | None:
        """Ping; None if that succeeded, else why not."""
        try:
            ping(self._url())
        except (PingFailed, CredentialError) as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - the switch must outlive a fault of its own; it is recorded, and
            # only by its type, for the text may hold the URL
            return f"a fault in inboxwatch itself ({type(error).__name__})"
        return None

    def _failed(self, reason: str) -> None:
        if not self._failing:
            _log.warning("ping URL: %s; whoever waits for it will think that the watch has stopped", reason)
        self._failing = True
