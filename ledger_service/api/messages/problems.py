"""Collects what is wrong with the form of a request, with the path of each field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeVar

from ledger_service.domain.values.dates import parse_day
from ledger_service.domain.values.limits import (
    COUNTED,
    FEW,
    MEMBERS,
    MEMBERS_OF_REFUSED,
    VIOLATIONS,
)
from ledger_service.domain.values.refusals import Invalid, Violation

Value = TypeVar("Value")

_DAY_LENGTH = 10
#: Where a path may end within a longer one.
_PATH_ENDS = re.compile(r"[.\[]")


class ReadingProblems:
    """Collects violations. A value that could not be read is replaced by a stand-in, so that
    the rest of the request can still be checked; what a check says about a stand-in
    (everything under a path of `hides`) is not shown to the caller.
    """

    def __init__(self) -> None:
        self.found: list[Violation] = []
        self.more = 0
        self._hidden: set[str] = set()
        self._members = 0

    def add(self, field: str, problem: str, *, hides: str | None = None) -> None:
        self.note(Violation(field, problem))
        self._hidden.add(field if hides is None else hides)

    def note(self, violation: Violation) -> None:
        """Adds a violation. Beyond a limit violations are only counted, so that the refusal is
        not larger than the request. Raises Invalid after very many.
        """
        if len(self.found) < VIOLATIONS:
            self.found.append(violation)
            return
        self.more += 1
        if self.more == COUNTED:
            self.refuse()

    def members(
        self, values: Sequence[Value], at_most: int, field: str, member: str
    ) -> Sequence[Value]:
        """The members of a list. Where there are more than `at_most`, a problem is noted and
        nothing returned. Raises Invalid when all lists together have too many members. The
        path of the field is `field` followed by `member`.
        """
        if (count := len(values)) <= FEW:
            return values[:] if count else ()  # to copy a few is faster than to iterate
        self._members += count
        if self._members > MEMBERS:
            self.add(
                "items",
                f"The lists in these items have more than {MEMBERS:,} members. Send fewer "
                "items at once.",
            )
            self.refuse()
        if self.found and self._members > MEMBERS_OF_REFUSED:
            self.add(
                "items",
                f"Only the first {MEMBERS_OF_REFUSED:,} members of their lists were looked at, "
                "since the request is refused for what was found in them.",
            )
            self.refuse()
        if count > at_most:
            self.add(field + member, f"At most {at_most} are allowed, and {count} are given.")
            return ()
        return values[:]

    def texts(
        self, values: Sequence[str], at_most: int, field: str, member: str
    ) -> tuple[str, ...]:
        """The members of a list of texts, as `members` gives them."""
        if (count := len(values)) <= FEW:
            return tuple(values[:]) if count else ()
        return tuple(self.members(values, at_most, field, member))

    def shown(self, others: Iterable[Violation]) -> list[Violation]:
        """The violations among `others` that are not about a stand-in."""
        return [violation for violation in others if not self._is_hidden(violation.field)]

    def refuse(self) -> None:
        """Raises Invalid when anything was found."""
        if self.found:
            raise Invalid(tuple(self.found), self.more)

    def day(
        self, text: str, field: str, member: str = "", *, hides: str | None = None
    ) -> date | None:
        """The day in `text`; None when it is empty, or cannot be read, which is noted as a
        problem. The path of the field is `field` followed by `member`.
        """
        if not text:
            return None
        if len(text) == _DAY_LENGTH and (day := parse_day(text)) is not None:
            return day
        self.add(
            field + member, f"{text[:40]!r} is not a day. Write it as 2018-06-12.", hides=hides
        )
        return None

    def _is_hidden(self, field: str) -> bool:
        if not self._hidden:
            return False
        ends = [*(match.start() for match in _PATH_ENDS.finditer(field)), len(field)]
        return any(field[:end] in self._hidden for end in ends)
