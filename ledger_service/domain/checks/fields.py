"""Rules that many fields share. Each adds its violations to a collection."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from fractions import Fraction

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.values import dates, text
from ledger_service.domain.values.entries import (
    DateBasis,
    EventCode,
    IntervalDate,
    PloverCode,
    Precision,
    SealableText,
    Sealed,
)
from ledger_service.domain.values.limits import CONTEXTS, COUNTED, PARTIES, VIOLATIONS
from ledger_service.domain.values.refusals import Invalid, Violation

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
LABEL = re.compile(r"[a-z0-9-]{1,100}")
CAMEO = re.compile(r"[0-9]{2,4}")
PLOVER_TYPE = re.compile(r"[A-Z]{1,40}")
PLOVER_WORD = re.compile(r"[a-z]{1,40}(?:[-_][a-z]{1,40}){0,5}")


class Enough(Exception):
    """So many violations were found that checking on is of no use."""


class Violations(list[Violation]):
    """The violations found so far: the first of them, and how many `more` there are. Adding
    one raises Enough after very many.
    """

    more = 0

    def add(self, field: str, problem: str) -> None:
        if len(self) < VIOLATIONS:
            self.append(Violation(field, problem))
            return
        self.more += 1
        if self.more == COUNTED:
            raise Enough

    def extend(self, violations: Iterable[Violation]) -> None:
        for each in violations:
            self.add(each.field, each.problem)

    def refuse(self) -> None:
        """Raises Invalid when anything was found."""
        if self:
            raise Invalid(tuple(self), self.more)

    def required(self, field: str, value: SealableText, limit: int) -> None:
        """The text must not be empty, and have at most `limit` bytes."""
        if isinstance(value, str) and not value.strip():
            self.add(field, "This is required.")
        self.text(field, value, limit)

    def text(self, field: str, value: SealableText, limit: int) -> None:
        """The text may be empty, and have at most `limit` bytes. A text that stays sealed was
        checked when it was sealed.
        """
        if value and not isinstance(value, Sealed):
            for problem in text.problems(value, limit):
                self.add(field, problem)

    def spelling(self, field: str, value: str, shape: re.Pattern[str], meant: str) -> None:
        """A code or an id must be empty or have the given shape."""
        if value and not shape.fullmatch(value):
            shown = value if len(value) <= 40 else value[:40] + "..."
            self.add(field, f"{shown!r} is not {meant}.")

    def id(self, field: str, value: str) -> None:
        """The id must be empty or well-formed."""
        self.spelling(
            field,
            value,
            ID,
            "an id: a letter or digit, then up to 127 of letters, digits, dot, underscore "
            "and hyphen",
        )

    def present(self, field: str, value: str) -> None:
        """The id must not be empty; its spelling is checked with the references."""
        if not value:
            self.add(field, "An id is required.")

    def size(
        self, field: str, values: Sequence[object], at_most: int, at_least: int = 0
    ) -> None:
        """The list must have between `at_least` and `at_most` members."""
        if len(values) < at_least:
            self.add(field, f"At least {at_least} must be given.")
        if len(values) > at_most:
            self.add(field, f"At most {at_most} are allowed, and {len(values)} are given.")

    def distinct(self, field: str, values: Iterable[str]) -> None:
        """The list must have no value twice."""
        seen: dict[str, int] = {}
        for number, value in enumerate(values):
            first = seen.setdefault(value, number)
            if first != number:
                shown = str(value)  # a word of the domain, too
                self.add(f"{field}[{number}]", f"{shown!r} stands at [{first}] already.")

    def parties(self, field: str, ids: tuple[str, ...], at_least: int = 0) -> None:
        """A list of ids of parties."""
        self.size(field, ids, PARTIES, at_least)
        self.distinct(field, ids)
        for number, party in enumerate(ids):
            self.present(f"{field}[{number}]", party)

    def days(self, field: str, from_day: date | None, to_day: date | None) -> None:
        """The first day must not lie after the last; the violation is reported at the last
        day.
        """
        if problem := dates.order_problem(from_day, to_day):
            self.add(f"{field}.to_day", problem)

    def interval(self, field: str, interval: IntervalDate) -> None:
        """The ends must be in order and agree with the precision."""
        _check_interval(self, field, interval, *astuple(interval))

    def exact(self, field: str, value: str, read: Callable[[str], Fraction]) -> Fraction | None:
        """The text must be an exact number. Returns its value, or None."""
        try:
            return read(value)
        except ValueError as problem:
            self.add(field, str(problem))
            return None

    def code(self, field: str, code: EventCode | None) -> None:
        """The code of a deed must be well-formed; no scale need know it."""
        if code is not None:
            _check_code(self, field, *astuple(code))


@every_field(IntervalDate)
def _check_interval(
    found: Violations,
    field: str,
    interval: IntervalDate,
    /,
    from_day: date | None,
    to_day: date | None,
    _precision: Precision,  # held against the whole
    _basis: DateBasis | None,
) -> None:
    if problem := dates.order_problem(from_day, to_day):
        found.add(f"{field}.to_day", problem)
    elif problem := dates.precision_problem(interval):
        found.add(f"{field}.precision", problem)


@every_field(EventCode)
def _check_code(
    found: Violations, field: str, /, cameo: str, plover: PloverCode | None
) -> None:
    found.spelling(f"{field}.cameo", cameo, CAMEO, "a CAMEO event code of 2 to 4 digits")
    if plover is not None:
        _check_plover(found, f"{field}.plover", *astuple(plover))


@every_field(PloverCode)
def _check_plover(
    found: Violations, field: str, /, type_: str, mode: str, contexts: tuple[str, ...]
) -> None:
    if not type_:
        found.add(f"{field}.type", "A PLOVER code needs its type.")
    found.spelling(f"{field}.type", type_, PLOVER_TYPE, "a type in capitals")
    found.spelling(f"{field}.mode", mode, PLOVER_WORD, "a mode in small letters")
    found.size(f"{field}.contexts", contexts, CONTEXTS)
    found.distinct(f"{field}.contexts", contexts)
    for number, context in enumerate(contexts):
        at = f"{field}.contexts[{number}]"
        if not context:
            found.add(at, "This is required.")
        found.spelling(at, context, PLOVER_WORD, "a context in small letters")
