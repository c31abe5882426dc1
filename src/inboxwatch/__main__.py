"""The way in: runs one command, and turns whatever goes wrong into a sentence and an exit code."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

# The codes of CONTRACT, Commands.
DONE, FAILED, WRONG_USAGE, TRY_AGAIN, BAD_CONFIGURATION = 0, 1, 2, 75, 78
INTERRUPTED = 130

_log = logging.getLogger("inboxwatch")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` (default: the process's own) names, and return its exit code. Never raises."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _forgiving_outputs()
    code = _guarded(lambda: _command(arguments))
    # What is still buffered may find a full disk or a closed pipe: here, and not at the interpreter's end.
    flushed = _guarded(_flush)
    return code or flushed


def _command(arguments: list[str]) -> int:
    from inboxwatch import cli

    parsed = cli.parse(arguments)
    _start_logging(verbose=parsed.verbose)
    return cli.run(parsed, os.environ, lambda: datetime.now(UTC))


def _guarded(work: Callable[[], int]) -> int:
    try:
        return work()
    except SystemExit as ending:  # argparse ends so, having said why
        return ending.code if isinstance(ending.code, int) else WRONG_USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _reader_gone()
    except Exception as error:  # noqa: BLE001 - the one edge of the program: users get a sentence, not a traceback
        return _told(error)


def _told(error: Exception) -> int:
    """Say what went wrong, and return the exit code that fits."""
    sentences, code = _known(error)
    if not sentences:
        kind = type(error).__name__
        sentences = (f"a fault in inboxwatch itself ({kind}); run the same with -v for the details, and report it",)
        _log.info("unexpected: %s", kind, exc_info=error)
    # What is wrong in a file begins with the file, so that editors and scripts find the place (CONTRACT).
    before = "" if _names_places(error) else "inboxwatch: "
    for sentence in sentences:
        _complain(before + sentence)
    return code


def _known(error: Exception) -> tuple[tuple[str, ...], int]:
    """The sentences of an error that is expected, and its exit code; no sentence for one that is not."""
    from inboxwatch.commands.refusal import Refusal
    from inboxwatch.config import ConfigError, CredentialError
    from inboxwatch.facts import FactError
    from inboxwatch.platforms.load import ProfileError
    from inboxwatch.store.model import StoreError

    if isinstance(error, Refusal):
        return error.sentences, error.code
    if isinstance(error, ConfigError | ProfileError):
        return error.problems, BAD_CONFIGURATION
    if isinstance(error, CredentialError):
        return (str(error),), BAD_CONFIGURATION
    if isinstance(error, FactError):
        return (str(error),), WRONG_USAGE
    if isinstance(error, StoreError):
        return (str(error),), TRY_AGAIN if error.may_pass else FAILED
    if isinstance(error, OSError):
        named = f"{error.filename}: " if isinstance(error.filename, str) else ""
        return (f"{named}{error.strerror or type(error).__name__}",), FAILED
    return (), FAILED


def _names_places(error: Exception) -> bool:
    from inboxwatch.config import ConfigError
    from inboxwatch.platforms.load import ProfileError

    return isinstance(error, ConfigError | ProfileError)


def _complain(sentence: str) -> None:
    from inboxwatch.standard_error import complain

    with contextlib.suppress(OSError):  # nobody listens any more: the exit code still tells
        complain(sentence)


def _start_logging(*, verbose: bool) -> None:
    from inboxwatch.standard_error import LogLines

    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(LogLines())
    logging.basicConfig(handlers=[lines], level=logging.WARNING)
    # Only our own words: what libraries log in detail may hold what was sent to a server.
    logging.getLogger("inboxwatch").setLevel(logging.DEBUG if verbose else logging.WARNING)


def _forgiving_outputs() -> None:
    """A terminal that cannot show a character gets a mark in its place, and not a fault."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")


def _flush() -> int:
    sys.stdout.flush()
    return DONE


def _reader_gone() -> int:
    """The program behind our pipe has read enough, which is no fault of anybody."""
    try:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, sys.stdout.fileno())  # else the interpreter complains when it flushes at its end
        os.close(silent)
    except (OSError, ValueError):
        pass
    return DONE


if __name__ == "__main__":
    sys.exit(main())
