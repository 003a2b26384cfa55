"""The short look at requests such as most are: they bring acts that say who did something toward
whom, and name entries that were looked up before. It finds that nothing is odd, or leaves it to
the other rules.
"""

from __future__ import annotations

from collections.abc import Mapping

from ledger_service.domain.remarks.codes import is_known
from ledger_service.domain.remarks.said import brief_act, last_told
from ledger_service.domain.remarks.years import Usual
from ledger_service.domain.values.commands import RecordCommand
from ledger_service.domain.values.entries import State


def is_nothing_odd(
    command: RecordCommand, states: Mapping[str, State | None], usual: Usual
) -> bool:
    """Whether certainly nothing is to be remarked on in a request that breaks no rule. `states`
    tells what entries say that are there and not annulled.
    """
    for item in command.items:
        if (act := brief_act(item)) is None or not usual.has_all_of((act,)):
            return False
        if act.code is not None and not is_known(act.code):
            return False
        if act.actor and act.actor not in states:
            return False
        if not all(each in states for each in act.counterparties):
            return False
        first, is_in_time = act.occurred.from_day, False
        for told in act.evidence:
            if told.asserted_by or (report := states.get(told.report)) is None:
                return False
            is_in_time = is_in_time or first is None or first <= last_told(report)
        if not is_in_time:
            return False
    return True
