"""`ledgerctl series`: the acts of two parties over time, with cooperation and conflict apart where a
scale tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, TypeAlias

import click
from rich.console import RenderableType

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import nothing, spoken
from diplomatic_ledger.cli.asking import DAY, Question, asks
from diplomatic_ledger.cli.cells import Cell, Parts
from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.citing import MOST, Citations, names_sources
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.failures import Failure
from diplomatic_ledger.cli.pairs import of_two_parties
from diplomatic_ledger.cli.pictures import MARK, draw_series
from diplomatic_ledger.cli.plots import Plot, plots, series_chart
from diplomatic_ledger.cli.screen import basis_line, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.titles import acts_named
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import cuts_pb2, series_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from diplomatic_ledger.v1.acts_pb2 import ActView

#: So many empty bins in a row are shown one by one; more are one row.
_MOST_EMPTY = 8
#: So many bins are named beneath a plot.
_MOST_NAMED = 3
#: What is said of numbers on the scale unit.
_EACH_COUNTS_ONE = "each act counts 1 whatever it was, a breach too"


@command(
    "series",
    examples=[
        "ledgerctl series dprk us --as-of 2018-08-18 --plot",
        "ledgerctl series dprk us --from 2018-06-01 --to 2018-08-31",
        "ledgerctl series dprk us --bin month --scale goldstein-cameo-gdelt",
        "ledgerctl series dprk us --as-of 2018-08-18 --plot series.png",
    ],
)
@of_two_parties
@click.option(
    "--bin",
    "each",
    type=WordType(words.words(series_pb2.Bin.DESCRIPTOR), "Bin"),
    default="week",
    help="Width of a bin. [week]",
)
@click.option("--from", "from_day", type=DAY, metavar="DAY", help="First day.")
@click.option("--to", "to_day", type=DAY, metavar="DAY", help="Last day.")
@plots
@names_sources(by_default=False)
@asks
def series(
    session: Session,
    party_a: str,
    party_b: str,
    each: str,
    from_day: str | None,
    to_day: str | None,
    plot: Plot,
    named_sources: bool,
    question: Question,
) -> None:
    """Show all acts between A and B over time, each way: number, and sum of weights.

    Without --scale each act counts 1 whatever it was, a breach too. Another scale, such as
    goldstein-cameo-gdelt, tells cooperation from conflict.
    """
    plot.check()
    found = session.client.series(
        session.ledger,
        party_a,
        party_b,
        question.cuts,
        scale=question.scale,
        evidence=question.evidence,
        bin=each,
        from_day=from_day,
        to_day=to_day,
    )
    if plot.file is not None:
        if not found.points:
            raise Failure("No act is in this range, so there is nothing to draw.")
        basis = f"{found.basis.ledger} · {basis_line(found.basis, found.in_doubt)}"
        one = (
            ""
            if tells_apart(found)
            else f"{_EACH_COUNTS_ONE[0].upper()}{_EACH_COUNTS_ONE[1:]}."
        )
        foot = "\n".join(filter(None, (one, spread_over_bins(found), basis)))
        draw_series(found, bin_word(found), foot, plot.file, overwrite=plot.overwrite)
        session.tell(f"Drawn in {plot.file}.")
    citations = Citations(session, found, question.cuts, wanted=named_sources)
    some = any(flow.count for each in found.points for flow in (each.ab, each.ba))
    gone = () if some else nothing.annulled(session, (party_a, party_b))
    if session.as_json:
        acts = _acts(session, found, question.cuts) if named_sources else {}
        told = citations.add(_written(found), *acts.values())
        session.screen.json(nothing.add(told, gone))
        return
    points = found.points if session.output == "csv" else folded(found.points)
    noted = _noting(session, found, question.cuts, citations)
    session.screen.show(
        series_table(found, points, noted) if points else "No act in this range."
    )
    session.screen.show(*notes(found))
    nothing.tell(session, gone)
    if plot.on_terminal and found.points:
        beneath = (spread_over_bins(found),) if _spread(found) else ()
        session.screen.show("", series_chart(found, session.screen.width), *beneath)
    session.screen.note("")
    session.screen.basis(found.basis, found.in_doubt)


def tells_apart(found: standing.GetSeriesResponse) -> bool:
    """Whether its scale tells cooperation from conflict: the scale unit looks at no code."""
    return found.basis.scale != "unit"


def _written(found: standing.GetSeriesResponse) -> Any:
    """The JSON form, without cooperation and conflict where the scale does not tell them apart."""
    told: Any = json_form.write(found)
    for point in () if tells_apart(found) else told["points"]:
        for flow in filter(None, (point["ab"], point["ba"])):
            for name in _APART:
                del flow[name]
    return told


def folded(points: Sequence[series_pb2.SeriesPoint]) -> list[series_pb2.SeriesPoint]:
    """The bins with each long stretch of empty ones as one, so that what is there is not lost
    among them.
    """
    shown: list[series_pb2.SeriesPoint] = []
    for something, stretch in groupby(points, lambda each: bool(each.ab.count + each.ba.count)):
        bins = list(stretch)
        if something or len(bins) <= _MOST_EMPTY:
            shown += bins
            continue
        first, last = bins[0], bins[-1]
        label = f"{first.label} to {last.label}"
        shown.append(
            series_pb2.SeriesPoint(label=label, from_day=first.from_day, to_day=last.to_day)
        )
    return shown


#: How the number of acts of a flow in a bin is written.
_Counting: TypeAlias = Callable[[Parts, series_pb2.SeriesPoint, series_pb2.SeriesFlow], Cell]


def _noting(
    session: Session, found: standing.GetSeriesResponse, cuts: Cuts, citations: Citations
) -> _Counting:
    """Notes a number of acts with the sources of the first of them."""
    if not citations.wanted:
        return _plain
    acts = _acts(session, found, cuts, most=MOST)
    citations.look_up(*acts.values())
    noted = citations.of(acts)

    def of_flow(
        count: Parts, point: series_pb2.SeriesPoint, flow: series_pb2.SeriesFlow
    ) -> Cell:
        beyond = len(flow.entry_ids[MOST:])
        if not beyond:
            return noted(count, *flow.entry_ids)
        days = f"{point.from_day}/{point.to_day}"
        parties = ("--party", found.party_a, "--party", found.party_b)
        asked = (*parties, "--occurred", days, "--sources")
        more = session.command("acts", *asked, cuts=citations.pictured)
        return noted(count, *flow.entry_ids[:MOST], beyond=beyond, more=more)

    return of_flow


def _plain(count: Parts, *_: object) -> Cell:
    return count


def _acts(
    session: Session,
    found: standing.GetSeriesResponse,
    cuts: Cuts,
    most: int | None = None,
) -> dict[str, ActView]:
    """The acts that were counted, of each flow in a bin so many at most."""
    flows = (flow for point in found.points for flow in (point.ab, point.ba))
    ids = {each for flow in flows for each in flow.entry_ids[:most]}
    return acts_named(session, found.basis, ids, cuts)


def series_table(
    found: standing.GetSeriesResponse,
    points: Iterable[series_pb2.SeriesPoint] | None = None,
    noted: _Counting = _plain,
) -> RenderableType:
    """The bins, with a point for what is not there, so that the eye finds what is; all of them
    unless `points` says which.
    """
    ab, ba = f"{found.party_a} → {found.party_b}", f"{found.party_b} → {found.party_a}"
    apart = tells_apart(found)
    values = [each for each in _VALUES if apart or each not in _APART]
    return table(
        [
            (bin_word(found), "word"),
            (ab, "number", tuple(f"{name} a to b" for name in _COUNTS)),
            ("weight", "number", tuple(f"{name} a to b" for name in values)),
            (ba, "number", tuple(f"{name} b to a" for name in _COUNTS)),
            ("weight", "number", tuple(f"{name} b to a" for name in values)),
        ],
        [
            (
                point.label,
                *_flow(point, point.ab, noted, apart=apart),
                *_flow(point, point.ba, noted, apart=apart),
            )
            for point in (found.points if points is None else points)
        ],
    )


def bin_word(found: standing.GetSeriesResponse) -> str:
    """How wide a bin is: `week`."""
    return words.word(series_pb2.Bin.DESCRIPTOR, found.bin) or "week"


def notes(found: standing.GetSeriesResponse) -> Iterator[str]:
    """What explains the numbers: a line for each flag, and why some have no weight."""
    yield from (f"note: {spoken.flag(name)}" for name in words.flags(found))
    if found.points and not tells_apart(found):
        yield (
            f"{_EACH_COUNTS_ONE}: --scale, such as goldstein-cameo-gdelt, tells cooperation from "
            "conflict"
        )
    if any(flow.unweighted_count for point in found.points for flow in (point.ab, point.ba)):
        scale = found.basis.scale or "the scale"
        yield f"*n: n acts have no code that {scale} knows; they are counted, not weighed"
    if _spread(found):
        yield (
            f"~n: of n acts only an interval is known that goes beyond the {bin_word(found)}; "
            f"they count on its {_day_that_counts(found)}"
        )


def spread_over_bins(found: standing.GetSeriesResponse) -> str:
    """A sentence on the bins of a plot in which acts stand that may have happened in others;
    empty where there are none.
    """
    labels = [point.label for point in _spread(found)]
    if not labels:
        return ""
    more = f" and {len(labels) - _MOST_NAMED:,} more" if len(labels) > _MOST_NAMED else ""
    return (
        f"{MARK} Of acts in {', '.join(labels[:_MOST_NAMED])}{more} only an interval is known that goes "
        f"beyond the {bin_word(found)}; they count on its {_day_that_counts(found)}."
    )


def _spread(found: standing.GetSeriesResponse) -> list[series_pb2.SeriesPoint]:
    """The bins in which acts stand that may have happened in others."""
    return [
        point
        for point in found.points
        if point.ab.beyond_bin_count or point.ba.beyond_bin_count
    ]


def _day_that_counts(found: standing.GetSeriesResponse) -> str:
    is_first = found.basis.dates == cuts_pb2.DATE_POLICY_POSSIBLE
    return "first day (--dates possible)" if is_first else "last day"


#: What programs are told of a number of acts.
_COUNTS = ("count", "beyond bin")
#: What programs are told of a weight.
_VALUES = ("weight", "cooperation", "conflict", "not weighed")
#: Of these, what only some scales tell.
_APART = ("cooperation", "conflict")


def _flow(
    point: series_pb2.SeriesPoint,
    flow: series_pb2.SeriesFlow,
    noted: _Counting,
    *,
    apart: bool,
) -> tuple[Cell, Cell]:
    if not flow.count:
        zeros = ("0",) * (len(_VALUES) if apart else len(_VALUES) - len(_APART))
        return Parts("·", ("0", "0")), Parts("·", zeros)
    spread = f" {MARK}{flow.beyond_bin_count}" if flow.beyond_bin_count else ""
    count = Parts(f"{flow.count}{spread}", (str(flow.count), str(flow.beyond_bin_count)))
    mixed = flow.cooperation not in ("", "0") and flow.conflict not in ("", "0")
    detail = f" (+{flow.cooperation} -{flow.conflict})" if mixed else ""
    missing = f" *{flow.unweighted_count}" if flow.unweighted_count else ""
    two = (flow.cooperation, flow.conflict) if apart else ()
    values = (flow.weight, *two, str(flow.unweighted_count))
    shown = f"{flow.weight}{detail}{missing}"
    return noted(count, point, flow), Parts(shown, values)


COMMANDS = (series,)
