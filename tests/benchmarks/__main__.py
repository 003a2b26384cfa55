"""Measures the service from outside, beside what it could not be better than and beside
its peers, which it installs, starts and stops itself.

    make bench [SIZE=1000000], or python -m tests.benchmarks [TOPIC ...]
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from tests.benchmarks import (
    asking,
    bulk,
    dense,
    differing,
    filtering,
    finding,
    following,
    goals,
    lanes,
    ledgers,
    owing,
    page,
    postgres,
    reading,
    refusing,
    report,
    shapes,
    storing,
    verifying,
    watching,
    writing,
)
from tests.benchmarks.bench import Bench
from tests.benchmarks.installing import NOTHING, install
from tests.benchmarks.machine import code, machine
from tests.benchmarks.measuring import stopwatch

_CACHE = Path(__file__).parents[2] / ".cache/bench"
TOPICS: dict[str, Callable[[Bench], Awaitable[None]]] = {
    module.__name__.rpartition(".")[2]: module.measure
    for module in (
        writing,
        bulk,
        reading,
        asking,
        dense,
        owing,
        differing,
        goals,
        filtering,
        finding,
        refusing,
        shapes,
        lanes,
        following,
        watching,
        storing,
        ledgers,
        postgres,
        verifying,
    )
}
_SMALL_SIZE, _SMALL_SCALE = 4_000, 0.02


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("topics", nargs=-1, type=click.Choice(list(TOPICS)))
@click.option("--size", default=100_000, help="Entries of the large ledger.", show_default=True)
@click.option("--small", is_flag=True, help="Everything in a minute: only a smoke test.")
@click.option("--rounds", default=5, help="Rounds at most; medians count.", show_default=True)
@click.option("--profile", is_flag=True, help="Profile what a row that is not met measures.")
@click.option("--alone", is_flag=True, help="Install nothing and leave the peers out.")
@click.option("--write-docs", is_flag=True, help="Put the last figures into the docs.")
@click.option("--only-write-docs", is_flag=True, help="The same, without measuring.")
@click.option("--cache", default=_CACHE, type=Path, help="Where figures and peers are kept.")
def main(
    topics: tuple[str, ...],
    size: int,
    small: bool,
    rounds: int,
    profile: bool,
    alone: bool,
    write_docs: bool,
    only_write_docs: bool,
    cache: Path,
) -> None:
    """Measure all TOPICS, or those that are named. Figures are kept in .cache/bench."""
    # What was started ends with us, whoever ends us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    failed: list[str] = []
    figures = cache / "small" if small else cache
    if not only_write_docs:
        cache.mkdir(parents=True, exist_ok=True)
        peers = NOTHING if alone else install(cache)
        where = machine(peers)
        run = partial(
            Bench,
            installed=peers,
            cache=cache,
            size=_SMALL_SIZE if small else size,
            scale=_SMALL_SCALE if small else 1.0,
            most_rounds=1 if small else rounds,
            profiles=profile,
        )
        found = [_measure(name, run, failed) for name in topics or TOPICS]
        click.echo(page.figures(found, where))
        click.echo(f"Kept in {report.save(figures, found, where)}.")
    if write_docs or only_write_docs:
        page.write(*report.last(figures, TOPICS))
        click.echo(f"Written to {page.PAGE.name}.", err=True)
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}.")


def _measure(name: str, run: Callable[..., Bench], failed: list[str]) -> report.Topic:
    """What it has measured until it fails stays."""
    click.echo(f"{name}:", err=True)
    with tempfile.TemporaryDirectory(prefix="ledger-bench-") as scratch, stopwatch() as elapsed:
        bench = run(topic=report.Topic(name), scratch=Path(scratch))
        bench.topic.size, bench.topic.code = bench.size, code()
        try:
            asyncio.run(TOPICS[name](bench))
        except Exception as error:  # noqa: BLE001 - one failure must not hide the rest
            traceback.print_exc()
            failed.append(name)
            bench.topic.failed = True
            why = " ".join(repr(error).split())[:160]
            bench.missing(f"the rest of {name}", "", f"it failed with {why}")
        bench.topic.ended = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        click.echo(f"  {elapsed():.0f} s", err=True)
    return bench.topic


if __name__ == "__main__":
    main()
