"""Small stories of promises and deeds, told as the rules tell them.

    story = Story()
    story.promise("test-ban", "dprk", to="us", on="2018-06-01", kept=True)
    story.act("test", "dprk", "2018-06-10", breaches("test-ban"))
    assert story.seen("2018-06-11").lifecycle("test-ban") == "breached"

Days are ISO texts, intervals `first/last` with `..` for an open end. What is told is told
by a report of its own, published on its last day, in the publisher's voice, unless
something else is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from ledger_service.domain.balance.balance import balance
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.instruments.standing import instrument_standing
from ledger_service.domain.lifecycle.acts import act_view
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.party_view import party_view
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import (
    ActView,
    Balance,
    Given,
    InstrumentStanding,
    Outstanding,
    PartyView,
    Rubric,
    Standing,
)
from ledger_service.domain.values.commands import Amendment, Annulment, NewEntry, RecordCommand
from ledger_service.domain.values.cuts import EvidenceFilter, Policy
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActKind,
    ActOccurred,
    AllOf,
    Antecedent,
    AnyOf,
    AtLeast,
    Commitment,
    CommitmentFulfilled,
    Condition,
    DueAfter,
    EventCode,
    Evidence,
    Identity,
    Instalment,
    Instrument,
    InstrumentKind,
    IntervalDate,
    Mandate,
    Membership,
    Nature,
    Party,
    PartyKind,
    Quantity,
    Relation,
    RelationKind,
    Report,
    Representation,
    State,
    Succession,
    Version,
    Withdrawal,
    Words,
)
from ledger_service.domain.values.scales import built_in
from tests.support.histories import MemoryHistory


def days(text: str) -> IntervalDate:
    """`2018-06-12`, `2018-06-12/2018-06-20`, `../2018-06-20`, `2018-06-12/..`, `../..`,
    or a whole year."""
    if len(text) == 4:
        return IntervalDate(date(int(text), 1, 1), date(int(text), 12, 31))
    first, _, last = text.partition("/")
    return IntervalDate(_day(first), _day(last or first))


def _day(text: str) -> date | None:
    return None if text == ".." else date.fromisoformat(text)


@dataclass(frozen=True)
class Word:
    """Whose word a piece of evidence is; without `by` the publisher's own."""

    by: str = ""
    hedged: bool = False
    report: str = ""


PUBLISHER = (Word(),)


def word(by: str = "", *, hedged: bool = False, report: str = "") -> tuple[Word, ...]:
    return (Word(by, hedged, report),)


# What an act does


def fulfils(target: str, extent: str = "") -> Relation:
    return Relation(RelationKind.FULFILS, target, extent=extent)


def reverses(target: str, extent: str = "") -> Relation:
    return Relation(RelationKind.REVERSES, target, extent=extent)


def breaches(target: str) -> Relation:
    return Relation(RelationKind.BREACHES, target)


def accepts(target: str) -> Relation:
    return Relation(RelationKind.ACCEPTS, target)


def cancels(target: str, *, on: str = "") -> Relation:
    """With `on` the day of effect, if that is later than the act's."""
    return Relation(RelationKind.CANCELS, target, takes_effect=_day(on) if on else None)


def releases(target: str, *, on: str = "") -> Relation:
    return Relation(RelationKind.RELEASES, target, takes_effect=_day(on) if on else None)


def suspends(target: str, *, on: str = "", until: str = "") -> Relation:
    return Relation(
        RelationKind.SUSPENDS,
        target,
        takes_effect=_day(on) if on else None,
        until=_day(until) if until else None,
    )


def resumes(target: str, *, on: str = "") -> Relation:
    return Relation(RelationKind.RESUMES, target, takes_effect=_day(on) if on else None)


def withdraws(target: str) -> Relation:
    return Relation(RelationKind.WITHDRAWS, target)


def follows(target: str) -> Relation:
    return Relation(RelationKind.FOLLOWS, target)


def reschedules(target: str, *, due: str = "", until: str = "") -> Relation:
    """Sets another term."""
    return Relation(
        RelationKind.RESCHEDULES,
        target,
        due=days(due) if due else None,
        until=_day(until) if until else None,
    )


