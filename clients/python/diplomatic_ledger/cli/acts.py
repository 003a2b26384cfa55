"""`ledgerctl acts`: what parties did and said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rich.console import RenderableType

from diplomatic_ledger.cli import days, nothing, spoken, taking_part
from diplomatic_ledger.cli.asking import supposes
from diplomatic_ledger.cli.citing import Citations, Noting, names_sources, unnoted
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.effects import Effect, came_of
from diplomatic_ledger.cli.narrowing import ACTS, listed, named, narrowed, show_counts
from diplomatic_ledger.cli.screen import arrow, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1.acts_pb2 import ActView

#: Who did what nobody is known to have done.
UNKNOWN = "unknown"
FACETS = (
    "kind",
    "evidence_status",
    "topic",
    "year",
    "actor",
    "counterparty",
    "country",
    "cameo",
    "publisher",
)


@command(
    "acts",
    examples=[
        "ledgerctl acts --party dprk --party us",
        "ledgerctl acts --related-to F051 --as-of 2018-07-23",
        "ledgerctl acts --kind denial --kind claim",
        "ledgerctl acts --text 'yongbyon reactor' --occurred 2018-06 --backwards",
        "ledgerctl acts --actor us --code cameo:05 --facet kind --facet counterparty",
    ],
)
@narrowed(ACTS, FACETS)
@names_sources(by_default=False)
@supposes
def acts(
    session: Session,
    backwards: bool,
    facets: tuple[str, ...],
    named_sources: bool,
    cuts: Cuts,
    **wanted: Any,
) -> None:
    """List acts with what their evidence amounts to."""
    found = session.client.acts(
        session.ledger, cuts, descending=backwards, facets=facets, **wanted
    )
    ids = named(wanted)
    citations = Citations(session, found, cuts, wanted=named_sources)

    def why_nothing() -> list[nothing.Cause]:
        return nothing.causes(session, session.client.acts, wanted, cuts)

    if session.as_json:
        items = found.all()
        told = listed(found, "acts", items)
        if not items:
            session.check_known(ids, cuts)
            told["why_nothing"] = nothing.written(why_nothing())
        session.screen.json(citations.add(told, *items))
        return

    def drawn(some: Sequence[ActView]) -> RenderableType:
        citations.look_up(*some)
        effects = came_of(session, found.basis, some, cuts)
        return acts_table(some, citations.noted, effects)

    if not session.screen.tables(found, drawn):
        session.check_known(ids, cuts)
        session.screen.show("No act is found.")
        nothing.tell(session, why_nothing())
    show_counts(session, found)
    session.screen.note("")
    session.screen.basis(found.basis)


def acts_table(
    items: Sequence[ActView],
    noted: Noting = unnoted,
    effects: Mapping[str, Sequence[Effect]] = MappingProxyType({}),
) -> RenderableType:
    """The acts; `effects` has what came of what they do to commitments, by their ids."""
    return table(
        [
            ("day", "day"),
            ("id", "id"),
            ("who", "who"),
            ("kind, evidence", "text"),
            *taking_part.columns(items),
            ("what", "text"),
        ],
        [
            (
                days.cell(act.act.occurred),
                act.entry_id,
                who(act),
                _kind(act),
                *taking_part.cells(act, items),
                noted(
                    "\n".join((spoken.title(act), *map(str, effects.get(act.entry_id, ())))),
                    act,
                ),
            )
            for act in items
        ],
    )


def who(view: ActView) -> str:
    """Who did the act toward whom, by name. For whom they stood is only in the JSON form."""
    act = view.act
    doers = [act.actor or UNKNOWN, *act.co_actors]
    if not act.counterparties:
        return ", ".join(doers)
    if act.joint:
        return " ↔ ".join(dict.fromkeys((*doers, *act.counterparties)))
    return arrow(doers, act.counterparties)


def _kind(act: ActView) -> str:
    return f"{spoken.kind(act.act)}, {spoken.evidence(act.evidence)}"


COMMANDS = (acts,)
