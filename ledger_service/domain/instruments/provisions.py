"""The order of the provisions of an instrument, as a reader would sort them."""

from __future__ import annotations

import re

#: A number, or what stands between two numbers.
_PARTS = re.compile(r"(\d+)|(\D+)")
#: A Roman number that stands apart; C, D, L and M alone are more likely letters.
_ROMAN = re.compile(
    r"(?<![A-Za-z])(?=[IVXLCDM])(?![CDLM](?![A-Za-z]))"
    r"M{0,4}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?![A-Za-z])"
)
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def reading_order(provision: str) -> tuple[tuple[int, int, str], ...]:
    """The sort key of a provision: numbers, Roman ones too, sort by their value, so that
    Art. 2 comes before Art. 10, and Art. IV before Art. IX. What has no provision comes last.
    """
    if not provision:
        return ((2, 0, ""),)
    return tuple(_part(*found.groups()) for found in _PARTS.finditer(_in_digits(provision)))


def _part(number: str | None, between: str | None) -> tuple[int, int, str]:
    return (0, int(number), "") if number else (1, 0, (between or "").casefold())


def _in_digits(provision: str) -> str:
    """A provision with its Roman numbers written in digits."""
    return _ROMAN.sub(lambda found: str(_roman(found[0])), provision)


def _roman(written: str) -> int:
    values = [_VALUES[letter] for letter in written]
    return sum(
        -value if value < max(values[n + 1 :], default=0) else value
        for n, value in enumerate(values)
    )
