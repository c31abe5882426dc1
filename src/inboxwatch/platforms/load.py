"""Finds the profiles, shipped and the user's own, lays them over each other, checks them and makes them ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from inboxwatch.platforms import places
from inboxwatch.platforms.bounds import too_much
from inboxwatch.platforms.explain import explained, where
from inboxwatch.platforms.links import link_pattern
from inboxwatch.platforms.pattern import Pattern, PatternError, WordsPattern
from inboxwatch.platforms.prepared import Platform, Profiles, compiled, prepare, together
from inboxwatch.platforms.profile import MailRule, Profile

#: Keys whose entries of all files stand together, those of the file that was loaded last first.
_LISTS = ("senders", "prefixes", "secret", "noise_senders", "project_links")
_MAY_BE_EMPTY = (*_LISTS, "mails", "deadlines")
_LARGEST_FILE = 2_000_000
_SUFFIXES = (".yaml", ".yml")


class ProfileError(Exception):
    """Profiles that cannot be used. `problems` has one line for each thing, `FILE:LINE: where: what`."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class _TooLarge(Exception):
    """A profile file that is larger than any profile: half of one must not be taken for the whole."""


@dataclass(frozen=True, slots=True)
class _File:
    """One profile file as read: its name for errors, its mapping, and the line of each path."""

    name: str
    data: dict[str, Any]
    lines: dict[places.Path, int]
    taught: bool


