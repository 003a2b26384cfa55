"""Charts for the terminal, and where to draw one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
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
_WIDEST = 100
#: So many characters of a line stand beside the bars of a series: its frame, and figures.
_BESIDE_BARS = 8
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
    """The weight of the acts in each bin, one bar for each direction. A bin stands at the same
    place in both, and the same ones are named below.
    """
    a, b = found.party_a, found.party_b
    both = (
        (f"{a} to {b}", [(point, point.ab) for point in found.points]),
        (f"{b} to {a}", [(point, point.ba) for point in found.points]),
    )
    labels = [[_label(*each) for each in flows] for _, flows in both]
    longest = max((len(each) for some in labels for each in some), default=0)
    named = range(0, len(found.points), _step(len(found.points), longest, width))
    charts = (
        _direction(
            title, some, [spoken.measured(flow.weight) for _, flow in flows], named, width
        )
        for (title, flows), some in zip(both, labels, strict=True)
    )
    return Text("\n").join(charts)


def _step(count: int, longest: int, width: int) -> int:
    """Every how many bins one is named, so that all these labels have room."""
    room = min(width, _WIDEST) - _BESIDE_BARS
    return max(1, -(-count * (longest + 1) // max(1, room)))


def _label(point: series_pb2.SeriesPoint, flow: series_pb2.SeriesFlow) -> str:
    """`2018-07`, or `~2018-07` where acts that count there may have happened in other bins."""
    return f"{pictures.MARK}{point.label}" if flow.beyond_bin_count else point.label


def _direction(
    title: str, labels: list[str], values: list[float], named: Sequence[int], width: int
) -> Text:
    """The bars of a direction, of which those at some places, from 0, are named."""
    figure = _figure(width, _HEIGHT // 2 + 3)
    bars = range(1, len(values) + 1)
    figure.draw(figure.bar([*bars], values))
    # The library would leave out bins without a bar at both ends, and labels as it likes.
    figure.ruler("x").lim(0.5, len(values) + 0.5)
    figure.ruler("x").ticks(
        [bars[place] for place in named], [labels[place] for place in named]
    )
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
    figure.plot_size(min(width, _WIDEST) - 1, height)
    return figure


def _drawn(figure: Any) -> Text:
    """The chart as text without colours, so that it reads the same on paper."""
    return Text(figure.build().string(colorless=True), no_wrap=True)
