"""Charts for the terminal, and where to draw one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from diplomatic_ledger.cli import pictures, spoken
from diplomatic_ledger.cli.commands import Alone
from diplomatic_ledger.cli.failures import usage
from diplomatic_ledger.v1 import balances_pb2, series_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as standing

_HEIGHT = 16
#: So many steps stand at the axis of a chart at most.
_MOST_TICKS = 5
_TERMINAL = "-"
#: Where a run keeps whether a file may be replaced.
_OVERWRITE = "diplomatic_ledger.overwrite"
#: What ends like a picture is meant as a file, also one of a kind that is not drawn.
_FILE = re.compile(r"\.(svgz?|png|pdf|jpe?g|gif|webp|eps|tiff?)$", re.IGNORECASE)


class Plot:
    """Where a chart goes: nowhere, to the terminal or into a file."""

    def __init__(self, said: str | None, *, overwrite: bool = False) -> None:
        self.on_terminal = said == _TERMINAL
        self.file = None if said in (None, _TERMINAL) else Path(said)
        self.overwrite = overwrite

    def check(self) -> None:
        """Before anything is asked. Raises Failure when it cannot be drawn."""
        if self.file is not None:
            pictures.check(self.file, overwrite=self.overwrite)
        elif self.overwrite:
            raise usage("--overwrite is for --plot FILE: say which file it may replace.")


def plots(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the options --plot and --overwrite; its function gets a Plot."""
    plot = click.option(
        "--plot",
        cls=Alone,
        alone=_TERMINAL,
        looks_like=_FILE,
        metavar="[FILE]",
        callback=lambda context, _, said: Plot(said, overwrite=context.meta[_OVERWRITE]),
        help="Draw it, too: here, or into FILE.svg or FILE.png.",
    )
    overwrite = click.option(
        "--overwrite",
        is_flag=True,
        is_eager=True,  # --plot asks for it, in whatever order they were written
        expose_value=False,
        callback=lambda context, _, said: context.meta.update({_OVERWRITE: said}),
        help="Replace the FILE of --plot if it is there.",
    )
    return plot(overwrite(function))


def balance_chart(answer: balances_pb2.Balance, width: int) -> Text:
    """Bars of what was given in each direction."""
    both = (answer.given_ab, answer.given_ba)
    labels = [f"{given.giver} gave {given.receiver}" for given in both]
    figure = _figure(width)
    weights = [spoken.measured(given.weight) for given in both]
    figure.draw(figure.bar(labels, weights, width=0.5))
    _whole_steps(figure, weights)
    figure.title("Weight of what was delivered")
    return _drawn(figure)


def series_chart(found: standing.GetSeriesResponse, width: int) -> Text:
    """The weight of the acts in each bin, one bar for each direction."""
    ab = [spoken.measured(point.ab.weight) for point in found.points]
    ba = [spoken.measured(point.ba.weight) for point in found.points]
    charts = (
        _direction(
            f"{found.party_a} to {found.party_b}",
            [_label(point, point.ab) for point in found.points],
            ab,
            width,
        ),
        _direction(
            f"{found.party_b} to {found.party_a}",
            [_label(point, point.ba) for point in found.points],
            ba,
            width,
        ),
    )
    return Text("\n").join(charts)


def _label(point: series_pb2.SeriesPoint, flow: series_pb2.SeriesFlow) -> str:
    """`2018-07`, or `~2018-07` where acts that count there may have happened in other bins."""
    return f"{pictures.MARK}{point.label}" if flow.beyond_bin_count else point.label


def _direction(title: str, labels: list[str], values: list[float], width: int) -> Text:
    figure = _figure(width, _HEIGHT // 2 + 3)
    figure.draw(figure.bar(labels, values))
    _whole_steps(figure, values)
    figure.title(title)
    return _drawn(figure)


def _whole_steps(figure: Any, values: list[float]) -> None:
    """Has the axis of counts show whole numbers only, few of them."""
    least, most = int(min(0.0, *values)), int(max(0.0, *values))
    if pictures.are_whole(values) and most > least:
        step = -(-(most - least) // _MOST_TICKS)
        first = -(-least // step) * step
        figure.ruler("y").ticks([*range(first, most + 1, step)])


def _figure(width: int, height: int = _HEIGHT) -> Any:
    """The plotting library's only figure, cleared. It is imported late, because few runs draw."""
    import plotext  # noqa: PLC0415

    figure = plotext.figure
    figure.clear()
    figure.plot_size(min(width, 100) - 1, height)
    return figure


def _drawn(figure: Any) -> Text:
    """The chart as text without colours, so that it reads the same on paper."""
    return Text(figure.build().string(colorless=True), no_wrap=True)
