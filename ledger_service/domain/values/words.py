"""The words of a text, and what is asked of them: one rule for all languages, by which an index
is made and by which what it found is checked, so that both always agree.

Case and accents are folded, and Latin letters that are another one with a stroke, a hook or
without its dot, or two in one, are written in ASCII. A word is a run of letters, digits and
their marks. In scripts that are written without spaces, and in Korean, whose particles are joined
to words, a run is cut into overlapping pairs of characters: there a part of a run is found too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

#: Characters of scripts of which a reader finds parts of a run: Thai, Lao, Burmese, Khmer,
#: Hangul, kana and Han.
_JOINED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3041-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_SEGMENT = re.compile(f"[{_JOINED}]+|[^{_JOINED}]+")
_IS_JOINED = re.compile(f"[{_JOINED}]")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
#: Accents and breathings, the points of Hebrew, the vowel signs and the stretching of Arabic;
#: what is not seen: soft hyphens and variation selectors; and the half rings and turned commas
#: that stand for ayn, hamza and the like where Arabic, Hebrew and Hawaiian are written in Latin.
#: Signs of other scripts belong to their letters.
_DROPPED = (
    "\u00ad\u02bb\u02bd-\u02bf\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\ufe00-\ufe0f\U000e0100-\U000e01ef"
)
_FOLDED = re.compile(f"[{_DROPPED}]+")
#: Small Latin letters of alphabets that Unicode does not take apart, by what stands for them in
#: ASCII in the transform Latin-ASCII of the Common Locale Data Repository (CLDR). Those that it
#: leaves out are left as they are. `found_words.py` of the client has them too.
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
_PLAINER = re.compile(f"[{_DROPPED}{''.join(SPELLED)}]")
#: Where all characters with a mark of their own lie that letters may bear.
_MARKS_END = 0x1E950


class Phrase(NamedTuple):
    """Words that follow one another in a text. Of the last one `prefix` says that it is only
    how the word begins.
    """

    words: tuple[str, ...]
    prefix: bool = False

    def is_in(self, words: Sequence[str]) -> bool:
        """Whether the words of a text have it."""
        size = len(self.words)
        *firsts, last = self.words
        for start in range(len(words) - size + 1):
            end = words[start + size - 1]
            if (end.startswith(last) if self.prefix else end == last) and (
                size == 1 or list(words[start : start + size - 1]) == firsts
            ):
                return True
        return False


def fold(text: str) -> str:
    """A text without case, accents and spaces around it, and in one form of its characters."""
    text = text.strip()
    if text.isascii():
        return text.lower()
    bare = _FOLDED.sub("", unicodedata.normalize("NFKD", text))
    plain = _PLAINER.sub(lambda found: SPELLED.get(found[0], ""), bare.casefold())
    return unicodedata.normalize("NFC", plain)


def words(text: str) -> list[str]:
    """The words of a text, in its order."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    found: list[str] = []
    for run in _word().findall(fold(text)):
        if _IS_JOINED.search(run) is None:
            found.append(run)
            continue
        for part in _SEGMENT.findall(run):
            if _IS_JOINED.match(part):
                found += [part[at : at + 2] for at in range(len(part))]
            else:
                found.append(part)
    return found


@lru_cache(maxsize=1024)
def phrases(asked: str) -> tuple[Phrase, ...]:
    """What is asked for: each part that stands between spaces is a phrase. An asterisk at its
    end asks for words that begin so. Parts without a letter or a digit ask for nothing.
    """
    found = (_phrase(part) for part in asked.split())
    return tuple(dict.fromkeys(phrase for phrase in found if phrase))


def _phrase(part: str) -> Phrase | None:
    runs = _word().findall(fold(part))
    if not runs:
        return None
    segments = [each for run in runs for each in _SEGMENT.findall(run)]
    *_, last = segments
    asked = words(part)
    if not _IS_JOINED.match(last):
        return Phrase(tuple(asked), part.endswith("*"))
    # The last character of a run stands alone at its end, and begins a pair elsewhere.
    return Phrase(tuple(asked[:-1]) if len(last) > 1 else tuple(asked), len(last) == 1)


def has_all(asked: Iterable[Phrase], texts: Iterable[str]) -> bool:
    """Whether each phrase is in one of some texts."""
    missing = list(asked)
    for text in texts:
        if not missing:
            return True
        there = words(text)
        missing = [phrase for phrase in missing if not phrase.is_in(there)]
    return not missing


@cache
def _word() -> re.Pattern[str]:
    """A run of letters, digits and marks. Marks are no letters to a regular expression."""
    marks = [
        chr(code)
        for code in range(0x300, _MARKS_END)
        if unicodedata.category(chr(code))[0] == "M"
    ]
    return re.compile(f"[^\\W_](?:[^\\W_]|[{''.join(marks)}])*")
