"""Which of several names somebody may have meant by another one: the same but for case and
what joins its words, or a slip or two of the fingers away. A far name is never suggested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import combinations, pairwise

#: What joins the words of a name.
_JOINTS = re.compile(r"[\s._-]+")
_DIGITS = re.compile(r"\d+")
#: In a shorter number, unlike in a year, each digit tells.
_LONG_NUMBER = 4
#: In a shorter name any slip makes another one.
_ONE_SLIP, _ANY_SLIP, _TWO_SLIPS = 3, 5, 8
#: Letters that are taken for one another: neighbours on the keyboard, vowels, and such as sound
#: alike. Another letter makes another name: Iceland is not Ireland.
_CLOSE = frozenset(
    frozenset(pair) for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for pair in pairwise(row)
) | {frozenset(pair) for pair in (*combinations("aeiouy", 2), *("sz", "ck", "cs"))}
#: Among more than so many nobody can have meant one.
MOST = 2


def near(text: str, known: Iterable[str]) -> list[str]:
    """The names that are most like a text, two at most; none where none is like it, or several
    are alike.
    """
    return nearest(text, {each: () for each in known if each != text})


def among(text: str, known: Iterable[str]) -> list[str]:
    """The words of a fixed list that are most like a text, as `near` has names. Here one letter
    may be any other one, since the list has no Ireland beside its Iceland, and in a long word two
    may be left out.
    """
    slips = {each: _of_list(text, each) for each in known if each != text}
    found = [each for each in slips.values() if each is not None]
    likest = [each for each, far in slips.items() if found and far == min(found)]
    return likest if len(likest) <= MOST else []


def nearest(text: str, known: Mapping[str, Iterable[str]]) -> list[str]:
    """The names, each with others by which it may be meant, that are most like a text, as `near`
    has them.
    """
    best: dict[int, list[str]] = {}
    for name, others in known.items():
        slips = [distance(text, each) for each in (name, *others)]
        if found := [each for each in slips if each is not None]:
            best.setdefault(min(found), []).append(name)
    likest = best[min(best)] if best else []
    return likest if len(likest) <= MOST else []


def distance(one: str, other: str) -> int | None:
    """How many slips lie between two names: 0 where only case and joints differ; None where it
    is more than a slip or two, or a number differs by more than a digit that was typed twice.
    """
    first, second = _bare(one), _bare(other)
    if first == second:
        return 0 if first else None
    numbers, others = _DIGITS.findall(one), _DIGITS.findall(other)
    if len(numbers) != len(others) or not all(map(_is_same, numbers, others)):
        return None
    shorter = min(len(first), len(second))
    allowed = (shorter >= _ONE_SLIP) + (shorter >= _TWO_SLIPS)
    found = _slips(first, second, allowed)
    if found is None:
        return None
    #: `date` is not a slip for `late`: in a short word each letter tells.
    changed = len(first) == len(second) and sorted(first) != sorted(second)
    return None if shorter < _ANY_SLIP and changed else found


def _of_list(text: str, word: str) -> int | None:
    """The distance between a text and a word of a fixed list."""
    found = distance(text, word)
    said, bare = _bare(text), _bare(word)
    if found is None and len(said) == len(bare) >= _ANY_SLIP:
        changed = sum(one != other for one, other in zip(said, bare, strict=True))
        found = 1 if changed == 1 else None
    if found is None and len(said) == len(bare) - 2 and len(bare) >= _TWO_SLIPS:
        letters = iter(bare)
        found = 2 if all(each in letters for each in said) else None
    return found


def _is_same(one: str, other: str) -> bool:
    """Whether two numbers are the same, but for one digit of a long one, typed twice."""
    longer, shorter = sorted((one, other), key=len, reverse=True)
    return one == other or (
        len(shorter) >= _LONG_NUMBER
        and any(
            first == second and longer[:at] + longer[at + 1 :] == shorter
            for at, (first, second) in enumerate(pairwise(longer))
        )
    )


def _bare(name: str) -> str:
    return _JOINTS.sub("", name.casefold())


def _slips(one: str, other: str, at_most: int) -> int | None:
    """How many letters are left out, added, exchanged with their neighbour, or changed into one
    that is close; None for more than `at_most`.
    """
    if abs(len(one) - len(other)) > at_most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            changed = 0 if letter == wanted else 1 if {letter, wanted} in _CLOSE else 2
            least = min(before[j] + 1, row[-1] + 1, before[j - 1] + changed)
            exchanged = i > 1 and j > 1 and (letter, one[i - 2]) == (other[j - 2], wanted)
            row.append(min(least, earlier[j - 2] + 1) if exchanged else least)
        if min(row) > at_most:
            return None
    return row[-1] if row[-1] <= at_most else None
