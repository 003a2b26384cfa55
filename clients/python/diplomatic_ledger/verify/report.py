"""What a verification found: where, and what is wrong there, in plain sentences."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

#: How many findings of one kind are told one by one; the others are counted.
TOLD_OF_A_KIND = 10


class Broken(Exception):
    """Something does not keep its rules. The text is one sentence without its place."""


class CannotCheck(Exception):
    """There is nothing to check against. The text says what is missing and where to get
    it.
    """


@dataclass(frozen=True)
class Finding:
    """Something that is wrong. `place` names a file, and a line, position or entry in it."""

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


@dataclass
class Report:
    """The outcome for one export or receipt: verified when nothing was found."""

    origin: str = ""
    size: int = 0
    root: bytes = b""
    records: int = 0
    checkpoints: int = 0
    signed_by: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    untold: Counter[str] = field(default_factory=Counter)
    _kinds: Counter[str] = field(default_factory=Counter, repr=False)

    @property
    def verified(self) -> bool:
        return not self.findings

    def add(self, place: str, problem: str, *, kind: str = "") -> None:
        """Notes a finding. Of each kind only the first ones are kept."""
        kind = kind or problem
        self._kinds[kind] += 1
        if self._kinds[kind] <= TOLD_OF_A_KIND:
            self.findings.append(Finding(harmless(place), harmless(problem)))
        else:
            self.untold[kind] += 1

    def lines(self) -> list[str]:
        """The report for people, line by line."""
        found = [str(finding) for finding in self.findings]
        if more := self.untold.total():
            found.append(f"... and {more:,} more of the same kinds.")
        return [self.headline(), *found, *self.notes]

    def headline(self) -> str:
        if not self.verified:
            count = len(self.findings) + self.untold.total()
            problems = "1 problem" if count == 1 else f"{count:,} problems"
            return f"NOT VERIFIED: {problems} found."
        what = "1 record" if self.records == 1 else f"{self.records:,} records"
        return (
            f"VERIFIED: {what} of {self.origin}, size {self.size:,}, "
            f"root {self.root.hex()[:16]}."
        )


def harmless(text: str) -> str:
    """The text with escapes for all that a terminal could take for a command, or that
    hides what stands there: an export must not write its own verdict.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
