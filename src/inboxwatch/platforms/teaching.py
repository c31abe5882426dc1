"""From the subject of one mail to a rule for all mails of its template: what is fixed stays, what varies is a hole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from inboxwatch.mail.charset import fold
from inboxwatch.platforms.pattern import Pattern, PatternError, WordsPattern, pattern
from inboxwatch.platforms.prepared import HOLES, Platform, compiled

#: A shorter title stands in any text by chance.
_SHORTEST_TITLE = 4
_SHORTEST_CLIENT = 2
#: Below this much that tells something (a kanji counts twice), a rule would take other mails as well.
_ENOUGH = 4
#: How much two subjects must have in common to be of one template.
_ALIKE = 6
#: These tell nothing: any mail may be an important notice about something.
_EMPTY_WORDS = re.compile(
    "お知らせ|知らせ|通知|案内|連絡|重要|確認|ください|下さい|について|に関する|から|より|さん|様|あなた|"
    r"\b(?:re|fwd?|no|the|a|an|of|to|for|in|on|from|by|and|is|has|you|your|notice|notification|important|new|mail)\b",
    re.I,
)
_TELLING = re.compile("[\u3400-\u9fff々]")
_LETTER = re.compile(r"[^\W\d_ぁ-ゖー]")
#: A date, a time, an amount, a number.
_NUMBER = re.compile(
    r"\d+(?:[年月時分,./:\-]\d+)+(?:日|分|秒)?(?: ?\([月火水木金土日](?:曜日?)?\))?"
    r"|\d+月\d+日(?: ?\([月火水木金土日]\))?"
    r"|\d+"
)
#: Who is named in front of さんから can only be the other side; before さん alone it may be the user herself.
_NAMED_CLIENT = re.compile(r"^([^「」『』【】\[\]、。]{1,60}?)(?= ?(?:さん|様)(?:から|より|が))")
#: A word that holds what is secret: capitals and digits in one run.
_CODE = re.compile(r"[0-9A-Za-z-]*(?:[0-9][0-9A-Za-z-]*|[A-Z]{4,}[0-9A-Za-z-]*)")
_OPENING, _CLOSING = '「『【("“', '」』】)"”'
_RUNS = tuple(map(re.compile, ("[\u3400-\u9fff々]{2}", "[ァ-ヺー]{2}", "[A-Za-z'-]{2}")))
_QUOTES = (("「", "」"), ("『", "』"))
#: Words that decide about money: two subjects that differ in one of these are of two templates.
_WEIGHTY = (
    *(
        "承",
        "却下",
        "返金",
        "支払",
        "キャンセル",
        "催促",
        "期限",
        "完了",
        "取り下げ",
        "開始",
        "終了",
        "受付",
        "受け付け",
    ),
    *("cancel", "refund", "dispute", "payment", "paid", "approv", "reject", "accept", "declin", "complet", "expir"),
)


class TooGeneral(Exception):
    """Too little in the subject is fixed: a rule made of it would take mails that mean something else."""


@dataclass(frozen=True, slots=True)
class Names:
    """What is known of the platform's projects: their titles, clients and numbers."""

    titles: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Hole:
    """What varies in the core of a subject, from where to where, and what it is called."""

    start: int
    end: int
    name: str = "*"


def propose(subject: str, platform: Platform, names: Names, like: Iterable[str] = ()) -> str:
    """Given a mail's subject, return the pattern of the rule for it: it matches that subject and its like.

    1. Known titles, clients, numbers and dates become holes; so does whoever stands in front of さんから.
    2. So does what differs in `like`, the subjects of other mails that may be of the same template.
    3. All else is literal; the platform's prefix, where there is one, stays in front and is optional as ever.

    Raises TooGeneral where what is left would take other mails as well.
    """
    known = platform.subject(fold(subject))
    core = known.core
    holes = _merged(_known_holes(core, names))
    for other in sorted(set(like)):
        holes = _with_difference(core, holes, platform, other, names)
    found = _first_that_fits(core, holes, platform)
    compiled_one = compiled(found, platform.profile.prefixes)
    assert isinstance(compiled_one, Pattern)
    fixed = min(("\n".join(texts) for texts in (compiled_one.literals, _literals(core, holes))), key=telling)
    if telling(fixed) < _ENOUGH:
        raise TooGeneral(found)
    prefix = next(iter(platform.profile.prefixes), "") if known.own_prefix else ""
    return f"{prefix} {found}" if prefix else found


