"""Which calls have the same pace: those that write, those that ask little, and those whose
answer may rest on a whole log.
"""

from __future__ import annotations

from enum import StrEnum

from ledger_service.api.permissions import BY_METHOD


class MethodClass(StrEnum):
    """Named like the setting that says how many of them a user makes in a second."""

    WRITE = "writes_per_second"
    QUESTION = "questions_per_second"
    HEAVY = "heavy_questions_per_second"


_WRITES = frozenset(
    {
        "AddGrant",
        "AddToken",
        "AdoptLedger",
        "BringBackLedger",
        "CreateLedger",
        "EraseField",
        "ForgetUser",
        "ForkLedger",
        "Record",
        "RetireKey",
        "RetireLedger",
        "RevokeGrants",
        "RevokeToken",
        "RotateKey",
        "SucceedLedger",
    }
)
_HEAVY = frozenset(
    {
        "Agenda",
        "CheckLedger",
        "Diff",
        "Export",
        "GetSeries",
        "ListBalances",
        "ReadLog",
        "Replay",
        "Subscribe",
        "WatchStandings",
    }
)


def _class_of(method: str) -> MethodClass:
    name = method.rpartition("/")[2]
    if name in _WRITES:
        return MethodClass.WRITE
    return MethodClass.HEAVY if name in _HEAVY else MethodClass.QUESTION


#: By the path of each call.
CLASS_OF = {method: _class_of(method) for method in BY_METHOD}
