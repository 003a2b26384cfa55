"""Escapes texts from elsewhere for a terminal: nothing that a service sends may move the
cursor, change colours, set a title or change the reading direction.
"""

from __future__ import annotations

import re

#: Control characters but newline and tab, line and paragraph separators, what turns the
#: reading order, and halves of surrogate pairs.
_COMMANDS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def harmless(text: str) -> str:
    """The text, with every character escaped that a terminal could take for a command."""
    return _COMMANDS.sub(lambda found: ascii(found.group())[1:-1], text)


def harmless_json(text: str) -> str:
    """A JSON text with such characters as JSON escapes, which means what it meant."""
    return _COMMANDS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
