"""Large ledgers to ask questions of. In each, two states deal with one another in 400
entries, about 200 of them deliveries; one entry in 50 is a commitment, at most 20,000; one
entry has 100 versions. Everything else is between others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from diplomatic_ledger.v1 import cuts_pb2, items_pb2
from diplomatic_ledger.v1 import entries_pb2 as pb

from tests.benchmarks.corpus import CODES

BATCH = 1000
FIRST_DAY = date(2018, 1, 1)
DAYS = 700
A, B = "north", "south"
OTHERS = [f"state-{n:03}" for n in range(200)]
MANY_VERSIONS = "many"
VERSIONS = 100


def items(size: int) -> Iterator[items_pb2.RecordItem]:
    chance = Random(size)
    reports = [f"report-{n}" for n in range(max(50, size // 100))]
    for party in (A, B, *OTHERS):
        yield _item(party, party=pb.Party(name=party, kind=pb.PARTY_KIND_STATE))
    for n, report in enumerate(reports):
        day = _on(FIRST_DAY + timedelta(days=n % DAYS))
        yield _item(report, report=pb.Report(title="News", publisher="Gazette", published=day))
    left = _between(size)
    promises = {(A, B): ["c-0"], (B, A): ["c-0"]}
    for n in range(left):
        ours = n % max(1, left // 400) == 0
        pair = ((A, B), (B, A))[n % 2] if ours else tuple(chance.sample(OTHERS, 2))
        if not ours and n > BATCH and chance.random() < 0.1:
            pair = next(reversed(promises))
        promised = n % 20 == 0 if ours else n % _apart(left) == 1
        state = _commitment if promised else _act
        yield state(f"{'c' if promised else 'a'}-{n}", chance, pair, reports, promises)


def _commitment(
    entry_id: str, chance: Random, pair: Any, reports: list[str], promises: Any
) -> items_pb2.RecordItem:
    promises[pair] = [entry_id]
    commitment = pb.Commitment(
        debtors=[pair[0]],
        creditors=[pair[1]],
        consequent="Withdraw what was brought forward, and let it be seen",
        consequent_code=pb.EventCode(cameo=chance.choice(CODES)),
        occurred=_some_day(chance),
        evidence=[pb.Evidence(report=chance.choice(reports))],
    )
    return _item(entry_id, commitment=commitment)


def _act(
    entry_id: str, chance: Random, pair: Any, reports: list[str], promises: Any
) -> items_pb2.RecordItem:
    gives = chance.random() < (0.5 if pair[0] in (A, B) else 0.05)
    kept = [t for t in promises.get(pair, ()) if t != "c-0" and chance.random() < 0.5]
    relations = [
        pb.Relation(kind=pb.RELATION_KIND_FULFILS, target=t, extent="1/4") for t in kept
    ]
    act = pb.Act(
        kind=pb.ACT_KIND_CONCESSION if gives or kept else pb.ACT_KIND_STATEMENT,
        actor=pair[0],
        counterparties=[pair[1]],
        title="Does what the report of the day tells, in some words of usual length",
        occurred=_some_day(chance),
        code=pb.EventCode(cameo=chance.choice(CODES)),
        relations=relations,
        evidence=[pb.Evidence(report=chance.choice(reports))],
    )
    return _item(entry_id, act=act)


def _item(entry_id: str, **state: object) -> items_pb2.RecordItem:
    entry = items_pb2.NewEntry(entry_id=entry_id, state=pb.EntryState(**state))  # type: ignore[arg-type]
    return items_pb2.RecordItem(entry=entry)


def _some_day(chance: Random) -> pb.IntervalDate:
    return _on(FIRST_DAY + timedelta(days=chance.randrange(DAYS)))


def _on(day: date) -> pb.IntervalDate:
    return pb.IntervalDate(from_day=day.isoformat(), to_day=day.isoformat())


def _between(size: int) -> int:
    """How many entries are neither parties nor reports nor versions of the one."""
    return size - max(50, size // 100) - len(OTHERS) - VERSIONS - 2


def _apart(left: int) -> int:
    return max(50, left // 20_000)


def commitments(size: int) -> list[str]:
    """Ids of commitments of others in a ledger of that size, which some_cuts let through."""
    left = _between(size)
    ours = max(1, left // 400)
    return [f"c-{n}" for n in range(1, left // 4, _apart(left)) if n % ours]


def amended() -> tuple[items_pb2.RecordItem, items_pb2.RecordItem]:
    """The entry that gets many versions, and what amends it each time."""
    first = _act(MANY_VERSIONS, Random(1), (A, OTHERS[0]), ["report-0"], {})
    amendment = items_pb2.Amendment(
        entry_id=MANY_VERSIONS,
        reason="Said better",
        state=first.entry.state,
        correction=items_pb2.Correction(),
    )
    return first, items_pb2.RecordItem(amendment=amendment)


def some_cuts(head: int, number: int, what: str) -> list[cuts_pb2.Cuts]:
    """Cuts on all three clocks, behind the last day, in the later part of the log;
    others for each question.
    """
    chance = Random(what)
    days = [FIRST_DAY + timedelta(days=DAYS + chance.randrange(100)) for _ in range(number)]
    return [
        cuts_pb2.Cuts(
            as_of=day.isoformat(),
            reported_by=(day + timedelta(days=chance.randrange(30))).isoformat(),
            position=head - VERSIONS - chance.randrange(head // 4),
        )
        for day in days
    ]
