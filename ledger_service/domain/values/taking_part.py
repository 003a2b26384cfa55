"""As what a party takes part in an entry, and by whom."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Part(StrEnum):
    """As what an entry names a party."""

    DEBTOR = "debtor"
    CREDITOR = "creditor"
    MAKER = "maker"
    ACTOR = "actor"
    COUNTERPARTY = "counterparty"
    PARTICIPANT = "participant"
    THIRD_PARTY = "third_party"


class PartBy(StrEnum):
    """Why a party takes part by one that an entry names: it is that one, or found out to be it;
    it is represented by it, a member of it, or succeeded it.
    """

    ITSELF = "itself"
    SAME_AS = "same_as"
    REPRESENTED = "represented"
    MEMBER = "member"
    SUCCESSOR = "successor"


class TakingPart(NamedTuple):
    """That a `party` takes part in an entry, as what, by whom it names, and why by that one."""

    party: str
    part: Part
    named: str
    by: PartBy
