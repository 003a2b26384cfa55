"""What is kept of commitments to choose them for lists: a fact in brief, with the cuts at which
it holds.

Results of rules are kept whole, so only some ten thousands of them. A fact takes less than 100
bytes, so there can be one for each commitment at all cuts that matter to it. The cuts are those
of the result from which the fact was taken (see `memo`); outside of them nothing is said, unless
all facts of a commitment are kept: then it is not visible at the other cuts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from ledger_service.domain.picture.memo import CutPoint, Result


class Fact(NamedTuple):
    """A commitment in brief. `marks` are bits that tell where it stands; it has none where it
    is not visible. `day` is its effective day and `due` the last day on which it is due, as
    ordinals; 0 where there is none.
    """

    marks: int
    day: int
    due: int


class Placed(NamedTuple):
    """A fact with its commitment, and the position at which that was recorded; 0 where this is
    not known.
    """

    commitment: str
    since: int
    fact: Fact


#: The fact of a commitment where it is not visible.
NOWHERE = Fact(0, 0, 0)


class KeptFacts(Protocol):
    """The facts of the commitments of one log, read with one policy. Any thread may ask. Points
    must not lie behind the position that was reached.
    """

    @property
    def forgotten(self) -> int:
        """How many times what was kept was forgotten. While it is the same number, whatever is
        kept stays.
        """
        ...

    def lacking(self, at: CutPoint, most: int) -> list[str]:
        """Commitments that are recorded at a point and of which no fact is kept that holds
        there; `most` of them, if there are more.
        """
        ...

    def ask_ahead(self) -> None:
        """Says that facts were lacking, so that others may be found out before they are asked
        for.
        """
        ...

    def facts(self, at: CutPoint, commitments: Collection[str]) -> dict[str, Fact]:
        """The facts of some commitments that are kept and hold at a point."""
        ...

    def courses(
        self, at: CutPoint, last: int, commitments: Collection[str]
    ) -> list[tuple[str, int, int, Fact]]:
        """The facts of some commitments that are kept and hold on a day from that of a point to
        a later one, at the same other cuts; each with the commitment, its first day, and the
        day before which it ends, all as ordinals. In no order, and days may be in several.
        """
        ...

    def chosen(
        self,
        at: CutPoint,
        wanted: Sequence[int],
        behind: tuple[int, str] | None,
        most: int,
        *,
        backwards: bool,
    ) -> list[tuple[int, str]]:
        """The commitments of which a fact is kept that holds at a point, and has a bit of each
        of `wanted` among its marks: `most` of them at most, each with its day, by that, then
        id; those behind one of them only.
        """
        ...

    def some(
        self, at: CutPoint, wanted: Sequence[int], behind: int
    ) -> tuple[list[Placed], int]:
        """Some thousands of all such commitments, in no order: some of those behind a number,
        and the number behind which the others are; 0 when there are none.
        """
        ...

    def behind(self, number: int) -> list[str]:
        """All commitments behind a number, whether or not facts of them are kept."""
        ...

    def keep(
        self, commitment: str, found: Collection[Result], everywhere: int | None = None
    ) -> None:
        """Keeps facts of a commitment: results of which each has one as its value. If one of
        them holds at each point up to a position, that is told by `everywhere`.
        """
        ...
