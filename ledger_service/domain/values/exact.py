"""Exact numbers and their canonical text, so that sums do not depend on the order of their
parts.

A decimal has at most 6 places and 18 digits; a share may also be a fraction n/m of at most 9
digits each. There are no exponents, and no sign but a leading minus.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

PLACES = 6
_ONE = 10**PLACES
DIGITS = 18
RATIO_DIGITS = 9
_BITS = 1024
_FINE = 10**18

_DECIMAL = re.compile(r"-?[0-9]+(?:\.([0-9]+))?")
_IN_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_RATIO = re.compile(r"([0-9]+)/([0-9]+)")


def decimal(text: str) -> Fraction:
    """The value of a decimal such as `-2.5`.

    Raises ValueError with a sentence for the caller.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError(f"{_shown(text)} is not a decimal such as 2.5.{_bare(text)}")
    if len(match[1] or "") > PLACES:
        raise ValueError(f"{_shown(text)} has more than {PLACES} places.")
    if sum(map(str.isdigit, text)) > DIGITS:
        raise ValueError(f"{_shown(text)} has more than {DIGITS} digits.")
    return Fraction(text)


@lru_cache(maxsize=1024)
def number(text: str) -> Fraction:
    """The value of a decimal or of a fraction such as `1/3`.

    Raises ValueError with a sentence for the caller.
    """
    if "/" not in text:
        return decimal(text)
    match = _RATIO.fullmatch(text)
    if match is None:
        raise ValueError(f"{_shown(text)} is neither a decimal nor a fraction such as 1/3.")
    if max(map(len, match.groups())) > RATIO_DIGITS:
        raise ValueError(f"{_shown(text)} has more than {RATIO_DIGITS} digits above or below.")
    if int(match[2]) == 0:
        raise ValueError(f"{_shown(text)} divides by zero.")
    return Fraction(int(match[1]), int(match[2]))


def total(values: Sequence[Fraction]) -> Fraction:
    """The sum of decimals, computed in whole numbers of their smallest places."""
    whole = _in_places(values)
    assert whole is not None  # decimals have no more places
    return Fraction(whole, _ONE)


def total_at_most(values: Sequence[Fraction]) -> tuple[Fraction, bool]:
    """The sum of numbers, and whether it is above their sum, since it has too many digits to
    be written out and was rounded up.
    """
    places = _in_places(values)
    if places is not None:
        return Fraction(places, _ONE), False
    whole, rounded = Fraction(0), False
    for value in values:
        whole += value
        if is_long(whole):
            whole, rounded = up(whole), True
    return whole, rounded


def _in_places(values: Sequence[Fraction]) -> int | None:
    """The sum in whole numbers of the smallest places; None where one has more places."""
    whole = 0
    # Most are one of a few weights of a scale, and one object each: to look that up takes a
    # quarter of the time of reckoning.
    known: dict[int, int] = {}
    for value in values:
        here = known.get(id(value))
        if here is None:
            above, below = value.as_integer_ratio()
            if _ONE % below:
                return None
            here = known[id(value)] = above * (_ONE // below)
        whole += here
    return whole


def is_long(value: Fraction) -> bool:
    """Whether a sum of fractions has more digits than are of use, as some 30 fractions of 9
    digits without common factors have. Such a sum is rounded: down where it is a lower bound,
    else up. With some hundreds more it could not be written out at all.
    """
    return value.denominator.bit_length() > _BITS


def are_short_together(values: Iterable[Fraction]) -> bool:
    """Whether no sum of some of the values is long, in whatever order they are added up."""
    return sum(value.denominator.bit_length() for value in values) <= _BITS


def down(value: Fraction) -> Fraction:
    """The largest number with 18 places that is not above the value."""
    return Fraction(floor(value * _FINE), _FINE)


def up(value: Fraction) -> Fraction:
    """The smallest number with 18 places that is not below the value."""
    return Fraction(ceil(value * _FINE), _FINE)


def text(value: Fraction) -> str:
    """The canonical text: a decimal where 6 places suffice, else a fraction in lowest
    terms. Exact for every value.
    """
    above, below = value.as_integer_ratio()
    if below == 1:
        return str(above)
    if _ONE % below:
        return f"{above}/{below}"
    whole, places = divmod(abs(above) * (_ONE // below), _ONE)
    sign = "-" if above < 0 else ""
    return f"{sign}{whole}.{places:0{PLACES}}".rstrip("0").removesuffix(".")


def canonical(written: str, read: Callable[[str], Fraction]) -> str:
    """The canonical text of a number that `read` understands. Other text is returned
    unchanged, for the checks to refuse.
    """
    short = len(written) <= _SHORT
    return _canonical_short(written, read) if short else _canonical(written, read)


def _canonical(written: str, read: Callable[[str], Fraction]) -> str:
    try:
        return text(read(written))
    except ValueError:
        return written


#: The same few numbers come again and again; longer ones are not worth the memory.
_SHORT = 24
_canonical_short = lru_cache(2000)(_canonical)


def _bare(text: str) -> str:
    """What to write in place of a number as it is printed, such as `$7,955`; else nothing."""
    bare = "".join(each for each in text if unicodedata.category(each) != "Sc").strip()
    has_sign = bare != text.strip()
    has_commas = _IN_THOUSANDS.fullmatch(bare) is not None
    if has_commas:
        bare = bare.replace(",", "")
    if not (has_sign or has_commas) or not _DECIMAL.fullmatch(bare) or len(bare) > 2 * DIGITS:
        return ""
    if has_sign:
        return f" Write {bare}, and its unit apart, such as the code of the currency."
    return f" Write {bare}, without commas; decimals stand behind a point."


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...")
