"""Where in an entry the words stand by which it was found, and what stands around them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from google.protobuf.message import Message

#: The fields that are searched, and how a person calls them.
_TEXTS = {
    "title": "title",
    "consequent": "what is promised",
    "name": "name",
    "publisher": "publisher",
    "provision": "provision",
    "aliases": "alias",
    "summary": "summary",
    "quote": "quote",
    "attribution": "attribution",
    "note": "remark",
    "text": "condition",
    "value": "attribute",
}
#: What has texts that are not searched: units, codes, days.
_NOT_WITHIN = frozenset({"quantity", "codes", "code", "occurred", "published", "due", "until"})
#: Scripts that are written without spaces, and Korean: there a part of a run is found too.
_JOINED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3041-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff]"
)
_WORD = re.compile(r"[^\W_]+")
#: Half rings and turned commas that stand for ayn, hamza and the like.
_DROPPED = "\u02bb\u02bd\u02be\u02bf"
#: Latin letters that Unicode does not take apart, as the service writes them in ASCII: by CLDR.
_LETTERS = {
    "a": "ⱥ",
    "ae": "æ",
    "b": "ƀɓƃ",
    "c": "ƈȼ",
    "d": "đðɖɗƌ",
    "e": "ɇɛ",
    "f": "ƒ",
    "g": "ǥɠɡ",
    "h": "ħɦⱨ",
    "hv": "ƕ",
    "i": "ıɨɪ",
    "j": "ȷɉʝ",
    "k": "ƙⱪ",
    "l": "łƚɫɬⱡ",
    "ll": "ỻ",
    "m": "ɱ",
    "n": "ŋɲƞ",
    "o": "ø",
    "oe": "œ",
    "oi": "ƣ",
    "p": "ƥᵽ",
    "q": "ĸ",
    "r": "ɍɽʀ",
    "s": "ȿʂ",
    "t": "ŧƭʈⱦ",
    "th": "þ",
    "u": "ʉ",
    "v": "ʋỽ",
    "w": "ⱳ",
    "y": "ƴɏỿ",
    "z": "ƶȥɀⱬᶎ",
}
SPELLED = {letter: plain for plain, letters in _LETTERS.items() for letter in letters}
#: So many characters are shown before and behind the first word.
_BEFORE, _BEHIND = 30, 70
#: By what an entry is known is shown whole, unless it is long.
_WHOLE, _LONGEST_WHOLE = ("title", "what is promised", "name"), 200


class Place(NamedTuple):
    """A text in which words were found: its field in the words of a person, the part of it that
    is shown, and where in that part the words stand.
    """

    field: str
    excerpt: str
    marks: tuple[tuple[int, int], ...]


def places(state: Message, asked: str) -> list[Place]:
    """The texts of an entry that have some of the words that were asked for, titles first. None
    where what was found is not in the answer.
    """
    patterns = _patterns(asked)
    found = []
    for field, text in sorted(_texts(state), key=lambda each: _RANK[each[0]]):
        marks = sorted(_marks(text, patterns))
        if marks:
            found.append(_excerpt(field, text, marks))
    return found


_RANK = {field: rank for rank, field in enumerate(_TEXTS.values())}


def _texts(message: Message) -> Iterator[tuple[str, str]]:
    for descriptor, value in message.ListFields():
        field = _TEXTS.get(descriptor.name)
        if descriptor.message_type is None:
            if field and descriptor.type == descriptor.TYPE_STRING:
                for text in [value] if isinstance(value, str) else value:
                    yield field, text
        elif descriptor.name not in _NOT_WITHIN:
            for inner in [value] if isinstance(value, Message) else value:
                yield from _texts(inner)


@lru_cache(16)
def _patterns(asked: str) -> tuple[re.Pattern[str], ...]:
    return tuple(filter(None, map(_pattern, asked.split())))


def _pattern(part: str) -> re.Pattern[str] | None:
    """What stands between spaces is looked for as it stands there; an asterisk at its end looks
    for words that begin so.
    """
    words = _WORD.findall(_folded(part)[0])
    if not words:
        return None
    joined = bool(_JOINED.search(part))
    begin, end = ("", "") if joined else (r"(?<![^\W_])", r"(?![^\W_])")
    if part.endswith("*"):
        end = r"[^\W_]*"
    return re.compile(begin + r"[\W_]+".join(map(re.escape, words)) + end)


def _marks(text: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[tuple[int, int]]:
    folded, origin = _folded(text)
    for pattern in patterns:
        for match in pattern.finditer(folded):
            if match.end() > match.start():
                yield origin[match.start()], origin[match.end() - 1] + 1


def _folded(text: str) -> tuple[str, list[int]]:
    """A text without case and accents, with where each of its characters stood."""
    found, origin = list[str](), list[int]()
    for at, character in enumerate(unicodedata.normalize("NFC", text)):
        for each in _plain(character):
            found.append(each)
            origin.append(at)
    return "".join(found), origin


@lru_cache(4096)
def _plain(character: str) -> str:
    if _JOINED.match(character):
        return character
    apart = unicodedata.normalize("NFKD", character)
    bare = "".join(each for each in apart if not unicodedata.combining(each)).casefold()
    return "".join(SPELLED.get(each, each) for each in bare if each not in _DROPPED)


def _excerpt(field: str, text: str, marks: Iterable[tuple[int, int]]) -> Place:
    text = unicodedata.normalize("NFC", text)
    every = list(marks)
    first = every[0][0]
    if field in _WHOLE and len(text) <= _LONGEST_WHOLE:
        return Place(field, re.sub(r"\s", " ", text), tuple(every))
    start = max(0, first - _BEFORE)
    if start:
        start = text.find(" ", start, first) + 1 or first
    end = min(len(text), first + _BEHIND)
    if end < len(text):
        end = max(text.rfind(" ", every[0][1], end), every[0][1])
    before, behind = "… " if start else "", " …" if end < len(text) else ""
    shift = len(before) - start
    shown = tuple((a + shift, b + shift) for a, b in every if a >= start and b <= end)
    flat = re.sub(r"\s", " ", text[start:end])
    return Place(field, f"{before}{flat}{behind}", shown)
