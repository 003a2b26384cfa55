"""What was done about a commitment or an instrument, with what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import RenderableType

from diplomatic_ledger import words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.citing import Noting, unnoted
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.v1 import entries_pb2, standings_pb2

#: What may come to have an effect.
_PENDING = frozenset({"notice_given", "waiting"})


def conduct_table(
    conduct: Iterable[standings_pb2.Conduct],
    own: str,
    names: Mapping[str, str],
    noted: Noting = unnoted,
) -> RenderableType:
    """The acts aimed at the entry `own`, or at what it rests on; `names` has their titles, and
    `noted` writes a cell with their sources.
    """
    return table(
        [
            ("day", "word"),
            ("act", "id"),
            ("counts", "word"),
            ("what, and its evidence", "text"),
        ],
        [
            (
                act.day,
                act.act,
                "yes" if act.effective else "no",
                noted(told(act, own, names), act.act),
            )
            for act in conduct
        ],
        name="conduct",
    )


def told(act: standings_pb2.Conduct, own: str, names: Mapping[str, str]) -> str:
    """`cancels the-treaty: Leaves at once [attested; counts as breach]`; and why it had no
    effect, where it had none.
    """
    relation = spoken.spaced(words.word(entries_pb2.RelationKind.DESCRIPTOR, act.relation))
    aim = f" {act.target}" if act.target not in ("", own) else ""
    extent = f" {act.extent}" if act.extent else ""
    title = names.get(act.act, "")
    why_not = words.word(standings_pb2.ConductFlag.DESCRIPTOR, act.why_not)
    remarks = [flag for flag in words.flags(act) if flag != why_not]
    flags = f"; {spoken.ids(map(spoken.spaced, remarks))}" if remarks else ""
    because = f"\n{_without_effect(why_not)}" if why_not else ""
    return f"{relation}{aim}{extent}: {title} [{spoken.evidence(act.evidence)}{flags}]{because}"


def _without_effect(why_not: str) -> str:
    still = "not yet" if why_not in _PENDING else "without effect"
    return f"{still}: {spoken.flag(why_not)}"
