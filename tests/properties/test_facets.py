"""What is counted of a list from what is kept of all entries is what looking at each of them
gives.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger_service.application import facets, finding
from ledger_service.application.counting import counts
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.supposing import suppose
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.commands import NewEntry
from ledger_service.domain.values.entries import ActKind, Coding, InstrumentKind
from ledger_service.domain.values.filters import (
    ActFilter,
    Arrangement,
    CodePrefix,
    CommitmentFilter,
    DayRange,
    InstrumentFilter,
    Order,
)
from ledger_service.domain.values.flags import StandingFlag
from ledger_service.projections.history import LoggedHistory
from ledger_service.projections.memory import Memory
from ledger_service.projections.projector import Projector
from tests.support.described import TOPICS, described
from tests.support.following import follow_all, open_ledgers
from tests.support.random_ledgers import (
    INSTRUMENTS,
    PARTIES,
    Dice,
    Look,
    Recorded,
    accepted_ledger,
    look_at,
)
from tests.support.runs import few

MOMENT = datetime(2026, 12, 1, tzinfo=UTC)
KINDS: tuple[Any, ...] = (
    (CommitmentFilter, finding.commitments, facets.OF_COMMITMENTS),
    (ActFilter, finding.acts, facets.OF_ACTS),
    (InstrumentFilter, finding.instruments, facets.OF_INSTRUMENTS),
)


@few
@given(st.integers(0, 2**48))
async def test_what_is_counted_is_what_looking_at_each_gives(seed):
    """As the log grows, at any of its positions, at any cuts, and with something supposed."""
    dice = Dice(seed)
    made = described(dice, accepted_ledger(dice))
    memory = Memory(100)
    with TemporaryDirectory() as folder:
        ledgers = open_ledgers(Path(folder))
        ledger = await ledgers.create("talks", "Talks", opens_on=made.opens_on)
        projector = Projector(ledger, Path(folder), batch=9)
        asked_after = {len(made.requests) - 1, *dice.sample(range(len(made.requests)), 3)}
        for n, (command, _) in enumerate(made.requests):
            await ledger.record(command)
            if n in asked_after:
                follow_all(projector)
                head = ledger.head.position
                for position in {head, dice.randint(1, head)}:
                    history = LoggedHistory(ledger, projector.open(), position, memory, head)
                    bare = LoggedHistory(ledger, projector.open(), position, Memory(100), head)
                    _check(dice, history, bare)
                    _check_supposed(dice, history, made)
        projector.close()
        await ledgers.close()


def _check(dice: Dice, history: History, bare: History) -> None:
    """Counts at some cuts, and by each of the facets at once or by one of them alone; against
    what is found at the same cuts by who remembers nothing.
    """
    for _ in range(2):
        look = look_at(dice)
        picture, plain = _picture(history, look), _picture(bare, look)
        for filter_of, find, values in KINDS:
            for asked in (filter_of(), filter_of(**_fields(dice, filter_of))):
                found = list(find(plain, asked))
                wanted = dice.choice((list(values), [dice.choice(list(values))]))
                told = counts(picture, asked, wanted)
                assert told.matches == len(found), asked
                assert [each.facet for each in told.facets] == wanted
                for each in told.facets:
                    expected = Counter(
                        str(value)
                        for known in found
                        for value in set(values[each.facet](plain, known))
                    )
                    assert dict(each.values) == dict(expected), (asked, each.facet, look)
        descending = dice.random() < 0.5
        asked = CommitmentFilter(**_fields(dice, CommitmentFilter))
        how = Arrangement(Order.DUE_DAY, descending=descending)
        ids = [each.id for each in finding.commitments(picture, asked, how)]
        assert ids == [each.id for each in finding.commitments(plain, asked, how)]


def _check_supposed(dice: Dice, history: LoggedHistory, made: Recorded) -> None:
    """With entries supposed that are recorded later, or are the like of one that is there."""
    there = dice.choice([each for each in made.items if isinstance(each, NewEntry)])
    supposed = suppose(history, [NewEntry(f"{there.entry_id}-again", there.state)], MOMENT)
    afresh = history.with_memo(Memo(), history.position)
    again = suppose(afresh, [NewEntry(f"{there.entry_id}-again", there.state)], MOMENT)
    _check(dice, supposed, again)


def _picture(history: History, look: Look) -> Picture:
    return Picture(history, look.as_of, look.reported_by, look.policy)


def _fields(dice: Dice, filter_of: type) -> dict[str, Any]:
    """Some fields of a filter: of those that are told by what is kept, and of others."""
    first, last = sorted((dice.day(), dice.day()))
    days = DayRange(dice.maybe(first), dice.maybe(last))
    codes = [
        CodePrefix(Coding.CAMEO, "08"),
        CodePrefix(Coding.PLOVER, "RETREAT"),
        CodePrefix(Coding.PLOVER, "RETREAT/d"),
    ]
    fields: dict[str, Any] = {
        "occurred": days,
        "topics": frozenset(dice.some(TOPICS, 1, 2)),
        "parties": frozenset(dice.some(PARTIES, 1, 1)),
    }
    if filter_of is CommitmentFilter:
        fields |= {
            "lifecycles": frozenset(dice.some(list(Lifecycle), 1, 5)),
            "flags": frozenset(dice.some(list(StandingFlag), 1, 12)),
            "due": days,
            "codes": frozenset(dice.some(codes, 1, 2)),
            "instrument": dice.choice(INSTRUMENTS),
        }
    elif filter_of is ActFilter:
        fields |= {
            "kinds": frozenset(dice.some(list(ActKind), 3, 9)),
            "codes": frozenset(dice.some(codes, 1, 2)),
            "countries": frozenset(dice.some(("PRK", "SGP"), 1, 2)),
        }
    else:
        fields |= {"kinds": frozenset(dice.some(list(InstrumentKind), 2, 4))}
    return {name: fields[name] for name in dice.some(list(fields), 0, 2)}
