"""How a name looks: names that a reader takes for one another look alike.

Case, accents, spaces and punctuation do not count, and letters of Cyrillic and Greek count as
the Latin ones that they look like, so that a name that mixes them is found out too.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from ledger_service.domain.values.words import fold

_CYRILLIC = "авекмнорстухѕіјһԁԛԝ", "abekmhopctyxsijhdqw"
_GREEK = "αβεζηικμνορτυχ", "abezhikmnoptyx"
_DIGITS = "01", "ol"
#: Letters, folded, each with the Latin letter that it looks like in small or in capitals.
_LIKE = str.maketrans(*map("".join, zip(_CYRILLIC, _GREEK, _DIGITS, strict=True)))


@lru_cache(maxsize=10_000)
def looks(name: str) -> str:
    """What a name looks like, the same for names that look alike; empty where it has no letter
    and no digit.
    """
    return "".join(filter(str.isalnum, fold(name).translate(_LIKE)))


def disguised(name: str) -> str:
    """A letter of a name that looks like a Latin one, by its name in Unicode; empty where there
    is none.
    """
    found = (each for each in name if ord(fold(each)[:1] or " ") in _LIKE)
    return next((unicodedata.name(each, "") for each in found), "")
