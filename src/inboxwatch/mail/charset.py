"""From bytes and the label somebody put on them to text: total, for the charsets Japanese mail really contains."""

from __future__ import annotations

import re
from dataclasses import dataclass
from encodings import normalize_encoding
from encodings.aliases import aliases

from inboxwatch.mail.jis import REPLACEMENT, decode_cp50221, decode_cp51932, has_escapes
from inboxwatch.mail.text import clean, fold

__all__ = ["Decoded", "clean", "decode", "fold", "label_of"]


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, the step that made it ("cp50221", "utf-8 (label ignored)") and whether anything was replaced."""

    text: str
    step: str
    replaced: bool


#: What senders mean by these labels. Only text codecs named here or in `_PLAIN` are ever asked: CPython's others
#: (punycode, idna, unicode_escape) are slow on hostile input or are no charsets of mail at all.
_WIDENED = {
    "sjis": "cp932", "x_sjis": "cp932", "shift_jis": "cp932", "shiftjis": "cp932", "s_jis": "cp932",
    "shift_jisx0213": "cp932", "windows_31j": "cp932", "ms932": "cp932", "ms_kanji": "cp932", "cp932": "cp932",
    "cp943": "cp932", "cp943c": "cp932", "x_ms_cp932": "cp932", "windows_932": "cp932", "mskanji": "cp932",
    "sjis_win": "cp932", "ibm943": "cp932",
    "euc_jp": "cp51932", "eucjp": "cp51932", "x_euc_jp": "cp51932", "x_euc": "cp51932", "euc": "cp51932",
    "ujis": "cp51932", "eucjp_ms": "cp51932", "euc_jp_ms": "cp51932", "eucjpms": "cp51932", "cp51932": "cp51932",
    "eucjp_win": "cp51932",
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312_80": "gb18030", "x_gbk": "gb18030", "cp936": "gb18030",
    "euc_cn": "gb18030", "gb18030": "gb18030", "hz_gb_2312": "hz", "hz": "hz",
    "ks_c_5601": "cp949", "ks_c_5601_1987": "cp949", "ksc5601": "cp949", "euc_kr": "cp949", "cp949": "cp949",
    "uhc": "cp949", "windows_949": "cp949", "iso_2022_kr": "iso2022_kr",
    "big5": "big5hkscs", "big5_hkscs": "big5hkscs", "x_x_big5": "big5hkscs", "cp950": "cp950",
    "latin1": "cp1252", "iso_8859_1": "cp1252", "iso8859_1": "cp1252", "l1": "cp1252", "cp1252": "cp1252",
    "windows_1252": "cp1252", "x_ansi": "cp1252", "windows_1250": "cp1250", "windows_1251": "cp1251",
    "utf8": "utf-8", "utf_8": "utf-8", "utf8mb4": "utf-8", "x_utf_8": "utf-8", "unicode_1_1_utf_8": "utf-8",
    "utf_8_sig": "utf-8", "utf7": "utf-7", "utf_7": "utf-7", "unicode_1_1_utf_7": "utf-7",
    "x_unicode_2_0_utf_7": "utf-7", "ascii": "ascii", "us_ascii": "ascii", "us": "ascii", "7bit": "ascii",
    "ansi_x3_4_1968": "ascii", "unicode": "utf_16",
}  # fmt: skip
_PLAIN = frozenset({
    "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le", "koi8_r", "koi8_u", "mac_roman",
    "mac_cyrillic", "tis_620", "johab", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "cp1258", "cp437", "cp850", "cp866", "cp874", "iso8859_2", "iso8859_3", "iso8859_4", "iso8859_5",
    "iso8859_6", "iso8859_7", "iso8859_8", "iso8859_9", "iso8859_10", "iso8859_11", "iso8859_13",
    "iso8859_14", "iso8859_15", "iso8859_16",
})  # fmt: skip
_JIS_LABEL = re.compile(r"_?(?:x_)?(?:iso_?2022_?jp|csiso2022jp|cp5022[012]|jis7?$|x_iso2022)")
_MANY_BYTES = frozenset({"cp932", "cp51932", "utf-8", "gb18030", "cp949", "big5hkscs", "cp950"})
#: Their bytes are read by the label alone; many look like ASCII and are not.
_ESCAPED_OR_WIDE = frozenset(
    {"utf-7", "iso2022_kr", "hz", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le"}
)
_ASCII = re.compile("[\x00-\x7f]+")
_BEYOND_ASCII = re.compile(rb"[^\x00-\x7f]")
_SAMPLE = 4_000
_SAMPLE_BYTES = 64_000
_FEW = 4


def decode(data: bytes, label: str | None = None) -> Decoded:
    """Given bytes and the charset they were labelled with, or None, return their text. Never raises.

    The label is believed where the bytes agree with it; escape sequences of ISO-2022-JP and valid UTF-8 outweigh
    it. utf-7 is read only where the label says so, for any ASCII text could be taken for it.
    """
    codec = _codec_of(label)
    if codec == "cp50221" or (codec not in _ESCAPED_OR_WIDE and _is_jis(data)):
        return _decode_jis(data, label, codec)
    if codec in ("utf_16", "utf_32") or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        wide = _strictly(data, codec or "utf_16") or _strictly(data, "utf_16")
        if wide is not None:
            return Decoded(wide.removeprefix("\ufeff"), codec or "utf-16 (guessed)", False)
    if data.isascii() and codec not in _ESCAPED_OR_WIDE:
        return Decoded(data.decode("ascii"), codec or _named("ascii", label), False)
    if codec is not None:
        text = _strictly(data, codec)
        if text is not None and not _better_as_something_else(data, codec, text):
            return Decoded(text, codec, False)
    return _guess(data, label, codec)


def label_of(label: str | None) -> str | None:
    """Given a charset label as written, return it bare and lower-cased, or None if it says nothing."""
    if label is None:
        return None
    name = clean(label.partition("\x00")[0], one_line=True).strip("\"' ;,").lower()[:60]
    return name or None


def _codec_of(label: str | None) -> str | None:
    name = label_of(label)
    if name is None or not name.isascii():
        return None
    name = name.partition("*")[0]
    key = re.sub(r"[^a-z0-9]+", "_", name).strip("_")
    if _JIS_LABEL.match(key) and "kr" not in key and "cn" not in key:
        return "cp50221"
    if key.startswith("cs") and key not in _WIDENED:
        key = key[2:]
    if key in _WIDENED:
        return _WIDENED[key]
    module = aliases.get(normalize_encoding(key).lower(), key)
    return _WIDENED.get(module, module if module in _PLAIN else None)


def _is_jis(data: bytes) -> bool:
    return b"\x1b" in data and has_escapes(data) and (data.isascii() or b"\x1b(" in data)


def _decode_jis(data: bytes, label: str | None, codec: str | None) -> Decoded:
    if not data.isascii() and not has_escapes(data):
        return _guess(data, label, None)
    text = decode_cp50221(data)
    step = "cp50221" if codec == "cp50221" else _named("cp50221", label)
    return Decoded(text, step, REPLACEMENT in text)


def _named(step: str, label: str | None) -> str:
    return f"{step} (label ignored)" if label_of(label) else f"{step} (guessed)"


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        text = decode_cp51932(data, "strict") if codec == "cp51932" else data.decode(codec)
    except ValueError:  # UnicodeError is one
        return None
    return text.removeprefix("\ufeff")


def _lossily(data: bytes, codec: str) -> str:
    text = decode_cp51932(data) if codec == "cp51932" else data.decode(codec, "replace")
    return text.removeprefix("\ufeff")


def _better_as_something_else(data: bytes, codec: str, text: str) -> bool:
    """True when the label's own reading succeeded and is still less likely than another."""
    if codec == "utf-8" or codec in _ESCAPED_OR_WIDE:
        return False
    as_utf8 = _strictly(data, "utf-8")
    if codec in _MANY_BYTES:
        return as_utf8 is not None and _likelihood(as_utf8) > _likelihood(text)
    if as_utf8 is not None:
        return True
    return any(
        guess is not None and len(_ASCII.sub("", guess)) >= _FEW and _likelihood(guess) >= 1.5
        for guess in (_strictly(data, "cp932"), _strictly(data, "cp51932"))
    )


