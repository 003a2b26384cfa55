"""Finds promises that were broken, or called off in breach: those are owed no more and never
fall due, so they stand in no balance and no agenda.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import pinned
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.uncounted import Uncounted
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import balances_pb2, cuts_pb2, standings_pb2

#: In what ways a promise is broken: how that is said, and the option that lists such promises.
_WAYS = (
    ("Broken", "lifecycle", "breached"),
    ("Called off in breach", "flag", "counts_as_breach"),
)


#: Of so many it is looked at who broke them.
_LOOKED_AT = 100


def broken_between(
    session: Session, found: balances_pb2.Balance, basis: cuts_pb2.Basis, cuts: Cuts
) -> Iterator[Uncounted]:
    """Those in each direction at this basis, as far as there are some. A promise of both sides
    is told of who broke it.
    """
    for owed in (found.outstanding_ab, found.outstanding_ba):
        pair = {"debtor": [owed.debtor], "creditor": [owed.creditor]}
        between = f" of {owed.debtor} to {owed.creditor}"
        yield from _found(session, basis, cuts, pair, " and not counted as owed", between)


def broken(
    session: Session, basis: cuts_pb2.Basis, cuts: Cuts, parties: Sequence[str]
) -> Iterator[Uncounted]:
    """The same of all promises in which each of some parties takes part."""
    return _found(session, basis, cuts, {"party": parties}, ", and so not on the agenda", "")


def _is_of_others(
    item: standings_pb2.CommitmentStanding, whose: Mapping[str, Sequence[str]]
) -> bool:
    """Whether a promise of both sides was broken by none of these debtors."""
    to_blame = item.standing.against
    debtors = whose.get("debtor", to_blame)
    return item.commitment.mutual and bool(to_blame) and set(debtors).isdisjoint(to_blame)


def _found(
    session: Session,
    basis: cuts_pb2.Basis,
    cuts: Cuts,
    whose: Mapping[str, Sequence[str]],
    therefore: str,
    between: str,
) -> Iterator[Uncounted]:
    pictured = pinned(basis, cuts.suppose)
    which = [word for name, ids in whose.items() for i in ids for word in (f"--{name}", i)]
    for how, option, word in _WAYS:
        found = session.client.commitments(
            session.ledger,
            pictured,
            facets=["lifecycle"],  # so that they are counted, and only a page of them is read
            lifecycles=[word] if option == "lifecycle" else (),
            flags=[word] if option == "flag" else (),
            parties=whose.get("party", ()),
            debtors=whose.get("debtor", ()),
            creditors=whose.get("creditor", ()),
        )
        first = found.first(_LOOKED_AT)
        count = found.match_count - sum(_is_of_others(each, whose) for each in first)
        if not count:
            continue
        listed = session.command("commitments", f"--{option}", word, *which, cuts=pictured)
        promises = spoken.plural(count, "promise", "promises")
        yield Uncounted(
            word,
            count,
            f"{how}{therefore}: {promises}{between}.",
            listed,
            whose.get("debtor", ()),
            whose.get("creditor", ()),
        )
