"""Standard error: sentences for people and lines of the log, in which nothing from outside leads a reader astray."""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType

from inboxwatch.alerts.clean import visible

_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def complain(sentence: str) -> None:
    """Write one sentence on one line. Names of files and folders, and what servers said, may be anybody's words.

    What is not UTF-8 in the name of a file is written as an escape, by which it can be found. Raises OSError.
    """
    sys.stderr.write(f"{' '.join(_shown(sentence).splitlines())}\n")
    sys.stderr.flush()


class LogLines(logging.Formatter):
    """Log lines: what follows the first is indented, so that no text can pass for a line of its own.

    Of an exception its place and type are written and never its words, for they may quote a mail or a secret.
    """

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        return "\n    ".join(_shown(super().format(record)).splitlines())

    def formatException(self, ei: _Raised) -> str:
        """Where it was raised, and what each error on its way was."""
        error, lines = ei[1], []
        seen: set[int] = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            lines += [*traceback.format_tb(error.__traceback__), f"{type(error).__name__}\n"]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "".join(lines).rstrip()


def _shown(text: str) -> str:
    return visible(text.encode("utf-8", "backslashreplace").decode("utf-8"))
