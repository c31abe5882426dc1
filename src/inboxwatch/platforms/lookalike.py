"""What looks like a platform and is not it: names and domains compared by their appearance."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from functools import lru_cache

# What is taken for a letter at a glance. Digits and foreign letters for Latin ones; strokes for the long-vowel sign.
# `i` and `l` become one, for a capital I is an l to the eye.
_CONFUSABLES = str.maketrans(
    {
        **dict.fromkeys("1|ıіιΙI!iӏⅼ", "l"),
        **dict.fromkeys("0οоօ", "o"),
        **dict.fromkeys("5ѕ$", "s"),
        **dict.fromkeys("3еεєё", "e"),
        **dict.fromkeys("4аαɑ", "a"),
        **dict.fromkeys("сϲ", "c"),
        **dict.fromkeys("гʀ", "r"),
        **dict.fromkeys("пոη", "n"),
        **dict.fromkeys("рρ", "p"),
        **dict.fromkeys("уγ", "y"),
        **dict.fromkeys("хχ", "x"),
        **dict.fromkeys("кκ", "k"),
        **dict.fromkeys("ԁ", "d"),
        **dict.fromkeys("ԝω", "w"),
        **dict.fromkeys("υս", "u"),
        **dict.fromkeys("ν", "v"),
        **dict.fromkeys("ソ", "ン"),
        **dict.fromkeys("ヲ", "ラ"),
    }
)
# A dash or the numeral one between two kana is taken for the long-vowel sign.
_LONG_VOWEL = re.compile(r"(?<=[ァ-ヺ])[-‐‑‒–—―−一─━](?=[ァ-ヺ])")


@lru_cache(maxsize=512)
def skeleton(text: str) -> str:
    """Given a text, return one that is equal for all texts that look alike to a hasty reader."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    # Accents and dots below fall away, but the voicing marks of kana are letters of their own.
    loose = "".join(
        unicodedata.normalize("NFD", character)[0] if ord(character) < 0x3000 else character
        for character in plain
        if unicodedata.category(character) not in ("Cf", "Mn", "Cc") or character in "\t\n"
    )
    return _LONG_VOWEL.sub("ー", loose.translate(_CONFUSABLES))


def shows_name(text: str, names: tuple[str, ...]) -> bool:
    """Whether `text` shows one of `names` as a word of its own, or as if it were.

    フリーランサーズ and freelancers contain the name of a platform and are innocent.
    """
    seen = skeleton(text[:1000])
    squeezed = re.sub(r"\W+", "", seen)
    for name in names:
        wanted = skeleton(name)
        if squeezed == re.sub(r"\W+", "", wanted):
            return True
        if re.search(f"(?<![a-zァ-ヺー]){re.escape(wanted)}(?![a-z])", seen):
            return True
    return False


def readable_domain(domain: str) -> str:
    """Given a domain, return it with its `xn--` labels decoded; a label that cannot be decoded stays as it is."""
    labels = []
    for label in domain.casefold().split(".")[:40]:
        if label.startswith("xn--"):
            with suppress(UnicodeError, OverflowError):
                label = label[4:200].encode("ascii").decode("punycode")
        labels.append(label)
    return ".".join(labels)


def imitates_domain(domain: str, real: str) -> bool:
    """Whether the foreign `domain` is made to be taken for `real`.

    True if it looks like `real` or a sub-domain of it (1ancers.co.jp), or carries it whole in front of its own end
    (lancers.co.jp.example.net, lancers-co-jp.example).
    """
    seen, wanted = skeleton(readable_domain(domain)), skeleton(real)
    if seen == wanted or seen.endswith("." + wanted):
        return True
    return f".{wanted}." in f".{seen.replace('-', '.')}."


def borrows_label(domain: str, label: str) -> bool:
    """Whether a label of the foreign `domain` begins with the platform's own, as in lancers-support.example.

    Weaker than `imitates_domain`: common words are labels too, so something else must point to the platform as well.
    """
    seen, wanted = skeleton(readable_domain(domain)), skeleton(label)
    return re.search(f"(?<![a-z]){re.escape(wanted)}", seen) is not None
