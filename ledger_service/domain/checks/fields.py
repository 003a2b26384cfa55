"""Rules that many fields share. Each adds its violations to a collection."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction

from msgspec.structs import astuple

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.values import dates, exact, text
from ledger_service.domain.values.entries import (
    Attribute,
    DateBasis,
    EventCode,
    IntervalDate,
    PloverCode,
    Precision,
    Quantity,
    SealableText,
    Sealed,
)
from ledger_service.domain.values.limits import (
    ATTRIBUTE,
    ATTRIBUTES,
    CONTEXTS,
    COUNTED,
    DATE_WORDS,
    PARTIES,
    TOPICS,
    UNIT,
    VIOLATIONS,
)
from ledger_service.domain.values.refusals import Invalid, Violation

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
LABEL = re.compile(r"[a-z0-9-]{1,100}")
CAMEO = re.compile(r"[0-9]{2,4}")
PLOVER_TYPE = re.compile(r"[A-Z]{1,40}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
#: The name of an attribute, or of a collection of codes.
WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,9}")
PLOVER_WORD = re.compile(r"[a-z]{1,40}(?:[-_][a-z]{1,40}){0,5}")


def is_ahead(day: date, today: date) -> bool:
    """Whether a day cannot have come yet. One day of grace is given, since it may be tomorrow
    already where it happened.
    """
    return day > today and day > today + timedelta(days=1)


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

    def spelling(
        self, field: str, value: SealableText, shape: re.Pattern[str], meant: str
    ) -> None:
        """A code or an id must be empty or have the given shape."""
        if value and not isinstance(value, Sealed) and not shape.fullmatch(value):
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

    def distinct(self, field: str, values: Iterable[SealableText]) -> None:
        """The list must have no value twice; whether two that stay sealed are the same, nobody
        can tell.
        """
        seen: dict[str, int] = {}
        for number, value in enumerate(values):
            if isinstance(value, Sealed):
                continue
            first = seen.setdefault(value, number)
            if first != number:
                shown = str(value)  # a word of the domain, too
                at = _in_list(field, first)
                self.add(f"{field}[{number}]", f"{shown!r} stands at {at} already.")

    def unlike(self, field: str, values: Iterable[object], what: str) -> None:
        """The list must have no element twice; `what` says what each of them is."""
        seen: dict[object, int] = {}
        for number, value in enumerate(values):
            first = seen.setdefault(value, number)
            if first != number:
                at = _in_list(field, first)
                self.add(f"{field}[{number}]", f"{what} stands at {at} already.")

    def ids(
        self, field: str, ids: tuple[str, ...], at_most: int = PARTIES, at_least: int = 0
    ) -> None:
        """A list of ids."""
        self.size(field, ids, at_most, at_least)
        self.distinct(field, ids)
        for number, each in enumerate(ids):
            self.present(f"{field}[{number}]", each)

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

    def quantity(self, field: str, quantity: Quantity | None, *, promised: bool) -> None:
        """An amount must not be below 0, and one that is promised must be above it."""
        if quantity is not None:
            _check_quantity(self, field, promised, *astuple(quantity))

    def topics(self, field: str, topics: tuple[str, ...]) -> None:
        self.size(field, topics, TOPICS)
        self.distinct(field, topics)
        for number, topic in enumerate(topics):
            if not topic:
                self.add(f"{field}[{number}]", "This is empty. Leave it out.")
            self.spelling(
                f"{field}[{number}]",
                topic,
                TOPIC,
                "a topic: up to 60 small letters, digits and hyphens, as in nuclear-tests",
            )

    def language(self, field: str, tag: str) -> None:
        self.spelling(field, tag, LANGUAGE, "a language tag (BCP 47) such as ko or en-GB")

    def word(self, field: str, word: str, what: str) -> None:
        """The name of an attribute or a collection must be a word."""
        if not word:
            self.add(field, "This is required.")
        self.spelling(
            field,
            word,
            WORD,
            f"{what}: a small letter, then up to 39 of small letters, digits and underscore",
        )

    def attributes(self, field: str, pairs: tuple[Attribute, ...]) -> None:
        self.size(field, pairs, ATTRIBUTES)
        self.unlike(field, pairs, "This pair")
        for number, pair in enumerate(pairs):
            _check_attribute(self, f"{field}[{number}]", *astuple(pair))

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
    words: str,
) -> None:
    if problem := dates.order_problem(from_day, to_day):
        found.add(f"{field}.to_day", problem)
    elif problem := dates.precision_problem(interval):
        found.add(f"{field}.precision", problem)
    if words and not words.strip():
        found.add(f"{field}.words", "This is empty. Leave it out.")
    found.text(f"{field}.words", words, DATE_WORDS)


@every_field(Quantity)
def _check_quantity(
    found: Violations, field: str, promised: bool, /, value: str, unit: str
) -> None:
    amount = found.exact(f"{field}.value", value, exact.decimal)
    if amount is not None and amount < 0:
        found.add(f"{field}.value", f"{value} is below 0. State the amount, and in words what.")
    elif amount is not None and promised and amount == 0:
        found.add(f"{field}.value", "Nothing is promised by 0. Leave the quantity out.")
    found.required(f"{field}.unit", unit, UNIT)


def _in_list(field: str, number: int) -> str:
    """A place in a list beside another one: `topics[0]`."""
    return f"{field.rpartition('.')[2]}[{number}]"


@every_field(Attribute)
def _check_attribute(found: Violations, field: str, /, name: str, value: str) -> None:
    found.word(f"{field}.name", name, "the name of an attribute")
    found.required(f"{field}.value", value, ATTRIBUTE)


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