def secret_words(subject: str, platform: Platform, names: Names) -> dict[str, list[str]]:
    """Given the subject of a mail that must never be kept, return the words by which its like are known.

    Nothing that varies is among them: the code itself may stand in the subject. Raises TooGeneral.
    """
    core = platform.subject(fold(subject)).core
    holes = [*_known_holes(core, names), *(_Hole(*found.span()) for found in _CODE.finditer(core))]
    # A bar would mean one or the other.
    texts = "|".join(_literals(core, _merged(holes))).split("|")
    words = [word for text in texts if telling(word := text.strip(" :-!。、"))]
    if telling("\n".join(words)) < _ENOUGH:
        raise TooGeneral(core)
    return {"has": list(dict.fromkeys(words))}


def checked_pattern(text: str, subject: str, platform: Platform) -> str:
    """Given a pattern as the user wrote it, return it if it can be used for this mail.

    Raises PatternError with what is wrong: it cannot be understood, it does not match, or it has no word in it.
    """
    own = compiled(text, platform.profile.prefixes)
    assert isinstance(own, Pattern)
    if own.match(platform.subject(fold(subject)).core) is None:
        raise PatternError("it does not match the mail itself; it must fit the whole subject, with {*} for what varies")
    if len(_LETTER.findall("".join(own.literals))) + len(re.findall("[ぁ-ゖ]", "".join(own.literals))) < 2:
        raise PatternError("it has no word in it, and would take every mail")
    return text


def telling(text: str) -> int:
    """How much a text tells: letters and katakana once, kanji twice, hiragana and words that are everywhere nothing."""
    left = _EMPTY_WORDS.sub(" ", text)
    return len(_LETTER.findall(left)) + len(_TELLING.findall(left))


def unknown_name(subject: str, pattern_text: str) -> str | None:
    """The pattern with {title} for what stands in quotation marks and was taken literally; None if nothing does.

    Nobody can know whether it is the title of a project or a fixed word: the user can.
    """
    if "{title}" in pattern_text:
        return None
    for opening, closing in _QUOTES:
        found = re.search(f"{opening}([^{opening}{closing}{{}}]{{2,}}){closing}", pattern_text)
        if found and found[1] in fold(subject) and not any(word in found[1] for word in _WEIGHTY):
            return f"{pattern_text[: found.start(1)]}{{title}}{pattern_text[found.end(1) :]}"
    return None


# --- what varies ------------------------------------------------------------------------------------------------------


def _known_holes(core: str, names: Names) -> list[_Hole]:
    """Holes for what is known to vary; a longer name before one that is a part of it, and names before numbers."""
    found: list[_Hole] = []
    titles = [("title", fold(title)) for title in names.titles if len(fold(title)) >= _SHORTEST_TITLE]
    clients = [("client", fold(client)) for client in names.clients if len(fold(client)) >= _SHORTEST_CLIENT]
    for kind, name in sorted({*titles, *clients}, key=lambda one: (-len(one[1]), one)):
        for start in _places(core, name):
            hole = _Hole(start, start + len(name), kind)
            if _is_free(hole, found) and (kind == "title" or _stands_alone(core, hole)):
                found.append(hole)
    named = _NAMED_CLIENT.search(core)
    if named and named[1].strip() and _is_free(hole := _Hole(*named.span(1), "client"), found):
        found.append(hole)
    numbers = [(start, start + len(number)) for number in names.numbers for start in _places(core, fold(number))]
    numbers += [match.span() for match in _NUMBER.finditer(core)]
    for start, end in numbers:
        if _is_free(hole := _Hole(start, end), found):
            found.append(hole)
    return found


def _places(core: str, name: str) -> Iterator[int]:
    start = core.find(name) if name else -1
    while start >= 0:
        yield start
        start = core.find(name, start + len(name))


def _is_free(hole: _Hole, others: Iterable[_Hole]) -> bool:
    return all(hole.end <= other.start or hole.start >= other.end for other in others)


def _stands_alone(core: str, hole: _Hole) -> bool:
    """True for a name that is none by chance: in brackets, before さん or 様, or between blanks."""
    before, after = core[: hole.start], core[hole.end :]
    if after.lstrip().startswith(("さん", "様", "氏")):
        return True
    opened = not before or before[-1] in _OPENING or before[-1].isspace()
    return opened and (not after or after[0] in _CLOSING or after[0].isspace())


def _merged(holes: Iterable[_Hole]) -> list[_Hole]:
    """In their order; two without a letter between them become one, for nothing says where the first one ends.

    Each name once: a second one has no name.
    """
    found: list[_Hole] = []
    for hole in sorted(holes, key=lambda one: (one.start, -one.end)):
        if found and hole.start <= found[-1].end:
            name = found[-1].name if found[-1].name != "*" else hole.name
            found[-1] = _Hole(found[-1].start, max(hole.end, found[-1].end), name)
        else:
            found.append(hole)
    seen: set[str] = set()
    for index, hole in enumerate(found):
        if hole.name in seen:
            found[index] = replace(hole, name="*")
        seen |= {hole.name} - {"*"}
    return found


