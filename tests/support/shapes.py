"""Ledgers of hostile shapes, each of about `size` entries that every rule of recording
allows: long chains, circles, ladders, stars, dense knots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from ledger_service.domain.values.commands import Amendment, Item, NewEntry
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActKind,
    ActOccurred,
    AllOf,
    Antecedent,
    AnyOf,
    Commitment,
    CommitmentFulfilled,
    DueAfter,
    EventCode,
    Evidence,
    Identity,
    Instrument,
    InstrumentKind,
    IntervalDate,
    Mandate,
    Membership,
    Nature,
    Party,
    PartyKind,
    Precision,
    Relation,
    RelationKind,
    Report,
    Representation,
    Succession,
    Withdrawal,
    Words,
)

FIRST_DAY = date(2015, 1, 1)
NORTH, SOUTH, WATCHERS = "north", "south", "watchers"
REPORT = "report"

#: How many amendments an entry of a ladder has, how many ties each act of a knot.
_RUNGS = 6
_DENSE = 30

Shape = Callable[[int], Iterator[Item]]


def on(day: int, until: int | None = None) -> IntervalDate:
    """The day of this number, or the days up to another one."""
    first = FIRST_DAY + timedelta(days=day)
    last = first if until is None else FIRST_DAY + timedelta(days=until)
    precision = Precision.DAY if first == last else Precision.RANGE
    return IntervalDate(first, last, precision)


def _new(entry_id: str, state: Any) -> NewEntry:
    return NewEntry(entry_id, state)


def _party(*represents: Representation, **ties: Any) -> Party:
    return Party(name="a party", kind=PartyKind.BODY, represents=represents, **ties)


def _report(day: int = 0) -> Report:
    return Report(title="a report", publisher="a paper", published=on(day))


def _act(day: int = 1, *relations: Relation, **changes: Any) -> Act:
    fields: dict[str, Any] = {
        "kind": ActKind.FULFILMENT,
        "actor": NORTH,
        "counterparties": (SOUTH,),
        "title": "a deed",
        "occurred": on(day),
        "relations": relations,
        "evidence": (Evidence(report=REPORT),),
    }
    return Act(**fields | changes)


def _commitment(day: int = 1, *relations: Relation, **changes: Any) -> Commitment:
    fields: dict[str, Any] = {
        "debtors": (NORTH,),
        "creditors": (SOUTH,),
        "consequent": "a deed",
        "occurred": on(day),
        "relations": relations,
        "evidence": (Evidence(report=REPORT),),
    }
    return Commitment(**fields | changes)


def _instrument(day: int = 1, **changes: Any) -> Instrument:
    fields: dict[str, Any] = {
        "title": "a treaty",
        "kind": InstrumentKind.TREATY,
        "participants": (NORTH, SOUTH),
        "occurred": on(day),
        "evidence": (Evidence(report=REPORT),),
    }
    return Instrument(**fields | changes)


def _waiting(*conditions: Any, **changes: Any) -> Antecedent:
    whole = conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))
    return Antecedent(whole, **changes)


def _told(entry_id: str, state: Any, report: str) -> Amendment:
    return Amendment(entry_id, "told anew", state, report)


def common() -> Iterator[Item]:
    """What all shapes have: two parties, a third one, a report."""
    for party in (NORTH, SOUTH, WATCHERS):
        yield _new(party, _party())
    yield _new(REPORT, _report())


# Reports that amend one another


def reports_in_a_chain(size: int) -> Iterator[Item]:
    """Each is amended as new information that the next one told."""
    yield from (_new(f"r{n}", _report()) for n in range(size))
    yield from (_told(f"r{n}", _report(n % 5), f"r{n + 1}") for n in range(size - 1))
    yield _new("a", _act(evidence=(Evidence(report="r0"),)))


def reports_in_a_ladder(size: int) -> Iterator[Item]:
    """Each is amended six times, each time as told by the next one."""
    levels = size // _RUNGS
    yield from (_new(f"r{n}", _report()) for n in range(levels))
    for n in range(levels - 1):
        yield from (_told(f"r{n}", _report(rung), f"r{n + 1}") for rung in range(_RUNGS))
    yield _new("a", _act(evidence=(Evidence(report="r0"),)))


def reports_in_a_circle(size: int) -> Iterator[Item]:
    """A chain whose last report is told anew by the first."""
    yield from reports_in_a_chain(size)
    yield _told(f"r{size - 1}", _report(1), "r0")


def reports_in_a_knot(size: int) -> Iterator[Item]:
    """Each is amended as told by several others before and behind it."""
    count = size // _RUNGS
    yield from (_new(f"r{n}", _report()) for n in range(count))
    for n in range(count):
        for step in range(1, _RUNGS + 1):
            yield _told(f"r{n}", _report(step), f"r{(n + step * step) % count}")
    yield _new("a", _act(evidence=(Evidence(report="r0"),)))


# Acts that are told as the same


def same_in_a_chain(size: int) -> Iterator[Item]:
    for n in range(size):
        ties = (Relation(RelationKind.SAME_AS, f"a{n - 1}"),) if n else ()
        yield _new(f"a{n}", _act(1, *ties))


def same_in_a_star(size: int) -> Iterator[Item]:
    for n in range(size):
        ties = (Relation(RelationKind.SAME_AS, "a0"),) if n else ()
        yield _new(f"a{n}", _act(1, *ties))


def same_in_a_knot(size: int) -> Iterator[Item]:
    for n in range(size):
        ties = (Relation(RelationKind.SAME_AS, f"a{m}") for m in range(max(0, n - _DENSE), n))
        yield _new(f"a{n}", _act(1, *ties))


def same_on_one_commitment(size: int) -> Iterator[Item]:
    """All fulfil one commitment that is kept up, and are told as the same."""
    yield _new("c", _commitment(nature=Nature.MAINTENANCE))
    for n in range(size):
        ties = [Relation(RelationKind.FULFILS, "c")]
        if n:
            ties.append(Relation(RelationKind.SAME_AS, f"a{n - 1}"))
        yield _new(f"a{n}", _act(2, *ties))


# Representatives


def _for(principal: str, **days: date) -> Representation:
    return Representation(principal=principal, mandate=(Mandate.ALL,), **days)


def representatives_in_chains(size: int) -> Iterator[Item]:
    """Two chains; each link of one deals with its like in the other."""
    for side, top in (("n", NORTH), ("s", SOUTH)):
        for n in range(size // 2):
            yield _new(f"{side}{n}", _party(_for(f"{side}{n - 1}" if n else top)))
    for n in range(size // 2):
        yield _new(f"a{n}", _act(n, actor=f"n{n}", counterparties=(f"s{n}",)))


def representatives_in_a_circle(size: int) -> Iterator[Item]:
    yield from (_new(f"n{n}", _party()) for n in range(size))
    for n in range(size):
        state = _party(_for(f"n{(n + 1) % size}"))
        yield Amendment(f"n{n}", "stands for the next", state)
    for n in range(0, size, 10):
        yield _new(f"a{n}", _act(n, actor=f"n{n}"))


def representatives_in_stars(size: int) -> Iterator[Item]:
    """Many for each of two, who deal with one another crosswise."""
    for n in range(size // 2):
        yield _new(f"n{n}", _party(_for(NORTH)))
        yield _new(f"s{n}", _party(_for(SOUTH)))
    for n in range(size):
        other = (n * n + 1) % (size // 2)
        yield _new(f"a{n}", _act(n, actor=f"n{n % (size // 2)}", counterparties=(f"s{other}",)))


# Parties that are one another, succeed one another, or are composed of one another


def _same(party: str) -> Party:
    return _party(same_as=(Identity(party),))


def _after(predecessor: str, day: int) -> Party:
    since = FIRST_DAY + timedelta(days=day)
    return _party(succeeds=(Succession(predecessor, since),))


def identities_in_a_chain(size: int) -> Iterator[Item]:
    """Each is the one before, and all of them give."""
    for n in range(size):
        yield _new(f"n{n}", _same(f"n{n - 1}" if n else NORTH))
        yield _new(f"a{n}", _act(n, actor=f"n{n}"))


def identities_in_a_star(size: int) -> Iterator[Item]:
    for n in range(size):
        yield _new(f"n{n}", _same(NORTH))
        yield _new(f"a{n}", _act(n, actor=f"n{n}"))


def identities_in_a_circle(size: int) -> Iterator[Item]:
    yield from (_new(f"n{n}", _party()) for n in range(size))
    for n in range(size):
        yield Amendment(f"n{n}", "is the next", _same(f"n{(n + 1) % size}"))
        yield _new(f"a{n}", _act(n, actor=f"n{n}"))


def heirs_in_a_chain(size: int) -> Iterator[Item]:
    """Each succeeds the one before, and tells that the promise is kept."""
    yield _new("c", _commitment(0))
    tells = Relation(RelationKind.ASSERTS, "c", about=About.EXISTENCE)
    for n in range(size):
        yield _new(f"n{n}", _after(f"n{n - 1}" if n else NORTH, n + 1))
        told = _act(n + 2, tells, kind=ActKind.STATEMENT, actor=f"n{n}")
        yield _new(f"a{n}", told)


def heirs_in_a_star(size: int) -> Iterator[Item]:
    """All succeed one on one day, and some let go what that one was owed."""
    yield _new("c", _commitment(0, debtors=(SOUTH,), creditors=(NORTH,)))
    lets_go = Relation(RelationKind.RELEASES, "c")
    for n in range(size):
        yield _new(f"n{n}", _after(NORTH, 1))
    for n in range(5):
        yield _new(f"a{n}", _act(n + 2, lets_go, kind=ActKind.STATEMENT, actor=f"n{n}"))


def heirs_in_a_circle(size: int) -> Iterator[Item]:
    """All on one day, so that nobody succeeds anybody."""
    yield from (_new(f"n{n}", _party()) for n in range(size))
    for n in range(size):
        yield Amendment(f"n{n}", "succeeds the next", _after(f"n{(n + 1) % size}", 5))
    for n in range(3):
        yield _new(f"c{n}", _commitment(1, debtors=(f"n{n}",)))


def a_body_of_many(size: int) -> Iterator[Item]:
    """One is composed of all the others, who tell that it did what it did."""
    yield from (_new(f"n{n}", _party()) for n in range(size))
    for start in range(0, size, 50):
        members = range(start, min(size, start + 50))
        inside = tuple(Membership(f"n{n}") for n in members)
        yield _new(f"part{start}", _party(composed_of=inside))
    parts = tuple(Membership(f"part{start}") for start in range(0, size, 50))
    yield _new("body", _party(composed_of=parts))
    yield _new("deed", _act(1, actor="body"))
    tells = Relation(RelationKind.VERIFIES, "deed")
    for n in range(size):
        yield _new(f"a{n}", _act(2, tells, kind=ActKind.STATEMENT, actor=f"n{n}"))


# Commitments that wait for one another, or replace one another


def antecedents_in_a_chain(size: int) -> Iterator[Item]:
    """Each waits for the one before; the first is fulfilled in the end."""
    yield _new("c0", _commitment())
    for n in range(1, size):
        waits = _waiting(CommitmentFulfilled(f"c{n - 1}"))
        yield _new(f"c{n}", _commitment(1 + n % 50, antecedent=waits))
    yield _new("a", _act(90, Relation(RelationKind.FULFILS, "c0", extent="1")))


def antecedents_fulfilled_in_a_chain(size: int) -> Iterator[Item]:
    """The same, each fulfilled long before what it waits for, on a day of its own."""
    yield from antecedents_in_a_chain(size)
    for n in range(1, size):
        fulfils = Relation(RelationKind.FULFILS, f"c{n}", extent="1")
        yield _new(f"a{n}", _act(60 + size - n, fulfils))


def commitments_that_wait_for_a_later_one(size: int) -> Iterator[Item]:
    """Each waits for the next; the last, promised on day 100, is fulfilled on day 110."""
    for n in range(size):
        waits = _waiting(CommitmentFulfilled(f"c{n + 1}"))
        yield _new(f"c{n}", _commitment(antecedent=waits))
    yield _new(f"c{size}", _commitment(100))
    yield _new("a", _act(110, Relation(RelationKind.FULFILS, f"c{size}", extent="1")))


def antecedents_in_a_circle(size: int) -> Iterator[Item]:
    yield from (_new(f"c{n}", _commitment()) for n in range(size))
    for n in range(size):
        waits = _waiting(CommitmentFulfilled(f"c{(n + 1) % size}"))
        yield Amendment(f"c{n}", "waits", _commitment(antecedent=waits))
    yield _new("a", _act(90, Relation(RelationKind.FULFILS, "c0", extent="1")))


def antecedents_in_a_knot(size: int) -> Iterator[Item]:
    """Each waits for the one before it surely, and for any of many before that."""
    yield _new("c0", _commitment())
    for n in range(1, size):
        surely = CommitmentFulfilled(f"c{n - 1}")
        some = tuple(CommitmentFulfilled(f"c{m}") for m in range(max(0, n - _DENSE), n - 1))
        waits = _waiting(surely, AnyOf(some)) if some else _waiting(surely)
        yield _new(f"c{n}", _commitment(antecedent=waits))
    yield _new("a", _act(90, Relation(RelationKind.FULFILS, "c0", extent="1")))


def antecedents_in_a_star(size: int) -> Iterator[Item]:
    """All wait for one."""
    yield _new("c", _commitment())
    waits = _waiting(CommitmentFulfilled("c"))
    for n in range(1, size):
        yield _new(f"c{n}", _commitment(antecedent=waits))
    yield _new("a", _act(90, Relation(RelationKind.FULFILS, "c", extent="1")))


def words_met_day_by_day(size: int) -> Iterator[Item]:
    """Acts that say that they meet the words, but only the creditor tells of them."""
    waits = _waiting(Words("it is done", "done"), Words("it is said", "said"))
    yield _new("c", _commitment(antecedent=waits))
    for n in range(size):
        meets = Relation(RelationKind.MEETS, "c", condition="done")
        told = (Evidence(report=REPORT, asserted_by=SOUTH),)
        yield _new(f"a{n}", _act(n, meets, evidence=told))


def acts_awaited_day_by_day(size: int) -> Iterator[Item]:
    """Commitments that wait for many acts of one another's days."""
    yield from (_new(f"a{n}", _act(n)) for n in range(size))
    for n in range(size // _DENSE):
        some = (ActOccurred(f"a{m}") for m in range(n, size, size // _DENSE))
        yield _new(f"c{n}", _commitment(antecedent=_waiting(*some)))


def supersessions_in_a_chain(size: int) -> Iterator[Item]:
    yield _new("c0", _commitment())
    for n in range(1, size):
        replaces = Relation(RelationKind.SUPERSEDES, f"c{n - 1}")
        yield _new(f"c{n}", _commitment(n, replaces))


def supersessions_backwards(size: int) -> Iterator[Item]:
    """A chain whose later links are dated earlier."""
    yield _new("c0", _commitment(size))
    for n in range(1, size):
        replaces = Relation(RelationKind.SUPERSEDES, f"c{n - 1}")
        yield _new(f"c{n}", _commitment(size - n, replaces))


def supersessions_in_a_circle(size: int) -> Iterator[Item]:
    yield from (_new(f"c{n}", _commitment()) for n in range(size))
    for n in range(size):
        replaces = Relation(RelationKind.SUPERSEDES, f"c{(n + 1) % size}")
        yield Amendment(f"c{n}", "replaces", _commitment(1, replaces))


def successors_that_fail(size: int) -> Iterator[Item]:
    """Many take the place of one, and each is called off."""
    yield _new("c", _commitment())
    for n in range(size // 2):
        yield _new(f"c{n}", _commitment(2 + n, Relation(RelationKind.SUPERSEDES, "c")))
        cancels = Relation(RelationKind.CANCELS, f"c{n}")
        yield _new(f"a{n}", _act(size + n, cancels, kind=ActKind.STATEMENT))


def a_chain_that_awaits_a_chain(size: int) -> Iterator[Item]:
    """All of one chain of supersessions are awaited by the links of another chain."""
    half = size // 2
    yield from supersessions_in_a_chain(half)
    yield _new("w0", _commitment(antecedent=_waiting(CommitmentFulfilled("c0"))))
    for n in range(1, half):
        both = (CommitmentFulfilled(f"c{n}"), CommitmentFulfilled(f"w{n - 1}"))
        yield _new(f"w{n}", _commitment(antecedent=_waiting(*both)))


# Much that is said about one


def opposed_act(size: int) -> Iterator[Item]:
    """Contradicted, denied, verified and refuted over and over."""
    yield _new("a", _act())
    kinds = (RelationKind.DENIES, RelationKind.VERIFIES, RelationKind.REFUTES)
    for n in range(size):
        kind = (*kinds, RelationKind.CONTRADICTS)[n % 4]
        said = Relation(kind, "a")
        who = (WATCHERS, SOUTH)[n % 2]
        change = {"actor": who, "counterparties": (), "kind": ActKind.STATEMENT}
        yield _new(f"o{n}", _act(n, said, **change))


def opposed_deliveries(size: int) -> Iterator[Item]:
    """Many fulfilments of one commitment, and many denials of its fulfilment."""
    yield _new("c", _commitment())
    for n in range(size // 2):
        fulfils = Relation(RelationKind.FULFILS, "c", extent=f"1/{size}")
        yield _new(f"a{n}", _act(n, fulfils))
        denies = Relation(RelationKind.DENIES, "c", about=About.FULFILMENT)
        yield _new(
            f"o{n}", _act(n, denies, actor=SOUTH, counterparties=(), kind=ActKind.DENIAL)
        )


def fulfilments_in_odd_parts(size: int) -> Iterator[Item]:
    """Shares whose denominators have nothing in common."""
    yield _new("c", _commitment())
    for n in range(size):
        extent = f"1/{999_999_937 - 2 * n}"
        yield _new(f"a{n}", _act(n, Relation(RelationKind.FULFILS, "c", extent=extent)))


def commitments_in_odd_parts(size: int) -> Iterator[Item]:
    """As many commitments of one pair, of each of which another odd share was given."""
    for n in range(size // 2):
        yield _new(f"c{n}", _commitment(n, consequent_code=EventCode(cameo="0842")))
        extent = f"1/{999_999_937 - 2 * n}"
        yield _new(f"a{n}", _act(n, Relation(RelationKind.FULFILS, f"c{n}", extent=extent)))


def suspensions(size: int) -> Iterator[Item]:
    """One commitment that is put on hold and taken off it, day by day."""
    yield _new("c", _commitment())
    for n in range(size):
        kind = (RelationKind.SUSPENDS, RelationKind.RESUMES)[n % 2]
        spoken = {"actor": SOUTH, "counterparties": (), "kind": ActKind.STATEMENT}
        yield _new(f"a{n}", _act(n, Relation(kind, "c"), **spoken))


def versions_of_one_act(size: int) -> Iterator[Item]:
    """Each version on another day, some told by other reports."""
    yield _new("a", _act())
    for n in range(1, size):
        report = REPORT if n % 2 else None
        yield Amendment("a", "dated anew", _act(n), report)


def commitments_of_one_pair(size: int) -> Iterator[Item]:
    for n in range(size):
        yield _new(f"c{n}", _commitment(n, due=on(n + 5, n + 20)))


def deeds_of_one_pair(size: int) -> Iterator[Item]:
    """Each answers all of the last ones of the other side."""
    for n in range(size):
        ties = (
            Relation(RelationKind.RESPONDS_TO, f"a{m}")
            for m in range(max(0, n - _DENSE), n)
            if (n - m) % 2
        )
        here, there = ((NORTH, SOUTH), (SOUTH, NORTH))[n % 2]
        yield _new(f"a{n}", _act(n, *ties, actor=here, counterparties=(there,)))


def vague_deeds(size: int) -> Iterator[Item]:
    """Deeds that may have happened on any of many days, on commitments as vague."""
    for n in range(size // 2):
        state = _commitment(occurred=on(n, n + 400))
        yield _new(f"c{n}", state)
        fulfils = Relation(RelationKind.FULFILS, f"c{n}", extent="1/2")
        yield _new(f"a{n}", _act(1, fulfils, occurred=on(n, n + 300)))


# What follows something, answers it, or takes it back


def _moved(kind: RelationKind, target: str, **more: Any) -> Relation:
    return Relation(kind, target, **more)


def follows_in_a_chain(size: int) -> Iterator[Item]:
    """On one day a commitment is broken and kept again, one act after the other."""
    yield _new("c", _commitment(nature=Nature.MAINTENANCE))
    for n in range(size):
        kind = RelationKind.RESUMES if n % 2 else RelationKind.BREACHES
        ties = (_moved(RelationKind.FOLLOWS, f"a{n - 1}"),) if n else ()
        yield _new(f"a{n}", _act(5, _moved(kind, "c"), *ties))


def follows_in_a_circle(size: int) -> Iterator[Item]:
    """Each breaks one commitment or keeps it again, and follows the one before; the first is
    told anew, as one that follows the last.
    """
    yield _new("c", _commitment(nature=Nature.MAINTENANCE))
    for n in range(size):
        kind = RelationKind.RESUMES if n % 2 else RelationKind.BREACHES
        ties = (_moved(RelationKind.FOLLOWS, f"a{n - 1}"),) if n else ()
        yield _new(f"a{n}", _act(5, _moved(kind, "c"), *ties))
    last = _moved(RelationKind.FOLLOWS, f"a{size - 1}")
    yield Amendment("a0", "told anew", _act(5, _moved(RelationKind.BREACHES, "c"), last))


def answers_over_the_days(size: int) -> Iterator[Item]:
    """Each responds to the one before; two a day on one commitment, but for a notice that all
    of them follow.
    """
    yield _new("c", _commitment(nature=Nature.MAINTENANCE))
    announced = _moved(
        RelationKind.CANCELS, "c", takes_effect=FIRST_DAY + timedelta(days=3_000)
    )
    yield _new("a0", _act(2, announced, actor=WATCHERS))
    for n in range(1, size):
        kind = RelationKind.RESUMES if n % 2 else RelationKind.BREACHES
        behind = _moved(RelationKind.RESPONDS_TO, f"a{n - 1}")
        yield _new(f"a{n}", _act(5 + n // 2, _moved(kind, "c"), behind))


def countermeasures_in_a_chain(size: int) -> Iterator[Item]:
    """Each act breaks one promise and halts the next one in answer to the act before."""
    sides = ((NORTH,), (SOUTH,))
    for n in range(size + 1):
        yield _new(f"c{n}", _commitment(debtors=sides[n % 2], creditors=sides[(n + 1) % 2]))
    for n in range(size):
        moves = [_moved(RelationKind.BREACHES, f"c{n}")]
        if n:
            moves.append(_moved(RelationKind.SUSPENDS, f"c{n + 1}"))
            moves.append(_moved(RelationKind.RESPONDS_TO, f"a{n - 1}"))
        by, toward = sides[n % 2], sides[(n + 1) % 2]
        yield _new(f"a{n}", _act(2 + n, *moves, actor=by[0], counterparties=toward))


def notices_that_are_withdrawn(size: int) -> Iterator[Item]:
    """Again and again somebody announces that it leaves, and takes that back."""
    yield _new("c", _commitment(nature=Nature.MAINTENANCE))
    for n in range(size // 2):
        leaving = _moved(
            RelationKind.CANCELS, "c", takes_effect=FIRST_DAY + timedelta(days=n + 3)
        )
        yield _new(f"n{n}", _act(n + 1, leaving))
        yield _new(f"w{n}", _act(n + 2, _moved(RelationKind.WITHDRAWS, f"n{n}")))


def suspensions_that_end(size: int) -> Iterator[Item]:
    """Every day one is put on hold until the next one."""
    yield _new("c", _commitment(nature=Nature.MAINTENANCE))
    for n in range(size):
        until = FIRST_DAY + timedelta(days=2 * n + 2)
        halt = _moved(RelationKind.SUSPENDS, "c", until=until)
        yield _new(f"a{n}", _act(2 * n + 1, halt, actor=SOUTH, counterparties=(NORTH,)))


def strangers_at_an_instrument(size: int) -> Iterator[Item]:
    """Many promises under an instrument that many who have no part in it call off."""
    yield _new("t", _instrument())
    for n in range(size // 2):
        yield _new(f"c{n}", _commitment(instrument="t"))
        yield _new(f"a{n}", _act(5, _moved(RelationKind.CANCELS, "t"), actor=WATCHERS))


def an_instrument_that_is_left(size: int) -> Iterator[Item]:
    """Many promises of many under an instrument; some of them leave it."""
    yield _new("t", _instrument(withdrawal=Withdrawal(notice_days=5)))
    for n in range(size // 2):
        yield _new(f"p{n}", _party())
        yield _new(f"c{n}", _commitment(instrument="t", debtors=(f"p{n}",)))
    for n in range(0, size // 2, 2):
        leaving = _moved(RelationKind.CANCELS, "t", takes_effect=FIRST_DAY + timedelta(days=30))
        yield _new(f"a{n}", _act(10, leaving, actor=f"p{n}"))


def an_instrument_that_is_called_off(size: int) -> Iterator[Item]:
    """Many promises of two parties under an instrument, which one of them calls off on ten
    days.
    """
    yield _new("t", _instrument())
    for n in range(size):
        debtor, creditor = (NORTH, SOUTH) if n % 2 else (SOUTH, NORTH)
        under = _commitment(instrument="t", debtors=(debtor,), creditors=(creditor,))
        yield _new(f"c{n}", under)
    for n in range(10):
        leaving = _moved(RelationKind.CANCELS, "t", takes_effect=FIRST_DAY + timedelta(30 + n))
        yield _new(f"a{n}", _act(10 + n, leaving, actor=NORTH, counterparties=(SOUTH,)))


# Deeds that are taken back, and terms that are set anew


def reversals_of_many_deeds(size: int) -> Iterator[Item]:
    """Each delivery on one commitment is taken back by an act of its own."""
    yield _new("c", _commitment())
    for n in range(size // 2):
        fulfils = Relation(RelationKind.FULFILS, "c", extent=f"1/{size}")
        yield _new(f"d{n}", _act(2 + n % 100, fulfils))
    for n in range(size // 2):
        yield _new(f"r{n}", _act(3 + n % 100, _moved(RelationKind.REVERSES, f"d{n}")))


def reversals_of_one_deed(size: int) -> Iterator[Item]:
    """One delivery on several commitments is taken back in small parts."""
    for n in range(3):
        yield _new(f"c{n}", _commitment())
    fulfils = (Relation(RelationKind.FULFILS, f"c{n}", extent="1") for n in range(3))
    yield _new("d", _act(2, *fulfils))
    for n in range(size):
        part = Relation(RelationKind.REVERSES, "d", extent=f"1/{size}")
        yield _new(f"r{n}", _act(3 + n % 100, part))


def acts_met_and_taken_back(size: int) -> Iterator[Item]:
    """Words are met by many acts, each of which is taken back a few days later."""
    words = (Words("peace", "peace"), Words("trade", "trade"))
    yield _new("c", _commitment(antecedent=_waiting(*words)))
    for n in range(size // 2):
        meets = Relation(RelationKind.MEETS, "c", condition="peace")
        yield _new(f"a{n}", _act(2 + n % 100, meets))
    for n in range(size // 2):
        yield _new(f"r{n}", _act(4 + n % 100, _moved(RelationKind.REVERSES, f"a{n}")))


def extensions_that_are_accepted(size: int) -> Iterator[Item]:
    """One commitment is put off again and again by the debtor, with acceptance."""
    yield _new("c", _commitment(due=on(2)))
    for n in range(size // 2):
        later = Relation(RelationKind.RESCHEDULES, "c", due=on(3 + n))
        yield _new(f"a{n}", _act(2 + n % 100, later, kind=ActKind.STATEMENT))
        accepts = _moved(RelationKind.ACCEPTS, f"a{n}")
        creditors = {"actor": SOUTH, "counterparties": (NORTH,), "kind": ActKind.AGREEMENT}
        yield _new(f"b{n}", _act(3 + n % 100, accepts, **creditors))


def due_after_one_another(size: int) -> Iterator[Item]:
    """Each commitment falls due after the fulfilment of the one before."""
    yield _new("c0", _commitment())
    for n in range(1, size // 2):
        after = DueAfter(commitment=f"c{n - 1}", days=5)
        yield _new(f"c{n}", _commitment(due_after=after))
    for n in range(size // 2):
        yield _new(f"d{n}", _act(2 + n, Relation(RelationKind.FULFILS, f"c{n}", extent="1")))


def kept_until_one_another(size: int) -> Iterator[Item]:
    """Each commitment is kept until the one before has been kept to its end."""
    yield _new("c0", _commitment(nature=Nature.MAINTENANCE, until=on(3).to_day))
    for n in range(1, size):
        until = _waiting(CommitmentFulfilled(f"c{n - 1}"))
        yield _new(f"c{n}", _commitment(nature=Nature.MAINTENANCE, until_condition=until))


def kept_until_one_another_in_a_circle(size: int) -> Iterator[Item]:
    """Each commitment is kept until the one before is, and the first until the last."""
    yield _new("c0", _commitment(nature=Nature.MAINTENANCE))
    for n in range(1, size):
        until = _waiting(CommitmentFulfilled(f"c{n - 1}"))
        yield _new(f"c{n}", _commitment(nature=Nature.MAINTENANCE, until_condition=until))
    until = _waiting(CommitmentFulfilled(f"c{size - 1}"))
    closing = _commitment(nature=Nature.MAINTENANCE, until_condition=until)
    yield Amendment("c0", "is kept until the last", closing)


SHAPES: dict[str, Shape] = {
    shape.__name__.replace("_", " "): shape
    for shape in (
        reports_in_a_chain,
        reports_in_a_ladder,
        reports_in_a_circle,
        reports_in_a_knot,
        same_in_a_chain,
        same_in_a_star,
        same_in_a_knot,
        same_on_one_commitment,
        representatives_in_chains,
        representatives_in_a_circle,
        representatives_in_stars,
        identities_in_a_chain,
        identities_in_a_star,
        identities_in_a_circle,
        heirs_in_a_chain,
        heirs_in_a_star,
        heirs_in_a_circle,
        a_body_of_many,
        antecedents_in_a_chain,
        antecedents_fulfilled_in_a_chain,
        antecedents_in_a_circle,
        antecedents_in_a_knot,
        antecedents_in_a_star,
        words_met_day_by_day,
        acts_awaited_day_by_day,
        supersessions_in_a_chain,
        supersessions_backwards,
        supersessions_in_a_circle,
        successors_that_fail,
        a_chain_that_awaits_a_chain,
        opposed_act,
        opposed_deliveries,
        fulfilments_in_odd_parts,
        commitments_in_odd_parts,
        suspensions,
        follows_in_a_chain,
        follows_in_a_circle,
        answers_over_the_days,
        countermeasures_in_a_chain,
        notices_that_are_withdrawn,
        suspensions_that_end,
        strangers_at_an_instrument,
        an_instrument_that_is_left,
        an_instrument_that_is_called_off,
        reversals_of_many_deeds,
        reversals_of_one_deed,
        acts_met_and_taken_back,
        extensions_that_are_accepted,
        due_after_one_another,
        kept_until_one_another,
        kept_until_one_another_in_a_circle,
        versions_of_one_act,
        commitments_of_one_pair,
        deeds_of_one_pair,
        vague_deeds,
    )
}
