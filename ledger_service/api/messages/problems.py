"""What is wrong with the form of a request, collected with the path of each field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import TypeVar

from ledger_service.domain.values.limits import COUNTED, FEW, MEMBERS, VIOLATIONS
from ledger_service.domain.values.refusals import Invalid, Violation

Value = TypeVar("Value")

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY_LENGTH = 10
#: Where a path may end within a longer one.
_PATH_ENDS = re.compile(r"[.\[]")


@lru_cache(10_000)
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


class ReadingProblems:
    """Collects violations. Where a value could not be read, a stand-in takes its place
    so that the rest can still be checked; what a check then says about the stand-in
    (everything under `hides`) is not repeated to the caller.
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
        """Keeps the first violations and counts others, so that what is said of a request
        is not larger than the request. Raises Invalid after very many.
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
        """The members of a list, to be read; none, with a problem, where there are more
        than it may hold. The path is `field` and `member` in a row. Raises Invalid when all
        lists together hold too many.
        """
        count = len(values)
        if count <= FEW:
            return values
        self._members += count
        if self._members > MEMBERS:
            self.add(
                "items",
                f"The lists in these items have more than {MEMBERS:,} members. Send fewer "
                "items at once.",
            )
            self.refuse()
        if count > at_most:
            self.add(field + member, f"At most {at_most} allowed, {count} given.")
            return ()
        return values

    def shown(self, others: Iterable[Violation]) -> list[Violation]:
        """Those of `others` that do not speak of a stand-in."""
        return [violation for violation in others if not self._is_hidden(violation.field)]

    def refuse(self) -> None:
        """Raises Invalid when anything was found."""
        if self.found:
            raise Invalid(tuple(self.found), self.more)

    def day(
        self, text: str, field: str, member: str = "", *, hides: str | None = None
    ) -> date | None:
        """The day that `text` names; None when it is empty or cannot be read. The path is
        `field` and `member` in a row, put together only when it is needed.
        """
        if not text:
            return None
        if len(text) == _DAY_LENGTH and (day := _day(text)) is not None:
            return day
        self.add(
            field + member, f"{text[:40]!r} is not a day; write it as 2018-06-12.", hides=hides
        )
        return None

    def _is_hidden(self, field: str) -> bool:
        if not self._hidden:
            return False
        ends = [*(match.start() for match in _PATH_ENDS.finditer(field)), len(field)]
        return any(field[:end] in self._hidden for end in ends)