# --- what differs from other mails ------------------------------------------------------------------------------------


def _with_difference(core: str, holes: list[_Hole], platform: Platform, other: str, names: Names) -> list[_Hole]:
    """The holes, and one more for what differs in `other`, if it is of the same template."""
    theirs = platform.subject(fold(other)).core
    own_units, their_units = _units(core, holes), _units(theirs, _merged(_known_holes(theirs, names)))
    front = _common([text for text, _ in own_units], [text for text, _ in their_units])
    rest_own, rest_their = own_units[front:], their_units[front:]
    back = _common([text for text, _ in reversed(rest_own)], [text for text, _ in reversed(rest_their)])
    if len(rest_own) == back or len(rest_their) == back:
        return holes  # the same but for what is known to vary, or one is a part of the other
    hole = _widened(core, *_span(core, own_units, front, back))
    other_hole = _widened(theirs, *_span(theirs, their_units, front, back))
    shared = "".join(text for text, at in own_units if len(text) == 1 and not hole.start <= at < hole.end)
    parts = (core[hole.start : hole.end], theirs[other_hole.start : other_hole.end])
    if telling(shared) < _ALIKE or _is_weighty(parts, platform):
        return holes
    return _merged([one for one in holes if _is_free(one, [hole])] + [hole])


def _span(core: str, units: Sequence[tuple[str, int]], front: int, back: int) -> tuple[int, int]:
    """Where in the core the units stand behind so many in front and before so many at the back."""
    return units[front][1], units[len(units) - back][1] if back else len(core)


def _units(core: str, holes: Sequence[_Hole]) -> list[tuple[str, int]]:
    """The core in single characters, with one unit for a whole hole; each with where it stands."""
    units: list[tuple[str, int]] = []
    position = 0
    for hole in (*holes, _Hole(len(core), len(core))):
        units += [(core[index], index) for index in range(position, hole.start)]
        if hole.end > hole.start:
            units += [(f"{{{hole.name}}}", hole.start)]
        position = hole.end
    return units


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many units both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))


def _widened(core: str, start: int, end: int) -> _Hole:
    """What differs, widened to whole words, and to the whole of the quotation marks that it stands in."""
    while start and _is_one_word(core[start - 1 : start + 1]):
        start -= 1
    while end < len(core) and _is_one_word(core[end - 1 : end + 1]):
        end += 1
    for opening, closing in (*_QUOTES, ("【", "】")):
        before, after = core.rfind(opening, 0, start), core.find(closing, end)
        if before >= 0 and after >= 0 and closing not in core[before:start] and opening not in core[end:after]:
            return _Hole(before + 1, after, "title" if opening != "【" else "*")
    return _Hole(start, end)


def _is_one_word(pair: str) -> bool:
    """True if nothing separates these two signs: both kanji, both katakana, or both letters."""
    return any(kind.fullmatch(pair) is not None for kind in _RUNS)


def _is_weighty(parts: Iterable[str], platform: Platform) -> bool:
    words = {*_WEIGHTY}
    for rule in (*platform.attested, *platform.probable):
        if isinstance(rule.subject, WordsPattern):
            words |= {word for group in rule.subject.has for word in group}
    return any(word in part.casefold() for part in parts for word in words)


# --- the pattern ------------------------------------------------------------------------------------------------------


def _literals(core: str, holes: Sequence[_Hole]) -> list[str]:
    edges = [0, *(edge for hole in holes for edge in (hole.start, hole.end)), len(core)]
    return [core[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _first_that_fits(core: str, holes: Sequence[_Hole], platform: Platform) -> str:
    """The pattern with all its holes; where a name would be captured wrongly, without its name; else the text alone."""
    for names in (HOLES, ("title",), ("client",), ()):
        tried = [hole if hole.name in names else replace(hole, name="*") for hole in holes]
        text = _written(core, tried)
        if _captures(text, core, tried, platform):
            return text
    text = _written(core, ())
    if not _captures(text, core, (), platform):
        raise TooGeneral(text)
    return text


def _written(core: str, holes: Sequence[_Hole]) -> str:
    literals = [literal.replace("{", "{{").replace("}", "}}") for literal in _literals(core, holes)]
    return literals[0] + "".join(f"{{{hole.name}}}{literal}" for hole, literal in zip(holes, literals[1:], strict=True))


def _captures(text: str, core: str, holes: Sequence[_Hole], platform: Platform) -> bool:
    try:
        pattern(text, HOLES)
        found = compiled(text, platform.profile.prefixes)
    except PatternError:
        return False
    spans = found.match(core)
    wanted = {hole.name: (hole.start, hole.end) for hole in holes if hole.name != "*"}
    return spans is not None and dict(spans) == wanted
