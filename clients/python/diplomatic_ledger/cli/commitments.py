"""`ledgerctl commitments` and `commitment`: what was promised, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import click
from rich.console import RenderableType
from rich.text import Text

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import days, nothing, spoken, taking_part
from diplomatic_ledger.cli.asking import supposes
from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.citing import Citations, Noting, names_sources, unnoted
from diplomatic_ledger.cli.commands import Option, command
from diplomatic_ledger.cli.conduct import conduct_table
from diplomatic_ledger.cli.deciding import Deciding
from diplomatic_ledger.cli.narrowing import (
    COMMITMENTS,
    ORDER,
    listed,
    named,
    narrowed,
    rated_by,
    rubrics_named,
    show_counts,
)
from diplomatic_ledger.cli.reasons import of_commitment, superseded
from diplomatic_ledger.cli.screen import arrow, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.sheet import Kind
from diplomatic_ledger.cli.terms import terms
from diplomatic_ledger.cli.titles import Named, Names, acts_named, title, titles, when
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import entries_pb2, standings_pb2

_WORD: Kind = "word"
FACETS = (
    "lifecycle",
    "flag",
    "evidence_status",
    "topic",
    "year",
    "debtor",
    "creditor",
    "instrument",
    "cameo",
    "publisher",
)


@command(
    "commitments",
    examples=[
        "ledgerctl commitments",
        "ledgerctl commitments --party dprk --party us --lifecycle active",
        "ledgerctl commitments --as-of 2018-07-23 --reported-by 2018-07-23",
        "ledgerctl commitments --instrument singapore-statement --rubric g20",
        "ledgerctl commitments --text 'remains return*' --due 2018 --order due_day",
        "ledgerctl commitments --debtor dprk --flag overdue --facet topic",
    ],
)
@narrowed(COMMITMENTS, FACETS)
@click.option(
    "--order",
    cls=Option,
    section=ORDER,
    type=WordType(("day", "due_day")),
    default="day",
    metavar="WORD",
    help="By day, or due_day: those without one come last. [day]",
)
@rated_by()
@names_sources(by_default=False)
@supposes
def commitments(
    session: Session,
    order: str,
    backwards: bool,
    facets: tuple[str, ...],
    rubrics: tuple[str, ...],
    named_sources: bool,
    cuts: Cuts,
    **wanted: Any,
) -> None:
    """List commitments with their standing."""
    found = session.client.commitments(
        session.ledger,
        cuts,
        order=order,
        descending=backwards,
        facets=facets,
        rubrics=rubrics_named(rubrics),
        view="full" if named_sources else session.view,
        **wanted,
    )
    ids = named(wanted)
    citations = Citations(session, found, cuts, wanted=named_sources)
    deciding = Deciding(session, citations, cuts)

    def why_nothing() -> list[nothing.Cause]:
        return nothing.causes(session, session.client.commitments, wanted, cuts)

    if session.as_json:
        items = found.all()
        told = listed(found, "commitments", items)
        if not items:
            session.check_known(ids, cuts)
            told["why_nothing"] = nothing.written(why_nothing())
        decided = deciding.look_up(items, found.basis, most=None)
        session.screen.json(citations.add(told, *items, *decided))
        return

    def draw(some: Sequence[standings_pb2.CommitmentStanding]) -> RenderableType:
        citations.look_up(*some)
        deciding.look_up(some, found.basis)
        return commitments_table(some, citations.noted, deciding.noted)

    if not session.screen.tables(found, draw):
        session.check_known(ids, cuts)
        session.screen.show("No commitment is found.")
        nothing.tell(session, why_nothing())
    show_counts(session, found)
    session.screen.note("")
    session.screen.basis(found.basis)


def commitments_table(
    items: Sequence[standings_pb2.CommitmentStanding],
    noted: Noting = unnoted,
    decided: Noting = unnoted,
) -> RenderableType:
    """The commitments, with a column for each rubric that was asked for; `noted` writes what is
    promised with its sources, `decided` where it stands with those of that.
    """
    rubrics = [each.rubric for each in items[0].ratings] if items else []
    return table(
        [
            ("id", "id"),
            ("who", "who"),
            ("stands", "text"),
            *((rubric, _WORD) for rubric in rubrics),
            *taking_part.columns(items),
            ("what", "text"),
        ],
        [
            (
                item.entry_id,
                who(item),
                decided(stands(item.standing), item),
                *(each.rating for each in item.ratings),
                *taking_part.cells(item, items),
                noted(consequent(item), item),
            )
            for item in items
        ],
    )


def consequent(item: standings_pb2.CommitmentStanding) -> str:
    """What is promised; `[sealed]` or `[erased]` where that is not to be read."""
    return item.commitment.consequent or spoken.hidden(item.sealed, "consequent")


def stands(found: standings_pb2.Standing) -> Text:
    """Where it stands, in green when kept and in red when somebody is at fault."""
    text = spoken.stands(found)
    if found.lifecycle == standings_pb2.LIFECYCLE_FULFILLED:
        return Text(text, style="green")
    at_fault = {"overdue", "counts_as_breach"} & set(words.flags(found))
    if at_fault or found.lifecycle == standings_pb2.LIFECYCLE_BREACHED:
        return Text(text, style="red")
    return Text(text)


def who(item: standings_pb2.CommitmentStanding) -> str:
    return sides(item, item.standing)


def sides(
    item: standings_pb2.CommitmentStanding, found: standings_pb2.Standing | standings_pb2.HeldBy
) -> str:
    """`dprk → us`, or `dprk ↔ us` where each owes the same to the others."""
    if item.commitment.mutual:
        return " ↔ ".join(found.debtors)
    return arrow(found.debtors, found.creditors)


@command(
    "commitment",
    examples=[
        "ledgerctl commitment F051",
        "ledgerctl commitment F051 --as-of 2018-06-21 --reported-by 2018-06-21",
        "ledgerctl commitment F052 --rubric polimetre --rubric g20",
        "ledgerctl commitment F052 --suppose what-if.yaml --format json",
    ],
)
@click.argument("entry_id", metavar="ID")
@rated_by()
@names_sources(by_default=True)
@supposes
def commitment(
    session: Session,
    entry_id: str,
    rubrics: tuple[str, ...],
    named_sources: bool,
    cuts: Cuts,
) -> None:
    """Show a commitment: where it stands, why, and how it came there step by step, each with
    the reports that tell of it.
    """
    found = session.client.commitment(
        session.ledger, entry_id, cuts, rubrics=rubrics_named(rubrics)
    )
    item = found.commitment
    citations = Citations(session, found, cuts, wanted=named_sources)
    if session.as_json:
        acts = acts_named(session, found.basis, mentioned(item), cuts) if named_sources else {}
        session.screen.json(citations.add(json_form.write(found), item, *acts.values()))
        return
    acts = acts_named(session, found.basis, mentioned(item), cuts)
    citations.look_up(item, *acts.values())
    screen = session.screen
    screen.heading(f"{item.entry_id}  {who(item)}")
    screen.show(consequent(item), "")
    known = [(k, citations.noted(v, item) if k == "existence" else v) for k, v in facts(item)]
    screen.show(table([("", "word"), ("", "text")], known))
    views = {item.entry_id: item, **acts}
    others = mentioned(item) - acts.keys()
    names = titles(session, found.basis, others, cuts)
    names |= {each: Named.of_act(act) for each, act in acts.items()}
    names[item.entry_id] = Named.of_commitment(item)
    noted = citations.of(views)
    if item.standing.steps:
        screen.heading("How it came there")
        screen.show(steps_table(item, names))
    if item.standing.conduct:
        screen.heading("What was done about it")
        course = of_commitment(item, names)
        screen.show(conduct_table(item.standing.conduct, item.entry_id, course, noted))
    screen.heading("Why")
    screen.show(why_table(item.standing.why, names, noted))
    screen.note("")
    screen.basis(found.basis, item.standing.in_doubt)


def facts(item: standings_pb2.CommitmentStanding) -> Iterator[tuple[str, str]]:
    """What is to be known of a commitment at once, each with its name."""
    found = item.standing
    yield "stands", spoken.lifecycle(found.lifecycle)
    for name in words.flags(found):
        yield "", f"{spoken.spaced(name)}: {spoken.flag(name)}"
    yield from kept(item)
    if not _is_kept_up(item) or _is_delivered(found):
        yield "delivered", delivered(item)
    if silent := without_extent(found):
        says = "says" if len(silent) == 1 else "say"
        yield "", f"{spoken.ids(silent)} {says} no extent: write extent: 1 for the whole"
    yield from terms(item)
    yield "existence", spoken.evidence(found.existence)
    held = sides(item, found.held_by)
    if (found.held_by.debtors or found.held_by.creditors) and held != who(item):
        yield "held by", held
    if found.left_by:
        yield "left by", spoken.ids(found.left_by)
    if found.against:
        yield "to blame", spoken.ids(found.against)
    if found.notice_given:
        yield "takes effect", found.notice_given
    yield from _supersessions(item)
    if found.last_reviewed:
        yield "last reviewed", found.last_reviewed
    if found.changes_on:
        yield "changes on", found.changes_on
    if item.commitment.topics:
        yield "topics", spoken.ids(item.commitment.topics)
    for each in item.ratings:
        yield f"by {each.rubric}", each.rating
    yield "version", str(item.version)


def kept(item: standings_pb2.CommitmentStanding) -> Iterator[tuple[str, str]]:
    """Whether something is kept up that is to be kept up: of that nothing is to be delivered."""
    if not _is_kept_up(item):
        return
    found, flags = item.standing, words.flags(item.standing)
    told = "again, after it was broken" if "was_breached" in flags else ""
    match spoken.lifecycle(found.lifecycle):
        case "active" | "suspended":
            yield "kept", told or "so far: it was not broken"
        case "fulfilled":
            yield "kept", "to its end"
        case "breached":
            yield "kept", "no: it was broken"
        case "cancelled" if "counts_as_breach" in flags:
            yield "kept", "no: it was called off while it was binding"
        case "cancelled" | "released" | "superseded":
            yield "kept", f"{told}, until it ended" if told else "until it ended"


def _is_kept_up(item: standings_pb2.CommitmentStanding) -> bool:
    return item.commitment.nature == entries_pb2.NATURE_MAINTENANCE


def _is_delivered(found: standings_pb2.Standing) -> bool:
    """Whether something was delivered all the same, beside that it was kept to its end."""
    is_whole = found.lifecycle == standings_pb2.LIFECYCLE_FULFILLED
    return not is_whole and (found.share or found.share_at_least) not in ("", "0")


def delivered(item: standings_pb2.CommitmentStanding) -> str:
    """`1/3: 50 of 150 t`, where an amount was promised; else the share alone."""
    share, amount = spoken.share(item.standing), item.commitment.quantity
    if not (item.standing.share and item.commitment.HasField("quantity")):
        return share
    exact = Fraction(item.standing.share)
    there = spoken.exact_or_about(exact * Fraction(amount.value))
    return f"{share}: {there} of {spoken.quantity(amount)}"


def without_extent(found: standings_pb2.Standing) -> list[str]:
    """The fulfilments that leave the share unknown, since they neither state an extent nor have
    one by the amounts. What came in another unit is not among them: a flag tells of it.
    """
    if found.share:
        return []
    return [
        each.act
        for each in found.conduct
        if each.relation == entries_pb2.RELATION_KIND_FULFILS
        and each.effective
        and not each.extent
        and standings_pb2.CONDUCT_FLAG_UNIT_DIFFERS not in each.flags
    ]


def _supersessions(item: standings_pb2.CommitmentStanding) -> Iterator[tuple[str, str]]:
    """What takes its place and whose place it takes, or would, and why not."""
    for each in item.standing.supersessions:
        is_old = each.predecessor == item.entry_id
        other = each.successor if is_old else each.predecessor
        why_not = superseded(each)
        name = "superseded by" if is_old else "supersedes"
        yield name, f"{other}, {why_not}" if why_not else other
    if item.standing.superseded_by and not item.standing.supersessions:
        yield "superseded by", item.standing.superseded_by


def steps_table(item: standings_pb2.CommitmentStanding, names: Names) -> RenderableType:
    return table(
        [("day", "day"), ("stands", "word"), ("entry", "id"), ("what happened", "text")],
        [
            (
                when(step.day, names.get(step.entry_id)),
                spoken.lifecycle(step.after),
                step.entry_id or "time",
                _step(step, names, item.entry_id),
            )
            for step in item.standing.steps
        ],
        name="steps",
    )


def _step(step: standings_pb2.StandingStep, names: Names, own: str) -> str:
    known = title(names, step.entry_id) if step.entry_id != own else ""
    reason = _new_term(step, names, own) or step.reason
    return f"{reason} ({known})" if known else reason


def _new_term(step: standings_pb2.StandingStep, names: Names, own: str) -> str:
    """`it is due Nov 1998 to Mar 2003 now`, where a step sets the due day anew."""
    known = names.get(step.entry_id)
    if step.before != step.after or known is None or known.act is None:
        return ""
    for each in known.act.act.relations:
        sets = each.kind == entries_pb2.RELATION_KIND_RESCHEDULES and each.target == own
        if sets and each.HasField("due"):
            return f"it is due {days.when(each.due)} now"
    return ""


def why_table(why: Iterable[str], names: Names, noted: Noting = unnoted) -> RenderableType:
    return table(
        [("entry", "id"), ("", "text", ("what happened",))],
        [(i, noted(title(names, i), i)) for i in why],
        name="why",
    )


def mentioned(item: standings_pb2.CommitmentStanding) -> set[str]:
    found = item.standing
    names = {*found.why, *(step.entry_id for step in found.steps)}
    return (names | {act.act for act in found.conduct}) - {"", item.entry_id}


COMMANDS = (commitments, commitment)
