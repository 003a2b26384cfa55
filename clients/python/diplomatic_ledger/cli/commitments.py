"""`ledgerctl commitments` and `commitment`: what was promised, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click
from rich.console import RenderableType
from rich.text import Text

from diplomatic_ledger import dates, json_form, words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import looks
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.screen import arrow, listing, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.titles import titles
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as standing


@command(
    "commitments",
    examples=[
        "ledgerctl commitments",
        "ledgerctl commitments --party dprk --party us --lifecycle active",
        "ledgerctl commitments --as-of 2018-07-23 --reported-by 2018-07-23",
    ],
)
@click.option(
    "--party",
    "parties",
    multiple=True,
    metavar="ID",
    help="On one of its sides, by itself or through who represents it.",
)
@click.option(
    "--lifecycle",
    "lifecycles",
    multiple=True,
    type=click.Choice(words.words(standing.Lifecycle.DESCRIPTOR)),
    metavar="WORD",
    help=f"Only those that are {', '.join(words.words(standing.Lifecycle.DESCRIPTOR))}.",
)
@looks
def commitments(
    session: Session, parties: tuple[str, ...], lifecycles: tuple[str, ...], cuts: Cuts
) -> None:
    """List commitments with their standing."""
    found = session.client.commitments(
        session.ledger, cuts, parties=parties, lifecycles=lifecycles
    )
    if session.as_json:
        items = found.all()
        if not items:
            session.check_known(parties, cuts)
        session.screen.json(listing(found.basis, "commitments", items))
        return
    if not session.screen.tables(found, commitments_table):
        session.check_known(parties, cuts)
        session.screen.show("No commitment is visible.")
    session.screen.note("")
    session.screen.basis(found.basis)


def commitments_table(items: Iterable[standing.CommitmentStanding]) -> RenderableType:
    return table(
        [("id", "id"), ("who", "who"), ("stands", "text"), ("what", "text")],
        [
            (item.id, who(item), stands(item.standing), item.commitment.consequent)
            for item in items
        ],
    )


def stands(found: standing.Standing) -> Text:
    """Where it stands, in green when kept and in red when somebody is at fault."""
    text = spoken.stands(found)
    if found.lifecycle == standing.LIFECYCLE_FULFILLED:
        return Text(text, style="green")
    at_fault = {"overdue", "counts_as_breach"} & set(found.flags)
    if at_fault or found.lifecycle == standing.LIFECYCLE_BREACHED:
        return Text(text, style="red")
    return Text(text)


def who(item: standing.CommitmentStanding) -> str:
    if item.commitment.mutual:
        return " ↔ ".join(item.standing.debtors)
    return arrow(item.standing.debtors, item.standing.creditors)


@command(
    "commitment",
    examples=[
        "ledgerctl commitment F051",
        "ledgerctl commitment F051 --as-of 2018-06-21 --reported-by 2018-06-21",
        "ledgerctl commitment F052 --format json",
    ],
)
@click.argument("entry_id", metavar="ID")
@looks
def commitment(session: Session, entry_id: str, cuts: Cuts) -> None:
    """Show a commitment: where it stands, why, and how it came there step by step."""
    found = session.client.commitment(session.ledger, entry_id, cuts)
    if session.as_json:
        session.screen.json(json_form.write(found))
        return
    item = found.commitment
    screen = session.screen
    screen.heading(f"{item.id}  {who(item)}")
    screen.show(item.commitment.consequent, "")
    screen.show(table([("", "word"), ("", "text")], facts(item)))
    own = {item.id: item.commitment.consequent}
    names = own | titles(session, found.basis, mentioned(item))
    if item.standing.steps:
        screen.heading("How it came there")
        screen.show(steps_table(item, names))
    if item.standing.conduct:
        screen.heading("What was done about it")
        screen.show(conduct_table(item.standing, names))
    screen.heading("Why")
    screen.show(why_table(item.standing.why, names))
    screen.note("")
    screen.basis(found.basis, item.standing.in_doubt)


def facts(item: standing.CommitmentStanding) -> Iterator[tuple[str, str]]:
    """What is to be known of a commitment at once, each with its name."""
    found, text = item.standing, item.commitment
    yield "stands", spoken.lifecycle(found.lifecycle)
    for name in found.flags:
        yield "", f"{spoken.spaced(name)}: {spoken.flag(name)}"
    yield "delivered", spoken.share(found)
    yield "promised", spoken.when(text.occurred)
    if text.HasField("due"):
        yield "due", dates.text(text.due)
    if text.nature == entries_pb2.NATURE_MAINTENANCE:
        yield "kept until", text.until or "for good"
    if text.HasField("antecedent"):
        yield "if", condition(text.antecedent.condition)
    if text.antecedent.deadline:
        yield "at the latest", text.antecedent.deadline
    yield "existence", spoken.evidence(found.existence)
    if found.against:
        yield "to blame", spoken.ids(found.against)
    if found.superseded_by:
        yield "superseded by", found.superseded_by
    yield "version", str(item.version)


def condition(node: entries_pb2.Condition) -> str:
    """A condition in words: `F016 happened and (F030 is fulfilled or "...")`."""
    match node.WhichOneof("node"):
        case "act":
            return f"{node.act} happened"
        case "commitment":
            return f"{node.commitment} is fulfilled"
        case "words":
            return node.words.text
        case "all":
            return " and ".join(map(_inner_condition, node.all.conditions))
        case "any":
            return " or ".join(map(_inner_condition, node.any.conditions))
        case _:
            return ""


def _inner_condition(node: entries_pb2.Condition) -> str:
    tree = node.WhichOneof("node") in ("all", "any")
    return f"({condition(node)})" if tree else condition(node)


def steps_table(item: standing.CommitmentStanding, names: dict[str, str]) -> RenderableType:
    return table(
        [("day", "word"), ("stands", "word"), ("entry", "id"), ("what happened", "text")],
        [
            (
                step.day,
                spoken.lifecycle(step.after),
                step.entry or "time",
                _step(step, names, item.id),
            )
            for step in item.standing.steps
        ],
    )


def _step(step: standing.StandingStep, names: dict[str, str], own: str) -> str:
    title = names.get(step.entry) if step.entry != own else None
    return f"{step.reason} ({title})" if title else step.reason


def conduct_table(found: standing.Standing, names: dict[str, str]) -> RenderableType:
    return table(
        [
            ("day", "word"),
            ("act", "id"),
            ("counts", "word"),
            ("what, and its evidence", "text"),
        ],
        [
            (act.day, act.act, "yes" if act.effective else "no", _conduct(act, names))
            for act in found.conduct
        ],
    )


def _conduct(act: standing.Conduct, names: dict[str, str]) -> str:
    relation = spoken.spaced(words.word(entries_pb2.RelationKind.DESCRIPTOR, act.relation))
    extent = f" {act.extent}" if act.extent else ""
    flags = f"; {spoken.ids(map(spoken.spaced, act.flags))}" if act.flags else ""
    title = names.get(act.act, "")
    return f"{relation}{extent}: {title} [{spoken.evidence(act.evidence)}{flags}]"


def why_table(why: Iterable[str], names: dict[str, str]) -> RenderableType:
    return table([("entry", "id"), ("", "text")], [(i, names.get(i, "")) for i in why])


def mentioned(item: standing.CommitmentStanding) -> set[str]:
    found = item.standing
    names = {*found.why, *(step.entry for step in found.steps)}
    return (names | {act.act for act in found.conduct}) - {"", item.id}


COMMANDS = (commitments, commitment)
