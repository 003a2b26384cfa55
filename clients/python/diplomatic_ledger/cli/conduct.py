"""What was done about a commitment or an instrument, with what came of it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType

from diplomatic_ledger import words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.citing import Noting, unnoted
from diplomatic_ledger.cli.reasons import Course, remark, without_effect
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.cli.titles import title, when
from diplomatic_ledger.v1 import entries_pb2, standings_pb2


def conduct_table(
    conduct: Iterable[standings_pb2.Conduct],
    own: str,
    course: Course,
    noted: Noting = unnoted,
) -> RenderableType:
    """The acts aimed at the entry `own`, or at what it rests on; `noted` writes a cell with
    their sources.
    """
    return table(
        [
            ("day", "day"),
            ("act", "id"),
            ("counts", "word"),
            ("what, and its evidence", "text"),
        ],
        [
            (
                when(act.day, course.names.get(act.act)),
                act.act,
                "yes" if act.effective else "no",
                noted(told(act, own, course), act.act),
            )
            for act in conduct
        ],
        name="conduct",
    )


def told(act: standings_pb2.Conduct, own: str, course: Course) -> str:
    """`cancels the-treaty: Leaves at once [attested; counts as breach]`; and why it had no
    effect, where it had none.
    """
    extent = f" {_extent(act, course)}" if act.extent else ""
    why_not = words.word(standings_pb2.ConductFlag.DESCRIPTOR, act.why_not)
    remarks = [remark(flag, act, course) for flag in words.flags(act) if flag != why_not]
    flags = f"; {spoken.ids(remarks)}" if remarks else ""
    named = title(course.names, act.act)
    because = without_effect(act, course)
    below = f"\n{because}" if because else ""
    return f"{aimed(act, own)}{extent}: {named} [{spoken.evidence(act.evidence)}{flags}]{below}"


def _extent(act: standings_pb2.Conduct, course: Course) -> str:
    """How much a deed delivered: `109/2075 (5.3%, 218000 t)`, with the amount that it states."""
    known = course.names.get(act.act)
    if known is None or known.act is None or not known.act.act.HasField("quantity"):
        return spoken.part(act.extent)
    amount = spoken.quantity(known.act.act.quantity)
    extent = spoken.part(act.extent)
    return f"{extent[:-1]}, {amount})" if extent.endswith(")") else f"{extent} ({amount})"


def aimed(act: standings_pb2.Conduct, own: str = "") -> str:
    """`cancels the-treaty`; the target is left out where it is the entry `own`."""
    relation = spoken.spaced(words.word(entries_pb2.RelationKind.DESCRIPTOR, act.relation))
    return f"{relation} {act.target}" if act.target not in ("", own) else relation