def reviews(target: str) -> Relation:
    return Relation(RelationKind.REVIEWS, target)


def responds_to(target: str) -> Relation:
    return Relation(RelationKind.RESPONDS_TO, target)


def supersedes(target: str) -> Relation:
    return Relation(RelationKind.SUPERSEDES, target)


def meets(target: str, condition: str = "") -> Relation:
    return Relation(RelationKind.MEETS, target, condition=condition)


def same_as(target: str) -> Relation:
    return Relation(RelationKind.SAME_AS, target)


def contradicts(target: str) -> Relation:
    return Relation(RelationKind.CONTRADICTS, target)


def asserts(target: str, about: About | None = About.FULFILMENT) -> Relation:
    return Relation(RelationKind.ASSERTS, target, about=about)


def denies(target: str, about: About | None = None) -> Relation:
    return Relation(RelationKind.DENIES, target, about=about)


def verifies(target: str, about: About | None = None) -> Relation:
    return Relation(RelationKind.VERIFIES, target, about=about)


def refutes(target: str, about: About | None = None) -> Relation:
    return Relation(RelationKind.REFUTES, target, about=about)


# What a commitment waits for


def once(condition: Condition | str, by: str = "") -> Antecedent:
    """Once an act (given by its id) or a condition holds, at the latest on a day."""
    tree = ActOccurred(condition) if isinstance(condition, str) else condition
    return Antecedent(tree, _day(by) if by else None)


def fulfilled(commitment: str) -> Condition:
    return CommitmentFulfilled(commitment)


def words(text: str, label: str = "") -> Condition:
    return Words(text, label)


def occurred(act: str) -> Condition:
    return ActOccurred(act)


def all_of(*conditions: Condition) -> Condition:
    return AllOf(conditions)


def any_of(*conditions: Condition) -> Condition:
    return AnyOf(conditions)


def at_least(number: int, *conditions: Condition) -> Condition:
    return AtLeast(number, conditions)


# Amounts and terms


def amount(text: str) -> Quantity:
    """`500000 t`."""
    value, _, unit = text.partition(" ")
    return Quantity(value, unit)


def instalments(*parts: tuple[str, str]) -> tuple[Instalment, ...]:
    """Parts, each with its due interval and a share (`1/2`) or a quantity (`500 t`)."""
    return tuple(
        Instalment(days(due), quantity=amount(part).value)
        if " " in part
        else Instalment(days(due), share=part)
        for due, part in parts
    )


def after(event: str, *, days: int | None = None, months: int | None = None) -> DueAfter:
    """Within so many days or months after an act, or after a commitment `[c]` is fulfilled."""
    if event.startswith("["):
        return DueAfter(commitment=event.strip("[]"), days=days, months=months)
    return DueAfter(act=event, days=days, months=months)


def notice(
    *, days: int | None = None, months: int | None = None, not_before: str = ""
) -> Withdrawal:
    """How it may be left lawfully; without anything, on any day."""
    return Withdrawal(days, months, _day(not_before) if not_before else None)


