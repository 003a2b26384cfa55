"""Acts and commitments that an answer names: their titles, their dates and their sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from diplomatic_ledger.cli import days, spoken
from diplomatic_ledger.cli.asking import pinned
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts, ViewWord
from diplomatic_ledger.in_parts import MOST_IDS, in_parts
from diplomatic_ledger.v1 import acts_pb2, cuts_pb2, entries_pb2, standings_pb2

#: What is listed of an act or a commitment.
View: TypeAlias = acts_pb2.ActView | standings_pb2.CommitmentStanding


@dataclass(frozen=True)
class Named:
    """An act or a commitment: its title, its date, and the day from which on it counts. `act`
    is what else is known of an act.
    """

    title: str
    occurred: entries_pb2.IntervalDate
    day: str
    act: acts_pb2.ActView | None = None

    @classmethod
    def of(cls, view: View) -> Named:
        if isinstance(view, acts_pb2.ActView):
            return cls.of_act(view)
        return cls.of_commitment(view)

    @classmethod
    def of_act(cls, act: acts_pb2.ActView) -> Named:
        return cls(spoken.title(act), act.act.occurred, act.day, act)

    @classmethod
    def of_commitment(cls, item: standings_pb2.CommitmentStanding) -> Named:
        title = item.commitment.consequent or spoken.hidden(item.sealed, "consequent")
        return cls(title, item.commitment.occurred, item.standing.day)


#: Entries by id.
Names = Mapping[str, Named]


def titles(
    session: Session, basis: cuts_pb2.Basis, ids: Iterable[str], cuts: Cuts
) -> dict[str, Named]:
    """The acts, commitments and instruments among some entries, as they read on the basis of an
    answer to a question with these cuts.
    """
    wanted = set(ids)
    views = views_named(session, basis, wanted, cuts)
    named = {entry_id: Named.of(view) for entry_id, view in views.items()}
    return named | _instruments(session, basis, wanted - views.keys(), cuts)


def _instruments(
    session: Session, basis: cuts_pb2.Basis, ids: Iterable[str], cuts: Cuts
) -> dict[str, Named]:
    pictured = pinned(basis, cuts.suppose)
    return {
        each.entry_id: Named(
            each.instrument.title or spoken.hidden(each.sealed, "title"),
            each.instrument.occurred,
            each.day,
        )
        for part in in_parts(sorted(ids), MOST_IDS)
        for each in session.client.instruments(session.ledger, pictured, entry_ids=part)
    }


def views_named(
    session: Session, basis: cuts_pb2.Basis, ids: Iterable[str], cuts: Cuts
) -> dict[str, View]:
    """The same as they are listed."""
    wanted = set(ids)
    acts = acts_named(session, basis, wanted, cuts)
    return {**acts, **commitments_named(session, basis, wanted - acts.keys(), cuts)}


def acts_named(
    session: Session, basis: cuts_pb2.Basis, ids: Iterable[str], cuts: Cuts
) -> dict[str, acts_pb2.ActView]:
    """The acts among some entries, likewise."""
    pictured = pinned(basis, cuts.suppose)
    return {
        act.entry_id: act
        for part in in_parts(sorted(ids), MOST_IDS)
        for act in session.client.acts(session.ledger, pictured, entry_ids=part)
    }


def commitments_named(
    session: Session,
    basis: cuts_pb2.Basis,
    ids: Iterable[str],
    cuts: Cuts,
    *,
    view: ViewWord = "basic",
) -> dict[str, standings_pb2.CommitmentStanding]:
    """The commitments among some entries, likewise."""
    pictured = pinned(basis, cuts.suppose)
    return {
        each.entry_id: each
        for part in in_parts(sorted(ids), MOST_IDS)
        for each in session.client.commitments(
            session.ledger, pictured, entry_ids=part, view=view
        )
    }


def title(names: Names, entry_id: str) -> str:
    """What an entry is called; nothing where it is none of these."""
    known = names.get(entry_id)
    return known.title if known else ""


def when(day: str, known: Named | None) -> str:
    """The day on which an entry counts: its date in words, unless it counts on another day
    than that says, such as a later one on which it takes effect.
    """
    if known is None or day not in (
        known.day,
        known.occurred.from_day,
        known.occurred.to_day,
    ):
        return day
    return days.cell(known.occurred)