def _guess(data: bytes, label: str | None, codec: str | None) -> Decoded:
    text = _strictly(data, "utf-8")
    if text is not None:
        return Decoded(text, _named("utf-8", label), False)
    # The label's own codec has failed already.
    strict = ((name, _strictly(data, name)) for name in ("cp932", "cp51932") if name != codec)
    readable = [(name, text) for name, text in strict if text is not None]
    damaged = _least_damaged(data, label, codec)
    if not readable:
        return damaged
    name, text = max(readable, key=lambda pair: _likelihood(pair[1]))
    # One broken byte in a long text must not turn it into another charset's wreckage that happens to be whole.
    return damaged if _likelihood(damaged.text) > _likelihood(text) else Decoded(text, _named(name, label), False)


def _least_damaged(data: bytes, label: str | None, codec: str | None) -> Decoded:
    names = dict.fromkeys(name for name in (codec, "utf-8", "cp932", "cp51932") if name and name != "ascii")
    beginning = _sample(data)
    # The first of the likeliest: so on a tie the label wins.
    best = max(names, key=lambda name: _likelihood(_lossily(beginning, name)))
    text = _lossily(data, best)
    return Decoded(text, best if best == codec else _named(best, label), REPLACEMENT in text)


def _sample(data: bytes) -> bytes:
    """The beginning of what is beyond ASCII: all that a judgement looks at, and cheap where the text is long."""
    beyond = _BEYOND_ASCII.search(data)
    start = beyond.start() & ~3 if beyond else 0  # no character of four bytes is cut in two
    return data[start : start + _SAMPLE_BYTES]


def _likelihood(text: str) -> float:
    """How much the characters beyond ASCII look like written Japanese, on average: 3 kana, below 0 wreckage."""
    sample = _ASCII.sub("", text)[:_SAMPLE]
    return sum(map(_points, sample)) / len(sample) if sample else 0.0


def _points(character: str) -> int:
    if "\u3001" <= character <= "\u30ff":
        return 3
    if "\uff01" <= character <= "\uff60":
        return 2
    if "\u4e00" <= character <= "\u9fff":
        return 2 if _is_everyday(character) else 0
    if character == REPLACEMENT:
        return -6
    if "\uff61" <= character <= "\uff9f":
        return 0
    return -2


def _is_everyday(kanji: str) -> bool:
    """True for kanji of JIS level 1, which are sorted by frequency of use into the first rows."""
    try:
        return kanji.encode("euc_jp")[0] < 0xD0
    except UnicodeEncodeError:
        return False
