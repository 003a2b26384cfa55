"""Ledgers to look for words in: acts of many parties, whose titles have words as a language has
them, a few in nearly every title and most in hardly any.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from diplomatic_ledger.v1 import entries_pb2 as pb
from diplomatic_ledger.v1 import items_pb2

FIRST_DAY = date(2010, 1, 1)
DAYS = 3_000
_PARTIES, _REPORTS, _WORDS, _TITLE, _TOPICS = 200, 500, 30_000, 10, 40
_LETTERS = "bcdfghklmnprstvz", "aeiou"
_SYLLABLES = (2, 5)


def words() -> list[str]:
    """All words, the most frequent ones first."""
    chance = Random(_WORDS)
    found: dict[str, None] = {}
    while len(found) < _WORDS:
        syllables = range(chance.randint(*_SYLLABLES))
        found["".join(chance.choice(each) for _ in syllables for each in _LETTERS)] = None
    return list(found)


def items(size: int) -> Iterator[items_pb2.RecordItem]:
    """Parties and reports, then acts: `size` entries in all."""
    chance, known = Random(size), words()
    for n in range(_PARTIES):
        yield _item(f"p{n}", party=pb.Party(name=f"Party {n}", kind=pb.PARTY_KIND_STATE))
    for n in range(_REPORTS):
        report = pb.Report(title=_title(chance, known), publisher="Gazette", published=_on(n))
        yield _item(f"r{n}", report=report)
    for n in range(size - _PARTIES - _REPORTS):
        yield _item(f"a{n}", act=_act(chance, known))


def _act(chance: Random, known: list[str]) -> pb.Act:
    actor, other = chance.sample(range(_PARTIES), 2)
    return pb.Act(
        kind=pb.ACT_KIND_STATEMENT,
        actor=f"p{actor}",
        counterparties=[f"p{other}"],
        title=_title(chance, known),
        occurred=_on(chance.randrange(DAYS)),
        code=pb.EventCode(cameo=f"{chance.randint(10, 200):03}"),
        topics=[f"t{chance.randrange(_TOPICS)}"],
        evidence=[pb.Evidence(report=f"r{chance.randrange(_REPORTS)}")],
    )


def _title(chance: Random, known: list[str]) -> str:
    """Words of which the nth is about as frequent as 1/n."""
    return " ".join(known[int(_WORDS ** chance.random()) - 1] for _ in range(_TITLE))


def _item(entry_id: str, **state: Any) -> items_pb2.RecordItem:
    entry = items_pb2.NewEntry(entry_id=entry_id, state=pb.EntryState(**state))
    return items_pb2.RecordItem(entry=entry)


def _on(n: int) -> pb.IntervalDate:
    day = (FIRST_DAY + timedelta(days=n)).isoformat()
    return pb.IntervalDate(from_day=day, to_day=day)
