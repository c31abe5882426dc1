"""How much a profile may hold, so that no rule of anybody's can keep the daemon from its other mail.

Matching takes time in proportion to the length of the subject times that of all subjects of a profile. These bounds
are many times what any platform needs.
"""

from __future__ import annotations

from collections.abc import Iterator

from inboxwatch.platforms.places import Path
from inboxwatch.platforms.profile import Profile, Words

PATTERN = 500
HOLES = 20
WORDS = 50
WORD = 100
DUE = 50
#: Of all mail and secret rules of a platform together.
SUBJECTS = 100_000
#: What is looked at for a prefix (`prepared.Platform.subject`): a longer one would never be found.
PREFIX = 40
LINK = 500
NAME = 100
_MOST = {
    "mails": 1_000,
    "secret": 200,
    "senders": 200,
    "prefixes": 20,
    "noise_senders": 1_000,
    "project_links": 50,
    "deadlines": 100,
}


def too_much(profile: Profile) -> Iterator[tuple[Path, str]]:
    """Given a profile, yield each place where it holds more than it may, and a sentence with the bound."""
    for key, most in _MOST.items():
        count = len(getattr(profile, key))
        if count > most:
            yield (key,), f"holds {count} entries; at most {most} are read: take out what no mail has matched"
    written = 0
    for path, subject in _subjects(profile):
        yield from _too_long(path, subject)
        written += sum(map(len, _texts(subject)))
    if written > SUBJECTS:
        yield ("mails",), f"all subjects together have {written} characters; at most {SUBJECTS} are read: shorten some"
    yield from _other_texts(profile)


def _subjects(profile: Profile) -> Iterator[tuple[Path, str | Words]]:
    for index, rule in enumerate(profile.mails):
        yield ("mails", index, "subject"), rule.subject
    for index, secret in enumerate(profile.secret):
        yield ("secret", index, "subject"), secret.subject


def _texts(subject: str | Words) -> list[str]:
    return [subject] if isinstance(subject, str) else [*subject.has, *subject.lacks]


def _too_long(path: Path, subject: str | Words) -> Iterator[tuple[Path, str]]:
    if isinstance(subject, str):
        if len(subject) > PATTERN:
            yield path, f"has {len(subject)} characters; a pattern has at most {PATTERN}: keep what is always the same"
        elif subject.count("{") - 2 * subject.count("{{") > HOLES:
            yield path, f"has too many holes; a pattern has at most {HOLES}: let one {{*}} stand for several"
        return
    words = [word for text in _texts(subject) for word in text.split("|")]
    if len(words) > WORDS:
        yield path, f"has {len(words)} words; at most {WORDS} are read: keep those that tell this mail from others"
    elif any(len(word) > WORD for word in words):
        yield path, f"has a word of more than {WORD} characters: keep the part of it that is always the same"


def _other_texts(profile: Profile) -> Iterator[tuple[Path, str]]:
    longest: list[tuple[Path, str, int]] = [(("prefixes", n), text, PREFIX) for n, text in enumerate(profile.prefixes)]
    longest += [(("project_links", n), text, LINK) for n, text in enumerate(profile.project_links)]
    longest += [(("mails", n, "due"), rule.due, DUE) for n, rule in enumerate(profile.mails) if rule.due]
    longest += [(("name", "ja"), profile.name.ja, NAME), (("name", "en"), profile.name.en, NAME)]
    for path, text, most in longest:
        if len(text) > most:
            yield path, f"has {len(text)} characters; it may have {most}"
