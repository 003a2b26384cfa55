"""`ledgerctl replay`: the picture that a reader had on a day, and how it changed."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby, pairwise

import click
from rich.console import RenderableType

from diplomatic_ledger import json_form
from diplomatic_ledger.cli import acts as acts_view
from diplomatic_ledger.cli import days, spoken
from diplomatic_ledger.cli.all_balances import balances_table, behind, noting
from diplomatic_ledger.cli.asking import DAY, Question, asks
from diplomatic_ledger.cli.balances import balances_command, owed
from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.citing import Citations, Noting, names_sources, unnoted
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.commitments import consequent, stands, who
from diplomatic_ledger.cli.deciding import Deciding
from diplomatic_ledger.cli.diff import replay_cuts, show_differences
from diplomatic_ledger.cli.failures import usage
from diplomatic_ledger.cli.figures import fewer_told
from diplomatic_ledger.cli.instruments import by_promises, instruments_table
from diplomatic_ledger.cli.mentioned import Mentioned
from diplomatic_ledger.cli.screen import listing, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import acts_pb2, balances_pb2, cuts_pb2, standings_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as standing

_LATEST_ACTS = 5
_MOST_BALANCES = 8
_MOST_STEPS = 400


@command(
    "replay",
    examples=[
        "ledgerctl replay --at 2018-07-23",
        "ledgerctl replay --at 2018-08-18 --scale plover-2.0",
        "ledgerctl replay --from 2018-06-01 --to 2018-08-18 --step week",
    ],
)
@click.option("--at", type=DAY, metavar="DAY", help="The whole picture on this day.")
@click.option("--from", "from_day", type=DAY, metavar="DAY", help="What changed from here on.")
@click.option("--to", "to_day", type=DAY, metavar="DAY", help="What changed up to here.")
@click.option(
    "--step",
    type=WordType(["day", "week", "month"], "Bin"),
    default="week",
    help="How far apart the pictures are. [week]",
)
@names_sources(by_default=False)
@asks
def replay(
    session: Session,
    at: str | None,
    from_day: str | None,
    to_day: str | None,
    step: str,
    named_sources: bool,
    question: Question,
) -> None:
    """Show what a reader knew on a day: what stands, what was given and is owed (--at); or
    what changed from step to step (--from and --to).

    --at is the day on both clocks, of events and of reports; --as-of and --reported-by set
    them apart.
    """
    if from_day and to_day and not at:
        first, last = date.fromisoformat(from_day), date.fromisoformat(to_day)
        _changes(session, first, last, step, question, named_sources=named_sources)
    elif from_day or to_day:
        raise usage("Say either --at DAY, or both --from DAY and --to DAY.")
    else:
        _picture(session, _at(at, question.cuts), question, named_sources=named_sources)


def _at(day: str | None, cuts: Cuts) -> Cuts:
    """--as-of and --reported-by prevail over --at."""
    if day is None:
        return cuts
    return replace(cuts, as_of=cuts.as_of or day, reported_by=cuts.reported_by or day)


def _picture(session: Session, cuts: Cuts, question: Question, *, named_sources: bool) -> None:
    found = session.client.replay(
        session.ledger,
        cuts,
        scale=question.scale,
        evidence=question.evidence,
        view="full" if named_sources else session.view,
    )
    items = found.all()
    commitments = [item.commitment for item in items if item.HasField("commitment")]
    balances = [item.balance for item in items if item.HasField("balance")]
    acts = [item.act for item in items if item.HasField("act")]
    instruments = [item.instrument for item in items if item.HasField("instrument")]
    citations = Citations(session, found, cuts, wanted=named_sources)
    deciding = Deciding(session, citations, cuts)
    if session.as_json:
        told = listing(found.basis, "items", items)
        told_by = deciding.look_up(commitments, found.basis, most=None)
        views = behind(session, found.basis, balances, cuts) if named_sources else {}
        shown = (*commitments, *instruments, *acts)
        session.screen.json(citations.add(told, *shown, *told_by, *views.values()))
        return
    citations.look_up(*commitments, *instruments, *acts[-_LATEST_ACTS:])
    deciding.look_up(commitments, found.basis)
    screen = session.screen
    screen.heading(title(found.basis))
    for heading, group in groups(commitments):
        screen.heading(heading)
        screen.show(standing_table(group, citations.noted, deciding.noted))
    if instruments:
        screen.heading("Instruments")
        promised = {each.entry_id: each for each in commitments}
        decided = by_promises(deciding, promised)
        screen.show(instruments_table(instruments, noted=citations.noted, decided=decided))
    if balances:
        screen.heading("Given and owed")
        _show_balances(session, balances, found.basis, cuts, citations)
    if acts:
        screen.heading(f"Latest of {spoken.plural(len(acts), 'act')}")
        screen.show(latest_table(acts[-_LATEST_ACTS:], citations.noted))
    if not items:
        screen.show("", "Nothing is visible at these cuts.")
    screen.note("")
    screen.basis(found.basis)


def title(basis: cuts_pb2.Basis) -> str:
    """`us-dprk-2018 on 21 June 2018, as it could be read that day`."""
    known = ""
    if basis.reported_by == basis.as_of:
        known = ", as it could be read that day"
    elif basis.reported_by:
        known = f", as it could be read on {long_day(basis.reported_by)}"
    return f"{basis.ledger} on {long_day(basis.as_of)}{known}"


def long_day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def groups(
    commitments: list[standings_pb2.CommitmentStanding],
) -> Iterator[tuple[str, list[standings_pb2.CommitmentStanding]]]:
    """What binds, what may come to bind, and what has ended."""
    by_name: dict[str, list[standings_pb2.CommitmentStanding]] = {}
    for item in commitments:
        by_name.setdefault(spoken.lifecycle(item.standing.lifecycle), []).append(item)
    binding = [*by_name.pop("active", []), *by_name.pop("suspended", [])]
    waiting = [*by_name.pop("conditional", []), *by_name.pop("proposed", [])]
    ended = [item for group in by_name.values() for item in group]
    for heading, group in (
        ("What stands", binding),
        ("Not binding yet", waiting),
        ("Ended", ended),
    ):
        if group:
            yield heading, group


def standing_table(
    group: list[standings_pb2.CommitmentStanding],
    noted: Noting = unnoted,
    decided: Noting = unnoted,
) -> RenderableType:
    """The commitments of a group; `noted` and `decided` as in a list of them."""
    return table(
        [("id", "id"), ("who", "who"), ("stands", "text"), ("what", "text")],
        [
            (
                item.entry_id,
                who(item),
                decided(stands(item.standing), item),
                noted(_short(consequent(item)), item),
            )
            for item in group
        ],
    )


def _short(text: str, most: int = 100) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _show_balances(
    session: Session,
    balances: list[balances_pb2.Balance],
    basis: cuts_pb2.Basis,
    cuts: Cuts,
    citations: Citations,
) -> None:
    """Shows the balances with most entries; for most readers the rest is of no interest."""

    def size(each: balances_pb2.Balance) -> int:
        given = each.given_ab.count + each.given_ba.count
        return given + owed(each.outstanding_ab) + owed(each.outstanding_ba)

    fullest = sorted(balances, key=size, reverse=True)[:_MOST_BALANCES]
    noted = noting(session, basis, fullest, cuts, citations)
    session.screen.show(balances_table(fullest, noted))
    rest = len(balances) - len(fullest)
    if rest:
        more = balances_command(session, basis, cuts.suppose)
        session.screen.line(f"and {rest} more: {more}")
    first = fullest[0]
    session.screen.show(f"Between {first.party_a} and {first.party_b}: {fewer_told(first)}")


def latest_table(acts: list[acts_pb2.ActView], noted: Noting = unnoted) -> RenderableType:
    return table(
        [("day", "day"), ("id", "id"), ("who", "who"), ("what", "text")],
        [
            (
                days.cell(act.act.occurred),
                act.entry_id,
                acts_view.who(act),
                noted(spoken.title(act), act),
            )
            for act in acts
        ],
        name="latest acts",
    )


def _changes(
    session: Session,
    first: date,
    last: date,
    step: str,
    question: Question,
    *,
    named_sources: bool,
) -> None:
    days = list(boundaries(first, last, step))
    if len(days) > _MOST_STEPS:
        raise usage(f"That makes {len(days)} steps. Take a longer --step or a shorter time.")
    found = [
        session.client.diff(
            session.ledger,
            replay_cuts(before.isoformat(), question.cuts),
            replay_cuts(after.isoformat(), question.cuts),
            scale=question.scale,
            evidence=question.evidence,
        )
        for before, after in pairwise(days)
    ]
    supposed = question.cuts.suppose

    def mentioned(answer: standing.DiffResponse) -> Mentioned:
        return Mentioned(
            session,
            answer,
            suppose_before=supposed,
            suppose_after=supposed,
            wanted=named_sources,
        )

    if session.as_json:
        steps = [json_form.write(answer) for answer in found]
        if named_sources:
            steps = [mentioned(each).add(told) for each, told in zip(found, steps, strict=True)]
        session.screen.json({"steps": steps})
        return
    for some, answers in groupby(found, _changed):
        if not some:
            _show_stillness(session, list(answers))
            continue
        for answer in answers:
            step = f"{answer.before.as_of}/{answer.after.as_of}"
            session.screen.section(_span(answer, answer), step)
            show_differences(session.screen, answer, mentioned(answer))
    session.screen.note("")
    session.screen.basis(found[-1].after)


def _changed(answer: standing.DiffResponse) -> bool:
    return bool(answer.entries or answer.commitments or answer.balances)


def _show_stillness(session: Session, steps: list[standing.DiffResponse]) -> None:
    """Tells of steps in a row in which nothing changed as of one."""
    many = f" in {len(steps)} steps" if len(steps) > 1 else ""
    session.screen.heading(f"{_span(steps[0], steps[-1])}: nothing changed{many}")


def _span(first: standing.DiffResponse, last: standing.DiffResponse) -> str:
    return f"{long_day(first.before.as_of)} → {long_day(last.after.as_of)}"


def boundaries(first: date, last: date, step: str) -> Iterator[date]:
    """The days of the pictures, from the first to the last."""
    if first >= last:
        raise usage("--from must be before --to.")
    day, count = first, 0
    while day < last:
        yield day
        count += 1
        day = _later(first, count, step)
    yield last


def _later(first: date, count: int, step: str) -> date:
    if step != "month":
        return first + timedelta(days=count * (7 if step == "week" else 1))
    year, month = divmod(first.month - 1 + count, 12)
    year, month = first.year + year, month + 1
    return date(year, month, min(first.day, calendar.monthrange(year, month)[1]))


COMMANDS = (replay,)
