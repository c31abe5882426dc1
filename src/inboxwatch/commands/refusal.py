"""Why a command does not do what it was asked: sentences for the user, and the exit code."""

from __future__ import annotations

from collections.abc import Iterable


class Refusal(Exception):
    """The command stops here. Each of `sentences` goes to standard error; `code` is one of CONTRACT's exit codes."""

    def __init__(self, sentences: str | Iterable[str], code: int = 1) -> None:
        self.sentences = (sentences,) if isinstance(sentences, str) else tuple(sentences)
        self.code = code
        super().__init__("\n".join(self.sentences))
