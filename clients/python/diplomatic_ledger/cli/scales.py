"""`ledgerctl scales`: by which weights deeds may be weighed."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType

from diplomatic_ledger import words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import supposes
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.narrowing import BACKWARDS, options
from diplomatic_ledger.cli.screen import listing, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1.entries_pb2 import Coding
from diplomatic_ledger.v1.scales_pb2 import ScaleView


@command(
    "scales",
    examples=[
        "ledgerctl scales",
        "ledgerctl scales --backwards",
        "ledgerctl scales --recorded-by 141",
        "ledgerctl scales --format json",
    ],
)
@options([BACKWARDS])
@supposes
def scales(session: Session, backwards: bool, cuts: Cuts) -> None:
    """List the scales that --scale takes, with where their figures come from. The JSON form
    has the weights.
    """
    view = "full" if session.as_json else "basic"
    found = session.client.scales(session.ledger, cuts, descending=backwards, view=view)
    known = found.all()
    if session.as_json:
        session.screen.json(listing(found.basis, "scales", known))
        return
    session.screen.tables(known, scales_table)
    session.screen.note("")
    session.screen.basis(found.basis)


def scales_table(items: Iterable[ScaleView]) -> RenderableType:
    return table(
        [
            ("id", "id"),
            ("version", "word"),
            ("codes", "word"),
            ("weights", "number"),
            ("title, source", "text"),
        ],
        [
            (
                each.scale,
                each.version,
                words.word(Coding.DESCRIPTOR, each.coding) or "none",
                str(each.weight_count),
                f"{each.title or spoken.hidden(each.sealed, 'title')} ({each.source})",
            )
            for each in items
        ],
    )


COMMANDS = (scales,)
