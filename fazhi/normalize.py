"""Clean text in which every character knows where it came from.

Web pages print these reports in full-width or half-width forms, in Traditional script
after an automatic conversion, with pinyin behind characters (`監(jiān)管`), and with
invisible characters. All of that is ironed out here, one character for one character or
dropped, so that offsets into the source survive.

NFKC is not used: it would turn ① into 1 and lose a heading level.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from opencc import OpenCC

INVISIBLE = ("Cc", "Cf", "Cs")  # Unicode categories: control, format, lone surrogate
_LINE_BREAKS = "\n\r\x0b\x0c\x85\u2028\u2029"

# Small form variants (U+FE50…) and other compatibility punctuation seen in reports.
_PUNCTUATION = dict(
    zip("﹐﹑﹒﹔﹕﹖﹗﹙﹚﹛﹜﹝﹞￥｡｢｣､", ",、.;:?!(){}〔〕¥。「」、", strict=True)
)

_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_VOWEL = {c: unicodedata.normalize("NFD", c)[0] for c in _TONED} | dict.fromkeys("ǖǘǚǜü", "v")
_SYLLABLE = re.compile(
    r"(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?"
    r"(?:i?a(?:ng?|i|o)?|ia|iao|ie|iu|in|ing|iong|e(?:i|ng?|r)?|o(?:ng|u)?|u(?:a(?:ng?|i)?|e|i|n|o)?|v[en]?|i|[nm]g?)"
)
_PINYIN_RUN = re.compile(
    rf"(?<=[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])(?:\([a-zü{_TONED}]{{1,7}}\))+"
)


@dataclass(frozen=True)
class CleanText:
    """Cleaned text and its way back.

    `offsets` has one entry more than `text` has characters: `offsets[i]` is where
    character `i` stands in `source`, the last entry is `len(source)`.
    """

    source: str
    text: str
    offsets: array[int]


def normalize(source: str) -> CleanText:
    """Clean `source`: width, spaces, line breaks, script, pinyin noise, invisible characters.

    Line breaks of every kind become one line feed each, other white space a plain space;
    nothing is collapsed, so layout can still be read. Never raises, for any string.
    """
    text, offsets = _without(source, _ignorable(source), array("l", range(len(source))))
    text = text.translate({ord(c): _plain(c) for c in set(text)})
    text, offsets = _without(text, _PINYIN_RUN, offsets, _is_pinyin)
    offsets.append(len(source))
    # Simplified text is left alone: the rules for phrases would turn 破坏土地 into 破坯土地.
    while _is_traditional(text) and (simplified := to_simplified(text)) != text:
        text = simplified
    return CleanText(source, text, offsets)


def to_simplified(text: str) -> str:
    """Traditional to Simplified script, character for character (same length)."""
    converter = _converter()
    converted: str = converter.convert(text)
    if len(converted) == len(text):
        return converted
    return "".join(c if len(s := converter.convert(c)) != 1 else s for c in text)


def squeeze(text: str) -> str:
    """One line of text: line breaks inside Chinese vanish, other white space becomes one space.

    A page breaks lines and pads anywhere; between two Chinese characters a break carries
    no meaning, between Latin words it is a space.
    """
    text = text.strip()

    def join(space: re.Match[str]) -> str:
        is_latin = (text[space.start() - 1] + text[space.end()]).isascii()
        return " " if is_latin or "\n" not in space.group() else ""

    return re.sub(r"\s+", join, text)


def _without(
    text: str,
    pattern: re.Pattern[str],
    offsets: array[int],
    confirm: Callable[[str], bool] = lambda _: True,
) -> tuple[str, array[int]]:
    """Drop the matches of `pattern` that `confirm` accepts, and their offsets."""
    pieces, kept, last = [], array("l"), 0
    for match in pattern.finditer(text):
        if not confirm(match.group()):
            continue
        pieces.append(text[last : match.start()])
        kept.extend(offsets[last : match.start()])
        last = match.end()
    pieces.append(text[last:])
    kept.extend(offsets[last:])
    return "".join(pieces), kept


def _is_pinyin(run: str) -> bool:
    """Whether every bracket in `(shu)(shù)` holds a Mandarin syllable.

    A lone `(a)` or `(e)` without a tone mark is an option or a footnote, not a reading.
    """
    for syllable in run[1:-1].split(")("):
        if len(syllable) == 1 and syllable not in _TONED:
            return False
        if not _SYLLABLE.fullmatch("".join(_VOWEL.get(c, c) for c in syllable)):
            return False
    return True


def _is_traditional(text: str) -> bool:
    """Whether any character of `text` is of Traditional script only."""
    return any(map(_is_traditional_only, set(text)))


@lru_cache(maxsize=32768)
def _is_traditional_only(char: str) -> bool:
    """Whether `char` has a Simplified form and no place of its own in GB 2312, as 乾 in 乾县 has."""
    if char.isascii() or _converter().convert(char) == char:
        return False
    try:
        return not char.encode("gb2312")
    except UnicodeEncodeError:
        return True


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


def _ignorable(text: str) -> re.Pattern[str]:
    """Pattern of the control, format and lone surrogate characters of `text`, and of CR before LF."""
    found = [c for c in set(text) if unicodedata.category(c) in INVISIBLE and not c.isspace()]
    return re.compile("\r(?=\n)" + (f"|[{re.escape(''.join(found))}]+" if found else ""))


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    """The one character that stands for `char` in clean text."""
    if char in _LINE_BREAKS:
        return "\n"
    if char.isspace():
        return " "
    if char in _PUNCTUATION:
        return _PUNCTUATION[char]
    if "\uff01" <= char <= "\uff5e":
        return chr(ord(char) - 0xFEE0)
    # Kangxi radicals and compatibility ideographs: what PDF fonts give instead of 一, 工, 立.
    if "\u2e80" <= char <= "\u2fdf" or "\uf900" <= char <= "\ufaff":
        canonical = unicodedata.normalize("NFKC", char)
        return canonical if len(canonical) == 1 else char
    return char
