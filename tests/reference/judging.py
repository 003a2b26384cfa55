"""What the acts of a world would move, on which day, and for whom they do it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from ledger_service.domain.values.answers import EvidenceStatus
from ledger_service.domain.values.entries import (
    Act,
    Mandate,
    Relation,
    RelationKind,
)
from tests.reference.course import Course, Key, Move
from tests.reference.evidence import asserts, finding_on_act, finding_on_existence
from tests.reference.following import Following
from tests.reference.sides import (
    MOVES_OF_INSTRUMENTS,
    creditors,
    debtors,
    only_word_of,
    under,
)
from tests.reference.world import Seen, World

#: Moves in words, and the mandate that each needs. A rescheduling needs more than one.
MANDATES = {
    RelationKind.ACCEPTS: Mandate.ACCEPT,
    RelationKind.ASSERTS: Mandate.PROMISE,
    RelationKind.RELEASES: Mandate.RELEASE,
    RelationKind.CANCELS: Mandate.CANCEL,
    RelationKind.SUSPENDS: Mandate.SUSPEND,
    RelationKind.RESUMES: Mandate.SUSPEND,
}

#: Moves that an act makes of a commitment at which it is aimed.
DIRECT = {
    *MANDATES,
    RelationKind.FULFILS,
    RelationKind.BREACHES,
    RelationKind.RESCHEDULES,
    RelationKind.MEETS,
}


class Judging:
    """All commitments of a world, and the acts that would move them."""

    def __init__(self, world: World, disabled: Iterable[str] = ()) -> None:
        self.world = world
        self.disabled = set(disabled)
        self.following = Following(world)
        self.findings = {i: finding_on_act(world, a) for i, a in world.acts.items()}
        self.courses = {
            i: Course(
                world, c, debtors(world, c), creditors(world, c), finding_on_existence(world, c)
            )
            for i, c in sorted(world.commitments.items())
        }
        self.aimed: dict[Key, list[tuple[Course | None, str]]] = {}
        for course in self.courses.values():
            course.due, course.until = course.terms.due, course.terms.until
        self.gather_moves()

    def refuted(self, act: Seen) -> bool:
        return self.findings[act.id].status is EvidenceStatus.REFUTED

    # Which moves there are

    def gather_moves(self) -> None:
        for _, act in sorted(self.world.acts.items()):
            for relation in act.state.relations:
                for course, move in self.moves_of(act, relation):
                    course.flag(move.key, self.prior(course, act))
                    if self.refuted(act):
                        course.became(move.key, "refuted")
                        course.refuted.append(move)
                    else:
                        course.moves.append(move)

    def moves_of(self, act: Seen, relation: Relation) -> Iterator[tuple[Course, Move]]:
        course = self.courses.get(relation.target)
        if course is not None:
            kind = relation.kind
            if kind is RelationKind.VERIFIES and asserts(self.world, act, relation):
                kind = RelationKind.ASSERTS
            if kind in DIRECT:
                begin = course.seen.day
                given, day = max(act.day, begin), max(self.effect_day(act, relation), begin)
                yield course, Move(act, relation, kind, given, day, notice=given < day)
        instrument = self.world.instruments.get(relation.target)
        if instrument is not None and relation.kind in MOVES_OF_INSTRUMENTS:
            yield from self.through(instrument, act, relation)

    def through(
        self, instrument: Seen, act: Seen, relation: Relation
    ) -> Iterator[tuple[Course, Move]]:
        """A move aimed at an instrument is aimed at each commitment under it that had begun
        by the day of effect and that its maker is entitled so to move."""
        day = max(self.effect_day(act, relation), instrument.day)
        tally = self.aimed.setdefault((act.id, relation.kind, relation.target), [])
        for commitment in under(self.world, instrument.id):
            course = self.courses[commitment.id]
            if course.seen.day > day:
                continue
            given = max(act.day, instrument.day, course.seen.day)
            move = Move(act, relation, relation.kind, given, day, notice=given < day)
            who, flag = self.makers_of(course, move)
            if who:
                tally.append((course, ""))
                yield course, move
            elif self.is_owed_alone(course, move) and self.is_lawful(course, move, instrument):
                move.releases_maker = True
                tally.append((course, ""))
                yield course, move
            else:
                tally.append((None, flag))

    def concerns(self, act: Seen, relation: Relation, commitment_id: str) -> bool:
        """A move aimed at an instrument is one of this commitment under it."""
        key = (act.id, relation.kind, relation.target)
        return any(c is not None and c.id == commitment_id for c, _ in self.aimed.get(key, []))

    def makers_of(self, course: Course, move: Move) -> tuple[tuple[str, ...], str]:
        """For whom the act may make a move of its kind; else why not."""
        who = self.principals(course, move)
        if not self.doers(move.act, who):
            return (), "not_entitled"
        movers = self.mandated(move.act, who, MANDATES[move.kind])
        return movers, "" if movers else "authority_doubtful"

    def is_rightful(self, course: Course, move: Move) -> bool:
        """Made by who may make it, and not known from the other side only."""
        if move.releases_maker:
            movers = set(course.owed(move.given).held)
            return not self.others_word(course, move.act, movers, move.given)
        if move.kind is RelationKind.RESCHEDULES:
            owing, owed = course.owing(move.given), course.owed(move.given)
            return bool(self.rescheduling(course, move, {*owing.standing}, {*owed.standing})[0])
        if move.kind in (RelationKind.ACCEPTS, RelationKind.ASSERTS):
            return True
        movers = set(self.makers_of(course, move)[0])
        return bool(movers) and not self.others_word(course, move.act, movers, move.given)

    def is_claimed_only(self, course: Course, move: Move) -> bool:
        """Made by who may make it, but known from the other side only."""
        if move.kind is RelationKind.RESCHEDULES:
            owing, owed = course.owing(move.given), course.owed(move.given)
            flag = self.rescheduling(course, move, {*owing.standing}, {*owed.standing})[1]
            return flag == "reschedules_claimed"
        return bool(self.makers_of(course, move)[0]) and not self.is_rightful(course, move)

    def rescheduling(
        self, course: Course, move: Move, owing: set[str], owed: set[str]
    ) -> tuple[set[str], str]:
        raise NotImplementedError

    def principals(self, course: Course, move: Move) -> list[str]:
        """Whose move it is, by who stood on the sides on the act's day."""
        owing = set(course.owing(move.given).standing)
        owed = set(course.owed(move.given).standing)
        if move.kind is RelationKind.CANCELS:
            return sorted(owing)
        if move.kind is RelationKind.RELEASES:
            return sorted(owed)
        return sorted(owing | owed)

    def is_owed_alone(self, course: Course, move: Move) -> bool:
        """Everybody who is owed is who makes the move."""
        held = sorted(course.owed(move.given).held)
        movers = self.mandated(move.act, held, Mandate.CANCEL)
        return (
            move.kind is RelationKind.CANCELS
            and not course.terms.mutual
            and bool(held)
            and len(movers) == len(held)
        )

    def is_lawful(self, course: Course, move: Move, instrument: Seen | None = None) -> bool:
        raise NotImplementedError

    def effect_day(self, act: Seen, relation: Relation) -> date:
        later = relation.takes_effect if relation.kind in MOVES_OF_INSTRUMENTS else None
        return max(act.day, later or act.day)

    def prior(self, course: Course, act: Seen) -> str:
        """It lies before the first day on which the promise can have been made."""
        made = course.seen.span.first
        return "prior_conduct" if made is not None and act.span.last < made else ""

    # Who makes them

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

    def others_word(
        self, course: Course, act: Seen, movers: Iterable[str], given: date | None = None
    ) -> bool:
        """Known from the other side only; in a mutual commitment the other side is all who
        do not make the move."""
        movers = set(movers)
        day = given or act.day
        owing, owed = set(course.owing(day).standing), set(course.owed(day).standing)
        if course.terms.mutual:
            return only_word_of(self.world, act, owing - movers, movers, movers)
        if movers & owing:
            return only_word_of(self.world, act, owed, movers | owing, owing)
        return only_word_of(self.world, act, owing, movers | owed, owing)

    def entitled(
        self,
        course: Course,
        move: Move,
        principals: Iterable[str],
        mandate: Mandate | None = None,
    ) -> tuple[str, ...]:
        """For whom of the principals a move in words is made with effect; else the act is
        flagged: not entitled, without mandate, or known from the other side only."""
        movers, flag = self.judged(
            course, move.act, move.kind, principals, mandate or MANDATES[move.kind], move.given
        )
        if flag:
            course.became(move.key, flag)
        return movers

    def gone(self, course: Course, kind: RelationKind, given: date) -> set[str]:
        """Who left, but those who move something as creditors."""
        as_creditors = not course.terms.mutual and kind is not RelationKind.CANCELS
        return set(course.left) - (course.owed(given).standing if as_creditors else set())

    def judged(
        self,
        course: Course,
        act: Seen,
        kind: RelationKind,
        principals: Iterable[str],
        mandate: Mandate,
        given: date,
    ) -> tuple[tuple[str, ...], str]:
        """Who left moves nothing more of what goes on without it."""
        principals = list(principals)
        if not self.doers(act, principals):
            return (), "not_entitled"
        movers = self.mandated(act, principals, mandate)
        if not movers:
            return (), "authority_doubtful"
        if self.others_word(course, act, movers, given):
            return (), f"{kind.value}_claimed"
        if course.is_open:
            movers = tuple(m for m in movers if m not in self.gone(course, kind, given))
        return movers, "" if movers else "not_entitled"
