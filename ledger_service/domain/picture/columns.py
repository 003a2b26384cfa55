"""What lists are counted by, of very many acts, commitments and instruments: a few numbers for
each of those that read in one way at all cuts.

Such an entry has one version, and happened on a day that is told exactly. It is visible from
that day on once one of its reports is, and of it the same is told at all cuts. Of a ledger with
very many entries nearly all are of this kind. Those that were amended, or of which it is open
when they happened, are told apart: they are looked at by all rules.
"""

from __future__ import annotations

from array import array
from typing import NamedTuple

from ledger_service.domain.picture.memo import END
from ledger_service.domain.values.entries import Coding


class Traits(NamedTuple):
    """What many entries have in common. `type_name` is empty for what is not counted; so is
    each of the others where an entry has none. A plain one relates to nothing, and publishers
    tell of it in their own voice, without a hedge.
    """

    type_name: str = ""
    kind: str = ""
    topics: tuple[str, ...] = ()
    country: str = ""
    codes: tuple[tuple[Coding, str], ...] = ()
    instrument: str = ""
    is_plain: bool = False


class BothEnds(NamedTuple):
    """The parties at the ends of an entry, as they are named: its actors, debtors or
    participants, and its counterparties or creditors.
    """

    ones: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class Columns:
    """Entries of one log up to the position `upto`. One thread adds to them at a time, behind
    what is there; any thread may read meanwhile what lies up to the position of its question.
    """

    def __init__(self) -> None:
        self.upto = 0
        # By position: the day as an ordinal, 0 where nothing is counted, and which of the
        # traits, the ends and the sets of reports below.
        self.days = array("i", [0])
        self.traits = array("i", [0])
        self.ends = array("i", [0])
        self.told = array("i", [0])
        self.all_traits = [Traits()]
        self.all_ends = [BothEnds()]
        self.all_told: list[tuple[int, ...]] = [()]
        # By the number of a report: the exact day on which it came out, or 0, since when it is
        # recorded, and its publisher unless that is sealed.
        self.reports: list[str] = []
        self.report_days = array("i")
        self.report_since = array("i")
        self.publishers: list[str | None] = []
        # At which position it begins to read in another way: by the position of an entry, and
        # by the number of a report.
        self.changed: dict[int, int] = {}
        self.reports_changed: dict[int, int] = {}
        # Since which position another entry relates to one, by the position of that.
        self.spoken_of: dict[int, int] = {}
        # The entries that are looked at by all rules, each with since when, and its type.
        self.apart: dict[str, tuple[int, str]] = {}

    def make_room(self, upto: int) -> None:
        """Makes the columns reach up to a position, with nothing counted where they did not: of
        a long log at once. What grows piece by piece is moved time and again, and leaves holes
        in memory that no later piece fills.
        """
        for column in (self.days, self.traits, self.ends, self.told):
            if (lacking := upto + 1 - len(column)) > 0:
                column.frombytes(bytes(column.itemsize * lacking))

    def has(self, entry: int, position: int) -> bool:
        """Whether the entry that was recorded at a position is told here, as of another one."""
        return self.days[entry] > 0 and self.changed.get(entry, END) > position
