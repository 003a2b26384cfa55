"""`ledgerctl series`: cooperation and conflict of two parties over time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import click
from rich.console import RenderableType

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import DAY, Question, asks
from diplomatic_ledger.cli.cells import Parts
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.failures import Failure
from diplomatic_ledger.cli.pictures import draw_series
from diplomatic_ledger.cli.plots import Plot, plots, series_chart
from diplomatic_ledger.cli.screen import basis_line, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.v1 import series_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as standing

#: So many empty bins in a row are shown one by one; more are one row.
_MOST_EMPTY = 8


@command(
    "series",
    examples=[
        "ledgerctl series dprk us --as-of 2018-08-18 --plot",
        "ledgerctl series dprk us --from 2018-06-01 --to 2018-08-31",
        "ledgerctl series dprk us --bin month --scale goldstein-cameo-gdelt",
        "ledgerctl series dprk us --as-of 2018-08-18 --plot series.png",
    ],
)
@click.argument("party_a", metavar="A")
@click.argument("party_b", metavar="B")
@click.option(
    "--bin",
    "each",
    type=click.Choice(words.words(series_pb2.Bin.DESCRIPTOR)),
    default="week",
    help="Width of a bin. [week]",
)
@click.option("--from", "from_day", type=DAY, metavar="DAY", help="First day.")
@click.option("--to", "to_day", type=DAY, metavar="DAY", help="Last day.")
@plots
@asks
def series(
    session: Session,
    party_a: str,
    party_b: str,
    each: str,
    from_day: str | None,
    to_day: str | None,
    plot: Plot,
    question: Question,
) -> None:
    """Show all acts between A and B over time, each way: number, and sum of weights."""
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
        draw_series(found, bin_word(found), basis, plot.file)
        session.tell(f"Drawn in {plot.file}.")
    if session.as_json:
        session.screen.json(json_form.write(found))
        return
    points = found.points if session.output == "csv" else folded(found.points)
    session.screen.show(series_table(found, points) if points else "No act in this range.")
    session.screen.show(*notes(found))
    if plot.on_terminal and found.points:
        session.screen.show("", series_chart(found, session.screen.width))
    session.screen.note("")
    session.screen.basis(found.basis, found.in_doubt)


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


def series_table(
    found: standing.GetSeriesResponse, points: Iterable[series_pb2.SeriesPoint] | None = None
) -> RenderableType:
    """The bins, with a point for what is not there, so that the eye finds what is; all of them
    unless `points` says which.
    """
    ab, ba = f"{found.party_a} → {found.party_b}", f"{found.party_b} → {found.party_a}"
    return table(
        [
            (bin_word(found), "word"),
            (ab, "number", ("count a to b",)),
            ("weight", "number", tuple(f"{name} a to b" for name in _VALUES)),
            (ba, "number", ("count b to a",)),
            ("weight", "number", tuple(f"{name} b to a" for name in _VALUES)),
        ],
        [
            (point.label, *_flow(point.ab), *_flow(point.ba))
            for point in (found.points if points is None else points)
        ],
    )


def bin_word(found: standing.GetSeriesResponse) -> str:
    """How wide a bin is: `week`."""
    return words.word(series_pb2.Bin.DESCRIPTOR, found.bin) or "week"


def notes(found: standing.GetSeriesResponse) -> Iterator[str]:
    """What explains the numbers: a line for each flag, and why some have no weight."""
    yield from (f"note: {spoken.flag(name)}" for name in words.flags(found))
    if any(flow.unweighted_count for point in found.points for flow in (point.ab, point.ba)):
        scale = found.basis.scale or "the scale"
        yield f"*n: n acts have no code that {scale} knows; they are counted, not weighed"


#: What programs are told of a weight.
_VALUES = ("weight", "cooperation", "conflict", "not weighed")


def _flow(flow: series_pb2.SeriesFlow) -> tuple[Parts, Parts]:
    if not flow.count:
        return Parts("·", ("0",)), Parts("·", ("0", "0", "0", "0"))
    mixed = flow.cooperation not in ("", "0") and flow.conflict not in ("", "0")
    detail = f" (+{flow.cooperation} −{flow.conflict})" if mixed else ""
    missing = f" *{flow.unweighted_count}" if flow.unweighted_count else ""
    values = (flow.weight, flow.cooperation, flow.conflict, str(flow.unweighted_count))
    shown = f"{flow.weight}{detail}{missing}"
    return Parts(str(flow.count), (str(flow.count),)), Parts(shown, values)


COMMANDS = (series,)
