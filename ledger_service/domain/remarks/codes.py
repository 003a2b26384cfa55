"""Codes of deeds that no vocabulary of ours has."""

from __future__ import annotations

from functools import lru_cache

from ledger_service.domain.values import scales
from ledger_service.domain.values.entries import EventCode


@lru_cache(maxsize=1_000)
def unknown(code: EventCode) -> tuple[tuple[str, str], ...]:
    """A sentence for each part of a code that is not known, with its field."""
    return scales.unknown(code)


def is_known(code: EventCode) -> bool:
    return not unknown(code)
