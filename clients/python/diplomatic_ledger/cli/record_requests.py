"""Sends what is new in a file in as many requests as it needs, and says what became of the file
where one of them is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from diplomatic_ledger.cli import placed, progress
from diplomatic_ledger.cli.case_plans import Amending, Plan
from diplomatic_ledger.cli.failures import Failure, exit_code, failure
from diplomatic_ledger.cli.interrupts import INTERRUPTED
from diplomatic_ledger.cli.nearest import Ids
from diplomatic_ledger.cli.recorded import new_items
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.entry_problems import by_line
from diplomatic_ledger.errors import LedgerError, Remarked, TooLarge
from diplomatic_ledger.v1.ledger_service_pb2 import RecordResponse


def answers(
    session: Session, ledger: str, file: str, prefix: str, plan: Plan, amending: Amending
) -> Iterator[tuple[RecordResponse, int]]:
    """The answer to each request, and how many items were in those before it. Remarks are told
    beside them.
    """
    done = 0
    with (
        progress.items("Recording", plan.new) as reached,
        closing(
            session.client.record_all(
                ledger, plan.items(amending), request_prefix=prefix, if_remarked=amending.odd
            )
        ) as told,
    ):
        try:
            for answer in told:
                if new_items(answer) and answer.remarks:
                    part = plan.request(done)
                    for remark in by_line(
                        placed.remark(part, each.path, each.text, -done)
                        for each in answer.remarks
                    ):
                        session.tell(remark)
                before, done = done, done + len(answer.recorded)
                reached(done)
                yield answer, before
        except KeyboardInterrupt:
            count = plan.new + plan.there
            told_so = f"Stopped: at least {done + plan.there} of {count} items are recorded."
            raise Failure(f"{told_so} Run it again to go on.", code=INTERRUPTED) from None
        except LedgerError as error:
            raise refused(session, error, file, plan, done) from None


def refused(session: Session, error: LedgerError, file: str, plan: Plan, done: int) -> Failure:
    """The failure for a refused file: where in the file the refused fields stand, in order,
    and what of the file is recorded.
    """
    became = _became(done, error.recorded_behind, new="new " if plan.there else "")
    if isinstance(error, TooLarge):
        return Failure(error.message, [f"Of {file}, {became}."] if done else [])
    part = plan.request(done)
    lines = placed.lines(error, part, -done, ids=Ids(session, part))
    if lines:
        found = placed.sentence(len(lines), file, are_remarks=isinstance(error, Remarked))
        return Failure(f"{found}; {became}:", lines, code=exit_code(error))
    told = failure(error, server=session.address, timeout=session.timeout)
    if not done:
        return told
    going_on = f"Of {file}, {became}. Run it again to go on."
    return Failure(told.sentence, (*told.lines, going_on), code=told.code)


def _became(done: int, behind: int, new: str = "") -> str:
    """What is recorded of a file of which something was refused: what stood before, and what
    was under way behind it.
    """
    if not done and not behind:
        return "nothing was recorded"
    first = f"its first {plural(done, f'{new}item')} are recorded" if done else ""
    others = f"{plural(behind, 'item')} behind it" if behind else ""
    if first and others:
        return f"{first}, and {others}"
    return first or f"{others} are recorded"
