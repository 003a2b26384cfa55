"""Converts between enum members of the domain and enum numbers of the API."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, Generic, TypeVar

from diplomatic_ledger.v1 import (
    agenda_pb2,
    balances_pb2,
    batches_pb2,
    cuts_pb2,
    differences_pb2,
    entries_pb2,
    history_service_pb2,
    ledger_service_pb2,
    series_pb2,
    standings_pb2,
    taking_part_pb2,
    watching_pb2,
)

from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.application import watching
from ledger_service.domain.values import (
    agenda,
    answers,
    cuts,
    entries,
    flags,
    missing,
    remarks,
    taking_part,
)

Word = TypeVar("Word", bound=Enum)


class Names(Generic[Word]):
    """A domain enum and the API enum with the same names, which have the same members."""

    def __init__(self, words: type[Word], wire: Any, prefix: str) -> None:
        self._wire = wire
        self._number = {word: wire.Value(f"{prefix}_{word.name}") for word in words}
        unspoken = set(wire.values()) - {0, *self._number.values()}
        if unspoken:
            raise TypeError(f"No {words.__name__} is {', '.join(map(wire.Name, unspoken))}.")
        self._word = {number: word for word, number in self._number.items()}
        #: The word of a number; None where no word has it.
        self.word = self._word.get
        self._known = ", ".join(f"{prefix}_{word.name}" for word in words)

    def number(self, word: Word | None) -> Any:
        """The number of `word`; 0 for None."""
        return 0 if word is None else self._number[word]

    def name(self, word: str) -> str:
        """The name in the API of a word that the domain gives as a text."""
        name: str = self._wire.Name(self.number_of(word))
        return name

    def number_of(self, word: str) -> Any:
        """The number of a word that the domain gives as a text; 0 for an empty one."""
        return self.numbers([word])[0] if word else 0

    def numbers(self, words: Iterable[str]) -> list[Any]:
        """The numbers of words that the domain gives as texts."""
        number: Any = self._number  # a member of a StrEnum is found by its text
        return [number[word] for word in words]

    def optional(
        self, number: int, field: str, problems: ReadingProblems, member: str = ""
    ) -> Word | None:
        """The word of `number`; None for 0, and for an unknown number, which is noted as a
        problem. The path of the field is `field` followed by `member`; the two are only joined
        when a problem is noted.
        """
        if number == 0:
            return None
        word = self.word(number)
        if word is None:
            problems.add(
                field + member,
                f"There is no number {number} here. Choose one of {self._known}.",
            )
        return word

    def all(
        self, numbers: Iterable[int], field: str, problems: ReadingProblems
    ) -> frozenset[Word]:
        """The words of a list of numbers. A problem is noted for each unknown one and each 0."""
        words = set()
        for i, number in enumerate(numbers):
            word = self.optional(number, field, problems, f"[{i}]")
            if number == 0:
                problems.add(f"{field}[{i}]", "This is unspecified. Leave it out.")
            if word is not None:
                words.add(word)
        return frozenset(words)

    def required(
        self,
        number: int,
        field: str,
        problems: ReadingProblems,
        stand_in: Word,
        member: str = "",
        *,
        hides: str = "",
    ) -> Word:
        """The word of `number`. Without one a problem is noted and `stand_in` returned."""
        word = self.word(number)
        if word is not None:
            return word
        said = "This is required" if number == 0 else f"There is no number {number} here"
        problems.add(
            field + member, f"{said}. Choose one of {self._known}.", hides=hides or None
        )
        return stand_in


def rubrics(
    words: Iterable[str], field: str, problems: ReadingProblems
) -> tuple[answers.Rubric, ...]:
    """The rubrics of a list of names. A problem is noted for each that is none."""
    found = []
    for number, word in enumerate(words):
        try:
            found.append(answers.Rubric(word))
        except ValueError:
            problems.add(f"{field}[{number}]", _no_rubric(word))
    return tuple(dict.fromkeys(found))


def rubric(word: str, field: str, problems: ReadingProblems) -> answers.Rubric:
    """The rubric of a name; that of the G20 where none is named."""
    if not word:
        return answers.Rubric.G20
    try:
        return answers.Rubric(word)
    except ValueError:
        problems.add(field, _no_rubric(word))
        return answers.Rubric.G20


def _no_rubric(word: str) -> str:
    known = ", ".join(answers.Rubric)
    return f"There is no rubric {word[:60]!r}. Choose one of {known}."


PRECISION = Names(entries.Precision, entries_pb2.DatePrecision, "DATE_PRECISION")
DATE_BASIS = Names(entries.DateBasis, entries_pb2.DateBasis, "DATE_BASIS")
PARTY_KIND = Names(entries.PartyKind, entries_pb2.PartyKind, "PARTY_KIND")
MANDATE = Names(entries.Mandate, entries_pb2.Mandate, "MANDATE")
SOURCE_GRADE = Names(entries.SourceGrade, entries_pb2.SourceGrade, "SOURCE_GRADE")
RELATION_KIND = Names(entries.RelationKind, entries_pb2.RelationKind, "RELATION_KIND")
ABOUT = Names(entries.About, entries_pb2.About, "ABOUT")
INSTRUMENT_KIND = Names(entries.InstrumentKind, entries_pb2.InstrumentKind, "INSTRUMENT_KIND")
NATURE = Names(entries.Nature, entries_pb2.Nature, "NATURE")
ACT_KIND = Names(entries.ActKind, entries_pb2.ActKind, "ACT_KIND")
CODING = Names(entries.Coding, entries_pb2.Coding, "CODING")
ENTRY_TYPE = Names(entries.EntryType, history_service_pb2.EntryType, "ENTRY_TYPE")
CHANGE = Names(entries.Change, history_service_pb2.Change, "CHANGE")
WATCHED_CHANGE = Names(watching.WatchedChange, watching_pb2.WatchedChange, "WATCHED_CHANGE")
POLICY = Names(cuts.Policy, cuts_pb2.DatePolicy, "DATE_POLICY")
EVIDENCE_FILTER = Names(cuts.EvidenceFilter, cuts_pb2.EvidenceFilter, "EVIDENCE_FILTER")
LIFECYCLE = Names(answers.Lifecycle, standings_pb2.Lifecycle, "LIFECYCLE")
EVIDENCE_STATUS = Names(answers.EvidenceStatus, standings_pb2.EvidenceStatus, "EVIDENCE_STATUS")
MISSING_REASON = Names(missing.MissingReason, batches_pb2.MissingReason, "MISSING_REASON")
PART = Names(taking_part.Part, taking_part_pb2.Part, "PART")
PART_BY = Names(taking_part.PartBy, taking_part_pb2.PartBy, "PART_BY")
AGENDA_KIND = Names(agenda.AgendaKind, agenda_pb2.AgendaKind, "AGENDA_KIND")
COUNT_BY = Names(answers.CountBy, balances_pb2.CountBy, "COUNT_BY")
BIN = Names(answers.Bin, series_pb2.Bin, "BIN")
DIFFERENCE = Names(answers.Difference, differences_pb2.EntryDifference, "ENTRY_DIFFERENCE")
REMARK_REASON = Names(remarks.RemarkReason, ledger_service_pb2.RemarkReason, "REMARK_REASON")
STANDING_FLAG = Names(flags.StandingFlag, standings_pb2.StandingFlag, "STANDING_FLAG")
CONDUCT_FLAG = Names(flags.ConductFlag, standings_pb2.ConductFlag, "CONDUCT_FLAG")
SUPERSESSION_FLAG = Names(
    flags.SupersessionFlag, standings_pb2.SupersessionFlag, "SUPERSESSION_FLAG"
)
DELIVERY_FLAG = Names(flags.DeliveryFlag, balances_pb2.DeliveryFlag, "DELIVERY_FLAG")
BALANCE_FLAG = Names(flags.BalanceFlag, balances_pb2.BalanceFlag, "BALANCE_FLAG")
SERIES_FLAG = Names(flags.SeriesFlag, series_pb2.SeriesFlag, "SERIES_FLAG")
