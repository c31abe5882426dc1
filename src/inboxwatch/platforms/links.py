"""Which project a mail's links name: the patterns under `project_links` of a profile."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from inboxwatch.platforms.pattern import PatternError

_HOLE = "{project}"
# An id is decimal digits on Lancers and may be letters elsewhere; it never begins with a dot or a dash.
_DIGITS = re.compile(r"[0-9]{1,20}")
_ANY = re.compile(r"[0-9A-Za-z~_][0-9A-Za-z~_-]{0,79}")
#: Japanese mails put a full-width space or a bracket right behind a link, without a blank between.
_TRAILING = " \t\r\n\u3000。、，．）)」』】>＞\"'*"
_LONGEST_LINK = 4096


@dataclass(frozen=True, slots=True)
class LinkPattern:
    """A link that names a project: host without `www.`, path segments, and query parameters that must be there."""

    host: str
    path: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    only_digits: bool

    def project(self, link: str) -> str | None:
        """The project's id in `link`, or None. Further path segments and other parameters are ignored."""
        try:
            parts = urlsplit(link.strip(_TRAILING)[:_LONGEST_LINK])
            host = (parts.hostname or "").removeprefix("www.")
            given = dict(parse_qsl(parts.query, max_num_fields=50)) if self.query else {}
        except ValueError:
            return None
        segments = [segment for segment in parts.path.split("/") if segment]
        if parts.scheme not in ("http", "https") or host != self.host or len(segments) < len(self.path):
            return None
        pairs = [(wanted, found) for wanted, found in zip(self.path, segments, strict=False)]
        pairs += [(wanted, given.get(name, "")) for name, wanted in self.query]
        shape = _DIGITS if self.only_digits else _ANY
        named = None
        for wanted, found in pairs:
            if wanted == _HOLE and shape.fullmatch(found):
                named = found
            elif wanted != found:
                return None
        return named


def link_pattern(text: str, *, only_digits: bool = True) -> LinkPattern:
    """Given a link with `{project}` as one path segment or one parameter's value, return its pattern.

    Raise `PatternError` if it is no http link or names the project not exactly once.
    """
    parts = urlsplit(text)
    path = tuple(segment for segment in parts.path.split("/") if segment)
    query = tuple(parse_qsl(parts.query))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PatternError("a link begins with https:// and a host")
    if [*path, *(value for _, value in query)].count(_HOLE) != 1:
        raise PatternError("{project} stands once, as a whole path segment or as a parameter's value")
    return LinkPattern(parts.hostname.removeprefix("www."), path, query, only_digits)


def projects_in(links: Iterable[str], patterns: Iterable[LinkPattern]) -> tuple[str, ...]:
    """The different project ids that `links` name, in the order of their first link."""
    known = tuple(patterns)
    found: dict[str, None] = {}
    for link in links:
        for one in known:
            project = one.project(link)
            if project is not None:
                found.setdefault(project)
                break
    return tuple(found)
