"""Why something that was asked for by its id is missing from an answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MissingReason(StrEnum):
    NOT_RECORDED = "not_recorded"
    OTHER_TYPE = "other_type"
    ANNULLED = "annulled"
    NOT_REPORTED = "not_reported"
    NOT_YET = "not_yet"
    LEFT_OUT = "left_out"
    TOO_LARGE = "too_large"


@dataclass(frozen=True)
class Missing:
    """That something is missing; `text` says why, as what follows its name in a sentence."""

    reason: MissingReason
    text: str


#: It is there, but there was no room for it beside others.
LEFT_OUT = Missing(
    MissingReason.LEFT_OUT,
    "was left out, since the answer would have been too large; ask again for what was left out",
)


def too_large(remedy: str) -> Missing:
    """It is there, and has no room in any answer that tells so much of it. `remedy` says how
    it is told all the same.
    """
    return Missing(MissingReason.TOO_LARGE, f"is too large to be told here; {remedy}")
