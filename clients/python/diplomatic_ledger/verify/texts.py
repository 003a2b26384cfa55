"""Canonical JSON and what its texts may hold: the rules that every record keeps."""

from __future__ import annotations

import re
import unicodedata
from json import JSONDecodeError, JSONDecoder, JSONEncoder
from typing import Any, NoReturn

from diplomatic_ledger.verify.report import Broken

#: No record nests deeper by far; more is an attack on the reader.
MAX_DEPTH = 64

#: Control characters but newline and tab, line and paragraph separators, bidirectional
#: controls, surrogates, noncharacters, and marks that nobody sees.
_RANGES = (
    (0x00, 0x08),
    (0x0B, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x180E, 0x180E),
    (0x200B, 0x200B),
    (0x2028, 0x2029),
    (0x202A, 0x202E),
    (0x2060, 0x2064),
    (0x2066, 0x2069),
    (0xD800, 0xDFFF),
    (0xFDD0, 0xFDEF),
    (0xFEFF, 0xFEFF),
    (0xE0000, 0xE007F),
    *((plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)),
)
_FORBIDDEN = frozenset(chr(code) for first, last in _RANGES for code in range(first, last + 1))
#: Joiners and direction marks change how their neighbours look; at an end they have none.
_INSIDE_ONLY = frozenset("\u200c\u200d\u200e\u200f")
#: Looking up the few characters beyond ASCII is much faster than searching for those.
_BEYOND_ASCII = re.compile("[^\x00-\x7e]+")
_ENCODER = JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def decode(line: bytes) -> Any:
    """The value of a line of JSON that is written in the one way that is allowed.
    Raises Broken.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise Broken(f"Byte {error.start + 1} of the line is not UTF-8.") from None
    try:
        value = _DECODER.decode(text)
        if _ENCODER.encode(value) != text:
            raise Broken(_why_not_compact(text))
        _check_texts(text, value)
    except JSONDecodeError as error:
        raise Broken(
            f"The line is no JSON: {error.msg} at character {error.pos + 1}."
        ) from None
    except RecursionError:
        raise Broken("The JSON is nested too deeply.") from None
    except ValueError:
        raise Broken("The line holds a number that is too long.") from None
    return value


def json_string(text: str) -> bytes:
    """The text as a JSON string in UTF-8, as seals hash it."""
    return _ENCODER.encode(text).encode("utf-8", "surrogatepass")


def forbidden(text: str) -> str:
    """The first character that a text must not hold, as U+XXXX; empty when there is none."""
    return next((f"U+{ord(each):04X}" for each in text if each in _FORBIDDEN), "")


def _check_texts(text: str, value: Any) -> None:
    """Looks at single texts only when the line as a whole gives a reason to."""
    if "\\" in text or "null" in text or text.count("[") + text.count("{") > MAX_DEPTH:
        _walk(value, 1)
    if text.isascii() and "\x7f" not in text:
        return
    beyond = "".join(_BEYOND_ASCII.findall(text))
    if not _FORBIDDEN.isdisjoint(beyond):
        raise Broken(f"A text holds {forbidden(text)}, which is not allowed.")
    if not _INSIDE_ONLY.isdisjoint(beyond):
        _walk(value, 1)
    if not unicodedata.is_normalized("NFC", text):
        raise Broken("A text is not in Unicode normalisation form C.")


def _walk(value: Any, depth: int) -> None:
    if value is None:
        raise Broken("The JSON holds a null.")
    if depth > MAX_DEPTH:
        raise Broken("The JSON is nested too deeply.")
    if isinstance(value, str):
        if found := forbidden(value):
            raise Broken(f"A text holds {found}, which is not allowed.")
        if not _INSIDE_ONLY.isdisjoint(value[:1] + value[-1:]):
            raise Broken("A text begins or ends with a mark that nobody sees.")
    elif isinstance(value, list):
        for inner in value:
            _walk(inner, depth + 1)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _walk(name, depth)
            _walk(inner, depth + 1)


def _why_not_compact(text: str) -> str:
    """Why a line is not what its value is written as; the slow way, for the message."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        names = set[str]()
        for name, _ in found:
            if name in names:
                raise Broken(f"The name {name[:60]!a} stands twice in one JSON object.")
            names.add(name)
        return dict(found)

    try:
        JSONDecoder(object_pairs_hook=pairs).decode(text)
    except Broken as broken:
        return str(broken)
    return "The JSON is not compact: it could be written shorter or otherwise."


def _refuse_float(text: str) -> NoReturn:
    raise Broken(f"The JSON holds {text[:40]}, a number that is not whole.")


_DECODER = JSONDecoder(parse_float=_refuse_float, parse_constant=_refuse_float)
