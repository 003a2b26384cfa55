"""Escapes texts from elsewhere for a terminal or a line of a log: they cannot move the cursor,
change the reading direction, or begin a line that looks like another one.
"""

from __future__ import annotations

import re

#: Control characters but newline and tab, line and paragraph separators, what turns the
#: reading order, and halves of surrogate pairs.
_COMMANDS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
)
_IN_TEXT = re.compile(f"[{_COMMANDS}]")
_IN_LINE = re.compile(f"[{_COMMANDS}\n]")


def harmless(text: str) -> str:
    """The text, with every character escaped that a terminal could take for a command.
    Newlines stay.
    """
    return _IN_TEXT.sub(_escaped, text)


def harmless_line(text: str) -> str:
    """The text as `harmless` returns it, with newlines escaped too."""
    return _IN_LINE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return ascii(found.group())[1:-1]