class Story:
    """Entries as they are recorded, in order."""

    def __init__(self, *, opens_on: str = "", parties: str = "us dprk rok iaea") -> None:
        self._history = MemoryHistory(_day(opens_on) if opens_on else None)
        for party in parties.split():
            self.party(party)

    @property
    def position(self) -> int:
        return self._history.head

    @property
    def versions(self) -> list[Version]:
        """All that was recorded."""
        return list(self._history.recorded)

    def party(self, party: str, *represents: Representation, **ties: Any) -> None:
        self._record(party, Party(party, PartyKind.BODY, represents=represents, **ties))

    def report(self, report: str, published: str) -> None:
        self._record(report, Report("a report", "a paper", published=days(published)))

    def promise(
        self,
        commitment: str,
        by: str,
        *relations: Relation,
        to: str,
        on: str,
        told: tuple[Word, ...] = PUBLISHER,
        kept: bool = False,
        until: str = "",
        due: str = "",
        made_by: str = "",
        code: str = "",
        quantity: str = "",
        **terms: Any,
    ) -> None:
        """Several debtors, creditors or makers are parted by blanks. `kept` is what is to
        be kept up."""
        state = Commitment(
            debtors=tuple(by.split()),
            creditors=tuple(to.split()),
            consequent="a deed",
            made_by=tuple(made_by.split()),
            occurred=days(on),
            nature=Nature.MAINTENANCE if kept else Nature.ACHIEVEMENT,
            due=days(due) if due else None,
            until=_day(until) if until else None,
            consequent_code=EventCode(cameo=code) if code else None,
            quantity=amount(quantity) if quantity else None,
            relations=relations,
            evidence=self._told(commitment, told, on),
            **terms,
        )
        self._record(commitment, state)

    def instrument(
        self,
        instrument: str,
        participants: str,
        *relations: Relation,
        on: str,
        told: tuple[Word, ...] = PUBLISHER,
        **terms: Any,
    ) -> None:
        """Participants are parted by blanks."""
        state = Instrument(
            title="a treaty",
            kind=InstrumentKind.TREATY,
            participants=tuple(participants.split()),
            occurred=days(on),
            relations=relations,
            evidence=self._told(instrument, told, on),
            **terms,
        )
        self._record(instrument, state)

    def joint_promise(
        self, commitment: str, parties: str, *relations: Relation, on: str, **terms: Any
    ) -> None:
        """Each owes the same deed to the others."""
        self.promise(commitment, parties, *relations, to=parties, on=on, mutual=True, **terms)

    def act(
        self,
        act: str,
        actor: str,
        on: str,
        *relations: Relation,
        toward: str = "",
        kind: ActKind = ActKind.STATEMENT,
        told: tuple[Word, ...] = PUBLISHER,
        with_: str = "",
        code: str = "",
        quantity: str = "",
        joint: bool = False,
    ) -> None:
        state = Act(
            kind=kind,
            actor=actor,
            title="a deed",
            co_actors=tuple(with_.split()),
            counterparties=tuple(toward.split()),
            joint=joint,
            occurred=days(on),
            code=EventCode(cameo=code) if code else None,
            quantity=amount(quantity) if quantity else None,
            relations=relations,
            evidence=self._told(act, told, on),
        )
        self._record(act, state)

    def gives(self, act: str, actor: str, on: str, *relations: Relation, to: str, **more: Any):
        """A fulfilment, or a concession where nothing was promised."""
        kind = ActKind.FULFILMENT if relations else ActKind.CONCESSION
        self.act(act, actor, on, *relations, toward=to, **({"kind": kind} | more))

    def amend(self, entry: str, report: str | None = None, **changes: Any) -> None:
        """A correction, or what a report tells anew."""
        last = [v.state for v in self._history.recorded if v.entry_id == entry and v.state]
        state = replace(last[-1], **changes)
        self._history.record(RecordCommand((Amendment(entry, "told anew", state, report),)))

    def annul(self, entry: str) -> None:
        self._history.record(RecordCommand((Annulment(entry, "withdrawn"),)))

    def seen(
        self,
        as_of: str,
        *,
        reported_by: str = "",
        policy: Policy = Policy.CERTAIN,
        position: int | None = None,
    ) -> Seen:
        at = self._history.at(self.position if position is None else position)
        cut = _day(reported_by) if reported_by else None
        return Seen(Picture(at, date.fromisoformat(as_of), cut, policy))

    def replayed(self, day: str, **cuts: Any) -> Seen:
        """What a reader of a day knew of what had happened by then."""
        return self.seen(day, reported_by=day, **cuts)

    def possibly(self, as_of: str, **cuts: Any) -> Seen:
        return self.seen(as_of, policy=Policy.POSSIBLE, **cuts)

    def _told(self, entry: str, told: tuple[Word, ...], on: str) -> tuple[Evidence, ...]:
        made = []
        for number, each in enumerate(told):
            report = each.report or f"{entry}-report-{number}"
            if not each.report:
                self.report(report, on.rpartition("/")[2] if "/" in on else on)
            made.append(Evidence(report, asserted_by=each.by, hedged=each.hedged))
        return tuple(made)

    def _record(self, entry: str, state: State) -> None:
        self._history.record(RecordCommand((NewEntry(entry, state),)))


