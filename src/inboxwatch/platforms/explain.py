"""What pydantic found wrong with a profile, in the words of somebody who wrote a YAML file."""

from __future__ import annotations

from difflib import get_close_matches

from pydantic import BaseModel, ValidationError

from inboxwatch.platforms import profile
from inboxwatch.platforms.places import Path

#: What pydantic adds to a path for its own ends: which form of a subject it tried.
_TAGS = ("pattern", "words")
_MODELS: dict[str | None, type[BaseModel]] = {
    "name": profile.LocalName,
    "mails": profile.MailRule,
    "secret": profile.SecretRule,
    "subject": profile.Words,
    "deadlines": profile.DeadlineRule,
    "from": profile.From,
    "certain": profile.Later,
    "extended": profile.Extension,
    "outcome": profile.Outcome,
}


def where(path: Path) -> str:
    """The path as one writes it: `mails[0].subject`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "file"


def explained(error: ValidationError) -> list[tuple[Path, str]]:
    """Each thing that is wrong: its path and what is wrong, without the value itself."""
    found = []
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        path = tuple(step for step in detail["loc"] if step not in _TAGS)
        found.append((path, _what(detail["type"], detail["msg"], path)))
    return found


def _what(kind: str, text: str, path: Path) -> str:
    if kind == "extra_forbidden":
        near = get_close_matches(str(path[-1]), _known_keys(path), n=1)
        return f"unknown key; did you mean {near[0]!r}?" if near else "unknown key"
    if kind == "missing":
        return "is missing"
    plain = text.removeprefix("Value error, ")
    return plain[:1].lower() + plain[1:]


def _known_keys(path: Path) -> list[str]:
    """The keys that may stand where the unknown one stands, by the nearest key above it."""
    above = next((step for step in reversed(path[:-1]) if isinstance(step, str)), None)
    model = _MODELS.get(above, profile.Profile)
    return sorted(field.alias or name for name, field in model.model_fields.items())
