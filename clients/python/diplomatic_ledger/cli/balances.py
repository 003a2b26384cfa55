"""`ledgerctl balance`: what two parties gave each other and still owe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import click
from rich.console import RenderableType

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import days, nothing, spoken, uncounted
from diplomatic_ledger.cli.asking import Question, asks, pinned
from diplomatic_ledger.cli.broken import broken_between
from diplomatic_ledger.cli.cells import Cell, Parts, pair
from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.citing import Citations, Noting, names_sources, unnoted
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.figures import summary
from diplomatic_ledger.cli.mutual import OpenOfBoth
from diplomatic_ledger.cli.pairs import of_two_parties
from diplomatic_ledger.cli.pictures import draw_balance
from diplomatic_ledger.cli.plots import Plot, balance_chart, plots
from diplomatic_ledger.cli.screen import arrow, basis_line, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.titles import Named, Names, acts_named, commitments_named, title
from diplomatic_ledger.cli.uncounted import Uncounted
from diplomatic_ledger.cuts import Cuts, evidence_filter
from diplomatic_ledger.v1 import balances_pb2, cuts_pb2, standings_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from diplomatic_ledger.v1.acts_pb2 import ActView
from diplomatic_ledger.v1.items_pb2 import RecordItem


@command(
    "balance",
    examples=[
        "ledgerctl balance dprk us",
        "ledgerctl balance dprk us --as-of 2018-08-18 --scale goldstein-cameo-gdelt",
        "ledgerctl balance dprk us --sensitivity",
        "ledgerctl balance dprk us --count-by commitments --with-predecessors",
        "ledgerctl balance us dprk --suppose what-if.yaml",
        "ledgerctl balance dprk us --as-of 2018-08-18 --half-life 90 --plot",
        "ledgerctl balance dprk us --as-of 2018-08-18 --plot balance.svg",
    ],
)
@of_two_parties
@click.option("--sensitivity", is_flag=True, help="Also under other scales and filters.")
@click.option("--half-life", metavar="DAYS", default="", help="Days in which gestures fade.")
@click.option(
    "--count-by",
    type=WordType(words.words(balances_pb2.CountBy.DESCRIPTOR), "CountBy"),
    default="deeds",
    help="Count each deed, or what fulfils one commitment as one. [deeds]",
)
@click.option(
    "--with-predecessors", is_flag=True, help="Count what was given by those they succeeded."
)
@plots
@names_sources(by_default=False)
@asks
def balance(
    session: Session,
    party_a: str,
    party_b: str,
    sensitivity: bool,
    half_life: str,
    count_by: str,
    with_predecessors: bool,
    plot: Plot,
    named_sources: bool,
    question: Question,
) -> None:
    """Show what A and B gave each other, what is owed, and the entries behind each number."""
    plot.check()
    found = session.client.balance(
        session.ledger,
        party_a,
        party_b,
        question.cuts,
        scale=question.scale,
        evidence=question.evidence,
        half_life_days=half_life,
        sensitivity=_variants(session) if sensitivity else (),
        count_by=count_by,
        with_predecessors=with_predecessors,
    )
    citations = Citations(session, found, question.cuts, wanted=named_sources)
    if plot.file is not None:
        told = basis_line(found.basis, found.balance.in_doubt)
        basis = f"{found.basis.ledger} · {told}"
        draw_balance(
            found.balance, found.basis.scale, basis, plot.file, overwrite=plot.overwrite
        )
        session.tell(f"Drawn in {plot.file}.")
    if session.as_json:
        acts = _delivered(session, found, question.cuts) if named_sources else {}
        promised = _promised(session, found, question.cuts) if named_sources else {}
        told_of_it = citations.add(json_form.write(found), *acts.values(), *promised.values())
        of_both = OpenOfBoth(session, found.balance, found.basis, question.cuts)
        told_of_it = uncounted.add(told_of_it, _beside(session, found, question.cuts, of_both))
        session.screen.json(nothing.add(told_of_it, _annulled(session, found.balance)))
        return
    _show(session, found, question.cuts, citations, plot=plot.on_terminal)


def _beside(
    session: Session, found: standing.GetBalanceResponse, cuts: Cuts, of_both: OpenOfBoth
) -> list[Uncounted]:
    """The promises that the balance does not count: open ones of both sides, and broken ones."""
    broken = broken_between(session, found.balance, found.basis, cuts)
    return [*of_both.uncounted, *broken]


def _annulled(session: Session, found: balances_pb2.Balance) -> Iterable[nothing.Cause]:
    """Which of the two parties was annulled, where nothing was given and nothing is owed."""
    given = found.given_ab.count or found.given_ba.count
    if given or owed(found.outstanding_ab) or owed(found.outstanding_ba):
        return ()
    return nothing.annulled(session, (found.asked_a.entry_id, found.asked_b.entry_id))


def _delivered(
    session: Session, found: standing.GetBalanceResponse, cuts: Cuts
) -> dict[str, ActView]:
    """The acts by which something was given."""
    both = (found.balance.given_ab, found.balance.given_ba)
    ids = {i for given in both for each in given.deliveries for i in each.entry_ids}
    return acts_named(session, found.basis, ids, cuts)


def _variants(session: Session) -> list[balances_pb2.BalanceVariant]:
    """Every built-in scale with every filter."""
    return [
        balances_pb2.BalanceVariant(scale=scale, evidence=evidence_filter(word))
        for scale in session.client.server_info().scales
        for word in words.words(cuts_pb2.EvidenceFilter.DESCRIPTOR)
    ]


def _show(
    session: Session,
    found: standing.GetBalanceResponse,
    cuts: Cuts,
    citations: Citations,
    *,
    plot: bool,
) -> None:
    screen, answer = session.screen, found.balance
    if lines := list(asked_about(answer)):
        screen.heading("Who is meant")
        screen.show(*lines)
    acts = _delivered(session, found, cuts)
    citations.look_up(*acts.values())
    names = {entry_id: Named.of_act(act) for entry_id, act in acts.items()}
    for given in (answer.given_ab, answer.given_ba):
        screen.heading(given_heading(given))
        if given.deliveries:
            screen.show(deliveries_table(given, names, citations.of(acts)))
    screen.heading("Owed")
    owed_both = (answer.outstanding_ab, answer.outstanding_ba)
    promised = _promised(session, found, cuts, summed_up=not citations.wanted)
    citations.look_up(*promised.values())
    of_both = OpenOfBoth(session, answer, found.basis, cuts)
    screen.show(
        owed_table(owed_both, promised, citations.of(promised))
        or of_both.nothing_else("Nothing is owed"),
        *owed_notes(owed_both, found.basis.scale),
    )
    nothing.tell(session, _annulled(session, answer))
    uncounted.tell(session, _beside(session, found, cuts, of_both))
    screen.heading("In short")
    figures = summary(answer, found.basis.scale)
    screen.show(table([("", "word"), ("", "text")], figures))
    if found.sensitivity:
        screen.heading(
            f"Counted and weighed in other ways ({answer.party_a} : {answer.party_b})"
        )
        screen.show(sensitivity_table(found.sensitivity))
    if plot:
        screen.show("", balance_chart(answer, screen.width))
    screen.note("")
    screen.basis(found.basis, answer.in_doubt)


def asked_about(answer: balances_pb2.Balance) -> Iterator[str]:
    """Who was asked about, where that is not simply who gave and received."""
    for asked in (answer.asked_a, answer.asked_b):
        if asked.entry_id and list(asked.became) != [asked.entry_id]:
            yield f"{asked.entry_id} is by then {spoken.ids(asked.became)}."
        if asked.successors:
            yield f"{asked.entry_id} was succeeded by {spoken.ids(asked.successors)}."
        if asked.predecessors:
            counted = "counts too" if answer.with_predecessors else "is not counted"
            yield (
                f"{asked.entry_id} succeeded {spoken.ids(asked.predecessors)}; "
                f"what was given then {counted}."
            )


def given_heading(given: balances_pb2.Given) -> str:
    left = spoken.rounded(given.decayed_weight) if given.decayed_weight else ""
    decayed = f", {left} after decay" if left else ""
    count = spoken.plural(given.count, "delivery", "deliveries")
    amounts = f"; {spoken.amounts(given.quantities)}" if given.quantities else ""
    told = f"{count}, weight {spoken.figure(given.weight)}{decayed}{amounts}"
    return f"{given.giver} gave {given.receiver}: {told}"


def deliveries_table(
    given: balances_pb2.Given, names: Names, noted: Noting = unnoted
) -> RenderableType:
    return table(
        [
            ("day", "day"),
            ("entries", "id"),
            ("weight", "number", ("weight", "decayed weight")),
            ("what", "text"),
        ],
        [
            (
                _delivered_when(each, names),
                _entries(each),
                _weight(each),
                noted(_delivery(each, names), *each.entry_ids),
            )
            for each in given.deliveries
        ],
        name=f"{given.giver} gave {given.receiver}",
    )


def _delivered_when(each: balances_pb2.Delivery, names: Names) -> str:
    return delivered_when(each.entry_ids, each.day, names, apart=bool(each.commitment))


def delivered_when(
    entry_ids: Iterable[str], day: str, names: Names, *, apart: bool = False
) -> str:
    """When something was delivered that counts on a day, by what its entries say together;
    `apart`: they tell of several deeds.
    """
    told = [names[i].occurred for i in entry_ids if i in names]
    common = days.together(told, apart=apart)
    return days.cell(common) if common else day


def _entries(each: balances_pb2.Delivery) -> str:
    """The entries that tell of it; those of a commitment stand behind its id."""
    on = f"{each.commitment}: " if each.commitment else ""
    return on + " ".join(each.entry_ids)


def _weight(each: balances_pb2.Delivery) -> Parts:
    if not each.weight:
        return Parts("none", ("", ""))
    if not each.decayed_weight:
        return Parts(spoken.figure(each.weight), (each.weight, ""))
    shown = f"{spoken.figure(each.weight)} ({spoken.rounded(each.decayed_weight)})"
    return Parts(shown, (each.weight, each.decayed_weight))


def _delivery(each: balances_pb2.Delivery, names: Names) -> str:
    flags = f" [{spoken.ids(map(spoken.spaced, words.flags(each)))}]" if each.flags else ""
    first = title(names, each.entry_ids[0])
    more = len(each.entry_ids) - 1
    if each.commitment and more:
        return f"{first}, and {more} more{flags}"
    return (title(names, each.weighed_by) or first) + flags


#: Promises, by id.
_Promised = Mapping[str, standings_pb2.CommitmentStanding]


def _promised(
    session: Session, found: standing.GetBalanceResponse, cuts: Cuts, *, summed_up: bool = False
) -> _Promised:
    """The promises that are owed, as they stand; with `summed_up` only those that are told in
    one sum of amounts.
    """
    both = (found.balance.outstanding_ab, found.balance.outstanding_ba)
    buckets = [bucket for owed in both for _, bucket in urgencies(owed)]
    several = [each for each in buckets if each.quantities and each.count > 1]
    ids = {i for each in (several if summed_up else buckets) for i in each.commitments}
    return commitments_named(session, found.basis, ids, cuts)


def owed_table(
    both: Iterable[balances_pb2.Outstanding],
    promised: _Promised = MappingProxyType({}),
    noted: Noting = unnoted,
) -> RenderableType | None:
    """What is owed, None where nothing is; `promised` are the promises of which amounts are
    summed up.
    """
    rows = [
        (arrow([owed.debtor], [owed.creditor]), name, *_bucket(bucket, promised, noted))
        for owed in both
        for name, bucket in urgencies(owed)
        if bucket.count
    ]
    if not rows:
        return None
    return table(
        [
            ("who", "who"),
            ("when", "word"),
            ("promises", "number"),
            ("weight", "number", ("weight", "weight is at most that")),
            ("commitments", "text"),
        ],
        rows,
    )


def urgencies(
    owed: balances_pb2.Outstanding,
) -> tuple[tuple[str, balances_pb2.OutstandingBucket], ...]:
    """What is owed, by when, the most urgent first."""
    return (
        ("overdue", owed.overdue),
        ("due", owed.due),
        ("due later", owed.scheduled),
        ("after an event", owed.not_yet_dated),
        ("without a date", owed.undated),
        ("to be kept up", owed.maintenance),
        ("once a condition holds", owed.contingent),
    )


def _bucket(
    bucket: balances_pb2.OutstandingBucket, promised: _Promised, noted: Noting
) -> tuple[str, Parts, Cell]:
    most = "≤ " if bucket.at_most else ""
    weighed = bucket.unweighted_entry_count < bucket.count
    weight = Parts("none", ("", ""))
    if weighed:
        known = bucket.weight, "yes" if bucket.at_most else ""
        weight = Parts(f"{most}{spoken.figure(bucket.weight)}", known)
    told = " ".join(bucket.commitments)
    if bucket.quantities:
        told += f" ({_left(bucket, promised)})"
    return str(bucket.count), weight, noted(told, *bucket.commitments)


def _left(bucket: balances_pb2.OutstandingBucket, promised: _Promised) -> str:
    """`≤ 150 t; the-visit tells no amount`: what is left of the amounts, and of which promises
    that says nothing.
    """
    views = [promised[each] for each in bucket.commitments if each in promised]
    silent = [each.entry_id for each in views if not each.commitment.HasField("quantity")]
    unsure = [each for each in views if not each.standing.share]
    # Where less may be left only of promises that tell no amount, the sum of amounts is exact.
    is_sure = unsure and all(each.entry_id in silent for each in unsure)
    most = "≤ " if bucket.at_most and not is_sure else ""
    amounts = f"{most}{spoken.amounts(bucket.quantities)}"
    if not silent:
        return amounts
    return (
        f"{amounts}; {spoken.ids(silent)} {'tells' if len(silent) == 1 else 'tell'} no amount"
    )


def owed_notes(both: Iterable[balances_pb2.Outstanding], scale: str) -> Iterator[str]:
    """Why some promises have no weight."""
    found = {i for owed in both for _, bucket in urgencies(owed) for i in bucket.unweighted}
    if found:
        known = f"code that {scale} knows" if scale not in ("", "unit") else "event code"
        yield (
            f"Counted but not weighed: {spoken.ids(sorted(found))}. "
            f"What is promised there has no {known}."
        )


def sensitivity_table(summaries: Iterable[balances_pb2.BalanceSummary]) -> RenderableType:
    return table(
        [
            ("scale", "word"),
            ("evidence", "word"),
            ("count", "word", ("count a", "count b")),
            ("weight", "word", ("weight a", "weight b")),
        ],
        [
            (
                f"{each.variant.scale or 'unit'} {each.scale_version}".strip(),
                words.word(cuts_pb2.EvidenceFilter.DESCRIPTOR, each.variant.evidence) or "any",
                pair(each.count_ab, each.count_ba),
                pair(each.weight_ab, each.weight_ba),
            )
            for each in summaries
        ],
        name="in other ways",
    )


def balances_command(
    session: Session, basis: cuts_pb2.Basis, suppose: Sequence[RecordItem], *asked: str
) -> str:
    """A command to paste that tells a balance, or all of them, as an answer had them. `asked`
    are the two parties and more options.
    """
    weighed = ["--scale", basis.scale] if basis.scale not in ("", "unit") else []
    if basis.evidence > cuts_pb2.EVIDENCE_FILTER_ANY:
        evidence = words.word(cuts_pb2.EvidenceFilter.DESCRIPTOR, basis.evidence)
        weighed += ["--evidence", evidence]
    name = "balance" if asked else "balances"
    return session.command(name, *asked, *weighed, cuts=pinned(basis, suppose))


def owed(found: balances_pb2.Outstanding) -> int:
    """How many promises are open."""
    return found.active.count + found.contingent.count


COMMANDS = (balance,)
