"""A ledger in which one pair has nearly all commitments: 45,000 of 50,000, and with them as
many deliveries and breaches as keep every rule at work. Questions about all of it are heavy.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from diplomatic_ledger.v1 import entries_pb2 as pb
from diplomatic_ledger.v1 import items_pb2

from tests.benchmarks.corpus import CODES
from tests.benchmarks.large_ledger import DAYS, FIRST_DAY, OTHERS, A, B

#: Of 50 commitments so many are between the pair.
_OURS = 45
#: There is one act for so many commitments.
_PER_ACT = 10
_REPORTS = 50


def items(commitments: int) -> Iterator[items_pb2.RecordItem]:
    """Parties and reports, then `commitments` and the acts upon them, in the order of days."""
    chance = Random(commitments)
    for party in (A, B, *OTHERS):
        yield _item(party, party=pb.Party(name=party, kind=pb.PARTY_KIND_STATE))
    for n in range(_REPORTS):
        report = pb.Report(title="News", publisher="Gazette", published=_on(0))
        yield _item(f"report-{n}", report=report)
    for n in range(commitments):
        day = n * DAYS // commitments
        yield _commitment(n, day, chance)
        if n % _PER_ACT == _PER_ACT - 1:
            yield _act(n, day, chance)


def commitment(number: int) -> str:
    """The id of a commitment."""
    return f"c-{number}"


def _commitment(number: int, day: int, chance: Random) -> items_pb2.RecordItem:
    promised = pb.Commitment(
        debtors=[_pair(number)[0]],
        creditors=[_pair(number)[1]],
        consequent="Deliver what was agreed upon for the month",
        consequent_code=pb.EventCode(cameo=chance.choice(CODES)),
        occurred=_on(day),
        due=_on(day + chance.randrange(1, 90)),
        evidence=[_evidence(chance)],
    )
    return _item(commitment(number), commitment=promised)


def _act(number: int, day: int, chance: Random) -> items_pb2.RecordItem:
    """An act upon a commitment of the same pair that was made shortly before."""
    target = number - chance.randrange(_PER_ACT) if number else 0
    kind, relation = chance.choice(
        (
            (pb.ACT_KIND_FULFILMENT, pb.RELATION_KIND_FULFILS),
            (pb.ACT_KIND_VIOLATION, pb.RELATION_KIND_BREACHES),
        )
    )
    act = pb.Act(
        kind=kind,
        actor=_pair(target)[0],
        counterparties=[_pair(target)[1]],
        title="Delivers, or fails to, as the report of the day tells",
        occurred=_on(day),
        code=pb.EventCode(cameo=chance.choice(CODES)),
        relations=[pb.Relation(kind=relation, target=commitment(target))],
        evidence=[_evidence(chance)],
    )
    return _item(f"a-{number}", act=act)


def _pair(number: int) -> tuple[str, str]:
    """Debtor and creditor of a commitment."""
    if number % 50 < _OURS:
        return (A, B) if number % 2 else (B, A)
    return OTHERS[number % len(OTHERS)], OTHERS[(number + 7) % len(OTHERS)]


def _evidence(chance: Random) -> pb.Evidence:
    return pb.Evidence(report=f"report-{chance.randrange(_REPORTS)}")


def _on(day: int) -> pb.IntervalDate:
    there = (FIRST_DAY + timedelta(days=day)).isoformat()
    return pb.IntervalDate(from_day=there, to_day=there)


def _item(entry_id: str, **state: object) -> items_pb2.RecordItem:
    entry = items_pb2.NewEntry(entry_id=entry_id, state=pb.EntryState(**state))  # type: ignore[arg-type]
    return items_pb2.RecordItem(entry=entry)