class Seen:
    """A story at some cuts."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    def standing(self, commitment: str) -> Standing:
        return standing(self.picture, commitment)

    def lifecycle(self, commitment: str) -> str:
        return str(self.standing(commitment).lifecycle)

    def flags(self, commitment: str) -> set[str]:
        return set(self.standing(commitment).flags)

    def share(self, commitment: str) -> str:
        """The delivered share, `?` when it is not known, and beyond a `+` what is known of it."""
        found = self.standing(commitment)
        if found.share is None:
            return f"? {found.share_at_least}+"
        return str(found.share)

    def effect(self, act: str, on: str, kind: RelationKind) -> str:
        """What a relation of an act did to a commitment: `done`, or why it did nothing."""
        conduct = self.standing(on).conduct
        [found] = [c for c in conduct if c.act == act and c.relation is kind]
        return "done" if found.effective else found.why_not

    def steps(self, commitment: str) -> list[str]:
        """What happened to a commitment, in words."""
        return [step.reason for step in self.standing(commitment).steps]

    def shows(self, entry: str) -> bool:
        return self.picture.entry(entry) is not None

    def act(self, act: str) -> ActView:
        known = self.picture.act(act)
        assert known is not None, f"{act} is not visible"
        return act_view(self.picture, known)

    def evidence(self, act: str) -> str:
        return str(self.act(act).evidence.status)

    def balance(
        self,
        a: str,
        b: str,
        scale: str = "unit",
        evidence: EvidenceFilter = EvidenceFilter.ANY,
        half_life: int = 0,
        **counting: Any,
    ) -> Balance:
        decay = Fraction(half_life) if half_life else None
        how = Measure(built_in()[scale], evidence, decay, **counting)
        return balance(self.picture, a, b, how)

    def gave(self, a: str, b: str, **how: Any) -> Given:
        """What one gave to the other."""
        return self.balance(a, b, **how).given_ab

    def owes(self, a: str, b: str, **how: Any) -> Outstanding:
        """What one still owes the other."""
        return self.balance(a, b, **how).outstanding_ab

    def held(self, commitment: str) -> tuple[str, str]:
        """Who holds each side, debtors first, parted by blanks."""
        held = self.standing(commitment).held_by
        return " ".join(held.debtors), " ".join(held.creditors)

    def instrument(self, instrument: str, rubric: Rubric = Rubric.G20) -> InstrumentStanding:
        found = instrument_standing(self.picture, instrument, rubric)
        assert found is not None, f"{instrument} is not visible"
        return found

    def party(self, party: str) -> PartyView:
        found = party_view(self.picture, party)
        assert found is not None, f"there is no party {party}"
        return found

    def counts(self, a: str, b: str, **how: Any) -> tuple[int, int]:
        found = self.balance(a, b, **how)
        return found.given_ab.count, found.given_ba.count


def for_(principal: str, *mandate: Mandate, from_: str = "", to: str = "") -> Representation:
    """That a party represents a principal."""
    return Representation(
        principal, _day(from_) if from_ else None, _day(to) if to else None, mandate
    )


def succeeds(
    predecessor: str, on: str, *, continues: bool = False, told_by: str = ""
) -> Succession:
    """That a party succeeds another one; the reports that tell it are parted by blanks."""
    return Succession(predecessor, date.fromisoformat(on), continues, tuple(told_by.split()))


def member(party: str, *, from_: str = "", to: str = "", told_by: str = "") -> Membership:
    """That a body is composed of a party, among others."""
    since, until = (_day(day) if day else None for day in (from_, to))
    return Membership(party, since, until, tuple(told_by.split()))


def is_(party: str, *, told_by: str = "") -> Identity:
    """That a party is the same as another one."""
    return Identity(party, tuple(told_by.split()))
