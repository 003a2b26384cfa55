"""What text may hold: NFC-normalised Unicode without characters that hide or disturb.

Text is shown to people and stored as one line of JSON, so it must mean what it shows.
Limits count bytes in UTF-8.
"""

from __future__ import annotations

import re
import unicodedata

#: Control characters but newline and tab, line and paragraph separators,
#: bidirectional embeddings, overrides and isolates, noncharacters, lone surrogates.
_REFUSED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u2028\u2029"
    "\u202a-\u202e\u2066-\u2069"
    "\ufdd0-\ufdef"
    + "".join(
        chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
    )
    + "\ud800-\udfff]"
)


def normal(text: str) -> str:
    """The text in Unicode normalisation form C."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def problems(text: str, limit: int) -> list[str]:
    """What is wrong with a text that may hold `limit` bytes, as sentences."""
    if text.isascii() and text.isprintable():
        return [_too_long(len(text), limit)] if len(text) > limit else []
    found = []
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > limit:
        found.append(_too_long(size, limit))
    if refused := _REFUSED.search(text):
        found.append(_refused(ord(refused.group()), refused.start() + 1))
    return found


def _too_long(size: int, limit: int) -> str:
    return f"This text has {size} bytes in UTF-8. At most {limit} are allowed."


def _refused(code: int, place: int) -> str:
    return (
        f"Character {place} of this text is U+{code:04X}, {_kind(code)}, which is not "
        "allowed. Remove it."
    )


def _kind(code: int) -> str:
    if code in (0x2028, 0x2029):
        return "a line or paragraph separator"
    if 0x202A <= code <= 0x2069:
        return "a bidirectional control"
    if 0xD800 <= code <= 0xDFFF:
        return "half of a surrogate pair"
    if code < 0xA0:
        return "a control character"
    return "a noncharacter"
