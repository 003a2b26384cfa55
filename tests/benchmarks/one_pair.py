"""Ledgers in which two states promise one another nearly everything: one entry in 20 is a
commitment, nine of ten of them by one pair; half of these are fulfilled. Everything else is
done between others. Nothing is breached.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from diplomatic_ledger.v1 import entries_pb2 as pb
from diplomatic_ledger.v1 import items_pb2

FIRST_DAY = date(2010, 1, 1)
DAYS = 4_000
A, B = "north", "south"
OTHERS = [f"state-{n:03}" for n in range(200)]
_PROMISED = 20
#: So many are recorded in one request, so that bases can be so far apart.
AT_ONCE = 100


def items(size: int) -> Iterator[items_pb2.RecordItem]:
    chance = Random(size)
    reports = [f"report-{n}" for n in range(max(50, size // 100))]
    for party in (A, B, *OTHERS):
        yield _item(party, party=pb.Party(name=party, kind=pb.PARTY_KIND_STATE))
    for n, report in enumerate(reports):
        day = _on(FIRST_DAY + timedelta(days=n % DAYS))
        yield _item(report, report=pb.Report(title="News", publisher="Gazette", published=day))
    promised: list[str] = []
    for n in range(size - len(reports) - len(OTHERS) - 2):
        told = [pb.Evidence(report=chance.choice(reports))]
        day = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
        if n % _PROMISED == 0:
            ours = chance.random() < 0.9
            debtor, creditor = (A, B) if ours else chance.sample(OTHERS, 2)
            entry = f"c-{n}"
            if ours:
                promised.append(entry)
            due = _on(day + timedelta(days=chance.randrange(30, 700)))
            commitment = pb.Commitment(
                debtors=[debtor],
                creditors=[creditor],
                consequent="Withdraw what was brought forward",
                consequent_code=pb.EventCode(cameo="0842"),
                occurred=_on(day),
                due=due,
                evidence=told,
            )
            yield _item(entry, commitment=commitment)
        elif n % _PROMISED == _PROMISED // 2 and chance.random() < 0.5:
            kept = pb.Relation(
                kind=pb.RELATION_KIND_FULFILS, target=chance.choice(promised), extent="1"
            )
            yield _act(f"a-{n}", pb.ACT_KIND_FULFILMENT, (A, B), day, told, [kept])
        else:
            gives = chance.random() < 0.05
            kind = pb.ACT_KIND_CONCESSION if gives else pb.ACT_KIND_STATEMENT
            pair = chance.sample(OTHERS, 2)
            yield _act(f"a-{n}", kind, (pair[0], pair[1]), day, told, [])


def _act(
    entry_id: str,
    kind: pb.ActKind.ValueType,
    pair: tuple[str, str],
    day: date,
    told: list[pb.Evidence],
    relations: list[pb.Relation],
) -> items_pb2.RecordItem:
    act = pb.Act(
        kind=kind,
        actor=pair[0],
        counterparties=[pair[1]],
        title="Does what the report of the day tells, in some words of usual length",
        occurred=_on(day),
        code=pb.EventCode(cameo="0842"),
        relations=relations,
        evidence=told,
    )
    return _item(entry_id, act=act)


def _item(entry_id: str, **state: object) -> items_pb2.RecordItem:
    entry = items_pb2.NewEntry(entry_id=entry_id, state=pb.EntryState(**state))  # type: ignore[arg-type]
    return items_pb2.RecordItem(entry=entry)


def _on(day: date) -> pb.IntervalDate:
    return pb.IntervalDate(from_day=day.isoformat(), to_day=day.isoformat())
