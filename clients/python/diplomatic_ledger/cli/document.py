"""An answer as it is collected for a form in which it is printed as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from diplomatic_ledger.cli.cells import Footnotes
from diplomatic_ledger.cli.sheet import Sheet


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Sentence:
    text: str


@dataclass(frozen=True)
class Drawing:
    """Lines whose spaces matter."""

    text: str


@dataclass(frozen=True)
class Table:
    """A table, and the heading above it where it is the first one there. `section` tells it from
    a table of the same name in another part of the answer.
    """

    caption: str
    sheet: Sheet
    section: str = ""


@dataclass(frozen=True)
class BasisLine:
    text: str
    #: The numbers of its footnotes.
    marks: tuple[int, ...] = ()


Part: TypeAlias = Heading | Sentence | Drawing | Table | BasisLine


@dataclass
class Document:
    """The parts of an answer in their order. `name` is the command that gave it, `about` the
    entry or the parties that it was asked about.
    """

    name: str = ""
    about: tuple[str, ...] = ()
    #: With what a spreadsheet program is told that a text is UTF-8.
    bom: bool = False
    ledger: str = ""
    #: To which part of the answer the tables belong that are added.
    section: str = ""
    parts: list[Part] = field(default_factory=list)
    footnotes: Footnotes = field(default_factory=Footnotes)

    @property
    def title(self) -> str:
        """`commitments of us-dprk-2018`, `commitment F051 of us-dprk-2018`, and `balance of dprk
        and us in us-dprk-2018`.
        """
        of_ledger = f" of {self.ledger}" if self.ledger else ""
        if not self.about:
            return f"{self.name}{of_ledger}"
        if len(self.about) == 1:
            return f"{self.name} {self.about[0]}{of_ledger}"
        in_ledger = f" in {self.ledger}" if self.ledger else ""
        return f"{self.name} of {' and '.join(self.about)}{in_ledger}"

    def add(self, part: Part) -> None:
        self.parts.append(part)

    def number_footnotes(self) -> None:
        """Numbers the footnotes of all tables that are there, in the order in which one reads."""
        for part in self.parts:
            if isinstance(part, Table):
                for row in part.sheet.rows:
                    for cell in row:
                        part.sheet.marks(cell)

    def table(self, sheet: Sheet) -> None:
        """Adds a table; a heading right above it becomes its caption."""
        sheet.numbered(self.footnotes)
        caption = ""
        if self.parts and isinstance(last := self.parts[-1], Heading):
            self.parts.pop()
            caption = last.text
        self.add(Table(caption, sheet, self.section))

    def continued(self, sheet: Sheet) -> None:
        """Adds rows to the table that was added last."""
        last = self.parts[-1]
        assert isinstance(last, Table)
        last.sheet.rows.extend(sheet.rows)
