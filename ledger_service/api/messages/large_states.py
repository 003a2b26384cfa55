"""Shortens states that are too large for an answer: the last pieces of evidence are left out."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from ledger_service.domain.values.limits import STATE_BYTES

_IN_EVIDENCE = re.compile(r"evidence\[(\d+)\]")


def shorten(state: Any, sealed: Any, most: int = STATE_BYTES) -> int:
    """Takes pieces of evidence out of a state from its end, with what is told of seals in
    them, until both have `most` bytes together. How many were taken out. What an entry says
    beside is small enough, and so is the evidence that was recorded at once.
    """
    size = state.ByteSize() + sum(each.ByteSize() for each in sealed)
    if size <= most:
        return 0
    seals = defaultdict(list)
    for each in sealed:
        if found := _IN_EVIDENCE.match(each.path):
            seals[int(found[1])].append(each)
    place = len(state.evidence)
    while size > most and place > 0:
        place -= 1
        size -= state.evidence[place].ByteSize() + sum(each.ByteSize() for each in seals[place])
    left_out = len(state.evidence) - place
    del state.evidence[place:]
    kept = [each for each in sealed if not _lies_behind(each.path, place)]
    del sealed[:]
    sealed.extend(kept)
    return left_out


def _lies_behind(path: str, place: int) -> bool:
    found = _IN_EVIDENCE.match(path)
    return found is not None and int(found[1]) >= place
