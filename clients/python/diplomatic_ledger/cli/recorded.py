"""What was recorded of a file, beside what was there, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import Any, Self

from diplomatic_ledger.cli import placed, undo_telling
from diplomatic_ledger.cli.case_plans import Place, Plan
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.spoken import plural
from diplomatic_ledger.v1.ledger_service_pb2 import RecordResponse

_BYTES_IN_MEMORY = 4 * 1024 * 1024
_MOST_REQUESTS = 20


class Recorded:
    """What was recorded of a file, beside what was there; a context manager. The answer for each
    item is kept on the disk, for who wants to have it printed.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.new, self.old, self.position = 0, plan.there, plan.position
        self.token = ""
        self.request_ids: list[str] = []
        self.remarks: list[dict[str, str]] = []
        self._items = SpooledTemporaryFile(max_size=_BYTES_IN_MEMORY, mode="w+")  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._items.close()

    def add(self, answer: RecordResponse, skipped: int) -> None:
        """Takes the answer to a request; `skipped` items were in those before it."""
        new = new_items(answer)
        if new and answer.remarks:
            part = self.plan.request(skipped)
            self.remarks += [
                placed.remark_as_json(part, each, -skipped) for each in answer.remarks
            ]
        self.new += new
        self.old += len(answer.recorded) - new
        self.position = max(self.position, *(each.position for each in answer.recorded))
        self.token = answer.token
        if new:
            self.request_ids.append(answer.request_id)
        self._items.writelines(
            f"{each.entry_id} {each.version} {each.position}\n" for each in answer.recorded
        )

    def items(self) -> Iterator[dict[str, Any]]:
        return (place._asdict() for place in self.plan.places(self._new()))

    def _new(self) -> Iterator[Place]:
        self._items.seek(0)
        for line in self._items:
            entry_id, version, position = line.split(" ")
            yield Place(entry_id, int(version), int(position))


def new_items(answer: RecordResponse) -> int:
    """How many items this run recorded, and did not find."""
    if answer.already_recorded:
        return 0
    return sum(not each.already_recorded for each in answer.recorded)


def tell(session: Session, ledger: str, file: str, recorded: Recorded) -> None:
    plan = recorded.plan
    if session.as_json:
        head = {
            "ledger": ledger,
            "recorded": recorded.new,
            "already_recorded": recorded.old,
            "token": recorded.token or session.client.ledger(ledger).token,
            "request_ids": recorded.request_ids,
            "amended_since": plan.telling.since.ids("amended"),
            "annulled_since": plan.telling.since.ids("annulled"),
            "remarks": recorded.remarks,
        }
        session.screen.json_list(head, "items", recorded.items())
        return
    amended = len(plan.telling.since.ids("amended"))
    since = f", {amended} amended since" if amended else ""
    there = (
        f" {plural(recorded.old, 'was', 'were')} there already{since}." if recorded.old else ""
    )
    annulled = plural(len(plan.telling.since.ids("annulled")), "is", "are")
    gone = f" {annulled} annulled." if plan.telling.since.ids("annulled") else ""
    upto = f", up to position {recorded.position}" if recorded.new else ""
    session.screen.show(
        f"Recorded {plural(recorded.new, 'item')} in {ledger}{upto}.{there}{gone}"
    )
    for line in _to_take_back(session, file, recorded):
        session.screen.line(line)


def _to_take_back(session: Session, file: str, recorded: Recorded) -> Iterator[str]:
    """What takes it back: of several requests the last one first, since it may rest on others."""
    ids = recorded.request_ids
    if len(ids) == 1:
        yield undo_telling.to_take_back(session, ids[0])
    elif ids and file != "-" and (not recorded.old or len(ids) > _MOST_REQUESTS):
        before = ", with what was recorded from the file before" if recorded.old else ""
        yield f"To take it back{before}: {session.command('undo', file)}"
    elif ids:
        yield f"To take it back, run these {len(ids)} commands, in this order:"
        yield from (session.command("undo", each) for each in ids[: -_MOST_REQUESTS - 1 : -1])
        if (more := len(ids) - _MOST_REQUESTS) > 0:
            tells = session.command("entry", "ID")
            yield f"... and {more} more: `{tells}` tells which request recorded an entry."
