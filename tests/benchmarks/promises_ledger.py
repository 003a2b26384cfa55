"""Ledgers of two parties alone: many open promises of each to the other, and deliveries, of
which one in four makes good a part of a promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from diplomatic_ledger.v1 import cuts_pb2, items_pb2
from diplomatic_ledger.v1 import entries_pb2 as pb

A, B = "north", "south"
FIRST_DAY = date(2018, 1, 1)
#: Requests are small, so that cuts fall between many of them.
BATCH = 50
_REPORTS = 100
_PROMISED, _DELIVERED, _DUE = 100, 150, 100
#: Of more promises than these there are fewer deliveries.
_MOST_DELIVERIES = 2_000


def deliveries(promises: int) -> int:
    """How many deliveries there are beside so many promises."""
    return min(promises, _MOST_DELIVERIES)


def items(promises: int) -> Iterator[items_pb2.RecordItem]:
    """The parties, the reports, the promises and the deliveries, in this order."""
    chance = Random(promises)
    for party in (A, B):
        yield _item(party, party=pb.Party(name=party, kind=pb.PARTY_KIND_STATE))
    for n in range(_REPORTS):
        report = pb.Report(title="News", publisher="Gazette", published=_on(n))
        yield _item(f"report-{n}", report=report)
    for n in range(promises):
        yield _item(f"c-{n}", commitment=_promise(n, chance))
    for n in range(deliveries(promises)):
        yield _item(f"a-{n}", act=_delivery(n, promises, chance))


def some_cuts(head: int, number: int, promises: int, what: str) -> list[cuts_pb2.Cuts]:
    """Cuts on all three clocks: among the days on which promises fall due, and in the later half
    of the deliveries; others for each question.
    """
    chance = Random(what)
    found = []
    for _ in range(number):
        day = FIRST_DAY + timedelta(days=chance.randrange(_DELIVERED, 300))
        found.append(
            cuts_pb2.Cuts(
                as_of=day.isoformat(),
                reported_by=(day + timedelta(days=chance.randrange(30))).isoformat(),
                position=head - chance.randrange(deliveries(promises) // 2),
            )
        )
    return found


def _promise(n: int, chance: Random) -> pb.Commitment:
    debtor, creditor = (A, B) if n % 2 else (B, A)
    day = chance.randrange(_PROMISED)
    due = (
        None
        if n % 3
        else pb.IntervalDate(from_day=_day(day + _DUE), to_day=_day(day + 2 * _DUE))
    )
    return pb.Commitment(
        debtors=[debtor],
        creditors=[creditor],
        consequent="Withdraw what was brought forward, and let it be seen",
        consequent_code=pb.EventCode(cameo="0873"),
        occurred=_on(day),
        due=due,
        evidence=[pb.Evidence(report=f"report-{chance.randrange(_REPORTS)}")],
    )


def _delivery(n: int, promises: int, chance: Random) -> pb.Act:
    actor, other = (A, B) if n % 2 else (B, A)
    relations = []
    if n % 4 == 0:
        target = f"c-{2 * chance.randrange(promises // 2) + n % 2}"
        relations = [pb.Relation(kind=pb.RELATION_KIND_FULFILS, target=target, extent="1/4")]
    return pb.Act(
        kind=pb.ACT_KIND_CONCESSION,
        actor=actor,
        counterparties=[other],
        title="Does what the report of the day tells",
        occurred=_on(chance.randrange(_DELIVERED)),
        code=pb.EventCode(cameo="0841"),
        relations=relations,
        evidence=[pb.Evidence(report=f"report-{chance.randrange(_REPORTS)}")],
    )


def _item(entry_id: str, **state: Any) -> items_pb2.RecordItem:
    entry = items_pb2.NewEntry(entry_id=entry_id, state=pb.EntryState(**state))
    return items_pb2.RecordItem(entry=entry)


def _day(n: int) -> str:
    return (FIRST_DAY + timedelta(days=n)).isoformat()


def _on(n: int) -> pb.IntervalDate:
    return pb.IntervalDate(from_day=_day(n), to_day=_day(n))
