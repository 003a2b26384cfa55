"""Whose deed and whose word: for whom an act moves a commitment, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import (
    Act,
    Mandate,
    Relation,
    RelationKind,
)
from tests.reference.course import (
    Course,
)
from tests.reference.evidence import (
    creditors,
    debtors,
    finding_on_act,
    finding_on_existence,
    neutral_to,
    only_word_of,
)
from tests.reference.world import Seen, World

#: The flag of a move in words that is known from the other side only.
CLAIMED = {
    RelationKind.ACCEPTS: "accepts_claimed",
    RelationKind.ASSERTS: "asserts_claimed",
    RelationKind.RELEASES: "releases_claimed",
    RelationKind.CANCELS: "cancels_claimed",
    RelationKind.SUSPENDS: "suspends_claimed",
    RelationKind.RESUMES: "resumes_claimed",
}


MANDATES = {
    RelationKind.ACCEPTS: Mandate.ACCEPT,
    RelationKind.ASSERTS: Mandate.PROMISE,
    RelationKind.RELEASES: Mandate.RELEASE,
    RelationKind.CANCELS: Mandate.CANCEL,
    RelationKind.SUSPENDS: Mandate.SUSPEND,
    RelationKind.RESUMES: Mandate.SUSPEND,
}


Move = Callable[[Course, Seen, Relation, date], None]


class Judging:
    """All commitments of a world, and the acts that would move them."""

    def __init__(self, world: World, disabled: Iterable[str] = ()) -> None:
        self.world = world
        self.disabled = set(disabled)
        self.findings = {i: finding_on_act(world, a) for i, a in world.acts.items()}
        self.courses = {
            i: Course(c, debtors(world, c), creditors(world, c), finding_on_existence(world, c))
            for i, c in sorted(world.commitments.items())
        }

    def refuted(self, act: Seen) -> bool:
        return self.findings[act.id].status is EvidenceStatus.REFUTED

    def moves(self, kind: RelationKind) -> Iterator[tuple[Course, Seen, Relation, date]]:
        """All relations of a kind, by entry id, with the day on which they take effect:
        one dated before its commitment does so on the commitment's first day."""
        for _, act in sorted(self.world.acts.items()):
            for relation in act.state.relations:
                course = self.courses.get(relation.target)
                if course and self.as_kind(act, relation, course) is kind:
                    course.flag(act, relation, self.prior(course, act))
                    if self.refuted(act):
                        course.flag(act, relation, "refuted")
                    else:
                        yield course, act, relation, max(act.day, course.seen.day)

    def prior(self, course: Course, act: Seen) -> str:
        """It lies before the first day on which the promise can have been made."""
        made = course.seen.span.first
        return "prior_conduct" if made is not None and act.span.last < made else ""

    def flag_what_met_words(self) -> None:
        for act in self.world.acts.values():
            for relation in act.state.relations:
                course = self.courses.get(relation.target)
                if course and relation.kind is RelationKind.MEETS:
                    course.flags |= {self.prior(course, act)} - {""}

    def make_moves(self, kind: RelationKind, move: Move, today: date) -> None:
        for course, act, relation, day in self.moves(kind):
            if day == today:
                move(course, act, relation, today)

    def as_kind(self, act: Seen, relation: Relation, course: Course) -> RelationKind:
        """Verifying by an interested side counts as asserting."""
        if relation.kind is RelationKind.VERIFIES and not neutral_to(
            self.world, act, course.seen
        ):
            return RelationKind.ASSERTS
        return relation.kind

    def doers(self, act: Seen, principals: Iterable[str]) -> tuple[str, ...]:
        """On whose behalf of the principals the act was done, mandate or not."""
        assert isinstance(act.state, Act)
        return tuple(
            p
            for p in principals
            if any(self.world.on_side(a, [p], act.day) for a in act.state.actors)
        )

    def mandated(
        self, act: Seen, principals: Iterable[str], mandate: Mandate
    ) -> tuple[str, ...]:
        assert isinstance(act.state, Act)
        return tuple(
            p
            for p in principals
            if any(self.world.mandated(a, p, mandate, act.day) for a in act.state.actors)
        )

    def own(self, course: Course, movers: Iterable[str]) -> list[str]:
        """The side of a move: in a mutual commitment those who make it."""
        movers = set(movers)
        if course.terms.mutual:
            return sorted(movers)
        debtor = movers & set(course.debtors)
        return [*sorted(movers), *(course.debtors if debtor else course.creditors)]

    def others_word(self, course: Course, act: Seen, movers: Iterable[str]) -> bool:
        """Known from the other side only."""
        movers = list(movers)
        return only_word_of(
            self.world, act, self.others(course, movers), self.own(course, movers)
        )

    def others(self, course: Course, movers: Iterable[str]) -> list[str]:
        """The other side of a move: in a mutual commitment all who do not make it."""
        movers = set(movers)
        if course.terms.mutual:
            return [p for p in course.debtors if p not in movers]
        if movers & set(course.debtors):
            return list(course.creditors)
        return list(course.debtors)

    def entitled(
        self, course: Course, act: Seen, relation: Relation, principals: Iterable[str]
    ) -> tuple[str, ...]:
        """For whom of the principals a move in words is made with effect; else it is
        flagged: not entitled, without mandate, or known from the other side only."""
        movers, flag = self.judged(course, act, relation, list(principals))
        course.flag(act, relation, flag)
        return movers

    def judged(
        self, course: Course, act: Seen, relation: Relation, principals: list[str]
    ) -> tuple[tuple[str, ...], str]:
        kind = self.as_kind(act, relation, course)
        if not self.doers(act, principals):
            return (), "not_entitled"
        movers = self.mandated(act, principals, MANDATES[kind])
        if not movers:
            return (), "authority_doubtful"
        if self.others_word(course, act, movers):
            return (), CLAIMED[kind]
        return movers, ""
