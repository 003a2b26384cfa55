"""A case file of any size: the same entries for the same size, alike in kind to a real one.

Of a hundred entries about 5 are reports, 15 commitments and 80 acts; every tenth act
delivers on a commitment and every fifth answers an earlier act.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from diplomatic_ledger.v1 import entries_pb2 as pb
from diplomatic_ledger.v1.items_pb2 import NewEntry, RecordItem

PARTIES = [f"state-{n:02}" for n in range(20)]
FIRST_DAY = date(2010, 1, 1)
DAYS = 3650
CODES = ["010", "036", "0841", "0873", "112", "138", "173", "190"]
KINDS = [
    pb.ACT_KIND_CONCESSION,
    pb.ACT_KIND_FULFILMENT,
    pb.ACT_KIND_STATEMENT,
    pb.ACT_KIND_MEETING,
    pb.ACT_KIND_THREAT,
]


def items(size: int) -> Iterator[RecordItem]:
    """`size` new entries; each refers to earlier ones only."""
    chance = Random(size)
    parties = [_item(p, party=pb.Party(name=p, kind=pb.PARTY_KIND_STATE)) for p in PARTIES]
    yield from parties
    reports, commitments, acts = ["report-0"], ["commitment-0"], ["act-0"]
    yield _report(reports[0], chance)
    yield _commitment(commitments[0], chance, reports)
    yield _act(acts[0], chance, reports, [], [])
    for number in range(len(PARTIES) + 3, size):
        kind = number % 20
        if kind == 0:
            reports.append(f"report-{number}")
            yield _report(reports[-1], chance)
        elif kind in (5, 10, 15):
            commitments.append(f"commitment-{number}")
            yield _commitment(commitments[-1], chance, reports)
        else:
            acts.append(f"act-{number}")
            yield _act(acts[-1], chance, reports, commitments, acts)


def lone_act(number: int, prefix: str = "lone") -> RecordItem:
    """An act that rests on the first report and nothing else."""
    chance = Random(number)
    return _act(f"{prefix}-{number}", chance, ["report-0"], [], [])


def _item(entry_id: str, **state: object) -> RecordItem:
    return RecordItem(entry=NewEntry(entry_id=entry_id, state=pb.EntryState(**state)))


def _day(chance: Random) -> pb.IntervalDate:
    first = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
    last = first + timedelta(days=chance.choice([0, 0, 0, 3, 30]))
    return pb.IntervalDate(from_day=first.isoformat(), to_day=last.isoformat())


def _evidence(chance: Random, reports: list[str]) -> list[pb.Evidence]:
    return [pb.Evidence(report=chance.choice(reports), hedged=chance.random() < 0.1)]


def _report(entry_id: str, chance: Random) -> RecordItem:
    report = pb.Report(
        title=f"What was said and done, number {entry_id}",
        publisher=f"Gazette {chance.randrange(30)}",
        published=_day(chance),
    )
    return _item(entry_id, report=report)


def _commitment(entry_id: str, chance: Random, reports: list[str]) -> RecordItem:
    debtor, creditor = chance.sample(PARTIES, 2)
    commitment = pb.Commitment(
        debtors=[debtor],
        creditors=[creditor],
        consequent="Withdraw what was brought forward, and let it be seen",
        consequent_code=pb.EventCode(cameo=chance.choice(CODES)),
        occurred=_day(chance),
        evidence=_evidence(chance, reports),
    )
    return _item(entry_id, commitment=commitment)


def _act(
    entry_id: str,
    chance: Random,
    reports: list[str],
    commitments: list[str],
    acts: list[str],
) -> RecordItem:
    actor, counterparty = chance.sample(PARTIES, 2)
    relations = []
    if commitments and chance.random() < 0.1:
        target = chance.choice(commitments[-200:])
        relations.append(
            pb.Relation(kind=pb.RELATION_KIND_FULFILS, target=target, extent="1/4")
        )
    if len(acts) > 1 and chance.random() < 0.2:
        target = chance.choice(acts[-200:-1])
        relations.append(pb.Relation(kind=pb.RELATION_KIND_RESPONDS_TO, target=target))
    act = pb.Act(
        kind=chance.choice(KINDS),
        actor=actor,
        counterparties=(counterparty,),
        title="Does what the report of the day tells, in some words of usual length",
        occurred=_day(chance),
        code=pb.EventCode(cameo=chance.choice(CODES)),
        relations=relations,
        evidence=_evidence(chance, reports),
    )
    return _item(entry_id, act=act)
