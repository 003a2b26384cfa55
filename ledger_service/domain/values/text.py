"""Which characters text may hold: Unicode in normalisation form C, without characters that
hide or disturb others, or that nobody sees.

Text is shown to people and stored as one line of JSON, so it must mean what it shows. Limits
count bytes in UTF-8. Text that is too long, or has too many combining marks in a row, is
refused without being normalised, which could take very long.

The exact rule, which every reader of a record can check by itself: a text, once in form C,
- has none of `REFUSED` anywhere;
- has none of `INSIDE` as its first or its last character, and so is none of these alone.
"""

from __future__ import annotations

import re
import unicodedata

from ledger_service.domain.values.limits import MARKS, REMARK

#: Control characters but newline and tab; the soft hyphen, the Mongolian vowel separator, the
#: zero width space; line and paragraph separators; bidirectional embeddings, overrides and
#: isolates; the word joiner and invisible operators; the byte order mark; noncharacters, lone
#: surrogates and tag characters.
REFUSED = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\xad\u180e\u200b"
    "\u2028\u2029"
    "\u202a-\u202e\u2066-\u2069"
    "\u2060-\u2064\ufeff"
    "\ufdd0-\ufdef"
    + "".join(
        chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
    )
    + "\ud800-\udfff"
    "\U000e0000-\U000e007f"
)
_REFUSED = re.compile(f"[{REFUSED}]")
#: Joiners, without which some scripts cannot be written, and marks of direction: they work on
#: what stands beside them, so that at an end of a text they only make it look like another.
INSIDE = "\u200c-\u200f"
_AT_AN_END = re.compile(rf"\A[{INSIDE}]|[{INSIDE}]\Z")

#: Beside the tag characters, U+E0000 to U+E007F.
_UNSEEN = frozenset((0xAD, 0x180E, 0x200B, *range(0x2060, 0x2065), 0xFEFF))
#: What some programs take for the end of a line.
_LINE_ENDS = (0x85, 0x2028, 0x2029)
#: A longer text fits nowhere, since it keeps a third of its bytes when it is normalised.
_TOO_LONG = 3 * REMARK


def normal(text: str) -> str:
    """The text in normalisation form C; unchanged when it cannot be allowed anyway."""
    if text.isascii() or len(text) > _TOO_LONG or crowded(text):
        return text
    return unicodedata.normalize("NFC", text)


def is_normal(text: str) -> bool:
    """Whether a text of any length is known to be in normalisation form C. It takes linear
    time: a text with too many combining marks in a row counts as not known to be.
    """
    return not crowded(text) and unicodedata.is_normalized("NFC", text)


def crowded(text: str) -> bool:
    """Whether the text has too many combining marks in a row."""
    return not text.isascii() and _crowd(text) is not None


def _crowd(text: str) -> int | None:
    """Where the first row of too many combining marks begins. Such a row covers one place of
    every `MARKS` + 1, so only these are looked at, and their neighbours where one is a mark.
    """
    step = MARKS + 1
    looked_at = text[::step]
    if looked_at.isascii() or not any(map(unicodedata.combining, set(looked_at))):
        return None
    for number, mark in enumerate(map(unicodedata.combining, looked_at)):
        if mark:
            begin, end = _row(text, number * step)
            if end - begin > MARKS:
                return begin
    return None


def _row(text: str, place: int) -> tuple[int, int]:
    """The row of combining marks about a place, as far as it is needed to tell its length."""
    begin = end = place
    while begin > 0 and place - begin < MARKS and unicodedata.combining(text[begin - 1]):
        begin -= 1
    while end < len(text) and end - begin <= MARKS and unicodedata.combining(text[end]):
        end += 1
    return begin, end


def problems(text: str, limit: int) -> list[str]:
    """What is wrong with a text that may have `limit` bytes, as sentences."""
    if text.isascii() and text.isprintable():
        return [_too_long(len(text), limit)] if len(text) > limit else []
    found = []
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > limit:
        found.append(_too_long(size, limit))
    if len(text) > _TOO_LONG:
        return found
    if (crowd := _crowd(text)) is not None:
        found.append(
            f"More than {MARKS} combining marks stand in a row from character {crowd + 1} of "
            "this text on. Leave some of them out."
        )
    if refused := _REFUSED.search(text):
        found.append(_refused(ord(refused.group()), refused.start() + 1))
    if end := _AT_AN_END.search(text):
        found.append(
            f"Character {end.start() + 1} of this text is U+{ord(end.group()):04X}, which nobody "
            "sees at an end of a text. Remove it."
        )
    return found


def _too_long(size: int, limit: int) -> str:
    return f"This text has {size} bytes in UTF-8. At most {limit} are allowed."


def _refused(code: int, place: int) -> str:
    remedy = "Remove it."
    if code in _LINE_ENDS:
        remedy = "Write a plain space in its place, or a newline where a line ends."
    return (
        f"Character {place} of this text is U+{code:04X}, {_kind(code)}, which is not "
        f"allowed. {remedy}"
    )


def _kind(code: int) -> str:
    if code in (0x2028, 0x2029):
        return "a line or paragraph separator"
    if 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069:
        return "a bidirectional control"
    if code in _UNSEEN or code >> 7 == 0xE0000 >> 7:
        return "a mark that nobody sees"
    if 0xD800 <= code <= 0xDFFF:
        return "half of a surrogate pair"
    if code < 0xA0:
        return "a control character"
    return "a noncharacter"
