"""Whether the acts that an antecedent names, or that meet its words, have occurred."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ledger_service.domain.answers import EvidenceStatus
from ledger_service.domain.antecedents import Leaf, Level, in_time, leaves
from ledger_service.domain.case import Case
from ledger_service.domain.entries import ActKind, ActOccurred, RelationKind, Words
from ledger_service.domain.evidence import act_finding
from ledger_service.domain.known import Known
from ledger_service.domain.picture import Picture
from ledger_service.domain.sides import all_told_against, doers

#: A demand or an expectation is nothing that a promise can wait for.
NO_CONDITION = frozenset({ActKind.DEMAND, ActKind.EXPECTATION})


class Conditions:
    """The acts behind the antecedents of a picture."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def level(self, case: Case, leaf: Leaf, deadline: date | None, day: date) -> Level:
        """How near an act or words are to holding on a day."""
        acts = list(self.acts(case, leaf))
        if not acts:
            return Level.UNSEEN if isinstance(leaf, ActOccurred) else Level.PENDING
        return max(self._level(case, act, deadline, day) for act in acts)

    def acts(self, case: Case, leaf: Leaf) -> Iterator[Known]:
        """The recorded and reported acts that a leaf is about, on whatever day."""
        if isinstance(leaf, ActOccurred):
            known = self._picture.known(leaf.act)
            if known and known.is_act and known.act.kind not in NO_CONDITION:
                yield known
        elif isinstance(leaf, Words):
            for source, relation in self._picture.known_relations_to(case.id):
                meets = relation.kind is RelationKind.MEETS and source.is_act
                if meets and relation.condition in self._names(case, leaf):
                    yield source

    def meeting(self, case: Case) -> Iterator[Known]:
        """The visible acts that say that they meet words of a commitment."""
        for source, relation in self._picture.relations_to(case.id):
            if relation.kind is RelationKind.MEETS and source.is_act:
                yield source

    def met_by(self, case: Case, leaf: Leaf, day: date) -> Iterator[Known]:
        """The acts by which a leaf holds on a day, whether in time or not."""
        for act in self.acts(case, leaf):
            if act.day <= day and self._counts(case, act):
                yield act

    def days(self, case: Case) -> Iterator[date]:
        """The days on which acts that the antecedent is about take effect."""
        assert case.terms.antecedent is not None
        for leaf in leaves(case.terms.antecedent.condition):
            for act in self.acts(case, leaf):
                yield max(act.day, case.day)

    def claimed(self, case: Case) -> bool:
        """Whether the creditor alone says that something awaited has occurred."""
        if case.terms.antecedent is None:
            return False
        return any(
            self._picture.has_come(act.day) and self._told_by_creditor(case, act)
            for leaf in leaves(case.terms.antecedent.condition)
            for act in self.acts(case, leaf)
        )

    def _names(self, case: Case, leaf: Words) -> tuple[str, ...]:
        """The labels under which an act may meet these words: none is needed where the
        antecedent holds no other words.
        """
        assert case.terms.antecedent is not None
        words = [w for w in leaves(case.terms.antecedent.condition) if isinstance(w, Words)]
        labels = (leaf.label,) if leaf.label else ()
        return (*labels, "") if len(words) == 1 else labels

    def _level(self, case: Case, act: Known, deadline: date | None, day: date) -> Level:
        counts = self._counts(case, act)
        if counts and act.day <= day:
            return in_time(act.span, deadline)
        # Its dates straddle the deadline, and so far it may or may not have happened.
        if counts and self._picture.has_come(act.span.earliest):
            return _doubt(in_time(act.span, deadline))
        return Level.PENDING

    def _counts(self, case: Case, act: Known) -> bool:
        refuted = (
            self._picture.has_come(act.day)
            and act_finding(self._picture, act).status is EvidenceStatus.REFUTED
        )
        return not refuted and not self._told_by_creditor(case, act)

    def _told_by_creditor(self, case: Case, act: Known) -> bool:
        """In a mutual commitment who brings it about is the debtor, the others creditor."""
        parties = case.sides
        did = doers(self._picture, act, parties.all) if parties.mutual else parties.debtors
        return all_told_against(self._picture, act, did, parties)


def _doubt(level: Level) -> Level:
    return level if level is Level.DOUBT else Level.PENDING
