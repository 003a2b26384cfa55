"""Charts as files, SVG or PNG: the same answer gives the same bytes. They tell without colour
what is what, and never need a display.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.harmless import harmless
from diplomatic_ledger.v1 import balances_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as standing

SUFFIXES = (".svg", ".png")
#: Nothing of the machine and of the day goes into a file.
_METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}
_INK, _PALE, _GRID = "#111111", "#c8c8c8", "#dddddd"
_LOOKS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.edgecolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "diplomatic-ledger",
    "text.parse_math": False,
    "hatch.linewidth": 0.6,
}
#: What stands at a number of acts of which some may have happened in another bin.
MARK = "~"
#: With more bins than that, bars become a stepped line.
_MOST_BARS = 120
_LONGEST_NAME = 28
#: An axis of time shows so many days at least.
_LEAST_DAYS = 6
#: What stands free beside the longest bar, for what is written there.
_BESIDE = 0.6
#: Inches at the foot, for the basis, and for each line above it.
_FOOT, _FOOT_LINE = 0.3, 0.12


def check(file: Path, *, overwrite: bool = False) -> None:
    """Whether a picture can be drawn into a file, which is replaced only to `overwrite` it.
    Raises Failure.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise usage(f"{file} does not end in .svg or .png. Name a file that does.")
    if file.exists() and not overwrite:
        raise Failure(_there(file))
    try:
        import matplotlib as mpl  # noqa: F401, PLC0415
    except ImportError:
        raise Failure(
            "--plot FILE needs matplotlib, which is not installed. Install it with: "
            "pip install matplotlib. In a checkout, make setup brings it."
        ) from None


def draw_balance(
    answer: balances_pb2.Balance,
    scale: str,
    basis: str,
    file: Path,
    *,
    overwrite: bool = False,
) -> None:
    """Bars of the weight of what each gave the other."""
    both = (answer.given_ab, answer.given_ba)
    title = f"What {_pair(answer)} gave each other"
    with _figure(file, (7.2, 2.6), title, basis, overwrite=overwrite) as figure:
        axes = figure.add_subplot()
        weights = [spoken.measured(given.weight) for given in both]
        bars = axes.barh((1, 0), weights, height=0.55, color=(_PALE, "white"), edgecolor=_INK)
        bars[1].set_hatch("////")
        for bar, given, weight in zip(bars, both, weights, strict=True):
            deliveries = "1 delivery" if given.count == 1 else f"{given.count:,} deliveries"
            axes.annotate(
                f"{given.weight or 0}, in {deliveries}",
                (max(weight, 0), bar.get_y() + bar.get_height() / 2),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                ha="left",
            )
        names = [f"{_short(g.giver)} gave {_short(g.receiver)}" for g in both]
        axes.set_yticks((1, 0), names)
        axes.set_xlabel(_weight_on(scale))
        least, most = min(0.0, *weights), max(0.0, *weights)
        spread = (most - least) or 1
        axes.set_xlim(least - spread * 0.05 * (least < 0), most + spread * _BESIDE)
        _plain(axes.xaxis, are_whole=are_whole(weights))
        axes.axvline(0, color=_INK, linewidth=0.8)
        axes.tick_params(axis="y", length=0)


def draw_series(
    found: standing.GetSeriesResponse,
    width: str,
    basis: str,
    file: Path,
    *,
    overwrite: bool = False,
) -> None:
    """The weight of the acts in each bin: a panel for each direction, on one scale. A mark stands
    at the bars of bins in which acts count that may have happened in others.
    """
    title = f"Acts between {_short(found.party_a)} and {_short(found.party_b)}, by {width}"
    with _figure(file, (7.2, 4.6), title, basis, overwrite=overwrite) as figure:
        above, below = figure.subplots(2, 1, sharex=True, sharey=True)
        a, b = _short(found.party_a), _short(found.party_b)
        ab = [spoken.measured(point.ab.weight) for point in found.points]
        ba = [spoken.measured(point.ba.weight) for point in found.points]
        days = _days(found)
        _panel(above, days, ab, f"{a} toward {b}")
        _panel(below, days, ba, f"{b} toward {a}")
        _mark(above, days, ab, [bool(point.ab.beyond_bin_count) for point in found.points])
        _mark(below, days, ba, [bool(point.ba.beyond_bin_count) for point in found.points])
        _plain(above.yaxis, are_whole=are_whole((*ab, *ba)))
        if not any((*ab, *ba)):
            above.set_ylim(-1, 1)
        _time_axis(below, days)
        figure.supylabel(f"{_weight_on(found.basis.scale)} in a {width}", fontsize=9)


