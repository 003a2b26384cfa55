"""What a Python program has in hand before it records anything: plain facts, the same for
every store that is measured. About 400 bytes each as JSON. Needs the standard library
alone.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

Fact = dict[str, Any]

_FIRST_DAY = date(2018, 1, 1)
_CODES = ("0873", "036", "112", "0841", "173")
_SUMMARY = (
    "What was seen and by whom, told once more in plain words. " * 2 + "No more is known."
)


def facts(count: int, name: str) -> list[Fact]:
    """Facts that are all different; `name` keeps their ids apart from those of others."""
    return [_fact(number, f"act-{name}-{number}") for number in range(count)]


def _fact(number: int, fact_id: str) -> Fact:
    first = _FIRST_DAY + timedelta(days=number % 700)
    return {
        "id": fact_id,
        "kind": "fulfilment",
        "actor": "dprk" if number % 2 else "us",
        "counterparty": "us" if number % 2 else "dprk",
        "title": f"Does what report {number} tells, in some words of usual length",
        "summary": _SUMMARY,
        "from": first.isoformat(),
        "to": (first + timedelta(days=number % 7)).isoformat(),
        "code": _CODES[number % len(_CODES)],
        "report": "A1",
        "credibility": number % 6 + 1,
    }
