"""The steps by which a side of a commitment passed to those who succeeded it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from ledger_service.domain.lifecycle.case import TERMINAL, Case
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import Turn
from ledger_service.domain.values.answers import Step


def with_successions(picture: Picture, case: Case) -> tuple[Step, ...]:
    """The steps of a case, with one for each party that came to stand on a side of it while it
    had not ended. A succession applies before what moves the commitment on its day; those of
    one day stand in the order in which they apply.
    """
    if not case.sides.later:
        return tuple(case.steps)
    steps, ahead = list[Step](), deque(case.steps)
    for turn in case.sides.later:
        if not picture.has_come(turn.day):
            break
        while ahead and ahead[0].day < turn.day:
            steps.append(ahead.popleft())
        if steps:
            steps += _taken_over(case, turn, steps[-1])
    return (*steps, *ahead)


def _taken_over(case: Case, turn: Turn, last: Step) -> Iterator[Step]:
    if last.after in TERMINAL or not _stands(case, turn):
        return
    beside = "stands beside" if turn.continues else "stands in the place of"
    for successor in sorted(turn.successors):
        reason = f"{successor} {beside} {turn.predecessor} from here on"
        yield Step(turn.day, last.after, last.after, successor, reason)


def _stands(case: Case, turn: Turn) -> bool:
    """Whether the predecessor stands on a side on that day, and had not left before."""
    left = case.left.get(turn.predecessor)
    return turn.predecessor in case.sides.on(turn.day).all and (
        left is None or left >= turn.day
    )