def _panel(
    axes: Any, days: Sequence[tuple[float, float]], values: list[float], title: str
) -> None:
    """Filled bars above zero for cooperation, hatched ones below for conflict."""
    axes.set_title(title, loc="left", fontsize=9, fontweight="bold")
    if len(values) <= _MOST_BARS:
        starts, widths = [first for first, _ in days], [last - first for first, last in days]
        bars = axes.bar(
            starts, values, [0.8 * each for each in widths], align="edge", edgecolor=_INK
        )
        for bar, value in zip(bars, values, strict=True):
            bar.set_facecolor(_INK if value >= 0 else "white")
            bar.set_hatch("" if value >= 0 else "/////")
            bar.set_linewidth(0.8 if value else 0)
    else:
        edges = [*(first for first, _ in days), days[-1][1]]
        axes.stairs(values, edges, color=_INK, linewidth=0.9, baseline=None)
        up = [max(value, 0) for value in values]
        down = [min(value, 0) for value in values]
        axes.stairs(up, edges, fill=True, color=_INK, linewidth=0)
        axes.stairs(down, edges, fill=True, facecolor="white", edgecolor=_INK, hatch="/////")
    axes.axhline(0, color=_INK, linewidth=0.8)
    axes.grid(axis="y", color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.margins(x=0.01, y=0.16)


def _mark(
    axes: Any, days: Sequence[tuple[float, float]], values: list[float], marked: list[bool]
) -> None:
    """Puts a mark at the end of some bars."""
    is_bars = len(values) <= _MOST_BARS
    for (first, last), value, is_marked in zip(days, values, marked, strict=True):
        if is_marked:
            axes.annotate(
                MARK,
                (first + (last - first) * (0.4 if is_bars else 0.5), value),
                xytext=(0, 2 if value >= 0 else -2),
                textcoords="offset points",
                ha="center",
                va="bottom" if value >= 0 else "top",
                fontweight="bold",
            )


def are_whole(values: Iterable[float]) -> bool:
    """Whether figures are counts, of which an axis shows no halves."""
    return all(value.is_integer() for value in values)


def _plain(axis: Any, *, are_whole: bool) -> None:
    """Few marks, with figures as people write them."""
    ticker: Any = import_module("matplotlib.ticker")
    axis.set_major_locator(ticker.MaxNLocator(5, integer=are_whole, min_n_ticks=1))
    axis.set_major_formatter(ticker.StrMethodFormatter("{x:,.10g}"))


def _time_axis(axes: Any, days: Sequence[tuple[float, float]]) -> None:
    dates: Any = import_module("matplotlib.dates")

    locator = dates.AutoDateLocator(minticks=3, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=True))
    first, last = days[0][0], days[-1][1]
    more = max(0.0, _LEAST_DAYS - (last - first)) / 2
    axes.set_xlim(first - more, last + more)


def _days(found: standing.GetSeriesResponse) -> list[tuple[float, float]]:
    """The first day of each bin, and the day after its last one, as numbers."""
    dates: Any = import_module("matplotlib.dates")

    def number(text: str) -> float:
        return float(dates.date2num(date.fromisoformat(text)))

    return [(number(each.from_day), number(each.to_day) + 1) for each in found.points]


@contextmanager
def _figure(
    file: Path, size: tuple[float, float], title: str, basis: str, *, overwrite: bool
) -> Iterator[Any]:
    """A figure that is written into a file, which is complete or not there, or as it was."""
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415

    form = file.suffix.lower()[1:]
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_LOOKS)
        foot = (_FOOT + _FOOT_LINE * basis.count("\n")) / size[1]
        layout = ConstrainedLayoutEngine(rect=(0.0, foot, 1.0, 1.0 - foot))
        figure = Figure(figsize=size, layout=layout, dpi=200)
        figure.suptitle(harmless(title), x=0.01, ha="left", fontsize=11, fontweight="bold")
        yield figure
        _settled(figure)
        figure.text(0.01, 0.015, harmless(basis), fontsize=6.5, va="bottom", wrap=True)
        _written(
            lambda path: figure.savefig(path, format=form, metadata=_METADATA[form]),
            file,
            overwrite=overwrite,
        )


def _settled(figure: Any) -> None:
    """Leaves everything where the layout put it, up to what differs from run to run."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position([round(each, 4) for each in axes.get_position().bounds])
    for text in figure.texts:
        text.set_position([round(each, 4) for each in text.get_position()])


def _there(file: Path) -> str:
    return (
        f"{file} is there already. Choose another file, or replace it: add --overwrite to the "
        "same command."
    )


def _written(save: Callable[[Path], None], file: Path, *, overwrite: bool) -> None:
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        save(unfinished)
        if overwrite:
            unfinished.replace(file)
        else:
            _put(unfinished, file)
    except FileExistsError:
        raise Failure(_there(file)) from None
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}.") from None
    finally:
        unfinished.unlink(missing_ok=True)


def _put(made: Path, file: Path) -> None:
    """Gives a whole file its name, unless another one has it. Raises FileExistsError."""
    try:
        os.link(made, file)
    except FileExistsError:
        raise
    except OSError:  # some file systems, on sticks above all, have no links
        with file.open("xb") as opened:
            try:
                opened.write(made.read_bytes())
                opened.flush()
            except OSError:
                file.unlink(missing_ok=True)
                raise


def _weight_on(scale: str) -> str:
    return f"weight ({scale})" if scale not in ("", "unit") else "weight (each counts 1)"


def _pair(answer: balances_pb2.Balance) -> str:
    return f"{_short(answer.party_a)} and {_short(answer.party_b)}"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
