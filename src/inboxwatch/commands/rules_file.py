"""The file of taught rules, replaced together with what it changes in the store: both, or neither."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from inboxwatch.commands.refusal import Refusal
from inboxwatch.platforms import taught
from inboxwatch.platforms.load import ProfileError

if TYPE_CHECKING:
    from pathlib import Path

    from inboxwatch.app import App
    from inboxwatch.pipeline import Pipeline

_LONGEST_SHOWN = 80


class TaughtMeanwhile(Exception):
    """Another command has changed the rules since they were read: this one begins anew."""


def text_of(path: Path) -> str | None:
    """What stands in the file of taught rules; None if there is none. Raises Refusal for what is no text."""
    try:
        return taught.read_text(path)
    except UnicodeDecodeError:
        raise Refusal(f"{path} is no UTF-8 text; mend it, or move it away, and teach again") from None


def with_text(app: App, path: Path, text: str) -> App:
    """The parts with this text in the file, checked before it is written. Raises Refusal with what is wrong with it."""
    try:
        return app.with_taught(path, text)
    except ProfileError as error:
        raise Refusal([*error.problems, "the rules would not be valid; nothing was written"]) from None


@contextmanager
def rewritten(app: App, path: Path, before: str | None, after: str, pipeline: Pipeline) -> Iterator[None]:
    """A transaction in which the file is replaced; undone together with it. Raises TaughtMeanwhile."""
    written = False
    try:
        with pipeline.store.transaction():
            # Only in a transaction of its own may a command replace these files: from here on they stay as they are.
            if taught.stamp(app.taught_profiles) != app.taught:
                raise TaughtMeanwhile
            written = True
            taught.replace_text(path, after)
            yield
    except BaseException:
        if written:
            _restore(path, before)
        raise


def _restore(path: Path, before: str | None) -> None:
    """Put the file back as it was: what could not be kept must not be half done."""
    if before is None:
        path.unlink(missing_ok=True)
    else:
        taught.replace_text(path, before)


def cut(text: str) -> str:
    """A subject or a pattern as an error names it: one that is very long must not fill the screen."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
