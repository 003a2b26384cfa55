"""What is wrong with the form of a request, collected with the path of each field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from ledger_service.domain.refusals import Invalid, Violation

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY_LENGTH = 10


@lru_cache(10_000)
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


class Problems:
    """Collects violations. Where a value could not be read, a stand-in takes its place
    so that the rest can still be checked; what a check then says about the stand-in
    (everything under `hides`) is not repeated to the caller.
    """

    def __init__(self) -> None:
        self.found: list[Violation] = []
        self._hidden: list[str] = []

    def add(self, field: str, problem: str, *, hides: str | None = None) -> None:
        self.found.append(Violation(field, problem))
        self._hidden.append(field if hides is None else hides)

    def shown(self, others: Iterable[Violation]) -> list[Violation]:
        """Those of `others` that do not speak of a stand-in."""
        return [violation for violation in others if not self._is_hidden(violation.field)]

    def refuse(self) -> None:
        """Raises Invalid when anything was found."""
        if self.found:
            raise Invalid(tuple(self.found))

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
        return any(
            field == path or field.startswith((f"{path}.", f"{path}[")) for path in self._hidden
        )