@dataclass(slots=True)
class _Layered:
    """A platform's data, with the file and the path in it from which each path of the data came."""

    data: dict[str, Any] = field(default_factory=dict)
    origins: dict[places.Path, tuple[_File, places.Path]] = field(default_factory=dict)
    own: dict[int, int] = field(default_factory=dict)
    own_secrets: dict[int, int] = field(default_factory=dict)

    def place(self, path: places.Path) -> str:
        """`FILE:LINE: where` of the nearest known place at or above `path`."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.origins:
                file, origin = self.origins[path[:length]]
                origin += path[length:]
                known = next(origin[:n] for n in range(len(origin), -1, -1) if origin[:n] in file.lines)
                return f"{file.name}:{file.lines[known]}: {where(origin)}"
        return f"profile:1: {where(path)}"


def load_profiles(
    extra: Sequence[Path],
    state_profiles: Path | None,
    enabled: Callable[[str], bool],
    *,
    instead: Mapping[Path, str] | None = None,
) -> Profiles:
    """Given the user's profile files or folders, the folder of taught rules and which platforms are wanted, load all.

    Later files go before earlier ones: shipped, then `extra` in their order, then taught. A file with the same
    `platform` extends it: its mail rules are asked first, its deadlines replace those with the same id, other lists
    grow and other keys override. Of the taught rules the last one in its file is asked first, so that teaching again
    corrects what was taught before. A platform that is not `enabled` is checked and left out. A missing
    `state_profiles` folder is an empty one. `instead` gives the text of taught files as they are going to be, to see
    whether they can be used. Raise `ProfileError` with every problem of all files.
    """
    problems: list[str] = []
    files = [*_shipped(problems), *_own(extra, state_profiles, instead or {}, problems)]
    platforms = []
    for name in dict.fromkeys(file.data["platform"] for file in files):
        layered = _laid_over([file for file in files if file.data["platform"] == name])
        platform = _checked(layered, problems)
        if platform is not None and enabled(name):
            platforms.append((layered, platform))
    _check_domains(platforms, problems)
    if problems:
        raise ProfileError(problems)
    return together(platform for _, platform in platforms)


def taught_places(state_profiles: Path, extra: Sequence[Path], platform: str) -> dict[str, tuple[Path, str, int]]:
    """Where each taught rule of a platform stands, by its name: its file, its list there, and its place in that list.

    Given the folder of taught rules and the user's profile files, of which nothing is wrong (see `load_profiles`).
    """
    files = [one for one in (*_shipped([]), *_own(extra, state_profiles, {}, [])) if one.data["platform"] == platform]
    layered = _laid_over(files)
    found = {}
    for key, infix, numbers in (("mails", "", layered.own), ("secret", "secret/", layered.own_secrets)):
        for position, number in numbers.items():
            file, path = layered.origins[(key, position)]
            if file.taught and isinstance(path[-1], int):
                found[f"{platform}+own/{infix}{number}"] = (Path(file.name), key, path[-1])
    return found


# --- finding and reading ----------------------------------------------------------------------------------------------


def _shipped(problems: list[str]) -> list[_File]:
    folder = resources.files("inboxwatch.platforms") / "profiles"
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda one: one.name)
    found = [_read(entry.name, entry.read_text(encoding="utf-8"), problems) for entry in entries]
    return [file for file in found if file is not None]


def _own(
    extra: Iterable[Path], state_profiles: Path | None, instead: Mapping[Path, str], problems: list[str]
) -> list[_File]:
    paths = [(path, False) for given in extra for path in _files_at(given, problems)]
    taught = set(instead)
    if state_profiles is not None and state_profiles.is_dir():
        taught.update(_files_at(state_profiles, problems))
    found = []
    for path, is_taught in [*paths, *((path, True) for path in sorted(taught))]:
        try:
            text = instead[path] if path in instead and is_taught else _text_of(path)
        except _TooLarge:
            problems.append(f"{path}:1: file: has more than {_LARGEST_FILE} bytes; divide it, or take rules out")
            continue
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{path}:1: file: cannot be read as UTF-8 text: {type(error).__name__}")
            continue
        found.append(_read(str(path), text, problems, taught=is_taught))
    return [file for file in found if file is not None]


def _text_of(path: Path) -> str:
    with path.open("rb") as opened:
        data = opened.read(_LARGEST_FILE + 1)
    if len(data) > _LARGEST_FILE:
        raise _TooLarge
    return data.decode("utf-8-sig")


def _files_at(given: Path, problems: list[str]) -> list[Path]:
    if given.is_dir():
        return sorted(path for path in given.iterdir() if path.suffix in _SUFFIXES and path.is_file())
    if not given.is_file():
        problems.append(f"{given}:1: file: there is no such file or folder")
        return []
    return [given]


def _read(name: str, text: str, problems: list[str], *, taught: bool = False) -> _File | None:
    document = places.read(text)
    problems += [f"{name}:{problem.line}: {where(problem.path)}: {problem.what}" for problem in document.problems]
    if document.data is None and not document.problems:
        return None  # an empty file says nothing, and that is allowed
    if not isinstance(document.data, dict):
        if not document.problems:
            problems.append(f"{name}:1: file: a profile is a mapping that begins with 'platform: NAME'")
        return None
    if not isinstance(document.data.get("platform"), str):
        problems.append(f"{name}:1: platform: is missing; write for instance 'platform: lancers'")
        return None
    # A list whose last entry was taken out stands there as null; it says as much as one that is not there.
    data = {key: value for key, value in document.data.items() if value is not None or key not in _MAY_BE_EMPTY}
    return _File(name, data, dict(document.lines), taught)


# --- laying over each other -------------------------------------------------------------------------------------------


def _laid_over(files: Sequence[_File]) -> _Layered:
    layered = _Layered()
    layered.origins[()] = (files[0], ())
    for file in files:
        for key, value in file.data.items():
            if key in _LISTS and isinstance(value, list) and isinstance(layered.data.get(key, []), list):
                _in_front(layered, key, value, file)
            elif key not in ("mails", "deadlines") or not isinstance(value, list):
                layered.data[key] = value
                layered.origins[(key,)] = (file, (key,))
    _number_secrets(layered, files)
    _lay_mails(layered, files)
    _lay_deadlines(layered, files)
    return layered


def _in_front(layered: _Layered, key: str, value: list[Any], file: _File) -> None:
    before = layered.data.get(key, [])
    origins = [layered.origins[(key, index)] for index in range(len(before))]
    fresh = [(index, item) for index, item in enumerate(value) if item not in before]
    layered.data[key] = [item for _, item in fresh] + before
    for position, origin in enumerate([(file, (key, index)) for index, _ in fresh] + origins):
        layered.origins[(key, position)] = origin
    layered.origins.setdefault((key,), (file, (key,)))


def _number_secrets(layered: _Layered, files: Sequence[_File]) -> None:
    """Number the user's own in the order in which they were loaded: a new one must not change another's name."""
    given = layered.data.get("secret")
    places_of = [layered.origins[("secret", n)] for n in range(len(given) if isinstance(given, list) else 0)]
    own = [(files.index(file), path[1], n) for n, (file, path) in enumerate(places_of) if file is not files[0]]
    layered.own_secrets = {n: number for number, (_, _, n) in enumerate(sorted(own), 1)}


def _lay_mails(layered: _Layered, files: Sequence[_File]) -> None:
    """Put the rules of later files first; number the user's own in the order in which the files were loaded.

    In a file of taught rules the last one stands first, so that a rule that is taught last is asked first, and no
    earlier one changes its name by it.
    """
    base = files[0]
    number = 0
    entries: list[list[tuple[Any, tuple[_File, places.Path], int | None]]] = []
    for file in files:
        given = file.data.get("mails")
        group: list[tuple[Any, tuple[_File, places.Path], int | None]] = []
        for index, rule in enumerate(given if isinstance(given, list) else []):
            number += file is not base
            group.append((rule, (file, ("mails", index)), number if file is not base else None))
        entries.append(group[::-1] if file.taught else group)
    if not any(entries) or "mails" in layered.data:  # what is there already is no list, and the check will say so
        return
    ordered = [entry for group in reversed(entries) for entry in group]
    layered.data["mails"] = [rule for rule, _, _ in ordered]
    for position, (_, origin, own) in enumerate(ordered):
        layered.origins[("mails", position)] = origin
        if own is not None:
            layered.own[position] = own


def _lay_deadlines(layered: _Layered, files: Sequence[_File]) -> None:
    rules: dict[Any, tuple[Any, tuple[_File, places.Path]]] = {}
    for file in files:
        given = file.data.get("deadlines")
        for index, rule in enumerate(given if isinstance(given, list) else []):
            named = rule.get("id") if isinstance(rule, dict) else None
            key = named if isinstance(named, str) else (file.name, index)
            rules[key] = (rule, (file, ("deadlines", index)))
    if rules and "deadlines" not in layered.data:
        layered.data["deadlines"] = [rule for rule, _ in rules.values()]
        for position, (_, origin) in enumerate(rules.values()):
            layered.origins[("deadlines", position)] = origin


# --- checking ---------------------------------------------------------------------------------------------------------


def _checked(layered: _Layered, problems: list[str]) -> Platform | None:
    try:
        profile = Profile.model_validate(layered.data)
    except ValidationError as error:
        problems += [f"{layered.place(path)}: {what}" for path, what in explained(error)]
        return None
    wrong = [f"{layered.place(path)}: {what}" for path, what in _logical_problems(profile)]
    wrong += [] if wrong else [f"{layered.place(path)}: {what}" for path, what in _unreachable(layered, profile)]
    problems += wrong
    return None if wrong else prepare(profile, layered.own, layered.own_secrets)


def _logical_problems(profile: Profile) -> list[tuple[places.Path, str]]:
    wrong: list[tuple[places.Path, str]] = []
    try:
        ZoneInfo(profile.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wrong.append((("zone",), f"{profile.zone!r} is no time zone; write for instance Asia/Tokyo"))
    excess = list(too_much(profile))
    if excess:  # what is too long is not even read
        return wrong + excess
    subjects = [(("mails", index, "subject"), rule.subject) for index, rule in enumerate(profile.mails)]
    subjects += [(("secret", index, "subject"), rule.subject) for index, rule in enumerate(profile.secret)]
    for path, subject in subjects:
        try:
            compiled(subject, profile.prefixes)
        except PatternError as error:
            wrong.append((path, str(error)))
    for index, link in enumerate(profile.project_links):
        try:
            link_pattern(link)
        except (PatternError, ValueError) as error:
            wrong.append((("project_links", index), str(error)))
    return wrong


def _unreachable(layered: _Layered, profile: Profile) -> list[tuple[places.Path, str]]:
    """Rules that an earlier rule of the same file and grade always precedes: they could never match.

    Taught rules are left alone: one that was taught anew has taken the place of the other.
    """
    wrong: list[tuple[places.Path, str]] = []
    earlier: list[tuple[int, MailRule, Pattern | WordsPattern]] = []
    for index, rule in enumerate(profile.mails):
        subject = compiled(rule.subject, profile.prefixes)
        for before, other, covering in earlier:
            file = layered.origins[("mails", index)][0]
            same_file = file is layered.origins[("mails", before)][0] and not file.taught
            asked_before = same_file and other.grade == rule.grade and other.sender in (None, rule.sender)
            if asked_before and _covers(covering, subject):
                place = where(layered.origins[("mails", before)][1])
                wrong.append((("mails", index), f"can never match: {place} always matches before it"))
                break
        earlier.append((index, rule, subject))
    return wrong


def _covers(earlier: Pattern | WordsPattern, later: Pattern | WordsPattern) -> bool:
    if isinstance(earlier, Pattern) and isinstance(later, Pattern):
        return earlier.covers(later)
    return earlier == later


def _check_domains(platforms: Sequence[tuple[_Layered, Platform]], problems: list[str]) -> None:
    claimed: dict[str, str] = {}
    for layered, platform in platforms:
        for index, domain in enumerate(platform.profile.senders):
            name = platform.profile.platform
            other = claimed.setdefault(domain.casefold().strip("."), name)
            if other != name:
                problems.append(f"{layered.place(('senders', index))}: {domain} is a sender of {other} already")
